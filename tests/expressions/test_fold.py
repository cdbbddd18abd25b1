import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eqsim.expressions.fold import (
    add,
    divide,
    fold,
    is_zero,
    multiply,
    negate,
    power,
    subtract,
)
from eqsim.expressions.kinds import Kind, kind_of
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Literal,
    Name,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.source import Source


def parse(text):
    return parse_expression(Source(text))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("x*1", "x"), ("1*x", "x"), ("x/1", "x"), ("x + 0", "x"), ("0.0 + x", "x"),
        ("x - 0", "x"), ("0 - x", "-x"), ("0*x", "0.0"), ("x*0.0", "0.0"), ("--x", "x"),
        ("x**1", "x"), ("x**0", "1.0"), ("0/x", "0.0"), ("x*-1", "-x"), ("0**2", "0.0"),
        ("1/2", "0.5"), ("1 + 2*3", "7"), ("0.1 + 0.2", "0.30000000000000004"), ("-(2)", "-2"),
        ("(a + 0)*(1*b) - 0*c", "a * b"), ("exp(0*x + y)", "exp(y)"),
        ("x < 1*y", "x < y"), ("4/3/3", "0.4444444444444444"),
    ],
)  # fmt: skip
def test_neutral_operations_and_constants_go(text, folded):
    assert to_text(fold(parse(text))) == folded


@pytest.mark.parametrize(
    "text",
    [
        "1/0", "0/0", "x/0", "1e308*10", "1e308 + 1e308", "9007199254740993*2", "2**0.5", "0**x",
        "7 // 2", "7 % 2", "True*1", "(x > 0)*1", "(x > 0) + 0", "exp(0)", "x - x", "1*True",
        "0**(-1)", "5.0**1000", "inf*2",
    ],
)  # fmt: skip
def test_what_the_run_must_decide_stays(text):
    expr = fold(parse(text))
    assert expr == parse(text) or text == "0**(-1)"


KINDS = {"v": Kind.FLOAT, "i": Kind.INTEGER, "b": Kind.BOOLEAN}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("1.0*v", "v"), ("v*1", "v"), ("1*i", "i"), ("0 + i", "i"), ("0*i", "0"),
        ("0.0*i", "0.0"), ("0*v", "0.0"), ("v**1", "v"), ("i**0", "1.0"), ("0/i", "0.0"),
        ("1.0*(v*i)", "v * i"), ("1.0*(i/2)", "i / 2"), ("1.0*exp(i)", "exp(i)"),
        ("0.0 + i**2", "i**2"), ("0.0 - i", "-1.0 * i"), ("0 - i", "-i"),
        ("1.0*(0.5*x)", "0.5 * x"), ("-1.0*i", "-1.0 * i"), ("-1*i", "-i"),
    ],
)  # fmt: skip
def test_neutral_operations_go_where_the_kind_stays(text, folded):
    assert to_text(fold(parse(text), KINDS)) == folded


@pytest.mark.parametrize(
    "text",
    [
        "1.0*i*i*i*i", "i/1", "i/1.0", "i**1", "i*1.0", "0.0 + i", "i - 0.0", "1.0*int(v)",
        "1.0*(i + 2)", "1.0*(i // 2)", "1.0*abs(i)", "1.0*x", "0*x", "1*x", "0.0 + x",
        "1*b", "0 + b", "1.0*clip(i, 0, 1)",
    ],
)  # fmt: skip
def test_factor_that_makes_an_integer_a_float_stays(text):
    expr = parse(text)
    assert fold(expr, KINDS) is expr


def test_nothing_to_do_returns_the_same_tree():
    expr = parse("(El - v + R*I)/tau + exp(v/k)")
    assert fold(expr) is expr


def test_what_remains_keeps_its_place():
    expr = fold(parse("1*(a + b) + 2*3"))
    assert expr.left.span.text == "a + b"
    assert expr.right.span.text == "2*3"


leaves = st.one_of(
    st.sampled_from([0, 1, 2, -1, 0.0, 1.0, 0.5, 3.0]).map(Literal),
    st.sampled_from("abc").map(Name),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Unary, st.just(UnaryOperator.NEGATE), inner),
        st.builds(Binary, st.sampled_from(list(BinaryOperator)[:4]), inner, inner),
        st.builds(
            Binary, st.just(BinaryOperator.POWER), inner, st.sampled_from([0, 1, 2]).map(Literal)
        ),
    ),
    max_leaves=12,
)


@given(tree=trees, values=st.tuples(*[st.floats(-3, 3)] * 3))
def test_values_are_kept_exactly_where_they_are_finite(tree, values):
    names = dict(zip("abc", values, strict=True))
    try:
        want = eval(to_text(tree), dict(names))
    except (ZeroDivisionError, OverflowError):
        fold(tree)
        return
    if math.isfinite(want):
        assert eval(to_text(fold(tree)), dict(names)) == want


@given(tree=trees, kinds=st.tuples(*[st.sampled_from(list(Kind)[1:])] * 3))
def test_folding_keeps_the_kind(tree, kinds):
    known = dict(zip("abc", kinds, strict=True))
    assert kind_of(fold(tree, known), known) is kind_of(tree, known)


@given(tree=trees, known=st.sets(st.sampled_from("abc")), hidden=st.sampled_from(list(Kind)[1:]))
def test_folding_keeps_the_kind_whatever_unknown_names_are(tree, known, hidden):
    all_kinds = dict.fromkeys("abc", hidden) | dict.fromkeys(known, Kind.INTEGER)
    folded = fold(tree, dict.fromkeys(known, Kind.INTEGER))
    assert kind_of(folded, all_kinds) is kind_of(tree, all_kinds)


def test_builders_fold_as_they_build():
    x, zero, one = Name("x"), Literal(0.0), Literal(1.0)
    assert add(x, zero) == subtract(x, zero) == multiply(one, x) == divide(x, one) == x
    assert power(x, one) == negate(negate(x)) == x
    assert to_text(power(x, Literal(2))) == "x**2"
    assert is_zero(multiply(zero, x))
    assert not is_zero(Literal(False))
    assert not is_zero(x)
