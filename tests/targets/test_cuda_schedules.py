"""The kernels of devices on the processor: the bits of C++ in every mode and order of threads."""

import numpy as np
import pytest
from cuda_models import MODELS, population
from emulation import ORDERS, emulated, quick, with_shared_parts_compiled

from eqsim.build.library import build_library
from eqsim.build.toolchain import find_compiler
from eqsim.expressions.statements import Check, While
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Elements, Events
from eqsim.runtime.engine import Library
from eqsim.runtime.memory import replicate
from eqsim.runtime.simulation import CheckFailedError
from eqsim.targets import Cpp, Numpy
from eqsim.targets.c_program import run_buffers
from eqsim.targets.cuda.sharing import Sharing, sharing
from eqsim.targets.cuda.target import MODES, opened, render_cuda

pytestmark = [pytest.mark.compiler, pytest.mark.cuda]
INSTANCES, STEPS = 2, 30
SCHEDULES = (
    ("launches", "forwards"),
    ("launches", "backwards"),
    ("launches", "2"),
    ("graph", "backwards"),
    ("graph", "1"),
    ("persistent", "forwards"),
    ("persistent", "backwards"),
    ("persistent", "2"),
)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@pytest.fixture
def toolchain():
    found = find_compiler()
    if found is None:
        pytest.skip("there is no C++ compiler")
    return quick(found)


def library_of(program, toolchain, sums="fixed"):
    sources = with_shared_parts_compiled(emulated(render_cuda(program, sums)), toolchain)
    return Library(str(build_library(sources, toolchain)))


