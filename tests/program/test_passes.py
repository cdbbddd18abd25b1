"""Each pass keeps what a program computes."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Binary, BinaryOperator, Call, Literal, Name, Unary
from eqsim.expressions.nodes import UnaryOperator as Sign
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.statements import Assign, Branch, Distribution, Draw, Gather
from eqsim.program.dtypes import DType
from eqsim.program.passes import ALL, optimise
from eqsim.program.passes.chances import draw_successes
from eqsim.program.passes.equal import take_first
from eqsim.program.passes.hoisting import hoist_invariants
from eqsim.program.passes.powers import LARGEST_EXPONENT, expand, expand_powers
from eqsim.program.passes.quotients import invert_exprel, inverted
from eqsim.program.passes.reciprocals import multiply_by_reciprocals
from eqsim.program.traverse import expressions, statements_of
from eqsim.program.verify import verify
from eqsim.source import Source
from eqsim.targets import Numpy

ROUNDING = (expand_powers, invert_exprel, multiply_by_reciprocals)
EXACT = [change for change in ALL if change not in (*ROUNDING, draw_successes)]
PROGRAMS = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
seeds = st.integers(0, 2**32 - 1)


def random_program(programs, seed, count=4):
    random = programs.Random(seed)
    program = programs.of_statements([programs.statements(random, 12) for _ in range(count)])
    return program, programs.memory(program, random, steps=2)


def tree(text):
    return parse_expression(Source(text))


def program_of(programs, *texts):
    """A program with one body of assignments 'name = expression'."""
    parts = [text.split(" = ") for text in texts]
    return programs.of_statements([tuple(Assign(name, tree(value)) for name, value in parts)])


def body_of(program):
    return program.kernels[0].body


@pytest.mark.parametrize("change", EXACT, ids=lambda change: change.__name__)
@PROGRAMS
@given(seed=seeds)
def test_pass_keeps_all_results_bit_for_bit(programs, change, seed):
    program, memory = random_program(programs, seed)

    expected, rows = programs.run(program, memory, Numpy())
    found, found_rows = programs.run(verify(change(program)), memory, Numpy())

    for name, values in found.items():
        assert programs.same_bits(expected[name], values).all(), name
    for column, other in zip(rows["record"][0], found_rows["record"][0], strict=True):
        assert programs.same_bits(column, other).all()


@pytest.mark.parametrize("change", ALL, ids=lambda change: change.__name__)
@PROGRAMS
@given(seed=seeds)
def test_pass_applied_twice_still_gives_a_valid_program(programs, change, seed):
    program, _ = random_program(programs, seed)

    verify(change(verify(change(program))))


@PROGRAMS
@given(seed=seeds)
def test_all_passes_together_keep_results_where_only_the_exact_ones_have_work(programs, seed):
    program, memory = random_program(programs, seed)
    rounded = optimise(
        program,
        [change for change in ALL if change in (*ROUNDING, draw_successes, hoist_invariants)],
    )

    expected, _ = programs.run(rounded, memory, Numpy())
    found, _ = programs.run(verify(optimise(program)), memory, Numpy())

    for name, values in found.items():
        assert programs.same_bits(expected[name], values).all(), name


EXPONENTS = [*range(-LARGEST_EXPONENT - 1, LARGEST_EXPONENT + 2), 0.5, -0.5, 2.0, -3.0, 1.5]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_expanded_power_has_the_value_of_the_power(programs, exponent):
    magnitude = Literal(abs(exponent))
    power = magnitude if exponent >= 0 else Unary(Sign.NEGATE, magnitude)
    program = programs.of_expressions([Binary(BinaryOperator.POWER, Name("x"), power)])
    memory = programs.memory(program, programs.Random(3))

    expected, _ = programs.run(program, memory, Numpy())
    found, _ = programs.run(verify(expand_powers(program)), memory, Numpy())

    x = memory.arrays["group.x"]
    with np.errstate(all="ignore"):
        normal = np.isfinite(x) & (np.abs(x) > 1e-30) & (np.abs(x) < 1e30)
    np.testing.assert_allclose(
        found["out.value_0"][normal], expected["out.value_0"][normal], rtol=8 * 2.0**-52
    )


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("a/exprel(x)", "a*inverse_exprel(x)"),
        ("0.1*a/exprel(b/exprel(x))/c", "0.1*a*inverse_exprel(b*inverse_exprel(x))/c"),
    ],
)
def test_quotients_by_exprel_become_products(text, changed):
    assert inverted(tree(text)) == tree(changed)


@pytest.mark.parametrize("text", ["exprel(x)/a", "a*exprel(x)", "a/exp(x)", "a/(exprel(x)*b)"])
def test_other_uses_of_exprel_stay(text):
    expr = tree(text)
    assert inverted(expr) is expr


def test_the_product_has_the_value_of_the_quotient(programs):
    program = programs.of_expressions([tree("x/exprel(y)")])
    memory = programs.memory(program, programs.Random(3))

    expected, _ = programs.run(program, memory, Numpy())
    found, _ = programs.run(verify(invert_exprel(program)), memory, Numpy())

    x, y = (memory.arrays[f"group.{name}"] for name in "xy")
    normal = (np.abs(x) > 1e-30) & (np.abs(x) < 1e30) & (np.abs(y) < 600)
    assert normal.sum() > 3
    np.testing.assert_allclose(
        found["out.value_0"][normal], expected["out.value_0"][normal], rtol=4 * 2.0**-52
    )


def divided(programs, *texts):
    """The texts of the assignments of a body after the pass, and those of its prologue."""
    program = multiply_by_reciprocals(hoist_invariants(program_of(programs, *texts)))
    kernel = verify(program).kernels[0]
    values = [s.value for s in kernel.body if isinstance(s, Assign)]
    return values, {s.target: s.value for s in kernel.prologue}


def test_quotients_by_what_elements_share_become_products(programs):
    values, prologue = divided(programs, "a = x/4", "b = (x + y)/0.001", "c = y/4.0")

    assert values == [
        tree("x*_reciprocal_0"),
        tree("(x + y)*_reciprocal_1"),
        tree("y*_reciprocal_0"),
    ]
    assert prologue == {"_reciprocal_0": tree("1.0/4.0"), "_reciprocal_1": tree("1.0/0.001")}


@pytest.mark.parametrize(
    "text",
    [
        "x/y",
        "4/x",
        "i/4",
        "floor(x/4)",
        "int(x/3)",
        "(x/4) % 2.0",
        "x // 4",
        "int(x/4 > y)",
        "timestep(x/4, 0.1)",
    ],
)
def test_quotients_whose_exact_value_matters_stay(programs, text):
    values, prologue = divided(programs, f"a = {text}")

    assert values[0] == tree(text)
    assert not prologue


def test_the_product_with_a_reciprocal_has_the_value_of_the_quotient(programs):
    program = programs.of_expressions([tree("x/0.7")])
    memory = programs.memory(program, programs.Random(3))

    expected, _ = programs.run(program, memory, Numpy())
    found, _ = programs.run(verify(multiply_by_reciprocals(program)), memory, Numpy())

    np.testing.assert_allclose(found["out.value_0"], expected["out.value_0"], rtol=2 * 2.0**-52)


@pytest.mark.parametrize("exponent", [np.inf, -np.inf, np.nan, 1e300], ids=str)
def test_exponent_that_is_no_small_number_stays(exponent):
    types = {"x": DType.FLOAT64}
    for power in (Literal(exponent), Unary(Sign.NEGATE, Literal(exponent))):
        expr = Binary(BinaryOperator.POWER, Name("x"), power)
        assert expand(expr, types, DType.FLOAT64) is expr


SPECIAL = [2, 3, -1, -2, 0.5]


@pytest.mark.parametrize("exponent", SPECIAL)
@pytest.mark.parametrize("base", [0.0, np.inf, np.nan], ids=str)
def test_expanded_power_of_a_special_value_is_that_of_the_power(programs, exponent, base):
    program = programs.of_expressions([tree(f"x**({exponent})")])
    memory = programs.memory(program, programs.Random(3))
    memory.arrays["group.x"][:] = base

    expected, _ = programs.run(program, memory, Numpy())
    found, _ = programs.run(expand_powers(program), memory, Numpy())

    assert programs.same_bits(expected["out.value_0"], found["out.value_0"]).all()


@PROGRAMS
@given(seed=seeds)
def test_expanding_powers_keeps_the_types_of_expressions(programs, seed):
    random = programs.Random(seed)
    made = [programs.expression(random, kind, 4) for kind in (Kind.FLOAT, Kind.INTEGER) * 10]
    program = programs.of_expressions(made)
    memory = programs.memory(program, random)

    expected, _ = programs.run(program, memory, Numpy())
    found, _ = programs.run(verify(expand_powers(program)), memory, Numpy())

    assert {n: v.dtype for n, v in expected.items()} == {n: v.dtype for n, v in found.items()}


def expanded(text):
    types = {"x": DType.FLOAT64, "y": DType.FLOAT64, "u": DType.FLOAT32, "n": DType.INT64}
    return expand(tree(text), types, DType.FLOAT64)


@pytest.mark.parametrize("text", ["x**9", "x**1.5", "x**y", "2**x", "x**0", "n**2", "u**2.0"])
def test_other_powers_stay(text):
    assert expanded(text) == tree(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x**2", "x*x"),
        ("x**3", "x*x*x"),
        ("x**4", "(x*x)*(x*x)"),
        ("x**0.5", "sqrt(x)"),
        ("x**-1", "1/x"),
        ("x**-2", "1/(x*x)"),
    ],
)
def test_small_power_becomes_products(text, expected):
    assert expanded(text) == tree(expected)


def test_integer_power_keeps_its_value_although_a_product_of_integers_is_an_integer(programs):
    # 3037000500**2 does not fit into 64 bits; a power is computed in double precision.
    program = programs.of_expressions([tree("n**2"), tree("n**3/1"), tree("m**1")])
    memory = programs.memory(program, programs.Random(3))
    memory.arrays["group.n"][:] = 3037000500

    expected, _ = programs.run(program, memory, Numpy())
    found, _ = programs.run(expand_powers(program), memory, Numpy())

    for name in ("out.value_0", "out.value_1", "out.value_2"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-15)


def count_of(program, expr):
    found = 0
    for statement in statements_of(program.kernels[0]):
        stack = list(expressions(statement))
        while stack:
            node = stack.pop()
            found += node == expr
            stack += [c for c in (getattr(node, "left", None), getattr(node, "right", None)) if c]
            stack += getattr(node, "arguments", ())
    return found


def test_repeated_subexpression_is_computed_once(programs):
    program = program_of(programs, "x = exp(y*z) + 1.0", "u = exp(y*z) + 2.0")

    assert count_of(optimise(program), Call("exp", (tree("y*z"),))) == 1


def test_subexpression_is_computed_again_after_its_variable_changed(programs):
    program = program_of(programs, "u = exp(x*y)", "x = x + 1.0", "w = exp(x*y)")

    assert count_of(optimise(program), Call("exp", (tree("x*y"),))) == 2


def test_what_is_the_same_for_all_elements_is_computed_before_the_loop(programs):
    program = optimise(program_of(programs, "x = x*exp(s/r)"))

    kernel = program.kernels[0]
    assert Assign("_invariant_0", tree("exp(s/r)")) in kernel.prologue


def test_unused_local_and_its_draw_disappear_and_other_streams_keep_their_place(programs):
    body = (
        Draw("_a", Distribution.UNIFORM, (), "stream_0"),
        Draw("_b", Distribution.UNIFORM, (), "stream_1"),
        Assign("_c", Name("_a")),
        Assign("x", Name("_b")),
    )
    program = optimise(programs.of_statements([body]))

    drawn = [s.stream for s in statements_of(program.kernels[0]) if isinstance(s, Draw)]
    assert drawn == ["stream_1"]
    assert program.streams == ("stream_0", "stream_1")


def test_binding_that_nobody_needs_is_dropped(programs):
    program = program_of(programs, "x = y")
    kernel = optimise(program).kernels[0]

    assert {binding.name for binding in kernel.bindings} == {"x", "y", "b", "n"}


def test_optimising_a_program_does_not_depend_on_where_its_kernels_stand(programs):
    program, _ = random_program(programs, 5)
    turned = replace(program, kernels=program.kernels[::-1], launches=program.launches[::-1])

    by_name = {kernel.name: kernel for kernel in optimise(turned).kernels}
    assert all(by_name[kernel.name] == kernel for kernel in optimise(program).kernels)


def draws_of(program):
    found = {s.target: s for k in program.kernels for s in k.body if isinstance(s, Draw)}
    return {name: draw.distribution.name for name, draw in found.items()}


def uniform(name, number):
    return Draw(name, Distribution.UNIFORM, (), f"stream_{number}")


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("_u < 0.1", "BERNOULLI"),
        ("_u < s*r", "BERNOULLI"),
        ("s*r > _u", "BERNOULLI"),
        ("_u < s and x > 0", "BERNOULLI"),
        ("not (_u < s)", "BERNOULLI"),
        ("_u < x", "UNIFORM"),
        ("_u <= 0.1", "UNIFORM"),
        ("_u > 0.1", "UNIFORM"),
        ("_u < 0.1 or _u > 0.9", "UNIFORM"),
        ("2*_u < 0.1", "UNIFORM"),
    ],
)
def test_comparing_with_a_common_probability_becomes_a_draw_of_its_own(programs, text, drawn):
    condition = tree(text)
    body = (uniform("_u", 0), Branch(condition, (Assign("x", tree("x + 1.0")),)))
    program = verify(optimise(programs.of_statements([body])))

    assert draws_of(program) == {"_u": drawn}


def test_a_number_that_is_compared_and_used_is_drawn_as_it_is(programs):
    body = (uniform("_u", 0), Branch(tree("_u < 0.1"), (Assign("x", Name("_u")),)))

    assert draws_of(optimise(programs.of_statements([body]))) == {"_u": "UNIFORM"}


def test_a_single_value_that_elements_change_is_no_common_probability(programs):
    body = (uniform("_u", 0), Assign("_p", tree("0.5*x")), Assign("b", tree("_u < _p")))

    assert draws_of(optimise(programs.of_statements([body]))) == {"_u": "UNIFORM"}


def test_equal_values_are_taken_once_unless_the_program_changes_them(programs):
    program = program_of(programs, "x = x + y*y")
    arrays = {b.name: b.array for b in program.kernels[0].bindings}

    taken = optimise(take_first(program, [arrays["y"]])).kernels[0]
    assert Gather("y", arrays["y"], Literal(0)) in taken.prologue
    assert "y" not in {binding.name for binding in taken.bindings}
    assert take_first(program, [arrays["x"]]) == program
    assert take_first(program, []) == program
