import pytest

from eqsim.equations.block_parser import parse_block
from eqsim.equations.check_code import assigned_value, check_code
from eqsim.equations.code import parse_code
from eqsim.equations.scope import NEURON_SYMBOLS, Origin, block_scope, external_constant
from eqsim.expressions.kinds import Kind
from eqsim.expressions.printer import to_text
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.names import UNITS

VOLT = UNITS["volt"].dimension
SCOPE = {
    **NEURON_SYMBOLS,
    **block_scope(
        parse_block(
            Source(
                """dv/dt = -v/ms : volt
                   w : 1
                   count : integer
                   on : boolean
                   total : 1 (shared)
                   fixed : 1 (constant)
                   fixed_for_all : 1 (constant, shared)
                   I = v/volt : 1"""
            )
        )
    ),
    "El": external_constant("El", Kind.FLOAT, VOLT),
}


def checked(text):
    errors = []
    found = check_code(parse_code(Source(text)), SCOPE, errors)
    return found, [str(e) for e in errors]


@pytest.mark.parametrize(
    "text",
    [
        "v = El",
        "v = 0",
        "v += 2*mV; w *= 2; w **= 2; v /= 2; w //= 2; w %= 3; v -= El",
        "count += 1; count = int(w); count *= 2",
        "on = v > El; on = True; on = not on",
        "w = count",
        "total = 3; total += rand(); w = total",
        "total = N*dt/ms; v = El",
        "x = 2; total = x; w = x",
        "x = v; v = El; w = x/volt",
        "x = 1; x = x + w; x = rand()",
        "v *= 0",
    ],
)
def test_nothing_is_wrong(text):
    assert checked(text)[1] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v = w", "left side 'v' has dimension V but right side has no dimension"),
        ("v += w", "'w' has no dimension but is added to 'v', which has dimension V"),
        ("v *= v", "left side 'v' has dimension V but right side has dimension V^2"),
        ("v **= 2", "left side 'v' has dimension V but right side has dimension V^2"),
        ("v //= v", "left side 'v' has dimension V but right side has no dimension"),
        ("w = nothing", "'nothing' is not defined"),
        ("w = f(1)", "'f' is not a function"),
        ("x += 1", "'x' is not defined"),
        ("w = y; y = 1", "'y' is not defined"),
        ("fixed = 1", "'fixed' is constant and cannot be assigned"),
        ("fixed_for_all = 1", "'fixed_for_all' is shared and cannot be assigned"),
        ("I = 1", "'I' is a subexpression and cannot be assigned"),
        ("t = 1*ms", "'t' is set by the simulator and cannot be assigned"),
        ("i = 1", "'i' is set by the simulator and cannot be assigned"),
        ("El = 1*mV", "'El' is a constant from outside and cannot be assigned"),
        ("count = w", "'count' is an integer, but 'w' is a floating-point number"),
        ("count /= 2", "'count' is an integer, but 'count / 2' is a floating-point number"),
        ("count = on", "'count' is an integer, but 'on' is a truth value"),
        ("on = w", "'on' is a truth value, but 'w' is a floating-point number"),
        ("on += 1", "'on' is a truth value, but 'on + 1' is an integer"),
        ("w = on", "'w' is a number, but 'on' is a truth value"),
        ("w = -on", "'on' is a truth value and has no negative"),
        ("w = xi", "white noise 'xi' can only stand in a differential equation"),
        ("mV = 1", "'mV' cannot be the name of a variable: it is a unit"),
        ("exp = 1", "'exp' cannot be the name of a variable: it is a function"),
        ("double = 1", "'double' cannot be the name of a variable: it is a word of C++"),
        ("_x = 1", "'_x' cannot be the name of a variable: a leading underscore"),
        ("x_post = 1", "'x_post' cannot be the name of a variable"),
        ("w = 1; total = 1", "the shared 'total' is written after 'w'"),
        ("total = w", "'total' is shared, but 'w' is not"),
        ("total += i", "'total' is shared, but 'i' is not"),
        ("x = rand(); total = x", "'total' is shared, but 'x' is not"),
        ("x = w; total = x", "'total' is shared, but 'x' is not"),
        ("x = 1; x = i; total = x", "'total' is shared, but 'x' is not"),
        ("x = 1*mV; x = 1", "left side 'x' has dimension V but right side has no dimension"),
        ("x = True; x = 1", "'x' is an integer, but 'True' is a truth value"),
    ],
)
def test_what_is_wrong_is_said(text, message):
    errors = checked(text)[1]

    assert any(message in error.splitlines()[0] for error in errors), errors


def test_all_errors_of_a_block_are_found():
    assert len(checked("v = w; t = 1*ms; w = nothing; on = 2")[1]) == 4


@pytest.mark.parametrize(
    ("text", "kind", "dimension", "shared"),
    [
        ("x = 1", Kind.INTEGER, DIMENSIONLESS, True),
        ("x = 1.0", Kind.FLOAT, DIMENSIONLESS, True),
        ("x = v > El", Kind.BOOLEAN, DIMENSIONLESS, False),
        ("x = 2*mV", Kind.FLOAT, VOLT, True),
        ("x = rand()", Kind.FLOAT, DIMENSIONLESS, False),
        ("x = w", Kind.FLOAT, DIMENSIONLESS, False),
        ("x = 0; x += w", Kind.FLOAT, DIMENSIONLESS, False),
        ("x = 0; y = x; x = 1.5", Kind.FLOAT, DIMENSIONLESS, True),
        ("y = 0; x = y; y = 1.5", Kind.FLOAT, DIMENSIONLESS, True),
    ],
)
def test_new_names_become_locals(text, kind, dimension, shared):
    symbol = checked(text)[0]["x"]

    assert (symbol.value_kind, symbol.dimension, symbol.shared) == (kind, dimension, shared)
    assert (symbol.origin, symbol.writable) == (Origin.LOCAL, True)


def test_the_new_value_of_an_augmented_assignment():
    (statement,) = parse_code(Source("v *= 1 + w")).statements

    assert to_text(assigned_value(statement)) == "v * (1 + w)"
