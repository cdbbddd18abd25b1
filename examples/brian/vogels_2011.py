"""Inhibitory plasticity balances excitation and keeps a network at its target rate.

Vogels, Sprekeler, Zenke, Clopath and Gerstner (2011), doi:10.1126/science.1211095.
"""

from eqsim.brian import *

seed(6)
NE, NI = 400, 100
tau_ampa, tau_gaba, tau_stdp = 5 * ms, 10 * ms, 20 * ms
gl, el, er, vt, memc = 10 * nS, -60 * mV, -80 * mV, -50 * mV, 200 * pF
background = 200 * pA
eta, rho = 0.006, 3 * Hz
alpha = 2 * rho * tau_stdp

neurons = NeuronGroup(
    NE + NI,
    """
    dv/dt = (background - gl*(v - el) - g_ampa*v - g_gaba*(v - er))/memc : volt (unless refractory)
    dg_ampa/dt = -g_ampa/tau_ampa : siemens
    dg_gaba/dt = -g_gaba/tau_gaba : siemens
    """,
    threshold="v > vt",
    reset="v = el",
    refractory=5 * ms,
    method="euler",
)
neurons.v = "el + rand()*(vt - el)"
Pe, Pi = neurons[:NE], neurons[NE:]
excitation = Synapses(Pe, neurons, on_pre="g_ampa += 3*nS")
excitation.connect(p=0.04)
inner = Synapses(Pi, Pi, on_pre="g_gaba += 3*nS")
inner.connect(p=0.04)
plastic = Synapses(
    Pi,
    Pe,
    """
    w : 1
    dbefore/dt = -before/tau_stdp : 1 (event-driven)
    dafter/dt = -after/tau_stdp : 1 (event-driven)
    """,
    on_pre="""
    before += 1
    w = clip(w + (after - alpha)*eta, 0, 100)
    g_gaba += w*nS
    """,
    on_post="""
    after += 1
    w = clip(w + before*eta, 0, 100)
    """,
)
plastic.connect(p=0.2)
noise = PoissonInput(neurons, "g_ampa", 20, 20 * Hz, 3 * nS)
rate = PopulationRateMonitor(Pe)
mean_weight = StateMonitor(plastic, "w", record=arange(50), dt=20 * ms)

run(4 * second)

figure(figsize=(7, 6))
subplot(211)
plot(rate.t / second, rate.smooth_rate(width=20 * ms) / Hz)
ylabel("rate of excitatory neurons (Hz)")
title("Inhibitory plasticity brings a network to its target rate")
subplot(212)
plot(mean_weight.t / second, mean_weight.w.mean(axis=0))
xlabel("time (s)")
ylabel("mean inhibitory weight (nS)")
tight_layout()
savefig("vogels_2011.png", dpi=120)
