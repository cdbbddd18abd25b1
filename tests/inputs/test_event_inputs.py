"""Groups that spike at given times and with fixed frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim import Hz, Network, NeuronGroup, SpikeMonitor, Synapses, kHz, ms, run
from eqsim.errors import EqsimError
from eqsim.inputs import FrequencyGroup, PoissonGroup, SpikeTimeGroup


@pytest.mark.parametrize(
    ("indices", "expected"),
    [
        (None, [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1)]),
        (0, [(1, 0), (2, 0), (3, 0)]),
        ([0, 1, 0], [(1, 0), (2, 1), (3, 0)]),
        ([0, [0, 1], 1], [(1, 0), (2, 0), (2, 1), (3, 1)]),
    ],
)
def test_neurons_spike_at_their_times(indices: Any, expected: list[tuple[int, int]]) -> None:
    group = SpikeTimeGroup(2, times=[1, 2, 3] * ms, indices=indices)
    spikes = SpikeMonitor(group)
    run(4 * ms, target="numpy")

    assert [(round(t / ms), i) for t, i in zip(spikes.t, spikes.i, strict=True)] == expected


def test_groups_keep_their_shape() -> None:
    assert SpikeTimeGroup((2, 3), [1] * ms).shape == (2, 3)
    assert FrequencyGroup((2, 3), 10 * Hz).shape == (2, 3)
    assert PoissonGroup((2, 3), 10 * Hz).shape == (2, 3)


@settings(deadline=None, max_examples=25)
@given(st.floats(20, 5000), st.floats(0, 8), st.integers(2, 12))
def test_frequencies_are_kept_to_the_step(rate: float, start: float, dt_in_20_us: int) -> None:
    dt = dt_in_20_us * 0.02
    if rate * dt > 1000:
        return
    group = FrequencyGroup(1, rate * Hz, start * ms, dt=dt * ms)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(20 * ms, target="numpy")

    due = start + np.arange(0, 200) * 1000 / rate
    steps = np.floor(due / dt + 1e-4)
    expected = steps[steps < round(20 / dt)]
    found = np.rint(spikes.t / (dt * ms))
    # A time within rounding of a step's edge may count to either side.
    assert len(found) == pytest.approx(len(expected), abs=1)
    common = min(len(found), len(expected))
    assert np.abs(found[:common] - expected[:common]).max(initial=0) <= 1


def test_frequencies_of_each_neuron_on_every_target(target: Any) -> None:
    group = FrequencyGroup(3, [0, 100, 1000] * Hz, [0, 5, 0] * ms)
    spikes = SpikeMonitor(group)
    follower = NeuronGroup(1, "v : 1")
    synapses = Synapses(group, follower, on_pre="v_post += 1")
    synapses.connect()
    run(30 * ms, target=target)

    assert spikes.count.tolist() == [0, 3, 30]
    assert spikes.spike_trains()[1] / ms == pytest.approx([5, 15, 25])
    assert follower.v[0] == 33


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: FrequencyGroup(2, 11 * kHz),
         "a frequency of 11 kHz is more than one spike in each step of 100 us\n"
         "  give the group a shorter dt"),
        (lambda: FrequencyGroup(2, -1 * Hz),
         "a frequency is negative or infinite\n  expected: at least 0*Hz"),
        (lambda: FrequencyGroup(2, 10 * Hz, -1 * ms),
         "a start_time is negative or infinite\n  expected: at least 0*ms"),
        (lambda: FrequencyGroup(2, [1, 2, 3] * Hz),
         "frequencies has 3 values for 2 neurons\n  give one, or 2"),
        (lambda: FrequencyGroup(2, 10),
         "frequencies is 10\n  expected: one, or one for each: 10*Hz"),
        (lambda: SpikeTimeGroup(2, [1, 2] * ms, [0]),
         "SpikeTimeGroup was given 2 times and neurons for 1\n  give one neuron for all times,"
         " or one or several for each: indices=[0, [0, 1], 1]"),
        (lambda: SpikeTimeGroup(2, [1, 2]),
         "the times of spikes must be a time, not [1, 2], which has no unit\n"
         "  write for example [10, 20]*ms"),
    ],
)  # fmt: skip
def test_what_cannot_spike_is_refused(call: Any, message: str) -> None:
    with pytest.raises(EqsimError) as raised:
        call()

    assert str(raised.value) == message
