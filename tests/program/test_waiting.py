"""Where workers wait for each other: where they must, and nowhere else."""

import pytest

from eqsim import NeuronGroup, SpikeMonitor, Synapses, start_scope
from eqsim.network.running.network import Network
from eqsim.program.nodes import Launch
from eqsim.program.waiting import waits


def program_of(*objects):
    return Network(*objects).lower({}).program


def waited_for(program):
    names = [launch.kernel if isinstance(launch, Launch) else "" for launch in program.launches]
    return {name for name, waiting in zip([*names, "end"], waits(program), strict=True) if waiting}


def network(on_pre="x_post += w", on_post=None, delay=None, monitor=False):
    from eqsim import ms

    start_scope()
    A = NeuronGroup(3, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", method="euler")
    B = NeuronGroup(3, "dx/dt = 1/ms : 1", threshold="x > 1", reset="x = 0", method="euler")
    S = Synapses(A, B, "w : 1", on_pre=on_pre, on_post=on_post,
                 delay=None if delay is None else delay * ms)  # fmt: skip
    S.connect()
    return [A, B, S, *([SpikeMonitor(A)] if monitor else [])]


def test_neurons_alone_wait_only_to_hear_at_the_end_of_a_step_whether_a_check_failed():
    group = NeuronGroup(3, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", method="euler")

    assert waited_for(program_of(group)) == {"end"}


def test_neurons_without_checks_never_wait():
    group = NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0")
    group.run_regularly("v = v + 1")

    assert waited_for(program_of(group)) == set()


def test_spikes_are_waited_for_and_what_they_do_stays_with_the_target():
    # Before the synapses all spikes are found; before they are found anew nobody looks at them.
    assert waited_for(program_of(*network())) == {"synapses_pre", "neurongroup_threshold"}


def test_several_pathways_onto_one_group_wait_once():
    A, B, S = network()
    T = Synapses(A, B, on_pre="x_post -= 0.1")
    T.connect()

    assert waited_for(program_of(A, B, S, T)) == {"synapses_pre", "neurongroup_threshold"}


def test_what_one_worker_does_is_waited_for():
    waiting = waited_for(program_of(*network(delay=1)))

    assert {"neurongroup_remember_spike", "synapses_pre"} <= waiting


def test_changing_both_ends_is_waited_for_on_both_sides():
    waiting = waited_for(program_of(*network("x_post += w; v_pre += 1")))

    assert "synapses_pre" in waiting
    assert "neurongroup_reset" in waiting


@pytest.mark.parametrize("code", ["x_post += w", "w += 1", "v_pre += 1"])
def test_records_are_seen_by_all_before_the_next_step(code):
    program = program_of(*network(code, monitor=True))
    order = [*(launch.kernel for launch in program.launches), "end"]
    recorded = order.index("spikemonitor_record")

    assert any(waits(program)[recorded + 1 :])
