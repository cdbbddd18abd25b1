"""Covers: running-dt-change running-namespace-change running-summaries"""

from brian2 import *

tau = 10 * ms
G = NeuronGroup(2, "dv/dt = (1 - v)/tau : 1", method="exact", threshold="v > 0.6", reset="v = 0")
M = StateMonitor(G, "v", record=0)
sp = SpikeMonitor(G)
run(10 * ms, profile=True)
profiled = len(str(profiling_summary())) > 20
tau = 5 * ms
run(10 * ms)
defaultclock.dt = 0.05 * ms
run(10 * ms)
summary = scheduling_summary()
deterministic = dict(
    v=G.v[:],
    M=M.v[0, ::10],
    t=asarray(M.t)[-3:],
    n=sp.num_spikes,
    times=asarray(sp.t),
    profiled=profiled,
    summary=len(str(summary)) > 50,
)