def run(simulation, program):
    assert simulation.advance(STEPS // 3) == STEPS // 3
    early = {b.name: simulation.take(b.name) for b in run_buffers(program)}
    simulation.advance(STEPS)
    late = {b.name: simulation.take(b.name) for b in run_buffers(program)}
    simulation.close()
    return [early, late]


def instances_of(lowered, steps=STEPS):
    """Return memory for several instances that differ in their noise and in their state."""
    memory = replicate(lowered.program, lowered.memory, INSTANCES)
    for name, clock in lowered.clocks.items():
        memory.arrays[f"{name}.dt"][...] = clock.dt_
        memory.arrays[f"{name}.end"][...] = steps
    if "random.key" in memory.arrays:
        memory.arrays["random.key"][1] += 12345
    return memory


def bits(recorded):
    return [
        (name, number, [column.tobytes() for column in columns])
        for part in recorded
        for name, instances in part.items()
        for number, columns in enumerate(instances)
    ]


@every_model
def test_all_bits_are_those_of_cpp_in_every_mode_and_order(model, toolchain, monkeypatch):
    lowered = model().lower({})
    program = lowered.program
    expected_memory = instances_of(lowered)
    expected = run(Cpp(threads=1).open(program, expected_memory), program)
    library = library_of(program, toolchain)

    for mode, order in SCHEDULES:
        monkeypatch.setenv("EQSIM_EMULATED_ORDER", order)
        memory = instances_of(lowered)
        found = run(opened(library, program, memory, MODES.index(mode)), program)

        assert bits(found) == bits(expected), (mode, order)
        for name, values in memory.arrays.items():
            assert values.tobytes() == expected_memory.arrays[name].tobytes(), (mode, name)


def test_the_models_have_every_way_to_share_a_kernel():
    programs = [model().lower({}).program for model in MODELS]
    found = {sharing(p, kernel, "fixed") for p in programs for kernel in p.kernels}

    assert found == set(Sharing) - {Sharing.ALONE}


def test_fast_sums_differ_by_rounding_only(toolchain, monkeypatch):
    lowered = MODELS[4]().lower({})
    program = lowered.program
    expected_memory = instances_of(lowered, steps=10)
    Cpp(threads=1).open(program, expected_memory).advance(10)
    library = library_of(program, toolchain, "fast")
    different = set()
    for order in ORDERS:
        monkeypatch.setenv("EQSIM_EMULATED_ORDER", order)
        memory = instances_of(lowered, steps=10)
        opened(library, program, memory, 1).advance(10)
        for name, values in memory.arrays.items():
            np.testing.assert_allclose(
                values, expected_memory.arrays[name], rtol=1e-12, atol=1e-14
            )
        different.add(memory.arrays["target.g"].tobytes())
    assert len(different) > 1


def failing(sketches):
    """Elements that fail at different steps, in two kernels of which one visits events."""
    sketch = sketches.Sketch(steps=400, instances=3)
    spikes = sketch.spikes("cells", np.linspace(0.2, 0.9, 600))
    sketch.array("x", np.zeros((3, 600)), "cells")
    sketch.array("limit", np.full((3, 600), 1e6), "cells")
    sketch.record("seen", DType.FLOAT64)
    sketch.kernel("grow", Elements("cells"), {"x": "x", "limit": "limit"}, "x = x + 1.0",
                  Check(sketches.tree("x < limit"), "cells.x"))  # fmt: skip
    sketch.kernel("reset", Events(spikes), {"x": "x", "limit": "limit"},
                  Check(sketches.tree("x < limit - 5.0"), "cells.event"))  # fmt: skip
    sketch.kernel("keep", Elements("cells"), {"x": "x"}, sketches.emit("seen", "x"))
    return sketch.finish()


def advance_in_parts(simulation):
    while simulation.advance(150) == 150:
        pass


def failed_check(simulation):
    with pytest.raises(CheckFailedError) as raised:
        advance_in_parts(simulation)
    rows = [len(columns[0]) for columns in simulation.take("seen")]
    simulation.close()
    failed = raised.value
    return failed.problem, failed.instance, failed.element, failed.step, rows


def test_the_check_that_fails_first_is_told_and_nothing_happens_after_it(
    sketches, toolchain, monkeypatch
):
    program, memory = failing(sketches)
    library = library_of(program, toolchain)
    found = []
    for limits in ({(0, 0): 300, (2, 599): 170, (1, 300): 170}, {(2, 77): 20, (1, 80): 21}):
        for place, limit in limits.items():
            memory.arrays["limit"][place] = limit
        reference = sketches.copied(memory)
        expected = failed_check(Numpy().open(program, reference))
        for mode in ("launches", "graph"):
            for order in ORDERS[:2]:
                monkeypatch.setenv("EQSIM_EMULATED_ORDER", order)
                own = sketches.copied(memory)
                simulation = opened(library, program, own, MODES.index(mode))
                assert failed_check(simulation) == expected
                assert own.arrays["x"].tobytes() == reference.arrays["x"].tobytes()
        persistent = opened(library, program, sketches.copied(memory), 3)
        assert failed_check(persistent)[:4] == expected[:4]
        found.append(expected)
    assert found[0] != found[1]


def test_each_element_makes_passes_of_its_own(sketches, toolchain):
    sketch = sketches.Sketch(steps=4, instances=2)
    sketch.array("x", np.linspace(0, 3, 1200).reshape(2, 600), "cells")
    sketch.array("n", np.zeros(600, np.int32), "cells")
    loop = While(sketches.tree("x > 0.1"), sketches.code("x = 0.7*sin(x)", "n = n + 1"))
    sketch.kernel("fall", Elements("cells"), {"x": "x", "n": "n"}, loop, "x = x + 0.5")
    program, memory = sketch.finish()
    expected, _ = sketches.run(program, memory, Numpy())

    found = sketches.copied(memory)
    opened(library_of(program, toolchain), program, found, 1).advance(10)

    assert len(np.unique(expected["n"])) > 3
    for name in ("x", "n"):
        assert found.arrays[name].tobytes() == expected[name].tobytes()


# --------------------------------------------------------------------------------------- faults


def test_too_little_memory_is_told_by_array_before_anything_is_taken(toolchain, monkeypatch):
    lowered = population().lower({})
    monkeypatch.setenv("EQSIM_EMULATED_MEMORY", "200000")
    memory = instances_of(lowered)
    simulation = opened(library_of(lowered.program, toolchain), lowered.program, memory, 1)

    with pytest.raises(
        Exception, match=r"the device has too little memory for '\w+'\n"
    ) as failure:
        simulation.advance(10)
    text = str(failure.value)
    assert "200.0 kB of 200.0 kB are free" in text
    assert "  all that takes more than a hundredth:\n    " in text
    simulation.close()


def test_a_failing_kernel_is_named_with_its_step(toolchain, monkeypatch):
    lowered = population().lower({})
    library = library_of(lowered.program, toolchain)
    monkeypatch.setenv("EQSIM_EMULATED_FAULT", "60")
    simulation = opened(library, lowered.program, instances_of(lowered), 1)

    with pytest.raises(
        RuntimeError,
        match=r"(?s)the device failed: an illegal memory access was encountered\n"
        r"  the kernel that began last is '.*\n  in step \d+",
    ):
        simulation.advance(30)
    simulation.close()
    monkeypatch.delenv("EQSIM_EMULATED_FAULT")
    assert opened(library, lowered.program, instances_of(lowered), 1).advance(3) == 3
