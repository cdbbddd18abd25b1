"""Kernels at arriving events that add to each target the same number again and again.

Synapses of one weight are such. How many events reach each target can then be counted first, in
small integers that lie close together; each target then adds its number as often as that, which
gives the same bits as adding it at each event.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
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
    additions : tuple of (Accumulate, Expr or None)
        What is added for each event, and on which condition.
    """

    target: str
    before: tuple[Assign, ...]
    additions: tuple[tuple[Accumulate, Expr | None], ...]


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
    before = tuple(itertools.takewhile(lambda s: isinstance(s, Assign), kernel.body))
    additions: list[tuple[Accumulate, Expr | None]] = []
    for statement in kernel.body[len(before) :]:
        match statement:
            case Accumulate():
                additions.append((statement, None))
            case Branch(condition, body):
                additions += ((s, condition) for s in body if isinstance(s, Accumulate))
                if len(body) != sum(isinstance(s, Accumulate) for s in body):
                    return None
            case _:
                return None
    computed = tuple(s for s in before if isinstance(s, Assign))
    return Tally(target, computed, tuple(additions)) if additions else None


def _is_the_same(program: Program, kernel: Kernel, tally: Tally) -> bool:
    """Return whether what is done at an event follows from the target, which does not change."""
    places = {binding.name: binding for binding in kernel.bindings}
    bound = Counter(binding.array for binding in kernel.bindings)
    if any(target in places for s in tally.before for target in targets(s)):
        return False
    sums = [places[addition.target] for addition, _ in tally.additions]
    known = {target for s in kernel.prologue for target in targets(s)}
    known |= {target for s in tally.before for target in targets(s)}
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


def _read(tally: Tally) -> Iterator[Expr]:
    for statement in tally.before:
        yield from expressions(statement)
    for addition, condition in tally.additions:
        yield addition.value
        if condition is not None:
            yield condition
