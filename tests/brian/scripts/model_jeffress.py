"""Covers: models-auditory inputs-timed-array-delays"""

from brian2 import *

defaultclock.dt = 0.02 * ms
sound = TimedArray(
    10 * sin(arange(2000) * 0.3 + 1) + 3 * cos(arange(2000) * 0.11), dt=defaultclock.dt
)
max_delay = 1.2 * ms
ears = NeuronGroup(
    2,
    """dx/dt = (sound(t - delay) - x)/tau_ear*1 : 1
tau_ear : second (constant)
delay : second""".replace("*1 :", " :"),
    threshold="x > 1",
    reset="x = 0",
    refractory=2.5 * ms,
    method="euler",
)
ears.tau_ear = 1 * ms
ears.delay = [0, 0.4] * ms
neurons = NeuronGroup(
    15, "dv/dt = -v/(1*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
)
synapses = Synapses(ears, neurons, on_pre="v += .6")
synapses.connect()
synapses.delay["i == 0"] = "(1.0*j)/(N_post - 1)*1.1*max_delay"
synapses.delay["i == 1"] = "(1.0*(N_post - j - 1))/(N_post - 1)*1.1*max_delay"
sp = SpikeMonitor(neurons)
run(30 * ms)
deterministic = dict(
    counts=sp.count[:], v=neurons.v[:], delays=asarray(synapses.delay), x=ears.x[:]
)
