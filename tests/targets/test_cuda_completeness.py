"""Every kind of statement, index space, buffer and type has CUDA, or is refused in words."""

import dataclasses
import re
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from eqsim.expressions import statements
from eqsim.expressions.nodes import Kind, Literal
from eqsim.expressions.statements import (
    Branch,
    Check,
    Distribution,
    Draw,
    Emit,
    Gather,
    Invoke,
    While,
)
from eqsim.program import nodes
from eqsim.program.dtypes import DType
from eqsim.program.functions import ForeignCode, ProgramFunction
from eqsim.program.nodes import (
    Arrivals,
    Elements,
    Events,
    IndexSpace,
    Launch,
    Lifetime,
    Moments,
    Once,
    Pause,
    Rows,
)
from eqsim.targets.cuda.sharing import Sharing, sharing
from eqsim.targets.cuda.target import render_cuda


def complete(sketches):
    """A program that has everything."""
    sketch = sketches.Sketch(steps=5)
    sketch.array("cells.x", np.zeros(40), "cells")
    for dtype in DType:
        sketch.array(f"cells.{dtype.value}", np.zeros(40, dtype.numpy), "cells")
    return sketch


def test_each_index_space_has_ways_to_share_it():
    spaces = set(get_args(IndexSpace))

    assert spaces == {Once, Elements, Events, Rows, Arrivals, Moments}
    assert {way.name for way in Sharing} == {
        "ALONE", "ONCE", "BLOCK", "TILES", "ENTRIES", "ROWS", "TARGETS", "SEGMENTS",
    }  # fmt: skip


def test_the_kinds_of_places_buffers_and_statements_are_those_that_are_known():
    """Whoever adds one has to say here that it has CUDA."""
    assert {launch.__name__ for launch in (Launch, Pause)} == {"Launch", "Pause"}
    assert set(Lifetime) == {Lifetime.STEP, Lifetime.HISTORY, Lifetime.RUN}
    assert {kind.__name__ for kind in get_args(statements.Statement)} == {
        "Assign", "Accumulate", "Draw", "Gather", "Invoke", "MatrixExponential", "Branch", "While",
        "Check", "Emit",
    }  # fmt: skip
    assert {field.name for field in dataclasses.fields(nodes.Binding)} == {
        "name", "array", "dtype", "index", "in_order",
    }  # fmt: skip


@pytest.mark.parametrize("dtype", list(DType), ids=lambda dtype: dtype.value)
def test_each_type_is_loaded_and_stored(sketches, dtype):
    sketch = complete(sketches)
    names = {"x": "cells.x", "y": f"cells.{dtype.value}"}
    sketch.kernel("copy", Elements("cells"), names, "x = y + 0" if dtype.is_float else "x = 1.0")

    text = render_cuda(sketch.finish()[0]).text("simulation.cu")

    assert f"cells_{dtype.value}" in text


@pytest.mark.parametrize("distribution", list(Distribution), ids=lambda each: each.value)
def test_each_distribution_is_drawn(sketches, distribution):
    counts = {Distribution.POISSON: 1, Distribution.BINOMIAL: 2, Distribution.BERNOULLI: 1}
    arguments = (Literal(0.5),) * counts.get(distribution, 0)
    sketch = complete(sketches)
    draw = Draw("u", distribution, arguments, "stream")
    sketch.kernel("draw", Elements("cells"), {"x": "cells.x"}, draw, "x = x + u")

    text = render_cuda(sketch.finish()[0]).text("simulation.cu")

    assert re.search(r"eqsim::\w+\(key_, 0u, step_, element_", text)


def test_each_statement_is_rendered(sketches):
    sketch = complete(sketches)
    sketch.array("table", [1.0, 2.0, 3.0], "table", per_instance=False)
    sketch.record("seen", DType.FLOAT64)
    sketch.kernel(
        "everything",
        Elements("cells"),
        {"x": "cells.x"},
        Gather("g", "table", Literal(1)),
        "x = x + g",
        While(sketches.tree("x > 10.0"), sketches.code("x = x - 1.0")),
        Branch(sketches.tree("x > 2.0"), sketches.code("x = 2.0")),
        Check(sketches.tree("x < 3.0"), "cells.x"),
        Emit("seen", (sketches.tree("x"),)),
    )

    text = render_cuda(sketch.finish()[0]).text("simulation.cu")

    for part in (
        "table[INT64_C(1)]",
        "while (",
        "if (x > ",
        "eqsim::note(",
        "record_.set<double>",
    ):
        assert part in text


def test_a_function_with_a_state_has_one_thread_for_all_instances(sketches):
    sketch = complete(sketches)
    sketch.kernel("call", Elements("cells"), {"x": "cells.x"}, "x = x + 1.0")
    program = sketch.finish()[0]
    code = (("cpp", ForeignCode("double counted(double x) { static double n; return x + ++n; }")),)
    function = ProgramFunction("counted", "counted", (None,), Kind.FLOAT, False, None, code)
    kernel = program.kernels[0]
    invoke = Invoke("y", "counted", (sketches.tree("x"),))
    kernel = replace(kernel, body=(invoke, *sketches.code("x = y")))
    program = replace(program, kernels=(kernel,), functions=(function,))

    assert sharing(program, kernel, "fixed") is Sharing.ALONE
    text = render_cuda(program)
    assert "eqsim_persistent(" not in text.text("simulation.cu")
    assert "__device__ double counted(double x)" in text.text("functions.h")
