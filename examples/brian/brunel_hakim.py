"""Fast global oscillations of neurons that fire at low rates.

Brunel and Hakim (1999), doi:10.1162/089976699300016179: noisy neurons inhibit each other sparsely
and after a delay; together they oscillate much faster than any of them fires.
"""

from eqsim.brian import *

seed(3)
N, C = 5000, 1000
theta, Vr, tau, tau_rp = 20 * mV, 10 * mV, 20 * ms, 2 * ms
J, delta, muext, sigmaext = 0.1 * mV, 2 * ms, 25 * mV, 1 * mV

group = NeuronGroup(
    N,
    "dV/dt = (muext - V + sigmaext*sqrt(tau)*xi)/tau : volt",
    threshold="V > theta",
    reset="V = Vr",
    refractory=tau_rp,
    method="euler",
)
group.V = Vr
inhibition = Synapses(group, group, on_pre="V -= J", delay=delta)
inhibition.connect(p=C / N)
spikes = SpikeMonitor(group)
rate = PopulationRateMonitor(group)

run(100 * ms)

figure(figsize=(7, 6))
subplot(211)
plot(spikes.t / ms, spikes.i, ",k")
ylabel("neuron")
title("Fast oscillations at low rates")
subplot(212)
plot(rate.t / ms, rate.smooth_rate(window="flat", width=0.5 * ms) / Hz)
xlabel("time (ms)")
ylabel("rate (Hz)")
tight_layout()
savefig("brunel_hakim.png", dpi=120)
