"""Covers: running-network running-names running-schedule-order running-clocks running-errors"""

from brian2 import *

log = []
operations = {}


def logging_at(slot):
    def called():
        log.append((slot, float(G.v_[0])))

    return called


G = NeuronGroup(
    2, "dv/dt = 1/ms : 1", method="euler", name="ramp", threshold="v > 0.55", reset="v = 0"
)
H = NeuronGroup(1, "dw/dt = -w/ms : 1", method="euler", dt=0.25 * ms, name="slow")
H.w = 1
clock = Clock(dt=0.5 * ms, name="theclock")
K = NeuronGroup(1, "dk/dt = 1/ms : 1", method="euler", clock=clock)
M = StateMonitor(K, "k", record=0)
for slot in (
    "start",
    "groups",
    "thresholds",
    "synapses",
    "resets",
    "end",
    "before_groups",
    "after_resets",
):
    operations[slot] = NetworkOperation(
        logging_at(slot), when=slot, order=2, dt=1 * ms, name="op_" + slot
    )
net = Network(G, H, K, M)
net.add(
    [operations[s] for s in ("start", "end", "resets", "groups", "before_groups", "after_resets")]
)
net.run(3 * ms)
net.remove(operations["end"])
net.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
net.run(1.3 * ms)
wrong = []
for text in (
    "net.run(-1*ms)",
    "net.run(3)",
    "net['nothing']",
    "Network(G, NeuronGroup(1, 'v : 1', name='ramp')).run(0*ms)",
    "NeuronGroup(0, 'v : 1')",
    "NeuronGroup(1, 'v : 1', name='1a')",
):
    try:
        eval(text)
        wrong.append(0)
    except Exception:
        wrong.append(1)
first_thing = NeuronGroup(1, "v : 1", name="thing*")
second_thing = NeuronGroup(1, "v : 1", name="thing*")
deterministic = dict(
    v=G.v[:],
    w=H.w[:],
    k=M.k,
    log=[x for _, x in log],
    slots=[len(s) for s, _ in log],
    t=asarray(net.t),
    found=net["ramp"] is G,
    names=[first_thing.name == "thing", second_thing.name == "thing_1"],
    wrong=wrong,
    kt=asarray(K.t),
    dts=[float(asarray(c.dt)) for c in (H.clock, clock, defaultclock)],
    inside="ramp" in net,
)
