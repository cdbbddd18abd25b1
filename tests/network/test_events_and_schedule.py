"""Thresholds, resets, custom events, regular operations, and their places in a step."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    EventMonitor,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    ms,
    run,
    seed,
)
from eqsim.errors import EquationError, ModelError

SLOTS = ("start", "groups", "thresholds", "synapses", "resets", "end")


def test_reset_runs_for_the_neurons_that_spiked(target):
    G = NeuronGroup(3, "v : 1\nn : integer", threshold="v > 1", reset="v = v - 1; n += 1")
    G.v = [0, 2.5, 1.5]
    Network(G).run(0.3 * ms, target=target)

    np.testing.assert_array_equal(G.v[:], [0, 0.5, 0.5])
    np.testing.assert_array_equal(G.n[:], [0, 2, 1])


def test_reset_may_use_several_lines_and_locals(target):
    G = NeuronGroup(
        1, "v : 1\nw : 1", threshold="v > 1", reset="half = v/2\nv = 0  # start anew\nw += half"
    )
    G.v = 3
    Network(G).run(0.1 * ms, target=target)

    assert (G.v[0], G.w[0]) == (0, 1.5)


def test_threshold_is_a_condition():
    G = NeuronGroup(1, "v : 1", threshold="v + 1")

    with pytest.raises(EquationError, match="v"):
        Network(G).run(0.1 * ms, target="numpy")


def test_reset_without_threshold_is_refused():
    with pytest.raises(ModelError, match="has a reset but no threshold"):
        NeuronGroup(1, "v : 1", reset="v = 0")


def test_reset_cannot_assign_a_subexpression():
    G = NeuronGroup(1, "v : 1\nx = 2*v : 1", threshold="v > 1", reset="x = 0")

    with pytest.raises(EquationError, match="'x' is a subexpression"):
        Network(G).run(0.1 * ms, target="numpy")


def test_event_code_runs_after_resets_by_default(target):
    G = NeuronGroup(1, "v : 1\nseen : 1", threshold="v > 1", reset="v = 0", events={"e": "v > 1"})
    G.v = 5
    G.run_on_event("e", "seen = v + 10")
    Network(G).run(0.1 * ms, target=target)

    assert G.seen[0] == 10


def test_custom_event_is_tested_after_thresholds_and_before_resets(target):
    G = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", events={"e": "v > 1"})
    G.v = [2, 0]
    M = EventMonitor(G, "e", "v")
    Network(G, M).run(0.2 * ms, target=target)

    np.testing.assert_array_equal(M.i, [0])
    np.testing.assert_array_equal(M.v, [2])


def test_custom_event_happens_in_refractory_neurons_too(target):
    G = NeuronGroup(1, "v : 1", threshold="v > 1", refractory=1 * ms, events={"e": "v > 1"})
    G.v = 2
    M, S = EventMonitor(G, "e"), SpikeMonitor(G)
    Network(G, M, S).run(1 * ms, target=target)

    assert (M.num_events, S.num_spikes) == (10, 1)


def test_event_named_spike_is_the_threshold(target):
    G = NeuronGroup(1, "v : 1", events={"spike": "v > 1"}, refractory=0.5 * ms)
    G.v = 2
    G.run_on_event("spike", "v += 1")
    M = SpikeMonitor(G)
    Network(G, M).run(1 * ms, target=target)

    np.testing.assert_allclose(M.t / ms, [0, 0.5])
    assert G.v[0] == 4


def test_threshold_and_event_spike_are_one_too_many():
    with pytest.raises(ModelError, match="both a threshold and an event 'spike'"):
        NeuronGroup(1, "v : 1", threshold="v > 1", events={"spike": "v > 2"})


def test_set_event_schedule_moves_the_test_of_an_event(target):
    G = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0", events={"e": "v > 1"})
    G.v = 5
    G.set_event_schedule("e", when="after_resets")
    M = EventMonitor(G, "e")
    Network(G, M).run(0.2 * ms, target=target)

    assert M.num_events == 0


def test_one_event_has_one_code():
    G = NeuronGroup(1, "v : 1", events={"e": "v > 1"})
    G.run_on_event("e", "v = 0")

    with pytest.raises(ModelError, match="already has code"):
        G.run_on_event("e", "v = 1")


@pytest.mark.parametrize("use", [
    lambda G: G.run_on_event("f", "v = 0"),
    lambda G: G.set_event_schedule("f", "end"),
    lambda G: EventMonitor(G, "f"),
])  # fmt: skip
def test_unknown_event_is_refused(use):
    with pytest.raises(ModelError, match="no event 'f'\n  its events: 'e'"):
        use(NeuronGroup(1, "v : 1", events={"e": "v > 1"}))


def test_regular_operation_runs_each_step_at_the_start(target):
    G = NeuronGroup(2, "dv/dt = 1/ms : 1", method="euler")
    G.run_regularly("v = 0")
    M = StateMonitor(G, "v", record=0, when="end")
    Network(G, M).run(0.3 * ms, target=target)

    np.testing.assert_allclose(M.v[0], [0.1, 0.1, 0.1])


def test_regular_operation_with_its_own_step(target):
    G = NeuronGroup(2, "n : integer\nlast : second")
    G.run_regularly("n += 1; last = t", dt=0.5 * ms)
    Network(G).run(2.1 * ms, target=target)

    assert G.n[0] == 5
    assert G.last_[0] == 4 * 0.5e-3


def test_regular_operations_of_one_slot_run_in_their_order(target):
    G = NeuronGroup(1, "v : 1")
    G.run_regularly("v = v*10 + 1", order=1)
    G.run_regularly("v = v*10 + 2", order=-1)
    G.run_regularly("v = v*10 + 3")
    Network(G).run(0.1 * ms, target=target)

    assert G.v[0] == 231


def test_operations_of_one_slot_and_order_run_in_order_of_creation(target):
    G = NeuronGroup(1, "v : 1", name="z")
    G.run_regularly("v = v*10 + 1", name="zz")
    G.run_regularly("v = v*10 + 2", name="aa")
    Network(G).run(0.1 * ms, target=target)

    assert G.v[0] == 12


def test_deactivated_operation_does_not_run(target):
    G = NeuronGroup(1, "v : 1")
    operation = G.run_regularly("v += 1")
    net = Network(G)
    net.run(0.1 * ms, target=target)
    operation.active = False
    net.run(0.5 * ms, target=target)

    assert G.v[0] == 1


def test_slots_run_in_the_order_of_the_schedule(target):
    G = NeuronGroup(1, "v : 1")
    names = [f"{prefix}{slot}" for slot in SLOTS for prefix in ("before_", "", "after_")]
    order = list(range(len(names)))
    np.random.default_rng(1).shuffle(order)
    for k in order:
        G.run_regularly(f"v = v*1.5 + {k}", when=names[k])
    Network(G).run(0.1 * ms, target=target)

    expected = 0.0
    for k in range(len(names)):
        expected = expected * 1.5 + k
    assert G.v[0] == expected


def test_schedule_of_a_network_can_be_chosen(target):
    G = NeuronGroup(1, "v : 1")
    G.run_regularly("v = v*10 + 1", when="early")
    G.run_regularly("v = v*10 + 2", when="end")
    G.run_regularly("v = v*10 + 3", when="after_end")
    net = Network(G)
    net.schedule = ["end", "groups", "early"]
    net.run(0.1 * ms, target=target)

    assert G.v[0] == 231
    assert net.schedule == ("end", "groups", "early")


def test_schedule_is_the_default_one_again_after_none():
    net = Network()
    net.schedule = ["a", "b"]
    net.schedule = None

    assert net.schedule == SLOTS


@pytest.mark.parametrize("schedule", [["a", "a"], ["before_a"], ["after_a"], ["a b"], [1]])
def test_impossible_schedule_is_refused(schedule):
    net = Network()

    with pytest.raises(ModelError):
        net.schedule = schedule
    assert net.schedule == SLOTS


def test_slot_that_the_schedule_does_not_have_is_named():
    G = NeuronGroup(1, "v : 1")
    G.run_regularly("v += 1", when="strat")

    with pytest.raises(ModelError, match=r"(?s)no slot 'strat'.*did you mean 'start'"):
        Network(G).run(0.1 * ms, target="numpy")


def test_state_is_updated_before_thresholds_and_resets_come_last(target):
    G = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 0.95", reset="v = 0", method="euler")
    when = ("start", "before_thresholds", "after_thresholds", "end")
    monitors = [StateMonitor(G, "v", record=0, when=slot) for slot in when]
    S = SpikeMonitor(G)
    Network(G, monitors, S).run(1 * ms, target=target)

    assert S.t[0] / ms == pytest.approx(0.9)
    for monitor, expected in zip(monitors, (0.9, 1, 1, 0), strict=True):
        assert monitor.v[0][-1] == pytest.approx(expected)


def test_orders_of_groups_decide_within_a_slot(target):
    late = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", order=1)
    early = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    M = StateMonitor(late, "x", record=0, when="groups", order=0)
    N = StateMonitor(early, "x", record=0, when="groups", order=1)
    Network(late, early, M, N).run(0.1 * ms, target=target)

    assert (M.x[0][0], N.x[0][0]) == (0, pytest.approx(0.1))


def test_monitor_among_equals_runs_in_order_of_creation():
    G = NeuronGroup(1, "v : 1")
    before = StateMonitor(G, "v", record=0)
    G.run_regularly("v += 1")
    after = StateMonitor(G, "v", record=0)
    Network(after, before, G).run(0.2 * ms, target="numpy")

    np.testing.assert_array_equal(before.v[0], [0, 1])
    np.testing.assert_array_equal(after.v[0], [1, 2])


def test_names_of_objects_change_no_results(target):
    def simulate(*names):
        G = NeuronGroup(
            20, "dv/dt = (1.2 - v + 0.5*xi*(5*ms)**0.5)/(5*ms) : 1", threshold="v > 1",
            reset="v = rand()*0.1", method="euler", name=names[0],
        )  # fmt: skip
        H = NeuronGroup(20, "dv/dt = xi*ms**-0.5 : 1", method="euler", name=names[1])
        G.run_regularly("v += 0.01*randn()", name=names[2])
        M = SpikeMonitor(G, name=names[3])
        net = Network(H, G, M, name=names[4])
        seed(3)
        net.run(20 * ms, target=target)
        return M.i.copy(), M.t_.copy(), G.v[:], H.v[:]

    first = simulate("a", "b", "c", "d", "e")
    second = simulate("z", "y", "x", "w", "v")

    assert len(first[0]) > 10
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left, right)


def test_order_in_which_objects_are_added_changes_no_results(target):
    G = NeuronGroup(3, "dv/dt = xi*ms**-0.5 : 1", method="euler")
    H = NeuronGroup(3, "dv/dt = xi*ms**-0.5 : 1", method="euler")
    seed(1)
    Network(G, H).run(1 * ms, target=target)
    first = G.v[:], H.v[:]
    G.v = H.v = 0
    seed(1)
    Network(H, G).run(1 * ms, target=target)

    np.testing.assert_array_equal((G.v[:], H.v[:]), first)
    assert not np.isin(G.v[:], H.v[:]).any()


def test_custom_events_with_code_on_each_target_in_a_magic_run(target):
    G = NeuronGroup(
        1, "dv/dt = 1/ms : 1\nmarks : integer", threshold="v > 0.95", reset="v = 0",
        events={"half": "v > 0.5 and v < 0.61"}, method="euler",
    )  # fmt: skip
    G.run_on_event("half", "marks += 1")
    run(5 * ms, target=target)

    assert G.marks[0] == 5


def test_operation_of_a_deactivated_group_does_not_run(target):
    G = NeuronGroup(1, "v : 1")
    G.run_regularly("v += 1")
    G.active = False
    net = Network(G)
    net.run(0.2 * ms, target=target)
    assert G.v[0] == 0

    G.active = True
    net.run(0.2 * ms, target=target)
    assert G.v[0] == 2
