"""Arrays over time: alignment of steps, bounds, columns, methods, precision, what is refused."""

import logging
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim import (
    Clock,
    Cpp,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    amp,
    mA,
    ms,
    mV,
    nA,
    run,
    second,
    us,
    volt,
)
from eqsim.build.library import build_library
from eqsim.errors import (
    DimensionError,
    DimensionMismatchError,
    EquationError,
    IntegratorError,
    ModelError,
)
from eqsim.program.printer import program_text
from eqsim.targets.cpp.target import render_cpp

STEPS = [
    ("0.1", "0.1"), ("0.1", "0.3"), ("0.1", "1"), ("0.1", "0.25"), ("0.1", "0.05"),
    ("0.1", "0.01"), ("0.1", "0.07"), ("0.1", "0.0001"), ("0.3", "0.1"), ("0.05", "0.15"),
    ("0.125", "0.1"), ("0.01", "1000"), ("1", "7"), ("0.7", "2.1"), ("0.1", "100000"),
]  # fmt: skip
"""Steps of a group, and of an array, in milliseconds."""
ratios = [pytest.param(Fraction(a) / Fraction(b), float(a), float(b), id=f"{a} ms, {b} ms")
          for a, b in STEPS]  # fmt: skip


def expected_rows(steps, ratio, n_rows):
    """The row that holds at each step, in exact arithmetic."""
    return np.array([min(int(step * ratio), n_rows - 1) for step in steps])


# ------------------------------------------------------------------------------------ alignment


@pytest.mark.parametrize(("ratio", "dt", "array_dt"), ratios)
def test_no_value_comes_a_step_early_or_late(target, ratio, dt, array_dt):
    """Each value is compared with the one that whole numbers give, in all of many steps."""
    n_rows, n_steps = 1000, 400 if target.name == "numpy" else 200_000
    stimulus = TimedArray(np.arange(n_rows), dt=array_dt * ms)
    group = NeuronGroup(1, "wrong : integer\nsteps : integer", dt=dt * ms)
    group.run_regularly(
        "row = (t_in_timesteps*above) // below\n"
        "wrong += int(stimulus(t) != clip(row, 0, last))\n"
        "steps += 1"
    )
    names = {
        "stimulus": stimulus,
        "above": ratio.numerator,
        "below": ratio.denominator,
        "last": n_rows - 1,
    }
    Network(group).run(n_steps * dt * ms, namespace=names, target=target)

    assert abs(group.steps[0] - n_steps) <= 1
    assert group.wrong[0] == 0


@settings(max_examples=60, deadline=None)
@given(
    step=st.integers(1, 2000), array_step=st.integers(1, 2000), first=st.integers(0, 10**8),
)  # fmt: skip
def test_python_gives_the_values_of_exact_arithmetic(step, array_step, first):
    ratio = Fraction(step, array_step)
    stimulus = TimedArray(np.arange(50_000), dt=array_step * us)
    steps = np.arange(first, first + 50)

    values = stimulus(steps * (step * 1e-6) * second)

    assert values.tolist() == expected_rows(steps.tolist(), ratio, 50_000).tolist()


@pytest.mark.parametrize(("ratio", "dt", "array_dt"), ratios)
def test_equations_and_python_give_the_same_values(target, ratio, dt, array_dt):
    stimulus = TimedArray(np.linspace(-1, 3, 40) * nA, dt=array_dt * ms)
    group = NeuronGroup(2, "I = stimulus(t) : amp", dt=dt * ms)
    monitor = StateMonitor(group, "I", record=True)
    Network(group, monitor).run(60 * dt * ms, target=target, namespace={"stimulus": stimulus})

    assert np.array_equal(monitor.I_[1], np.asarray(stimulus(monitor.t) / amp))
    assert np.array_equal(
        monitor.I_[0], stimulus.stored[expected_rows(range(len(monitor.t)), ratio, 40)]
    )


