import pytest

from eqsim.equations.code import parse_code, parse_condition
from eqsim.errors import EquationsError, EquationSyntaxError
from eqsim.expressions.nodes import BinaryOperator
from eqsim.expressions.printer import to_text
from eqsim.source import Source


def statements(text):
    return [
        (s.target, s.operator and s.operator.value, to_text(s.value))
        for s in parse_code(Source(text)).statements
    ]


@pytest.mark.parametrize("operator", BinaryOperator)
def test_augmented_assignments(operator):
    assert statements(f"v {operator.value}= w") == [("v", operator.value, "w")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v = El", [("v", None, "El")]),
        ("v = El; w += b", [("v", None, "El"), ("w", "+", "b")]),
        ("v = El\nw = b", [("v", None, "El"), ("w", None, "b")]),
        ("\n  v = El  # to rest; not w = 1\n\n  w = b ;\n", [("v", None, "El"), ("w", None, "b")]),
        ("v = (a +  # one\n     b)\nw = 1", [("v", None, "a + b"), ("w", None, "1")]),
        ("v = clip(v,\n  0, 1); ; w=1", [("v", None, "clip(v, 0, 1)"), ("w", None, "1")]),
        ("b = v == w", [("b", None, "v == w")]),
        ("b=v<=w", [("b", None, "v <= w")]),
        ("v = -1", [("v", None, "-1")]),
        ("g_post += w*stimulus(t)", [("g_post", "+", "w * stimulus(t)")]),
        ("", []),
        ("# nothing\n;;\n", []),
    ],
)
def test_statements_end_at_lines_and_semicolons(text, expected):
    assert statements(text) == expected


def test_places_are_those_of_the_text():
    (first, second) = parse_code(Source("v = 1 # τ\n  ge += w*2 ; ")).statements

    assert first.span.text == "v = 1"
    assert (second.span.text, second.target_span.text) == ("ge += w*2", "ge")
    assert second.value.span.text == "w*2"


def test_all_errors_of_a_block_are_reported():
    with pytest.raises(EquationsError) as error:
        parse_code(Source("if v: w = 1\nv = 2 w; x = 1\ny"))

    assert len(error.value.errors) == 3


def test_code_blocks_compare_by_what_they_do():
    assert parse_code(Source("v=1;w=2")) == parse_code(Source("v = 1\nw = 2 # same"))


@pytest.mark.parametrize("text", ["v > El", "  v > El\n", "(v\n>\nEl)", "v > El # up"])
def test_a_condition_is_an_expression(text):
    assert to_text(parse_condition(Source(text))) == "v > El"


@pytest.mark.parametrize("text", ["v = El", "  v=El", "v > El; w > 1", "v >", ""])
def test_a_condition_is_nothing_else(text):
    with pytest.raises(EquationSyntaxError):
        parse_condition(Source(text))
