"""All monitors, subgroups, regular operations, custom events, summed variables."""

from brian2 import *

set_device("cpp_standalone", build_on_run=False)
G = NeuronGroup(
    8,
    """dv/dt = (1.5 - v + g)/(6*ms) : 1
    g : 1
    n : integer
    twice = 2*v : 1""",
    threshold="v > 1",
    reset="v = 0; n += 1",
    refractory=1 * ms,
    events={"half": "v > 0.5 and v < 0.55"},
    method="rk4",
)
G.v = "i/8.0"
G.run_regularly("v += 0.001*i", dt=2 * ms)
G.run_on_event("half", "v += 0.005")
S = Synapses(G, G, "w : 1\ng_post = w*v_pre : 1 (summed)")
S.connect(j="i + 4 if i < 4")
S.w = 0.1
M = StateMonitor(G, ["v", "g", "twice"], record=[1, 6], when="end")
spikes = SpikeMonitor(G, variables="v")
part = SpikeMonitor(G[2:5])
half = EventMonitor(G, "half", variables=["v"])
rate = PopulationRateMonitor(G[:5])
run(25 * ms)
device.build(with_output=False)
deterministic = dict(
    v=M.v,
    g=M.g,
    double=M.twice,
    t=M.t,
    spike_v=spikes.v,
    i=spikes.i,
    part=part.i,
    part_t=part.t,
    half_t=half.t,
    half_i=half.i,
    half_v=half.v,
    rate=rate.rate,
    smooth=rate.smooth_rate(window="gaussian", width=1 * ms),
    n=G.n[:],
    lastspike=G.lastspike[:],
    one=M[6].v,
    values=spikes.values("v")[3],
)
