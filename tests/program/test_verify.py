"""Each rule of the verifier refuses a program that breaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eqsim.expressions.nodes import Binary, BinaryOperator, Literal, Name, Select
from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Distribution,
    Draw,
    Emit,
    MatrixExponential,
)
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    Array,
    Binding,
    Buffer,
    Clock,
    Column,
    Elements,
    Events,
    Kernel,
    Launch,
    Lifetime,
    Once,
    Program,
    Role,
)
from eqsim.program.verify import InvalidProgramError, verify

CLOCK = Clock("clock")
V = Array("group.v", DType.FLOAT64, "group", True, Role.STATE)
G = Array("group.g", DType.FLOAT64, None, True, Role.STATE)
OTHER = Array("other.v", DType.FLOAT64, "other", True, Role.STATE)
INDEX = Array("indices", DType.INT32, "group", False, Role.INDEX)
SPIKES = Buffer("group.spike", (Column("i", DType.INT32),), Lifetime.STEP, "group")
RECORD = Buffer("record", (Column("v", DType.FLOAT64),), Lifetime.RUN)
ONE = Literal(1.0)

DRAW = Draw("_r", Distribution.UNIFORM, (), "noise")

UPDATE = Kernel(
    name="update",
    space=Elements("group"),
    index="i",
    clock="clock",
    real=DType.FLOAT64,
    bindings=(Binding("v", "group.v", DType.FLOAT64), Binding("g", "group.g", DType.FLOAT64)),
    prologue=(Assign("_twice", Binary(BinaryOperator.MULTIPLY, Literal(2.0), Name("g"))),),
    body=(Assign("v", Binary(BinaryOperator.ADD, Name("v"), Name("_twice"))),),
)
THRESHOLD = replace(
    UPDATE,
    name="threshold",
    prologue=(),
    body=(Branch(Literal(True), (Emit("group.spike", (Name("i"),)),)),),
)
RESET = replace(
    UPDATE,
    name="reset",
    space=Events("group.spike"),
    prologue=(),
    body=(Assign("v", Name("g")), Emit("record", (Name("v"),))),
)
VALID = Program(
    name="valid",
    extents=("group", "other"),
    clocks=(CLOCK,),
    arrays=(*CLOCK.arrays, V, G, OTHER, INDEX),
    buffers=(SPIKES, RECORD),
    streams=("noise",),
    kernels=(UPDATE, THRESHOLD, RESET),
    launches=tuple(Launch(name, "groups", 0) for name in ("update", "threshold", "reset")),
)


def with_update(**changes):
    return replace(VALID, kernels=(replace(UPDATE, **changes), THRESHOLD, RESET))


def with_threshold(**changes):
    return replace(VALID, kernels=(UPDATE, replace(THRESHOLD, **changes), RESET))


def with_reset(**changes):
    return replace(VALID, kernels=(UPDATE, THRESHOLD, replace(RESET, **changes)))


def with_arrays(*arrays):
    return replace(VALID, arrays=(*VALID.arrays, *arrays))


def bound(*more):
    return (*UPDATE.bindings, *more)


BROKEN = {
    "an extent twice": (
        replace(VALID, extents=("group", "other", "group")),
        "'group' appears twice among the extents",
    ),
    "an array twice": (with_arrays(V), "'group.v' appears twice among the arrays"),
    "an array named as a buffer": (
        with_arrays(replace(V, name="record")),
        "'record' appears twice",
    ),
    "a clock twice": (
        replace(VALID, clocks=(CLOCK, CLOCK)),
        "'clock' appears twice among the clocks",
    ),
    "a kernel twice": (
        replace(VALID, kernels=(*VALID.kernels, RESET)),
        "'reset' appears twice among the kernels",
    ),
    "a launch twice": (
        replace(VALID, launches=(*VALID.launches, VALID.launches[0])),
        "'update' appears twice among the launches",
    ),
    "a stream twice": (
        replace(VALID, streams=("noise", "noise")),
        "'noise' appears twice among the streams",
    ),
    "a kernel that is not launched": (
        replace(VALID, launches=VALID.launches[1:]),
        "'update' is not both a kernel and launched",
    ),
    "a launch of nothing": (
        replace(VALID, kernels=VALID.kernels[1:]),
        "'update' is not both a kernel and launched",
    ),
    "a clock without its arrays": (
        replace(VALID, arrays=VALID.arrays[1:]),
        "clock 'clock' lacks its array 'clock.dt'",
    ),
    "an array of unknown extent": (
        with_arrays(replace(V, name="w", extent="nobody")),
        "'w' has the unknown extent 'nobody'",
    ),
    "events without an extent": (
        replace(VALID, buffers=(replace(SPIKES, extent=None), RECORD)),
        "lives for a step and has no extent",
    ),
    "events of two columns": (
        replace(VALID, buffers=(replace(SPIKES, columns=SPIKES.columns * 2), RECORD)),
        "does not hold indices",
    ),
    "events of floats": (
        replace(VALID, buffers=(replace(SPIKES, columns=RECORD.columns), RECORD)),
        "does not hold indices",
    ),
    "an unknown clock": (with_update(clock="sundial"), "update: unknown clock 'sundial'"),
    "fractions in integers": (with_update(real=DType.INT64), "update: .* holds no fractions"),
    "a name bound twice": (with_update(bindings=bound(UPDATE.bindings[0])), "'v' is bound twice"),
    "the index bound as well": (
        with_update(bindings=bound(Binding("i", "group.g", DType.FLOAT64))),
        "'i' is bound twice",
    ),
    "an unknown index": (
        with_update(bindings=bound(Binding("w", "other.v", DType.FLOAT64, "j"))),
        "indexed by 'j', which is no index",
    ),
    "an index of fractions": (
        with_update(bindings=bound(Binding("w", "other.v", DType.FLOAT64, "g"))),
        "indexed by 'g', which is no index",
    ),
    "another group's variable": (
        with_update(bindings=bound(Binding("w", "other.v", DType.FLOAT64))),
        "'w' has extent 'other' in a kernel over 'group'",
    ),
    "an element's variable once": (
        with_update(space=Once(), prologue=(), body=()),
        "'v' has extent 'group' in a kernel over None",
    ),
    "an unknown extent": (
        with_update(space=Elements("nobody"), bindings=(), prologue=(), body=()),
        "unknown extent 'nobody'",
    ),
    "a prologue that reads an element": (
        with_update(prologue=(Assign("_twice", Name("v")),)),
        "the prologue uses 'v' before it is defined",
    ),
    "a prologue that draws": (
        with_update(prologue=(*UPDATE.prologue, Draw("_r", Distribution.UNIFORM, (), "noise"))),
        "the prologue has a Draw",
    ),
    "a prologue that branches": (
        with_update(prologue=(*UPDATE.prologue, Branch(Literal(True), ()))),
        "the prologue has a Branch",
    ),
    "a prologue that writes memory": (
        with_update(prologue=(*UPDATE.prologue, Assign("g", ONE))),
        "the prologue writes 'g'",
    ),
    "a local before its definition": (
        with_update(body=(Assign("v", Name("_x")), Assign("_x", ONE))),
        "the body uses '_x' before it is defined",
    ),
    "a local of a branch outside it": (
        with_update(body=(Branch(Literal(True), (Assign("_x", ONE),)), Assign("v", Name("_x")))),
        "the body uses '_x' before it is defined",
    ),
    "an undefined condition": (
        with_update(body=(Branch(Name("_x"), ()),)),
        "the body uses '_x' before it is defined",
    ),
    "a sum into nothing": (
        with_update(body=(Accumulate("_x", ONE),)),
        "the body adds to the undefined '_x'",
    ),
    "a changed index": (with_update(body=(Assign("i", Literal(1)),)), "the body changes 'i'"),
    "a changed scalar": (with_update(body=(Assign("_twice", ONE),)), "the body changes '_twice'"),
    "several writers of one value": (
        with_update(body=(Assign("g", ONE),)),
        "several elements write the single value 'g'",
    ),
    "a write through an index": (
        with_update(
            bindings=bound(
                Binding("j", "indices", DType.INT64), Binding("w", "other.v", DType.FLOAT64, "j")
            ),
            body=(Assign("w", ONE),),
        ),
        "the body writes 'w' through an index",
    ),
    "a row of two values": (
        with_reset(body=(Emit("record", (Name("v"), Name("v"))),)),
        "appends 2 values to 'record'",
    ),
    "events of other elements": (
        with_reset(body=(Emit("group.spike", (Name("i"),)),)),
        "fills 'group.spike' from another index space",
    ),
    "an unknown stream": (
        with_update(body=(Draw("_r", Distribution.UNIFORM, (), "silence"),)),
        "draws from the unknown stream 'silence'",
    ),
    "a draw that changes memory": (
        with_update(body=(Draw("v", Distribution.UNIFORM, (), "silence"),)),
        "draws from the unknown stream 'silence'",
    ),
    "two draws from one stream": (
        with_update(
            body=(
                Draw("_r", Distribution.UNIFORM, (), "noise"),
                Draw("_s", Distribution.NORMAL, (), "noise"),
            )
        ),
        "several draws are from the stream 'noise'",
    ),
    "draws from one stream in two kernels": (
        replace(
            VALID,
            kernels=(
                *(replace(kernel, body=(DRAW, *kernel.body)) for kernel in (UPDATE, THRESHOLD)),
                RESET,
            ),
        ),
        "several draws are from the stream 'noise'",
    ),
    "a uniform number with an argument": (
        with_update(body=(Draw("_r", Distribution.UNIFORM, (ONE,), "noise"),)),
        "draws '_r' with 1 arguments",
    ),
    "a normal number with an argument": (
        with_update(body=(Draw("_r", Distribution.NORMAL, (ONE,), "noise"),)),
        "draws '_r' with 1 arguments",
    ),
    "a count without its mean": (
        with_update(body=(Draw("_r", Distribution.POISSON, (), "noise"),)),
        "draws '_r' with 0 arguments",
    ),
    "a matrix that is not square": (
        with_update(body=(MatrixExponential(("_a", "_b"), (ONE, ONE)),)),
        "a matrix exponential has 2 entries and 2 targets",
    ),
    "a matrix with a result of another size": (
        with_update(body=(MatrixExponential(("_a",), (ONE, ONE, ONE, ONE)),)),
        "a matrix exponential has 4 entries and 1 targets",
    ),
    "a matrix of nothing": (
        with_update(body=(MatrixExponential((), ()),)),
        "a matrix exponential has 0 entries and 0 targets",
    ),
    "a branch on a number": (
        with_update(body=(Branch(Name("v"), ()),)),
        "the condition v is no truth value",
    ),
    "a choice by a number": (
        with_update(body=(Assign("v", Select(Name("v"), ONE, ONE)),)),
        "the condition v is no truth value",
    ),
    "a choice by a number inside a branch": (
        with_update(
            body=(Branch(Literal(True), (Assign("v", Select(Name("i"), ONE, ONE)),)),),
        ),
        "the condition i is no truth value",
    ),
    "a float bound as an integer": (
        with_update(bindings=bound(Binding("w", "group.v", DType.INT64))),
        "'w' is int64, its array float64",
    ),
    "an integer bound as a float": (
        with_update(bindings=bound(Binding("w", "indices", DType.FLOAT64))),
        "'w' is float64, its array int32",
    ),
    "an integer bound in half its width": (
        with_update(bindings=bound(Binding("w", "indices", DType.INT32))),
        "'w' is int32, its array int32",
    ),
    "a time bound as a truth value": (
        with_update(bindings=bound(Binding("w", "clock.dt", DType.BOOLEAN))),
        "'w' is bool, its array float64",
    ),
    "two rows per element": (
        with_reset(body=(Emit("record", (Name("v"),)), Emit("record", (Name("g"),)))),
        "appends several times to 'record'",
    ),
    "an unknown array": (
        with_update(bindings=bound(Binding("w", "nothing", DType.FLOAT64))),
        "'w' is bound to the unknown array 'nothing'",
    ),
    "an unknown record": (
        with_reset(body=(Emit("nothing", (Name("v"),)),)),
        "appends to the unknown buffer 'nothing'",
    ),
    "events of nobody": (
        with_reset(space=Events("nothing")),
        "visits the unknown buffer 'nothing'",
    ),
}


def test_valid_program_is_returned_as_it_is():
    assert verify(VALID) is VALID


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.replace(" ", "-"))
def test_broken_rule_is_reported(case):
    program, message = BROKEN[case]

    with pytest.raises(InvalidProgramError, match=message):
        verify(program)


def test_truth_values_of_the_model_may_be_stored_as_numbers():
    truth = Binding("w", "group.v", DType.BOOLEAN)
    verify(with_update(bindings=bound(truth), body=(Branch(Name("w"), ()),)))


def test_array_buffer_and_kernel_are_found_by_name():
    assert VALID.array("other.v") is OTHER
    assert VALID.buffer("record") is RECORD
    assert VALID.kernel("reset") is RESET
    assert replace(VALID, arrays=(V,)).array("group.v") is V
    with pytest.raises(KeyError):
        replace(VALID, arrays=(V,)).array("other.v")


def test_two_buffers_of_a_step_cannot_be_filled_by_one_kernel():
    second = replace(SPIKES, name="group.burst")
    both = (Emit("group.spike", (Name("i"),)), Emit("group.burst", (Name("i"),)))
    program = replace(with_threshold(body=both), buffers=(SPIKES, second, RECORD))

    with pytest.raises(InvalidProgramError, match="fills several buffers of a step"):
        verify(program)


def test_everything_that_is_wrong_is_reported_at_once():
    program = replace(with_update(clock="sundial"), streams=("noise", "noise"))

    with pytest.raises(InvalidProgramError, match=r"(?s)'noise' appears twice.*unknown clock"):
        verify(program)


def test_mistake_of_the_user_is_never_an_invalid_program():
    assert not issubclass(InvalidProgramError, ValueError)
