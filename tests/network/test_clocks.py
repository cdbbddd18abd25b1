"""Time: grids that meet, changes of the step, ends of runs."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import Clock, Network, NeuronGroup, StateMonitor, defaultclock, ms, mV, second, us
from eqsim.errors import DimensionMismatchError, ModelError


def counter(**options):
    G = NeuronGroup(1, "n : integer", **options)
    G.run_regularly("n += 1")
    return G


def test_time_is_the_number_of_the_step_times_the_step(target):
    G = counter(dt=0.1 * ms)
    M = StateMonitor(G, "n", record=0)
    Network(G, M).run(100 * ms, target=target)

    np.testing.assert_array_equal(M.t_, np.arange(1000) * 1e-4)


def test_default_step_is_a_tenth_of_a_millisecond():
    assert defaultclock.dt == 0.1 * ms
    assert defaultclock.dt_ == 1e-4


def test_step_of_the_default_clock_is_that_of_groups_without_their_own(target):
    G, H = counter(), counter(dt=1 * ms)
    defaultclock.dt = 0.5 * ms
    Network(G, H).run(2 * ms, target=target)

    assert (G.n[0], H.n[0]) == (4, 2)


def test_clock_can_be_shared(target):
    clock = Clock(dt=0.2 * ms)
    G, H = counter(clock=clock), counter(clock=clock)
    net = Network(G, H)
    net.run(1 * ms, target=target)
    assert clock.t == 1 * ms
    clock.dt = 0.5 * ms
    net.run(1 * ms, target=target)

    assert (G.n[0], H.n[0]) == (7, 7)


@pytest.mark.parametrize(
    "steps", [(0.1, 0.2), (0.2, 0.3), (0.1, 1 / 3), (0.25, 0.1, 0.4), (0.7, 0.1)]
)
def test_clocks_act_together_where_their_times_meet(target, steps):
    log = NeuronGroup(1, "word : 1")
    for digit, step in enumerate(steps, 1):
        log.run_regularly(f"word = word*10 + {digit}", dt=step * ms, when="groups", order=digit)
    M = StateMonitor(log, "word", record=0, when="end", dt=steps[0] * ms)
    log.run_regularly("word = 0", when="after_end", dt=steps[0] * ms)
    duration = 5 * steps[0]
    Network(log, M).run(duration * ms, target=target)

    ticks = sorted(
        (round(k * step, 9), digit)
        for digit, step in enumerate(steps, 1)
        for k in range(round(duration / step) + 2)
    )
    for k, word in enumerate(M.word[0]):
        until = round(k * steps[0], 9)
        since = round((k - 1) * steps[0], 9)
        expected = [digit for time, digit in ticks if since < time <= until]
        assert str(int(word)) == "".join(map(str, expected)), f"step {k}"


@pytest.mark.parametrize(
    ("duration", "steps"), [(1, 10), (0.95, 10), (0.91, 10), (0.1, 1), (0.05, 1), (0, 0),
                            (0.30000000000001, 3), (0.29999999999999, 3)],
)  # fmt: skip
def test_end_of_a_run_is_rounded_up_to_a_step(target, duration, steps):
    G = counter()
    Network(G).run(duration * ms, target=target)

    assert G.n[0] == steps


@pytest.mark.parametrize("step", [0.1, 0.3, 0.7, 0.05, 0.025, 1 / 3, 0.0001])
def test_number_of_steps_is_exact_for_steps_that_no_binary_number_holds(step):
    clock = Clock(step * ms)

    for number in (1, 3, 10, 1000, 99_999, 1_000_003):
        assert clock.steps_to(number * step * 1e-3) == number


def test_many_short_runs_lose_no_step(target):
    G = counter()
    net = Network(G)
    for _ in range(30):
        net.run(0.1 * ms, target=target)

    assert G.n[0] == 30
    assert net.t_ == pytest.approx(3e-3)


def test_runs_that_end_between_steps_make_no_step_twice(target):
    G = counter()
    M = StateMonitor(G, "n", record=0)
    net = Network(G, M)
    for _ in range(4):
        net.run(0.25 * ms, target=target)

    assert G.n[0] == 10
    np.testing.assert_array_equal(M.t_, np.arange(10) * 1e-4)


def test_slow_clock_goes_on_where_runs_are_shorter_than_its_step(target):
    G = NeuronGroup(1, "n : integer")
    G.run_regularly("n += 1", dt=1 * ms)
    M = StateMonitor(G, "n", record=0, when="end", dt=0.5 * ms)
    net = Network(G, M)
    for _ in range(6):
        net.run(0.5 * ms, target=target)

    np.testing.assert_array_equal(M.n[0], [1, 1, 2, 2, 3, 3])


def test_run_of_no_time_does_nothing_and_is_allowed(target):
    G = counter()
    M = StateMonitor(G, "n", record=0)
    net = Network(G, M)
    net.run(0 * ms, target=target)

    assert G.n[0] == 0
    assert len(M.t) == 0
    assert net.t == 0 * ms


def test_run_of_no_time_still_checks_the_model():
    G = NeuronGroup(1, "dv/dt = v : volt")

    with pytest.raises(ValueError, match="volt"):
        Network(G).run(0 * ms, target="numpy")


def test_negative_duration_is_refused():
    with pytest.raises(ModelError, match="must not be negative"):
        Network(counter()).run(-1 * ms, target="numpy")


@pytest.mark.parametrize("duration", [1, 0.5, 3 * mV, "1*ms"])
def test_duration_without_a_unit_of_time_is_refused(duration):
    with pytest.raises(DimensionMismatchError, match="the duration of a run must be a time"):
        Network(counter()).run(duration, target="numpy")


@pytest.mark.parametrize("step", [0 * ms, -1 * ms, float("inf") * second])
def test_impossible_step_is_refused(step):
    with pytest.raises(ModelError):
        Clock(step)


def test_step_without_a_unit_is_refused():
    with pytest.raises(DimensionMismatchError, match="must be a time"):
        NeuronGroup(1, "v : 1", dt=0.1)


def test_step_may_change_between_runs(target):
    G = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    M = StateMonitor(G, "x", record=0)
    net = Network(G, M)
    net.run(0.4 * ms, target=target)
    defaultclock.dt = 0.2 * ms
    net.run(0.4 * ms, target=target)
    defaultclock.dt = 50 * us
    net.run(0.1 * ms, target=target)

    expected = [0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 0.85]
    np.testing.assert_allclose(M.t / ms, expected)
    np.testing.assert_allclose(M.x[0], expected)


def test_changed_step_must_keep_the_time_on_its_grid():
    G = counter()
    net = Network(G)
    net.run(0.5 * ms, target="numpy")
    defaultclock.dt = 0.2 * ms

    with pytest.raises(ModelError, match="has no step at the current time"):
        net.run(1 * ms, target="numpy")
    assert G.n[0] == 5
    defaultclock.dt = 0.25 * ms
    net.run(1 * ms, target="numpy")
    assert G.n[0] == 9


def test_step_and_clock_are_one_too_many():
    with pytest.raises(ModelError, match="both dt and clock"):
        NeuronGroup(1, "v : 1", dt=1 * ms, clock=Clock(1 * ms))


def test_clock_that_is_none_is_refused():
    with pytest.raises(ModelError, match="must be a Clock"):
        NeuronGroup(1, "v : 1", clock=1 * ms)


def test_two_networks_on_one_clock_have_times_of_their_own(target):
    first, second_ = counter(), counter()
    one, two = Network(first), Network(second_)
    one.run(1 * ms, target=target)
    two.run(0.5 * ms, target=target)
    one.run(1 * ms, target=target)

    assert (one.t, two.t) == (2 * ms, 0.5 * ms)
    assert (first.n[0], second_.n[0]) == (20, 5)
