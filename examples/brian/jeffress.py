"""Sound localisation by delay lines and coincidence: the model of Jeffress.

Jeffress (1948), A place theory of sound localization, doi:10.1037/h0061495. The sound moves around
the head; the neuron whose axonal delays make up for the difference between the ears fires most.
"""

from eqsim.brian import *

seed(2)
defaultclock.dt = 0.02 * ms
noise = TimedArray(10 * randn(50000), dt=defaultclock.dt)
max_delay = 20 * cm / (300 * metre / second)
angular_speed = 2 * pi * Hz
tau_ear, sigma_ear = 1 * ms, 0.1

ears = NeuronGroup(
    2,
    """
    dx/dt = (noise(t - shift) - x)/tau_ear + sigma_ear*sqrt(2/tau_ear)*xi : 1
    shift = distance*sin(theta) : second
    distance : second (constant)
    dtheta/dt = angular_speed : radian
    """.replace("radian", "1"),
    threshold="x > 1",
    reset="x = 0",
    refractory=2.5 * ms,
    method="euler",
)
ears.distance = [-0.5 * max_delay, 0.5 * max_delay]
places = 30
neurons = NeuronGroup(
    places,
    "dv/dt = -v/(1*ms) + 0.1*sqrt(2/(1*ms))*xi : 1",
    threshold="v > 1",
    reset="v = 0",
    method="euler",
)
lines = Synapses(ears, neurons, on_pre="v += 0.5")
lines.connect()
lines.delay["i == 0"] = "(1.0*j)/(N_post - 1)*1.1*max_delay"
lines.delay["i == 1"] = "(1.0*(N_post - j - 1))/(N_post - 1)*1.1*max_delay"
spikes = SpikeMonitor(neurons)

run(500 * ms)

figure(figsize=(7, 4))
plot(spikes.t / ms, spikes.i, ".", ms=3)
xlabel("time (ms)")
ylabel("neuron")
title("The place of activity follows the sound")
tight_layout()
savefig("jeffress.png", dpi=120)
