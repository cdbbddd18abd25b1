import pytest

from eqsim.equations.block_parser import parse_block
from eqsim.equations.code import parse_code, parse_condition
from eqsim.equations.scope import (
    NEURON_SYMBOLS,
    Origin,
    block_scope,
    external_constant,
    externals,
    symbol_of,
)
from eqsim.expressions.kinds import Kind
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS


@pytest.mark.parametrize(
    ("line", "origin", "writable", "shared"),
    [
        ("dv/dt = 1/ms : 1", Origin.VARIABLE, True, False),
        ("x : 1", Origin.VARIABLE, True, False),
        ("x : 1 (constant)", Origin.VARIABLE, False, False),
        ("x : 1 (shared)", Origin.VARIABLE, True, True),
        ("x : 1 (shared, constant)", Origin.VARIABLE, False, True),
        ("x : 1 (linked)", Origin.VARIABLE, False, False),
        ("x = 2 : 1", Origin.SUBEXPRESSION, False, False),
        ("x = 2 : 1 (shared)", Origin.SUBEXPRESSION, False, True),
    ],
)
def test_what_a_declaration_means(line, origin, writable, shared):
    symbol = symbol_of(parse_block(Source(line)).declarations[0])

    assert (symbol.origin, symbol.writable, symbol.shared) == (origin, writable, shared)


def test_targets_of_summed_variables_are_declared_elsewhere():
    assert set(block_scope(parse_block(Source("x_post = w : 1 (summed)\nw : 1")))) == {"w"}


def test_constants_from_outside_are_shared_and_fixed():
    symbol = external_constant("tau", Kind.FLOAT, DIMENSIONLESS)

    assert (symbol.origin, symbol.writable, symbol.shared) == (Origin.CONSTANT, False, True)


def test_names_from_outside_of_equations():
    block = parse_block(
        Source("dv/dt = (El - v + stimulus(t, i))/tau + x*xi/ms**.5 : 1\nx = pi*mV : 1")
    )

    assert externals(block, NEURON_SYMBOLS) == {"El", "stimulus", "tau"}


def test_names_from_outside_of_code():
    code = parse_code(Source("a = b; v += a*c*exp(1); n += 1; d = d + 1"))

    assert externals(code, {"v"}) == {"b", "c", "n", "d"}


def test_names_from_outside_of_a_condition():
    assert externals(parse_condition(Source("v > Vt and t > 1*ms")), {"v", "t"}) == {"Vt"}
