"""When what happens on one side arrives at the synapses, and what becomes of it between runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from eqsim import (
    Network,
    NeuronGroup,
    Numpy,
    PoissonGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    defaultclock,
    kHz,
    ms,
    network_operation,
    run,
    seed,
    start_scope,
)
from eqsim.network.naming import restart_numbering


def steps_of(delays, dt=0.1 * ms):
    """Delays in steps, as documented."""
    return np.floor(np.asarray(delays / dt) + 0.5).astype(int)


def spikes_at(steps, n=1, dt=0.1 * ms):
    """A group of which all neurons spike in the given steps."""
    who = np.tile(np.arange(n), len(steps))
    return SpikeGeneratorGroup(n, who, (np.repeat(steps, n) + 0.25) * dt, dt=dt)


# ------------------------------------------------------------------------------------ arrival


@pytest.mark.parametrize("side", ["pre", "post"])
def test_each_of_many_delays_arrives_in_its_step(target, side):
    delays = np.arange(0, 1001) * 0.05 * ms
    both = spikes_at([3, 20])
    targets = NeuronGroup(1001, "v : 1")
    ends = (both, targets) if side == "pre" else (targets, both)
    code = {f"on_{side}": "early = early*int(n > 0) + t*int(n == 0); last = t; n += 1"}
    synapses = Synapses(*ends, "early : second\nlast : second\nn : 1", **code)
    order = np.random.default_rng(1).permutation(1001)
    synapses.connect(**({"i": 0, "j": order} if side == "pre" else {"i": order, "j": 0}))
    getattr(synapses, side).delay = delays
    Network(both, targets, synapses).run(53 * ms, target=target)

    expected = steps_of(delays)
    assert expected[:4].tolist() == [0, 1, 1, 2]
    np.testing.assert_array_equal(np.rint(synapses.early / (0.1 * ms)), expected + 3)
    np.testing.assert_array_equal(np.rint(synapses.last / (0.1 * ms)), expected + 20)
    assert set(synapses.n[:]) == {2}


@pytest.mark.parametrize("side", ["pre", "post"])
def test_one_delay_for_all_arrives_in_its_step(target, side):
    defaultclock.dt = 1 * ms
    for half_steps in range(101):
        start_scope()
        restart_numbering()
        delay = half_steps * 0.5 * ms
        both = spikes_at([2], 2, 1 * ms)
        synapses = Synapses(
            both, both, "at : second\nn : 1", **{f"on_{side}": "at = t; n += 1"},
            delay={side: delay},
        )  # fmt: skip
        synapses.connect()
        defaultclock.timestep = 0
        Network(both, synapses).run(53 * ms, target=target)

        expected = 2 + steps_of(delay, 1 * ms)
        assert np.rint(synapses.at / ms).tolist() == [expected] * 4, delay
        assert synapses.n[:].tolist() == [1] * 4


def test_without_delay_events_arrive_in_their_step_before_the_resets(target):
    sources = spikes_at([2])
    targets = NeuronGroup(1, "v : 1", threshold="t_in_timesteps == 2", reset="v = 10*v")
    synapses = Synapses(sources, targets, on_pre="v += 1")
    synapses.connect()
    Network(sources, targets, synapses).run(0.5 * ms, target=target)

    assert targets.v[0] == 10


@pytest.mark.parametrize("kind", ["one", "each"])
def test_what_is_delayed_arrives_between_threshold_and_reset_too(target, kind):
    sources = spikes_at([1])
    targets = NeuronGroup(1, "v : 1", threshold="t_in_timesteps == 3", reset="v = 10*v")
    delay = 0.2 * ms if kind == "one" else None
    synapses = Synapses(sources, targets, on_pre="v += 1", delay=delay)
    synapses.connect()
    if kind == "each":
        synapses.delay = 0.2 * ms
    Network(sources, targets, synapses).run(0.5 * ms, target=target)

    assert targets.v[0] == 10


def test_delayed_code_sees_the_present_and_not_the_past(target):
    sources = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="t_in_timesteps == 0", reset="",
                          method="euler")  # fmt: skip
    synapses = Synapses(sources, sources, "seen : 1\nat : second", on_pre="seen = v_pre; at = t",
                        delay=0.5 * ms)  # fmt: skip
    synapses.connect()
    Network(sources, synapses).run(1 * ms, target=target)

    assert synapses.seen[0] == pytest.approx(0.6)
    assert synapses.at[0] / ms == pytest.approx(0.5)


def test_pathways_of_one_event_have_delays_of_their_own(target):
    sources = spikes_at([0], 2)
    synapses = Synapses(
        sources,
        sources,
        "a : second\nb : second\nc : second\nd : second",
        on_pre={"a_path": "a = t", "b_path": "b = t"},
        on_post={"c_path": "c = t", "d_path": "d = t"},
        delay={"a_path": 0.3 * ms, "c_path": 0.1 * ms},
    )
    synapses.connect()
    synapses.b_path.delay = "0.1*ms*(i + 2*j)"
    synapses.d_path.delay = [0.5, 0, 0.2, 0.1] * ms
    Network(sources, synapses).run(1 * ms, target=target)

    found = {name: np.rint(getattr(synapses, name) / (0.1 * ms)).tolist() for name in "abcd"}
    assert found == {"a": [3] * 4, "b": [0, 2, 1, 3], "c": [1] * 4, "d": [5, 0, 2, 1]}


def test_delays_count_in_steps_of_the_clock_of_the_events(target):
    slow, fast = spikes_at([1], dt=0.5 * ms), spikes_at([4], dt=0.2 * ms)
    synapses = Synapses(slow, fast, "a : second\nb : second", on_pre="a = t", on_post="b = t",
                        delay={"pre": 0.7 * ms, "post": 0.7 * ms}, dt=0.1 * ms)  # fmt: skip
    synapses.connect()
    Network(slow, fast, synapses).run(3 * ms, target=target)

    # 0.7 ms are 1 step of 0.5 ms, 4 steps of 0.2 ms
    assert synapses.a[0] / ms == pytest.approx(1.0)
    assert synapses.b[0] / ms == pytest.approx(1.6)


def test_delayed_events_of_parts_of_groups(target):
    sources = SpikeGeneratorGroup(6, [0, 2, 3, 4, 5], [0, 0.1, 0.2, 0.3, 0] * ms)
    part = sources[2:5]
    synapses = Synapses(part, part, "a : second\nb : second", on_pre="a = t", on_post="b = t",
                        delay={"pre": 0.5 * ms})  # fmt: skip
    synapses.connect(i=[2, 0, 1], j=[0, 1, 2])
    synapses.post.delay = [0.1, 0.2, 0.3] * ms
    Network(sources, synapses).run(1.5 * ms, target=target)

    assert np.rint(synapses.a / (0.1 * ms)).tolist() == [8, 6, 7]
    assert np.rint(synapses.b / (0.1 * ms)).tolist() == [2, 4, 6]


def test_delayed_events_of_other_names(target):
    sources = NeuronGroup(2, "v : 1", events={"odd": "t_in_timesteps % 2 == 1 and i == 1"})
    targets = NeuronGroup(1, "v : 1")
    synapses = Synapses(sources, targets, on_pre="v += 1", on_event="odd", delay=0.3 * ms)
    synapses.connect()
    seen = StateMonitor(targets, "v", when="end")
    Network(sources, targets, synapses, seen).run(0.8 * ms, target=target)

    assert seen.v[0].tolist() == [0, 0, 0, 0, 1, 1, 2, 2]


def test_two_synapses_objects_with_different_delays_share_their_source(target):
    sources = spikes_at([0, 1, 2])
    targets = NeuronGroup(2, "v : 1")
    short = Synapses(sources, targets[:1], on_pre="v += 1", delay=0.1 * ms)
    long = Synapses(sources, targets[1:], on_pre="v += 1", delay=0.6 * ms)
    short.connect()
    long.connect()
    seen = StateMonitor(targets, "v", record=True, when="end")
    Network(sources, targets, short, long, seen).run(1 * ms, target=target)

    assert seen.v[0].tolist() == [0, 1, 2, 3, 3, 3, 3, 3, 3, 3]
    assert seen.v[1].tolist() == [0, 0, 0, 0, 0, 0, 1, 2, 3, 3]


def test_poisson_spikes_arrive_later_one_by_one(target):
    inputs = PoissonGroup(50, 2 * kHz)
    targets = NeuronGroup(50, "now : 1\nlater : 1")
    direct = Synapses(inputs, targets, on_pre="now += 1")
    delayed = Synapses(inputs, targets, on_pre="later += 1", delay=1.3 * ms)
    direct.connect(i=range(50), j=range(50))
    delayed.connect(i=range(50), j=range(50))
    seen = StateMonitor(targets, ["now", "later"], record=True, when="end")
    Network(inputs, targets, direct, delayed, seen).run(6 * ms, target=target)

    np.testing.assert_array_equal(seen.later[:, 13:], seen.now[:, :-13])
    assert not seen.later[:, :13].any()
    assert seen.now[:, -1].sum() > 300


# ------------------------------------------------------------------------------- the order


@pytest.mark.parametrize("side", ["pre", "post"])
def test_older_events_act_first_then_elements_then_targets(target, side, arrivals):
    rng = np.random.default_rng(7)
    i, j = rng.integers(0, 4, 30).tolist(), rng.integers(0, 4, 30).tolist()
    delays = rng.integers(0, 5, 30).tolist()
    spikes = {step: sorted(set(rng.integers(0, 4, 2).tolist())) for step in range(8)}
    who, when = zip(*((n, step) for step, found in spikes.items() for n in found), strict=True)
    sources = SpikeGeneratorGroup(4, who, (np.array(when) + 0.2) * 0.1 * ms)
    cells = NeuronGroup(4, "v : 1")
    ends = (sources, cells) if side == "pre" else (cells, sources)
    other = "post" if side == "pre" else "pre"
    code = f"v_{other} = 0.75*v_{other} + w; x = v_{other}"
    synapses = Synapses(*ends, "w : 1\nx : 1", **{f"on_{side}": code})
    synapses.connect(i=i, j=j)
    synapses.w = "1 + i + 10*j"
    getattr(synapses, side).delay = np.array(delays) * 0.1 * ms
    Network(sources, cells, synapses).run(1.5 * ms, target=target)

    v, x = [0.0] * 4, [0.0] * 30
    for _, s in arrivals(i, j, spikes, delays, 15, side):
        end = j[s] if side == "pre" else i[s]
        v[end] = x[s] = 0.75 * v[end] + 1 + i[s] + 10 * j[s]
    assert cells.v[:].tolist() == v
    assert synapses.x[:].tolist() == x


# ------------------------------------------------------------------------------ between runs


def test_delays_set_between_runs_hold_for_later_events_only(target):
    sources = spikes_at([0, 3, 7], 1)
    targets = NeuronGroup(2, "v : 1")
    synapses = Synapses(sources, targets, on_pre="v += 1")
    synapses.connect()
    synapses.delay = [0.6, 0.9] * ms
    seen = StateMonitor(targets, "v", record=True, when="end")
    net = Network(sources, targets, synapses, seen)
    net.run(0.5 * ms, target=target)
    synapses.delay = [0.1, 0.4] * ms
    net.run(1 * ms, target=target)

    arrived = [np.flatnonzero(np.diff(v, prepend=0)).tolist() for v in seen.v]
    # those of steps 0 and 3 as they were sent; that of step 7 with the new delays
    assert arrived == [[6, 8, 9], [9, 11, 12]]


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.4), (0.4, 0.0), (0.7, 0.2), (0.2, 0.7)])
@pytest.mark.parametrize("one", [True, False])
def test_delay_of_all_set_between_runs(target, before, after, one):
    sources, targets = spikes_at([2, 4]), NeuronGroup(1, "v : 1")
    delay = before * ms if one else None
    synapses = Synapses(sources, targets, on_pre="v += 1", delay=delay)
    synapses.connect()
    if not one:
        synapses.delay = before * ms
    seen = StateMonitor(targets, "v", when="end")
    net = Network(sources, targets, synapses, seen)
    net.run(0.3 * ms, target=target)
    synapses.delay = after * ms
    net.run(1.5 * ms, target=target)

    expected = np.zeros(18)
    expected[2 + round(10 * before) :] += 1
    expected[4 + round(10 * after) :] += 1
    assert seen.v[0].tolist() == expected.tolist()


def test_delays_set_again_and_again_lose_and_double_nothing(target):
    sources, targets = spikes_at(range(20), 3), NeuronGroup(3, "v : 1\nn : 1")
    synapses = Synapses(sources, targets, on_pre="v = v/2 + t/ms; n += 1")
    synapses.connect(i=[2, 0, 1, 1], j=[0, 1, 1, 2])
    seen = StateMonitor(targets, "n", record=True, when="end")
    net = Network(sources, targets, synapses, seen)
    rng = np.random.default_rng(5)
    expected = np.zeros((3, 60))
    for step in range(20):
        delays = rng.integers(0, 30, 4)
        synapses.delay = delays * 0.1 * ms
        for target_of, delay in zip([0, 1, 1, 2], delays, strict=True):
            expected[target_of, step + delay :] += 1
        net.run(0.1 * ms, target=target)
    net.run(4 * ms, target=target)

    np.testing.assert_array_equal(seen.n, expected)


def test_older_events_act_first_where_delays_were_set_between(target):
    sources, targets = spikes_at([0, 4]), NeuronGroup(1, "v : 1")
    synapses = Synapses(sources, targets, "w : 1\nn : 1", on_pre="n += 1; v = 10*v + n + w")
    synapses.connect(i=[0, 0], j=[0, 0])
    synapses.w = [0, 4]
    synapses.delay = [0.5, 0.1] * ms
    net = Network(sources, targets, synapses)
    net.run(0.3 * ms, target=target)
    synapses.delay = [0.8, 0.1] * ms
    net.run(0.6 * ms, target=target)

    # Step 1: synapse 1. Step 5: first the event of step 0 at synapse 0, then that of step 4.
    assert targets.v[0] == 10 * (10 * 5 + 1) + 6


def test_time_of_arrival_stays_where_dt_changes(target):
    for new in (0.05 * ms, 0.2 * ms, 0.5 * ms):
        start_scope()
        restart_numbering()
        defaultclock.dt, defaultclock.timestep = 0.1 * ms, 0
        sources = NeuronGroup(1, "", threshold="abs(t - 0.5*ms) < 1*us", reset="")
        targets = NeuronGroup(3, "at : second\nn : 1")
        synapses = Synapses(sources, targets, on_pre="at = t; n += 1")
        synapses.connect()
        synapses.delay = [2.5, 3.5, 0.2] * ms
        net = Network(sources, targets, synapses)
        net.run(1 * ms, target=target)
        assert targets.n[:].tolist() == [0, 0, 1]
        defaultclock.dt = new
        net.run(5 * ms, target=target)

        assert targets.n[:].tolist() == [1, 1, 1]
        np.testing.assert_allclose(targets.at / ms, [3, 4, 0.7], rtol=1e-12)


def test_delays_count_anew_where_dt_changes(target):
    sources = NeuronGroup(1, "", threshold="abs(t - 2*ms) < 1*us", reset="")
    targets = NeuronGroup(1, "at : second")
    synapses = Synapses(sources, targets, on_pre="at = t", delay=1.5 * ms)
    synapses.connect()
    net = Network(sources, targets, synapses)
    net.run(1 * ms, target=target)
    defaultclock.dt = 0.5 * ms
    net.run(4 * ms, target=target)

    assert targets.at[0] / ms == pytest.approx(3.5)


def test_further_synapses_leave_what_is_on_its_way_to_the_others(target):
    sources, targets = spikes_at([0, 6], 3), NeuronGroup(4, "v : 1")
    synapses = Synapses(sources, targets, "w : 1", on_pre="v += w")
    synapses.connect(i=[2, 1], j=[1, 2])
    synapses.w, synapses.delay = [1, 10], [0.5, 0.7] * ms
    seen = StateMonitor(targets, "v", record=True, when="end")
    net = Network(sources, targets, synapses, seen)
    net.run(0.3 * ms, target=target)
    synapses.connect(i=[0, 2, 1], j=[0, 0, 3])
    assert synapses.w[:].tolist() == [1, 10, 0, 0, 0]
    np.testing.assert_allclose(synapses.delay / ms, [0.5, 0.7, 0, 0, 0])
    synapses.w = [1, 10, 100, 1000, 10000]
    net.run(1.2 * ms, target=target)

    steps = [np.flatnonzero(np.diff(v, prepend=0)).tolist() for v in seen.v]
    assert steps == [[6], [5, 11], [7, 13], [6]]
    assert targets.v[:].tolist() == [1100, 2, 20, 10000]


def test_new_synapses_do_not_get_events_of_the_past(target):
    sources, targets = spikes_at([0, 3]), NeuronGroup(2, "v : 1")
    first = Synapses(sources, targets, on_pre="v += 1", delay=1 * ms)
    first.connect()
    net = Network(sources, targets, first)
    net.run(0.2 * ms, target=target)
    second = Synapses(sources, targets, on_pre="v += 10", delay=1 * ms)
    second.connect()
    net.add(second)
    net.run(2 * ms, target=target)

    assert targets.v[:].tolist() == [12, 12]


def test_events_on_their_way_outlast_a_run_without_the_delayed_synapses(target):
    sources, targets = spikes_at([0, 4]), NeuronGroup(1, "v : 1")
    delayed = Synapses(sources, targets, on_pre="v += 1", delay=1 * ms)
    delayed.connect()
    one, other = Network(sources, targets, delayed), Network(sources, targets)
    one.run(0.3 * ms, target=target)
    assert targets.v[0] == 0
    other.run(0.3 * ms, target=target)
    one.run(2 * ms, target=target)

    assert targets.v[0] == 2


def test_two_networks_with_one_source_do_not_mix_what_is_on_its_way(target):
    defaultclock.dt = 0.1 * ms
    sources = NeuronGroup(1, "n : 1", threshold="n < 1", reset="n += 1")
    targets = NeuronGroup(2, "at : second\nv : 1")
    long = Synapses(sources, targets[:1], on_pre="v += 1; at = t", delay=1 * ms)
    short = Synapses(sources, targets[1:], on_pre="v += 1; at = t", delay=0.2 * ms)
    long.connect()
    short.connect()
    one, other = Network(sources, targets, long), Network(sources, targets, short)
    one.run(0.5 * ms, target=target)
    assert targets.v[:].tolist() == [0, 0]
    # In the other network the same neuron spikes again, with no synapse of the first there.
    sources.n = 0
    other.run(0.5 * ms, target=target)
    assert targets.v[:].tolist() == [0, 1]
    one.run(1 * ms, target=target)

    assert targets.v[:].tolist() == [1, 1]
    np.testing.assert_allclose(targets.at / ms, [1, 0.2])


@pytest.mark.parametrize("one", [True, False], ids=["one for all", "one each"])
@pytest.mark.parametrize("change", ["delays", "synapses", "both", "nothing"])
@pytest.mark.parametrize("when", ["start", "end", "between runs"])
def test_what_an_operation_changes_holds_for_later_events_only(target, one, change, when):
    sources, targets = spikes_at([8, 9, 10, 11, 14], 2), NeuronGroup(2, "v : 1")
    synapses = Synapses(sources, targets, on_pre="v += 1", delay=0.3 * ms if one else None)
    synapses.connect(i=1, j=0)
    if not one:
        synapses.delay = 0.3 * ms

    def changed():
        if change in ("synapses", "both"):
            synapses.connect(i=0, j=1)
            if not one:
                synapses.delay[1] = 0.3 * ms
        if change in ("delays", "both"):
            synapses.delay = 0.5 * ms

    @network_operation(when=when if when != "between runs" else "start")
    def operation(t):
        # After the events of step 10, before those of step 11.
        if when != "between runs" and round(t / (0.1 * ms)) == (11 if when == "start" else 10):
            changed()

    seen = StateMonitor(targets, "v", record=True, when="end", order=1)
    net = Network(sources, targets, synapses, seen, operation)
    net.run(1.1 * ms, target=target)
    if when == "between runs":
        changed()
    net.run(1 * ms, target=target)

    late = 5 if change in ("delays", "both") else 3
    new = [11 + late, 14 + late] if change in ("synapses", "both") else []
    arrived = [np.flatnonzero(np.diff(v, prepend=0)).tolist() for v in seen.v]
    assert arrived == [[11, 12, 13, 11 + late, 14 + late], new]


# --------------------------------------------------------------------- several runs are one

edges = some.lists(some.tuples(some.integers(0, 4), some.integers(0, 4)), min_size=1, max_size=20)
CODES = [
    {"on_pre": "v += w", "on_post": "u_pre -= w"},
    {"on_pre": "v = v*0.5 + w", "on_post": "w = w*0.75 + 1"},
    {"on_pre": "v_pre = v_pre*0.5 + w; w = v_post + i", "on_post": "v_post += 0.5*v_pre"},
    {"on_pre": "a += 1; w += 0.01*b", "on_post": "b += 1; w -= 0.01*a; u += a"},
]
TRACED = 3
"""The code whose variables are stored with neurons as long as their events have one delay."""


def outcome(case, parts, chosen, *, set_again):
    """Values after runs of given lengths, in steps."""
    start_scope()
    restart_numbering()
    seed(5)
    defaultclock.timestep = 0
    cells = NeuronGroup(5, "v : 1\nu : 1", threshold="rand() < 0.3", reset="v = 0.9*v")
    cells.v = "0.1*i"
    synapses = Synapses(
        cells,
        cells,
        "w : 1\nda/dt = -a/(3*ms) : 1 (event-driven)\ndb/dt = -b/(5*ms) : 1 (event-driven)",
        **CODES[case["code"]],
    )
    found = np.array(case["edges"])
    synapses.connect(i=found[:, 0], j=found[:, 1])
    synapses.w = "1 + i + 0.1*j"
    synapses.pre.delay = case["delays"][: len(found)] * 0.1 * ms
    synapses.post.delay = case["delays"][-len(found) :] * 0.1 * ms
    net = Network(cells, synapses)
    for part in parts:
        net.run(part * 0.1 * ms, target=chosen)
        if set_again:
            synapses.pre.delay = synapses.pre.delay[:]
    names = ("w", "a", "b", "lastupdate_")
    return [cells.v[:].copy(), cells.u[:].copy(), *(getattr(synapses, name)[:] for name in names)]


cases = some.fixed_dictionaries(
    {
        "code": some.integers(0, len(CODES) - 1),
        "edges": edges,
        "delays": some.lists(some.integers(0, 9), min_size=20, max_size=20).map(np.array),
        "parts": some.lists(some.integers(0, 10), min_size=1, max_size=4),
        "set_again": some.booleans(),
    }
)


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases)
def test_several_runs_are_one_run_bit_for_bit(target, case):
    parts = [*case["parts"], 12]
    whole = outcome(case, [sum(parts)], target, set_again=False)
    divided = outcome(case, parts, target, set_again=case["set_again"])

    # Setting delays under events on their way gives synapses their own traces: two decays for one.
    spreads_traces = case["set_again"] and case["code"] == TRACED
    for expected, found in zip(whole, divided, strict=True):
        if spreads_traces:
            np.testing.assert_allclose(found, expected, rtol=1e-13)
        else:
            assert found.tobytes() == expected.tobytes()


def test_run_of_one_step_at_a_time_is_one_run():
    case = {"code": 2, "edges": [(0, 1), (1, 0), (2, 2), (3, 1), (1, 4), (1, 1)],
            "delays": np.arange(20) % 7}  # fmt: skip
    whole = outcome(case, [40], Numpy(), set_again=False)
    for again in (False, True):
        divided = outcome(case, [1] * 40, Numpy(), set_again=again)
        for expected, found in zip(whole, divided, strict=True):
            assert found.tobytes() == expected.tobytes()


changes = some.fixed_dictionaries(
    {
        "edges": edges,
        "events": some.lists(
            some.frozensets(some.integers(0, 4), max_size=3), min_size=12, max_size=12
        ),
        "runs": some.lists(
            some.tuples(
                some.integers(0, 6),  # steps
                some.lists(some.integers(0, 6), min_size=20, max_size=20),  # delays, then
                some.integers(0, 4),  # how many synapses are made then
            ),
            min_size=1,
            max_size=4,
        ),
        "side": some.sampled_from(["pre", "post"]),
        "both": some.booleans(),
    }
)


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=changes)
def test_what_arrives_follows_the_documented_order_whatever_changes(target, case):  # noqa: PLR0915
    start_scope()
    restart_numbering()
    defaultclock.timestep = 0
    spikes = [(n, step) for step, found in enumerate(case["events"]) for n in sorted(found)]
    who, when = np.array(spikes, dtype=int).reshape(-1, 2).T
    # The same neurons in two groups: one that spikes, one with variables.
    source = SpikeGeneratorGroup(5, who, (when + 0.2) * 0.1 * ms)
    cells, others = NeuronGroup(5, "v : 1"), NeuronGroup(5, "u : 1")
    side, both = case["side"], case["both"]
    code = "v_post = 0.5*v_post + w" + ("; w += 0.25*v_post" if both else "")
    synapses = Synapses(source, cells, "w : 1", on_pre=code)
    if side == "post":
        code = "u_pre = 0.5*u_pre + w" + ("; w += 0.25*u_pre" if both else "")
        synapses = Synapses(others, source, "w : 1", on_post=code)
    i, j = map(list, zip(*case["edges"], strict=True))
    ends = i if side == "pre" else j
    made = max(1, len(ends) // 2)
    synapses.connect(i=i[:made], j=j[:made])
    synapses.w = "1 + i + 0.5*j"
    delays, net, now = [0] * made, Network(source, cells, others, synapses), 0
    arriving = []
    weights = [1 + a + 0.5 * b for a, b in zip(i, j, strict=True)]

    for steps, new, more in [*case["runs"], (30, [], 0)]:
        for step in range(now, now + steps):
            for n in case["events"][step] if step < 12 else ():
                arriving += [
                    (step + delays[s], step, n, i[s], j[s], s) for s in range(made) if ends[s] == n
                ]
        net.run(steps * 0.1 * ms, target=target)
        now += steps
        more = min(more, len(ends) - made)
        if more:
            synapses.connect(i=i[made : made + more], j=j[made : made + more])
            synapses.w[made:] = weights[made : made + more]
            made += more
        if new:
            delays = new[:made]
            getattr(synapses, side).delay = np.array(delays) * 0.1 * ms
    values = [0.0] * 5
    w = list(weights)
    for step, _, _, a, b, s in sorted(arriving):
        if step < now:
            end = b if side == "pre" else a
            values[end] = 0.5 * values[end] + w[s]
            w[s] += 0.25 * values[end] if both else 0

    found = cells.v if side == "pre" else others.u
    assert found[:].tolist() == values
    assert synapses.w[:].tolist() == w[:made]


# ------------------------------------------------------------------------- setting and reading


def test_delays_are_read_as_they_were_set():
    A = NeuronGroup(3, "x : 1", threshold="x > 0", reset="")
    synapses = Synapses(A, A, on_pre="", on_post="")
    synapses.connect(i=[2, 1, 0], j=[0, 1, 2])
    assert synapses.delay[:].tolist() == [0, 0, 0]
    synapses.delay = "(1 + i)*ms"
    np.testing.assert_allclose(synapses.delay / ms, [3, 2, 1])
    np.testing.assert_allclose(synapses.pre.delay / ms, [3, 2, 1])
    synapses.delay[1, :] = 7 * ms
    synapses.post.delay[0] = 4 * ms
    synapses.pre.delay["i == j"] = "(5 + j)*ms"
    np.testing.assert_allclose(synapses.delay[:] / ms, [3, 6, 1])
    np.testing.assert_allclose(synapses.post.delay / ms, [4, 0, 0])
    np.testing.assert_allclose(synapses.delay_[:], [0.003, 0.006, 0.001])
    synapses.delay_ = 0.002
    np.testing.assert_allclose(synapses.delay / ms, [2, 2, 2])
    synapses.post.delay = 1 * ms
    assert synapses.post.delay[2, 0] == 1 * ms


def test_one_delay_for_all_is_read_as_one():
    A = NeuronGroup(3, "x : 1", threshold="x > 0", reset="")
    synapses = Synapses(A, A, on_pre="", on_post="", delay={"post": 2 * ms})
    synapses.connect()
    assert np.ndim(synapses.post.delay[:]) == 0
    assert synapses.post.delay == 2 * ms
    synapses.post.delay = 3 * ms
    assert synapses.post.delay[:] == 3 * ms
    assert len(synapses.pre.delay) == 9
    synapses.post.delay = "2*ms + 2*ms"
    assert synapses.post.delay[:] == 4 * ms


def test_delay_of_synapses_without_a_pathway_called_pre():
    A = NeuronGroup(3, "x : 1", threshold="x > 0", reset="")
    synapses = Synapses(A, A, on_pre={"up": "x += 1"}, delay={"up": 2 * ms})
    synapses.connect()

    assert synapses.up.delay == 2 * ms
    with pytest.raises(AttributeError, match=r"synapses\.up\.delay"):
        _ = synapses.delay


def test_random_delays(target):
    sources = spikes_at([0])
    targets = NeuronGroup(200, "at : second")
    synapses = Synapses(sources, targets, on_pre="at = t")
    synapses.connect()
    synapses.delay = "2*ms*rand()"
    run(3 * ms, target=target)

    np.testing.assert_array_equal(np.rint(targets.at / (0.1 * ms)), steps_of(synapses.delay))
    assert len(np.unique(targets.at)) > 15
