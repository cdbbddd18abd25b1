"""The typing rules are the same in the interpreter and in compiled code, for all operations."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from eqsim import Cpp
from eqsim.equations.check_code import check_code
from eqsim.equations.code import parse_code
from eqsim.expressions.functions import FUNCTIONS
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Call
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import Assign
from eqsim.expressions.traverse import children, free_names
from eqsim.program.dtypes import DType, promote
from eqsim.program.passes import optimise
from eqsim.program.traverse import expressions, statements_of
from eqsim.program.types import name_types
from eqsim.program.verify import verify
from eqsim.source import Source
from eqsim.targets import Numpy

# A failure names its expression, and every smaller program would be compiled: no shrinking.
BATCHES = settings(
    max_examples=2,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
seeds = st.integers(0, 2**32 - 1)


def batch(programs, seed, count):
    random = programs.Random(seed)
    kinds = (Kind.FLOAT, Kind.FLOAT, Kind.INTEGER, Kind.BOOLEAN)
    return [programs.expression(random, kinds[n % 4], 1 + n % 4) for n in range(count)]


@pytest.mark.compiler
@BATCHES
@given(seed=seeds)
def test_random_expressions_have_the_same_bits_in_cpp_as_in_the_interpreter(programs, seed):
    made = batch(programs, seed, 150)
    program = programs.of_expressions(made)
    memory = programs.memory(program, programs.Random(seed))

    expected, _ = programs.run(program, memory, Numpy())
    found, _ = programs.run(program, memory, Cpp(threads=2))

    for number, expr in enumerate(made):
        name = f"out.value_{number}"
        same = programs.same_bits(expected[name], found[name])
        assert same.all(), (
            f"{to_text(expr)} at {np.flatnonzero(~same)}: numpy {expected[name][~same]}, "
            f"cpp {found[name][~same]} of {expected[name].dtype}, "
            f"inputs { {n: v[~same] for n, v in memory.arrays.items() if n in _read(expr)} }"
        )


@pytest.mark.compiler
@BATCHES
@given(seed=seeds)
def test_random_statements_have_the_same_bits_in_cpp_as_in_the_interpreter(programs, seed):
    random = programs.Random(seed)
    program = programs.of_statements([programs.statements(random, 14) for _ in range(8)])
    program = verify(optimise(program))
    memory = programs.memory(program, random, steps=3)

    expected, rows = programs.run(program, memory, Numpy())

    for target in (Cpp(threads=1), Cpp(threads=2)):
        found, found_rows = programs.run(program, memory, target)
        for name, values in expected.items():
            assert programs.same_bits(values, found[name]).all(), name
        for column, other in zip(rows["record"][0], found_rows["record"][0], strict=True):
            assert programs.same_bits(column, other).all()


def test_random_expressions_use_every_function_of_the_language(programs):
    drawn = {name for name, function in FUNCTIONS.items() if function.distribution is not None}
    program = programs.of_expressions(batch(programs, 1, 1000))

    used = {
        inner.function
        for kernel in program.kernels
        for statement in statements_of(kernel)
        for expr in expressions(statement)
        for inner in _nodes(expr)
        if isinstance(inner, Call)
    }

    assert used == FUNCTIONS.keys() - drawn


def _read(expr):
    return {f"group.{name}" for name in free_names(expr)}


def _nodes(expr):
    yield expr
    for child in children(expr):
        yield from _nodes(child)


KINDS = {
    DType.BOOLEAN: Kind.BOOLEAN,
    DType.INT32: Kind.INTEGER,
    DType.INT64: Kind.INTEGER,
    DType.FLOAT32: Kind.FLOAT,
    DType.FLOAT64: Kind.FLOAT,
}
BIG = [2**24 + 1, 2**53 + 1, 2**63 - 1, -(2**63)]


@pytest.mark.compiler
@pytest.mark.parametrize("target", [Numpy(), Cpp(threads=1)], ids=["numpy", "cpp"])
def test_int_of_an_integer_is_that_integer_in_either_precision(programs, target):
    tree = parse_expression(Source("int(n)"))
    program = programs.of_expressions([tree, tree], per_kernel=1)
    assert [kernel.real for kernel in program.kernels] == [DType.FLOAT64, DType.FLOAT32]
    memory = programs.memory(program, programs.Random(0))
    memory.arrays["group.n"][: len(BIG)] = BIG

    found, _ = programs.run(program, memory, target)

    for name in ("out.value_0", "out.value_1"):
        np.testing.assert_array_equal(found[name], memory.arrays["group.n"])


def kernel_of(programs, *texts):
    """A kernel in double precision with the assignments 'name = expression'."""
    parts = [text.split(" = ") for text in texts]
    body = tuple(Assign(name, parse_expression(Source(value))) for name, value in parts)
    return programs.of_statements([body]).kernels[0]


def test_local_that_is_widened_late_widens_all_that_was_computed_from_it(programs):
    kernel = kernel_of(programs, "j = 1", "h = j", "p = 1", "j = p", "p = 1.5")

    types = name_types(kernel)

    assert {types[name] for name in "jhp"} == {DType.FLOAT64}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_kind_of_a_local_is_that_of_its_type(programs, data):
    targets = st.sampled_from("fgh")
    values = st.sampled_from(["1", "1.5", "f", "g", "h", "f + g", "g*h", "f/2", "h*1.0", "int(g)"])
    start = [f"{name} = 1" for name in "fgh"]
    drawn = data.draw(st.lists(st.tuples(targets, values), max_size=8))
    code = [*start, *(f"{target} = {value}" for target, value in drawn)]
    errors = []
    known = check_code(parse_code(Source("\n".join(code))), {}, errors)

    types = name_types(kernel_of(programs, *code))

    assert not errors
    assert {n: KINDS[types[n]] for n in known} == {n: s.value_kind for n, s in known.items()}


@pytest.mark.parametrize("left", DType)
@pytest.mark.parametrize("right", DType)
def test_promotion_does_not_depend_on_the_order(left, right):
    assert promote(left, right) is promote(right, left)


@pytest.mark.parametrize("integer", [DType.BOOLEAN, DType.INT32, DType.INT64])
@pytest.mark.parametrize("real", [DType.FLOAT32, DType.FLOAT64])
def test_an_integer_does_not_widen_a_float(integer, real):
    assert promote(integer, real) is real
