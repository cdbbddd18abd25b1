"""The rules for tables, for histories of events, and for kernels over the entries of tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from eqsim.expressions.nodes import Name
from eqsim.expressions.statements import Accumulate, Assign, Draw, Emit, MatrixExponential
from eqsim.expressions.traverse import free_names
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    Array,
    Arrivals,
    Buffer,
    Column,
    Elements,
    Events,
    Kernel,
    Lifetime,
    Moments,
    Once,
    Program,
    Rows,
    Table,
)
from eqsim.program.traverse import emitted, expressions, statements_of, table_of, targets, written

_OF_HISTORIES = (Column("timestep", DType.INT64), Column("i", DType.INT32))
_INT32 = (DType.INT32,)
_INT64 = (DType.INT64,)


def check_tables(program: Program) -> Iterator[str]:
    """Yield what is wrong with the tables themselves."""
    for table in program.tables:
        for problem in _check_table(program, table):
            yield f"table {table.name!r}: {problem}"


def _check_table(program: Program, table: Table) -> Iterator[str]:
    for extent in (table.synapses, table.rows, table.others):
        if extent not in program.extents:
            yield f"unknown extent {extent!r}"
    yield from _check_single(program, table.first)
    for name in (table.begin, table.delays, table.entries):
        if name is not None:
            yield from _check_array(program, name, _INT32)
    if table.other is not None:
        types = (DType.UINT16, DType.INT32)
        yield from _check_array(program, table.other, types, table.synapses)
    elif table.others != table.synapses:
        yield f"the elements on the other side are {table.others!r}, and no array says which"


def _array(program: Program, name: str) -> Array | None:
    return next((array for array in program.arrays if array.name == name), None)


def _check_array(
    program: Program, name: str, types: tuple[DType, ...], extent: str | None = None
) -> Iterator[str]:
    """Check an array of numbers that is common to all instances; its extent, if one is given."""
    array = _array(program, name)
    if array is None:
        yield f"unknown array {name!r}"
    elif array.extent is None or extent not in (None, array.extent):
        yield f"{name!r} has extent {array.extent!r}, not {extent or 'one of its own'!r}"
    elif array.dtype not in types:
        yield f"{name!r} is {array.dtype.value}"
    elif array.per_instance:
        yield f"{name!r} is not common to all instances"


def _check_single(program: Program, name: str) -> Iterator[str]:
    array = _array(program, name)
    if array is None:
        yield f"unknown array {name!r}"
    elif (array.dtype, array.extent, array.per_instance) != (DType.INT64, None, False):
        yield f"{name!r} is no single int64 value common to all instances"


def check_histories(program: Program) -> Iterator[str]:
    """Yield what is wrong with the histories of events themselves."""
    for buffer in program.buffers:
        if buffer.lifetime is not Lifetime.HISTORY:
            continue
        for extent in (buffer.extent, buffer.name):
            if extent not in program.extents:
                yield f"{buffer.name!r} keeps events and lacks the extent {extent!r}"
        if buffer.columns != _OF_HISTORIES:
            yield f"{buffer.name!r} keeps events and does not hold steps and indices"
        for array in buffer.arrays:
            if _array(program, array.name) != array:
                yield f"{buffer.name!r} keeps events and lacks its array {array.name!r}"
        if len([kernel for kernel in program.kernels if buffer.name in emitted(kernel)]) > 1:
            yield f"several kernels append to {buffer.name!r}"


def check_space(program: Program, kernel: Kernel) -> Iterator[str]:
    """Yield what is wrong with the tables, buffers and arrays that a kernel's space names."""
    space = kernel.space
    match space:
        case Once() | Elements():
            pass
        case Events(name):
            buffer = _buffer(program, name)
            if buffer is None:
                yield f"visits the unknown buffer {name!r}"
            elif buffer.lifetime is not Lifetime.STEP:
                yield f"visits {name!r}, which does not hold the events of the step"
        case Rows(name, _):
            yield from _check_undelayed(program, name)
        case Moments(name, steps, period):
            yield from _check_undelayed(program, name)
            table = _table(program, name)
            rows = None if table is None else table.rows
            yield from _check_array(program, steps, _INT64, rows)
            yield from _check_single(program, period)
        case Arrivals():
            yield from _check_arrivals(program, kernel, space)
        case _:
            assert_never(space)


def _table(program: Program, name: str) -> Table | None:
    return next((table for table in program.tables if table.name == name), None)


def _buffer(program: Program, name: str) -> Buffer | None:
    return next((buffer for buffer in program.buffers if buffer.name == name), None)


def _check_undelayed(program: Program, name: str) -> Iterator[str]:
    table = _table(program, name)
    if table is None:
        yield f"visits the unknown table {name!r}"
    elif table.delays is not None:
        yield f"visits the table {name!r}, which has delays"


