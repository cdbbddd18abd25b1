import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Compare,
    Comparison,
    Literal,
    Name,
    Select,
)
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import short_text, to_text
from eqsim.source import Source


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_parsing_the_text_gives_the_tree_back(data, expression_trees):
    tree = data.draw(expression_trees)

    assert parse_expression(Source(to_text(tree))) == tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a+b)+c", "a + b + c"),
        ("a+(b+c)", "a + (b + c)"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a*b)/c", "a * b / c"),
        ("a/(b*c)", "a / (b * c)"),
        ("-(x**2)", "-x**2"),
        ("(-x)**2", "(-x)**2"),
        ("2**(-x)", "2**-x"),
        ("(a**b)**c", "(a**b)**c"),
        ("a**(b**c)", "a**b**c"),
        ("not (a and b)", "not (a and b)"),
        ("(not a) and b", "not a and b"),
        ("(a or b) and c", "(a or b) and c"),
        ("(a < b) == c", "(a < b) == c"),
        ("clip((a), (b+1), 2)", "clip(a, b + 1, 2)"),
        ("rand()<0.5", "rand() < 0.5"),
        ("1e-3", "0.001"),
        ("1e999", "1e999"),
    ],
)
def test_there_are_no_more_brackets_than_needed(text, expected):
    assert to_text(parse_expression(Source(text))) == expected


def test_a_select_is_shown_as_a_call():
    tree = Select(Compare(Comparison.LESS, Name("x"), Literal(0)), Literal(-1), Name("x"))

    assert to_text(tree) == "select(x < 0, -1, x)"


def test_a_negative_literal_is_bracketed_as_a_base():
    tree = Binary(BinaryOperator.POWER, Literal(-2), Literal(2))

    assert to_text(tree) == "(-2)**2"


def test_values_that_are_not_finite_have_a_text():
    assert to_text(Literal(float("-inf"))) == "-1e999"
    assert to_text(Literal(float("nan"))) == "(1e999 - 1e999)"


def test_long_expressions_are_cut_in_messages():
    tree = parse_expression(Source("a_long_name + another_long_name"))

    assert short_text(tree) == "'a_long_name + another...'"
