"""The rules for loops over one element, and for checks."""

from __future__ import annotations

from collections.abc import Iterator

from eqsim.expressions.nodes import Expr
from eqsim.expressions.statements import (
    Assign,
    Branch,
    Check,
    Gather,
    Invoke,
    MatrixExponential,
    Statement,
    While,
)
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Kernel, Program
from eqsim.program.traverse import flatten, statements_of
from eqsim.program.types import definitions, name_types, with_carried

_IN_LOOPS = (Assign, Gather, Invoke, MatrixExponential, Branch)


def conditions(statement: Statement) -> list[Expr]:
    """Return what must be a truth value in a statement itself."""
    match statement:
        case Branch(condition, _) | While(condition, _):
            return [condition]
        case Check(fine, _):
            return [fine]
        case _:
            return []


def check_loops(kernel: Kernel) -> Iterator[str]:
    """Yield what loops do that they cannot, and what would not keep its type in them."""
    for statement in statements_of(kernel):
        if isinstance(statement, While):
            for inner in flatten(statement.body):
                if not isinstance(inner, _IN_LOOPS):
                    yield f"a loop has a {type(inner).__name__}"
    types = name_types(kernel)
    bound = {binding.name for binding in kernel.bindings}
    for statement, carried in with_carried(kernel.body):
        for target, dtype in definitions(statement, types, kernel.real) if carried else ():
            if target in carried - bound and not _converts(dtype, types[target]):
                yield (f"a loop makes {target!r}, which is {types[target].value}, a {dtype.value}")


def _converts(given: DType, kept: DType) -> bool:
    """Whether a value can be stored in a type without becoming another kind of number."""
    return kept.is_float or given is kept or (given is DType.BOOLEAN and kept is DType.INT64)


def check_problems(program: Program) -> Iterator[str]:
    """Yield the problems that checks note of elements of several kinds.

    A problem is told by its number and that of the element, as of a step of its clock.
    """
    known: dict[str, tuple[str | None, str]] = {}
    for kernel in program.kernels:
        for statement in statements_of(kernel):
            if not isinstance(statement, Check):
                continue
            place = program.extent_of(kernel.space), kernel.clock
            if known.setdefault(statement.problem, place) != place:
                yield f"{statement.problem!r} is noted of elements of several kinds"
