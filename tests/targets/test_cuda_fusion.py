"""Kernels are fused where that changes nothing, and only there."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from cuda_models import MODELS
from hypothesis import HealthCheck, given, settings

from eqsim import Network, NeuronGroup, SpikeMonitor, Synapses, ms
from eqsim.expressions.statements import Accumulate, Check
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Clock, Elements, Events, Pause
from eqsim.program.passes.fusion import fuse_kernels
from eqsim.program.verify import verify
from eqsim.runtime.memory import replicate
from eqsim.targets import Numpy
from eqsim.targets.c_program import run_buffers
from eqsim.targets.cuda.target import render_cuda

STEPS = 12


def integrate_and_fire(on_pre="g_post += 0.1"):
    cells = NeuronGroup(
        300,
        """
        dv/dt = (1.5 + g - v)/(2*ms) : 1 (unless refractory)
        dg/dt = -g/(1*ms) : 1
        """,
        threshold="v > 1",
        reset="v = 0",
        refractory=0.5 * ms,
        method="euler",
        name="cells",
    )
    cells.v = "i/300.0"
    synapses = Synapses(cells, cells, on_pre=on_pre, name="synapses")
    synapses.connect(p=0.05)
    return Network(cells, synapses, SpikeMonitor(cells, name="spikes"))


def names(program):
    return [launch.kernel for launch in program.launches]


def outcome(lowered, program):
    memory = replicate(program, lowered.memory, 2)
    for name, clock in lowered.clocks.items():
        memory.arrays[f"{name}.dt"][...] = clock.dt_
        memory.arrays[f"{name}.end"][...] = STEPS
    if "random.key" in memory.arrays:
        memory.arrays["random.key"][1] += 5
    simulation = Numpy().open(program, memory)
    simulation.advance(2 * STEPS)
    rows = {b.name: simulation.take(b.name) for b in run_buffers(program)}
    kept = [column.tobytes() for each in rows.values() for columns in each for column in columns]
    return {name: values.tobytes() for name, values in memory.arrays.items()}, kept


@pytest.mark.parametrize("model", [*MODELS, integrate_and_fire], ids=lambda model: model.__name__)
def test_fused_programs_compute_the_same_bits(model):
    lowered = model().lower({})
    fused = verify(fuse_kernels(lowered.program))

    assert len(fused.kernels) < len(lowered.program.kernels) or model.__name__ == "hodgkin_huxley"
    assert fused.problems == lowered.program.problems
    assert outcome(lowered, fused) == outcome(lowered, lowered.program)


def test_all_that_a_group_does_to_itself_is_one_kernel():
    program = integrate_and_fire().lower({}).program
    fused = fuse_kernels(program)

    assert names(program) == [
        "cells_state_update", "cells_threshold", "spikes_count", "spikes_record", "synapses_pre",
        "cells_reset",
    ]  # fmt: skip
    assert names(fused) == [
        "cells_state_update_threshold_spikes_count_reset", "spikes_record", "synapses_pre",
    ]  # fmt: skip
    text = render_cuda(program).text("simulation.cu")
    assert text.count("__global__ void") == 4  # these, and the one for many steps
    assert text.count("eqsim::launch(") == 4


def test_a_reset_stays_behind_what_changes_the_same_variable():
    program = integrate_and_fire("v_post += 0.1").lower({}).program

    assert names(fuse_kernels(program)) == [
        "cells_state_update_threshold_spikes_count", "spikes_record", "synapses_pre",
        "cells_reset",
    ]  # fmt: skip


def test_profiled_programs_stay_as_they_are():
    program = integrate_and_fire().lower({}, is_profiled=True).program

    assert fuse_kernels(program) is program


# ------------------------------------------------------------------- what keeps kernels apart

CELLS = Elements("cells")
X, Y, OTHER_X = {"x": "x"}, {"y": "y"}, {"x": ("x", "j"), "j": "order"}
TWICE = lambda s: s.code("x = 2.0*x")[0]  # noqa: E731 - as in the tables below
SEEN = lambda s: s.emit("seen", "x")  # noqa: E731
LISTED = lambda s: s.where("x > 0.5", s.emit("spike", "k"))  # noqa: E731
TOGETHER = {
    "the same element": [("next", CELLS, X, TWICE)],
    "nothing in common": [("next", CELLS, Y, lambda s: s.code("y = 2.0*y")[0])],
    "numbers of events": [
        ("next", CELLS, {"n": "count"}, lambda s: Accumulate("n", s.tree("1"))),
    ],
    "past what is indifferent": [
        ("between", CELLS, {"x": ("y", "j"), "j": "order"}, SEEN),
        ("next", CELLS, X, TWICE),
    ],
    "an element's own events": [
        ("next", CELLS, X, LISTED),
        ("after", Events("spike"), X, lambda s: s.code("x = x - 1.0")[0]),
    ],
    "events in branches": [
        ("next", CELLS, X | Y, lambda s: s.where("x > 0.5", s.where("y > 0.4", LISTED(s)))),
        ("after", Events("spike"), X, lambda s: s.uniform("x", "stream")),
    ],
}  # fmt: skip
APART = {
    "another element": [("next", CELLS, OTHER_X | Y, lambda s: s.code("y = x")[0])],
    "what changes in between": [
        ("between", CELLS, {"sum": "total"}, lambda s: Accumulate("sum", s.tree("0.5"))),
        ("next", CELLS, X | {"sum": "total"}, lambda s: s.code("x = x + sum")[0]),
    ],
    "what is read in between": [("between", CELLS, X, SEEN), ("next", CELLS, X, TWICE)],
    "rows": [("next", CELLS, X, SEEN)],
    "sums of fractions": [
        ("next", CELLS, {"sum": "total"}, lambda s: Accumulate("sum", s.tree("0.5"))),
    ],
    "other elements": [("next", Elements("others"), {"z": "z"}, lambda s: s.code("z = 1.0")[0])],
    "events of others": [
        ("between", CELLS, OTHER_X, LISTED),
        ("next", Events("other"), Y, lambda s: s.code("y = 2.0*y")[0]),
    ],
}  # fmt: skip


@pytest.fixture
def sketch(sketches):
    made = sketches.Sketch(steps=5)
    made.array("x", np.linspace(0, 1, 6), "cells")
    made.array("y", np.linspace(2, 1, 6), "cells")
    made.array("z", np.zeros(3), "others")
    made.array("total", 0.0)
    made.array("count", 0)
    made.index("order", np.roll(np.arange(6), 1), "cells")
    made.events("spike", "cells")
    made.events("other", "cells")
    made.record("seen", DType.FLOAT64)
    made.kernel("first", CELLS, X, "x = x + 0.3")
    return made


def with_kernels(sketch, sketches, kernels):
    for name, space, bindings, statement in kernels:
        sketch.kernel(name, space, bindings, statement(sketches))
    return sketch.finish()


@pytest.mark.parametrize("case", TOGETHER)
def test_kernels_become_one(sketch, sketches, case):
    program, memory = with_kernels(sketch, sketches, TOGETHER[case])
    fused = verify(fuse_kernels(program))

    assert len(fused.kernels) == 1 + ("between" in names(program))
    sketches.same(sketches.run(fused, memory, Numpy()), sketches.run(program, memory, Numpy()))


@pytest.mark.parametrize("case", APART)
def test_kernels_stay_apart(sketch, sketches, case):
    program, _ = with_kernels(sketch, sketches, APART[case])

    assert names(fuse_kernels(program)) == names(program)


def test_other_clocks_types_and_pauses_keep_kernels_apart(sketch, sketches):
    program, _ = with_kernels(sketch, sketches, TOGETHER["the same element"])
    first, second = program.kernels
    narrow = replace(second, real=DType.FLOAT32)
    stored = replace(second.bindings[0], dtype=DType.FLOAT32)
    slow = Clock("slow")
    other_clock = replace(
        program,
        clocks=(*program.clocks, slow),
        arrays=(*program.arrays, *slow.arrays),
        kernels=(first, replace(second, clock="slow")),
    )
    paused = (program.launches[0], Pause("look", "clock", "synapses", 0), program.launches[1])
    for changed in (
        other_clock,
        replace(program, kernels=(first, narrow)),
        replace(program, kernels=(first, replace(second, bindings=(stored,)))),
        replace(program, launches=paused),
    ):
        assert len(fuse_kernels(verify(changed)).kernels) == 2


def test_problems_keep_their_numbers(sketch, sketches):
    check = lambda name: lambda s: Check(s.tree("x < 9.0"), name)  # noqa: E731
    kernels = [
        ("between", Elements("others"), {"x": "z"}, check("others.z")),
        ("next", CELLS, X, check("cells.x")),
    ]
    program, _ = with_kernels(sketch, sketches, kernels)

    assert program.problems == ("others.z", "cells.x")
    assert fuse_kernels(program) is program


# --------------------------------------------------------------------------------- any program


def random_kernel(sketch, sketches, number, random, filled):
    """A kernel that reads and changes a few of few arrays, each in one of several ways."""
    kind = random.integers(5)
    events = [f"event{n}" for n in filled]
    space = Events(random.choice(events)) if events and random.random() < 0.4 else CELLS
    own, seen = (f"a{n}" for n in random.integers(3, size=2))
    bindings = {"own": own}
    if random.random() < 0.5 and seen != own:
        far = random.random() < 0.4
        bindings |= {"seen": (seen, "j"), "j": "order"} if far else {"seen": seen}
    value = "own*0.5 + seen" if "seen" in bindings else "own*0.9 + 0.1"
    body = [f"local = {value}", "own = local"]
    prologue = ("scale = 2.0*0.5",) if random.random() < 0.5 else ()
    if prologue:
        body.append("own = own*scale")
    if kind == 1 and isinstance(space, Elements) and len(filled) < 2:
        filled.append(len(filled))
        body.append(sketches.where("local > 0.4", sketches.emit(f"event{filled[-1]}", "k")))
    if kind == 2:
        body.insert(0, sketches.uniform("noise", f"stream{number}"))
        body.append("own = own + noise")
    if kind == 3:
        body = [sketches.emit("seen", "own")]
    if kind == 4:
        bindings["n"] = "count"
        body.append(Accumulate("n", sketches.tree("1")))
    sketch.kernel(f"kernel_{number}", space, bindings, *body, prologue=prologue)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_program_computes_the_same_bits_when_it_is_fused(sketches, seed):
    random = np.random.default_rng(seed)
    sketch = sketches.Sketch(steps=4, instances=2)
    for number in range(3):
        sketch.array(f"a{number}", random.random((2, 9)), "cells")
    sketch.array("count", 0)
    sketch.index("order", random.permutation(9), "cells")
    for number in range(2):
        sketch.events(f"event{number}", "cells")
    sketch.record("seen", DType.FLOAT64)
    filled = []
    for number in range(7):
        random_kernel(sketch, sketches, number, random, filled)
    program, memory = sketch.finish()

    fused = verify(fuse_kernels(program))

    sketches.same(sketches.run(fused, memory, Numpy()), sketches.run(program, memory, Numpy()))
