"""Generators: what is read, and what is refused at which place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eqsim.equations.generator import RangeCall, SampleCall, loop_in, parse_generator
from eqsim.errors import EquationError, EquationSyntaxError, UnknownNameError
from eqsim.expressions.printer import to_text
from eqsim.source import Source


def shown(expr):
    return None if expr is None else to_text(expr)


def parts(text):
    """The generator as texts: element, variable, iterable, condition."""
    generator = parse_generator(Source(text))
    iterable = None
    match generator.iterable:
        case RangeCall(start, stop, step):
            iterable = ("range", *map(shown, (start, stop, step)))
        case SampleCall(start, stop, step, p, size):
            iterable = ("sample", *map(shown, (start, stop, step, p, size)))
    return shown(generator.element), generator.variable, iterable, shown(generator.condition)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i", ("i", None, None, None)),
        ("i+1 if i < N_pre-1", ("i + 1", None, None, "i < N_pre - 1")),
        ("k for k in range(5)", ("k", "k", ("range", "0", "5", "1"), None)),
        ("k for k in range(i-5, i+6)", ("k", "k", ("range", "i - 5", "i + 6", "1"), None)),
        ("k for k in range(9, 0, -2)", ("k", "k", ("range", "9", "0", "-2"), None)),
        ("2*k + i for k in range(3) if k != i",
         ("2 * k + i", "k", ("range", "0", "3", "1"), "k != i")),
        ("k for k in sample(N_post, p=0.1)",
         ("k", "k", ("sample", "0", "N_post", "1", "0.1", None), None)),
        ("k for k in sample(2, 9, 3, size=n)",
         ("k", "k", ("sample", "2", "9", "3", None, "n"), None)),
        ("k for k in sample(f_pre, p = 1/N_post) if k",
         ("k", "k", ("sample", "0", "f_pre", "1", "1 / N_post", None), "k")),
        (" \n k\n for k # all\n in range ( 5 ,\n 7)\n if k # for x in\n > 5 ",
         ("k", "k", ("range", "5", "7", "1"), "k > 5")),
        ("abs(k) for k in range(int(x_pre), clip(i, 1, 3))",
         ("abs(k)", "k", ("range", "int(x_pre)", "clip(i, 1, 3)", "1"), None)),
        ("(k) for k in range((3)) if (k == 1)",
         ("k", "k", ("range", "0", "3", "1"), "k == 1")),
        ("format for format in range(iffy)",
         ("format", "format", ("range", "0", "iffy", "1"), None)),
    ],
)  # fmt: skip
def test_parts_of_a_generator(text, expected):
    assert parts(text) == expected


def test_places_are_those_of_the_text():
    text = "k + 1 for k in sample(2, i + 3, p=0.5) if k > i"
    generator = parse_generator(Source(text))

    assert generator.element.span.text == "k + 1"
    assert generator.iterable.span.text == "sample(2, i + 3, p=0.5)"
    assert generator.iterable.stop.span.text == "i + 3"
    assert generator.iterable.probability.span.text == "0.5"
    assert generator.condition.span.text == "k > i"


def test_generators_compare_by_what_they_say():
    assert parse_generator(Source("k for k in range(3)")) == parse_generator(
        Source("k  for k in range( 0, 3 ) # same")
    )
    assert parse_generator(Source("k for k in range(3)")) != parse_generator(
        Source("k for k in sample(3, p=1)")
    )


def test_functions_can_be_left_to_a_later_check():
    parse_generator(Source("f(k) for k in range(g(i))"), functions=None)
    with pytest.raises(UnknownNameError, match="'f' is not a function"):
        parse_generator(Source("f(k) for k in range(3)"))


@pytest.mark.parametrize(
    ("text", "place"), [("k for k in range(3)", "for"), ("i != j", None), ("# for", None)]
)
def test_loops_are_found(text, place):
    found = loop_in(Source(text))
    assert (found and found.text) == place


WRONG = [
    # text, what is wrong, the place of the carets
    ("", "the generator is empty", ""),
    ("  # k for k in range(3)", "the generator is empty", "  # k for k in range(3)"),
    ("for k in range(3)", "the number of the partner is missing", "for"),
    ("if i > 3", "the number of the partner is missing", "if"),
    ("k + for k in range(3)", "a value is missing after '+'", "+"),
    ("k for", "'in' is missing after 'for'", "for"),
    ("k for k range(3)", "'in' is missing after 'for'", "for k range(3)"),
    ("k for in range(3)", "a name is missing after 'for'", "for"),
    ("k for 3 in range(3)", "a generator has one variable, which is a name", "3"),
    ("k for k, l in range(3)", "a generator has one variable, which is a name", "k, l"),
    ("k for (k) in range(3)", "a generator has one variable, which is a name", "(k)"),
    ("k for k in", "a range is missing after 'in'", "in"),
    ("k for k in if k", "a range is missing after 'in'", "in"),
    ("k for k in 5", "a generator runs through a range or a sample", "5"),
    ("k for k in xrange(3)", "a generator runs through a range or a sample", "xrange(3)"),
    ("k for k in (1, 2)", "a generator runs through a range or a sample", "(1, 2)"),
    ("k for k in [1, 2]", "a generator runs through a range or a sample", "[1, 2]"),
    ("k for k in range", "the arguments of 'range' are missing", "range"),
    ("k for k in sample if k", "the arguments of 'sample' are missing", "sample"),
    ("k for k in range()", "'range' takes 1 to 3 bounds, not 0", "range()"),
    ("k for k in range(1, 2, 3, 4)", "'range' takes 1 to 3 bounds, not 4", "range(1, 2, 3, 4)"),
    ("k for k in range(3,)", "an argument is missing", ")"),
    ("k for k in range(, 3)", "an argument is missing", ","),
    ("k for k in range(stop=3)", "the arguments of 'range' have no names", "stop"),
    ("k for k in range(3 4)", "an operator is missing between '3' and '4'", "3 4"),
    ("k for k in sample(3)", "'sample' needs p or size", "sample(3)"),
    ("k for k in sample(p=1)", "'sample' takes 1 to 3 bounds, not 0", "sample(p=1)"),
    ("k for k in sample(3, p=1, size=2)", "'sample' takes p or size, not both",
     "sample(3, p=1, size=2)"),
    ("k for k in sample(3, q=1)", "'sample' has no argument 'q'", "q"),
    ("k for k in sample(3, p=1, p=2)", "'p' is given twice", "p"),
    ("k for k in sample(p=1, 3)", "an argument without a name after 'p'", "3"),
    ("k for k in sample(3, p=)", "'p' is missing", "="),
    ("k for k in range(3) k > 1", "'k' cannot follow the range", "k"),
    ("k for k in range(3)[1]", "'[' cannot follow the range", "["),
    ("k for k in range(3) + 1", "'+' cannot follow the range", "+"),
    ("k for k in range(3) if", "the condition is missing", "if"),
    ("k for k in range(3) if k > 0 if k < 2", "a generator has one condition", "if"),
    ("k for k in range(3) for l in range(3)", "a generator has one loop", "for"),
    ("k if k > 1 for k in range(3)", "the condition comes last", "if"),
    ("i if i > 1 else 0", "a generator has no 'else'", "else"),
    ("k in range(3)", "'for' and a name are missing before 'in'", "in"),
    ("range(3)", "'range' can only stand after 'in'", "range"),
    ("k for k in range(sample(3, p=1))", "'sample' can only stand after 'in'", "sample"),
    ("(k for k in range(3))", "a generator has no brackets around it", "("),
    ("[k for k in range(3)]", "a generator has no brackets around it", "["),
    ("{k for k in range(3)}", "a generator has no brackets around it", "{"),
    ("sum(k for k in range(3))", "a generator has no brackets around it", "for"),
    ("k for k in range(3", "a bracket is never closed", "("),
    ("k for k in range(3))", "a bracket is closed that was never opened", ")"),
    ("k for k in range(3) if l in range(2)", "'in' is not an operator", "in"),
    ("k = 3", "an expression cannot assign", "="),
    ("k^2 for k in range(3)", "'^' is not an operator", "^"),
    ("i, 3", "a comma outside of the arguments of a function", ","),
    ("'k' for k in range(3)", "expressions have no strings", "'"),
    ("k.real for k in range(3)", "expressions have no attributes", "."),
    ("k for k in range(3 if i else 2)", "expressions have no conditional value", "if"),
    ("lambda: 3", "expressions cannot define functions", "lambda"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem", "place"), WRONG, ids=[w[0] for w in WRONG])
def test_malformed_text_is_refused_at_its_place(text, problem, place):
    with pytest.raises(EquationSyntaxError) as caught:
        parse_generator(Source(text, "targets"))

    error = caught.value
    assert error.problem == problem
    assert error.span.text == place
    assert "targets, line 1" in str(error)
    assert "expected:" in str(error) or error.details
    assert error.hint


def test_every_error_shows_what_was_expected_and_an_example():
    with pytest.raises(EquationSyntaxError) as caught:
        parse_generator(Source("k for k in range(3", "targets"))

    assert str(caught.value).splitlines() == [
        "a bracket is never closed",
        "  targets, line 1, column 17",
        "    k for k in range(3",
        "                    ^",
        "  expected: NUMBER for NAME in range(...) or sample(...) if CONDITION",
        "  for example: 'k for k in range(i - 5, i + 6) if k != i'",
    ]


@pytest.mark.parametrize("name", ["i", "j", "N_pre", "exp", "pi", "mV", "_k", "k_post", "class"])
def test_variable_has_a_name_without_another_meaning(name):
    with pytest.raises(EquationError, match="cannot be the name of a variable") as caught:
        parse_generator(Source(f"1 for {name} in range(3)"))

    assert caught.value.span.text == name


def test_very_long_text_is_refused():
    with pytest.raises(EquationSyntaxError, match="more than 100000 characters"):
        parse_generator(Source("k for k in range(" + "1+" * 100_000 + "1)"))


WORDS = st.sampled_from([
    "k", "l", "i", "j", "for", "in", "if", "else", "range", "sample", "(", ")", ",", "=", "==",
    "<", "+", "-", "*", "0", "3", "2.5", "p", "size", "[", "]", "#", "\n", "exp", "é", "'",
])  # fmt: skip


@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_any_text_is_read_or_refused_with_a_place(text):
    span = None
    try:
        span = parse_generator(Source(text)).element.span
    except EquationError as error:
        span = error.span
    assert span is not None
    assert 0 <= span.start <= span.stop <= len(text)


@given(
    st.lists(st.sampled_from(["i", "2", "k + 1", "int(0.5)", "(3)"]), min_size=1, max_size=3),
    st.sampled_from([None, "k > 2", "True", "k == i or i < 3"]),
)
def test_well_formed_text_is_what_python_reads(bounds, condition):
    tail = "" if condition is None else f" if {condition}"
    text = f"k*2 for k in range({', '.join(bounds)}){tail}"

    compile(f"[{text}]", "text", "eval")
    assert parts(text)[0] == "k * 2"
    assert len(parts(text)[2]) == 4
