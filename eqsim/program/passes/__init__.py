"""Passes over a program, in the order in which they run.

Each takes a program and returns one that computes the same; what "the same" means is said by each.
A new pass is a function and a line in :data:`ALL`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eqsim.program.nodes import Program
from eqsim.program.passes.chances import draw_successes
from eqsim.program.passes.hoisting import hoist_invariants
from eqsim.program.passes.powers import expand_powers
from eqsim.program.passes.quotients import invert_exprel
from eqsim.program.passes.reciprocals import multiply_by_reciprocals
from eqsim.program.passes.sharing import share_subexpressions
from eqsim.program.passes.unused import remove_unused

Pass = Callable[[Program], Program]

ALL: tuple[Pass, ...] = (
    remove_unused,
    expand_powers,
    invert_exprel,
    hoist_invariants,
    draw_successes,
    multiply_by_reciprocals,
    share_subexpressions,
)


def optimise(program: Program, passes: Sequence[Pass] = ALL) -> Program:
    """Return the program after all passes."""
    for change in passes:
        program = change(program)
    return program
