"""Where workers wait for each other: where they must, and nowhere else."""

import pytest

from eqsim import NeuronGroup, SpikeMonitor, Synapses, start_scope
from eqsim.expressions.nodes import Literal, Name
from eqsim.expressions.statements import Assign, Gather
from eqsim.network.running.network import Network
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Clock, Elements, Kernel, Launch, Program, Role
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


def test_what_is_gathered_is_waited_for_and_is_not_changed_before_all_have_it():
    clock = Clock("clock")

    def kernel(name, body, *bound):
        bindings = tuple(Binding(each, f"group.{each}", DType.FLOAT64) for each in bound)
        return Kernel(
            name, Elements("group"), "i", "clock", DType.FLOAT64, bindings, (), tuple(body)
        )

    kernels = (
        kernel("keep", [Assign("x", Name("y"))], "x", "y"),
        kernel("own", [Assign("y", Name("x"))], "x", "y"),
        kernel("read", [Gather("_a", "group.x", Literal(0)), Assign("y", Name("_a"))], "y"),
    )
    arrays = tuple(
        Array(f"group.{name}", DType.FLOAT64, "group", True, Role.STATE) for name in "xy"
    )
    program = Program(
        "program", ("group",), (clock,), (*clock.arrays, *arrays), (), (), kernels,
        tuple(Launch(each.name, "groups", 0) for each in kernels),
    )  # fmt: skip

    # Its own elements a worker has at once; before it keeps others all have read the last ones.
    assert waited_for(program) == {"read", "keep"}
