"""Covers: inputs-poisson-group inputs-poisson-input inputs-binomial"""

from brian2 import *

seed(11)
n = 300
P = PoissonGroup(n, 40 * Hz)
Q = PoissonGroup(n, rates="(10 + i*0.1)*Hz*(1 + 0.5*sin(2*pi*20*Hz*t))")
R = PoissonGroup(n, rates=linspace(0, 100, n) * Hz)
part = SpikeMonitor(R[150:])
G = NeuronGroup(n, "dv/dt = -v/(10*ms) : volt", method="exact")
few = PoissonInput(G, "v", N=10, rate=30 * Hz, weight=0.5 * mV)
H = NeuronGroup(n, "dv/dt = -v/(10*ms) : 1\nw : 1", method="exact")
H.w = 0.1
many = PoissonInput(H, "v", N=200, rate=500 * Hz, weight="w*0.1")
few_of_many = BinomialFunction(20, 0.3)
exact_binomial = BinomialFunction(200, 0.5, approximate=False)
B = NeuronGroup(n, "x : 1\ny : 1")
B.x = "few_of_many()"
B.y = "exact_binomial()"
mons = [SpikeMonitor(each) for each in (P, Q, R)]
net = Network(collect(), mons)
net.run(30 * ms)
P.rates = 80 * Hz
net.run(10 * ms)


def told(x):
    x = asarray(x, dtype=float)
    return mean(x), std(x) / sqrt(len(x))


stochastic = {f"counts {k}": told(m.count) for k, m in enumerate(mons)}
stochastic |= dict(
    part=told(part.count),
    v=told(G.v),
    v2=told((G.v - mean(G.v)) ** 2 / mV**2),
    h=told(H.v),
    h2=told((H.v - mean(H.v)) ** 2),
    x=told(B.x),
    y=told(B.y),
)
deterministic = dict(rates=float(P.rates[0]), shape=len(part.count))
