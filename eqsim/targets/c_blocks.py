"""What kernels over elements do for a block of elements at once, before they visit each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from eqsim.expressions.nodes import Call, Expr, Logical, LogicalOperator, Name
from eqsim.expressions.statements import Assign, Branch, Distribution, Draw, Gather, Statement
from eqsim.expressions.traverse import free_names, walk
from eqsim.program.nodes import Elements, Kernel, Program
from eqsim.program.partition import is_serial
from eqsim.program.traverse import expressions, filled, targets, written
from eqsim.program.types import COUNTS

NUMBERS = {
    Distribution.UNIFORM: "UniformNumbers",
    Distribution.NORMAL: "NormalNumbers",
    Distribution.POISSON: "PoissonNumbers",
    Distribution.BINOMIAL: "BinomialNumbers",
    Distribution.BERNOULLI: "BernoulliNumbers",
}
"""What draws the numbers of a block in C++."""

BRANCHING = (*COUNTS, Distribution.BERNOULLI)
"""Distributions of which one number takes loops and branches."""


def rare_branch(program: Program, kernel: Kernel) -> Branch | None:
    """Return the branch that is all of a kernel's effect, if it lists events.

    Few elements have an event in a step. Which do can be found in vectors, as nothing else
    happens to the others.
    """
    if not isinstance(kernel.space, Elements) or is_serial(program, kernel) or not kernel.body:
        return None
    *before, last = kernel.body
    if not isinstance(last, Branch) or filled(program, kernel) is None:
        return None
    is_plain = all(_is_plain(statement) for statement in before)
    changed = written(kernel)
    changes = any(name in changed for s in before for name in targets(s))
    return last if is_plain and not changes and not _is_aliased(kernel) else None


def _is_plain(statement: Statement) -> bool:
    if isinstance(statement, Draw):
        return statement.distribution not in COUNTS
    return isinstance(statement, Assign | Gather)


def _is_aliased(kernel: Kernel) -> bool:
    """Return whether an element may see what another one changes."""
    changed = written(kernel)
    counts = Counter(binding.array for binding in kernel.bindings)
    return any(
        counts[b.array] > 1 or b.index not in (None, kernel.index)
        for b in kernel.bindings
        if b.name in changed
    )


def needed_for(condition: Branch, before: Sequence[Statement]) -> tuple[list[Statement], set[str]]:
    """Return the statements that the condition of a branch follows from, and all names in them."""
    needed = set(free_names(condition.condition))
    kept: list[Statement] = []
    for statement in reversed(before):
        if needed.intersection(targets(statement)):
            kept.append(statement)
            needed |= {name for e in expressions(statement) for name in free_names(e)}
    return kept[::-1], needed


def drawn_at_once(program: Program, kernel: Kernel) -> list[Draw]:
    """Return the draws whose distribution is the same for all elements."""
    if not isinstance(kernel.space, Elements) or is_serial(program, kernel):
        return []
    changed = written(kernel)
    known = {name for statement in kernel.prologue for name in targets(statement)}
    known |= {
        binding.name
        for binding in kernel.bindings
        if program.array(binding.array).extent is None and binding.name not in changed
    }
    return [
        statement
        for statement in kernel.body
        if isinstance(statement, Draw)
        and statement.distribution in NUMBERS
        and all(free_names(argument) <= known for argument in statement.arguments)
    ]


_CHEAP = frozenset({"abs", "clip", "maximum", "minimum", "sign"})


def visited_only(branch: Branch | None, at_once: Sequence[Draw]) -> Draw | None:
    """Return the draw that must succeed for a branch to do anything, if there is one.

    Elements for which it does are then all that is visited.
    """
    if branch is None:
        return None
    needed = {c.identifier for c in _conjuncts(branch.condition) if isinstance(c, Name)}
    return next(
        (
            draw
            for draw in at_once
            if draw.distribution is Distribution.BERNOULLI and draw.target in needed
        ),
        None,
    )


def _conjuncts(condition: Expr) -> Iterator[Expr]:
    match condition:
        case Logical(LogicalOperator.AND, left, right):
            yield from _conjuncts(left)
            yield from _conjuncts(right)
        case _:
            yield condition


def has_functions(kernel: Kernel) -> bool:
    """Return whether a body computes functions that cost more than reaching an entry."""
    return any(
        isinstance(node, Call) and node.function not in _CHEAP
        for statement in kernel.body
        for expression in expressions(statement)
        for node in walk(expression)
    )
