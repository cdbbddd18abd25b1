"""Covers: connect-forms connect-generators connect-conditions connect-errors connect-storage synapses-indexing"""

from brian2 import *

A = NeuronGroup(12, "x : meter\nok : boolean")
B = NeuronGroup(9, "x : meter")
A.x = "i*10*um"
B.x = "i*12*um"
A.ok = "i % 2 == 0"
out = {}


def made(name, *args, source=A, target=B, **kwds):
    S = Synapses(source, target, "w : 1")
    S.connect(*args, **kwds)
    out[name] = [array(S.i[:]), array(S.j[:])]
    return S


made("all")
made("condition", condition="abs(x_pre - x_post) < 15*um and ok_pre")
made("indices", i=[0, 3, 3], j=[1, 1, 8])
made("mixed", i=2, j=[0, 4, 5])
made("several", i=[1, 2], j=[3, 4], n=2)
made("mapped", j="i // 2", source=A[:8])
made("generator", j="k for k in range(i - 2, i + 3) if k != i", skip_if_invalid=True)
made("stepped", j="k for k in range(0, N_post, 1 + i % 3)")
made("backwards", i="k for k in range(N_pre) if (k + j) % 4 == 0")
made("expression", j="(i + k) % N_post for k in range(1, 4)")
made("with_if", j="i if i % 3 == 0", skip_if_invalid=True)
made("counted", condition="i < 3 and j < 2", n="i + 1")
made("subgroups", source=A[2:5], target=B[4:], condition="i == j")
made("self", source=A, target=A, condition="i != j and abs(i - j) < 2")
made("certain", p="int(i == j)")
made("whole", j="k for k in sample(0, N_post, p=1) if k % 2 == 0")
S = Synapses(A, B, "w : 1", multisynaptic_index="copy")
S.connect(i=[0, 0, 1], j=[0, 0, 2])
S.connect(i=[0, 1], j=[0, 2])
S.w = "copy + 10*i"
out["copies"] = [array(S.copy[:]), array(S.w[:]), array(S.w[0, 0, 1]), array(S.w[0, 0])]
out["order"] = [array(S.i[:]), array(S.j[:]), array(S.w["copy == 1"])]
wrong = []
for text in (
    "S.connect(i=[0], j=[9])",
    "S.connect(i=[-1], j=[0])",
    "S.connect(condition='i', i=1, j=1)",
    "S.connect(j='k for k in range(0, 20)')",
    "S.connect(p='x')",
    "S.connect(j='zz')",
):
    try:
        exec(text)
        wrong.append(0)
    except Exception:
        wrong.append(1)
try:
    empty = Synapses(A, B, "w : 1")
    empty.w = 3
    wrong.append(0)
except Exception:
    wrong.append(1)
S2 = Synapses(A, B, "w : 1")
S2.connect(condition="i == 1 or j == 2")
S2.w = arange(len(S2))
out["slices"] = [
    array(S2.w[1, :]),
    array(S2.w[:, 2]),
    array(S2.w[1:4, 2]),
    array(S2.w[3]),
    array(S2.w[A[2:5], 2]),
]
out["wrong"] = wrong
deterministic = {
    n: concatenate([atleast_1d(asarray(x, dtype=float)).ravel() for x in v])
    if isinstance(v[0], ndarray)
    else v
    for n, v in out.items()
}
