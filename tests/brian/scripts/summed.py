"""Covers: synapses-summed synapses-continuous"""

from brian2 import *

tau = 10 * ms
G = NeuronGroup(
    6,
    """dv/dt = (I + gap - v)/tau : 1
gap : 1
mean_v : 1
I : 1 (constant)
incoming : integer""",
    threshold="v > 1.5",
    reset="v = 0",
    method="euler",
)
G.I = "1 + i*0.3"
S = Synapses(
    G,
    G,
    """w : 1 (constant)
gap_post = w*(v_pre - v_post) : 1 (summed)
ds/dt = (v_pre - s)/(5*ms) : 1 (clock-driven)""",
    method="euler",
)
S.connect(condition="abs(i - j) == 1")
S.w = 0.3
T = Synapses(G, G, "mean_v_pre = v_post/N_outgoing : 1 (summed)")
T.connect(condition="i < 4 and i != j")
M = StateMonitor(G, ["v", "gap", "mean_v"], record=True)
run(60 * ms)
deterministic = dict(v=G.v[:], gap=M.gap[:, ::50], mean_v=M.mean_v[:, ::50], s=S.s[:])
