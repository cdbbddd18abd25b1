"""Covers: monitors-state monitors-spike neurons-get-states synapses-indexing"""

from brian2 import *

# Parts of what was recorded, by numbers and by synapses; records as dictionaries.
G = NeuronGroup(
    4,
    "dv/dt = (1.5 - v)/(10*ms) : 1\ndphase/dt = 2*pi*(i + 1)*10*Hz : radian",
    threshold="v > 1",
    reset="v = 0",
    method="euler",
)
G.v = "0.2*i"
S = Synapses(G, G, "w : 1", on_pre="w += 0.1*(i + 1)", on_post="")
S.connect("i != j")
M = StateMonitor(G, ["v", "phase"], record=[0, 2, 3])
W = StateMonitor(S, "w", record=S[0, :])
spikes = SpikeMonitor(G, variables="v")
run(30 * ms)
states = M.get_states(["t", "v"])
G.add_attribute("label")
G.label = 3
deterministic = dict(
    names=sorted(M.record_variables) == ["phase", "v"],
    both=M[[0, 3]].v,
    of_synapse=W[S[0, 2]].w,
    of_synapses=W[S[0, 1:]].w,
    t=states["t"] / ms,
    v=states["v"],
    plain=M.get_states(["v"], units=False)["v"],
    phase=M[2].phase,
    label=G.label,
    times=len(M.t),
)
