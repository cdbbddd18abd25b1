"""Elephant works on what is exported to Neo, and finds the numbers of eqsim's own measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    measure,
    ms,
    second,
    seed,
)

pytest.importorskip("elephant", reason="needs Elephant: pip install 'eqsim[elephant]'")
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

N, DURATION = 5, 2 * second


class Exported:
    """Noisy neurons, as monitors and as Neo's objects."""

    def __init__(self) -> None:
        seed(3)
        group = NeuronGroup(
            N, "dv/dt = (1.2 - v)/(10*ms) + sqrt(0.5/(10*ms))*xi : 1", threshold="v > 1",
            reset="v = 0", refractory=2 * ms, method="euler",
        )  # fmt: skip
        self.spikes, self.rate = SpikeMonitor(group), PopulationRateMonitor(group)
        self.states = StateMonitor(group, "v", record=True)
        Network(group, self.spikes, self.rate, self.states).run(DURATION, target="numpy")
        (segment,) = measure.to_neo(self.spikes, self.states, self.rate).segments
        self.trains = list(segment.spiketrains)
        self.potentials, self.rates = segment.analogsignals


@pytest.fixture(scope="module")
def exported() -> Exported:
    return Exported()


def binned(exported: Exported, width: int) -> Any:
    from elephant.conversion import BinnedSpikeTrain
    from quantities import ms as neo_ms

    return BinnedSpikeTrain(exported.trains, bin_size=width * neo_ms)


def test_mean_rates(exported: Exported) -> None:
    from elephant.statistics import mean_firing_rate

    theirs = [float(mean_firing_rate(train).rescale("Hz")) for train in exported.trains]
    assert min(theirs) > 10
    np.testing.assert_allclose(exported.spikes.count / DURATION / Hz, theirs)


def test_intervals(exported: Exported) -> None:
    from elephant.statistics import isi

    for neuron, intervals in measure.isi(exported.spikes).items():
        theirs = isi(exported.trains[neuron]).rescale("ms").magnitude
        np.testing.assert_allclose(intervals / ms, theirs)


@pytest.mark.parametrize("name", ["cv", "cv2", "lv"])
def test_irregularity(exported: Exported, name: str) -> None:
    from elephant import statistics

    theirs = [getattr(statistics, name)(statistics.isi(train)) for train in exported.trains]
    np.testing.assert_allclose(getattr(measure, name)(exported.spikes), np.array(theirs, float))


def test_fano_factor(exported: Exported) -> None:
    from elephant.statistics import fanofactor
    from quantities import s

    pieces = [exported.trains[0].time_slice(k * 0.1 * s, (k + 1) * 0.1 * s) for k in range(20)]
    # Elephant divides the squares by the number of windows, and not by one less.
    assert measure.fano_factor(exported.spikes, 100 * ms)[0] == pytest.approx(
        fanofactor(pieces) * 20 / 19
    )


def test_time_histogram(exported: Exported) -> None:
    from elephant.statistics import time_histogram
    from quantities import ms as neo_ms

    theirs = time_histogram(exported.trains, bin_size=20 * neo_ms).magnitude[:, 0]
    counts = measure.SpikeTrains.of(exported.spikes).counts(20 * ms)
    np.testing.assert_array_equal(counts.sum(axis=0), theirs)


def test_correlation_coefficients(exported: Exported) -> None:
    from elephant.spike_train_correlation import correlation_coefficient

    theirs = correlation_coefficient(binned(exported, 20), binary=False)
    np.testing.assert_allclose(
        measure.spike_train_correlation(exported.spikes, 20 * ms), theirs, atol=1e-12
    )


def test_coherence_by_cross_correlation_histograms(exported: Exported) -> None:
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import cross_correlation_histogram
    from quantities import ms as neo_ms

    each = [BinnedSpikeTrain(train, bin_size=5 * neo_ms) for train in exported.trains]
    seen = [train.binarize().get_num_of_spikes() for train in each]
    coherence = []
    for i in range(N):
        for j in range(i):
            histogram, _ = cross_correlation_histogram(
                each[i], each[j], window=[-1, 1], binary=True
            )
            coherence.append(float(histogram.magnitude[1, 0]) / np.sqrt(seen[i] * seen[j]))
    assert measure.cross_correlation(exported.spikes, 5 * ms) == pytest.approx(np.mean(coherence))


@pytest.mark.parametrize("name", ["potentials", "rates"])
def test_power_spectra(exported: Exported, name: str) -> None:
    from elephant.spectral import welch_psd

    own = {"potentials": exported.states, "rates": exported.rate}[name]
    steps = round(0.5 * second / exported.states.clock.dt)
    frequencies, theirs = welch_psd(
        getattr(exported, name), len_segment=steps, overlap=0.5, window="hann",
        detrend="constant",
    )  # fmt: skip
    f, power = measure.power_spectrum(own, segment=0.5 * second)
    np.testing.assert_allclose(f / Hz, frequencies.rescale("Hz").magnitude)
    scale = np.max(theirs.magnitude)
    expected = np.squeeze(theirs.rescale(theirs.units).magnitude)
    np.testing.assert_allclose(np.asarray(power), expected, atol=1e-12 * scale)
