"""Which arrays programs make themselves where these follow from rules."""

from __future__ import annotations

from eqsim.program.dtypes import DType
from eqsim.program.nodes import Program, Role
from eqsim.runtime.memory import Memory
from eqsim.runtime.rules import Rule


def arrays_that_may_follow(program: Program) -> frozenset[str]:
    """Return the arrays that programs make themselves where they follow from rules.

    They are the numbers that tables, or what synapses compute, read for each synapse.
    """
    synapses = {table.synapses for table in program.tables}
    parts = {
        name for t in program.tables for name in (t.first, t.begin, t.entries, t.delays) if name
    }
    return frozenset(
        array.name
        for array in program.arrays
        if array.role is Role.INDEX
        and array.extent in synapses
        and array.dtype in (DType.UINT16, DType.INT32)
        and array.name not in parts
    )


def rules_to_follow(program: Program, memory: Memory) -> dict[str, Rule]:
    """Return the rules of those arrays that follow from one, in the order of the program."""
    may_follow = arrays_that_may_follow(program)
    names = (array.name for array in program.arrays)
    return {name: memory.rules[name] for name in names if name in may_follow & memory.rules.keys()}
