import time
import warnings

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from eqsim.errors import EquationError, EquationSyntaxError, UnknownNameError
from eqsim.expressions.functions import Function
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.traverse import walk
from eqsim.source import Source

A, B, C = Name("a"), Name("b"), Name("c")


def parsed(text, **options):
    return parse_expression(Source(text), **options)


@pytest.mark.parametrize("operator", BinaryOperator)
def test_arithmetic_operators(operator):
    assert parsed(f"a {operator.value} b") == Binary(operator, A, B)


@pytest.mark.parametrize("operator", Comparison)
def test_comparisons(operator):
    assert parsed(f"a{operator.value}b") == Compare(operator, A, B)


@pytest.mark.parametrize("operator", LogicalOperator)
def test_logical_operators_group_from_the_left(operator):
    both = Logical(operator, A, B)

    assert parsed(f"a {operator.value} b {operator.value} c") == Logical(operator, both, C)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("42", 42),
        ("9223372036854775807", 2**63 - 1),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e-3", 1e-3),
        ("1E3", 1000.0),
        ("1e999", float("inf")),
        ("True", True),
        ("False", False),
    ],
)
def test_literals_keep_their_type(text, value):
    assert parsed(text) == Literal(value)
    assert type(parsed(text).value) is type(value)


def test_signs_and_negation():
    assert parsed("-a") == Unary(UnaryOperator.NEGATE, A)
    assert parsed("+a") == A
    assert parsed("not a") == Unary(UnaryOperator.NOT, A)
    assert parsed("-a**2") == Unary(UnaryOperator.NEGATE, parsed("a**2"))


def test_a_chain_of_comparisons_is_their_conjunction():
    assert parsed("a < b <= c") == parsed("a < b and b <= c")


def test_calls_have_their_arguments():
    assert parsed("clip(a, b, c)") == Call("clip", (A, B, C))
    assert parsed("rand()") == Call("rand", ())


def test_functions_can_be_given():
    assert parsed("f(a, b)", functions={"f": Function("f", 2)}) == Call("f", (A, B))
    with pytest.raises(UnknownNameError, match="'exp' is not a function"):
        parsed("exp(a)", functions={})


def test_functions_can_be_left_open():
    assert parsed("stimulus(a)", functions=None) == Call("stimulus", (A,))
    with pytest.raises(EquationSyntaxError, match="'exp' takes 1 argument, not 2"):
        parsed("exp(a, b)", functions=None)


def test_places_survive_lines_comments_and_an_offset():
    text = "x = (a + # τ is: not here\n\t  bb*\n c)/dd : 1"
    tree = parse_expression(Source(text), 3, text.rindex(":"))
    places = {n.identifier: n.span.text for n in walk(tree) if isinstance(n, Name)}

    assert places == {"a": "a", "bb": "bb", "c": "c", "dd": "dd"}
    assert tree.left.span.text == "a + # τ is: not here\n\t  bb*\n c"
    assert tree.span.stop == text.rindex(" :")


def test_places_of_the_parts_of_a_chain():
    tree = parsed("a < bb < c")

    assert (tree.left.span.text, tree.right.span.text) == ("a < bb", "bb < c")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 101 + "1" + ")" * 101,
        "(" * 50_000,
        "-" * 50_000 + "1",
        "not " * 20_000 + "a",
        "+".join(["a"] * 40_000),
        " and ".join(["a"] * 10_000),
        "<".join(["a"] * 10_000),
        "a**" * 30_000 + "a",
        "exp(" * 10_000 + "1" + ")" * 10_000,
        "9" * 90_000,
        "a" * 100_001,
        "a+" * 60_000 + "a",
    ],
    ids=lambda text: f"{text[:8]}...",
)
def test_huge_texts_are_syntax_errors(text):
    started = time.perf_counter()
    with pytest.raises(EquationSyntaxError):
        parsed(text)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "text", ["+".join(["a"] * 190), "(" * 99 + "a" + ")" * 99, " and ".join(["a"] * 190)]
)
def test_large_texts_are_read(text):
    assert parse_expression(Source(to_text(parsed(text)))) == parsed(text)


@pytest.mark.parametrize("text", ["1 is 2", "(1)(2)", "1or 2", "'\\d'", "1if a else 2"])
def test_warnings_of_python_do_not_leak(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(EquationSyntaxError):
            parsed(text)


def test_nothing_is_ever_evaluated(tmp_path):
    target = tmp_path / "x"
    for text in (f"__import__('os').system('touch {target}')", f"open({str(target)!r}, 'w')"):
        with pytest.raises(EquationSyntaxError, match="strings"):
            parsed(text)
    assert not target.exists()


_PIECES = """a b v exp ( ) + - * / // ** % < > == = != , . : ; 1 2.5 1e3 0x1 and or not if else
    True rand() lambda in is [ ] { } ' " # \\ τ ² ^ & | ~ << >> @ ? ! $"""
_WORDS = st.sampled_from([*_PIECES.split(), " ", "\n", "\t", "\x00"])


def _assert_readable(error):
    assert 0 < len(str(error).splitlines()[0]) <= 100


@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=25).map(" ".join)))
@example("\N{GREEK SMALL LETTER OMEGA WITH PSILI AND VARIA AND YPOGEGRAMMENI}")
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused(text):
    try:
        tree = parsed(text)
    except EquationError as error:
        _assert_readable(error)
    else:
        assert parsed(to_text(tree)) == tree
