"""Covers: monitors-state monitors-spike monitors-rate monitors-single monitors-before-update"""

from brian2 import *

G = NeuronGroup(
    4,
    "dv/dt = (2 - v)/(10*ms) : 1\nw = v**2 : 1\nu : volt",
    threshold="v > 1",
    reset="v = 0",
    method="exact",
)
G.v = "0.2*i"
G.u = "i*mV"
every = StateMonitor(G, True, record=True, dt=1 * ms)
some = StateMonitor(G, ("v", "w"), record=[1, 3], when="end")
one = StateMonitor(G, "u", record=2)
none = StateMonitor(G, "v", record=False)
spikes = SpikeMonitor(G, variables=["v", "u"])
counted = SpikeMonitor(G, record=False)
rate = PopulationRateMonitor(G)
sub = PopulationRateMonitor(G[:2])
run(30 * ms)
some.record_single_timestep()
wrong = []
for text in (
    "SpikeMonitor(G, order=1)",
    "StateMonitor(G, 'zz', record=True)",
    "StateMonitor(G, 'v', record=[7])",
    "PopulationRateMonitor(3)",
):
    try:
        eval(text)
        wrong.append(0)
    except Exception:
        wrong.append(1)
run(5 * ms)
trains = spikes.spike_trains()
deterministic = dict(
    every=every.v,
    w=some.w,
    v=some[3].v,
    second=some.v[1],
    t=asarray(some.t)[-3:],
    one=asarray(one.u)[:, -1],
    i=spikes.i[:],
    times=asarray(spikes.t),
    peaks=spikes.v[:],
    u=asarray(spikes.u),
    count=counted.count[:],
    rate=asarray(rate.rate),
    sub=asarray(sub.rate[:100]),
    n=[int(asarray(x)) for x in (spikes.num_spikes, counted.num_spikes, spikes.N)],
    trains=asarray(trains[2]),
    values=spikes.values("v")[1],
    all=sorted(len(k) for k in spikes.all_values()),
    smooth=asarray(rate.smooth_rate("gaussian", 2 * ms))[50:300],
    flat=asarray(rate.smooth_rate("flat", 1.1 * ms))[50:300],
    window=asarray(rate.smooth_rate(window=array([1.0, 2.0, 1.0])))[5:300],
    it=len(asarray(spikes.it[0])),
    nothing=len(none.t),
    wrong=wrong,
    t_=spikes.t_[:3],
)