def test_the_first_value_holds_before_and_the_last_ever_after(target):
    stimulus = TimedArray([3, 5, 7] * mV, dt=0.5 * ms)
    group = NeuronGroup(1, "early = stimulus(t - 10*ms) : volt\nlate = stimulus(t*1e9) : volt")
    monitor = StateMonitor(group, ["early", "late"], record=0)
    Network(group, monitor).run(2 * ms, target=target, namespace={"stimulus": stimulus})

    assert set(np.asarray(monitor.early[0] / mV).tolist()) == {3}
    assert np.asarray(monitor.late[0] / mV)[1:].tolist() == [7] * 19
    assert stimulus([-1, 0, 0.4999, 0.5, 1.4, 1e6] * ms) / mV == pytest.approx([3, 3, 3, 5, 7, 7])


def test_a_time_between_steps_belongs_to_the_value_that_holds_then(target):
    stimulus = TimedArray(np.arange(10), dt=0.1 * ms)
    group = NeuronGroup(1, "x = stimulus(t + 0.5*dt) : 1\ny = stimulus(t - 0.05*ms) : 1")
    monitor = StateMonitor(group, ["x", "y"], record=0)
    Network(group, monitor).run(1 * ms, target=target, namespace={"stimulus": stimulus})

    assert monitor.x[0].tolist() == list(range(10))
    assert monitor.y[0].tolist() == [0, *range(9)]


def test_the_time_is_that_of_the_clock_that_a_kernel_runs_on(target):
    stimulus = TimedArray(np.arange(100), dt=0.1 * ms)
    group = NeuronGroup(1, "x : 1\nI = stimulus(t) : 1", dt=0.5 * ms)
    group.run_regularly("x = stimulus(t)", dt=0.3 * ms, when="end")
    monitor = StateMonitor(group, ["x", "I"], record=0, clock=Clock(0.3 * ms))
    Network(group, monitor).run(1.5 * ms, target=target, namespace={"stimulus": stimulus})

    assert monitor.I[0].tolist() == [0, 3, 6, 9, 12]
    assert monitor.x[0].tolist() == [0, 0, 3, 6, 9]


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_times_are_double_precision_whatever_the_model_is(target, precision):
    """In single precision 100.3 seconds and the next step are the same time."""
    values = np.arange(2000)
    stimulus = TimedArray(values, dt=1 * ms)
    offset = 100.3 * second
    group = NeuronGroup(
        1,
        "a = stimulus(t + offset - 100.3*second) : 1\nb = stimulus(t + 100.3*second - offset) : 1",
        dtype=precision,
        dt=1 * ms,
    )
    monitor = StateMonitor(group, ["a", "b"], record=0)
    names = {"stimulus": stimulus, "offset": offset}
    Network(group, monitor).run(300 * ms, target=target, namespace=names)

    assert np.array_equal(monitor.a[0], values[:300])
    assert np.array_equal(monitor.b[0], values[:300])


# -------------------------------------------------------------------------------------- columns


def test_each_element_reads_its_column(target):
    values = np.arange(12).reshape(4, 3) * nA
    stimulus = TimedArray(values, dt=0.2 * ms)
    group = NeuronGroup(3, "I = stimulus(t, i) : amp")
    monitor = StateMonitor(group, "I", record=True)
    Network(group, monitor).run(1 * ms, target=target, namespace={"stimulus": stimulus})

    expected = np.asarray(values / nA)[[0, 0, 1, 1, 2, 2, 3, 3, 3, 3]].T
    assert np.allclose(np.asarray(monitor.I / nA), expected)
    assert np.array_equal(
        np.asarray(stimulus(monitor.t[:, np.newaxis], np.arange(3)) / amp).T, monitor.I_
    )


