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
    Draw,
    Emit,
    MatrixExponential,
    Statement,
)
from eqsim.expressions.traverse import free_names
from eqsim.program.nodes import Kernel, Lifetime, Once, Program


def flatten(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield all statements, those inside branches after their branch."""
    for statement in statements:
        yield statement
        if isinstance(statement, Branch):
            yield from flatten(statement.body)


def expressions(statement: Statement) -> tuple[Expr, ...]:
    """Return the expressions of one statement, without those inside a branch's body."""
    match statement:
        case Assign(_, value) | Accumulate(_, value):
            return (value,)
        case Draw(_, _, arguments, _):
            return arguments
        case MatrixExponential(_, entries):
            return entries
        case Branch(condition, _):
            return (condition,)
        case Emit(_, values):
            return values
        case _:
            assert_never(statement)


def targets(statement: Statement) -> tuple[str, ...]:
    """Return the names that one statement defines or changes."""
    match statement:
        case Assign(target, _) | Accumulate(target, _) | Draw(target, _, _, _):
            return (target,)
        case MatrixExponential(names, _):
            return names
        case Branch() | Emit():
            return ()
        case _:
            assert_never(statement)


def map_expressions(statement: Statement, change: Callable[[Expr], Expr]) -> Statement:
    """Return the statement with ``change`` applied to each of its expressions, bodies included."""
    match statement:
        case Assign(_, value) | Accumulate(_, value):
            return replace(statement, value=change(value))
        case Draw(_, _, arguments, _):
            return replace(statement, arguments=tuple(map(change, arguments)))
        case MatrixExponential(_, entries):
            return replace(statement, entries=tuple(map(change, entries)))
        case Branch(condition, body):
            changed = tuple(map_expressions(inner, change) for inner in body)
            return Branch(change(condition), changed)
        case Emit(buffer, values):
            return Emit(buffer, tuple(map(change, values)))
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


def filled(program: Program, kernel: Kernel) -> str | None:
    """Return the ``STEP`` buffer that a kernel fills, if it does."""
    for name in sorted(emitted(kernel)):
        if program.buffer(name).lifetime is Lifetime.STEP:
            return name
    return None


def is_serial(program: Program, kernel: Kernel) -> bool:
    """Return whether the elements must be visited one after the other, in index order.

    They must where rows are recorded (their order is the order of the record), where elements add
    into one place, and where there is one element only.
    """
    if isinstance(kernel.space, Once):
        return True
    if any(isinstance(statement, Accumulate) for statement in statements_of(kernel)):
        return True
    return any(program.buffer(name).lifetime is Lifetime.RUN for name in emitted(kernel))


def is_isolated(program: Program, kernel: Kernel) -> bool:
    """Return whether a kernel may see or change elements that another thread owns."""
    return is_serial(program, kernel) or any(b.index is not None for b in kernel.bindings)
