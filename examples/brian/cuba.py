"""CUBA: a balanced network of integrate-and-fire neurons with synaptic currents.

Vogels and Abbott (2005), doi:10.1523/JNEUROSCI.3508-05.2005; benchmark 2 of Brette et al. (2007).
"""

from eqsim.brian import *

seed(1)
taum, taue, taui = 20 * ms, 5 * ms, 10 * ms
Vt, Vr, El = -50 * mV, -60 * mV, -49 * mV
we = 60 * 0.27 / 10 * mV
wi = -20 * 4.5 / 10 * mV

P = NeuronGroup(
    4000,
    """
    dv/dt = (ge + gi - (v - El))/taum : volt (unless refractory)
    dge/dt = -ge/taue : volt
    dgi/dt = -gi/taui : volt
    """,
    threshold="v > Vt",
    reset="v = Vr",
    refractory=5 * ms,
    method="exact",
)
P.v = "Vr + rand()*(Vt - Vr)"
Ce = Synapses(P[:3200], P, on_pre="ge += we")
Ce.connect(p=0.02)
Ci = Synapses(P[3200:], P, on_pre="gi += wi")
Ci.connect(p=0.02)
spikes = SpikeMonitor(P)
rate = PopulationRateMonitor(P)

run(200 * ms)

figure(figsize=(7, 6))
subplot(211)
plot(spikes.t / ms, spikes.i, ",k")
ylabel("neuron")
title("CUBA: asynchronous and irregular activity")
subplot(212)
plot(rate.t / ms, rate.smooth_rate(width=2 * ms) / Hz)
xlabel("time (ms)")
ylabel("rate (Hz)")
tight_layout()
savefig("cuba.png", dpi=120)
