"""A program to text for people: what runs, over what, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Check,
    Draw,
    Emit,
    Gather,
    Invoke,
    MatrixExponential,
    Statement,
    While,
)
from eqsim.program.nodes import (
    Array,
    Arrivals,
    Elements,
    Events,
    IndexSpace,
    Kernel,
    Moments,
    Once,
    Pause,
    Program,
    Rows,
    Table,
)


def program_text(program: Program) -> str:
    """Return a program as text, one line per array, statement and launch.

    Examples
    --------
    >>> from eqsim import Network, NeuronGroup, ms
    >>> G = NeuronGroup(10, 'dx/dt = 1/ms : 1', method='euler', name='cells')
    >>> print(program_text(Network(G).lower({}).program))
    arrays
      defaultclock.dt: float64, clock
      defaultclock.timestep: int64, clock
      defaultclock.end: int64, clock
      cells.x: float64[cells], state variable, per instance
      random.key: int64, built-in, per instance
    each step
      cells_state_update, for each of cells, in groups
        once: _invariant_0 = dt * 1000.0
        _new_x = x + _invariant_0
        x = _new_x
        note cells.not_finite unless x - x == 0.0
    """
    lines = ["arrays", *(f"  {_array(array)}" for array in program.arrays)]
    if program.tables:
        lines += ["tables", *(f"  {_table(table)}" for table in program.tables)]
    lines.append("each step")
    for launch in program.launches:
        if isinstance(launch, Pause):
            lines.append(f"  pause for {launch.name}, in {launch.slot}")
            continue
        kernel = program.kernel(launch.kernel)
        lines.append(f"  {kernel.name}, {_space(kernel.space)}, in {launch.slot}")
        lines += [f"    {line}" for line in _kernel(kernel)]
    return "\n".join(lines)


def _array(array: Array) -> str:
    extent = f"[{array.extent}]" if array.extent is not None else ""
    held = ", per instance" if array.per_instance else ""
    return f"{array.name}: {array.dtype.value}{extent}, {array.role.value}{held}"


def _table(table: Table) -> str:
    delays = "" if table.delays is None else f", by {table.delays}"
    return f"{table.name}: {table.synapses} of each of {table.rows}, to {table.others}{delays}"


def _space(space: IndexSpace) -> str:
    match space:
        case Once():
            return "once"
        case Elements(extent):
            return f"for each of {extent}"
        case Events(buffer):
            return f"for each event of {buffer}"
        case Rows(table, event):
            return f"for each entry of {table}, {event} by {event}"
        case Arrivals(table, events, event, _):
            return f"for each entry of {table} at each event {event} of {events}"
        case Moments(table, steps, _):
            return f"for each entry of {table} in the row of the step in {steps}"
        case _:
            assert_never(space)


def _kernel(kernel: Kernel) -> Iterator[str]:
    yield from (f"once: {line}" for line in statement_lines(kernel.prologue))
    yield from statement_lines(kernel.body)


def statement_lines(statements: Iterable[Statement]) -> Iterator[str]:
    """Yield the lines of statements."""
    for statement in statements:
        match statement:
            case Assign(target, value):
                yield f"{target} = {to_text(value)}"
            case Accumulate(target, value):
                yield f"{target} += {to_text(value)}, summed over elements"
            case Draw(target, distribution, arguments, stream):
                given = ", ".join(map(to_text, arguments))
                yield f"{target} = {distribution.value}({given}) from stream {stream}"
            case Gather() | Invoke():
                yield _taken(statement)
            case MatrixExponential(targets, entries):
                yield f"{', '.join(targets)} = exponential of [{', '.join(map(to_text, entries))}]"
            case Branch() | While():
                yield from _with_body(statement)
            case Check(fine, problem):
                yield f"note {problem} unless {to_text(fine)}"
            case Emit(buffer, values):
                yield f"append {', '.join(map(to_text, values))} to {buffer}"
            case _:
                assert_never(statement)


def _taken(statement: Gather | Invoke) -> str:
    if isinstance(statement, Gather):
        return f"{statement.target} = element {to_text(statement.index)} of {statement.array}"
    arguments = ", ".join(map(to_text, statement.arguments))
    return f"{statement.target} = {statement.function}({arguments}), from outside"


def _with_body(statement: Branch | While) -> Iterator[str]:
    word = "where" if isinstance(statement, Branch) else "while"
    yield f"{word} {to_text(statement.condition)}:"
    yield from (f"  {line}" for line in statement_lines(statement.body))