def test_a_column_outside_is_nan_where_it_is_not_known_before(target):
    stimulus = TimedArray([[1.0, 2.0]], dt=1 * ms)
    whole = TimedArray([[1, 2]], dt=1 * ms)
    truth = TimedArray([[True, True]], dt=1 * ms)
    group = NeuronGroup(
        5,
        """k : integer
        x = stimulus(t, k) : 1
        n = whole(t, k) : integer
        b = truth(t, k) : boolean""",
    )
    group.k = [-1, 0, 1, 2, 2**31 - 1]
    monitor = StateMonitor(group, ["x", "n", "b"], record=True)
    names = {"stimulus": stimulus, "whole": whole, "truth": truth}
    Network(group, monitor).run(0.1 * ms, target=target, namespace=names)

    assert np.array_equal(monitor.x[:, 0], [np.nan, 1, 2, np.nan, np.nan], equal_nan=True)
    assert monitor.n[:, 0].tolist() == [0, 1, 2, 0, 0]
    assert monitor.b[:, 0].tolist() == [False, True, True, False, False]
    columns = np.array([-1, 0, 1, 2])
    assert np.array_equal(stimulus(0 * ms, columns), [np.nan, 1, 2, np.nan], equal_nan=True)
    assert whole(0 * ms, columns).tolist() == [0, 1, 2, 0]


def test_what_is_no_number_is_no_time(target):
    stimulus = TimedArray([1.0, 2.0], dt=1 * ms)
    group = NeuronGroup(3, "moment : second\nx = stimulus(moment) : 1")
    group.moment = [0, 1.5, 0] * ms
    group.variables["moment"].values[2] = np.nan
    monitor = StateMonitor(group, "x", record=True)
    Network(group, monitor).run(0.1 * ms, target=target, namespace={"stimulus": stimulus})

    assert np.array_equal(monitor.x[:, 0], [1, 2, np.nan], equal_nan=True)
    assert np.isnan(stimulus(np.nan * second))


@pytest.mark.parametrize(
    ("column", "outside"),
    [("i", 3), ("i + 1", 3), ("3", 3), ("N", 5), ("i - 1", -1), ("shift + i", 10), ("k", 7)],
)
def test_a_known_column_outside_is_an_error(column, outside):
    names = {"shift": 10, "stimulus": TimedArray(np.zeros((2, 3)), dt=1 * ms)}
    group = NeuronGroup(5, f"k : integer (constant)\nx = stimulus(t, {column}) : 1", name="cells")
    group.k = 7
    monitor = StateMonitor(group, "x", record=True)
    with pytest.raises(EquationError) as caught:
        Network(group, monitor).run(1 * ms, target="numpy", namespace=names)

    assert str(caught.value) == (
        f"'stimulus' has 3 columns, from 0 to 2, but {column!r} takes the value {outside}\n"
        "  equations of 'cells', line 2, column 5\n"
        f"    x = stimulus(t, {column}) : 1\n"
        f"        {'^' * len(f'stimulus(t, {column})')}\n"
        "  give the array a column for each index, or choose an existing one: i % 3"
    )


def test_the_columns_of_a_part_of_a_group_are_those_of_its_own_indices():
    stimulus = TimedArray([[1, 2, 3]], dt=1 * ms)
    group = NeuronGroup(10, "x : 1", namespace={"stimulus": stimulus})
    group[4:7].x = "stimulus(0*ms, i)"

    assert group.x[:].tolist() == [0, 0, 0, 0, 1, 2, 3, 0, 0, 0]
    with pytest.raises(EquationError, match="takes the value 3"):
        group[4:8].x = "stimulus(0*ms, i)"


def test_synapses_read_arrays_by_the_numbers_of_both_sides(target):
    stimulus = TimedArray(np.arange(6).reshape(2, 3), dt=0.5 * ms)
    source, sink = NeuronGroup(2, "x : 1"), NeuronGroup(3, "y : 1")
    model = "w = stimulus(t, j) + 10*i : 1\ny_post = w : 1 (summed)"
    synapses = Synapses(source, sink, model, namespace={"stimulus": stimulus})
    synapses.connect()
    monitor = StateMonitor(sink, "y", record=True, when="end")
    Network(source, sink, synapses, monitor).run(1 * ms, target=target)

    assert monitor.y[:, 0].tolist() == [10, 12, 14]
    assert monitor.y[:, -1].tolist() == [16, 18, 20]
    with pytest.raises(EquationError, match="has 3 columns"):
        synapses.connect(condition="stimulus(t, i*5) > 0")


