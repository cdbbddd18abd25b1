"""A synfire chain: a volley of spikes travels through ten groups, or dies out.

Diesmann, Gewaltig and Aertsen (1999), doi:10.1038/990101.
"""

from eqsim.brian import *

seed(7)
n_groups, group_size = 10, 100
duration = 100 * ms
Vr, Vt, taum, taupsp = -70 * mV, -55 * mV, 10 * ms, 0.325 * ms
weight = 4.86 * mV

P = NeuronGroup(
    n_groups * group_size,
    """
    dV/dt = (x - (V - Vr))/taum : volt
    dx/dt = (y - x)/taupsp : volt
    dy/dt = -y/taupsp + 25.27*mV/ms + 39.24*mV/ms**0.5*xi : volt
    """,
    threshold="V > Vt",
    reset="V = Vr",
    refractory=1 * ms,
    method="euler",
)
P.V = "Vr + rand()*(Vt - Vr)"
chain = Synapses(P, P, on_pre="y += weight")
chain.connect(
    j="k for k in range((int(i/group_size) + 1)*group_size, (int(i/group_size) + 2)*group_size)"
    " if i < N_pre - group_size"
)
volley = SpikeGeneratorGroup(85, arange(85), 20 * ms + sort(randn(85)) * 1 * ms)
start = Synapses(volley, P[:group_size], on_pre="y += weight")
start.connect()
spikes = SpikeMonitor(P)

run(duration)

figure(figsize=(7, 4))
plot(spikes.t / ms, 1.0 * spikes.i / group_size, ".k", ms=2)
yticks(range(n_groups + 1))
grid(axis="y")
xlabel("time (ms)")
ylabel("group")
title("A volley travels along a synfire chain")
tight_layout()
savefig("synfire_chain.png", dpi=120)
