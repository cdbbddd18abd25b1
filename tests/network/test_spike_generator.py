"""Spikes at given times: which step they fall into, periods, replacing them, wrong lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim import (
    Clock,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    defaultclock,
    ms,
    mV,
    run,
    second,
    seed,
    us,
)
from eqsim.errors import DimensionMismatchError, ModelError


def recorded(group, duration, target, **options):
    """The steps and neurons of all spikes of a run."""
    M = SpikeMonitor(group)
    Network(group, M, **options).run(duration, target=target)
    return steps_of(M), M.i.tolist()


def steps_of(monitor):
    return np.round(monitor.t_ / monitor.source.clock.dt_).astype(int).tolist()


def test_neurons_spike_at_given_times_in_any_order(target):
    G = SpikeGeneratorGroup(4, [2, 0, 3, 2, 0], [0.5, 0.5, 0, 0.1, 0.9] * ms)

    assert recorded(G, 1 * ms, target) == ([0, 1, 5, 5, 9], [3, 2, 0, 2, 0])


def test_a_time_within_a_step_belongs_to_the_step_and_rounding_is_forgiven(target):
    times = [3 * 0.1, 0.7 - 1e-6, 0.89, 0.8, 1.25, 1.99999] * ms
    G = SpikeGeneratorGroup(6, range(6), times)

    assert recorded(G, 3 * ms, target) == ([3, 7, 8, 8, 12, 20], [0, 1, 2, 3, 4, 5])


def test_spikes_come_again_after_a_period(target):
    G = SpikeGeneratorGroup(3, [1, 0, 2], [0.1, 0.2, 0.2] * ms, period=0.4 * ms)

    assert recorded(G, 1.05 * ms, target) == (
        [1, 2, 2, 5, 6, 6, 9, 10, 10],
        [1, 0, 2, 1, 0, 2, 1, 0, 2],
    )


def test_periods_go_on_in_a_second_run(target):
    G = SpikeGeneratorGroup(1, [0], [0.3] * ms, period=0.5 * ms)
    M = SpikeMonitor(G)
    net = Network(G, M)
    net.run(0.7 * ms, target=target)
    net.run(0.7 * ms, target=target)

    assert steps_of(M) == [3, 8, 13]


def test_spikes_go_on_in_a_second_run(target):
    G = SpikeGeneratorGroup(2, [0, 1, 0], [0.1, 0.5, 0.6] * ms)
    M = SpikeMonitor(G)
    net = Network(G, M)
    net.run(0.5 * ms, target=target)
    net.run(0.5 * ms, target=target)

    assert (steps_of(M), M.i.tolist()) == ([1, 5, 6], [0, 1, 0])


def test_spikes_can_be_replaced_between_runs(target):
    G = SpikeGeneratorGroup(3, [0], [0.1] * ms)
    M = SpikeMonitor(G)
    net = Network(G, M)
    net.run(0.5 * ms, target=target)
    G.set_spikes([2, 1], [0.7, 0.6] * ms)
    net.run(0.5 * ms, target=target)
    G.set_spikes([], [] * ms)
    net.run(0.5 * ms, target=target)
    G.set_spikes([1], [0.2] * ms, period=0.5 * ms)
    net.run(0.5 * ms, target=target)

    assert (steps_of(M), M.i.tolist()) == ([1, 6, 7, 17], [0, 1, 2, 1])


def test_spikes_can_be_replaced_in_the_midst_of_a_run(target):
    G = SpikeGeneratorGroup(3, [0, 1], [0.1, 0.5] * ms)
    M = SpikeMonitor(G)

    def more(t):
        if abs(t - 0.2 * ms) < 1 * us:
            G.set_spikes([2, 2], [0.2, 0.4] * ms)

    Network(G, M, NetworkOperation(more)).run(0.6 * ms, target=target)

    assert (steps_of(M), M.i.tolist()) == ([1, 2, 4], [0, 2, 2])


def test_spikes_of_the_past_are_told_of_and_do_not_happen(target, caplog):
    G = SpikeGeneratorGroup(3, [0, 1, 2], [0.1, 0.4, 0.8] * ms, name="given")
    M = SpikeMonitor(G)
    net = Network(G, M)
    net.run(0.3 * ms, target=target)
    assert caplog.records == []
    net.run(0.3 * ms, target=target)
    assert caplog.records == []
    G.set_spikes([0, 1, 2], [0.1, 0.5, 0.7] * ms)
    net.run(0.4 * ms, target=target)

    (told,) = caplog.records
    assert told.getMessage() == "given: the run begins at 600 us; 2 earlier spikes do not happen"
    assert (steps_of(M), M.i.tolist()) == ([1, 4, 7], [0, 1, 2])


def test_a_group_that_comes_late_is_told_of_its_past(caplog):
    net = Network(NeuronGroup(1, "v : 1"))
    net.run(0.3 * ms, target="numpy")
    net.add(SpikeGeneratorGroup(2, [0, 1], [0.1, 0.4] * ms, name="given"))
    net.run(0.3 * ms, target="numpy")

    (told,) = caplog.records
    assert told.getMessage() == "given: the run begins at 300 us; 1 earlier spike does not happen"


def test_another_dt_puts_spikes_into_other_steps(target):
    G = SpikeGeneratorGroup(1, [0, 0, 0], [0.1, 0.55, 1.3] * ms)
    M = SpikeMonitor(G)
    net = Network(G, M)
    net.run(0.5 * ms, target=target)
    defaultclock.dt = 0.25 * ms
    net.run(1 * ms, target=target)

    np.testing.assert_allclose(M.t / ms, [0.1, 0.5, 1.25])


def test_group_has_a_clock_of_its_own(target):
    G = SpikeGeneratorGroup(1, [0, 0], [0.6, 1.1] * ms, dt=0.5 * ms)
    H = SpikeGeneratorGroup(1, [0, 0], [0.6, 1.1] * ms, clock=Clock(0.2 * ms))
    M, L = SpikeMonitor(G), SpikeMonitor(H)
    Network(G, H, M, L).run(2 * ms, target=target)

    np.testing.assert_allclose(M.t / ms, [0.5, 1])
    np.testing.assert_allclose(L.t / ms, [0.6, 1])


def test_parts_and_monitors_see_the_spikes(target):
    G = SpikeGeneratorGroup(4, [0, 1, 2, 1], [0, 0, 0, 0.1] * ms)
    M, R, A = SpikeMonitor(G[1:3]), PopulationRateMonitor(G[1:3]), PopulationRateMonitor(G)
    Network(G, M, R, A).run(0.3 * ms, target=target)

    assert (steps_of(M), M.i.tolist(), M.count.tolist()) == ([0, 0, 1], [0, 1, 0], [2, 1])
    np.testing.assert_allclose(R.rate / Hz, [10_000, 5_000, 0])
    np.testing.assert_allclose(A.rate / Hz, [7_500, 2_500, 0])


def test_no_spikes_are_no_mistake(target):
    G, H = SpikeGeneratorGroup(2, [], []), SpikeGeneratorGroup(2, [], [] * second, period=1 * ms)
    M, L = SpikeMonitor(G), SpikeMonitor(H)
    Network(G, H, M, L).run(1 * ms, target=target)

    assert (M.num_spikes, L.num_spikes) == (0, 0)


def test_all_neurons_of_a_large_group_may_spike_in_one_step(target):
    n = 10_007
    everyone = np.random.default_rng(1).permutation(n)
    G = SpikeGeneratorGroup(n, np.tile(everyone, 2), np.repeat([0.1, 0.3], n) * ms)
    M = SpikeMonitor(G)
    Network(G, M).run(0.5 * ms, target=target)

    np.testing.assert_array_equal(M.i, np.tile(np.arange(n), 2))
    np.testing.assert_array_equal(np.unique(steps_of(M), return_counts=True), [[1, 3], [n, n]])


def test_sorted_spikes_need_not_be_sorted():
    G = SpikeGeneratorGroup(3, [2, 0, 1], [1, 2, 2] * ms, sorted=True)
    G.set_spikes([1, 0], [3, 4] * ms, sorted=True)

    np.testing.assert_array_equal(G.neuron_index, [1, 0])
    np.testing.assert_array_equal(G.spike_time / ms, [3, 4])


def test_spikes_can_be_read_in_the_order_of_time():
    G = SpikeGeneratorGroup(3, np.array([2.0, 0, 1]), [2, 1, 1] * ms, period=5 * ms)

    np.testing.assert_array_equal(G.neuron_index, [0, 1, 2])
    np.testing.assert_allclose(G.spike_time / ms, [1, 1, 2])
    np.testing.assert_allclose(G.spike_time_, [1e-3, 1e-3, 2e-3])
    assert (G.period, G.period_, G.N, G.dt) == (5 * ms, 5e-3, 3, 0.1 * ms)
    assert G.i[:].tolist() == [0, 1, 2]


def test_what_is_given_and_what_is_read_are_copies():
    indices, times = np.array([0, 1], dtype=np.int32), np.array([1.0, 2.0]) * ms
    G = SpikeGeneratorGroup(2, indices, times, sorted=True)
    indices[:] = 7
    times *= 3
    G.neuron_index[:] = 9
    G.spike_time_[:] = 9

    np.testing.assert_array_equal(G.neuron_index, [0, 1])
    np.testing.assert_allclose(G.spike_time / ms, [1, 2])


def test_few_spikes_of_a_long_run_take_little_memory():
    G = SpikeGeneratorGroup(5, [0, 3, 4], [0, 1e5, 1e5] * second)
    rows = G.rows()

    assert rows.steps.tolist() == [0, 10**9]
    assert rows.begin.tolist() == [0, 1, 3]
    assert rows.neurons.tolist() == [0, 3, 4]


def test_times_and_neurons_are_not_part_of_the_program():
    def program(n, indices, times, period):
        G = SpikeGeneratorGroup(n, indices, times, period=period)
        return Network(G, SpikeMonitor(G)).lower({}).program

    one = program(2, [], [], 0 * second)
    assert one == program(50, [3, 4], [1, 2] * ms, 3 * ms)


def test_inactive_group_is_silent(target):
    G = SpikeGeneratorGroup(1, [0, 0], [0, 0.3] * ms)
    M = SpikeMonitor(G)
    net = Network(G, M)
    G.active = False
    net.run(0.2 * ms, target=target)
    G.active = True
    net.run(0.2 * ms, target=target)

    assert steps_of(M) == [3]


def test_spikes_happen_in_the_slot_that_is_given():
    G = SpikeGeneratorGroup(1, [0], [0] * ms, when="start", order=2)
    M = SpikeMonitor(G)

    assert (M.when, M.order) == ("start", 3)
    run(0.1 * ms, target="numpy")
    assert M.num_spikes == 1


@settings(max_examples=30, deadline=None)
@given(
    spikes=st.sets(st.tuples(st.integers(0, 6), st.integers(0, 40)), max_size=60),
    period=st.sampled_from([0, 41, 60]),
    begin=st.integers(0, 30),
    data=st.data(),
)
def test_any_spikes_happen_in_their_steps(spikes, period, begin, data):
    seed(1)
    defaultclock.timestep = 0
    given_in_order = data.draw(st.permutations(sorted(spikes)))
    within_step = data.draw(st.floats(0, 0.99))
    indices = [neuron for neuron, _ in given_in_order]
    times = np.array([step + within_step for _, step in given_in_order]) * 0.1 * ms
    G = SpikeGeneratorGroup(7, indices, times, period=period * 0.1 * ms)
    M = SpikeMonitor(G)
    net = Network(G, M)
    net.run(begin * 0.1 * ms, target="numpy")
    net.run((90 - begin) * 0.1 * ms, target="numpy")

    shifts = range(0, 90, period) if period else [0]
    expected = sorted((s + shift, n) for n, s in spikes for shift in shifts if s + shift < 90)
    assert list(zip(steps_of(M), M.i.tolist(), strict=True)) == expected


WRONG_SPIKES = [
    (([0, 3], [1, 2] * ms), ModelError, "'given' has neurons 0 to 2, and indices[1] is 3"),
    (([0, -1], [1, 2] * ms), ModelError, "'given' has neurons 0 to 2, and indices[1] is -1"),
    (([0, 0.5], [1, 2] * ms), ModelError, "'given' has neurons 0 to 2, and indices[1] is 0.5"),
    (([0, np.nan], [1, 2] * ms), ModelError, "indices[1] is nan"),
    ((["a", "b"], [1, 2] * ms), ModelError, "indices of 'given' must be a list of whole numbers"),
    (([True, False], [1, 2] * ms), ModelError, "must be a list of whole numbers"),
    (([[0], [1, 2]], [1, 2] * ms), ModelError, "must be a list of whole numbers"),
    ((0, 1 * ms), ModelError, "indices of 'given' must be a list of whole numbers, not 0"),
    ((None, [1, 2] * ms), ModelError, "must be a list of whole numbers, not None"),
    (([0, 1] * mV, [1, 2] * ms), DimensionMismatchError, "indices of 'given' have no unit"),
    (([0, 1], [1, 2]), DimensionMismatchError, "times of 'given' must be times, and have no unit"),
    (([0, 1], [1, 2] * mV), DimensionMismatchError, "must be times, and have the unit V"),
    (([0, 1], ["a", "b"]), ModelError, "times of 'given' cannot be ['a', 'b']\n  expected: times"),
    (([0], 1 * ms), ModelError, "times of 'given' must be a list, not of shape ()"),
    (([0, 1], [1, -2] * ms), ModelError, "times[1] of 'given' is -2 ms\n  expected: finite times"),
    (([0, 1], [1, np.inf] * ms), ModelError, "times[1] of 'given' is inf"),
    (([0, 1], [np.nan, 1] * ms), ModelError, "times[0] of 'given' is nan"),
    (([0, 1], [1] * ms), ModelError, "was given 2 indices and 1 times\n  each spike has one of"),
    (([0, 0], [1, 1] * ms), ModelError, "neuron 0 of 'given' has two spikes at 1 ms"),
    (([0, 1], [1, 2] * ms, 2 * ms), ModelError, "the period of 'given', 2 ms, is not longer than"),
    (([0, 1], [1, 2] * ms, 1 * ms), ModelError, "the time of the last spike, 2 ms"),
    (([0, 1], [1, 2] * ms, -1 * ms), ModelError, "the period of 'given' must not be negative"),
    (([0, 1], [1, 2] * ms, 5), DimensionMismatchError, "the period of 'given' must be a time"),
    (
        ([0, 1], [1, 2] * ms, 5 * mV),
        DimensionMismatchError,
        "the period of 'given' must be a time",
    ),
    (([0, 1], [2, 1] * ms, 0 * ms, True), ModelError, "not sorted: spike 1 goes before spike 0\n"),
    (([1, 0], [1, 1] * ms, 0 * ms, True), ModelError, "leave out sorted=True"),
]


@pytest.mark.parametrize(("arguments", "error", "text"), WRONG_SPIKES)
def test_wrong_spikes_are_refused_and_change_nothing(arguments, error, text):
    G = SpikeGeneratorGroup(3, [0, 2], [1, 1.5] * ms, period=2 * ms, name="given")
    with pytest.raises(error) as caught:
        G.set_spikes(*arguments)

    assert text in str(caught.value)
    np.testing.assert_array_equal(G.neuron_index, [0, 2])
    np.testing.assert_allclose(G.spike_time / ms, [1, 1.5])
    assert G.period == 2 * ms


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ([0, 1, 1], [0.1, 1.11, 1.19] * ms),
            "neuron 1 of 'given' has two spikes in the step that begins at 1.1 ms\n"
            "  a neuron spikes once in a step: give the group a dt below 100 us",
        ),
        (
            ([0], [0.1] * ms, 250 * us),
            "the period of 'given', 250 us, is no multiple of its dt = 100 us\n"
            "  choose another period, or another dt",
        ),
        (
            ([], [], 10 * us),
            "the period of 'given', 10 us, is no multiple of its dt = 100 us\n"
            "  choose another period, or another dt",
        ),
        (
            ([0], [0.99999] * ms, 1 * ms),
            "the last spike of 'given', at 999.99 us, falls into the step in which the next"
            " period begins\n  make the period longer",
        ),
    ],
)
def test_spikes_that_do_not_fit_the_steps_are_refused_when_a_run_begins(arguments, text):
    G = SpikeGeneratorGroup(3, [0], [0.1] * ms, name="given")
    M = SpikeMonitor(G)
    net = Network(G, M)
    net.run(0.2 * ms, target="numpy")
    G.set_spikes(*arguments)
    with pytest.raises(ModelError) as caught:
        net.run(1 * ms, target="numpy")

    assert str(caught.value) == text
    assert (net.t, M.num_spikes) == (0.2 * ms, 1)


def test_the_step_of_the_run_counts_and_not_that_of_the_group_when_it_was_made():
    G = SpikeGeneratorGroup(1, [0, 0], [0.11, 0.19] * ms, period=250 * us)
    defaultclock.dt = 0.05 * ms
    M = SpikeMonitor(G)
    Network(G, M).run(0.5 * ms, target="numpy")

    assert steps_of(M) == [2, 3, 7, 8]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"N": 0}, ModelError, "from 1 to"),
        ({"dt": 1 * ms, "clock": defaultclock}, ModelError, "both dt and clock"),
        ({"when": "no slot"}, ModelError, "is no slot"),
        ({"order": 1.5}, ModelError, "order must be a whole number"),
        ({"name": "1st"}, ModelError, "is no name"),
    ],
)
def test_wrong_arguments_are_refused(options, error, text):
    arguments = {"N": 2, "indices": [0], "times": [1] * ms, **options}
    with pytest.raises(error, match=text):
        SpikeGeneratorGroup(**arguments)