def test_rates_of_a_poisson_group_may_be_an_array(target):
    rates = TimedArray([[0, 1e9], [1e9, 0]] / second, dt=0.2 * ms)
    group = PoissonGroup(2, "rates_of(t, i)", namespace={"rates_of": rates})
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(0.4 * ms, target=target)

    assert spikes.i[:].tolist() == [1, 1, 0, 0]


# -------------------------------------------------------------------------------------- methods


def stepwise(values, steps_per_value, n_steps):
    return np.repeat(values, steps_per_value)[:n_steps]


def test_exact_integration_takes_values_that_hold_for_whole_steps(target):
    values = np.array([1.0, -2.0, 0.5, 3.0])
    stimulus = TimedArray(values * mV, dt=0.3 * ms)
    group = NeuronGroup(1, "dv/dt = (stimulus(t) - v)/(2*ms) : volt", method="exact")
    monitor = StateMonitor(group, "v", record=0, when="end")
    Network(group, monitor).run(1.2 * ms, target=target, namespace={"stimulus": stimulus})

    v, expected = 0.0, []
    for drive in stepwise(values, 3, 12):
        v = drive + (v - drive) * np.exp(-0.1 / 2)
        expected.append(v)
    assert np.asarray(monitor.v[0] / mV) == pytest.approx(expected, rel=1e-13)


def test_exact_integration_takes_values_as_coefficients_of_each_element(target):
    rates = TimedArray(np.array([[1.0, 2.0], [0.0, 3.0]]) / ms, dt=0.2 * ms)
    group = NeuronGroup(2, "dx/dt = -rates(t, i)*x + y/ms : 1\ndy/dt = -y/(5*ms) : 1",
                        method="exact", namespace={"rates": rates})  # fmt: skip
    group.x, group.y = 1, 0
    Network(group).run(0.4 * ms, target=target)

    assert group.x[:] == pytest.approx(np.exp([-0.2, -1.0]), rel=1e-13)


@pytest.mark.parametrize(
    ("equation", "array_dt", "reason"),
    [
        (
            "dx/dt = (stimulus(t) - x)/ms : 1",
            0.25,
            "the values of 'stimulus' hold for 250 us, which is no multiple of the step of 100 us",
        ),
        (
            "dx/dt = (stimulus(t) - x)/ms : 1",
            0.05,
            "the values of 'stimulus' hold for 50 us, which is no multiple of the step of 100 us",
        ),
        (
            "dx/dt = (stimulus(t - ms) - x)/ms : 1",
            0.2,
            "'stimulus' keeps its value during a step only at the time 't' itself",
        ),
        (
            "dx/dt = (columns(t, int(x)) - x)/ms : 1",
            0.2,
            None,
        ),
        (
            "dx/dt = (columns(t, int(t/ms)) - x)/ms : 1",
            0.2,
            "the column of 'columns' depends on 't'",
        ),
    ],
)
def test_exact_integration_refuses_values_that_may_jump(equation, array_dt, reason):
    names = {
        "stimulus": TimedArray([1, 2, 3], dt=array_dt * ms),
        "columns": TimedArray([[1, 2, 3]], dt=array_dt * ms),
    }
    group = NeuronGroup(1, equation, method="exact", name="cells")
    with pytest.raises(IntegratorError) as caught:
        Network(group).run(1 * ms, target="numpy", namespace=names)

    told = str(caught.value)
    assert told.startswith("'exact' cannot integrate these equations\n  equations of 'cells'\n")
    if reason is None:
        assert "not linear" in told
    else:
        assert f"may change within a step\n  {reason}\n" in told
    assert "'euler'" in told


def test_the_choice_of_a_method_follows_from_the_steps(caplog):
    stimulus = TimedArray([1, 2, 3], dt=0.2 * ms)
    equation = "dx/dt = (stimulus(t) - x)/ms : 1"
    with caplog.at_level(logging.INFO, "eqsim"):
        for dt in (0.1, 0.2, 0.4):
            group = NeuronGroup(1, equation, dt=dt * ms)
            Network(group).run(0.4 * ms, target="numpy", namespace={"stimulus": stimulus})
    chosen = [record.getMessage() for record in caplog.records]
    assert ["'exact'" in text.split("because")[0] for text in chosen] == [True, True, False]


