"""How the threads of a device share a kernel, so that its sums have one order.

On processors each worker owns a range of elements (:mod:`eqsim.program.partition`). The same rules
say here what a thread, a warp or a block may have to itself.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from eqsim.expressions.statements import Accumulate
from eqsim.program.nodes import (
    Arrivals,
    Elements,
    Events,
    Kernel,
    Lifetime,
    Moments,
    Once,
    Program,
    Rows,
)
from eqsim.program.partition import Partition, partition
from eqsim.program.traverse import (
    emitted,
    event_of,
    filled,
    invokes_state,
    statements_of,
    table_of,
    written,
)
from eqsim.program.types import name_types

Sums = Literal["fixed", "fast"]


class Sharing(Enum):
    """Who visits which elements of a kernel."""

    ALONE = "one thread visits all elements of all instances"
    ONCE = "one thread visits all elements of an instance, in order"
    BLOCK = "one block visits all elements of an instance, in order"
    TILES = "each thread visits elements of its own"
    ENTRIES = "each warp visits rows, each of its lanes entries of its own"
    ROWS = "each thread visits rows of its own, entry by entry"
    TARGETS = "each warp visits all rows, in each the entries whose other element it owns"


def sharing(program: Program, kernel: Kernel, sums: Sums) -> Sharing:
    """Return how the threads of a device share a kernel.

    Parameters
    ----------
    program : Program
        The program.
    kernel : Kernel
        One of its kernels.
    sums : {'fixed', 'fast'}
        Whether sums of fractions have the order of the processor, or any order.
    """
    if any(invokes_state(program, statement) for statement in statements_of(kernel)):
        return Sharing.ALONE
    match kernel.space:
        case Once():
            return Sharing.ONCE
        case Elements() | Events():
            return _of_elements(program, kernel, sums)
        case Rows() | Arrivals() | Moments():
            return _of_entries(program, kernel, sums)


def _of_elements(program: Program, kernel: Kernel, sums: Sums) -> Sharing:
    types = name_types(kernel)
    adds_fractions = any(
        isinstance(s, Accumulate) and types[s.target].is_float for s in statements_of(kernel)
    )
    if adds_fractions and sums == "fixed":
        return Sharing.ONCE
    return Sharing.BLOCK if records(program, kernel) else Sharing.TILES


def _of_entries(program: Program, kernel: Kernel, sums: Sums) -> Sharing:
    if isinstance(kernel.space, Moments) and filled(program, kernel) is not None:
        return Sharing.BLOCK
    owner = partition(program, kernel)
    if owner is Partition.SERIAL:
        return Sharing.ONCE
    shared = _shared(kernel)
    is_met_once = not isinstance(kernel.space, Moments)
    if is_met_once and (not shared or (sums == "fast" and shared <= added(kernel))):
        return Sharing.ENTRIES
    return Sharing.ROWS if owner is Partition.EVENTS else Sharing.TARGETS


def _shared(kernel: Kernel) -> frozenset[str]:
    """Return the names that are written and belong to several entries."""
    indices = {binding.name: binding.index for binding in kernel.bindings}
    return frozenset(n for n in written(kernel) if indices[n] not in (None, kernel.index))


def added(kernel: Kernel) -> frozenset[str]:
    """Return the names to which a kernel adds; it does nothing else with them."""
    return frozenset(s.target for s in statements_of(kernel) if isinstance(s, Accumulate))


def records(program: Program, kernel: Kernel) -> bool:
    """Return whether a kernel appends rows that are kept in the order of its elements."""
    return any(program.buffer(b).lifetime is not Lifetime.STEP for b in emitted(kernel))


def adds_alone(program: Program, kernel: Kernel, sums: Sums) -> bool:
    """Return whether nobody else adds to a place while a thread does."""
    return sharing(program, kernel, sums) in _ALONE or (
        table_of(program, kernel.space) is not None
        and event_of(kernel) is not None
        and not _shared(kernel)
    )


_ALONE = frozenset({Sharing.ALONE, Sharing.ONCE, Sharing.ROWS, Sharing.TARGETS})
