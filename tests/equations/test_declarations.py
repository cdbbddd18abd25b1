import pytest

from eqsim.equations.block_parser import parse_block
from eqsim.equations.declarations import (
    ALL_FLAGS,
    NEURON_FLAGS,
    SYNAPSE_FLAGS,
    Flag,
    VariableKind,
)
from eqsim.source import Source

LINES = [
    "dv/dt = -v / tau : volt",
    "dv/dt = -v / tau : volt (unless refractory)",
    "x = a + b : 1",
    "x = a + b : amp/metre**2 (constant over dt, shared)",
    "b = v > w : boolean",
    "n : integer",
    "g : siemens (constant, shared)",
    "s : 1/second**0.5",
    "rate : hertz",
    "c : mM",
    "k : 1 (linked)",
    "x_post = w * s : 1 (summed)",
    "dg/dt = -g / tau : 1 (event-driven)",
    "dg/dt = -g / tau : 1 (clock-driven)",
]


@pytest.mark.parametrize("line", LINES)
def test_a_declaration_prints_as_it_was_written(line):
    (declaration,) = parse_block(Source(line)).declarations

    assert str(declaration) == line


def test_every_flag_is_allowed_somewhere():
    assert frozenset().union(*ALL_FLAGS.values()) == frozenset(Flag)


def test_some_flags_belong_to_neurons_and_some_to_synapses():
    differential = VariableKind.DIFFERENTIAL

    assert NEURON_FLAGS[differential] == {Flag.UNLESS_REFRACTORY}
    assert SYNAPSE_FLAGS[differential] == {Flag.EVENT_DRIVEN, Flag.CLOCK_DRIVEN}


def test_declarations_can_be_picked_by_kind():
    block = parse_block(Source("dv/dt = x/ms : 1\nx = y : 1\ny : 1"))

    assert [d.name for kind in VariableKind for d in block.of_kind(kind)] == ["v", "x", "y"]
    assert block.names == {"v", "x", "y"}


def test_blocks_compare_by_what_they_say():
    one, other = (parse_block(Source(text)) for text in ("x = a+b : 1", "x  =  (a + b):1 # same"))

    assert one == other
    assert hash(one) == hash(other)
