"""For which elements a kernel runs, in which order, and how many of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from eqsim.program.nodes import (
    Arrivals,
    Elements,
    Events,
    Kernel,
    Lifetime,
    Moments,
    Once,
    Program,
    Rows,
    Table,
)
from eqsim.program.traverse import table_of
from eqsim.runtime.memory import Memory
from eqsim.targets.numpy.state import State

Values = NDArray[Any]


@dataclass(frozen=True)
class Visit:
    """The elements for which a kernel runs: where each value of its environment lives.

    Parameters
    ----------
    instances, elements : ndarray
        Indices that broadcast to the shape of the kernel's values.
    events : ndarray or None
        The element of the row of each entry, shape (n,), in kernels over rows of elements.
    places : ndarray or None
        Where the table lists each entry, shape (n,), in kernels over a table.
    """

    instances: Values
    elements: Values
    events: Values | None = None
    places: Values | None = None

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of one value for each element."""
        if self.instances.shape == self.elements.shape:
            return self.instances.shape
        return np.broadcast_shapes(self.instances.shape, self.elements.shape)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to visit."""
        return 0 in self.shape

    @cached_property
    def no_instances(self) -> Values:
        """In place of ``instances`` for arrays that all instances share."""
        return np.zeros_like(self.instances)

    @cached_property
    def no_elements(self) -> Values:
        """In place of ``elements`` for arrays of a single value."""
        return np.zeros_like(self.elements[..., :1])

    @property
    def flat(self) -> Visit:
        """The same visit with one axis, instance by instance."""
        if self.instances.shape == self.elements.shape == (self.elements.size,):
            return self
        instances = np.broadcast_to(self.instances, self.shape).ravel()
        elements = np.broadcast_to(self.elements, self.shape).ravel()
        return Visit(instances, elements, self.events, self.places)

    def chosen(self, entries: Values) -> Visit:
        """Return some of the visited entries."""
        events = None if self.events is None else self.events[entries]
        places = None if self.places is None else self.places[entries]
        return Visit(self.instances[entries], self.elements[entries], events, places)


class Visits:
    """What a kernel visits, step by step.

    Parameters
    ----------
    program : Program
        The program.
    kernel : Kernel
        A kernel of it.
    memory : Memory
        The host's arrays, for sizes.
    arrays : mapping of str to ndarray
        All arrays, of shape (instances or 1, extent or 1).
    state : State
        The rows of buffers.
    """

    def __init__(
        self,
        program: Program,
        kernel: Kernel,
        memory: Memory,
        arrays: Mapping[str, Values],
        state: State,
    ) -> None:
        self.program = program
        self.kernel = kernel
        self.memory = memory
        self.arrays = arrays
        self.state = state
        self.table = table_of(program, kernel.space)

    def now(self) -> Visit:
        """Return what is to be visited in the current step."""
        match self.kernel.space:
            case Once() | Elements():
                return self._all
            case Events(buffer):
                return Visit(*self.state.events[buffer])
            case Rows() | Arrivals() | Moments():
                assert self.table is not None
                return self._entries(self.table, list(self._parts(self.table)))
            case _:
                assert_never(self.kernel.space)

    @cached_property
    def _all(self) -> Visit:
        space, memory = self.kernel.space, self.memory
        count = memory.extents[space.extent] if isinstance(space, Elements) else 1
        return Visit(np.arange(memory.instances)[:, np.newaxis], np.arange(count)[np.newaxis, :])

    def _parts(self, table: Table) -> Iterator[tuple[int, Values, Values]]:
        """Yield instance by instance the parts of rows to visit: their elements and positions."""
        for instance in range(self.memory.instances):
            match self.kernel.space:
                case Rows():
                    rows = np.arange(self.memory.extents[table.rows])
                    yield instance, rows + self._single(table.first), rows
                case Moments(_, steps, period):
                    rows = self._row_of_step(self.arrays[steps][0], self._single(period))
                    yield instance, rows, rows
                case Arrivals(_, buffer, _, since):
                    for part, elements in self._arrived(table, buffer, since, instance):
                        yield instance, *self._rows_of(table, part, elements)
                case _:
                    raise AssertionError(self.kernel.space)

    def _row_of_step(self, steps: Values, period: int) -> Values:
        step = self._step % period if period else self._step
        row = np.searchsorted(steps, step)
        return np.flatnonzero(steps[row : row + 1] == step) + row

    def _arrived(
        self, table: Table, buffer: str, since: str | None, instance: int
    ) -> Iterator[tuple[int, Values]]:
        """Yield part by part which elements had an event whose part is due."""
        if self.program.buffer(buffer).lifetime is Lifetime.STEP:
            instances, elements = self.state.events[buffer]
            yield 0, elements[instances == instance]
            return
        steps, elements = self.state.histories[buffer][instance]
        for part, delay in enumerate(self._delays(table)):
            then = self._step - int(delay)
            if since is None or then >= self._single(since):
                first, last = np.searchsorted(steps, [then, then + 1])
                yield part, elements[first:last].astype(np.int64)

    def _rows_of(self, table: Table, part: int, elements: Values) -> tuple[Values, Values]:
        """Return the elements that have a row, and which part of which row is theirs."""
        rows = elements - self._single(table.first)
        have = (rows >= 0) & (rows < self.memory.extents[table.rows])
        return elements[have], rows[have] * len(self._delays(table)) + part

    def _entries(self, table: Table, parts: list[tuple[int, Values, Values]]) -> Visit:
        begin = self.arrays[table.begin][0].astype(np.int64)
        counts = [begin[p + 1] - begin[p] for _, _, p in parts]
        numbers = [np.zeros(0, dtype=np.int64)]
        numbers += [_ranges(begin[p], n) for (_, _, p), n in zip(parts, counts, strict=True)]
        places = entries = np.concatenate(numbers)
        if table.entries is not None:
            entries = self.arrays[table.entries][0][entries].astype(np.int64)
        instances = np.repeat([i for i, _, _ in parts], [int(n.sum()) for n in counts])
        events = [np.zeros(0, dtype=np.int64)]
        events += [np.repeat(e, n) for (_, e, _), n in zip(parts, counts, strict=True)]
        return Visit(instances.astype(np.int64), entries, np.concatenate(events), places)

    def _delays(self, table: Table) -> Values:
        # Without delays each row is one part.
        delays: Values = np.zeros(1) if table.delays is None else self.arrays[table.delays][0]
        return delays

    def _single(self, name: str) -> int:
        return int(self.arrays[name][0, 0])

    @property
    def _step(self) -> int:
        return self._single(f"{self.kernel.clock}.timestep")


def _ranges(starts: Values, counts: Values) -> Values:
    """Return for each start as many consecutive numbers as its count, one after the other."""
    before = np.repeat(np.cumsum(counts) - counts, counts)
    numbers: Values = np.repeat(starts, counts) + np.arange(len(before)) - before
    return numbers


def rounds(keys: Values) -> Iterator[Values]:
    """Yield positions in rounds: no key twice in one, and equal keys in order.

    Parameters
    ----------
    keys : ndarray
        For each position what it writes, shape (n,).

    Examples
    --------
    >>> [found.tolist() for found in rounds(np.array([5, 3, 5, 5, 3]))]
    [[0, 1], [2, 4], [3]]
    """
    ordered = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[ordered], prepend=keys[ordered][:1] - 1))
    counts = np.diff(starts, append=len(keys))
    occurrence = np.empty(len(keys), dtype=np.int64)
    occurrence[ordered] = _ranges(np.zeros_like(starts), counts)
    by_round = np.argsort(occurrence, kind="stable")
    ends = np.cumsum(np.bincount(occurrence))
    yield from np.split(by_round, ends[:-1])
