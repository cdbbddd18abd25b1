"""Covers: synapses-event-driven synapses-clock-driven synapses-lastupdate"""

from brian2 import *

taupre, taupost = 20 * ms, 15 * ms
pre = SpikeGeneratorGroup(3, [0, 1, 2, 0, 1, 0, 2], [1, 2, 3.3, 12, 15, 22, 40] * ms)
post = SpikeGeneratorGroup(2, [0, 1, 0, 1, 1], [3, 2, 14, 25.5, 41] * ms)
target = NeuronGroup(1, "x : 1")
S = Synapses(
    pre,
    post,
    """w : 1
dapre/dt = -apre/taupre : 1 (event-driven)
dapost/dt = -apost/taupost : 1 (event-driven)
dtwo/dt = (base - two)/taupre : 1 (event-driven)
dslow/dt = -slow/(30*ms) : 1 (clock-driven)
base : 1""",
    on_pre="""apre += 0.01
w = clip(w + apost, 0, 1)
two += 0.5
slow += 1""",
    on_post="""apost += -0.0105
w = clip(w + apre, 0, 1)
slow += 0.5""",
    method={"clock-driven": "exact"} and "exact",
)
S.connect()
S.w = 0.5
S.base = "i*0.1"
S.pre.delay = "0.4*ms*j"
M = StateMonitor(S, ["w", "slow"], record=True, dt=1 * ms)
run(50 * ms)
deterministic = dict(w=S.w[:], M=M.w[:, ::5], slow=S.slow[:], recorded=M.slow[2])
