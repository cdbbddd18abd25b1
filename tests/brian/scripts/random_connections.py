"""Covers: connect-random connect-sample"""

from brian2 import *

seed(4)
A = NeuronGroup(200, "x : 1")
A.x = "rand()"
stochastic = {}


def count(name, expected_n, **kwds):
    S = Synapses(A, A, "w : 1")
    S.connect(**kwds)
    per = bincount(S.i[:], minlength=200)
    stochastic[name] = (mean(per), std(per) / sqrt(200) + 1e-9)
    return S


S = count("p", 20, p=0.1)
S.w = "rand()"
stochastic["weights"] = (mean(S.w), std(S.w[:]) / sqrt(len(S)))
count("condition p", 10, condition="i != j", p=0.05)
count("depends", 20, p="0.2*exp(-abs(i - j)/40.0)")
count("sample p", 20, j="k for k in sample(0, N_post, p=0.1)")
count("arrays", 1, i=repeat(arange(200), 200), j=tile(arange(200), 200), p=0.25)
count("only pre", 20, p="x_pre*0.2")
chosen = Synapses(A, A)
chosen.connect(j="k for k in sample(N_post, size=15)")
deterministic = dict(
    fixed=chosen.N_outgoing_pre[:], distinct=len(unique(chosen.i[:] * 1000 + chosen.j[:]))
)
stochastic["targets"] = (mean(chosen.j[:]), std(chosen.j[:]) / sqrt(len(chosen)))