def slopes(method, f, dt, n_steps):
    """Integrate dx/dt = f(t) with a method of Runge and Kutta in exact steps."""
    x, found = 0.0, []
    for step in range(n_steps):
        t = step * dt
        middle, end = f(t + dt / 2), f(t + dt)
        x += dt * {
            "euler": f(t), "exponential_euler": f(t), "rk2": middle,
            "rk4": (f(t) + 4 * middle + end) / 6,
        }[method]  # fmt: skip
        found.append(x)
    return found


@pytest.mark.parametrize("method", ["euler", "exponential_euler", "rk2", "rk4"])
@pytest.mark.parametrize("array_dt", [Fraction(1, 20), Fraction(1, 10), Fraction(3, 10)])
def test_other_methods_take_values_as_a_function_of_time(target, method, array_dt):
    """The values at the times of all stages, which lie between steps too."""
    values = np.random.default_rng(3).normal(size=40)
    stimulus = TimedArray(values, dt=float(array_dt) * ms)
    group = NeuronGroup(1, "dx/dt = stimulus(t)/ms : 1", method=method)
    monitor = StateMonitor(group, "x", record=0, when="end")
    Network(group, monitor).run(2 * ms, target=target, namespace={"stimulus": stimulus})

    def f(t):
        return values[min(int(t / array_dt), len(values) - 1)]

    expected = slopes(method, f, Fraction(1, 10), 20)
    assert monitor.x[0] == pytest.approx([float(x) for x in expected], rel=1e-12)


def test_noise_may_have_a_factor_that_holds_for_whole_steps(target):
    sigma = TimedArray([0.0, 2.0], dt=0.5 * ms)
    group = NeuronGroup(2000, "dx/dt = sigma(t)*xi/sqrt(ms) : 1", method="euler")
    monitor = StateMonitor(group, "x", record=True)
    Network(group, monitor).run(0.7 * ms, target=target, namespace={"sigma": sigma})

    assert not monitor.x[:, :6].any()
    assert monitor.x[:, 6].std() == pytest.approx(2 * np.sqrt(0.1), rel=0.06)


def test_noise_with_a_factor_that_may_jump_is_refused():
    sigma = TimedArray([0.0, 2.0], dt=0.25 * ms)
    group = NeuronGroup(1, "dx/dt = sigma(t)*xi/sqrt(ms) : 1", method="euler", name="cells")
    with pytest.raises(IntegratorError) as caught:
        Network(group).run(1 * ms, target="numpy", namespace={"sigma": sigma})

    assert "is multiplied with a factor that depends on 't'\n" in str(caught.value)
    assert "hold for 250 us, which is no multiple of the step of 100 us" in str(caught.value)


def test_an_array_may_stand_where_a_variable_is_held_while_refractory(target):
    drive = TimedArray([3.0, 0.0], dt=1 * ms)
    group = NeuronGroup(
        2,
        "dv/dt = (drive(t) - v)/ms : 1 (unless refractory)",
        threshold="v > 0.5",
        reset="v = 0",
        refractory=0.3 * ms,
        method="exact",
    )
    monitor = StateMonitor(group, "v", record=0, when="end")
    Network(group, monitor).run(2 * ms, target=target, namespace={"drive": drive})

    factor = np.exp(-0.1)
    assert monitor.v[0, 0] == pytest.approx(3 * (1 - factor))
    assert monitor.v[0, 1] == 0


