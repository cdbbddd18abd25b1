"""Tables of delays that a program of its own lays out anew when its steps get another length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from eqsim.program.nodes import Program

_NONE = -1


@dataclass(frozen=True, slots=True)
class DelayLayout:
    """A table of a program that was laid out by delays.

    Parameters
    ----------
    name : str
        Whose delays these are, for messages.
    clock : str
        The clock in whose steps they are counted.
    table : str
        The table.
    seconds : str
        The array with the delays in seconds: one, or one for each entry by its number.
    is_single : bool
        Whether there is one delay for all; the table has no parts then.
    in_order : tuple of str
        Arrays whose values lie in the order of the table's entries.
    depth : str
        The array with the number of steps for which events are kept.
    """

    name: str
    clock: str
    table: str
    seconds: str
    is_single: bool
    in_order: tuple[str, ...]
    depth: str


@dataclass(frozen=True, slots=True)
class DelaysContext:
    """What ``main.cpp`` says of a table of delays: numbers of clock, size and arrays, a file."""

    name: str
    clock: int
    file: str
    size: int
    delays: int
    begin: int
    entries: int
    depth: int
    in_order: tuple[int, ...]


def delays_contexts(
    layouts: Iterable[DelayLayout],
    program: Program,
    files: Mapping[str, str],
    extents: Iterable[str],
) -> Iterator[DelaysContext]:
    """Yield what the templates see of tables of delays.

    Parameters
    ----------
    layouts : iterable of DelayLayout
        The tables.
    program : Program
        The program.
    files : mapping of str to str
        The file of each array.
    extents : iterable of str
        Names of the sizes, in the order of their numbers.
    """
    places = {array.name: number for number, array in enumerate(program.arrays)}
    clocks = [clock.name for clock in program.clocks]
    sizes = list(extents)
    for layout in layouts:
        table = program.table(layout.table)
        assert table.delays is not None
        has_parts = not layout.is_single and table.entries is not None
        yield DelaysContext(
            name=layout.name,
            clock=clocks.index(layout.clock),
            file=files[layout.seconds],
            size=sizes.index(table.synapses) if has_parts else _NONE,
            delays=places[table.delays],
            begin=places[table.begin] if has_parts else _NONE,
            entries=places[str(table.entries)] if has_parts else _NONE,
            depth=places[layout.depth],
            in_order=tuple(places[name] for name in layout.in_order),
        )
