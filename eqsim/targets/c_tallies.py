"""Kernels at arriving events that add to each target the same number again and again.

Synapses of one weight are such. How many events reach each target can then be counted first, in
small integers that lie close together; each target then adds its number as often as that, which
gives the same bits as adding it at each event.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from eqsim.expressions.nodes import Expr
from eqsim.expressions.statements import Accumulate, Assign, Branch
from eqsim.expressions.traverse import free_names
from eqsim.program.nodes import Arrivals, Binding, Kernel, Program
from eqsim.program.partition import Partition, partition
from eqsim.program.traverse import expressions, table_of, targets


@dataclass(frozen=True, slots=True)
class Tally:
    """What targets do for the events that reach them.

    Parameters
    ----------
    target : str
        The name that holds the number of the target.
    before : tuple of Assign
        What is computed for a target.
    condition : Expr or None
        Whether it takes part; all do if there is no condition.
    additions : tuple of Accumulate
        What is added for each event.
    """

    target: str
    before: tuple[Assign, ...]
    condition: Expr | None
    additions: tuple[Accumulate, ...]


def tally_of(program: Program, kernel: Kernel) -> Tally | None:
    """Return what targets do for each event, if it is the same for all events of a launch."""
    table = table_of(program, kernel.space)
    if table is None or not isinstance(kernel.space, Arrivals) or table.entries is not None:
        return None
    other = _other(kernel, table.other)
    if other is None or partition(program, kernel) is not Partition.OTHERS:
        return None
    tally = _parts(kernel, other)
    return tally if tally is not None and _is_the_same(program, kernel, tally) else None


def _other(kernel: Kernel, array: str | None) -> str | None:
    """Return the name that holds the number of the element on the other side."""
    own = (None, kernel.index)
    named = (b.name for b in kernel.bindings if b.array == array and b.index in own)
    return next(named, None)


def _parts(kernel: Kernel, target: str) -> Tally | None:
    """Return the parts of a body that only adds."""
    before = tuple(s for s in kernel.body if isinstance(s, Assign))
    rest = kernel.body[len(before) :]
    condition = None
    match rest:
        case (Branch(found, body),):
            condition, rest = found, body
    additions = tuple(s for s in rest if isinstance(s, Accumulate))
    is_all = bool(additions) and additions == rest and before == kernel.body[: len(before)]
    return Tally(target, before, condition, additions) if is_all else None


def _is_the_same(program: Program, kernel: Kernel, tally: Tally) -> bool:
    """Return whether what is done at an event follows from the target, which does not change."""
    places = {binding.name: binding for binding in kernel.bindings}
    bound = Counter(binding.array for binding in kernel.bindings)
    sums = [places[addition.target] for addition in tally.additions]
    known = {target for s in kernel.prologue for target in targets(s)}
    known |= {target for s in tally.before for target in targets(s)} - places.keys()
    known |= {b.name for b in kernel.bindings if _is_known(program, b, tally)}
    known -= {binding.name for binding in sums}
    read = {name for e in _read(tally) for name in free_names(e)}
    return read <= known and all(
        binding.index == tally.target
        and bound[binding.array] == 1
        and program.array(binding.array).dtype is binding.dtype is kernel.real
        for binding in sums
    )


def _is_known(program: Program, binding: Binding, tally: Tally) -> bool:
    return program.array(binding.array).extent is None or binding.index == tally.target


def _read(tally: Tally) -> list[Expr]:
    statements = (*tally.before, *tally.additions)
    found = [e for statement in statements for e in expressions(statement)]
    return found if tally.condition is None else [*found, tally.condition]