def test_an_array_may_stand_in_every_text(target):
    level = TimedArray([0.5, 2.5] * mV, dt=1 * ms)
    period = TimedArray([0.2, 0.4] * ms, dt=1 * ms)
    group = NeuronGroup(
        1,
        """dv/dt = 1*mV/ms : volt (unless refractory)
        stored = level(t) : volt (constant over dt)
        peak : volt""",
        threshold="v >= level(t)",
        reset="v = 0*mV; peak = level(t)",
        refractory="period(t)",
        method="euler",
    )
    group.run_regularly("peak += level(t)", dt=1 * ms)
    monitor = StateMonitor(group, ["v", "stored", "peak"], record=0, when="end")
    names = {"level": level, "period": period}
    Network(group, monitor).run(1.5 * ms, target=target, namespace=names)

    v, stored, peak = (
        np.asarray(values[0] / mV) for values in (monitor.v, monitor.stored, monitor.peak)
    )
    assert v[:6] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0, 0])
    assert stored == pytest.approx([0.5] * 10 + [2.5] * 5)
    assert peak[0] == pytest.approx(0.5)
    assert peak[5] == pytest.approx(0.5)


# ------------------------------------------------------------------------------------- programs


def program_with(values, dt, n=3, group_dt=0.1 * ms):
    stimulus = TimedArray(values, dt=dt, name="stimulus")
    group = NeuronGroup(n, "dv/dt = (stimulus(t) - v)/ms : volt", method="euler", name="cells",
                        dt=group_dt)  # fmt: skip
    return Network(group).lower({"stimulus": stimulus}).program


def test_other_values_sizes_and_steps_are_the_same_program():
    first = program_with([1, 2] * mV, 1 * ms)

    assert program_with(np.arange(1000) * volt, 0.37 * ms, n=50, group_dt=0.2 * ms) == first
    assert render_cpp(first).digest() == render_cpp(program_with([1] * mV, 2 * ms)).digest()


def test_what_is_the_same_for_all_elements_is_read_once_per_step():
    text = program_text(program_with([1, 2] * mV, 1 * ms))

    assert "once: _stimulus_value_0 = element " in text


def test_an_array_that_is_used_twice_at_one_place_is_read_once():
    stimulus = TimedArray(np.zeros((2, 3)), dt=1 * ms)
    group = NeuronGroup(3, "dx/dt = (stimulus(t, i) - x)*stimulus(t, i)/ms : 1", method="euler")
    text = program_text(Network(group).lower({"stimulus": stimulus}).program)

    assert text.count("= element ") == 1


@pytest.mark.compiler
def test_nothing_is_compiled_anew_for_other_values(monkeypatch):
    built = []

    def watched(sources, toolchain):
        built.append(sources.digest(toolchain.identity))
        return build_library(sources, toolchain)

    monkeypatch.setattr("eqsim.targets.cpp.target.build_library", watched)
    for values, dt in (([1, 2], 1 * ms), ([3, 4, 5], 0.2 * ms), ([6], 7 * ms)):
        stimulus = TimedArray(values * mV, dt=dt, name="stimulus")
        group = NeuronGroup(1, "dv/dt = (stimulus(t) - v)/ms : volt", method="euler", name="cells")
        Network(group, name="net").run(
            0.1 * ms, target=Cpp(threads=1), namespace={"stimulus": stimulus}
        )
    assert len(set(built)) == 1


def test_two_arrays_of_one_name_are_two_arrays(target):
    first = NeuronGroup(1, "x = s(t) : 1", namespace={"s": TimedArray([1], 1 * ms, name="s")})
    second_ = NeuronGroup(1, "x = s(t) : 1", namespace={"s": TimedArray([2], 1 * ms, name="s")})
    monitors = [StateMonitor(group, "x", record=0) for group in (first, second_)]
    Network(first, second_, *monitors).run(0.1 * ms, target=target)

    assert [monitor.x[0, 0] for monitor in monitors] == [1, 2]


def test_a_group_takes_its_own_namespace_first(target):
    s = TimedArray([1], dt=1 * ms)
    group = NeuronGroup(1, "x = s(t) : 1", namespace={"s": TimedArray([2], dt=1 * ms)})
    monitor = StateMonitor(group, "x", record=0)
    run(0.1 * ms, target=target)

    assert monitor.x[0, 0] == 2
    assert s(0 * ms) == 1


def test_later_changes_of_the_users_array_change_nothing():
    values = np.array([1.0, 2.0])
    stimulus = TimedArray(values, dt=1 * ms)
    values[:] = 7
    stimulus.values[:] = 8

    assert stimulus.stored.tolist() == [1, 2]


