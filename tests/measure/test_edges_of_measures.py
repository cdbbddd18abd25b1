"""Measures of nothing, of one, and of what lies at the edge; windows beside SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from eqsim import Hz, NeuronGroup, PoissonGroup, SpikeMonitor, measure, ms, mV, run, second
from eqsim.errors import ModelError
from eqsim.measure import SpikeTrains

DURATION = 100 * ms
EMPTY = SpikeTrains.of([[] * ms, [] * ms, [] * ms], duration=DURATION, dt=1 * ms)
ONE = SpikeTrains.of([[50] * ms, [] * ms], duration=DURATION, dt=1 * ms)


@pytest.mark.parametrize("trains", [EMPTY, ONE], ids=["no spikes", "one spike"])
def test_measures_of_nothing_are_nan_or_zero(trains: SpikeTrains) -> None:
    t, rate = measure.firing_rate(trains, 5 * ms)
    assert len(t) == len(rate) == 100
    assert float(rate.sum() * 1 * ms) == pytest.approx(len(trains.times) / trains.n)
    for name in ("cv", "cv2", "lv"):
        assert np.isnan(getattr(measure, name)(trains)).all()
    assert all(len(intervals) == 0 for intervals in measure.isi(trains).values())
    assert measure.cross_correlation(trains, 5 * ms) == 0
    neurons, times = measure.raster_plot(trains)
    assert len(neurons) == len(times) == len(trains.times)
    assert np.isnan(measure.fano_factor(trains, 10 * ms)[-1])
    correlation = measure.spike_train_correlation(trains, 10 * ms)
    assert np.isnan(correlation[-1]).all()
    _, power = measure.power_spectrum(trains)
    assert np.isfinite(power / Hz).all()


def test_a_monitor_that_saw_no_spikes_is_measured_too() -> None:
    group = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    monitor = SpikeMonitor(group)
    run(20 * ms, target="numpy")

    assert np.isnan(measure.cv(monitor)).all()
    assert np.all(measure.firing_rate(monitor, 2 * ms)[1] == 0 * Hz)
    assert measure.cross_correlation(monitor, 2 * ms) == 0


def test_no_neurons_and_one_neuron() -> None:
    nothing = SpikeTrains.of([], duration=DURATION)
    assert measure.isi(nothing) == {}
    assert len(measure.cv(nothing)) == 0
    assert np.all(measure.firing_rate(nothing, 5 * ms)[1] == 0 * Hz)
    one = SpikeTrains.of([[1, 3, 7] * ms], duration=DURATION)
    assert measure.spike_train_correlation(one, 10 * ms).shape == (1, 1)
    with pytest.raises(ModelError) as raised:
        measure.cross_correlation(one, 10 * ms)
    assert str(raised.value) == "coherence is that of pairs, but there is 1 neuron"
    assert measure.voltage_fluctuation(np.sin(np.arange(9.0))[None, :]) == pytest.approx(1)


@pytest.mark.parametrize("name", ["cv", "cv2", "lv", "isi"])
def test_the_order_of_spikes_does_not_matter(name: str) -> None:
    times = np.random.default_rng(1).random((3, 50)) * 100
    shuffled = [train * ms for train in times]
    ordered = [np.sort(train) * ms for train in times]
    first, second_ = (getattr(measure, name)(each) for each in (shuffled, ordered))
    if name == "isi":
        first, second_ = (np.array([v / ms for v in d.values()]) for d in (first, second_))
    np.testing.assert_array_equal(first, second_)

    order = np.random.default_rng(2).permutation(150)
    mixed = SpikeTrains(np.repeat([0, 1, 2], 50)[order], times.ravel()[order] / 1000, 3, 0.1, 1e-4)
    again = getattr(measure, name)(mixed)
    if name == "isi":
        again = np.array([v / ms for v in again.values()])
    np.testing.assert_allclose(again, first)


def test_windows_are_those_of_scipy() -> None:
    rng = np.random.default_rng(4)
    matrix = (rng.random((5, 400)) < 0.05).astype(int)
    mean = matrix.mean(axis=0) / 1e-3

    _, bell = measure.firing_rate(matrix, 6 * ms, "gaussian", dt=1 * ms)
    expected = ndimage.gaussian_filter1d(mean, 6, truncate=2.0, mode="constant")
    np.testing.assert_allclose(bell / Hz, expected, atol=1e-9)
    _, flat = measure.firing_rate(matrix, 7 * ms, "flat", dt=1 * ms)
    expected = ndimage.uniform_filter1d(mean, 7, mode="constant")
    np.testing.assert_allclose(flat / Hz, expected, atol=1e-9)


@pytest.mark.parametrize("window", ["flat", "gaussian"])
def test_windows_may_be_longer_than_the_run(window: str) -> None:
    t, rate = measure.firing_rate(ONE, 1 * second, window)
    # As if there were no spikes before and after: one spike of two neurons, spread over all.
    height = 1 / (1.001 if window == "flat" else np.sqrt(2 * np.pi) * 0.9545 + 1e-3 * np.exp(-2))
    assert len(t) == len(rate) == 100
    assert rate[50] / Hz == pytest.approx(height / 2, rel=1e-4)
    assert np.ptp(rate / Hz) < 0.01
    for width in (100 * ms, 99.5 * ms, 201 * ms):
        assert len(measure.firing_rate(ONE, width, window)[1]) == 100
    nothing = [[] * ms, [] * ms]
    assert np.all(measure.firing_rate(nothing, 5 * ms, window)[1] == 0 * Hz)


def test_windows_and_bins_that_cannot_be_are_refused() -> None:
    with pytest.raises(ModelError) as raised:
        measure.firing_rate(ONE, 1001 * second)
    assert str(raised.value) == (
        "the width of the window is 1001*second, longer than the 100 ms that there are spikes of"
        "\n  give a shorter one"
    )
    for call in (measure.cross_correlation, measure.spike_train_correlation):
        with pytest.raises(ModelError, match="bin_size is 101"):
            call(ONE, 101 * ms)
    with pytest.raises(ModelError) as raised:
        measure.fano_factor(ONE, 60 * ms)
    assert str(raised.value) == (
        "a variance needs at least two windows, but only one of 60*ms is over"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SpikeTrains.of([[-1, 2] * ms]),
         "a spike has the time -1 ms\n  expected: times from 0 on"),
        (lambda: SpikeTrains.of([[np.nan] * ms]),
         "the times of spikes cannot have nan, at position 0\n  expected: finite times"),
        (lambda: SpikeTrains(np.array([0, 2]), np.array([0.1, 0.2]), 2, 1.0, 1e-4),
         "spikes have the neurons array([0, 2])\n  expected: whole numbers from 0 to 1"),
        (lambda: SpikeTrains(np.array([0]), np.array([0.1, 0.2]), 2, 1.0, 1e-4),
         "spikes have neurons of the shape (1,) and times of the shape (2,)\n"
         "  expected: one of each for each spike, shape (n_spikes,)"),
        (lambda: SpikeTrains.of(ONE, duration=-1 * ms),
         "the duration of spikes is negative: -1 ms"),
        (lambda: SpikeTrains.of([[1] * ms], dt=1e-300 * second, duration=1 * ms),
         "the duration 1 ms has more than 2**53 steps of 1e-285 fs\n"
         "  give a longer dt, or a shorter duration"),
    ],
)  # fmt: skip
def test_spikes_that_cannot_be_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ModelError) as raised:
        make()
    assert str(raised.value) == message


def test_step_and_duration_can_be_changed() -> None:
    longer = SpikeTrains.of(ONE, duration=200 * ms)
    assert float(longer.duration / ms) == pytest.approx(200)
    assert len(measure.firing_rate(longer, 5 * ms)[0]) == 200
    assert float(measure.firing_rate(ONE, 5 * ms, dt=2 * ms)[0][1] / ms) == pytest.approx(2)
    matrix = np.eye(4, dtype=int)
    assert float(SpikeTrains.of(matrix, dt=1 * ms, duration=9 * ms).duration / ms) == 9


@pytest.mark.compiler
def test_poisson_neurons_are_as_irregular_as_they_should_be() -> None:
    noise = PoissonGroup(60, 50 * Hz)
    monitor = SpikeMonitor(noise)
    run(8 * second, target="cpp")

    assert np.nanmean(measure.cv(monitor)) == pytest.approx(1, rel=0.02)
    assert np.nanmean(measure.cv2(monitor)) == pytest.approx(1, rel=0.02)
    assert np.nanmean(measure.lv(monitor)) == pytest.approx(1, rel=0.03)
    assert np.nanmean(measure.fano_factor(monitor, 100 * ms)) == pytest.approx(1, rel=0.05)
    pairs = measure.spike_train_correlation(monitor, 50 * ms)[np.triu_indices(60, 1)]
    assert np.mean(pairs) == pytest.approx(0, abs=0.01)


def test_the_peak_of_a_population_spectrum_is_its_rhythm() -> None:
    rng = np.random.default_rng(5)
    steps = np.arange(4000)
    chance = 0.02 * (1 + np.cos(2 * np.pi * 40 * steps * 1e-3))
    matrix = (rng.random((50, 4000)) < chance).astype(int)
    f, power = measure.power_spectrum(SpikeTrains.of(matrix, dt=1 * ms), segment=500 * ms)

    assert f[np.argmax(power / Hz)] == 40 * Hz


def test_a_constant_signal_has_no_power_and_a_step_is_told() -> None:
    _, power = measure.power_spectrum(np.full(64, 3.0) * mV, dt=1 * ms)
    assert np.max(power / (mV**2 / Hz)) < 1e-25
    with pytest.raises(ModelError) as raised:
        measure.power_spectrum([1.0] * mV, dt=1 * ms)
    assert str(raised.value) == (
        "a segment has 1 values, and the signal 1\n"
        "  expected: at least 2, and at most those of the signal"
    )
