"""Covers: running-import-export neurons-get-states"""

from brian2 import *

G = NeuronGroup(
    3, "dv/dt = -v/(10*ms) : volt\nn : integer\ns : 1 (shared)", method="exact", name="cells"
)
G.v = [1, 2, 3] * mV
G.n = [4, 5, 6]
G.s = 2.5
S = Synapses(G, G, "w : 1", name="links")
S.connect(j="i")
S.w = "i + 0.5"
states = G.get_states()
plain = G.get_states(["v"], units=False)
net = Network(G, S)
all_states = net.get_states()
G.set_states({"v": [5, 6, 7] * mV, "n": array([1, 1, 1])})
net.run(1 * ms)
deterministic = dict(
    v=asarray(G.v),
    n=G.n[:],
    plain=plain["v"],
    names="v" in states and "n" in states,
    all=sorted(all_states) == ["cells", "links"],
    w=S.get_states(["w"])["w"],
    s=float(states["s"]),
)