def _check_arrivals(program: Program, kernel: Kernel, space: Arrivals) -> Iterator[str]:
    table = _table(program, space.table)
    buffer = _buffer(program, space.events)
    if table is None:
        yield f"visits the unknown table {space.table!r}"
    elif buffer is None:
        yield f"visits the unknown buffer {space.events!r}"
    elif buffer.lifetime is Lifetime.STEP:
        if table.delays is not None:
            yield f"visits {table.name!r}, which has delays, for events of the step only"
        if space.since is not None:
            yield "counts events of the step from another one on"
    elif buffer.lifetime is Lifetime.HISTORY:
        if table.delays is None:
            yield f"visits {table.name!r}, which has no delays, for events of earlier steps"
        if space.since is not None:
            yield from _check_single(program, space.since)
        yield from _check_clock(program, kernel, buffer)
    else:
        yield f"visits the record {buffer.name!r}"


def _check_clock(program: Program, kernel: Kernel, buffer: Buffer) -> Iterator[str]:
    for other in program.kernels:
        if buffer.name in emitted(other) and other.clock != kernel.clock:
            yield f"counts the steps of {buffer.name!r} on the clock {kernel.clock!r}"


def check_entries(program: Program, kernel: Kernel) -> Iterator[str]:
    """Yield what is wrong with a body that runs for the entries of a table."""
    if table_of(program, kernel.space) is None:
        return
    bindings = {binding.name: binding for binding in kernel.bindings}
    for name in sorted(written(kernel)):
        if not program.array(bindings[name].array).per_instance:
            yield f"the body writes {name!r}, which all instances share"
    statements = list(statements_of(kernel))
    read = {n for s in statements for e in expressions(s) for n in free_names(e)}
    defines = (Assign, Draw, MatrixExponential)
    assigned = {t for s in statements if isinstance(s, defines) for t in targets(s)}
    for target in sorted({s.target for s in statements if isinstance(s, Accumulate)}):
        if target not in bindings:
            yield f"the body adds to {target!r}, which is no array"
        elif bindings[target].dtype is DType.BOOLEAN:
            yield f"the body adds to the truth value {target!r}"
        if target in read | assigned:
            yield f"the body adds to {target!r} and uses it otherwise"


def check_structure(program: Program, kernel: Kernel) -> Iterator[str]:
    """Yield which arrays a body writes that say where rows and events are."""
    fixed = {name for table in program.tables for name in _arrays_of(table)}
    fixed |= {array.name for buffer in program.buffers for array in buffer.arrays}
    for other in program.kernels:
        match other.space:
            case Arrivals(_, _, _, str(since)):
                fixed.add(since)
            case Moments(_, steps, period):
                fixed |= {steps, period}
            case _:
                pass
    changed = written(kernel)
    for binding in kernel.bindings:
        if binding.name in changed and binding.array in fixed:
            yield f"the body writes {binding.name!r}, by which rows are found"


def _arrays_of(table: Table) -> Iterator[str]:
    for name in (table.first, table.begin, table.delays, table.entries, table.other):
        if name is not None:
            yield name


def check_events(program: Program, kernel: Kernel, emit: Emit) -> Iterator[str]:
    """Yield what is wrong with a statement that fills a buffer of events."""
    buffer = program.buffer(emit.buffer)
    match buffer.lifetime:
        case Lifetime.STEP:
            if not _may_fill(program, kernel, buffer):
                yield f"fills {buffer.name!r} from another index space"
        case Lifetime.HISTORY:
            if not _is_over_events_of(program, kernel, buffer):
                yield f"appends to {buffer.name!r} from another index space"
            step, index = emit.values
            steps = {b.name for b in kernel.bindings if b.array == f"{kernel.clock}.timestep"}
            if not (isinstance(step, Name) and step.identifier in steps):
                yield f"appends to {buffer.name!r} without the step"
            if not (isinstance(index, Name) and index.identifier == kernel.index):
                yield f"appends to {buffer.name!r} without the index"
        case Lifetime.RUN:
            pass
        case _:
            assert_never(buffer.lifetime)


def _may_fill(program: Program, kernel: Kernel, buffer: Buffer) -> bool:
    match kernel.space:
        case Elements(extent):
            return extent == buffer.extent
        case Moments():
            table = table_of(program, kernel.space)
            return table is not None and table.other is None and table.synapses == buffer.extent
        case Once() | Events() | Rows() | Arrivals():
            return False
        case _:
            assert_never(kernel.space)


def _is_over_events_of(program: Program, kernel: Kernel, buffer: Buffer) -> bool:
    match kernel.space:
        case Events(name):
            return program.buffer(name).extent == buffer.extent
        case Once() | Elements() | Rows() | Arrivals() | Moments():
            return False
        case _:
            assert_never(kernel.space)
