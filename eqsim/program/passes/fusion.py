"""Kernels over the same elements as one, where nothing between them minds.

Keeps values exactly: each element does what it did, in the same order, and no other one notices.
It is a pass for targets that pay for each kernel by itself, and no part of those that all programs
go through: on processors two loops of which each is a vector are faster than one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from eqsim.expressions.nodes import Expr, Name
from eqsim.expressions.statements import Accumulate, Assign, Branch, Emit, Gather, Statement
from eqsim.expressions.traverse import substitute
from eqsim.program.nodes import (
    Arrivals,
    Binding,
    Elements,
    Events,
    Kernel,
    Launch,
    Lifetime,
    Pause,
    Program,
)
from eqsim.program.traverse import (
    emitted,
    flatten,
    in_order_of_loading,
    invokes_state,
    map_expressions,
    map_targets,
    statements_of,
    targets,
    used,
    written,
)
from eqsim.program.types import name_types


def fuse_kernels(program: Program) -> Program:
    """Let a kernel do what a later one does to the same elements, or to those with its events.

    A kernel moves up to an earlier one if

    * both have the clock, the numbers and the elements in common; or the later one visits the
      events that the earlier one lists, which is then the last thing that it does;
    * nothing in between changes what it reads or changes, or reads what it changes; between them
      there is no pause;
    * what one of the two changes, the other one touches at the same element only, under one type;
    * none of them records rows, adds fractions into one place, or calls a function whose calls
      depend on their order: those have to visit elements one after the other;
    * problems keep their numbers.

    State updates, thresholds, counts of spikes, resets and refractoriness of a group so become one
    kernel. A profiled program stays as it is: its kernels are what is measured.

    Parameters
    ----------
    program : Program
        A verified program.

    Returns
    -------
    Program
        One with fewer kernels; arrays, buffers and problems are the same.
    """
    if program.is_profiled:
        return program
    launches: list[Launch | Pause] = []
    kernels = {kernel.name: kernel for kernel in program.kernels}
    for launch in program.launches:
        place = _place(program, kernels, launches, launch)
        if place is None:
            launches.append(launch)
            continue
        host = launches[place]
        assert isinstance(host, Launch)
        assert isinstance(launch, Launch)
        first, second = kernels.pop(host.kernel), kernels.pop(launch.kernel)
        both = _joined(first, second, kernels.keys())
        kernels[both.name] = both
        launches[place] = replace(host, kernel=both.name)
    ordered = tuple(kernels[each.kernel] for each in launches if isinstance(each, Launch))
    fused = replace(program, kernels=ordered, launches=tuple(launches))
    return fused if fused.problems == program.problems else program


def _place(
    program: Program,
    kernels: dict[str, Kernel],
    before: list[Launch | Pause],
    launch: Launch | Pause,
) -> int | None:
    """Return the place of the launch to which another one may move, None if it stays."""
    if isinstance(launch, Pause) or not _is_elementwise(program, kernels[launch.kernel]):
        return None
    moved = _touched(kernels[launch.kernel])
    for place in reversed(range(len(before))):
        other = before[place]
        if isinstance(other, Pause):
            return None
        found = kernels[other.kernel]
        if _is_host(program, found, kernels[launch.kernel]):
            return place
        if moved.minds(_touched(found)):
            return None
    return None


def _is_elementwise(program: Program, kernel: Kernel) -> bool:
    """Return whether elements of a kernel may be visited in any order, and by anyone."""
    if not isinstance(kernel.space, Elements | Events):
        return False
    if any(program.buffer(name).lifetime is not Lifetime.STEP for name in emitted(kernel)):
        return False
    types = name_types(kernel)
    return not any(
        invokes_state(program, statement)
        or (isinstance(statement, Accumulate) and types[statement.target].is_float)
        for statement in statements_of(kernel)
    )


def _is_host(program: Program, first: Kernel, second: Kernel) -> bool:
    """Return whether one kernel may do the work of another one after its own."""
    return (
        first.clock == second.clock
        and first.real is second.real
        and _is_elementwise(program, first)
        and len(emitted(first) | emitted(second)) <= 1
        and _meet_at_elements(program, first, second)
        and (first.space == second.space or _ends_with_events(first, second))
    )


def _ends_with_events(first: Kernel, second: Kernel) -> bool:
    """Return whether the last thing that a kernel does is to list the events of another one."""
    if not isinstance(second.space, Events):
        return False
    return _with_events(first.body, second.space.buffer, ()) is not None


def _meet_at_elements(program: Program, first: Kernel, second: Kernel) -> bool:
    """Return whether what one of two kernels changes is the element's own for both."""
    changed = _touched(first).changed | _touched(second).changed
    for array in changed & _touched(first).arrays & _touched(second).arrays:
        bindings = [_only(kernel, array) for kernel in (first, second)]
        if any(binding is None for binding in bindings):
            return False
        # Stored and loaded again, a value is what it was.
        stored = program.array(array)
        if stored.extent is None or {b.dtype for b in bindings if b} != {stored.dtype.loaded}:
            return False
    return True


def _only(kernel: Kernel, array: str) -> Binding | None:
    """Return the binding of an array, None unless there is one, which is the element's own."""
    bindings = [binding for binding in kernel.bindings if binding.array == array]
    gathered = any(isinstance(s, Gather) and s.array == array for s in statements_of(kernel))
    is_own = len(bindings) == 1 and bindings[0].index in (None, kernel.index)
    return bindings[0] if is_own and not gathered else None


