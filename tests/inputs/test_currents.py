"""Currents over time: their values against definitions and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eqsim
from eqsim import (
    Hz,
    NeuronGroup,
    StateMonitor,
    TimedArray,
    defaultclock,
    inputs,
    mA,
    ms,
    mV,
    nA,
    run,
    second,
)
from eqsim.errors import EqsimError
from eqsim.inputs import (
    constant_current,
    ou_process,
    ramp_current,
    sinusoidal_input,
    spike_current,
    square_input,
    wiener_process,
)

WRONG: list[tuple[Any, str]] = [
    (lambda: constant_current([]),
     "constant_current needs sections, pairs of a value and a duration\n"
     "  for example [(0, 100*ms), (1*nA, 300*ms)]"),
    (lambda: constant_current([(1 * nA, 0.25 * ms)]),
     "the duration of section 0 is 250*us, which is no whole number of steps of 100 us\n"
     "  give another dt, such as dt=0.01*ms"),
    (lambda: constant_current([(1 * nA, 1 * ms), (1 * mV, 1 * ms)]),
     "the values of the sections have different units: A and V\n"
     "  give all in one unit; only 0 needs none"),
    (lambda: constant_current([(1 * nA, 1 * ms), (2, 1 * ms)]),
     "the values of the sections have different units: A and 1\n"
     "  give all in one unit; only 0 needs none"),
    (lambda: constant_current([([1, 2] * nA, 1 * ms), ([1, 2, 3] * nA, 1 * ms)]),
     "the values of the sections have the shapes (2,), (3,)\n"
     "  expected: numbers, or arrays of one shape (n,)"),
    (lambda: constant_current([(1 * nA, 3)]),
     "the duration of section 0 must be a time, not 3, which has no unit\n"
     "  write for example 10*ms"),
    (lambda: constant_current([(1 * nA, 0 * ms)]),
     "the sections of constant_current last no time\n  give durations above 0"),
    (lambda: constant_current([(1 * nA, -1 * ms)]),
     "the duration of section 0 must not be negative, but is -1*ms"),
    (lambda: spike_current([1, 2] * ms, [1, 1, 1] * ms, 1 * nA, 10 * ms),
     "spike_current was given 2 points and 3 lengths\n  give one for all, or one for each"),
    (lambda: ramp_current(0 * nA, 1 * nA, 5 * ms, 4 * ms, 2 * ms),
     "t_start is 4*ms, t_end is 2*ms and the duration is 5*ms\n"
     "  expected: t_start <= t_end <= duration"),
    (lambda: sinusoidal_input(1 * nA, 10, 5 * ms),
     "the frequency is 10\n  expected: one, such as 10*Hz"),
    (lambda: ou_process(1 * nA, -1 * nA, 1 * ms, 5 * ms),
     "sigma must not be negative, but is -1*nA"),
    (lambda: ou_process(1 * nA, 1 * nA, 0 * ms, 5 * ms), "tau must be positive, not 0*second"),
    (lambda: ou_process(1 * nA, 1 * nA, 1 * ms, 5 * ms, n=0),
     "n is 0\n  expected: a whole number of columns, at least 1"),
    (lambda: wiener_process(1 * nA / second**0.5, 5 * ms, seed=-1),
     "a seed is a whole number from 0 up to 2**64 - 1, not -1"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_what_is_no_current_is_refused(call: Any, message: str) -> None:
    with pytest.raises(EqsimError) as raised:
        call()

    assert str(raised.value) == message


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 30)), min_size=1, max_size=6))
def test_sections_follow_each_other(sections: list[tuple[float, int]]) -> None:
    if sum(n for _, n in sections) == 0:
        return
    current = constant_current([(c * nA, n * 0.1 * ms) for c, n in sections], dt=0.1 * ms)

    expected = np.concatenate([np.full(n, c) for c, n in sections])
    assert current.values / nA == pytest.approx(expected)
    assert current.duration / ms == pytest.approx(0.1 * len(expected))


def test_columns_are_for_neurons() -> None:
    current = constant_current([([1, 2, 3] * nA, 1 * ms), (0, 1 * ms)], dt=1 * ms)
    group = NeuronGroup(3, "I = current(t, i) : amp", namespace={"current": current})
    seen = StateMonitor(group, "I", record=True, dt=1 * ms)
    run(2 * ms, target="numpy")

    assert seen.I / nA == pytest.approx(np.array([[1, 0], [2, 0], [3, 0]]))


def test_pulses_of_other_sizes_and_lengths() -> None:
    current = spike_current([3, 1] * ms, [2, 1] * ms, [5, 7] * nA, 6 * ms, dt=1 * ms)

    assert current.values / nA == pytest.approx([0, 7, 0, 5, 5, 0])


@pytest.mark.parametrize("bias", [False, True])
def test_waves(bias: bool) -> None:
    defaultclock.dt = 1 * ms
    t = np.arange(100)
    wave = sinusoidal_input(2 * nA, 20 * Hz, 100 * ms, bias=bias)
    expected = 2 * np.sin(2 * np.pi * 0.02 * t) + (2 if bias else 0)
    assert wave.values / nA == pytest.approx(expected, abs=1e-9)

    square = square_input(2 * nA, 20 * Hz, 100 * ms, bias=bias)
    expected = np.where(t % 50 < 25, 2, -2) + (2 if bias else 0)
    assert square.values / nA == pytest.approx(expected)

    part = square_input(2 * nA, 20 * Hz, 100 * ms, t_start=50 * ms, t_end=60 * ms, bias=bias)
    assert (part.values[:50] == 0 * nA).all()
    assert (part.values[60:] == 0 * nA).all()


def test_an_ornstein_uhlenbeck_process_has_its_moments() -> None:
    n, tau = 4000, 5.0
    current = ou_process(3 * nA, 2 * nA, tau * ms, 20 * ms, dt=1 * ms, n=n, seed=1)
    x = current.values / nA

    error = 2 / np.sqrt(n)
    assert abs(x.mean(axis=1) - 3).max() < 5 * error
    assert x.std(axis=1) == pytest.approx(2, rel=5 / np.sqrt(2 * n))
    for lag in (1, 5, 10):
        covariance = ((x[lag] - 3) * (x[0] - 3)).mean()
        assert covariance == pytest.approx(4 * np.exp(-lag / tau), abs=5 * 4 / np.sqrt(n))


def test_an_ornstein_uhlenbeck_process_is_exact_for_long_steps() -> None:
    coarse = ou_process(0, 1, 1 * ms, 4 * ms, dt=2 * ms, n=20_000, seed=2).values

    assert (coarse[0] * coarse[1]).mean() == pytest.approx(np.exp(-2), abs=0.04)
    assert coarse[1].std() == pytest.approx(1, rel=0.03)


def test_a_wiener_process_spreads_with_the_root_of_time() -> None:
    n = 4000
    current = wiener_process(2 * mA / second**0.5, 100 * ms, dt=1 * ms, n=n, seed=1)
    x = current.values / mA

    assert (x[0] == 0).all()
    deviation = 2 * np.sqrt(np.arange(1, 100) * 1e-3)
    assert x[1:].std(axis=1) == pytest.approx(deviation, rel=5 / np.sqrt(2 * n))
    steps = np.diff(x, axis=0)
    assert abs(np.corrcoef(steps[3], steps[4])[0, 1]) < 5 / np.sqrt(n)


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: wiener_process(1 * nA / second**0.5, 5 * ms, n=2, seed=seed),
        lambda seed: ou_process(0 * nA, 1 * nA, 1 * ms, 5 * ms, seed=seed),
    ],
)
def test_noise_follows_from_seeds(make: Any) -> None:
    assert np.array_equal(make(1).stored, make(1).stored)
    assert not np.array_equal(make(1).stored, make(2).stored)
    eqsim.seed(1)
    first, other = make(None).stored, make(None).stored
    eqsim.seed(1)
    assert np.array_equal(first, make(None).stored)
    assert not np.array_equal(first, other)


def test_noise_has_its_place_in_time() -> None:
    current = ou_process(1 * nA, 0 * nA, 1 * ms, 5 * ms, 1 * ms, t_start=1 * ms, t_end=3 * ms)
    assert current.values / nA == pytest.approx([0, 1, 1, 0, 0])
    walk = wiener_process(1 * nA / second**0.5, 5 * ms, 1 * ms, t_start=2 * ms, t_end=2 * ms)
    assert (walk.values == 0 * nA).all()


def test_currents_are_timed_arrays_of_the_default_step() -> None:
    for name in inputs.__all__:
        made = {
            "constant_current": lambda: constant_current([(1 * nA, 1 * ms)]),
            "spike_current": lambda: spike_current([0] * ms, 1 * ms, 1 * nA, 1 * ms),
            "ramp_current": lambda: ramp_current(0, 1 * nA, 1 * ms),
            "sinusoidal_input": lambda: sinusoidal_input(1 * nA, 1 * Hz, 1 * ms),
            "square_input": lambda: square_input(1 * nA, 1 * Hz, 1 * ms),
            "ou_process": lambda: ou_process(0, 1 * nA, 1 * ms, 1 * ms),
            "wiener_process": lambda: wiener_process(1 * nA / second**0.5, 1 * ms),
        }.get(name)
        if made is None:
            assert isinstance(getattr(inputs, name), type)
            continue
        current = made()
        assert isinstance(current, TimedArray)
        assert current.dt == defaultclock.dt
        assert current.values.dimension is nA.dimension
