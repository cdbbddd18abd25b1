"""Refractory neurons: for how long, what stands still, what goes on."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, mV, second
from eqsim.errors import DimensionMismatchError, EquationError, ModelError

ALWAYS = "x > 0"


def always_spiking(refractory, n=1, **options):
    G = NeuronGroup(n, "x : 1", threshold=ALWAYS, refractory=refractory, **options)
    G.x = 1
    return G


@pytest.mark.parametrize(("steps", "interval"), [(1, 1), (2, 2), (5, 5), (30, 30)])
def test_neuron_is_refractory_for_exactly_the_period_in_steps(target, steps, interval):
    G = always_spiking(steps * 0.1 * ms)
    M = SpikeMonitor(G)
    Network(G, M).run(10 * ms, target=target)

    assert set(np.diff(np.round(M.t / (0.1 * ms)))) == {interval}


@pytest.mark.parametrize(("period", "interval"), [(0.25, 2), (0.2, 2), (0.3, 3), (0.09999, 1)])
def test_period_counts_in_whole_steps(period, interval):
    G = always_spiking(period * ms)
    M = SpikeMonitor(G)
    Network(G, M).run(10 * ms, target="numpy")

    assert set(np.diff(np.round(M.t / (0.1 * ms)))) == {interval}


@pytest.mark.parametrize("dt", [0.01, 0.05, 0.025, 1 / 3])
def test_period_is_exact_for_steps_that_no_binary_number_holds(dt):
    G = always_spiking(9 * dt * ms, dt=dt * ms)
    M = SpikeMonitor(G)
    Network(G, M).run(50 * ms, target="numpy")

    assert set(np.diff(np.round(M.t / (dt * ms)))) == {9}


def test_last_spike_is_long_ago_before_the_first():
    G = always_spiking(1 * ms)

    assert G.lastspike[0] == -1e4 * second
    assert G.not_refractory[0]


def test_last_spike_is_the_time_of_the_spike_and_the_neuron_refractory_after_it(target):
    G = always_spiking(0.5 * ms)
    M = StateMonitor(G, ["lastspike", "not_refractory"], record=0, when="end")
    Network(G, M).run(0.7 * ms, target=target)

    np.testing.assert_array_equal(M.lastspike_[0], [0, 0, 0, 0, 0, 5e-4, 5e-4])
    np.testing.assert_array_equal(M.not_refractory[0], [0] * 7)


def test_neuron_is_free_at_the_step_in_which_the_period_ends(target):
    G = NeuronGroup(1, "x : 1", threshold="t < 0.05*ms", refractory=0.3 * ms)
    M = StateMonitor(G, "not_refractory", record=0, when="before_resets")
    Network(G, M).run(0.5 * ms, target=target)

    np.testing.assert_array_equal(M.not_refractory[0], [False, False, False, True, True])


def test_flagged_variable_stands_still_while_refractory(target):
    G = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1 (unless refractory)\ndw/dt = 1/ms : 1",
        threshold="v > 0.35",
        reset="v = 0",
        refractory=0.5 * ms,
        method="euler",
    )
    M = StateMonitor(G, ["v", "w"], record=0)
    Network(G, M).run(1.2 * ms, target=target)

    np.testing.assert_allclose(
        M.v[0], [0, 0.1, 0.2, 0.3, 0, 0, 0, 0, 0, 0.1, 0.2, 0.3], atol=1e-12
    )
    np.testing.assert_allclose(M.w[0], np.arange(12) / 10, atol=1e-12)


@pytest.mark.parametrize("method", ["euler", "exact", "exponential_euler", "rk2", "rk4"])
def test_unflagged_variable_sees_the_frozen_value_of_a_flagged_one(target, method):
    model = """
    dv/dt = (1 - v)/tau : 1 (unless refractory)
    dw/dt = (v - w)/tau : 1
    """
    G = NeuronGroup(
        2, model, threshold="v > 0.5 and i == 0", reset="v = 0.25", refractory=100 * ms,
        method=method,
    )  # fmt: skip
    net = Network(G)
    net.run(5 * ms, target=target, namespace={"tau": 5 * ms})
    assert G.lastspike[0] > 0 * ms
    assert G.v[0] == 0.25
    frozen = NeuronGroup(1, "dw/dt = (v - w)/tau : 1\nv : 1", method=method)
    frozen.v, frozen.w = 0.25, G.w[0]

    net.run(2 * ms, target=target, namespace={"tau": 5 * ms})
    Network(frozen).run(2 * ms, target=target, namespace={"tau": 5 * ms})

    assert G.v[0] == 0.25
    assert G.w[0] == pytest.approx(frozen.w[0], rel=1e-12)
    assert G.v[1] != 0.25


def test_free_neurons_of_a_coupled_system_follow_it_exactly(target):
    model = "dv/dt = (w - v)/(5*ms) : 1{flag}\ndw/dt = (v - 2*w)/(3*ms) : 1"
    flagged = NeuronGroup(
        1, model.format(flag=" (unless refractory)"), threshold="v > 5", refractory=2 * ms,
        method="exact",
    )  # fmt: skip
    plain = NeuronGroup(1, model.format(flag=""), method="exact")
    for G in (flagged, plain):
        G.v, G.w = 1, 2
    Network(flagged, plain).run(10 * ms, target=target)

    assert (flagged.v[0], flagged.w[0]) == (plain.v[0], plain.w[0])


def test_noise_of_a_frozen_variable_does_not_move_it(target):
    G = NeuronGroup(
        1, "dv/dt = xi*ms**-0.5 : 1 (unless refractory)", threshold="t < 0.05*ms",
        refractory=1 * ms, method="euler",
    )  # fmt: skip
    M = StateMonitor(G, "v", record=0, when="end")
    Network(G, M).run(1.5 * ms, target=target)

    assert len(set(M.v[0][:10])) == 1
    assert len(set(M.v[0][9:])) == 6


def test_statements_do_not_change_a_frozen_variable_and_resets_do(target):
    G = NeuronGroup(
        2,
        "dv/dt = 0/ms : 1 (unless refractory)\nw : 1",
        threshold="i == 0 and t < 0.05*ms",
        reset="v = 5",
        refractory=1 * ms,
        method="euler",
    )
    G.run_regularly("v += 1; w = v", when="end")
    net = Network(G)
    net.run(0.3 * ms, target=target)

    np.testing.assert_array_equal(G.v[:], [5, 3])
    np.testing.assert_array_equal(G.w[:], [5, 3])

    G.v = "10 + i"
    np.testing.assert_array_equal(G.v[:], [5, 11])

    G.v = 7
    np.testing.assert_array_equal(G.v[:], [7, 7])


def test_code_on_another_event_changes_a_frozen_variable(target):
    G = NeuronGroup(
        1, "dv/dt = 0/ms : 1 (unless refractory)", threshold="t < 0.05*ms", refractory=1 * ms,
        events={"tick": "True"}, method="euler",
    )  # fmt: skip
    G.run_on_event("tick", "v += 1")
    Network(G).run(0.3 * ms, target=target)

    assert G.v[0] == 3


def test_flag_without_a_refractory_period_has_no_effect(target):
    G = NeuronGroup(1, "dv/dt = 1/ms : 1 (unless refractory)", threshold="v > 9", method="euler")
    G.run_regularly("v += 1")
    Network(G).run(0.1 * ms, target=target)

    assert G.v[0] == pytest.approx(1.1)


def test_condition_keeps_a_neuron_refractory_while_it_holds(target):
    G = NeuronGroup(
        1, "dv/dt = 1/ms : 1", threshold="v > 0.25", refractory="v < 0.75", method="euler"
    )
    M = SpikeMonitor(G)
    S = StateMonitor(G, "not_refractory", record=0, when="end")
    Network(G, M, S).run(1 * ms, target=target)

    # From the step after v >= 0.75 on, each step is a spike and its end.
    assert np.round(M.t[0] / (0.1 * ms)) == 2
    assert np.round(M.t[1] / (0.1 * ms)) == 8
    np.testing.assert_array_equal(np.diff(np.round(M.t_[1:] / 1e-4)), 1)
    assert S.not_refractory[0][0]
    assert not S.not_refractory[0][2:8].any()


def test_condition_alone_never_makes_a_neuron_refractory(target):
    G = NeuronGroup(1, "x : 1", threshold="x > 0", refractory="True")
    G.x = -1
    net = Network(G)
    net.run(0.5 * ms, target=target)
    assert G.not_refractory[0]

    G.x = 1
    net.run(0.5 * ms, target=target)
    assert not G.not_refractory[0]


def test_neurons_may_have_periods_of_their_own(target):
    G = NeuronGroup(3, "ref : second", threshold="True", refractory="ref")
    G.ref = [0.1, 0.4, 1] * ms
    M = SpikeMonitor(G)
    Network(G, M).run(10 * ms, target=target)

    np.testing.assert_array_equal(M.count, [100, 25, 10])


def test_period_that_names_a_variable_follows_its_changes(target):
    G = NeuronGroup(1, "ref : second", threshold="True", refractory="ref")
    G.ref = 10 * ms
    net = Network(G, M := SpikeMonitor(G))
    net.run(1 * ms, target=target)
    G.ref = 0.5 * ms
    net.run(1 * ms, target=target)

    np.testing.assert_allclose(M.t / ms, [0, 1.0, 1.5])


def test_random_period_is_drawn_once_per_spike(target):
    G = NeuronGroup(200, "x : 1", threshold="True", refractory="1*ms + 2*ms*rand()")
    M = SpikeMonitor(G)
    Network(G, M).run(60 * ms, target=target)
    intervals = np.concatenate([np.diff(train / ms) for train in M.spike_trains().values()])

    # Drawn anew each step the interval would be the first that is short enough: mean 1.3 ms.
    assert intervals.min() >= 0.999
    assert intervals.max() <= 3.001
    assert intervals.mean() == pytest.approx(1.97, abs=0.03)


def test_refractory_time_can_be_used_in_equations(target):
    G = NeuronGroup(
        1, "x = int(not_refractory) : 1\ny = (t - lastspike)/ms : 1", threshold="t < 0.05*ms",
        refractory=0.3 * ms,
    )  # fmt: skip
    M = StateMonitor(G, ["x", "y"], record=0)
    Network(G, M).run(0.5 * ms, target=target)

    np.testing.assert_allclose(M.y[0][1:], [0.1, 0.2, 0.3, 0.4])
    np.testing.assert_array_equal(M.x[0], [1, 0, 0, 1, 1])


@pytest.mark.parametrize("value", [5, 2.0, 3 * mV])
def test_period_without_a_unit_of_time_is_refused(value):
    with pytest.raises(DimensionMismatchError, match="must be a time"):
        always_spiking(value)


def test_text_for_the_period_is_a_time_or_a_condition():
    G = NeuronGroup(1, "x : volt", threshold="x > 1*mV", refractory="x")

    with pytest.raises(EquationError):
        Network(G).run(0.1 * ms, target="numpy")


def test_refractory_without_a_threshold_is_refused():
    with pytest.raises(ModelError, match="refractory but has no threshold"):
        NeuronGroup(1, "x : 1", refractory=1 * ms)


def test_negative_period_is_refused():
    with pytest.raises(ModelError, match="must not be negative"):
        always_spiking(-1 * ms)


def test_not_refractory_without_a_period_is_unknown():
    G = NeuronGroup(1, "y = int(not_refractory) : 1\nz : 1", threshold="False")
    G.run_regularly("z = y")

    with pytest.raises(EquationError, match="not_refractory"):
        Network(G).run(0.1 * ms, target="numpy", namespace={})


def test_period_zero_lets_a_neuron_spike_each_step(target):
    G = always_spiking(0 * ms)
    M = SpikeMonitor(G)
    Network(G, M).run(1 * ms, target=target)

    assert M.num_spikes == 10


def test_refractoriness_goes_on_in_the_next_run(target):
    G = always_spiking(0.7 * ms)
    M = SpikeMonitor(G)
    net = Network(G, M)
    for _ in range(10):
        net.run(0.3 * ms, target=target)

    np.testing.assert_allclose(M.t / ms, [0, 0.7, 1.4, 2.1, 2.8])


def test_refractoriness_in_single_precision_is_as_exact(target):
    G = always_spiking(0.3 * ms, dtype=np.float32)
    M = SpikeMonitor(G)
    Network(G, M).run(200 * ms, target=target)

    assert set(np.diff(np.round(M.t / (0.1 * ms)))) == {3}
    assert G.lastspike[:].dtype == np.float64


def test_what_depends_on_a_held_variable_alone_stands_still_with_it(target):
    group = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1 (unless refractory)\nrate = int(v > 0.001)/ms : Hz\ndw/dt = rate : 1",
        threshold="v > 1.05",
        reset="v = 0",
        refractory=5 * ms,
        method="euler",
    )
    trace = StateMonitor(group, "w")
    Network(group, trace).run(4 * ms, target=target)

    after_the_spike = trace.w[0, 15:]
    assert np.all(after_the_spike == after_the_spike[0])
