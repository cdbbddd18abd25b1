"""Covers: running-magic running-run running-store running-report"""

from brian2 import *

told = []
G = NeuronGroup(
    2, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 0.8", reset="v = 0", method="exact"
)
G.I = [1, 2]
M = SpikeMonitor(G)
T = StateMonitor(G, "v", record=0)
store()
out = {}
for scale in (1, 1.5, 2):
    restore()
    G.I = array([1, 2]) * scale
    run(20 * ms)
    out[f"count {scale}"] = array(M.count[:])
    out[f"v {scale}"] = array(G.v[:])
    out[f"n {scale}"] = len(T.t)
store("later")
run(
    7 * ms,
    report=lambda elapsed, completed, start, duration: told.append(
        (completed, float(asarray(start)), float(asarray(duration)))
    ),
)
restore("later")
out["restored"] = array(G.v[:])
run(0 * ms)
out["t"] = asarray(defaultclock.t)
out["report"] = [told[0][0], told[-1][0], told[0][1], told[0][2]]
out["collected"] = len(collect())
start_scope()
out["scoped"] = len(collect())
X = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
run(1 * ms)
Y = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
try:
    run(1 * ms)
    out["mixed"] = 0
except MagicError:
    out["mixed"] = 1
del X
run(2 * ms)
out["y"] = [float(Y.x[0]), float(asarray(Y.t))]
deterministic = out