@dataclass(frozen=True)
class _Touched:
    """The arrays that a kernel touches, those and the events that it changes, what it visits."""

    arrays: frozenset[str]
    changed: frozenset[str]
    events: frozenset[str]
    filled: frozenset[str]

    def minds(self, other: _Touched) -> bool:
        """Return whether it matters which of two kernels runs first."""
        return bool(
            self.changed & other.arrays
            or self.arrays & other.changed
            or self.filled & (other.events | other.filled)
            or self.events & other.filled
        )


def _touched(kernel: Kernel) -> _Touched:
    changed, names = written(kernel), used(kernel)
    arrays = {binding.array for binding in kernel.bindings if binding.name in names}
    arrays |= {s.array for s in statements_of(kernel) if isinstance(s, Gather)}
    match kernel.space:
        case Events(buffer) | Arrivals(_, buffer, _, _):
            events = frozenset({buffer})
        case _:
            events = frozenset()
    return _Touched(
        frozenset(arrays),
        frozenset(binding.array for binding in kernel.bindings if binding.name in changed),
        events,
        emitted(kernel),
    )


def _joined(first: Kernel, second: Kernel, names: Iterable[str]) -> Kernel:
    """Return a kernel that does what two do, one after the other, at each element."""
    renaming = _Renaming(first, second)
    prologue = (*first.prologue, *renaming.prologue())
    added = tuple(map(renaming.renamed, second.body))
    inside = None
    if isinstance(second.space, Events) and first.space != second.space:
        inside = _with_events(first.body, second.space.buffer, added)
    body = (*first.body, *added) if inside is None else inside
    return replace(
        first,
        name=_fresh(_name(first.name, second.name), set(names)),
        bindings=renaming.bindings,
        prologue=prologue,
        body=body,
        origin=tuple(dict.fromkeys((*first.origin, *second.origin))),
    )


def _with_events(
    body: tuple[Statement, ...], buffer: str, added: tuple[Statement, ...]
) -> tuple[Statement, ...] | None:
    """Return a body that does more for each event that it lists; None if it does not end so."""
    if any(isinstance(statement, Emit) and statement.buffer == buffer for statement in body):
        return (*body, *added)
    if not body or not isinstance(body[-1], Branch):
        return None
    inner = _with_events(body[-1].body, buffer, added)
    return None if inner is None else (*body[:-1], replace(body[-1], body=inner))


class _Renaming:
    """The names of a kernel in the body of another one."""

    def __init__(self, first: Kernel, second: Kernel) -> None:
        self._second = second
        self._taken = {first.index, *(b.name for b in first.bindings), *used(first)}
        self._names = {second.index: first.index}
        self._values = dict(_computed_once(first))
        self.bindings = first.bindings
        for binding in in_order_of_loading(second):
            self._bind(binding, first.index)
        shared = {target for s in flatten(second.prologue) for target in targets(s)}
        for target in dict.fromkeys(_locals(second)):
            if target not in shared:
                self._take(target)

    def _bind(self, binding: Binding, index: str) -> None:
        other = None if binding.index is None else self._names[binding.index]
        for known in self.bindings:
            is_same = replace(known, name="", index=None) == replace(binding, name="", index=None)
            if is_same and (known.index or index) == (other or index):
                self._names[binding.name] = known.name
                return
        self._take(binding.name)
        bound = replace(binding, name=self._names[binding.name], index=other)
        self.bindings = (*self.bindings, bound)

    def _take(self, name: str) -> None:
        self._names[name] = _fresh(name, self._taken)
        self._taken.add(self._names[name])

    def prologue(self) -> Iterator[Statement]:
        """Yield what is computed before all elements and not yet known."""
        once = dict(_computed_once(self._second))
        for statement in self._second.prologue:
            if isinstance(statement, Assign) and statement.value in once:
                value = self._expression(statement.value)
                if value in self._values:
                    self._names[statement.target] = self._values[value]
                    continue
            for target in targets(statement):
                if target not in self._names:
                    self._take(target)
            yield self.renamed(statement)

    def renamed(self, statement: Statement) -> Statement:
        """Return a statement under the new names."""
        changed = map_expressions(statement, self._expression)
        return map_targets(changed, lambda name: self._names.get(name, name))

    def _expression(self, expression: Expr) -> Expr:
        return substitute(expression, {old: Name(new) for old, new in self._names.items()})


def _locals(kernel: Kernel) -> Iterator[str]:
    bound = {binding.name for binding in kernel.bindings}
    for statement in statements_of(kernel):
        yield from (target for target in targets(statement) if target not in bound)


def _computed_once(kernel: Kernel) -> Iterator[tuple[Expr, str]]:
    """Yield the values that a prologue computes, and names that it gives to nothing else."""
    counts = Counter(_locals(kernel))
    for statement in kernel.prologue:
        if isinstance(statement, Assign) and counts[statement.target] == 1:
            yield statement.value, statement.target


def _fresh(name: str, taken: set[str]) -> str:
    """Return a name that is not taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _name(first: str, second: str) -> str:
    """Return what two kernels are called together: ``cells_state_update_threshold``."""
    pairs = zip(first.split("_"), second.split("_"), strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return "_".join([first, *second.split("_")[common:]])