# ---------------------------------------------------------------------------------------- kinds


@pytest.mark.parametrize(
    ("values", "unit", "kind"),
    [
        ([1, 2], "integer", "i"),
        (np.array([1, 2], dtype=np.uint8), "integer", "i"),
        ([True, False], "boolean", "b"),
        ([1.5, 2], "1", "f"),
        (np.array([1.5, 2], dtype=np.float32), "1", "f"),
        ([1, 2] * mV, "volt", "f"),
    ],
)
def test_the_values_have_the_kind_that_they_have_in_numpy(target, values, unit, kind):
    stimulus = TimedArray(values, dt=0.1 * ms)
    group = NeuronGroup(1, f"x = stimulus(t) : {unit}")
    monitor = StateMonitor(group, "x", record=0)
    Network(group, monitor).run(0.2 * ms, target=target, namespace={"stimulus": stimulus})

    assert stimulus.stored.dtype.kind == kind
    assert monitor.x_[0].dtype.kind == kind
    assert monitor.x_[0].tolist() == stimulus.stored.tolist()


def test_a_condition_may_be_an_array_of_truth_values(target):
    on = TimedArray([True, False, True], dt=0.2 * ms)
    group = NeuronGroup(1, "n : integer", threshold="on(t)", reset="n += 1")
    Network(group).run(0.6 * ms, target=target, namespace={"on": on})

    assert group.n[0] == 4


# --------------------------------------------------------------------------------------- Python


def test_python_calls_give_values_with_units_and_shapes():
    one = TimedArray([1, 2, 3] * mV, dt=1 * ms)
    two = TimedArray([[1, 2], [3, 4]] * nA, dt=1 * ms)

    assert one(1.5 * ms) == 2 * mV
    assert np.shape(one([[0, 1], [2, 3]] * ms)) == (2, 2)
    assert two(1 * ms, 1) == 4 * nA
    assert np.asarray(two([0, 1] * ms, np.array([1, 0])) / nA).tolist() == [2, 3]
    assert TimedArray([1, 2], dt=1 * ms)(0) == 1
    assert one.dt == 1 * ms
    assert np.asarray(one.values / mV).tolist() == [1, 2, 3]
    assert repr(one) == "<TimedArray 'timedarray' of shape (3,), dt = 1*ms>"


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda ta: ta(3), DimensionMismatchError, "'stimulus' takes a time, not 3"),
        (lambda ta: ta(3 * mV), DimensionMismatchError, "write for example stimulus(10*ms)"),
        (lambda ta: ta(1 * ms, 0), ModelError, "'stimulus' takes t only: it has no columns"),
        (lambda ta: ta(), TypeError, "missing"),
    ],
)
def test_wrong_python_calls_say_what_is_expected(call, error, text):
    stimulus = TimedArray([1, 2], dt=1 * ms, name="stimulus")
    with pytest.raises(error) as caught:
        call(stimulus)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda ta: ta(0 * ms), "'stimulus' takes t and the column i"),
        (lambda ta: ta(0 * ms, 0.5), "the columns of 'stimulus' are whole numbers, not 0.5"),
        (lambda ta: ta(0 * ms, 1 * mV), "the columns of 'stimulus' are whole numbers"),
    ],
)
def test_wrong_columns_say_what_is_expected(call, text):
    stimulus = TimedArray([[1, 2]], dt=1 * ms, name="stimulus")
    with pytest.raises(ModelError) as caught:
        call(stimulus)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("values", "dt", "error", "text"),
    [
        ([], 1 * ms, ModelError, "the values of 'timedarray' have the shape (0,)"),
        (3, 1 * ms, ModelError, "the values of 'timedarray' have the shape ()"),
        (np.zeros((2, 0)), 1 * ms, ModelError, "have the shape (2, 0)"),
        (np.zeros((2, 2, 2)), 1 * ms, ModelError, "have the shape (2, 2, 2)"),
        (["a"], 1 * ms, ModelError, "the values of 'timedarray' are no numbers but <U1"),
        ([1j], 1 * ms, ModelError, "are no numbers but complex128"),
        ([None], 1 * ms, ModelError, "are no numbers but object"),
        ([1, np.nan], 1 * ms, ModelError, "a value of 'timedarray' is nan, at position 1\n"),
        ([[1, np.inf]] * mA, 1 * ms, ModelError, "is inf, at position 0, 1\n"),
        ([2**63], 1 * ms, ModelError, "larger than the largest integer, 2**63 - 1"),
        ([1], 0 * ms, ModelError, "the dt of 'timedarray' must be positive"),
        ([1], -1 * ms, ModelError, "the dt of 'timedarray' must be positive"),
        ([1], np.inf * ms, ModelError, "must be one finite time"),
        ([1], [1, 2] * ms, ModelError, "must be one finite time"),
        ([1], 1, DimensionMismatchError, "the dt of 'timedarray' must be a time, not 1"),
        ([1], 1 * mV, DimensionMismatchError, "must be a time"),
    ],
)
def test_wrong_arrays_say_what_is_expected(values, dt, error, text):
    with pytest.raises(error) as caught:
        TimedArray(values, dt)
    assert text in str(caught.value)


