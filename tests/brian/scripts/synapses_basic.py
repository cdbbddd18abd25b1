"""Covers: synapses-args synapses-names synapses-variables synapses-pathways synapses-delays"""

from brian2 import *

G = SpikeGeneratorGroup(4, [0, 1, 2, 3, 0, 1], [1, 2, 3, 4, 5, 5] * ms, name="input")
H = NeuronGroup(
    3,
    "dv/dt = -v/(10*ms) : 1\nlabel : 1\nsum_w : 1",
    threshold="v > 1.2",
    reset="v = 0",
    method="exact",
)
H.label = [10, 20, 30]
S = Synapses(
    G,
    H,
    """w : 1
dist = abs(i - j)*um : meter
hits : integer
both : 1""",
    on_pre="v_post += w; hits += 1; both = label_post + i",
    on_post="w += 0.01*(N_pre + j); label += 1",
    name="syn",
)
S.connect(condition="i != j")
S.w = "0.2 + 0.05*i + 0.1*j"
S.delay = "(1 + i)*0.5*ms"
S.w[0, 1] = 0.9
S.w["j == 2"] = "w*1.5"
S.w[2, :] += 0.1
two = Synapses(
    G,
    H,
    "u : 1",
    on_pre={"first": "sum_w_post += u", "then": "sum_w_post *= 1.1"},
    delay={"first": 2 * ms},
)
two.connect(j="i % 3")
two.u = 1
two.then.order = 2
Ms = StateMonitor(S, ["w", "dist"], record=S[1, :])
M = StateMonitor(H, "v", record=True)
run(15 * ms)
deterministic = dict(
    v=H.v[:],
    w=S.w[:],
    hits=S.hits[:],
    i=S.i[:],
    j=S.j[:],
    both=S.both[:],
    dist=asarray(S.dist),
    sum_w=H.sum_w[:],
    delays=asarray(S.delay),
    n_out=S.N_outgoing_pre[:],
    n_in=S.N_incoming_post[:],
    len=len(S),
    out_per_synapse=S.N_outgoing[:],
    Ms=Ms.w[:, -1],
    selected=S.w["i == 1"],
    pair=S.w[0, 1],
    M=M.v[:, ::10],
    label=H.label[:],
    sizes=[int(asarray(S.N_pre)), int(asarray(S.N_post))],
    delay_first=asarray(two.first.delay),
    last=asarray(S.v_post),
)
