"""Covers: equations-object equations-errors equations-namespace equations-latex"""

from brian2 import *

base = Equations("dx/dt = -x/tau : volt", x="v", tau=10 * ms)
more = Equations("""dw/dt = -w/tau_w : amp
                    noise = w*2 : amp
                    Iext : amp""")
eqs = base + more
tau_w = 20 * ms
G = NeuronGroup(2, eqs, method="exact", namespace={"tau_w": 40 * ms})
G.v = [1, 2] * mV
G.w = [1, 2] * nA
failed = []
for text in (
    "dv/dt = -v : mV",
    "dv/dt = -v/tau : 1 (wrong)",
    "v : 1\nv : 1",
    "dv/dt : 1",
    "t : second",
    "xi : 1",
    "_v : 1",
    "x = y : 1 (linked)",
    "v : 1 (event-driven)",
    "v : bool",
    "v + 1 : 1",
    "x_pre : 1",
):
    try:
        NeuronGroup(1, text)
        failed.append(0)
    except Exception:
        failed.append(1)
scale = 3
H = NeuronGroup(1, "dy/dt = scale*rate : 1", method="euler", namespace={"rate": 10 * Hz})
net = Network(G, H)
net.run(10 * ms, namespace={"scale": 2, "tau_w": 1 * second})
deterministic = dict(
    v=asarray(G.v),
    w=asarray(G.w),
    y=H.y[:],
    failed=failed,
    names=sorted(len(n) for n in eqs.names),
    diff=len(eqs.diff_eq_names),
    stochastic=[eqs.is_stochastic, Equations("dx/dt = xi*second**-.5 : 1").is_stochastic],
)
