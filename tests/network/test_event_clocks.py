"""Single times that need not lie on a grid: clocks, code, monitors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eqsim
from eqsim import (
    Clock,
    EventClock,
    Network,
    NeuronGroup,
    StateMonitor,
    Synapses,
    load,
    ms,
    mV,
    run,
    second,
)
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.running.execution import PastTimesWarning
from eqsim.targets import Numpy
from eqsim.targets.cuda.target import render_cuda


def logging_group(**options):
    return NeuronGroup(2, "last : second\nn : integer", **options)


# ------------------------------------------------------------------------------------ clocks


def test_times_are_sorted_and_have_units():
    clock = EventClock([3, 1, 2.5] * ms)

    np.testing.assert_array_equal(clock.times_, [1e-3, 2.5e-3, 3e-3])
    assert clock.times.dimension is second.dimension
    assert (clock.t, clock.timestep) == (1 * ms, 0)
    assert repr(clock) == "EventClock(times=array([1. , 2.5, 3. ])*ms, name='eventclock')"


def test_one_time_and_no_time(target):
    group = logging_group()
    group.run_at("n += 1", 0.25 * ms)
    group.run_at("n += 10", [])
    group.run_at("n += 100", [] * ms)
    Network(group).run(1 * ms, target=target)

    np.testing.assert_array_equal(group.n, [1, 1])


def test_clock_after_its_last_time_is_at_infinity(target):
    clock = EventClock([0.1] * ms)
    group = NeuronGroup(1, "x : 1")
    Network(group, StateMonitor(group, "x", clock=clock)).run(1 * ms, target=target)

    assert clock.timestep == 1
    assert clock.t_ == np.inf


@pytest.mark.parametrize(
    ("times", "error", "said"),
    [
        ([1, 2, 1] * ms, ModelError, "(?s)different times.*1\\*ms appears twice"),
        ([1, -2] * ms, ModelError, "-2\\*ms is negative"),
        ([1, float("nan")] * ms, ModelError, "is not finite"),
        ([1, float("inf")] * ms, ModelError, "is not finite"),
        ([1, 2], DimensionMismatchError, "must be a time, not"),
        ([1, 2] * mV, DimensionMismatchError, "has the unit"),
        ([[1, 2], [3, 4]] * ms, ModelError, "must be a list of times"),
        ("t > 3*ms", DimensionMismatchError, "must be a time"),
        (None, DimensionMismatchError, "must be a time"),
        ([[1], [2, 3]], ModelError, "must be a list of times"),
    ],
)
def test_wrong_times_are_refused(times, error, said):
    group = logging_group()

    with pytest.raises(error, match=said):
        EventClock(times)
    with pytest.raises(error, match=said):
        group.run_at("n += 1", times)
    assert group.contained_objects == ()


def test_groups_need_a_step():
    clock = EventClock([1] * ms)

    with pytest.raises(ModelError, match=r"(?s)needs a clock with a step.*run_at, monitors"):
        NeuronGroup(1, "x : 1", clock=clock)
    group = NeuronGroup(1, "x : 1")
    with pytest.raises(ModelError, match="needs a clock with a step"):
        Synapses(group, group, clock=clock)


# -------------------------------------------------------------------------------------- code


def test_code_runs_at_the_very_times(target):
    group = logging_group()
    times = [0.05, 0.1, 0.314159, 0.7, 0.9999]
    monitor = StateMonitor(
        group, ["last", "n"], record=0, clock=EventClock(times * ms), when="end"
    )
    group.run_at("last = t; n += 1", times * ms)
    Network(group, monitor).run(1 * ms, target=target)

    np.testing.assert_array_equal(monitor.t_, np.array(times) * 1e-3)
    np.testing.assert_array_equal(monitor.last_[0], monitor.t_)
    np.testing.assert_array_equal(monitor.n[0], [1, 2, 3, 4, 5])


def test_times_on_the_grid_are_part_of_the_step(target):
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nword : 1", method="euler")
    group.run_at("word = word*10 + 2", [0.3, 0.6] * ms, order=1)
    group.run_regularly("word = word*10 + 1", order=0)
    group.run_regularly("word = word*10 + 3", when="end")
    Network(group).run(0.7 * ms, target=target)

    assert int(group.word[0]) == int("13" * 3 + "123" + "13" * 2 + "123")


def test_times_between_steps_do_nothing_else(target):
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", threshold="x > 10", reset="x = 0", method="euler")
    group.run_at("x += 100*int(t > 0.5*ms)", [0.15, 0.55] * ms)
    monitor = StateMonitor(group, "x", record=0)
    Network(group, monitor).run(1 * ms, target=target)

    np.testing.assert_allclose(monitor.x[0], [0, 0.1, 0.2, 0.3, 0.4, 0.5, 100.6, 0, 0.1, 0.2])


def test_dt_in_the_code_is_the_step_of_the_group(target):
    group = NeuronGroup(1, "x : second", dt=0.2 * ms)
    group.run_at("x = dt + 0*t", [0.33] * ms)
    Network(group).run(1 * ms, target=target)

    assert group.x == 0.2 * ms


def test_random_numbers_are_drawn_anew_at_each_time(target):
    group = NeuronGroup(40, "x : 1\ny : 1")
    group.run_at("y = x; x = rand()", [0.13, 0.25] * ms)
    Network(group).run(1 * ms, target=target)

    assert len(np.unique([*group.x, *group.y])) == 80


def test_regular_code_and_synapses_take_single_times_too(target):
    group = logging_group()
    group.run_regularly("n += 1", clock=EventClock([0.1, 0.25] * ms))
    synapses = Synapses(group, group, "w : 1")
    synapses.connect()
    synapses.run_at("w = t/ms + i", [0.345] * ms)
    Network(group, synapses).run(1 * ms, target=target)

    np.testing.assert_array_equal(group.n, [2, 2])
    np.testing.assert_allclose(synapses.w, [0.345, 0.345, 1.345, 1.345])


def test_inactive_code_does_not_run(target):
    group = logging_group()
    operation = group.run_at("n += 1", [0.1, 0.3, 0.5] * ms, name="change")
    net = Network(group)
    net.run(0.2 * ms, target=target)
    operation.active = False
    net.run(0.2 * ms, target=target)
    operation.active = True
    net.run(0.2 * ms, target=target)

    assert operation.name == "change"
    np.testing.assert_array_equal(group.n, [2, 2])


def test_wrong_code_is_refused():
    group = logging_group()
    group.run_at("n += nobody", [1] * ms)

    with pytest.raises(ValueError, match="nobody"):
        Network(group).run(1 * ms, target="numpy", namespace={})


# -------------------------------------------------------------------------------------- runs


@pytest.mark.parametrize("parts", [1, 2, 7, 10])
def test_several_runs_are_one(target, parts):
    group = logging_group()
    times = np.unique(np.round(np.linspace(0, 1, 23), 2)) * ms
    group.run_at("last = t; n += 1", times)
    monitor = StateMonitor(group, "n", record=0, when="end")
    net = Network(group, monitor)
    for _ in range(parts):
        net.run(1.4 / parts * ms, target=target)

    assert group.n[0] == len(times)
    counts = [np.sum(times / ms < 0.1 * k + 1e-6) for k in range(14)]
    np.testing.assert_array_equal(monitor.n[0][:14], counts)


def test_network_without_any_grid(target):
    group = logging_group()
    group.run_at("n += 1", [0.1, 0.7, 5] * ms)
    group.active = True
    net = Network(group)
    net.run(1 * ms, target=target)
    assert (group.n[0], net.t) == (2, 1 * ms)
    net.run(4 * ms, target=target)
    assert (group.n[0], net.t) == (2, 5 * ms)
    net.run(1 * ms, target=target)

    assert group.n[0] == 3


def test_past_times_are_told_and_left_out(target):
    group = logging_group()
    net = Network(group)
    net.run(1 * ms, target=target)
    group.run_at("n += 1", [0.2, 0.999, 1, 1.5] * ms, name="late")

    with pytest.warns(PastTimesWarning, match="'late' has 2 times before 1\\*ms"):
        net.run(1 * ms, target=target)
    assert group.n[0] == 2
    net.run(1 * ms, target=target)


def test_times_passed_while_inactive_or_in_another_network_are_not_told(target):
    clock = EventClock([0.1, 0.3, 0.5] * ms)
    first, second_ = logging_group(), logging_group()
    operation = first.run_regularly("n += 1", clock=clock)
    second_.run_regularly("n += 1", clock=clock)
    one, two = Network(first), Network(second_)
    one.run(0.2 * ms, target=target)
    two.run(0.4 * ms, target=target)
    operation.active = False
    one.run(0.2 * ms, target=target)
    operation.active = True
    one.run(0.2 * ms, target=target)

    assert (first.n[0], second_.n[0]) == (2, 2)


@settings(max_examples=30, deadline=None)
@given(
    times=st.lists(st.integers(0, 60), unique=True, max_size=12),
    ends=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    steps=st.tuples(st.sampled_from([3, 5, 10]), st.sampled_from([3, 4, 7])),
)
def test_any_times_come_once_and_in_order_with_any_grids(times, ends, steps):
    # In hundredths of a millisecond.
    log = NeuronGroup(1, "word : 1\nlast : second", dt=steps[0] * 0.01 * ms)
    log.run_regularly("last = t", dt=steps[1] * 0.01 * ms)
    log.run_at("last = t", np.array(times) * 0.01 * ms)
    when = EventClock(np.array(times) * 0.01 * ms)
    monitor = StateMonitor(log, "last", record=0, clock=when, when="end")
    net = Network(log, monitor)
    for end in ends:
        net.run(end * 0.01 * ms, target=Numpy())

    expected = [time * 1e-5 for time in sorted(times) if time < sum(ends)]
    np.testing.assert_allclose(monitor.t_, expected, atol=1e-12)
    np.testing.assert_allclose(monitor.last_[0], expected, atol=1e-12)


def test_magic_run(target):
    group = logging_group()
    group.run_at("last = t", [0.123] * ms)
    run(1 * ms, target=target)

    assert group.last[0] == 0.123 * ms


def test_single_step_is_recorded_at_the_present_time(target):
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    monitor = StateMonitor(group, "x", clock=EventClock([0.25] * ms))
    Network(group, monitor).run(0.5 * ms, target=target)
    monitor.record_single_timestep()

    np.testing.assert_allclose(monitor.t / ms, [0.25, 0.5])
    np.testing.assert_allclose(monitor.x[0], [0.3, 0.5])


# ----------------------------------------------------------------------------------- targets


def test_cuda_renders_single_times():
    group = logging_group()
    group.run_at("last = t", [1] * ms)

    text = render_cuda(Network(group).lower({}).program).text("simulation.cu")
    assert "eventclock_times" in text


@pytest.mark.compiler
@pytest.mark.slow
def test_program_of_its_own_has_single_times(tmp_path):
    import shutil
    import subprocess

    if shutil.which("cmake") is None:
        pytest.skip("needs CMake")
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nlast : second", method="euler", name="group")
    group.run_at("last = t; x = 0", [0.314, 0.7, 1.5] * ms)
    monitor = StateMonitor(
        group, ["x", "last"], record=0, clock=EventClock([0.5, 0.75, 1.6] * ms), name="monitor"
    )
    net = Network(group, monitor)
    net.export(tmp_path, 1 * ms)
    for command in (["cmake", "-B", "build"], ["cmake", "--build", "build"]):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    for options, duration in (([], 1 * ms), (["--duration", "0.0017"], 1.7 * ms)):
        subprocess.run(["build/simulate", *options], cwd=tmp_path, check=True, capture_output=True)
        results = load(tmp_path / "results")
        eqsim.start_scope()
        Network(group, monitor).run(duration, target="numpy")
        np.testing.assert_array_equal(results["monitor"].x, monitor.x)
        np.testing.assert_array_equal(results["monitor"].last_, monitor.last_)
        np.testing.assert_array_equal(results["monitor"].t_, monitor.t_)
        assert results["group"].last_ == group.last_
        group.x, group.last = 0, 0 * ms
        monitor.forget()


def test_clocks_of_both_kinds_are_clocks():
    assert repr(Clock(1 * ms)) == "Clock(dt=1*ms, name='clock')"
    with pytest.raises(ModelError, match="must be a Clock"):
        StateMonitor(logging_group(), "n", clock=1 * ms)
