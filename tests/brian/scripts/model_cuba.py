"""Covers: models-networks synapses-exact-currents"""

from brian2 import *

taum, taue, taui = 20 * ms, 5 * ms, 10 * ms
Vt, Vr, El = -50 * mV, -60 * mV, -49 * mV
P = NeuronGroup(
    60,
    """dv/dt = (ge + gi - (v - El))/taum : volt (unless refractory)
dge/dt = -ge/taue : volt
dgi/dt = -gi/taui : volt""",
    threshold="v > Vt",
    reset="v = Vr",
    refractory=5 * ms,
    method="exact",
)
P.v = "Vr + (Vt - Vr)*((i*7 % 13)/13.0)"
we, wi = 1.62 * mV, -9 * mV
Ce = Synapses(P, P, on_pre="ge += we")
Ce.connect(condition="i < 48 and (i*3 + j*5) % 11 == 0")
Ci = Synapses(P, P, on_pre="gi += wi")
Ci.connect(condition="i >= 48 and (i + j*2) % 9 == 0")
sp = SpikeMonitor(P)
run(60 * ms)
deterministic = dict(
    v=asarray(P.v),
    ge=asarray(P.ge),
    gi=asarray(P.gi),
    counts=sp.count[:],
    t=asarray(sp.t),
    n=[len(Ce), len(Ci)],
)
