"""Common subexpressions: what occurs several times in a body is computed once.

So is what several statements gather from one place of an array, or invoke a function for.

Keeps values exactly: equal trees over equal values have equal results. Statements inside branches
are left as they are; they run for few elements. One pass of a loop shares what it computes among
its own statements. Checks are left as they are: where they fail is found by what they read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import assert_never

from eqsim.expressions.nodes import (
    Binary,
    Call,
    Compare,
    Expr,
    Literal,
    Logical,
    Name,
    Select,
    Unary,
)
from eqsim.expressions.statements import Assign, Branch, Check, Gather, Invoke, Statement, While
from eqsim.expressions.traverse import children, map_children
from eqsim.program.nodes import Kernel, Program
from eqsim.program.traverse import expressions, flatten, invokes_state, map_expressions, targets


def share_subexpressions(program: Program) -> Program:
    """Give each subexpression that a kernel uses more than once a local of its own."""
    return replace(program, kernels=tuple(_share(program, kernel) for kernel in program.kernels))


def _share(program: Program, kernel: Kernel) -> Kernel:
    prologue = _Sharing(program, "_scalar").run(kernel.prologue)
    return replace(kernel, prologue=prologue, body=_Sharing(program, "_shared").run(kernel.body))


class _Sharing:
    """One pass over straight-line statements."""

    def __init__(self, program: Program, prefix: str) -> None:
        self.program = program
        self.prefix = prefix
        self.values = _ValueNumbers()
        self.uses: Counter[int] = Counter()
        self.locals: dict[int, str] = {}
        self.results: dict[tuple[Statement, tuple[int, ...]], str] = {}
        self.loops = 0

    def run(self, statements: Iterable[Statement]) -> tuple[Statement, ...]:
        """Return the statements with shared parts computed once, before their first use."""
        statements = tuple(statements)
        for statement in statements:
            # A loop's condition is computed anew before each pass.
            if not isinstance(statement, While | Check):
                for expression in expressions(statement):
                    self._count(expression)
            self._assigned(statement)
        self.values.begin_again()
        return tuple(self._rewritten(statements))

    def _rewritten(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        for statement in statements:
            before: list[Statement] = []
            changed = self._statement(statement, before)
            yield from before
            yield changed
            self._assigned(statement)

    def _statement(self, statement: Statement, before: list[Statement]) -> Statement:
        match statement:
            case Branch(condition, body):
                return Branch(self._replace(condition, before), self._with_loops(body))
            case While():
                return self._loop(statement)
            case Check():
                return statement
            case _:
                changed = map_expressions(statement, partial(self._replace, before=before))
                return self._same_result(changed)

    def _with_loops(self, body: Iterable[Statement]) -> tuple[Statement, ...]:
        """Return the statements of a branch: only what is in loops changes."""
        return tuple(
            self._loop(statement) if isinstance(statement, While) else statement
            for statement in body
        )

    def _loop(self, loop: While) -> While:
        number, self.loops = self.loops, self.loops + 1
        return replace(loop, body=_Sharing(self.program, f"_pass_{number}").run(loop.body))

    def _same_result(self, statement: Statement) -> Statement:
        """Return the statement, or how its target follows from that of an equal one before."""
        if not isinstance(statement, Gather | Invoke) or invokes_state(self.program, statement):
            return statement
        key = replace(statement, target=""), tuple(map(self.values.of, expressions(statement)))
        first = self.results.setdefault(key, statement.target)
        return statement if first == statement.target else Assign(statement.target, Name(first))

    def _count(self, expr: Expr) -> None:
        if isinstance(expr, Literal | Name):
            return
        key = self.values.of(expr)
        self.uses[key] += 1
        # What lies inside an expression that is met again is computed with it, once.
        if self.uses[key] == 1:
            for child in children(expr):
                self._count(child)

    def _replace(self, expr: Expr, before: list[Statement]) -> Expr:
        if isinstance(expr, Literal | Name):
            return expr
        key = self.values.of(expr)
        if key in self.locals:
            return Name(self.locals[key], expr.span)
        changed = map_children(expr, partial(self._replace, before=before))
        if self.uses[key] < 2:
            return changed
        name = f"{self.prefix}_{len(self.locals)}"
        self.locals[key] = name
        before.append(Assign(name, changed))
        return Name(name, expr.span)

    def _assigned(self, statement: Statement) -> None:
        self.values.assigned(target for s in flatten((statement,)) for target in targets(s))


class _ValueNumbers:
    """Numbers of expressions, equal for those that say the same over the same values.

    A *version* of a name changes with each assignment, so that the same text before and after an
    assignment counts as two expressions. An expression is known by the numbers of its parts, so
    that it is looked at once and not with each expression in which it is.
    """

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._versions: Counter[str] = Counter()
        self._known: dict[int, tuple[Expr, int]] = {}
        """Numbers by identity, with what keeps the identity from being taken anew."""

    def of(self, expr: Expr) -> int:
        """Return the number of an expression here."""
        known = self._known.get(id(expr))
        if known is None:
            number = self._numbers.setdefault(self._key(expr), len(self._numbers))
            known = self._known[id(expr)] = (expr, number)
        return known[1]

    def _key(self, expr: Expr) -> Hashable:
        parts = tuple(map(self.of, children(expr)))
        match expr:
            case Name(identifier):
                return "name", identifier, self._versions[identifier]
            case Literal():
                return expr
            case Unary(operator) | Binary(operator) | Compare(operator) | Logical(operator):
                return operator, parts
            case Call(function, _, _, definition):
                return "call", function, definition, parts
            case Select():
                return "select", parts
            case _:
                assert_never(expr)

    def assigned(self, names: Iterable[str]) -> None:
        """Give names new values."""
        self._versions.update(names)
        self._known.clear()

    def begin_again(self) -> None:
        """Go back to the values before all assignments."""
        self._versions.clear()
        self._known.clear()
