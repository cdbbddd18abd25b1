"""A threshold that rises with each spike makes firing adapt to a step of the input.

A leaky integrate-and-fire neuron with a moving threshold, as in Chacron, Longtin and Maler (2001),
doi:10.1523/JNEUROSCI.21-14-05328.2001.
"""

from eqsim.brian import *

seed(9)
stimulus = TimedArray([300, 900, 300] * Hz, dt=150 * ms)
neurons = NeuronGroup(
    200,
    """
    dv/dt = -v/(10*ms) : volt
    dtheta/dt = (10*mV - theta)/(60*ms) : volt
    """,
    threshold="v > theta",
    reset="v = 0*mV; theta += 3*mV",
    method="exact",
)
neurons.theta = 10 * mV
inputs = PoissonGroup(200, rates="stimulus(t)")
S = Synapses(inputs, neurons, on_pre="v += 3*mV")
S.connect(j="i")
trace = StateMonitor(neurons, ["v", "theta"], record=0)
rate = PopulationRateMonitor(neurons)

run(450 * ms)

figure(figsize=(7, 6))
subplot(211)
plot(trace.t / ms, trace.v[0] / mV, label="potential")
plot(trace.t / ms, trace.theta[0] / mV, label="threshold")
ylabel("(mV)")
legend()
title("A threshold that adapts")
subplot(212)
plot(rate.t / ms, rate.smooth_rate(width=5 * ms) / Hz)
xlabel("time (ms)")
ylabel("rate (Hz)")
tight_layout()
savefig("adaptive_threshold.png", dpi=120)
