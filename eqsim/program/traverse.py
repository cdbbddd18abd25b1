"""Walks over the statements of kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from eqsim.expressions.nodes import Expr
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
from eqsim.expressions.traverse import free_names
from eqsim.program.nodes import (
    Arrivals,
    Binding,
    Elements,
    Events,
    IndexSpace,
    Kernel,
    Lifetime,
    Moments,
    Once,
    Program,
    Rows,
    Table,
)


def flatten(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield all statements, those inside branches and loops after their branch or loop."""
    for statement in statements:
        yield statement
        if isinstance(statement, Branch | While):
            yield from flatten(statement.body)


def expressions(statement: Statement) -> tuple[Expr, ...]:
    """Return the expressions of one statement, without those inside its body."""
    match statement:
        case Assign(_, value) | Accumulate(_, value):
            return (value,)
        case Draw(_, _, arguments, _) | Invoke(_, _, arguments, _):
            return arguments
        case Gather(_, _, index, _):
            return (index,)
        case MatrixExponential(_, entries):
            return entries
        case Branch(condition, _) | While(condition, _):
            return (condition,)
        case Check(fine, _):
            return (fine,)
        case Emit(_, values):
            return values
        case _:
            assert_never(statement)


def targets(statement: Statement) -> tuple[str, ...]:
    """Return the names that one statement defines or changes."""
    match statement:
        case Assign(target, _) | Accumulate(target, _) | Draw(target, _, _, _):
            return (target,)
        case Gather(target, _, _, _) | Invoke(target, _, _, _):
            return (target,)
        case MatrixExponential(names, _):
            return names
        case Branch() | While() | Check() | Emit():
            return ()
        case _:
            assert_never(statement)


def map_expressions(statement: Statement, change: Callable[[Expr], Expr]) -> Statement:
    """Return the statement with ``change`` applied to each of its expressions, bodies included."""
    match statement:
        case Assign(_, value) | Accumulate(_, value):
            return replace(statement, value=change(value))
        case Draw(_, _, arguments, _) | Invoke(_, _, arguments, _):
            return replace(statement, arguments=tuple(map(change, arguments)))
        case Gather(_, _, index, _):
            return replace(statement, index=change(index))
        case MatrixExponential(_, entries):
            return replace(statement, entries=tuple(map(change, entries)))
        case Branch(condition, body) | While(condition, body):
            changed = tuple(map_expressions(inner, change) for inner in body)
            return replace(statement, condition=change(condition), body=changed)
        case Check(fine, _):
            return replace(statement, fine=change(fine))
        case Emit(buffer, values):
            return Emit(buffer, tuple(map(change, values)))
        case _:
            assert_never(statement)


def map_targets(statement: Statement, change: Callable[[str], str]) -> Statement:
    """Return the statement with other names for what it defines or changes, bodies included."""
    match statement:
        case Assign(target, _) | Accumulate(target, _) | Draw(target, _, _, _):
            return replace(statement, target=change(target))
        case Gather(target, _, _, _) | Invoke(target, _, _, _):
            return replace(statement, target=change(target))
        case MatrixExponential(names, _):
            return replace(statement, targets=tuple(map(change, names)))
        case Branch(_, body) | While(_, body):
            return replace(statement, body=tuple(map_targets(inner, change) for inner in body))
        case Check() | Emit():
            return statement
        case _:
            assert_never(statement)


def statements_of(kernel: Kernel) -> Iterator[Statement]:
    """Yield all statements of a kernel."""
    yield from flatten(kernel.prologue)
    yield from flatten(kernel.body)


def written(kernel: Kernel) -> frozenset[str]:
    """Return the bound names that a kernel changes."""
    bound = {binding.name for binding in kernel.bindings}
    return frozenset(
        target
        for statement in statements_of(kernel)
        for target in targets(statement)
        if target in bound
    )


def used(kernel: Kernel) -> frozenset[str]:
    """Return all names that a kernel reads or changes."""
    names = {binding.index for binding in kernel.bindings if binding.index is not None}
    for statement in statements_of(kernel):
        names.update(targets(statement))
        for expression in expressions(statement):
            names |= free_names(expression)
    return frozenset(names)


def emitted(kernel: Kernel) -> frozenset[str]:
    """Return the buffers that a kernel appends to."""
    return frozenset(s.buffer for s in statements_of(kernel) if isinstance(s, Emit))


def visited_events(kernel: Kernel) -> str | None:
    """Return the buffer whose events a kernel visits, None if it visits something else."""
    match kernel.space:
        case Events(buffer) | Arrivals(_, buffer, _, _):
            return buffer
        case _:
            return None


def filled(program: Program, kernel: Kernel) -> str | None:
    """Return the ``STEP`` buffer that a kernel fills, if it does."""
    for name in sorted(emitted(kernel)):
        if program.buffer(name).lifetime is Lifetime.STEP:
            return name
    return None


def table_of(program: Program, space: IndexSpace) -> Table | None:
    """Return the table whose entries a kernel visits, None if it visits something else."""
    match space:
        case Once() | Elements() | Events():
            return None
        case Rows(table, _) | Arrivals(table, _, _, _) | Moments(table, _, _):
            return program.table(table)
        case _:
            assert_never(space)


def event_of(kernel: Kernel) -> str | None:
    """Return the name that holds the number of the row's element in a body, None if none does."""
    match kernel.space:
        case Once() | Elements() | Events() | Moments():
            return None
        case Rows(_, event) | Arrivals(_, _, event, _):
            return event
        case _:
            assert_never(kernel.space)


def invokes_state(program: Program, statement: Statement) -> bool:
    """Return whether a statement invokes a function whose calls depend on their order."""
    return isinstance(statement, Invoke) and not program.function(statement.function).is_stateless


def in_order_of_loading(kernel: Kernel) -> tuple[Binding, ...]:
    """Return the bindings of a kernel, each after the one that holds its index."""
    by_name = {binding.name: binding for binding in kernel.bindings}

    def depth(binding: Binding) -> int:
        index = by_name.get(binding.index or "")
        return 0 if index is None else 1 + depth(index)

    return tuple(sorted(kernel.bindings, key=depth))
