"""Loops over one element, and checks: their rules, their types, and what passes do to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eqsim.expressions.parser import parse_expression
from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Check,
    Distribution,
    Draw,
    Emit,
    MatrixExponential,
    While,
)
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    Array,
    Binding,
    Buffer,
    Clock,
    Column,
    Elements,
    Kernel,
    Launch,
    Lifetime,
    Once,
    Program,
    Role,
)
from eqsim.program.passes.hoisting import hoist_invariants
from eqsim.program.passes.powers import expand_powers
from eqsim.program.passes.sharing import share_subexpressions
from eqsim.program.passes.unused import remove_unused
from eqsim.program.printer import statement_lines
from eqsim.program.types import name_types
from eqsim.program.verify import InvalidProgramError, verify
from eqsim.source import Source

CLOCK, OTHER_CLOCK = Clock("clock"), Clock("other")


def tree(text):
    return parse_expression(Source(text))


def code(*lines):
    made = []
    for line in lines:
        target, _, value = line.partition(" = ") if isinstance(line, str) else ("", "", "")
        made.append(Assign(target, tree(value)) if isinstance(line, str) else line)
    return tuple(made)


def loop(condition, *lines):
    return While(tree(condition), code(*lines))


def program_of(*lines, real=DType.FLOAT64, space=None, prologue=()):
    """A program with one kernel over ``v``, ``w`` (fractions) and ``n`` (integers)."""
    arrays = (
        *(Array(f"group.{name}", real, "group", True, Role.STATE) for name in ("v", "w")),
        Array("group.n", DType.INT32, "group", True, Role.STATE),
        *(Array(name, DType.FLOAT64, None, True, Role.CONSTANT) for name in ("g", "h")),
    )
    bindings = [Binding(name, f"group.{name}", real) for name in ("v", "w")]
    bindings += [Binding("n", "group.n", DType.INT64)]
    bindings += [Binding(name, name, DType.FLOAT64) for name in ("g", "h")]
    kernel = Kernel(
        "update", space or Elements("group"), "i", "clock", real, tuple(bindings),
        code(*prologue), code(*lines),
    )  # fmt: skip
    return Program(
        name="loops",
        extents=("group",),
        clocks=(CLOCK, OTHER_CLOCK),
        arrays=(*CLOCK.arrays, *OTHER_CLOCK.arrays, *arrays),
        buffers=(Buffer("record", (Column("v", DType.FLOAT64),), Lifetime.RUN),),
        streams=("noise",),
        kernels=(kernel,),
        launches=(Launch("update", "groups", 0),),
    )


def lines_of(program):
    return list(statement_lines(program.kernels[0].body))


def refusal(program):
    with pytest.raises(InvalidProgramError) as raised:
        verify(program)
    return str(raised.value)


COUNTED = ("_count = 0", loop("_count < n", "v = 2.0*v", "_count = _count + 1"))
FINE = Check(tree("v < 1e9"), "group.large")

# --------------------------------------------------------------------------------------- rules


def test_loops_and_checks_are_valid():
    inner = Branch(tree("v > 1.0"), code("v = 1.0"))
    exponential = MatrixExponential(("_e",), (tree("v"),))

    verify(program_of(*COUNTED, loop("v < w", exponential, "v = v + _e", inner), FINE))
    verify(program_of(Branch(tree("v < w"), (FINE, *code(*COUNTED)))))


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (Emit("record", (tree("v"),)), "Emit"),
        (Accumulate("v", tree("w")), "Accumulate"),
        (Draw("_r", Distribution.UNIFORM, (), "noise"), "Draw"),
        (FINE, "Check"),
        (While(tree("v < w"), code("v = v + 1.0")), "While"),
        (Branch(tree("v < w"), (Draw("_r", Distribution.UNIFORM, (), "noise"),)), "Draw"),
    ],
)
def test_a_loop_defines_and_assigns_only(statement, kind):
    program = program_of(loop("v < w", statement, "v = v + 1.0"))

    assert f"update: a loop has a {kind}" in refusal(program)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((loop("_x < w", "_x = v"),), "the body uses '_x' before it is defined"),
        ((loop("v < w", "v = 1.0 + _x", "_x = v"),), "the body uses '_x' before it is defined"),
        ((loop("v < w", "_x = v", "v = 2.0*v"), "w = _x"), "uses '_x' before it is defined"),
        ((loop("v + w", "v = w"),), "the condition v + w is no truth value"),
        ((Check(tree("v + w"), "sum"),), "the condition v + w is no truth value"),
        ((loop("v < w", "i = 1"),), "the body changes 'i'"),
        ((loop("v < w", "g = v"),), "several elements write the single value 'g'"),
    ],
)
def test_what_breaks_a_rule_is_refused(lines, problem):
    assert problem in refusal(program_of(*lines))


def test_the_prologue_has_neither_loops_nor_checks():
    assert "the prologue has a While" in refusal(program_of(prologue=(loop("g < h"),)))
    assert "the prologue has a Check" in refusal(program_of(prologue=(Check(tree("g < h"), "g"),)))


@pytest.mark.parametrize(
    ("first", "then", "problem"),
    [
        ("_x = 0", "_x = _x + v", "a loop makes '_x', which is int64, a float64"),
        ("_x = v < w", "_x = 2", "a loop makes '_x', which is bool, a int64"),
        ("_x = v < w", "_x = v", "a loop makes '_x', which is bool, a float64"),
    ],
)
def test_what_is_carried_stays_the_kind_of_number_that_it_is(first, then, problem):
    assert problem in refusal(program_of(first, loop("v < w", then, "v = v + 1.0")))


def test_a_problem_is_one_of_elements_of_one_kind_and_clock():
    program = program_of(FINE)
    kernel = program.kernels[0]
    for changed in (replace(kernel, clock="other"), replace(kernel, space=Once(), body=(
        Check(tree("g < h"), "group.large"),), bindings=kernel.bindings[3:])):  # fmt: skip
        other = replace(changed, name="other")
        launches = (*program.launches, Launch("other", "groups", 1))
        wrong = replace(program, kernels=(kernel, other), launches=launches)

        assert refusal(wrong) == "'group.large' is noted of elements of several kinds"


def test_problems_are_numbered_in_the_order_of_the_program():
    first, second = Check(tree("v < w"), "b"), Check(tree("w < v"), "a")

    assert program_of(first, Branch(tree("v < w"), (second, first)), FINE).problems == (
        "b", "a", "group.large",
    )  # fmt: skip
    assert program_of(*COUNTED).problems == ()


# --------------------------------------------------------------------------------------- types


@pytest.mark.parametrize("real", [DType.FLOAT32, DType.FLOAT64])
def test_what_is_carried_keeps_its_type(real):
    program = program_of(
        "_count = 0", "_x = v", "_s = g", "_on = v < w",
        loop("_on and _count < 9", "_new = _x + g", "_x = _new", "_s = _s + 1", "_h = _s*2.0",
             "_on = _h < _s", "_count = _count + 1"),
        "v = _x", "n = _count", real=real,
    )  # fmt: skip

    types = name_types(verify(program).kernels[0])

    assert types["_count"] is DType.INT64
    assert types["_on"] is DType.BOOLEAN
    assert types["_x"] is real
    assert (types["_new"], types["_s"], types["_h"]) == (DType.FLOAT64,) * 3


# -------------------------------------------------------------------------------------- passes


def test_what_is_the_same_for_all_elements_leaves_the_loop():
    exponential = MatrixExponential(("_e",), (tree("g*h"),))
    program = program_of("_k = g", loop("v < g + h", exponential, "v = v + _e*(g - h)", "_k = w"))

    hoisted = verify(hoist_invariants(program))

    assert lines_of(hoisted) == [
        "_k = g",
        "while v < _invariant_0:",
        "  v = v + _invariant_1",
        "  _k = w",
    ]
    assert list(statement_lines(hoisted.kernels[0].prologue)) == [
        "_invariant_0 = g + h",
        "_e = exponential of [g * h]",
        "_invariant_1 = _e * (g - h)",
    ]


def test_powers_in_loops_are_expanded():
    assert (
        lines_of(expand_powers(program_of(loop("v**2 < w", "v = w**2"))))[0] == "while v * v < w:"
    )


def test_a_pass_shares_what_it_computes_with_itself_only():
    program = program_of(
        "v = exp(w) + exp(w)*2.0",
        loop(
            "exp(v) < exp(w) + exp(w)", "_a = exp(v) + exp(w)", "v = exp(v)*exp(w)", "w = exp(v)"
        ),
        "n = int(exp(w) + exp(w))",
    )

    shared = lines_of(verify(share_subexpressions(program)))

    assert shared == [
        "_shared_0 = exp(w)",
        "v = _shared_0 + _shared_0 * 2.0",
        "while exp(v) < exp(w) + exp(w):",
        "  _pass_0_0 = exp(v)",
        "  _pass_0_1 = exp(w)",
        "  _a = _pass_0_0 + _pass_0_1",
        "  v = _pass_0_0 * _pass_0_1",
        "  w = exp(v)",
        "_shared_1 = exp(w)",
        "n = int(_shared_1 + _shared_1)",
    ]


def test_checks_keep_what_they_read():
    program = program_of("v = w*w", Check(tree("w*w - w*w == 0.0"), "group.w"))

    assert lines_of(share_subexpressions(program)) == lines_of(program)
    assert lines_of(remove_unused(program)) == lines_of(program)


def test_a_loop_stays_as_far_as_anything_reads_what_it_does():
    program = program_of(
        "_count = 0", "_s = v", "_old = 0.0", "_idle = 1.0", "_late = 0.0",
        loop("_count < n", "_s = _s + _old", "_late = _s", "_old = _late", "_idle = _idle*2.0",
             "_unread = v", "_count = _count + 1"),
        "v = _s",
    )  # fmt: skip

    assert lines_of(verify(remove_unused(program))) == [
        "_count = 0",
        "_s = v",
        "_old = 0.0",
        "_late = 0.0",
        "while _count < n:",
        "  _s = _s + _old",
        "  _late = _s",
        "  _old = _late",
        "  _count = _count + 1",
        "v = _s",
    ]


def test_a_loop_that_nothing_reads_goes_with_what_it_needs():
    program = program_of("_count = 0", loop("_count < n", "_count = _count + 1"), "v = w")

    assert lines_of(remove_unused(program)) == ["v = w"]


def test_loops_and_checks_have_a_text():
    assert lines_of(program_of(*COUNTED, FINE)) == [
        "_count = 0",
        "while _count < n:",
        "  v = 2.0 * v",
        "  _count = _count + 1",
        "note group.large unless v < 1000000000.0",
    ]