def test_a_wrong_name_is_refused():
    with pytest.raises(ModelError, match="is no name for an object"):
        TimedArray([1], 1 * ms, name="a b")


@pytest.mark.parametrize(
    ("equation", "error", "text"),
    [
        ("x = stimulus : volt", EquationError, "'stimulus' is a function and is not called"),
        ("x = stimulus() : volt", EquationError, "'stimulus' takes 1 argument, not 0"),
        ("x = stimulus(t, i) : volt", EquationError, "'stimulus' takes 1 argument, not 2"),
        ("x = stimulus(3) : volt", DimensionError, "takes an argument with dimension s"),
        ("x = stimulus(t) : amp", DimensionError, "has dimension A but right side has"),
        ("x = columns(t, 0.5*i) : 1", EquationError, "'columns' takes an integer here"),
        ("x = columns(t, t) : 1", EquationError, "'columns' takes an integer here"),
        ("x = columns(t, i > 0) : 1", EquationError, "'columns' takes an integer here"),
        ("x = columns(i > 0, i) : 1", EquationError, "'columns' takes numbers"),
        ("stimulus = 3*mV : volt\nx = stimulus(t) : volt", EquationError,
         "'stimulus' is a subexpression, not a function"),
    ],
)  # fmt: skip
def test_wrong_calls_in_equations_are_shown(equation, error, text):
    names = {
        "stimulus": TimedArray([1] * mV, dt=1 * ms),
        "columns": TimedArray([[1, 2]], dt=1 * ms),
    }
    group = NeuronGroup(1, equation, name="cells")
    with pytest.raises(error) as caught:
        Network(group).run(1 * ms, namespace=names)
    assert text in str(caught.value)
    assert "equations of 'cells', line" in str(caught.value)
    assert "^" in str(caught.value)


def test_code_cannot_assign_to_an_array():
    group = NeuronGroup(1, "x = stimulus(t) : 1\ny : 1", threshold="y > 1", reset="stimulus = 3")
    with pytest.raises(EquationError, match="'stimulus' is a function and cannot be assigned"):
        Network(group).run(1 * ms, namespace={"stimulus": TimedArray([1], dt=1 * ms)})


def test_state_is_set_from_arrays_at_the_time_of_the_group():
    stimulus = TimedArray([1, 2, 3], dt=1 * ms)
    group = NeuronGroup(2, "x : 1\nshared_x : 1 (shared)", dt=0.5 * ms,
                        namespace={"stimulus": stimulus})  # fmt: skip
    network = Network(group)
    network.run(1.5 * ms, target="numpy")
    group.x = "stimulus(t)"
    group.shared_x = "stimulus(t + 1*ms)"

    assert group.x[:].tolist() == [2, 2]
    assert group.shared_x[:] == 3
    assert group.i["stimulus(t) > 1"].tolist() == [0, 1]
