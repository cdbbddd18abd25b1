import pytest

from eqsim.equations.block_parser import parse_block
from eqsim.equations.check_declarations import check_declarations
from eqsim.equations.declarations import SYNAPSE_FLAGS
from eqsim.equations.identifiers import SYNAPSE_RESERVED
from eqsim.errors import EquationError
from eqsim.source import Source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dv/dt = 1/ms : 1 (unless refractory)", "differential equation cannot be 'unless refr"),
        ("delay : second", "'delay' cannot be the name of a variable: it is the delay"),
        ("j : 1", "'j' cannot be the name of a variable: it is the index of the target"),
    ],
)
def test_equations_are_checked_when_their_group_is_known(text, message):
    errors = []
    block = parse_block(Source(text))
    check_declarations(block, errors, allowed=SYNAPSE_FLAGS, reserved=SYNAPSE_RESERVED)

    assert message in str(errors[0])
    with pytest.raises(EquationError, match=message):
        parse_block(Source(text), SYNAPSE_FLAGS, reserved=SYNAPSE_RESERVED)


def test_targets_of_summed_variables_may_have_a_side():
    errors = []
    block = parse_block(Source("x_post = w : 1 (summed)"))
    check_declarations(block, errors, allowed=SYNAPSE_FLAGS, reserved=SYNAPSE_RESERVED)

    assert errors == []
