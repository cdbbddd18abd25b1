"""What is the same for all elements is computed once, before the loop over them.

Keeps values exactly: the same operations on the same numbers, done earlier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from eqsim.expressions.nodes import Binary, Call, Expr, Literal, Name, Select, Unary
from eqsim.expressions.statements import (
    Assign,
    Gather,
    Invoke,
    MatrixExponential,
    Statement,
    While,
)
from eqsim.expressions.traverse import free_names, map_children
from eqsim.program.nodes import Kernel, Once, Program
from eqsim.program.traverse import (
    expressions,
    flatten,
    invokes_state,
    map_expressions,
    targets,
    written,
)


def hoist_invariants(program: Program) -> Program:
    """Move what does not depend on the element into the prologue of each kernel."""
    return replace(program, kernels=tuple(_hoist(program, kernel) for kernel in program.kernels))


def _hoist(program: Program, kernel: Kernel) -> Kernel:
    if isinstance(kernel.space, Once):
        return kernel
    # Under which name an element changes a value is no matter: others read it under all names.
    names = written(kernel)
    changed = {binding.array for binding in kernel.bindings if binding.name in names}
    invariant = {
        binding.name
        for binding in kernel.bindings
        if program.array(binding.array).extent is None and binding.array not in changed
    }
    invariant |= {target for s in kernel.prologue for target in targets(s)}
    counts = Counter(target for s in flatten(kernel.body) for target in targets(s))
    once = frozenset(name for name, count in counts.items() if count == 1)
    hoisting = _Hoisting(program, invariant, once)
    body = hoisting.statements(kernel.body)
    return replace(kernel, prologue=(*kernel.prologue, *hoisting.moved), body=body)


class _Hoisting:
    """One pass over a body, collecting what moves."""

    def __init__(self, program: Program, invariant: set[str], once: frozenset[str]) -> None:
        self.program = program
        self.invariant = invariant
        self.once = once
        self.moved: list[Statement] = []
        self.names: dict[Expr, str] = {}

    def statements(self, statements: Iterable[Statement]) -> tuple[Statement, ...]:
        changed = (self.statement(statement) for statement in statements)
        return tuple(statement for statement in changed if statement is not None)

    def statement(self, statement: Statement) -> Statement | None:
        if self._moves(statement):
            self.moved.append(statement)
            self.invariant.update(targets(statement))
            return None
        if isinstance(statement, While):
            condition = self.expression(statement.condition)
            return While(condition, self.statements(statement.body))
        return map_expressions(statement, self.expression)

    def _moves(self, statement: Statement) -> bool:
        """Return whether a statement moves as a whole: its results are locals."""
        if not isinstance(statement, MatrixExponential | Gather | Invoke):
            return False
        # What is assigned again, as a loop does with what it carries, is another value then.
        if invokes_state(self.program, statement) or not self.once.issuperset(targets(statement)):
            return False
        return all(map(self._is_free, expressions(statement)))

    def expression(self, expr: Expr) -> Expr:
        if isinstance(expr, Literal | Name):
            return expr
        if self._is_free(expr) and isinstance(expr, Binary | Call | Select | Unary):
            return Name(self._local(expr), expr.span)
        return map_children(expr, self.expression)

    def _is_free(self, expr: Expr) -> bool:
        return free_names(expr) <= self.invariant

    def _local(self, expr: Expr) -> str:
        if expr not in self.names:
            name = f"_invariant_{len(self.names)}"
            self.names[expr] = name
            self.moved.append(Assign(name, expr))
        return self.names[expr]
