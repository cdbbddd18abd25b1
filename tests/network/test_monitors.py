"""What monitors record, when, and how it is read."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    EventMonitor,
    Hz,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    Quantity,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    mV,
    second,
    seed,
)
from eqsim.errors import ModelError


def ramp(n=4, **options):
    return NeuronGroup(n, "dx/dt = (1 + i)/ms : 1\ny = 2*x : 1", method="euler", **options)


def test_state_monitor_records_values_before_the_step(target):
    G = ramp()
    M = StateMonitor(G, "x", record=True)
    Network(G, M).run(0.3 * ms, target=target)

    assert M.x.shape == (4, 3)
    np.testing.assert_allclose(M.x, np.outer([1, 2, 3, 4], [0, 0.1, 0.2]))
    np.testing.assert_array_equal(M.t_, np.arange(3) * 1e-4)
    assert isinstance(M.t, Quantity)


def test_state_monitor_of_chosen_neurons(target):
    G = ramp(20)
    M = StateMonitor(G, ["x", "y"], record=[10, 3, 17])
    Network(G, M).run(0.2 * ms, target=target)

    np.testing.assert_allclose(M.x[:, 1], [1.1, 0.4, 1.8])
    np.testing.assert_array_equal(M.y, 2 * M.x)
    np.testing.assert_array_equal(M[10].x, M.x[0])
    np.testing.assert_array_equal(M[3].y, M.y[1])
    np.testing.assert_array_equal(M[17].t_, M.t_)
    np.testing.assert_array_equal(M.record, [10, 3, 17])


@pytest.mark.parametrize(
    ("record", "numbers"),
    [
        ({1, 2}, [1, 2]), (iter([2, 0]), [2, 0]), ((k for k in (1, 2)), [1, 2]),
        (dict.fromkeys([2, 1]).keys(), [2, 1]), (range(1, 3), [1, 2]), (np.array(2), [2]),
        (np.array(True), [0, 1, 2, 3]), (np.False_, []),
    ],
)  # fmt: skip
def test_whatever_holds_numbers_says_which_neurons(record, numbers):
    assert StateMonitor(ramp(4), "x", record=record).record.tolist() == numbers


def test_records_can_be_read_only_and_stay_as_they_were_read(target):
    G = ramp(threshold="x > 0.3", reset="x = 0")
    traces = StateMonitor(G, "x", record=True)
    spikes, rates = SpikeMonitor(G, "x"), PopulationRateMonitor(G)
    network = Network(G, traces, spikes, rates)
    network.run(0.5 * ms, target=target)
    read = (
        traces.x, traces.x_, traces.t, traces.t_, spikes.i, spikes.t, spikes.t_, spikes.x,
        rates.rate, rates.rate_, rates.t_,
    )  # fmt: skip
    before = [np.array(each) for each in read]
    for each in read:
        assert np.array(each).any()
        with pytest.raises(ValueError, match="read-only"):
            each[...] = 0 * each
    network.run(0.5 * ms, target=target)
    traces.forget()

    for one, other in zip(before, read, strict=True):
        np.testing.assert_array_equal(np.array(other), one)


def test_all_of_a_record_is_read_without_a_copy():
    G = ramp()
    M = StateMonitor(G, "x", record=True)
    Network(G, M).run(0.5 * ms, target="numpy")

    assert np.shares_memory(M.x, M.x)


def test_traces_of_chosen_elements_may_be_changed(target):
    G = ramp(3)
    M = StateMonitor(G, "x", record=True)
    Network(G, M).run(0.5 * ms, target=target)
    before = M.x.copy()
    for trace in (M[1].x, M[[0, 2]].x):
        trace[...] = -1

    np.testing.assert_array_equal(M.x, before)


@pytest.mark.parametrize("units", [True, False])
def test_records_are_dictionaries_too(units):
    G = ramp(threshold="x > 0.3", reset="x = 0")
    spikes, rates = SpikeMonitor(G, "y"), PopulationRateMonitor(G)
    counts, traces = SpikeMonitor(G, record=False), StateMonitor(G, "x")
    Network(G, spikes, rates, counts, traces).run(0.5 * ms, target="numpy")

    assert [list(each.get_states(units=units)) for each in (spikes, rates, counts, traces)] == [
        ["count", "N", "i", "t", "y"], ["t", "rate"], ["count", "N"], ["t", "x"],
    ]  # fmt: skip
    assert list(rates.get_states(["rate"])) == ["rate"]
    states = spikes.get_states(units=units)
    assert isinstance(states["t"], Quantity) is units
    np.testing.assert_array_equal(
        np.asarray(states["t"] / (1 * second if units else 1)), spikes.t_
    )
    assert states["N"] == spikes.num_spikes > 0


def test_states_of_monitors_are_asked_for_by_name():
    G = ramp(threshold="x > 0.3", reset="x = 0")
    spikes, rates, traces = SpikeMonitor(G), PopulationRateMonitor(G), StateMonitor(G, "x")
    Network(G, spikes, rates, traces).run(0.5 * ms, target="numpy")

    assert list(spikes.get_states("count")) == ["count"]
    assert list(rates.get_states("rate")) == ["rate"]
    assert rates.get_states([]) == {}
    np.testing.assert_array_equal(traces.get_states("x")["x"], traces.x.T)
    for monitor, wrong, told in (
        (spikes, "coutn", "it has: count, N, i, t\n  did you mean 'count'?"),
        (rates, ["rate", "name"], "it has: t, rate"),
        (traces, "source", "it has: t, x"),
    ):
        with pytest.raises(ModelError) as caught:
            monitor.get_states(wrong)
        assert told in str(caught.value)


def test_users_may_keep_something_at_every_object():
    G = ramp()
    for each in (G, StateMonitor(G, "x"), SpikeMonitor(ramp(threshold="x > 1"))):
        each.add_attribute("duration")
        each.duration = 3

        assert each.duration == 3
        with pytest.raises(AttributeError, match="has 'duration' already"):
            each.add_attribute("duration")


@pytest.mark.parametrize("neuron", [0, 4, -1])
def test_neuron_that_is_not_recorded_is_refused(neuron):
    M = StateMonitor(ramp(20), "x", record=[10, 3])

    with pytest.raises(IndexError, match="does not record neuron"):
        M[neuron]


@pytest.mark.parametrize("record", [[20], [-1], 20])
def test_neuron_that_does_not_exist_cannot_be_recorded(record):
    with pytest.raises(IndexError, match="has neurons 0 to 19"):
        StateMonitor(ramp(20), "x", record=record)


def test_state_monitor_has_units_and_none_with_the_underscore(target):
    G = NeuronGroup(1, "v : volt")
    G.v = 3 * mV
    M = StateMonitor(G, "v", record=0)
    Network(G, M).run(0.1 * ms, target=target)

    assert M.v[0][0] == 3 * mV
    assert not isinstance(M.v_, Quantity)
    assert M[0].v == [3] * mV


def test_state_monitor_with_its_own_step(target):
    G = ramp()
    M = StateMonitor(G, "x", record=[0], dt=0.5 * ms)
    Network(G, M).run(2 * ms, target=target)

    np.testing.assert_allclose(M.t / ms, [0, 0.5, 1, 1.5])
    np.testing.assert_allclose(M.x[0], [0, 0.5, 1, 1.5])


def test_state_monitor_at_the_end_of_the_step(target):
    G = ramp()
    M = StateMonitor(G, "x", record=[0], when="end")
    Network(G, M).run(0.2 * ms, target=target)

    np.testing.assert_allclose(M.x[0], [0.1, 0.2])


def test_state_monitor_of_all_variables():
    G = ramp()
    M = StateMonitor(G, True, record=True)
    Network(G, M).run(0.1 * ms, target="numpy")

    assert M.x.shape == M.y.shape == (4, 1)


def test_state_monitor_that_records_nobody_keeps_the_times(target):
    G = ramp()
    M = StateMonitor(G, "x", record=False)
    Network(G, M).run(0.2 * ms, target=target)

    assert len(M.t) == 2
    assert M.x.shape[0] == 0


def test_state_monitor_before_any_run_is_empty():
    M = StateMonitor(ramp(), "x", record=True)

    assert M.x.shape == (4, 0)
    assert len(M.t) == 0


def test_state_monitor_of_a_subgroup_counts_within_it(target):
    G = ramp(10)
    M = StateMonitor(G[4:8], "x", record=[1, 3])
    Network(G, M).run(0.2 * ms, target=target)

    np.testing.assert_allclose(M.x[:, 1], [0.6, 0.8])
    np.testing.assert_allclose(M[3].x[1], 0.8)


def test_single_time_step_can_be_recorded_after_a_run(target):
    G = ramp()
    M = StateMonitor(G, "x", record=[1])
    net = Network(G, M)
    net.run(0.2 * ms, target=target)
    M.record_single_timestep()

    np.testing.assert_allclose(M.x[0], [0, 0.2, 0.4])
    np.testing.assert_allclose(M.t / ms, [0, 0.1, 0.2])


def test_unknown_variable_cannot_be_recorded():
    with pytest.raises(ModelError, match="no variable 'z' to record"):
        StateMonitor(ramp(), "z", record=True)


def test_variable_that_is_not_recorded_is_no_attribute():
    M = StateMonitor(ramp(), "x", record=True)

    with pytest.raises(AttributeError, match=r"(?s)does not record 'y'.*it records: x"):
        _ = M.y


def spiking(n=5, **options):
    G = NeuronGroup(
        n, "dv/dt = (1 + i)/ms : 1\nw : volt", threshold="v > 0.95", reset="v = 0; w += 1*mV",
        method="euler", **options,
    )  # fmt: skip
    G.w = "i*mV"
    return G


def test_spike_monitor_sees_values_before_the_reset(target):
    G = spiking(2)
    M = SpikeMonitor(G, ["v", "w"])
    Network(G, M).run(1.5 * ms, target=target)

    np.testing.assert_array_equal(M.i, [1, 0, 1, 1])
    np.testing.assert_allclose(M.t / ms, [0.4, 0.9, 0.9, 1.4])
    np.testing.assert_allclose(M.v, [1, 1, 1, 1])
    np.testing.assert_allclose(M.w / mV, [1, 0, 2, 3])


def test_spike_monitor_after_the_reset_sees_values_after_it(target):
    G = spiking(1)
    M = SpikeMonitor(G, "v", when="after_resets", order=0)
    Network(G, M).run(1.5 * ms, target=target)

    assert M.v[0] == 0


def test_spikes_are_sorted_by_time_and_then_by_neuron(target):
    G = NeuronGroup(50, "x : 1", threshold="rand() < 0.3")
    M = SpikeMonitor(G)
    Network(G, M).run(5 * ms, target=target)

    assert len(M.i) > 300
    order = np.lexsort((M.i, M.t_))
    np.testing.assert_array_equal(order, np.arange(len(M.i)))


def test_spike_monitor_reads_in_many_ways(target):
    G = spiking(3)
    M = SpikeMonitor(G, "w")
    Network(G, M).run(2 * ms, target=target)

    np.testing.assert_array_equal(M.count, [np.sum(M.i == k) for k in range(3)])
    assert M.num_spikes == M.N == len(M.i) == len(M.t)
    trains = M.spike_trains()
    assert set(trains) == {0, 1, 2}
    np.testing.assert_array_equal(trains[2] / ms, M.t[M.i == 2] / ms)
    np.testing.assert_array_equal(M.values("w")[1] / mV, M.w[M.i == 1] / mV)
    assert set(M.all_values()) == {"t", "w"}


def test_variable_of_events_that_is_not_recorded_is_refused_with_those_that_are():
    M = SpikeMonitor(spiking(), variables="w", name="M")

    with pytest.raises(AttributeError) as refused:
        _ = M.ww
    assert str(refused.value) == (
        "'M' does not record 'ww'\n  it records: i, t, w\n  did you mean 'w'?"
    )
    with pytest.raises(ModelError) as refused:
        M.values("v")
    assert str(refused.value).startswith("'M' does not record 'v'\n  it records: t, w")
    neurons, times = M.it
    np.testing.assert_array_equal(neurons, M.i)
    assert times.dimension is second.dimension
    np.testing.assert_array_equal(M.it_[1], M.t_)


def test_neuron_without_spikes_has_an_empty_train():
    G = NeuronGroup(3, "x : 1", threshold="i == 1")
    M = SpikeMonitor(G)
    assert len(M.spike_trains()[2]) == 0
    Network(G, M).run(0.2 * ms, target="numpy")

    trains = M.spike_trains()
    assert [len(trains[k]) for k in range(3)] == [0, 2, 0]


def test_counting_monitor_keeps_no_spikes(target):
    G = spiking(3)
    M = SpikeMonitor(G, record=False)
    Network(G, M).run(2 * ms, target=target)

    assert M.num_spikes == M.count.sum() > 0
    with pytest.raises(ModelError, match="only counts"):
        _ = M.i


def test_counts_and_spikes_go_on_over_runs(target):
    G = spiking(3)
    M = SpikeMonitor(G)
    net = Network(G, M)
    net.run(1 * ms, target=target)
    first = M.count.copy()
    net.run(1 * ms, target=target)

    assert (M.count > first).any()
    np.testing.assert_array_equal(M.count, np.bincount(M.i, minlength=3))


def test_spike_monitor_of_a_subgroup_counts_within_it(target):
    G = spiking(6)
    M, W = SpikeMonitor(G[2:5], "w"), SpikeMonitor(G, "w")
    Network(G, M, W).run(3 * ms, target=target)

    inside = (W.i >= 2) & (W.i < 5)
    np.testing.assert_array_equal(M.i, W.i[inside] - 2)
    np.testing.assert_array_equal(M.t_, W.t_[inside])
    np.testing.assert_array_equal(M.w_, W.w_[inside])
    np.testing.assert_array_equal(M.count, W.count[2:5])
    assert M.num_spikes == inside.sum()


def test_order_without_a_slot_is_refused():
    with pytest.raises(ModelError, match="an order without a slot"):
        SpikeMonitor(spiking(), order=3)


def test_spike_monitor_needs_a_threshold():
    with pytest.raises(ModelError, match="has no threshold"):
        SpikeMonitor(ramp())


def test_event_monitor_records_a_custom_event(target):
    G = NeuronGroup(3, "dv/dt = (i + 1)/ms : 1", events={"low": "v < 0.35"}, method="euler")
    M = EventMonitor(G, "low", "v")
    Network(G, M).run(0.5 * ms, target=target)

    np.testing.assert_array_equal(M.count, [3, 1, 1])
    np.testing.assert_array_equal(M.i, [0, 1, 2, 0, 0])
    np.testing.assert_allclose(M.v, [0.1, 0.2, 0.3, 0.2, 0.3])
    assert len(M.event_trains()[0]) == M.num_events - 2


def test_rate_is_spikes_per_neuron_and_second(target):
    G = NeuronGroup(10, "x : 1", threshold="i < 3 and t_in_timesteps % 2 == 0")
    M = PopulationRateMonitor(G)
    Network(G, M).run(0.4 * ms, target=target)

    np.testing.assert_allclose(M.rate / Hz, [3000, 0, 3000, 0])
    np.testing.assert_array_equal(M.t_, np.arange(4) * 1e-4)


def test_rate_of_a_subgroup(target):
    G = NeuronGroup(10, "x : 1", threshold="i < 3")
    M, E = PopulationRateMonitor(G[2:4]), PopulationRateMonitor(G[5:])
    Network(G, M, E).run(0.2 * ms, target=target)

    np.testing.assert_allclose(M.rate / Hz, [5000, 5000])
    np.testing.assert_allclose(E.rate / Hz, [0, 0])


def test_smoothed_rate_keeps_the_length_and_the_mean():
    G = NeuronGroup(10, "x : 1", threshold="rand() < 0.1")
    M = PopulationRateMonitor(G)
    Network(G, M).run(50 * ms, target="numpy")

    for smooth in (
        M.smooth_rate(window="flat", width=1.1 * ms),
        M.smooth_rate(window="gaussian", width=0.5 * ms),
        M.smooth_rate(window=np.ones(5)),
    ):
        assert len(smooth) == len(M.t)
        middle = slice(50, -50)
        assert np.mean(smooth[middle] / Hz) == pytest.approx(1000, rel=0.15)
        assert np.std(smooth[middle] / Hz) < np.std(M.rate[middle] / Hz)


def test_flat_window_is_a_moving_average():
    G = NeuronGroup(1, "x : 1", threshold="t_in_timesteps == 5")
    M = PopulationRateMonitor(G)
    Network(G, M).run(1.1 * ms, target="numpy")

    expected = np.zeros(11)
    expected[4:7] = 10000 / 3
    np.testing.assert_allclose(M.smooth_rate(window="flat", width=0.3 * ms) / Hz, expected)


def test_binned_rate():
    G = NeuronGroup(2, "x : 1", threshold="t_in_timesteps < 10 and i == 0")
    M = PopulationRateMonitor(G)
    Network(G, M).run(2 * ms, target="numpy")
    centres, rates = M.binned_rate(1 * ms)

    np.testing.assert_allclose(centres / ms, [0.5, 1.5])
    np.testing.assert_allclose(rates / Hz, [5000, 0])


def test_binned_rates_of_single_neurons(target):
    G = NeuronGroup(
        3, "x : 1", threshold="(t_in_timesteps < 10 and i == 0) or t_in_timesteps == 12*i"
    )
    M = SpikeMonitor(G)
    Network(G, M).run(2.5 * ms, target=target)
    centres, rates = M.binned_rate(1 * ms)

    np.testing.assert_allclose(centres / ms, [0.5, 1.5])
    np.testing.assert_allclose(rates / Hz, [[10000, 0], [0, 1000], [0, 0]])


def test_binned_rates_need_spikes_and_bins_of_a_step():
    G = NeuronGroup(2, "x : 1", threshold="True", refractory=1 * ms)
    counting, M = SpikeMonitor(G, record=False), SpikeMonitor(G)

    with pytest.raises(ModelError, match="only counts"):
        counting.binned_rate(1 * ms)
    with pytest.raises(ModelError, match="at least one step long"):
        M.binned_rate(0.01 * ms)
    with pytest.raises(TypeError, match="the size of a bin must be a time"):
        M.binned_rate(3)
    assert M.binned_rate(1 * ms)[1].shape == (2, 0)


@pytest.mark.parametrize("steps", range(1, 60))
def test_flat_windows_have_their_width_whatever_the_rounding(steps):
    G = NeuronGroup(1, "x : 1", threshold="t_in_timesteps == 40")
    M = PopulationRateMonitor(G)
    M.rows.append((np.arange(80) * 1e-4, np.eye(80)[40]))

    smooth = M.smooth_rate(window="flat", width=steps * 0.1 * ms)
    assert np.count_nonzero(smooth / Hz) == 2 * (steps // 2) + 1


def test_rows_come_in_many_small_chunks_or_few_large_ones(target):
    def simulate(chunks):
        G = spiking(4)
        monitors = StateMonitor(G, "v", record=True), SpikeMonitor(G, "w")
        net = Network(G, *monitors)
        for _ in range(chunks):
            net.run(12 / chunks * ms, target=target)
            assert len(monitors[0]) == len(monitors[0].t)
        return monitors[0].v, monitors[1].t_, monitors[1].w_

    for mine, theirs in zip(simulate(120), simulate(1), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_adding_monitors_changes_no_results(target):
    def simulate(monitored):
        seed(9)
        G = NeuronGroup(
            30, "dv/dt = (1.5 - v)/(5*ms) + 0.3*xi*(5*ms)**-0.5 : 1\n"
            "r = rand() : 1 (constant over dt)",
            threshold="v > 1", reset="v = 0.1*r", refractory="rand()*ms", method="euler",
        )  # fmt: skip
        G.v = "rand()"
        net = Network(G, SpikeMonitor(G))
        if monitored:
            net.add(StateMonitor(G, ["v", "r"], record=True), SpikeMonitor(G[3:9], "v"))
            net.add(PopulationRateMonitor(G), StateMonitor(G, "v", record=2, dt=0.3 * ms))
        net.run(20 * ms, target=target)
        return G.v[:], G.lastspike_[:], net.objects[1].i.copy()

    for plain, watched in zip(simulate(False), simulate(True), strict=True):
        np.testing.assert_array_equal(plain, watched)


def test_monitor_of_a_group_outside_the_network_is_refused():
    G = ramp()

    with pytest.raises(ModelError, match="whose group is not in the network"):
        Network(StateMonitor(G, "x", record=True)).run(0.1 * ms, target="numpy")


def test_monitor_cannot_watch_a_monitor():
    with pytest.raises(ModelError, match="expected: a group"):
        StateMonitor(SpikeMonitor(spiking()), "i", record=True)


def test_monitors_of_a_deactivated_group_record_its_resting_values(target):
    G = spiking(2)
    M, S, R = StateMonitor(G, "v", record=True), SpikeMonitor(G), PopulationRateMonitor(G)
    G.active = False
    Network(G, M, S, R).run(2 * ms, target=target)

    assert M.v.shape == (2, 20)
    assert not M.v.any()
    assert S.num_spikes == 0
    assert not R.rate.any()


def test_records_can_be_given_to_what_takes_arrays(target):
    G = ramp(3, threshold="x > 0.3", reset="x = 0")
    spikes, traces = SpikeMonitor(G), StateMonitor(G, "x", record=True)
    Network(G, spikes, traces).run(0.9 * ms, target=target)
    again = SpikeGeneratorGroup(3, spikes.i, spikes.t)
    cells = NeuronGroup(3, "x = drive(t, i) : 1\ny : 1")
    cells.y = traces.x[:, -1]
    drive = TimedArray(traces.x.T, dt=G.clock.dt)
    S = Synapses(again, cells, on_pre="y_post += 1")
    S.connect(i=np.unique(spikes.i), j=np.unique(spikes.i))
    heard, seen = SpikeMonitor(again), StateMonitor(cells, "x", record=np.unique(spikes.i))
    Network(again, cells, S, heard, seen).run(0.9 * ms, target=target, namespace={"drive": drive})

    np.testing.assert_array_equal(heard.i, spikes.i)
    np.testing.assert_array_equal(seen.x, traces.x[np.unique(spikes.i)])
