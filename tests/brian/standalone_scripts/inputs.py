"""Spikes, arrays over time and functions given as C++, over two runs."""

from brian2 import *

set_device("cpp_standalone", build_on_run=False)


@implementation("cpp", "double cube(double x) { return x*x*x; }")
@check_units(x=1, result=1)
def cube(x):
    return x**3


current = TimedArray([0.5, 2.0, 1.0, 0.0], dt=5 * ms)
P = SpikeGeneratorGroup(4, [0, 1, 2, 3], [1, 4, 9, 14] * ms, period=15 * ms)
G = NeuronGroup(
    3,
    "dv/dt = (current(t) + cube(0.5*i) - v)/(4*ms) : 1",
    threshold="v > 1",
    reset="v = 0",
    method="euler",
    dt=0.05 * ms,
)
S = Synapses(
    P, G, on_pre={"up": "v_post += 0.2", "down": "v_post -= 0.05"}, delay={"down": 2 * ms}
)
S.connect(j="k for k in range(N_post) if k != i")
spikes = SpikeMonitor(G)
inputs = SpikeMonitor(P)
M = StateMonitor(G, "v", record=True, dt=1 * ms)
run(10 * ms)
run(15 * ms)
device.build(with_output=False)
deterministic = dict(
    v=M.v, t=spikes.t, i=spikes.i, inputs=inputs.t, pairs=[S.i[:], S.j[:]], N=len(S.i[:])
)
