"""Where workers wait for each other in a step: as seldom as what they share allows.

Each element belongs to one worker. What a worker does to its own elements concerns nobody else;
before it looks at what another one may have changed, or changes what another one may still be
looking at, all wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eqsim.expressions.statements import Check, Gather
from eqsim.program.nodes import (
    Arrivals,
    Elements,
    Events,
    Kernel,
    Launch,
    Lifetime,
    Moments,
    Program,
    Rows,
)
from eqsim.program.partition import Partition, is_serial, partition
from eqsim.program.traverse import emitted, statements_of, table_of, used, visited_events, written

ANYONE = "anyone"
ONE = "the first worker"
FAILURE = "failure"
"""Whether the simulation failed: told by kernels that need memory, asked before each step."""
PROBLEM = "problem"
"""Whether a check failed: noted by whoever finds it, with its step, asked after each step."""


@dataclass(frozen=True, slots=True)
class Access:
    """Something that a kernel reads or changes.

    Parameters
    ----------
    resource : str
        An array or a buffer.
    owner : str
        Which worker touches which element of it: what is owned equally is touched by the same
        worker in both of two kernels.
    changes : bool
        Whether it is changed.
    """

    resource: str
    owner: str
    changes: bool


def waits(program: Program) -> tuple[bool, ...]:
    """Return whether all workers wait for each other before each launch.

    The last value is for the beginning of the next step, before which it is asked whether the
    simulation has failed.
    """
    asked = (Access(FAILURE, ANYONE, False), Access(PROBLEM, ANYONE, False))
    places = [_of_launch(program, launch) for launch in program.launches]
    places.append(asked)
    found = [False] * len(places)
    while True:
        before = list(found)
        _place(places, found)
        if found == before:
            return tuple(found)


def _place(places: Sequence[Sequence[Access]], found: list[bool]) -> None:
    """Go through two steps, one after the other, and wait where it is needed."""
    since: list[Access] = []
    for number, accesses in [*enumerate(places), *enumerate(places)]:
        found[number] = found[number] or any(_meet(a, b) for a in since for b in accesses)
        if found[number]:
            since = []
        since += accesses


def _meet(first: Access, second: Access) -> bool:
    """Whether two workers may meet at something of which one is changing it."""
    if first.resource != second.resource or not (first.changes or second.changes):
        return False
    if first.resource == PROBLEM and not first.changes:
        # Who still asks about the last step sees that what is noted now is of a later one.
        return False
    return first.owner != second.owner or first.owner == ANYONE


def _of_launch(program: Program, launch: object) -> tuple[Access, ...]:
    if not isinstance(launch, Launch):
        # Workers leave a pause together, and begin together after it.
        return ()
    kernel = program.kernel(launch.kernel)
    touched = (*_arrays(program, kernel), *_buffers(program, kernel), *_problems(kernel))
    return tuple(dict.fromkeys(touched))


def _problems(kernel: Kernel) -> Iterator[Access]:
    """Yield that problems are noted: who notes one does not disturb others who do."""
    if any(isinstance(statement, Check) for statement in statements_of(kernel)):
        yield Access(PROBLEM, "whoever finds it", True)


def _arrays(program: Program, kernel: Kernel) -> Iterator[Access]:
    changed, touched = written(kernel), used(kernel)
    serial = is_serial(program, kernel)
    for binding in kernel.bindings:
        if binding.name in touched:
            owner = ONE if serial else _owner(program, kernel, binding.array, binding.index)
            yield Access(binding.array, owner, binding.name in changed)
    for statement in statements_of(kernel):
        if isinstance(statement, Gather):
            yield Access(statement.array, ONE if serial else ANYONE, False)


def _owner(program: Program, kernel: Kernel, array: str, index: str | None) -> str:
    """Return who touches which element of an array that a kernel binds."""
    extent = program.array(array).extent
    if extent is None:
        return ANYONE
    own = index in (None, kernel.index)
    match kernel.space:
        case Elements(over):
            return _elements(over) if own and extent == over else ANYONE
        case Events(buffer):
            over = str(program.buffer(buffer).extent)
            return _elements(over) if own and extent == over else ANYONE
        case Rows() | Arrivals() | Moments():
            return _owner_in_table(program, kernel, extent, index, own=own)
        case _:
            return ANYONE


def _owner_in_table(
    program: Program, kernel: Kernel, extent: str, index: str | None, *, own: bool
) -> str:
    table = table_of(program, kernel.space)
    assert table is not None
    shared = partition(program, kernel)
    if shared is Partition.OTHERS:
        if own:
            return f"by the other end in {table.other or table.synapses}"
        # The other end of another synapse is anyone's.
        own_ends = {
            binding.name
            for binding in kernel.bindings
            if binding.array == table.other and binding.index in (None, kernel.index)
        }
        return _elements(extent) if index in own_ends and extent == table.others else ANYONE
    if not isinstance(kernel.space, Arrivals):
        return f"by the row in {table.name}" if own else ANYONE
    # Rows are shared by the elements that have events, which may be more than those with a row.
    sources = str(program.buffer(kernel.space.events).extent)
    if own:
        return f"by the source among {sources} in {table.name}"
    return _elements(extent) if index == kernel.space.event and extent == sources else ANYONE


def _elements(extent: str) -> str:
    return f"elements of {extent}"


def _buffers(program: Program, kernel: Kernel) -> Iterator[Access]:
    serial = is_serial(program, kernel)
    visited = visited_events(kernel)
    if visited is not None:
        yield Access(visited, ONE if serial else _reader(program, kernel), False)
    for name in sorted(emitted(kernel)):
        buffer = program.buffer(name)
        if buffer.lifetime is Lifetime.STEP:
            owner = ONE if serial else _elements(str(buffer.extent))
            yield Access(name, owner, True)
        else:
            yield Access(name, ONE, True)
            yield Access(FAILURE, ONE, True)


def _reader(program: Program, kernel: Kernel) -> str:
    """Return who reads which of the events that a kernel visits."""
    if isinstance(kernel.space, Events):
        return _elements(str(program.buffer(kernel.space.buffer).extent))
    visited = str(visited_events(kernel))
    in_segments = program.buffer(visited).lifetime is Lifetime.STEP
    by_event = partition(program, kernel) is Partition.EVENTS
    return _elements(str(program.buffer(visited).extent)) if in_segments and by_event else ANYONE
