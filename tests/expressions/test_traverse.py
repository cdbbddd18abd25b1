import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from eqsim.expressions.nodes import Compare, Comparison, Literal, Logical, Name, Select
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.traverse import (
    called_functions,
    children,
    depends_on,
    free_names,
    map_children,
    substitute,
    walk,
)
from eqsim.source import Source


def parsed(text):
    return parse_expression(Source(text))


def test_walking_goes_from_the_top_and_from_left_to_right():
    names = [
        node.identifier for node in walk(parsed("a + b*exp(c) < d")) if isinstance(node, Name)
    ]

    assert names == ["a", "b", "c", "d"]
    assert isinstance(next(iter(walk(parsed("a < b")))), Compare)


@pytest.mark.parametrize(
    ("text", "n_children"),
    [
        ("1", 0),
        ("x", 0),
        ("-x", 1),
        ("x + y", 2),
        ("x < y", 2),
        ("a and b", 2),
        ("clip(x, 0, 1)", 3),
    ],
)
def test_each_form_has_its_children(text, n_children):
    assert len(children(parsed(text))) == n_children


def test_a_select_has_three_children():
    select = Select(Name("a"), Name("b"), Name("c"))

    assert children(select) == (Name("a"), Name("b"), Name("c"))
    assert free_names(substitute(select, {"b": Name("d")})) == {"a", "d", "c"}


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_changing_nothing_returns_the_same_object(data, expression_trees):
    tree = data.draw(expression_trees)

    assert map_children(tree, lambda child: child) is tree
    assert substitute(tree, {"absent": Literal(1)}) is tree


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_substitution_there_and_back_is_the_identity(data, expression_trees):
    tree = data.draw(expression_trees)
    there = substitute(tree, {"v": Name("fresh")})

    assert "v" not in free_names(there)
    assert substitute(there, {"fresh": Name("v")}) == tree


def test_substitution_happens_all_at_once():
    swapped = substitute(parsed("a - b"), {"a": Name("b"), "b": Name("a")})

    assert to_text(swapped) == "b - a"


def test_substitution_keeps_the_place_of_what_is_around():
    tree = parsed("  a + b")

    assert substitute(tree, {"a": Literal(1)}).span == tree.span


def test_substitution_reaches_every_form():
    tree = parsed("not (x < 1) or -x**2 == exp(x)")

    assert free_names(substitute(tree, {"x": Name("y")})) == {"y"}


def test_functions_are_not_names():
    tree = parsed("exp(x) + rand()")

    assert free_names(tree) == {"x"}
    assert called_functions(tree) == {"exp", "rand"}


def test_dependence_is_on_any_of_the_names():
    assert depends_on(parsed("a + b"), {"b", "c"})
    assert not depends_on(parsed("a + b"), {"c"})


def test_a_long_chain_does_not_exhaust_the_stack():
    tree = Compare(Comparison.LESS, Name("x"), Literal(0))
    for _ in range(5000):
        tree = Logical(parsed("a and b").operator, tree, Name("y"))

    assert free_names(tree) == {"x", "y"}
