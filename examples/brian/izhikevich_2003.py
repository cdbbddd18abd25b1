"""Izhikevich's network of a thousand neurons with rhythms.

Izhikevich (2003), Simple model of spiking neurons, doi:10.1109/TNN.2003.820440.
"""

from eqsim.brian import *

seed(5)
defaultclock.dt = 0.5 * ms
Ne, Ni = 800, 200
P = NeuronGroup(
    Ne + Ni,
    """
    dv/dt = (0.04*v**2 + 5*v + 140 - u + I + noise)/ms : 1
    du/dt = a*(b*v - u)/ms : 1
    I : 1
    noise : 1
    a : 1 (constant)
    b : 1 (constant)
    c : 1 (constant)
    d : 1 (constant)
    r : 1 (constant)
    """,
    threshold="v >= 30",
    reset="v = c; u += d",
    method="euler",
)
excitatory, inhibitory = P[:Ne], P[Ne:]
P.r = "rand()"
excitatory.a, excitatory.b = 0.02, 0.2
excitatory.c, excitatory.d = "15*r**2 - 65", "8 - 6*r**2"
inhibitory.a, inhibitory.b = "0.02 + 0.08*r", "0.25 - 0.05*r"
inhibitory.c, inhibitory.d = -65, 2
P.v = -65
P.u = "b*v"
P.run_regularly("I = 0", dt=1 * ms, when="after_groups")
excitatory.run_regularly("noise = 5*randn()", dt=1 * ms)
inhibitory.run_regularly("noise = 2*randn()", dt=1 * ms)
S = Synapses(P, P, "w : 1", on_pre="I_post += w")
S.connect()
S.w["i < Ne"] = "0.5*rand()"
S.w["i >= Ne"] = "-rand()"
spikes = SpikeMonitor(P)

run(500 * ms)

figure(figsize=(7, 4))
plot(spikes.t / ms, spikes.i, ".k", ms=1)
axhline(Ne, lw=0.5, color="gray")
xlabel("time (ms)")
ylabel("neuron")
title("Rhythms in a network of Izhikevich's neurons")
tight_layout()
savefig("izhikevich_2003.png", dpi=120)
