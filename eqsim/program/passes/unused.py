"""What nothing reads is not computed, and not loaded.

Keeps values exactly: only locals that no effect depends on disappear.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from eqsim.expressions.statements import Accumulate, Branch, Check, Draw, Emit, Statement, While
from eqsim.expressions.traverse import free_names
from eqsim.program.nodes import Kernel, Program
from eqsim.program.traverse import expressions, flatten, invokes_state, targets, used


def remove_unused(program: Program) -> Program:
    """Drop locals, draws and bindings that no kernel needs, and streams that nobody draws from."""
    kernels = tuple(_clean(program, kernel) for kernel in program.kernels)
    drawn = {
        statement.stream
        for kernel in kernels
        for statement in (*flatten(kernel.prologue), *flatten(kernel.body))
        if isinstance(statement, Draw)
    }
    # A stream's key is its position: dropping one would change the numbers of the others.
    last = max((i for i, name in enumerate(program.streams) if name in drawn), default=-1)
    return replace(program, kernels=kernels, streams=program.streams[: last + 1])


def _clean(program: Program, kernel: Kernel) -> Kernel:
    bound = {binding.name for binding in kernel.bindings}
    body = _needed(program, kernel.body, bound)
    prologue = _needed(program, kernel.prologue, bound | _read(body))
    cleaned = replace(kernel, prologue=prologue, body=body)
    names = used(cleaned)
    bindings = tuple(binding for binding in kernel.bindings if binding.name in names)
    if len(bindings) == len(kernel.bindings):
        return cleaned
    # An index of a dropped binding may itself be unused now.
    return _clean(program, replace(cleaned, bindings=bindings))


def _needed(
    program: Program, statements: Iterable[Statement], effects: set[str]
) -> tuple[Statement, ...]:
    needed = set(effects)
    kept: list[Statement] = []
    for statement in reversed(tuple(statements)):
        has_effect = isinstance(statement, Branch | Emit | Accumulate | Check)
        has_effect = has_effect or any(invokes_state(program, s) for s in flatten((statement,)))
        changed = {target for inner in flatten((statement,)) for target in targets(inner)}
        if has_effect or needed & changed:
            if isinstance(statement, While):
                statement = _needed_in_loop(program, statement, needed)
            kept.append(statement)
            needed |= _read((statement,))
    return tuple(reversed(kept))


def _needed_in_loop(program: Program, loop: While, needed: set[str]) -> While:
    """Return a loop without what neither a later pass nor anything after it reads."""
    needed = needed | free_names(loop.condition)
    while True:
        body = _needed(program, loop.body, needed)
        read = _read(body)
        if read <= needed:
            return replace(loop, body=body)
        needed = needed | read


def _read(statements: Iterable[Statement]) -> set[str]:
    return {n for s in flatten(statements) for e in expressions(s) for n in free_names(e)}
