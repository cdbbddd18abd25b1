"""Covers: neurons-run-regularly neurons-active inputs-network-operation running-stop running-schedule"""

from brian2 import *

G = NeuronGroup(3, "dv/dt = -v/(10*ms) : 1\nu : 1\ncalls : integer", method="exact")
G.v = [1, 2, 3]
G.run_regularly("v += 0.1*i; calls += 1", dt=0.7 * ms)
slow = G.run_regularly("u = v*2", dt=2 * ms, when="end", order=3)
seen = []


@network_operation(dt=1 * ms, when="after_groups")
def watch(t):
    seen.append((float(asarray(t)), float(G.v[0])))
    if t > 6.5 * ms:
        stop()


@network_operation(order=1)
def every():
    G.v_[1] = G.v_[1] * 0.999


H = NeuronGroup(1, "dw/dt = 1/ms : 1", method="euler", threshold="w > 2", reset="w = 0")
H.active = False
M = StateMonitor(G, "v", record=0)
run(10 * ms)
stopped = asarray(defaultclock.t)
deterministic = dict(
    v=G.v[:], u=G.u[:], calls=G.calls[:], seen=array(seen), stopped=stopped, w=H.w[:], n=len(M.t)
)
