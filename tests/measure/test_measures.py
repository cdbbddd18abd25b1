"""Measures against closed forms, and against SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from eqsim import (
    Hz,
    NeuronGroup,
    PoissonGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    measure,
    ms,
    mV,
    run,
    second,
)
from eqsim.errors import EqsimError
from eqsim.measure import SpikeTrains

Trains = list[list[int]]
some_trains = st.lists(
    st.lists(st.integers(0, 99), max_size=30, unique=True).map(sorted), min_size=2, max_size=6
)


def of(trains: Trains, duration: float = 100) -> SpikeTrains:
    """Trains in steps of 1 ms."""
    return SpikeTrains.of(
        [np.array(train, dtype=float) * ms for train in trains],
        dt=1 * ms, duration=duration * ms,
    )  # fmt: skip


def gamma_trains(shape: float, n: int, spikes: int, seed: int = 1) -> SpikeTrains:
    """Renewal processes whose intervals have a gamma distribution of mean 10 ms."""
    intervals = np.random.default_rng(seed).gamma(shape, 10 / shape, (n, spikes))
    times = np.cumsum(intervals, axis=1)
    return SpikeTrains.of([train * ms for train in times], duration=times[:, -1].min() * ms)


# -- forms of spikes ------------------------------------------------------------------------------


@pytest.fixture
def recorded() -> tuple[SpikeMonitor, PopulationRateMonitor]:
    defaultclock.dt = 0.5 * ms
    group = PoissonGroup(12, 60 * Hz)
    spikes, rates = SpikeMonitor(group), PopulationRateMonitor(group)
    run(400 * ms, target="numpy")
    return spikes, rates


def test_every_form_of_spikes_gives_the_same(recorded: Any) -> None:
    spikes, _ = recorded
    matrix = np.zeros((12, 800))
    matrix[spikes.i, np.rint(spikes.t / (0.5 * ms)).astype(int)] = 1
    duration = 400 * ms
    forms = (
        spikes,
        SpikeTrains.of(spikes),
        SpikeTrains.of(spikes.spike_trains(), duration=duration),
        SpikeTrains.of(list(spikes.spike_trains().values()), duration=duration),
        matrix,
    )
    for name, arguments in (
        ("firing_rate", (5 * ms,)),
        ("cross_correlation", (2 * ms,)),
        ("spike_train_correlation", (20 * ms,)),
        ("fano_factor", (20 * ms,)),
        ("cv", ()),
        ("cv2", ()),
        ("lv", ()),
    ):
        results = [getattr(measure, name)(form, *arguments) for form in forms]
        for result in results[1:]:
            np.testing.assert_allclose(np.asarray(result), np.asarray(results[0]), atol=1e-9)


def test_rates_are_those_of_the_rate_monitor(recorded: Any) -> None:
    spikes, rates = recorded
    for window in ("flat", "gaussian"):
        t, rate = measure.firing_rate(spikes, 5 * ms, window)
        same_t, same = measure.firing_rate(rates, 5 * ms, window)
        assert rate / Hz == pytest.approx(rates.smooth_rate(window, 5 * ms) / Hz)
        assert same / Hz == pytest.approx(rate / Hz)
        assert t / ms == pytest.approx(rates.t / ms)
        assert same_t / ms == pytest.approx(t / ms)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measure.cv(3),
         "int is no form of spikes\n"
         "  expected: a SpikeMonitor, the times of each neuron in a dictionary or list, or an"
         " array of the shape (n_neurons, n_times)"),
        (lambda: measure.cv([[1, 2]]),
         "the times of a neuron must be a time, not [1, 2], which has no unit\n"
         "  write for example [10, 20]*ms"),
        (lambda: measure.cv(np.full((2, 3), 0.5)),
         "an array of spikes has other numbers than 0 and 1\n"
         "  times are given as a list with the times of each neuron"),
        (lambda: measure.firing_rate([[1] * ms], 5 * ms, "gausian"),
         "the window is 'gausian'\n  known: 'flat', 'gaussian'\n  did you mean 'gaussian'?"),
        (lambda: measure.firing_rate([[1] * ms], 0 * ms),
         "the width of the window must be positive, not 0*second"),
        (lambda: measure.cross_correlation([[1] * ms], 1 * ms),
         "coherence is that of pairs, but there is 1 neuron"),
        (lambda: measure.cross_correlation([[1] * ms, [2] * ms], -1 * ms),
         "bin_size must be positive, not -1*ms"),
        (lambda: measure.fano_factor(of([[1]]), 80 * ms),
         "a variance needs at least two windows, but only one of 80*ms is over"),
        (lambda: measure.fano_factor(of([[1]]), 200 * ms),
         "window is 200*ms, longer than the 100 ms that there are spikes of"),
        (lambda: measure.voltage_fluctuation(np.zeros(5)),
         "signals of the shape (5,) are not those of several neurons\n"
         "  expected: (n_neurons, n_times)"),
        (lambda: measure.power_spectrum(np.zeros(5) * mV),
         "the step between the values is not known\n  give it: dt=0.1*ms"),
        (lambda: measure.power_spectrum(np.zeros(5), dt=1 * ms, segment=9 * ms),
         "a segment has 9 values, and the signal 5\n"
         "  expected: at least 2, and at most those of the signal"),
        (lambda: measure.raster_plot(np.zeros((2, 3)), [1, 2] * ms),
         "there are 2 times and an array of spikes of the shape (2, 3)\n"
         "  expected: (n_neurons, n_times), with a time for each column"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(call: Any, message: str) -> None:
    with pytest.raises(EqsimError) as raised:
        call()

    assert str(raised.value) == message


# -- rates ----------------------------------------------------------------------------------------


@given(some_trains, st.sampled_from(["flat", "gaussian"]), st.integers(1, 9))
def test_rates_keep_the_number_of_spikes(trains: Trains, window: str, width: int) -> None:
    inner = [[t for t in train if 20 <= t < 80] for train in trains]
    t, rate = measure.firing_rate(of(inner), width * ms, window)

    spikes = sum(map(len, inner))
    assert len(t) == 100
    assert float((rate * 1 * ms).sum()) * len(inner) == pytest.approx(spikes)


def test_a_single_spike_has_the_form_of_the_window() -> None:
    _, flat = measure.firing_rate(of([[50], []]), 5 * ms, "flat")
    assert flat[47:54] / Hz == pytest.approx([0, 100, 100, 100, 100, 100, 0])
    _, bell = measure.firing_rate(of([[50], []]), 5 * ms)
    ratio = bell[55] / bell[50]
    assert float(ratio) == pytest.approx(np.exp(-0.5))
    assert np.flatnonzero(bell / Hz).tolist() == list(range(40, 61))


# -- synchrony ------------------------------------------------------------------------------------


@given(some_trains, st.integers(1, 12))
def test_coherence_is_the_mean_over_pairs(trains: Trains, width: int) -> None:
    n_bins = -(-100 // width)
    x = np.zeros((len(trains), n_bins))
    for k, train in enumerate(trains):
        x[k, [t // width for t in train]] = 1
    pairs = []
    for i in range(len(x)):
        for j in range(i):
            product = x[i].sum() * x[j].sum()
            pairs.append((x[i] * x[j]).sum() / np.sqrt(product) if product else 0.0)

    found = measure.cross_correlation(of(trains), width * ms)
    assert found == pytest.approx(np.mean(pairs), abs=1e-12)


def test_coherence_of_extremes() -> None:
    assert measure.cross_correlation(of([[1, 9], [1, 9], [1, 9]]), 1 * ms) == pytest.approx(1)
    assert measure.cross_correlation(of([[1], [5], [9]]), 1 * ms) == pytest.approx(0)
    # Independent neurons that spike in a share p of the bins: p.
    rng = np.random.default_rng(1)
    assert measure.cross_correlation(
        (rng.random((60, 4000)) < 0.2).astype(int), 1 * ms, dt=1 * ms
    ) == pytest.approx(0.2, rel=0.02)


def test_fluctuation_is_one_for_equal_and_small_for_independent_signals() -> None:
    rng = np.random.default_rng(1)
    one = rng.normal(size=5000)

    assert measure.voltage_fluctuation(np.tile(one, (7, 1)) * mV) == pytest.approx(1)
    independent = rng.normal(size=(50, 20_000))
    assert measure.voltage_fluctuation(independent) == pytest.approx(1 / 50, rel=0.1)
    # A common signal of variance a beside private ones of variance b: (a + b/n)/(a + b).
    mixed = 2 * rng.normal(size=20_000) + independent
    assert measure.voltage_fluctuation(mixed) == pytest.approx((4 + 1 / 50) / 5, rel=0.03)
    assert np.isnan(measure.voltage_fluctuation(np.ones((2, 9))))


@settings(deadline=None)
@given(some_trains)
def test_correlations_are_those_of_numpy(trains: Trains) -> None:
    found = measure.spike_train_correlation(of(trains), 10 * ms)
    counts = np.array([np.bincount(np.array(t, int) // 10, minlength=10) for t in trains])
    constant = np.ptp(counts, axis=1) == 0
    with np.errstate(all="ignore"):
        expected = np.corrcoef(counts)
    expected[constant] = expected[:, constant] = np.nan

    np.testing.assert_allclose(found, expected, atol=1e-12)


# -- variability ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.5, 1.0, 4.0])
def test_renewal_processes_have_their_variability(shape: float) -> None:
    trains = gamma_trains(shape, 40, 3000)

    assert np.mean(measure.cv(trains)) == pytest.approx(1 / np.sqrt(shape), rel=0.02)
    assert np.mean(measure.lv(trains)) == pytest.approx(3 / (2 * shape + 1), rel=0.02)
    long = measure.fano_factor(trains, 500 * ms)
    assert np.mean(long) == pytest.approx(1 / shape, rel=0.15)
    if shape == 1.0:
        assert np.mean(measure.cv2(trains)) == pytest.approx(1, rel=0.02)


def test_clocks_vary_in_nothing() -> None:
    trains = of([list(range(0, 100, 5))])

    for name in ("cv", "cv2", "lv"):
        assert getattr(measure, name)(trains) == pytest.approx([0])
    assert measure.fano_factor(trains, 10 * ms) == pytest.approx([0])
    assert measure.isi(trains)[0] / ms == pytest.approx(np.full(19, 5))


def test_slow_changes_of_the_rate_matter_to_cv_only() -> None:
    intervals = np.linspace(2, 20, 2000)
    trains = SpikeTrains.of([np.cumsum(intervals) * ms])

    assert measure.cv(trains)[0] > 0.4
    assert measure.cv2(trains)[0] < 0.01
    assert measure.lv(trains)[0] < 0.01


def test_too_few_spikes_say_nothing() -> None:
    trains = of([[1, 2], [5], []])

    for name in ("cv", "cv2", "lv"):
        assert np.isnan(getattr(measure, name)(trains)).all()
    assert [len(intervals) for intervals in measure.isi(trains).values()] == [1, 0, 0]
    assert np.isnan(measure.fano_factor(trains, 10 * ms)[2])


# -- spectra --------------------------------------------------------------------------------------


@pytest.mark.parametrize("segment", [64, 65, 200])
def test_spectra_are_those_of_scipy(segment: int) -> None:
    x = np.random.default_rng(1).normal(size=(3, 200))
    f, power = measure.power_spectrum(x * mV, dt=1 * ms, segment=segment * ms)
    expected = signal.welch(
        x, fs=1000, window="hann", nperseg=segment, noverlap=segment // 2, detrend="constant"
    )

    assert f / Hz == pytest.approx(expected[0])
    assert power / (mV**2 / Hz) == pytest.approx(expected[1])


def test_the_sum_of_a_spectrum_is_the_variance() -> None:
    x = np.random.default_rng(1).normal(size=100_000)
    f, power = measure.power_spectrum(x * mV, dt=0.1 * ms, segment=100 * ms)

    total = (power.sum() * f[1]) / mV**2
    assert float(total) == pytest.approx(1, rel=0.02)


def test_a_poisson_process_has_a_flat_spectrum() -> None:
    rate, n = 40.0, 20
    trains = SpikeTrains.of(
        (np.random.default_rng(3).random((n, 100_000)) < rate * 1e-3).astype(int), dt=1 * ms
    )
    f, power = measure.power_spectrum(trains, segment=200 * ms)

    # Of the mean of n trains: twice the rate by n, both directions counted.
    middle = (f > 10 * Hz) & (f < 490 * Hz)
    level = (power[middle] / Hz).mean()
    assert float(level) == pytest.approx(2 * rate * (1 - rate * 1e-3) / n, rel=0.03)


def test_monitors_tell_their_step_and_unit() -> None:
    group = NeuronGroup(2, "v = sin(2*pi*50*Hz*t)*mV : volt\nu = 1 : 1")
    trace = StateMonitor(group, ("v", "u"), record=True, dt=0.5 * ms)
    run(1 * second, target="numpy")
    f, power = measure.power_spectrum(trace, "v")

    assert f[np.argmax(power[0] / (mV**2 / Hz))] == 50 * Hz
    assert power.shape == (2, 1001)
    for call in (measure.power_spectrum, SpikeTrains.of):
        with pytest.raises(EqsimError, match="dt must be positive, not 0"):
            call([[1] * ms] if call is SpikeTrains.of else trace.v[0], dt=0 * ms)
    with pytest.raises(EqsimError) as raised:
        measure.power_spectrum(trace)
    assert str(raised.value) == f"'{trace.name}' recorded several variables\n  name one of: v, u"
    with pytest.raises(EqsimError, match="did not record 'w'"):
        measure.voltage_fluctuation(trace, "w")
    with pytest.raises(EqsimError, match="'v' names a variable of a StateMonitor"):
        measure.voltage_fluctuation(trace.v, "v")
