"""Checks: which failure counts, and where a run then stands, is the same on every target."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim.expressions.statements import Check
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Elements, Events, Lifetime, Once, Rows
from eqsim.runtime.simulation import CheckFailedError
from eqsim.targets import Numpy
from eqsim.targets.cpp.target import render_cpp

N = 300
"""Several shares of each of four threads."""


def check(sketches, fine, problem):
    return Check(sketches.tree(fine), problem)


def failure(program, memory, target, ticks=100):
    """What failed, and the arrays and records after it."""
    memory = memory.__class__(
        memory.instances, memory.extents, {n: v.copy() for n, v in memory.arrays.items()}
    )
    simulation = target.open(program, memory)
    with pytest.raises(CheckFailedError) as raised:
        simulation.advance(ticks)
    failed = raised.value
    records = [b.name for b in program.buffers if b.lifetime is Lifetime.RUN]
    rows = [[c.tobytes() for c in r] for name in records for r in simulation.take(name)]
    simulation.close()
    found = failed.problem, failed.instance, failed.element, failed.step
    return found, {n: v.tobytes() for n, v in memory.arrays.items()}, rows


def counting(sketches, limits, *, fine="n < limit", locals_=(), instances=1, real=DType.FLOAT64):
    """Numbers that grow by one in each step, each up to its own limit, all recorded."""
    sketch = sketches.Sketch(steps=50, instances=instances)
    number = real.numpy.type
    sketch.array("n", np.zeros(N, number), "cells")
    sketch.array("limit", np.asarray(limits, number), "cells")
    sketch.record("seen", DType.FLOAT64)
    sketch.kernel("count", Elements("cells"), {"n": "n", "limit": "limit"}, "n = n + 1.0",
                  *locals_, check(sketches, fine, "cells.limit"), real=real)  # fmt: skip
    sketch.kernel("keep", Elements("cells"), {"n": "n"}, sketches.emit("seen", "n"))
    return sketch


def limits(**failing):
    found = np.full(N, 1e6)
    for element, limit in failing.items():
        found[int(element[1:])] = limit
    return found


@pytest.mark.parametrize("real", [DType.FLOAT64, DType.FLOAT32])
@pytest.mark.parametrize(
    "changed", [{}, {"fine": "_left > 0.0", "locals_": ("_left = limit - n",)}], ids=["", "locals"]
)
@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        ({"_299": 7}, ("cells.limit", 0, 299, 6)),
        ({"_299": 7, "_0": 7, "_130": 7}, ("cells.limit", 0, 0, 6)),
        ({"_299": 6, "_0": 7, "_130": 6, "_131": 6}, ("cells.limit", 0, 130, 5)),
    ],
)
def test_the_first_step_and_in_it_the_first_element_counts(
    sketches, each_target, failing, expected, changed, real
):
    program, memory = counting(sketches, limits(**failing), real=real, **changed).finish()

    found = failure(program, memory, each_target)

    assert found[0] == expected
    assert found == failure(program, memory, Numpy())
    step = expected[-1]
    assert np.frombuffer(found[1]["clock.timestep"], np.int64)[0] == step + 1
    assert np.unique(np.frombuffer(found[1]["n"], real.numpy)).tolist() == [step + 1]
    assert len(found[2][0][0]) == 8 * N * (step + 1)


def test_among_instances_the_first_counts(sketches, each_target):
    sketch = counting(sketches, [limits(), limits(_250=9), limits(_3=9)], instances=3)
    program, memory = sketch.finish()

    found = failure(program, memory, each_target)

    assert found[0] == ("cells.limit", 1, 250, 8)
    assert found == failure(program, memory, Numpy())


def test_among_problems_the_first_of_the_program_counts(sketches, each_target):
    sketch = counting(sketches, limits(_200=4))
    total = {"total": sketch.array("total", np.float64(0))}
    sketch.kernel("once", Once(), total, "total = total + 1.0",
                  check(sketches, "total < 4.0", "total.limit"))  # fmt: skip
    sketch.kernels.insert(0, sketch.kernels.pop())
    program, memory = sketch.finish()

    found = failure(program, memory, each_target)

    assert program.problems == ("total.limit", "cells.limit")
    assert found[0] == ("total.limit", 0, 0, 3)
    assert found == failure(program, memory, Numpy())


def test_several_checks_of_a_kernel_are_told_apart(sketches, each_target):
    sketch = sketches.Sketch(steps=20)
    sketch.array("x", np.linspace(0, 1, N), "cells")
    sketch.array("y", np.linspace(1, 0, N), "cells")
    sketch.kernel("grow", Elements("cells"), {"x": "x", "y": "y"}, "x = x + 1.0", "y = y + 1.0",
                  check(sketches, "y < 5.9", "y"), check(sketches, "x < 5.9", "x"))  # fmt: skip
    program, memory = sketch.finish()

    found = failure(program, memory, each_target)

    assert found[0] == ("y", 0, 0, 4)
    assert found == failure(program, memory, Numpy())


def test_checks_of_events_and_of_entries_of_tables(sketches, each_target):
    sketch = sketches.Sketch(steps=40)
    spikes = sketch.spikes("cells", np.linspace(0.2, 0.9, 130))
    sketch.array("x", np.linspace(0, 3, 130), "cells")
    sketch.array("w", np.linspace(1, 20, 390), "synapses")
    begin = sketches.rows_of(np.repeat(np.arange(130), 3), 130)
    sketch.table("outgoing", "synapses", "cells", "synapses", begin)
    sketch.kernel("reset", Events(spikes), {"x": "x"}, "x = x + 1.0",
                  check(sketches, "x < 11.0", "cells.x"))  # fmt: skip
    sketch.kernel("grow", Rows("outgoing", "source"), {"w": "w"}, "w = 1.01*w",
                  check(sketches, "w < 25.0", "synapses.w"))  # fmt: skip
    program, memory = sketch.finish()

    memory.arrays["w"][:] = 0
    found = failure(program, memory, each_target)
    assert found[0][0] == "cells.x"
    assert found == failure(program, memory, Numpy())

    memory.arrays["x"][:] = -1e6
    memory.arrays["w"][:] = np.linspace(1, 20, 390)
    found = failure(program, memory, each_target)
    assert found[0][0] == "synapses.w"
    assert found == failure(program, memory, Numpy())


def test_a_simulation_goes_on_when_its_values_are_mended(sketches, each_target):
    program, memory = counting(sketches, limits(_200=4)).finish()
    memory = sketches.copied(memory)
    simulation = each_target.open(program, memory)
    with pytest.raises(CheckFailedError, match=r"'cells\.limit' failed for element 200 of"):
        simulation.advance(100)

    memory.arrays["limit"][:] = 8
    assert simulation.advance(2) == 2
    with pytest.raises(CheckFailedError) as raised:
        simulation.advance(100)
    assert (raised.value.element, raised.value.step) == (0, 7)


def test_checks_of_stored_values_leave_a_loop_in_vectors(sketches):
    program, _ = counting(sketches, limits()).finish()

    text = render_cpp(program).text("simulation.cpp")

    assert "#pragma omp simd reduction(+ : failed_)" in text


@pytest.mark.parametrize(
    ("fine", "stored", "body"),
    [
        ("_y < 3.0", np.float64, ("_y = x",)),
        ("x < 3.0", np.float32, ()),
    ],
)
def test_checks_of_other_values_are_made_one_by_one(sketches, each_target, fine, stored, body):
    sketch = sketches.Sketch(steps=9)
    sketch.array("x", np.linspace(0, 1, N).astype(stored), "cells")
    sketch.kernel("grow", Elements("cells"), {"x": "x"}, "x = x + 1.0", *body,
                  check(sketches, fine, "x"))  # fmt: skip
    kernel = sketch.kernels[0]
    binding = kernel.bindings[0].__class__("x", "x", DType.FLOAT64)
    sketch.kernels[0] = sketches.replace(kernel, bindings=(binding,))
    program, memory = sketch.finish()

    assert "omp simd" not in render_cpp(program).text("simulation.cpp")
    assert failure(program, memory, each_target) == failure(program, memory, Numpy())
