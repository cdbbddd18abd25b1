import pytest

from eqsim.equations.block_parser import parse_block
from eqsim.equations.check import (
    check_block,
    check_condition,
    check_expression,
)
from eqsim.equations.code import parse_condition
from eqsim.equations.scope import NEURON_SYMBOLS, external_constant
from eqsim.errors import CyclicDefinitionError, DimensionError, EquationError, UnknownNameError
from eqsim.expressions.kinds import Kind
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.names import UNITS

VOLT, SECOND = UNITS["volt"].dimension, UNITS["second"].dimension
SCOPE = {
    **NEURON_SYMBOLS,
    "tau": external_constant("tau", Kind.FLOAT, SECOND),
    "El": external_constant("El", Kind.FLOAT, VOLT),
    "n0": external_constant("n0", Kind.INTEGER, DIMENSIONLESS),
}


def found(text):
    errors = []
    check_block(parse_block(Source(text)), SCOPE, errors)
    return errors


@pytest.mark.parametrize(
    "text",
    [
        "dv/dt = (El - v)/tau : volt",
        "dv/dt = (El - v)/tau + 2*mV*xi*tau**-0.5 : volt",
        "dv/dt = 0*volt/second : volt",
        "dv/dt = 0 : volt",
        "dx/dt = xi_1/tau**.5 : 1\ndy/dt = xi_1/tau**.5 + xi_2/tau**.5 : 1",
        "dx/dt = (xi + xi)/tau**.5 : 1",
        "x = 3 : integer",
        "x = 3 : 1",
        "x = i + n0 : integer",
        "x = v > El : boolean\nv : volt",
        "x = rand() : 1 (constant over dt)",
        "x = poisson(3) : integer (constant over dt)",
        "x = t/tau*N : 1 (shared)\ny = x*a : 1 (shared)\na : 1 (shared)",
        "x = rand() : 1 (shared, constant over dt)",
        "a = b + 1 : 1\nb = c : 1\nc : 1",
        "x = inf : volt",
        "x_post = w : 1 (summed)\nw : 1",
    ],
)
def test_nothing_is_wrong(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("dv/dt = -v/tua : 1", UnknownNameError, "'tua' is not defined"),
        ("x = nothing : 1", UnknownNameError, "'nothing' is not defined"),
        ("x = mv : volt", UnknownNameError, "did you mean 'mV'"),
        ("x = f(1) : 1", UnknownNameError, "'f' is not a function"),
        ("x = ecp(1) : 1", UnknownNameError, "did you mean 'exp'"),
        ("x = tau(1) : 1", EquationError, "'tau' is a constant, not a function"),
        ("x = y(1) : 1\ny : 1", EquationError, "'y' is a variable, not a function"),
        ("dv/dt = v : 1", DimensionError, "left side 'dv/dt' has dimension 1/s"),
        (
            "dv/dt = (El - v)/tau : volt/second",
            DimensionError,
            "'volt/second' is the unit of 'dv/dt', not of 'v'",
        ),
        ("x = El : 1", DimensionError, "left side 'x' has no dimension but right side has"),
        ("x = El : boolean", DimensionError, "left side 'x' has no dimension"),
        ("x = 1.5 : integer", EquationError, "'x' is an integer, but '1.5' is a floating-point"),
        ("x = 4/2 : integer", EquationError, "'x' is an integer"),
        ("x = 1 : boolean", EquationError, "'x' is a truth value, but '1' is an integer"),
        ("x = t > tau : 1", EquationError, "'x' is a number, but 't > tau' is a truth value"),
        ("x = 1 and True : boolean", EquationError, "'and' needs truth values"),
        ("x = -(t > tau) : 1", EquationError, "has no negative"),
        ("dv/dt = rand()/tau : 1", EquationError, "'rand' cannot stand in a differential"),
        ("x = randn() : 1", EquationError, "draws a random number at each use"),
        ("x = poisson(1) : 1 (shared)", EquationError, "add the flag"),
        ("x = xi*second**.5 : 1 (constant over dt)", EquationError, "'xi' can only stand in"),
        ("x = xi*second**.5 : 1\ny = x : 1 (shared)", EquationError, "white noise stands in 'x'"),
        (
            "dx/dt = y/tau : 1\ny = xi*tau**.5 : 1\ndz/dt = y/tau : 1",
            EquationError,
            "white noise 'xi' stands in several equations",
        ),
        ("dx/dt = xi : 1\ndy/dt = xi : 1", EquationError, "stands in several equations"),
        ("x = i : 1 (shared)", EquationError, "'x' is shared, but 'i' is not"),
        ("x = y : 1 (shared)\ny : 1", EquationError, "'x' is shared, but 'y' is not"),
        ("x = x : 1", CyclicDefinitionError, "the subexpression 'x' needs itself"),
        ("a = b : 1\nb = a : 1", CyclicDefinitionError, "each other: a -> b -> a"),
        ("c = a : 1\na = b : 1\nb = a+c : 1", CyclicDefinitionError, "a -> b -> a"),
    ],
)
def test_what_is_wrong_is_said(text, error, message):
    errors = found(text)

    matching = [e for e in errors if isinstance(e, error) and message in str(e)]
    assert matching, [str(e) for e in errors]
    assert matching[0].span is not None


def test_all_errors_of_a_block_are_found():
    errors = found("dv/dt = -v : volt\nx = nothing : 1\ny = El : 1\nz = z : 1")

    assert [type(e) for e in errors] == [
        DimensionError,
        UnknownNameError,
        DimensionError,
        CyclicDefinitionError,
    ]


def test_a_name_is_reported_once_per_line():
    assert len(found("x = q + q*q : 1")) == 1


def test_names_of_the_block_come_before_those_outside():
    assert found("x = El : 1\nEl : 1") == []


def conditions(text):
    errors = []
    check_condition(parse_condition(Source(text)), SCOPE, errors)
    return [str(e).splitlines()[0] for e in errors]


@pytest.mark.parametrize("text", ["t > tau", "rand() < 0.5", "True", "El > 0 and not i == 3"])
def test_conditions_are_truth_values(text):
    assert conditions(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("El", "a condition must be true or false, but 'El' is a number"),
        ("El > 1", "'1' has no dimension but is compared with 'El', which has dimension V"),
        ("v > 1", "'v' is not defined"),
        ("xi > 0", "white noise 'xi' can only stand in a differential equation"),
    ],
)
def test_conditions_that_are_wrong(text, message):
    assert conditions(text) == [message]


def test_an_expression_has_a_kind_and_a_dimension():
    errors = []

    assert check_expression(parse_condition(Source("2*El")), SCOPE, errors) == (Kind.FLOAT, VOLT)
    assert check_expression(parse_condition(Source("0")), SCOPE, errors) == (Kind.INTEGER, None)
    assert errors == []


def test_an_expression_can_be_asked_for_a_dimension():
    errors = []
    check_expression(parse_condition(Source("2*tau")), SCOPE, errors, dimension=VOLT)

    assert "this must have dimension V, but has dimension s" in str(errors[0])
