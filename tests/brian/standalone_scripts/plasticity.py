"""Plastic synapses with delays, whose state is read after the program has run."""

from brian2 import *

set_device("cpp_standalone", build_on_run=False)
taupre = taupost = 20 * ms
wmax = 1.0
G = NeuronGroup(
    6, "dv/dt = (1.2 + 0.1*i - v)/(8*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
)
G.v = "i/10.0"
S = Synapses(
    G,
    G,
    """w : 1
    dapre/dt = -apre/taupre : 1 (event-driven)
    dapost/dt = -apost/taupost : 1 (event-driven)""",
    on_pre="v_post += 0.02*w\napre += 0.01\nw = clip(w + apost, 0, wmax)",
    on_post="apost -= 0.012\nw = clip(w + apre, 0, wmax)",
)
S.connect(condition="i != j and (i + j) % 2 == 1")
S.w = "0.3 + 0.05*i"
S.pre.delay = "0.5*ms + 0.1*ms*j"
M = StateMonitor(S, "w", record=[0, 4, 7])
spikes = SpikeMonitor(G)
run(100 * ms)
device.build(directory=None, with_output=False)
W = zeros((6, 6))
W[S.i[:], S.j[:]] = S.w[:]
deterministic = dict(
    W=W,
    trace=M.w,
    apre=S.apre[:],
    lastupdate=S.lastupdate[:],
    t=spikes.t,
    i=spikes.i,
    delay=S.delay[:],
)
