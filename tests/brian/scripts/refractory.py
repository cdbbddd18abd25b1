"""Covers: neurons-refractory neurons-unless neurons-lastspike neurons-threshold neurons-conditional-write"""

from brian2 import *

tau = 10 * ms
eqs = """dv/dt = (1.5 - v)/tau : 1 (unless refractory)
dw/dt = (v - w)/tau : 1
ref : second"""
make = dict(threshold="v > 1", method="euler")
A = NeuronGroup(4, eqs, reset="v = 0; w += 0.2; ref += 1*ms", refractory="ref", **make)
A.ref = "(1 + i)*ms"
B = NeuronGroup(3, eqs, reset="v = 0", refractory=2.55 * ms, **make)
B.v = [0, 0.3, 0.6]
D = NeuronGroup(
    2, eqs.replace("(unless refractory)", ""), refractory="v > 0.7", reset="v *= 0.9", **make
)
E_ = NeuronGroup(2, eqs, reset="v = 0", refractory="(2 + 3*rand()*0)*ms", **make)
kick = SpikeGeneratorGroup(1, zeros(20, dtype=int), arange(20) * 5 * ms + 1 * ms)
S = Synapses(kick, B, on_pre="v_post += 0.35; w_post += 0.01")
S.connect()
B.run_regularly("v += 0.05", dt=1 * ms)
mons = [SpikeMonitor(each) for each in (A, B, D, E_)]
state = StateMonitor(B, ["v", "not_refractory", "lastspike"], record=True, when="after_groups")
net = Network(collect(), mons)
net.run(60 * ms)
deterministic = dict(
    A=A.v[:],
    wA=A.w[:],
    B=B.v[:],
    D=D.v[:],
    E=E_.v[:],
    w=B.w[:],
    counts=concatenate([m.count[:] for m in mons]),
    last=asarray(A.lastspike),
    refractory=A.not_refractory[:],
    recorded=state.not_refractory[:, ::7],
    v=state.v[:, ::13],
    lastspike=asarray(state.lastspike[0, ::50]),
    ref=asarray(A.ref),
    times=asarray(mons[1].t),
)
