from fractions import Fraction

import pytest

from eqsim.errors import DimensionError, UnknownNameError
from eqsim.expressions.dimensions import NOISE, check_dimensions
from eqsim.expressions.exponents import constant_value
from eqsim.expressions.functions import FUNCTIONS, DimensionRule, Function, Signature
from eqsim.expressions.nodes import Literal, Name, Select
from eqsim.expressions.parser import parse_expression
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.names import UNITS

VOLT, AMP, SECOND = (UNITS[name].dimension for name in ("volt", "amp", "second"))
OHM, SIEMENS = UNITS["ohm"].dimension, UNITS["siemens"].dimension
DIMENSIONS = {
    "v": VOLT, "El": VOLT, "I": AMP, "R": OHM, "g": SIEMENS, "tau": SECOND, "n": DIMENSIONLESS,
    "f": DIMENSIONLESS / SECOND,
}  # fmt: skip


def checked(text, expected=None, **options):
    errors = []
    expr = parse_expression(Source(text), functions=None)
    return check_dimensions(expr, DIMENSIONS, expected, errors, **options), errors


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("v", VOLT),
        ("-v", VOLT),
        ("v + El - v", VOLT),
        ("R*I", VOLT),
        ("g*(El - v)", AMP),
        ("(El - v)*g", AMP),
        ("(El - v)/tau", VOLT / SECOND),
        ("v**2", VOLT**2),
        ("v**0.5", VOLT**0.5),
        ("v**(1/3)", VOLT ** Fraction(1, 3)),
        ("v**(-1/2.)", VOLT**-0.5),
        ("v**-1", DIMENSIONLESS / VOLT),
        ("n**n", DIMENSIONLESS),
        ("sqrt(v**2)", VOLT),
        ("abs(v)", VOLT),
        ("sign(v)", DIMENSIONLESS),
        ("clip(v, 0*mV, inf)", VOLT),
        ("clip(v, 0, El)", VOLT),
        ("minimum(v, El)", VOLT),
        ("exp(v/mV)", DIMENSIONLESS),
        ("exprel((v - El)/(5*mV))", DIMENSIONLESS),
        ("int(v > El)", DIMENSIONLESS),
        ("timestep(tau, ms)", DIMENSIONLESS),
        ("rand()", DIMENSIONLESS),
        ("v > 0", DIMENSIONLESS),
        ("v > El and not v > 3*mV", DIMENSIONLESS),
        ("v % El", VOLT),
        ("v // El", DIMENSIONLESS),
        ("v + 0", VOLT),
        ("0 + v + 0.0", VOLT),
        ("v < inf", DIMENSIONLESS),
        ("minimum(v, 1e999)", VOLT),
        ("xi", NOISE),
        ("v*xi_1*tau**-0.5", VOLT / SECOND),
        ("10*mV", VOLT),
        ("pi*e*v", VOLT),
        ("f*tau", DIMENSIONLESS),
        ("0*mV", VOLT),
    ],
)
def test_expressions_have_their_dimension(text, dimension):
    assert checked(text) == (dimension, [])


@pytest.mark.parametrize("text", ["0", "-0.0", "inf", "-inf", "1e999", "abs(0)"])
def test_zero_and_infinity_fit_everywhere(text):
    assert checked(text, VOLT) == (None, [])


@pytest.mark.parametrize(
    ("text", "expected", "message", "place"),
    [
        ("v + 3", None, "'3' has no dimension but is added to 'v'", "3"),
        ("(El - v + I)/tau", VOLT / SECOND, "'I' has dimension A but is added to 'El'", "I"),
        ("I + v", VOLT, "'I' has dimension A but is added to 'v', which has dimension V", "I"),
        ("v - tau", None, "'tau' has dimension s but is subtracted from 'v'", "tau"),
        ("v + I + El", None, "'I' has dimension A but is added to 'v'", "I"),
        ("g*(El - v + n)", AMP, "'n' has no dimension but is added to 'El'", "n"),
        ("v > n", None, "'n' has no dimension but is compared with 'v'", "n"),
        ("v == I", None, "'I' has dimension A but is compared with 'v'", "I"),
        ("v % n", None, "'n' has no dimension but is taken modulo 'v'", "n"),
        ("v // n", None, "'n' has no dimension but is divided by 'v'", "n"),
        ("clip(v, n, El)", None, r"'n' has no dimension but is in clip\(\) beside 'v'", "n"),
        (
            "exp(v)",
            None,
            "'exp' takes an argument with no dimension, but 'v' has dimension V",
            "v",
        ),
        ("sin(2*tau)", None, "'sin' takes an argument with no dimension", "2*tau"),
        ("int(v)", None, "'int' takes an argument with no dimension", "v"),
        ("timestep(tau, v)", None, "'v' has dimension V but is in timestep", "v"),
        ("v**n", None, "'v' has dimension V, so its exponent must be a number", "n"),
        ("v**1234567", None, "'v' has dimension V, so its exponent must be a number", "1234567"),
        ("v**0.123456789", None, "not a simple fraction", "v**0.123456789"),
        ("2**v", None, "the exponent 'v' has dimension V", "v"),
        ("v/tau", VOLT, "this must have dimension V, but has dimension V/s", "v/tau"),
        ("n", VOLT, "this must have dimension V, but has no dimension", "n"),
        ("v**2**n", None, "'v' has dimension V, so its exponent must be a number", "2**n"),
    ],
)
def test_what_does_not_fit_is_shown(text, expected, message, place):
    _, errors = checked(text, expected)

    with pytest.raises(DimensionError, match=message):
        raise errors[0]
    assert errors[0].span.text == place


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        ("(El - v + I)/tau", VOLT / SECOND, "a factor with dimension ohm is missing here"),
        ("(El - v)/R", VOLT, "a factor with dimension ohm is missing"),
        ("exp(v)", None, "divide by a quantity with dimension V"),
        ("v**n", None, "divide 'v' by a unit first"),
    ],
)
def test_what_is_missing_is_said(text, expected, hint):
    assert hint in str(checked(text, expected)[1][0])


