import pytest

from eqsim.errors import EquationError, UnknownNameError
from eqsim.expressions.kinds import Kind, kind_of
from eqsim.expressions.nodes import Literal, Name, Select
from eqsim.expressions.parser import parse_expression
from eqsim.source import Source

KINDS = {
    "b": Kind.BOOLEAN,
    "c": Kind.BOOLEAN,
    "n": Kind.INTEGER,
    "m": Kind.INTEGER,
    "x": Kind.FLOAT,
}


def kind(text):
    return kind_of(parse_expression(Source(text), functions=None), KINDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("True", Kind.BOOLEAN),
        ("1", Kind.INTEGER),
        ("1.0", Kind.FLOAT),
        ("b", Kind.BOOLEAN),
        ("unknown_constant", Kind.FLOAT),
        ("n + m", Kind.INTEGER),
        ("n - 1.0", Kind.FLOAT),
        ("n * x", Kind.FLOAT),
        ("n / m", Kind.FLOAT),
        ("4 / 2", Kind.FLOAT),
        ("n // m", Kind.INTEGER),
        ("n % 2", Kind.INTEGER),
        ("x // 2", Kind.FLOAT),
        ("n ** 2", Kind.FLOAT),
        ("-n", Kind.INTEGER),
        ("b * x", Kind.FLOAT),
        ("b * n", Kind.INTEGER),
        ("n < x", Kind.BOOLEAN),
        ("b == c", Kind.BOOLEAN),
        ("b != True", Kind.BOOLEAN),
        ("b and not c", Kind.BOOLEAN),
        ("n > 0 or x > 0", Kind.BOOLEAN),
        ("int(b)", Kind.INTEGER),
        ("int(x)", Kind.INTEGER),
        ("abs(n)", Kind.INTEGER),
        ("abs(x)", Kind.FLOAT),
        ("sign(n)", Kind.INTEGER),
        ("clip(n, 0, 5)", Kind.INTEGER),
        ("clip(n, 0, 5.0)", Kind.FLOAT),
        ("minimum(n, x)", Kind.FLOAT),
        ("maximum(n, m)", Kind.INTEGER),
        ("floor(x)", Kind.FLOAT),
        ("exp(n)", Kind.FLOAT),
        ("timestep(x, x)", Kind.INTEGER),
        ("poisson(x)", Kind.INTEGER),
        ("rand()", Kind.FLOAT),
    ],
)
def test_expressions_have_their_kind(text, expected):
    assert kind(text) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n and b", "'and' needs truth values, but 'n' is a number"),
        ("b or x", "'or' needs truth values, but 'x' is a number"),
        ("not n", "'not' needs truth values, but 'n' is a number"),
        ("-b", "'b' is a truth value and has no negative"),
        ("-(x > 1)", "'x > 1' is a truth value and has no negative"),
        ("b + c", r"'\+' between two truth values"),
        ("b / c", "'/' between two truth values"),
        ("b < x", "'b' is a truth value and has no order"),
        ("(x < 1) < 2", "'x < 1' is a truth value and has no order"),
        ("exp(b)", "'exp' takes numbers, but 'b' is a truth value"),
        ("abs(b)", "'abs' takes numbers, but 'b' is a truth value"),
    ],
)
def test_truth_values_and_numbers_do_not_mix(text, message):
    with pytest.raises(EquationError, match=message) as error:
        kind(text)
    assert "^" in str(error.value)


def test_a_function_that_is_not_known_is_an_error():
    with pytest.raises(UnknownNameError, match="'f' is not a function"):
        kind("f(x)")


def test_a_select_has_the_highest_kind_of_its_values():
    assert kind_of(Select(Name("b"), Literal(1), Literal(2.0)), KINDS) is Kind.FLOAT
    with pytest.raises(EquationError, match="'select' needs truth values"):
        kind_of(Select(Name("n"), Literal(1), Literal(2.0)), KINDS)


def test_kinds_are_ordered():
    assert sorted(Kind, reverse=True) == [Kind.FLOAT, Kind.INTEGER, Kind.BOOLEAN]
    assert Kind.BOOLEAN < Kind.INTEGER <= Kind.INTEGER < Kind.FLOAT
