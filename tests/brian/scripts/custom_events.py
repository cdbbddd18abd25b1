"""Covers: neurons-events neurons-run-on-event neurons-event-schedule monitors-events"""

from brian2 import *

tau = 8 * ms
G = NeuronGroup(
    5,
    """dv/dt = (I - v)/tau : 1
I : 1 (constant)
crossings : integer
level : 1
first : second""",
    threshold="v > 1",
    reset="v = 0; level = 0",
    method="exact",
    events={"up": "v > 0.5 and level == 0", "late": "v > 0.9"},
)
G.I = "1.1 + i*0.1"
G.run_on_event("up", "level = 1; crossings += 1; first = t")
G.set_event_schedule("late", when="before_groups")
up = EventMonitor(G, "up", variables=["v", "level"])
late = EventMonitor(G, "late", record=False)
spikes = SpikeMonitor(G, variables="v")
target = NeuronGroup(5, "x : 1\ny : 1")
S = Synapses(
    G,
    target,
    "w : 1",
    on_pre={"a": "x_post += w", "b": "y_post += 1"},
    on_event={"a": "up", "b": "spike"},
)
S.connect(j="i")
S.w = 0.5
S.a.delay = 2 * ms
run(50 * ms)
deterministic = dict(
    v=G.v[:],
    crossings=G.crossings[:],
    first=asarray(G.first),
    i=up.i[:],
    t=asarray(up.t),
    v_up=up.v[:],
    level=up.level[:],
    late=late.count[:],
    x=target.x[:],
    y=target.y[:],
    peaks=spikes.v[:],
    n=up.num_events,
    trains=[len(up.event_trains()[k]) for k in range(5)],
    values=up.values("v")[2],
    events=sorted(len(e) for e in G.events),
)
