"""Spike-timing-dependent plasticity lets inputs compete: weights move to both ends.

Song, Miller and Abbott (2000), doi:10.1038/78829.
"""

from eqsim.brian import *

seed(4)
N = 1000
taum, taue, taupre, taupost = 10 * ms, 5 * ms, 20 * ms, 20 * ms
Ee, vt, vr, El = 0 * mV, -54 * mV, -60 * mV, -74 * mV
gmax = 0.01
dApre = 0.02 * gmax
dApost = -1.05 * dApre

inputs = PoissonGroup(N, rates=15 * Hz)
neuron = NeuronGroup(
    1,
    """
    dv/dt = (ge*(Ee - v) + El - v)/taum : volt
    dge/dt = -ge/taue : 1
    """,
    threshold="v > vt",
    reset="v = vr",
    method="euler",
)
neuron.v = vr
S = Synapses(
    inputs,
    neuron,
    """
    w : 1
    dApre/dt = -Apre/taupre : 1 (event-driven)
    dApost/dt = -Apost/taupost : 1 (event-driven)
    """,
    on_pre="""
    ge += w
    Apre += dApre
    w = clip(w + Apost, 0, gmax)
    """,
    on_post="""
    Apost += dApost
    w = clip(w + Apre, 0, gmax)
    """,
)
S.connect()
S.w = "rand()*gmax"
weights = StateMonitor(S, "w", record=[0, 1, 2], dt=200 * ms)

run(100 * second)

figure(figsize=(7, 6))
subplot(211)
hist(S.w / gmax, 20)
xlabel("weight / largest weight")
ylabel("synapses")
title("Weights after 100 s of spike-timing-dependent plasticity")
subplot(212)
plot(weights.t / second, weights.w.T / gmax)
xlabel("time (s)")
ylabel("weight / largest weight")
tight_layout()
savefig("song_abbott_stdp.png", dpi=120)
