"""Covers: synapses-delay-rounding synapses-delay-runs synapses-order"""

from brian2 import *

G = SpikeGeneratorGroup(2, [0, 1, 0], [0.5, 0.5, 3.0] * ms)
H = NeuronGroup(6, "v : 1\ntime : second", threshold="v > 2.5", reset="v = 0")
S = Synapses(G, H, on_pre="v += 1; time = t", on_post={"back": "v -= 0.25"})
S.connect()
S.pre.delay = "j*0.17*ms"
S.back.delay = "0.3*ms"
zero = Synapses(H, H, on_pre="v_post += 0.125")
zero.connect(condition="j == (i + 1) % N_post")
M = StateMonitor(H, "v", record=True)
sp = SpikeMonitor(H)
run(1 * ms)
S.pre.delay = "(6 - j)*0.2*ms"
run(4 * ms)
scalar = Synapses(G, H, on_pre="v_post += 0.01", delay=1.234 * ms)
deterministic = dict(
    v=H.v[:],
    M=M.v[:, ::3],
    time=asarray(H.time),
    i=sp.i[:],
    t=asarray(sp.t),
    scalar=asarray(scalar.delay),
)
