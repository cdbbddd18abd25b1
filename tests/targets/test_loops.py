"""Loops over one element: each makes passes of its own, with the same bits on every target."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim.expressions.nodes import Select
from eqsim.expressions.statements import Assign, Gather, MatrixExponential, While
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Elements, Events, Rows
from eqsim.program.passes import optimise
from eqsim.program.verify import verify
from eqsim.targets import Numpy
from eqsim.targets.cpp.target import render_cpp

N = 200


def chosen(sketches, target, condition, first, second):
    return Assign(target, Select(*map(sketches.tree, (condition, first, second))))


def adaptive(sketches, real=DType.FLOAT64, instances=1):
    """Steps of an equation in parts, whose number is another one for each element."""
    sketch = sketches.Sketch(steps=4, instances=instances)
    number = real.numpy.type
    state = np.linspace(0.1, 3, instances * N).astype(number)
    sketch.array("v", state.reshape(instances, N), "cells")
    sketch.array("passes", np.zeros(N, np.int32), "cells")
    sketch.array("rate", np.linspace(0, 40, N).astype(number), "cells")
    sketch.array("length", number(0.1))
    sketch.array("drive", np.linspace(-1, 1, 7), "table", per_instance=False)
    body = (
        "_s = 0.0",
        "_h = length",
        "_x = v",
        "_count = 0",
        While(
            sketches.tree("_s < length*(1.0 - 1e-4) and _count < 200"),
            sketches.code(
                Gather("_d", "drive", sketches.tree("clip(int(10.0*_s), 0, 6)")),
                "_k = rate*(sin(_x) - _x) + _d",
                "_new = _x + _h*_k",
                "_end = _x + 0.5*_h*(_k + rate*(sin(_new) - _new) + _d)",
                "_fits = abs(_end - _new) < 1e-3",
                chosen(sketches, "_x", "_fits", "_end", "_x"),
                chosen(sketches, "_s", "_fits", "_s + _h", "_s"),
                chosen(sketches, "_factor", "_fits", "1.5", "0.4"),
                "_h = minimum(_h*_factor, length - _s)",
                sketches.where("_fits and _x > 2.0", "_x = 2.0 + 0.5*(_x - 2.0)"),
                "_count = _count + 1",
            ),
        ),
        "v = _x",
        "passes = passes + _count",
    )
    bound = {"v": "v", "passes": "passes", "rate": "rate", "length": "length"}
    sketch.kernel("adaptive", Elements("cells"), bound, *body, real=real)
    return sketch.finish()


@pytest.mark.parametrize("real", [DType.FLOAT64, DType.FLOAT32])
@pytest.mark.parametrize("instances", [1, 3])
def test_each_element_makes_its_own_passes(sketches, each_target, real, instances):
    program, memory = adaptive(sketches, real, instances)
    expected = sketches.run(program, memory, Numpy())

    found = sketches.run(program, memory, each_target)

    sketches.same(found, expected)
    assert len(np.unique(found[0]["passes"])) > 5
    sketches.same(sketches.run(verify(optimise(program)), memory, each_target), expected)


def test_what_a_loop_does_to_a_variable_is_stored_inside_branches_too(sketches, each_target):
    sketch = sketches.Sketch(steps=3)
    sketch.array("x", np.linspace(0, 9, 70), "cells")
    sketch.array("n", np.zeros(70, np.int32), "cells")
    loop = While(
        sketches.tree("x > 1.0"),
        sketches.code("x = x - 1.0", sketches.where("x > 5.0", "n = n + 1")),
    )
    sketch.kernel("fall", Elements("cells"), {"x": "x", "n": "n"},
                  sketches.where("x > 3.0", loop), "_left = 0.25*x", "x = x + _left")  # fmt: skip
    program, memory = sketch.finish()

    found = sketches.run(program, memory, each_target)

    plain, _ = sketches.run_plainly(program, memory)
    for name in ("x", "n"):
        assert found[0][name].tobytes() == plain[name].tobytes()
    assert set(found[0]["n"].flat) == {0, 1, 2, 3}


def test_loops_run_for_events_and_for_synapses(sketches, each_target):
    sketch = sketches.Sketch(steps=6)
    spikes = sketch.spikes("cells", np.linspace(0.2, 0.9, 70))
    sketch.array("x", np.linspace(0, 1, 70), "cells")
    sketch.array("w", np.linspace(1, 20, 210), "synapses")
    halved = While(sketches.tree("w > 2.0"), sketches.code("w = 0.5*w"))
    doubled = While(sketches.tree("x < 100.0"), sketches.code("x = 2.0*x + 1.0"))
    begin = sketches.rows_of(np.repeat(np.arange(70), 3), 70)
    sketch.table("outgoing", "synapses", "cells", "synapses", begin)
    sketch.kernel("reset", Events(spikes), {"x": "x"}, doubled)
    sketch.kernel("decay", Rows("outgoing", "source"), {"w": "w"}, "w = 1.5*w", halved)
    program, memory = sketch.finish()

    found = sketches.run(program, memory, each_target)

    plain, _ = sketches.run_plainly(program, memory)
    for name in ("x", "w"):
        assert found[0][name].tobytes() == plain[name].tobytes()
    assert (found[0]["x"] >= 100).any()


def test_a_matrix_exponential_in_a_loop_is_that_of_the_pass(sketches, each_target):
    sketch = sketches.Sketch(steps=2)
    sketch.array("x", np.linspace(0, 2, 130), "cells")
    entries = tuple(map(sketches.tree, ("0.1*_y", "0.2", "-0.3", "_y")))
    loop = While(
        sketches.tree("_y < 2.0"),
        (
            MatrixExponential(("_a", "_b", "_c", "_d"), entries),
            *sketches.code("_y = _y + 0.5*_a - 0.01*_b*_c*_d"),
        ),
    )
    sketch.kernel("push", Elements("cells"), {"x": "x"}, "_y = x", loop, "x = 0.5*_y")
    program, memory = sketch.finish()

    sketches.same(
        sketches.run(program, memory, each_target), sketches.run(program, memory, Numpy())
    )


def test_a_kernel_with_a_loop_is_no_loop_in_vectors(sketches):
    program, _ = adaptive(sketches)

    text = render_cpp(program).text("simulation.cpp")

    assert "while (" in text
    assert "omp simd" not in text
