"""Covers: inputs-timed-array inputs-timed-array-2d inputs-timed-array-python"""

from brian2 import *

stimulus = TimedArray(array([0, 1, 0.5, 2, -1]) * nA, dt=3 * ms)
two = TimedArray(arange(12).reshape(4, 3) * Hz, dt=2.5 * ms)
plain = TimedArray([1, 2, 3], dt=0.37 * ms)
G = NeuronGroup(
    3,
    """dv/dt = (stimulus(t)*10*Mohm - v)/(7*ms) : volt
rate = two(t, i) : Hz
now = plain(t) : 1
dx/dt = two(t, i) : 1""",
    method="euler",
)
E_ = NeuronGroup(1, "dv/dt = (stimulus(t)*10*Mohm - v)/(7*ms) : volt", method="exact")
P = NeuronGroup(
    3,
    "dz/dt = -z/ms : 1",
    method="exact",
    threshold="two(t, i) > 8*Hz",
    reset="z = 1",
    refractory=1 * ms,
)
M = StateMonitor(G, ["rate", "now", "v"], record=True)
sp = SpikeMonitor(P)
run(18 * ms)
deterministic = dict(
    v=asarray(G.v),
    rate=asarray(M.rate[:, ::9]),
    now=M.now[0, ::2],
    x=G.x[:],
    exact=asarray(E_.v),
    called=asarray(stimulus(array([0, 2.9, 3, 100, -5]) * ms)),
    called2=asarray(two(6 * ms, 1)),
    count=sp.count[:],
    values=asarray(two.values),
    z=P.z[:],
)
