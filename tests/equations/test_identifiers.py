import keyword

import pytest

from eqsim.equations.identifiers import NEURON_RESERVED, SYNAPSE_RESERVED, check_identifier
from eqsim.errors import EquationError
from eqsim.expressions.functions import CONSTANTS, FUNCTIONS
from eqsim.source import Source
from eqsim.units.names import UNITS


@pytest.mark.parametrize(
    "name", ["v", "V", "tau_m", "x1", "g_Na", "S", "I", "E", "n", "ex", "pre"]
)
def test_plain_names_can_be_used(name):
    check_identifier(name)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (NEURON_RESERVED, "it is the|it is whether"),
        (FUNCTIONS, "it is a function"),
        (CONSTANTS, "it is a constant"),
        (UNITS, "it is a unit"),
        (["xi", "xi_1", "xi_"], "it is white noise"),
        (["_x", "__init__", "_"], "a leading underscore is kept for the simulator"),
        (["v_pre", "v_post"], "of a synapse"),
        (keyword.kwlist, "it is a word of Python"),
        (["double", "register", "new", "and_eq"], "it is a word of C"),
        (["template", "namespace", "nullptr", "char", "while"], "it is a word of"),
        (["τ", "1x", "a b", "", "a-b"], "names are letters, digits and underscores"),
    ],
)
def test_names_with_a_meaning_are_refused_with_a_reason(names, reason):
    for name in names:
        with pytest.raises(EquationError, match=reason):
            check_identifier(name)


@pytest.mark.parametrize("name", sorted(SYNAPSE_RESERVED))
def test_synapses_reserve_more_names(name):
    with pytest.raises(EquationError, match="cannot be the name of a variable"):
        check_identifier(name, reserved=SYNAPSE_RESERVED)


def test_synaptic_names_are_free_in_neurons():
    check_identifier("j")
    check_identifier("delay")


def test_the_name_that_is_offered_can_be_used():
    for name in (*FUNCTIONS, *UNITS, *CONSTANTS, *keyword.kwlist, "v_pre", "_x", "int", "double"):
        with pytest.raises(EquationError) as error:
            check_identifier(name)
        check_identifier(error.value.hint.rsplit("'", 2)[1])


def test_the_place_is_shown():
    span = Source("pi : 1").span(0, 2)
    with pytest.raises(EquationError, match=r"line 1, column 1"):
        check_identifier("pi", span)
