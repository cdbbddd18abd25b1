"""Subexpressions that need each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from eqsim.equations.declarations import EquationBlock, Flag, VariableKind
from eqsim.errors import CyclicDefinitionError
from eqsim.expressions.traverse import free_names


def cycle_errors(block: EquationBlock) -> Iterator[CyclicDefinitionError]:
    """Yield an error for each cycle among the subexpressions."""
    needs = {
        d.name: sorted(free_names(d.expression))
        for d in block.of_kind(VariableKind.SUBEXPRESSION)
        if d.expression is not None and Flag.SUMMED not in d.flags
    }
    spans = {d.name: d.name_span for d in block.declarations}
    done: set[str] = set()
    for start in needs:
        cycle = _cycle_from(start, needs, done)
        if cycle:
            yield CyclicDefinitionError(
                f"subexpressions need each other: {' -> '.join(cycle)}"
                if len(cycle) > 2
                else f"the subexpression {cycle[0]!r} needs itself",
                spans[cycle[0]],
                hint="a quantity with a memory is a differential equation or a parameter",
            )


def _cycle_from(start: str, needs: Mapping[str, list[str]], done: set[str]) -> list[str]:
    """Return the first cycle that can be reached from ``start``; add what was seen to ``done``."""
    path: list[str] = []
    waiting = [(start, iter((start,)))]
    while waiting:
        name = next(waiting[-1][1], None)
        if name is None:
            waiting.pop()
            if path:
                done.add(path.pop())
        elif name in path:
            done.update(path)
            return [*path[path.index(name) :], name]
        elif name in needs and name not in done:
            path.append(name)
            waiting.append((name, iter(needs[name])))
    return []
