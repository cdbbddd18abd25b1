"""Covers: synapses-noise synapses-random-code"""

from brian2 import *

seed(31)
source = SpikeGeneratorGroup(1, zeros(20, dtype=int), (1 + arange(20)) * ms)
target = NeuronGroup(3000, "v : 1\nn : integer")
S = Synapses(
    source,
    target,
    "dq/dt = -q/(5*ms) + 0.2*xi/(5*ms)**0.5 : 1 (clock-driven)",
    on_pre="v_post += rand()*int(rand() < 0.3); n_post += 1",
    method="euler",
)
S.connect()
run(25 * ms)


def told(x):
    x = asarray(x, dtype=float)
    return mean(x), std(x) / sqrt(len(x))


stochastic = dict(
    v=told(target.v),
    spread=told((target.v - mean(target.v)) ** 2),
    q=told(S.q),
    q2=told(S.q[:] ** 2),
)
deterministic = dict(n=target.n[:5])
