"""Several runs, values that change between them, one program."""

from brian2 import *

set_device("cpp_standalone", build_on_run=False)
tau = 10 * ms
G = NeuronGroup(
    5, "dv/dt = (I - v)/tau : 1\nI : 1", threshold="v > 1", reset="v = 0", method="exact"
)
G.v = "0.1*i"
G.I = "1.1 + 0.3*i"
M = StateMonitor(G, "v", record=[0, 3])
spikes = SpikeMonitor(G)
run(20 * ms)
G.I = 0.5
run(10 * ms)
G.I = [2, 1.5, 3, 0, 1]
run(15 * ms)
device.build(directory="output", compile=True, run=True, debug=False, with_output=False)
deterministic = dict(
    v=M.v,
    t=M.t,
    i=spikes.i,
    spike_t=spikes.t,
    count=spikes.count,
    final=G.v[:],
    I=G.I[:],
    num=spikes.num_spikes,
    trains=spikes.spike_trains()[2],
    end=defaultclock.t / second,
)
