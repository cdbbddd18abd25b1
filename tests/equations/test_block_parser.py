import subprocess
import sys

import pytest

from eqsim.equations.block_parser import parse_block
from eqsim.equations.declarations import NEURON_FLAGS, SYNAPSE_FLAGS, Flag, VariableKind
from eqsim.errors import EquationError, EquationsError
from eqsim.expressions.kinds import Kind
from eqsim.expressions.printer import to_text
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.names import UNITS

VOLT = UNITS["volt"].dimension


def declarations(text, **options):
    return parse_block(Source(text), **options).declarations


def test_the_three_types_of_lines():
    v, x, y = declarations("dv/dt = -v/tau : volt\nx = v**2 : volt**2\ny : 1")

    assert (v.kind, v.name, v.dimension) == (VariableKind.DIFFERENTIAL, "v", VOLT)
    assert (x.kind, x.name, x.dimension) == (VariableKind.SUBEXPRESSION, "x", VOLT**2)
    assert (y.kind, y.expression, y.dimension) == (VariableKind.PARAMETER, None, DIMENSIONLESS)


@pytest.mark.parametrize(
    "text",
    [
        "v = (a +\n b) : 1",
        "v = a +\n b : 1",
        "v = a\n  + b : 1",
        "v = a + b\n : 1",
        "v = a + # first: this\n b : 1 # then = that",
        "v = a + # (bracket\n b : 1",
        "\n\n  # a comment : 1\n v = a + b : 1\n# the end",
        "v=a+b:1",
        "\tv\t=\ta\t+\tb\t:\t1\t",
        "v = a + b : 1\r\n",
        "v\n = a + b : 1",
    ],
)
def test_expressions_go_on_over_lines_and_comments(text):
    (v,) = declarations(text)

    assert to_text(v.expression) == "a + b"


@pytest.mark.parametrize("left", ["dv/dt", "dv /dt", "dv / dt", "dv/ dt"])
def test_blanks_in_the_left_side_mean_nothing(left):
    assert declarations(f"{left} = 1/second : 1")[0].name == "v"


@pytest.mark.parametrize("name", ["d", "dt_", "dv", "delta", "t1", "d_dt", "v_dt"])
def test_names_that_look_like_derivatives_are_names(name):
    assert declarations(f"{name} : 1\nd{name}2/dt = 1/second : 1")[0].name == name


def test_comparisons_are_no_ends_of_expressions():
    (b,) = declarations("b = v >= 1 and v <= 2 and v == 3 and v != 4 : boolean")

    assert to_text(b.expression) == "v >= 1 and v <= 2 and v == 3 and v != 4"


@pytest.mark.parametrize(
    ("unit", "kind", "same_as"),
    [
        ("1", Kind.FLOAT, "1"),
        ("boolean", Kind.BOOLEAN, "1"),
        ("integer", Kind.INTEGER, "1"),
        ("volt", Kind.FLOAT, "volt"),
        ("volt/second", Kind.FLOAT, "volt*hertz"),
        ("amp*meter**-2", Kind.FLOAT, "amp/metre**2"),
        ("siemens/metre**2", Kind.FLOAT, "siemens/meter**2"),
        ("amp/(metre*second)", Kind.FLOAT, "amp/metre/second"),
        ("1/(metre*(second**2))", Kind.FLOAT, "metre**-1*second**-2"),
        ("volt*second**-0.5", Kind.FLOAT, "volt/second**(1/2)"),
        ("kilogram", Kind.FLOAT, "kilogram"),
        ("mM", Kind.FLOAT, "mole/metre**3"),
        ("Hz", Kind.FLOAT, "1/second"),
        ("meter/meter", Kind.FLOAT, "1"),
    ],
)
def test_units_of_variables(unit, kind, same_as):
    x, y = declarations(f"x : {unit} (constant)\ny : {same_as}")

    assert (x.value_kind, x.dimension) == (kind, y.dimension)
    assert x.flags == {Flag.CONSTANT}


@pytest.mark.parametrize("name", sorted(UNITS))
def test_only_unscaled_units_declare_variables(name):
    unit = UNITS[name]

    if unit.value == 1:
        assert declarations(f"x : {name}")[0].dimension is unit.dimension
    else:
        with pytest.raises(EquationError, match=f"unscaled units, not in '{name}'"):
            declarations(f"x : {name}")


@pytest.mark.parametrize(
    ("line", "table"),
    [
        ("dv/dt = 1/ms : 1 (unless refractory)", NEURON_FLAGS),
        ("x = 1 : 1 (shared)", NEURON_FLAGS),
        ("x = 1 : 1 (constant over dt)", NEURON_FLAGS),
        ("x = 1 : 1 (constant  over\tdt , shared)", NEURON_FLAGS),
        ("x : 1 (constant)", NEURON_FLAGS),
        ("x : 1 (constant,shared)", NEURON_FLAGS),
        ("x : 1 (linked)", NEURON_FLAGS),
        ("dv/dt = 1/ms : 1 (event-driven)", SYNAPSE_FLAGS),
        ("dv/dt = 1/ms : 1 (clock-driven)", SYNAPSE_FLAGS),
        ("x_pre = 1 : 1 (summed)", SYNAPSE_FLAGS),
        ("x : 1 (linked)", SYNAPSE_FLAGS),
    ],
)
def test_flags_of_each_type_of_line(line, table):
    assert declarations(line, allowed=table)[0].flags


@pytest.mark.parametrize(
    ("line", "table"),
    [
        ("dv/dt = 1/ms : 1 (unless refractory)", SYNAPSE_FLAGS),
        ("dv/dt = 1/ms : 1 (event-driven)", NEURON_FLAGS),
        ("dv/dt = 1/ms : 1 (shared)", NEURON_FLAGS),
        ("x_post = 1 : 1 (summed)", NEURON_FLAGS),
        ("x = 1 : 1 (linked)", NEURON_FLAGS),
        ("x : 1 (constant over dt)", NEURON_FLAGS),
        ("x : 1 (summed)", SYNAPSE_FLAGS),
    ],
)
def test_flags_in_the_wrong_place_are_errors(line, table):
    with pytest.raises(EquationError, match="cannot be"):
        declarations(line, allowed=table)


def test_places_are_those_of_the_text():
    text = "  # τ\n  dv/dt = -v/tau : volt (unless refractory)  # end"
    (v,) = declarations(text)

    assert v.span.text == "dv/dt = -v/tau : volt (unless refractory)"
    assert (v.name_span.text, v.name_span.line, v.name_span.column) == ("v", 2, 4)
    assert v.expression.span.text == "-v/tau"


def test_all_errors_of_a_block_are_reported():
    with pytest.raises(EquationsError) as error:
        declarations("x = a^b : 1\ny : mV\nz\nw : 1 (constat)\nok : 1\nok : 1")

    assert len(error.value.errors) == 5


def test_an_empty_block_declares_nothing():
    assert declarations("  \n # nothing\n") == ()


def test_pyparsing_is_imported_late_and_matplotlib_never():
    code = (
        "import sys, eqsim.equations.equations as e; early = 'pyparsing' in sys.modules;"
        "e.Equations('x : 1'); print(early, 'pyparsing' in sys.modules,"
        " 'matplotlib' in sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert shown.stdout.split() == ["False", "True", "False"]
