"""The default: the first run builds and runs the program."""

from brian2 import *

set_device("cpp_standalone", directory=None, with_output=False)
start_scope()
P = SpikeGeneratorGroup(3, [0, 1, 2, 0], [1, 2, 3, 7.5] * ms)
G = NeuronGroup(
    2, "dv/dt = -v/(5*ms) : volt", threshold="v > 3*mV", reset="v = 0*mV", method="exact"
)
S = Synapses(P, G, "w : volt", on_pre="v_post += w", delay=1.5 * ms)
S.connect()
S.w = "(1 + i + j)*mV"
M = StateMonitor(G, "v", record=True, dt=0.5 * ms)
spikes = SpikeMonitor(G)
net = Network(collect())
net.run(12 * ms)
deterministic = dict(
    v=M.v,
    t=M.t,
    i=spikes.i,
    spike_t=spikes.t,
    w=S.w[:],
    si=S.i[:],
    sj=S.j[:],
    delay=S.delay[:],
    n=len(S.w[:]),
    end=float(net.t),
)
