import copy
import pickle

import numpy as np
import pytest

from eqsim.equations.equations import Equations
from eqsim.errors import EquationError, EquationSyntaxError, ModelError
from eqsim.expressions.printer import to_text
from eqsim.units.names import UNITS

MODEL = """
dv/dt = (gL*(EL - v) + I)/C + s*xi*ms**-0.5 : volt (unless refractory)
I = w*2 : amp
w = g*(v - EL) : amp
g : siemens (constant)
on : boolean
"""
MV, VOLT = UNITS["mV"], UNITS["volt"]


def test_names_by_what_they_are():
    eqs = Equations(MODEL)

    assert eqs.names == {"v", "I", "w", "g", "on"}
    assert eqs.diff_eq_names == {"v"}
    assert eqs.subexpr_names == {"I", "w"}
    assert eqs.parameter_names == {"g", "on"}
    assert eqs.eq_names == {"v", "I", "w"}
    assert eqs.identifiers == eqs.names | {"gL", "EL", "C", "s", "xi", "ms"}


def test_equations_are_a_mapping_of_declarations():
    eqs = Equations(MODEL)

    assert list(eqs) == ["v", "I", "w", "g", "on"]
    assert eqs["I"].unit == "amp"
    assert "x" not in eqs
    assert len(eqs) == 5
    with pytest.raises(KeyError):
        eqs["x"]


def test_noise_makes_equations_stochastic():
    assert Equations(MODEL).is_stochastic
    assert not Equations("dv/dt = -v/ms : 1").is_stochastic
    assert Equations("dv/dt = xi_1/ms**.5 : 1").is_stochastic


def test_dependencies_are_followed():
    assert Equations(MODEL).dependencies == {
        "v": {"v", "I", "w", "g"},
        "I": {"w", "g", "v", "I"},
        "w": {"g", "v", "w", "I"},
        "g": set(),
        "on": set(),
    }


def test_text_and_code_give_the_equations_back():
    eqs = Equations(MODEL)

    assert Equations(str(eqs)) == eqs
    assert eval(repr(eqs)) == eqs
    assert hash(Equations(str(eqs))) == hash(eqs)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_copies_are_equal(copied):
    eqs = Equations(MODEL)

    assert copied(eqs) == eqs


def test_equations_differ_from_other_things():
    assert Equations("x : 1") != Equations("x : volt")
    assert Equations("x : 1") != "x : 1"


def test_equations_are_joined():
    eqs = Equations("x : 1") + "y : 1" + Equations("z : 1")

    assert str("a : 1" + eqs) == "a : 1\nx : 1\ny : 1\nz : 1"


def test_joining_something_else_is_a_type_error():
    with pytest.raises(TypeError):
        Equations("x : 1") + 3
    with pytest.raises(TypeError):
        3 + Equations("x : 1")


def test_a_name_cannot_be_declared_in_both_parts():
    with pytest.raises(EquationError, match="'x' is declared twice"):
        Equations("x : 1") + Equations("x : volt")


def test_names_are_replaced_by_names():
    eqs = Equations("dx/dt = -x/tau : volt", x="vm", tau="tau_m")

    assert str(eqs) == "dvm/dt = -vm / tau_m : volt"


def test_names_are_swapped():
    assert str(Equations("a = b : 1\nb : 1", a="b", b="a")) == "b = a : 1\na : 1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2, "1 / 2"),
        (2.5, "1 / 2.5"),
        (-1, "1 / -1"),
        (np.float64(0.5), "1 / 0.5"),
        (np.int32(3), "1 / 3"),
        (np.array(4.0), "1 / 4.0"),
        (10 * MV, "1 / (0.01 * volt)"),
        (-2 * VOLT, "1 / (-2 * volt)"),
        (VOLT**2, "1 / (1.0 * volt**2)"),
    ],
)
def test_values_are_put_in_brackets(value, text):
    shown = to_text(Equations("x = 1/a : 1", a=value)["x"].expression)

    assert shown.replace("2.0 *", "2 *") == text


@pytest.mark.parametrize(
    ("substitutions", "error", "message"),
    [
        ({"b": "c"}, ModelError, "'b' is not in the equations"),
        ({"aa": "c"}, ModelError, "did you mean 'a'|known: a, x"),
        ({"x": 3}, ModelError, "'x' is defined by the equations and cannot be a value"),
        ({"a": [1, 2]}, ModelError, "'a' is not given as a single number"),
        ({"a": np.zeros(3)}, ModelError, "'a' is not given as a single number"),
        ({"a": 1j}, ModelError, "'a' is not given as a single number"),
        ({"a": "b + c"}, EquationError, "'b \\+ c' is not a name"),
        ({"a": "2"}, EquationError, "'2' is not a name"),
        ({"a": "b c"}, EquationSyntaxError, "an operator is missing"),
        ({"x": "pi"}, EquationError, "'pi' cannot be the name of a variable"),
        ({"x": "int"}, EquationError, "'int' cannot be the name of a variable"),
        ({"x": "y"}, EquationError, "'y' is declared twice"),
    ],
)
def test_substitutions_that_are_wrong(substitutions, error, message):
    with pytest.raises(error, match=message):
        Equations("x = 1/a : 1\ny : 1", **substitutions)


def test_equations_cannot_be_changed():
    eqs = Equations("x : 1")
    with pytest.raises(AttributeError):
        eqs.names = frozenset()
    with pytest.raises(AttributeError):
        eqs.other = 1
    with pytest.raises(TypeError):
        eqs["x"] = eqs["x"]
