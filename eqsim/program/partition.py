"""How workers share a kernel, so that none sees or changes what another one changes.

Results are those of visiting all elements one after the other, whatever the number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from eqsim.expressions.statements import Accumulate
from eqsim.program.nodes import Binding, Kernel, Lifetime, Once, Program, Table
from eqsim.program.traverse import (
    emitted,
    event_of,
    invokes_state,
    statements_of,
    table_of,
    written,
)


class Partition(Enum):
    """Who visits which entries of a table."""

    EVENTS = "by the element of the row"
    """Each worker visits the rows of the elements that it owns."""
    OTHERS = "by the element on the other side"
    """Each worker visits all rows, and in each the entries whose other element it owns."""
    SERIAL = "by one worker"
    """One worker visits everything, in order."""


def partition(program: Program, kernel: Kernel) -> Partition:
    """Return how workers share a kernel over the entries of a table.

    What a kernel writes decides. An array that all entries of a row write in one place (through
    the row's element) belongs to who visits the row; one that they write through the element on
    the other side to who owns that element; the synapses' own values are written by one entry
    each, so they may belong to either. Each worker sees its own entries in the order of all, and
    nobody else touches what it writes. Hence the rules:

    * writes to the synapses' own values and through the row's element: ``EVENTS``;
    * writes to the synapses' own values and through the other element: ``OTHERS``. Entries of a
      row are in ascending order of the other element, so each worker finds its part by bisection;
    * writes through both, or through anything else: ``SERIAL``. So is a kernel that adds to a
      single value, records (the order of entries is that of the record), or invokes a function
      whose calls depend on their order;
    * if an array that is written is also bound through another index (``v_pre`` and ``v_post`` of
      one group), an entry may read what another one writes: ``SERIAL``;
    * ``Moments`` have no row's element: ``OTHERS``.

    Parameters
    ----------
    program : Program
        The program.
    kernel : Kernel
        A kernel over ``Rows``, ``Arrivals`` or ``Moments``.
    """
    table = table_of(program, kernel.space)
    assert table is not None
    if is_aliased(kernel) or _records(program, kernel) or _has_state(program, kernel):
        return Partition.SERIAL
    needed = set(_needed(program, kernel, table))
    if len(needed) > 1:
        return Partition.SERIAL
    anything = Partition.OTHERS if event_of(kernel) is None else Partition.EVENTS
    return needed.pop() if needed else anything


def _needed(program: Program, kernel: Kernel, table: Table) -> Iterator[Partition]:
    """Yield what each array that is written asks for, if it is not the synapses' own."""
    bindings = {binding.name: binding for binding in kernel.bindings}
    for name in written(kernel):
        binding = bindings[name]
        if program.array(binding.array).extent is None:
            yield Partition.SERIAL
        elif binding.index is None or binding.index == kernel.index:
            continue
        elif binding.index == event_of(kernel):
            yield Partition.EVENTS
        elif _is_other(bindings[binding.index], kernel, table):
            yield Partition.OTHERS
        else:
            yield Partition.SERIAL


def _is_other(index: Binding, kernel: Kernel, table: Table) -> bool:
    return index.array == table.other and index.index in (None, kernel.index)


def is_aliased(kernel: Kernel) -> bool:
    """Return whether an array that is written is bound through two different indices."""
    changed = written(kernel)
    indices: dict[str, set[str]] = {}
    for binding in kernel.bindings:
        index = kernel.index if binding.index is None else binding.index
        indices.setdefault(binding.array, set()).add(index)
    return any(len(indices[b.array]) > 1 for b in kernel.bindings if b.name in changed)


def _records(program: Program, kernel: Kernel) -> bool:
    return any(program.buffer(name).lifetime is not Lifetime.STEP for name in emitted(kernel))


def _has_state(program: Program, kernel: Kernel) -> bool:
    return any(invokes_state(program, statement) for statement in statements_of(kernel))


def is_serial(program: Program, kernel: Kernel) -> bool:
    """Return whether the elements must be visited one after the other, by one worker.

    They must where rows are recorded (their order is the order of the record), where elements add
    into one place, where a function is invoked whose calls depend on their order, and where there
    is one element only.
    """
    if table_of(program, kernel.space) is not None:
        return partition(program, kernel) is Partition.SERIAL
    if isinstance(kernel.space, Once):
        return True
    if any(isinstance(statement, Accumulate) for statement in statements_of(kernel)):
        return True
    return _records(program, kernel) or _has_state(program, kernel)
