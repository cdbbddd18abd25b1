"""Comparisons of ``rand()`` with a probability that all elements share as draws of their own.

Whether elements succeed can then be told without a number for each: numbers tell how many fail
before the next success. Keeps the distribution exactly; the random numbers are others.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from eqsim.expressions.nodes import Compare, Comparison, Expr, Name
from eqsim.expressions.statements import Distribution, Draw, Statement
from eqsim.expressions.traverse import free_names, map_children, walk
from eqsim.program.nodes import Elements, Kernel, Program
from eqsim.program.traverse import expressions, flatten, map_expressions, targets


def draw_successes(program: Program) -> Program:
    """Replace ``rand() < p`` where ``p`` was hoisted or is a single value; after hoisting."""
    return replace(program, kernels=tuple(_changed(program, each) for each in program.kernels))


def _changed(program: Program, kernel: Kernel) -> Kernel:
    if not isinstance(kernel.space, Elements):
        return kernel
    change = _Successes(_shared(program, kernel), _compared_once(kernel), {})
    body = [map_expressions(statement, change.expression) for statement in kernel.body]
    drawn = (_drawn(statement, change.found) for statement in body)
    return replace(kernel, body=tuple(drawn)) if change.found else kernel


def _shared(program: Program, kernel: Kernel) -> frozenset[str]:
    """Return the names of what is the same for all elements while a kernel runs."""
    changed = {target for s in flatten(kernel.body) for target in targets(s)}
    single = {b.name for b in kernel.bindings if program.array(b.array).extent is None}
    return frozenset({target for s in kernel.prologue for target in targets(s)} | single - changed)


def _compared_once(kernel: Kernel) -> frozenset[str]:
    """Return the names of the uniform numbers that a body uses in one place."""
    drawn = {
        statement.target
        for statement in kernel.body
        if isinstance(statement, Draw) and statement.distribution is Distribution.UNIFORM
    }
    uses = Counter(
        node.identifier
        for statement in flatten(kernel.body)
        for expression in expressions(statement)
        for node in walk(expression)
        if isinstance(node, Name)
    )
    return frozenset(name for name in drawn if uses[name] == 1)


@dataclass
class _Successes:
    """One pass over a body, collecting with which probability each number is compared."""

    shared: frozenset[str]
    numbers: frozenset[str]
    found: dict[str, Expr]

    def expression(self, expr: Expr) -> Expr:
        """Return the expression with comparisons replaced by their outcomes."""
        match expr:
            case Compare(Comparison.LESS, Name(number), chance) | Compare(
                Comparison.GREATER, chance, Name(number)
            ) if number in self.numbers and free_names(chance) <= self.shared:
                self.found[number] = chance
                return Name(number, expr.span)
        return map_children(expr, self.expression)


def _drawn(statement: Statement, found: dict[str, Expr]) -> Statement:
    if isinstance(statement, Draw) and statement.target in found:
        chance = found[statement.target]
        return replace(statement, distribution=Distribution.BERNOULLI, arguments=(chance,))
    return statement
