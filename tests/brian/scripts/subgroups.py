"""Covers: neurons-subgroups neurons-access neurons-states neurons-args monitors-subgroups"""

from brian2 import *

G = NeuronGroup(
    10,
    """dv/dt = -v/tau : volt
tau : second
n : integer
g : siemens (shared)""",
    threshold="v > 10*mV",
    reset="v = 0*mV",
    method="exact",
    name="cells",
)
G.tau = 5 * ms
G.g = 3 * nS
G.v = "i*mV + 1*mV"
left, right = G[:4], G[4:]
inner = right[1:3]
left.v = "i*0.5*mV"
right.v["i < 2"] = "v + 3*mV"
inner.v = [7, 8] * mV
G.v[9] = 12 * mV
G.v["v > 5*mV and i < 9"] = "v + 1*mV"
G.v_[0] = 0.002
G.n[2:6] = arange(4)
G.n["n > 1"] = "n*2"
mon = SpikeMonitor(right)
smon = StateMonitor(inner, "v", record=[1])
states = G.get_states(["v", "n"])
where_big = G.indices["v > 4*mV"]
run(1 * ms)
errors = []
for text in ("G[::2]", "G[3:3]", "G[10]", "G[20:]"):
    try:
        eval(text)
        errors.append(0)
    except Exception:
        errors.append(1)
before = asarray(G.v).copy()
G.set_states({"v": states["v"]})
deterministic = dict(
    v=before,
    restored=asarray(G.v),
    n=G.n[:],
    i=mon.i[:],
    count=mon.count[:],
    inner=asarray(inner.v),
    big=where_big,
    len=[len(left), len(right), len(inner)],
    idx=right.i[:],
    smon=asarray(smon.v),
    errors=errors,
    text=asarray(G.v["v > 3*mV"]),
    expr=asarray(G.v["i % 2 == 0"]),
    g=asarray(G.g),
    unitless=G.v_[:3],
    state=asarray(G.state("v")),
    mean=float(mean(right.v)),
    sub=asarray(right.v[2:4]),
    shared=asarray(G.g_),
    keys={"v", "n", "tau", "g"} <= set(G.get_states()),
)