def test_the_sides_of_an_equation_are_named():
    _, errors = checked("El - v", VOLT / SECOND, left="dv/dt")

    assert errors[0].problem == (
        "left side 'dv/dt' has dimension V/s but right side has dimension V"
    )
    assert "divide by a time constant" in errors[0].hint


def test_an_error_is_reported_once():
    assert len(checked("(v + I)*R/exp(v + I)", VOLT)[1]) >= 2
    assert len(checked("((v + I) + v)/tau", VOLT / SECOND)[1]) == 1
    assert len(checked("(v**n)*R + v", VOLT)[1]) == 1


def test_unknown_names_and_functions_are_errors():
    _, errors = checked("taau + h(v)")

    assert [type(error) for error in errors] == [UnknownNameError, UnknownNameError]
    assert "did you mean 'tau'?" in str(errors[0])
    assert errors[1].problem == "'h' is not a function"


def test_roots_of_roots_end_in_an_error():
    _, errors = checked("sqrt(" * 12 + "v" + ")" * 12)

    assert "not a simple fraction" in str(errors[0])


def signed(arguments, result):
    function = Function("f", len(arguments), Signature(arguments, result))
    return {"functions": {**FUNCTIONS, "f": function}}


def test_functions_may_have_a_signature():
    functions = signed((SECOND, None), AMP)

    assert checked("f(tau, v)", **functions) == (AMP, [])
    _, errors = checked("f(v, v)", **functions)
    assert "'f' takes an argument with dimension s, but 'v' has dimension V" in str(errors[0])


def test_an_argument_may_have_to_have_the_dimension_of_an_earlier_one():
    functions = signed((None, 0), DIMENSIONLESS)

    assert checked("f(v, El)", **functions) == (DIMENSIONLESS, [])
    assert checked("f(0, v)", **functions) == (DIMENSIONLESS, [])
    _, errors = checked("f(v, I)", **functions)
    assert "'f' takes an argument with dimension V, but 'I' has dimension A" in str(errors[0])


def test_the_dimension_of_a_result_may_follow_from_those_of_the_arguments():
    functions = signed((None, None), lambda first, second: first / second)

    assert checked("f(v, I)", **functions) == (OHM, [])
    assert checked("f(0, I)", **functions) == (DIMENSIONLESS / AMP, [])
    assert checked("f(unknown, I)", **functions)[0] is None


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda f: f.name)
def test_every_function_has_a_dimension(function):
    call = f"{function.name}({', '.join(['v'] * function.n_arguments)})"
    found, errors = checked(call)

    takes_numbers = function.dimensions is DimensionRule.NUMBER
    assert len(errors) == (function.n_arguments if takes_numbers else 0)
    assert found is not None


def test_both_values_of_a_select_have_one_dimension():
    errors = []
    select = Select(Name("n"), Name("v"), Name("I"))

    check_dimensions(select, DIMENSIONS, None, errors)

    assert "'I' has dimension A but is an alternative to 'v'" in str(errors[0])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("1/3", Fraction(1, 3)),
        ("-1/2.", Fraction(-1, 2)),
        ("2*3 - 1 + 1", 6),
        ("1/0", None),
        ("x", None),
        ("2**3", None),
        ("2*x", None),
        ("True", None),
        ("1e999", None),
    ],
)
def test_constants_are_calculated(text, value):
    assert constant_value(parse_expression(Source(text))) == value


def test_a_literal_without_a_place_is_checked():
    errors = []

    assert check_dimensions(Literal(2), {}, VOLT, errors) is DIMENSIONLESS
    assert len(errors) == 1
