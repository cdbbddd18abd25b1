"""A kernel's way through the entries of a table, as templates see it."""

from __future__ import annotations

from eqsim.program.nodes import Arrivals, Elements, Events, Kernel, Moments, Once, Program, Rows
from eqsim.program.partition import Partition, partition
from eqsim.program.traverse import table_of
from eqsim.targets.c_context import TableContext
from eqsim.targets.c_printer import C_TYPES
from eqsim.targets.identifiers import IdentifierTable


def table_context(
    program: Program,
    kernel: Kernel,
    members: IdentifierTable,
    event: str,
    row: list[str],
) -> TableContext | None:
    """Return how a kernel finds the entries that it visits, None if it visits no table.

    Parameters
    ----------
    program : Program
        The program.
    kernel : Kernel
        The kernel.
    members : IdentifierTable
        Names of arrays, buffers and sizes in the generated code.
    event : str
        Identifier of the number of the row's element, empty if it has no name.
    row : list of str
        Lines to run once per row.
    """
    table = table_of(program, kernel.space)
    if table is None:
        return None
    shared = partition(program, kernel)
    delays = None if table.delays is None else program.array(table.delays)
    other = None if table.other is None else program.array(table.other)
    owned = _owned(program, kernel, shared)
    return TableContext(
        partition=shared.name.lower(),
        rows=members[f"n_{table.rows}"],
        first=members[table.first],
        begin=members[table.begin],
        delays="" if delays is None else members[delays.name],
        n_delays="" if delays is None else members[f"n_{delays.extent}"],
        entries="" if table.entries is None else members[table.entries],
        other="" if other is None else members[other.name],
        other_type="" if other is None else C_TYPES[other.dtype],
        owned="" if owned is None else members[f"n_{owned}"],
        event=event,
        row=row,
        **_found(program, kernel, members),
    )


def _owned(program: Program, kernel: Kernel, shared: Partition) -> str | None:
    """Return the extent whose elements workers share, None if one visits everything."""
    table = table_of(program, kernel.space)
    assert table is not None
    match shared:
        case Partition.SERIAL:
            return None
        case Partition.OTHERS:
            return table.others
        case Partition.EVENTS:
            if isinstance(kernel.space, Arrivals):
                return program.buffer(kernel.space.events).extent
            return table.rows


def _found(program: Program, kernel: Kernel, members: IdentifierTable) -> dict[str, str]:
    """Return the members by which rows are found."""
    match kernel.space:
        case Arrivals(_, events, _, since):
            return {
                "events": members[events],
                "sources": members[f"n_{program.buffer(events).extent}"],
                "since": "" if since is None else members[since],
            }
        case Moments(_, steps, period):
            return {"steps": members[steps], "period": members[period]}
        case Rows() | Once() | Elements() | Events():
            return {}
