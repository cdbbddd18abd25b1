"""What changes while the interpreter runs a program, beside the memory of the host."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsim.program.nodes import Buffer, Lifetime, Program

Values = NDArray[Any]


class FailedCheck(NamedTuple):
    """A check that failed; the least of a step is the one that counts."""

    problem: int
    instance: int
    element: int
    step: int


class State:
    """The rows of all buffers.

    Parameters
    ----------
    program : Program
        What runs.
    instances : int
        How many parameter sets run at once.

    Attributes
    ----------
    events : dict
        For each buffer of a step the instances and elements of its rows, in order.
    histories : dict
        For each history and instance the steps and the elements of its rows, in order.
    records : dict
        For each record and instance the chunks of each column.
    failed : FailedCheck or None
        The check of the current step that failed and counts.
    """

    def __init__(self, program: Program, instances: int) -> None:
        self._instances = instances
        self.events: dict[str, tuple[Values, Values]] = {}
        self.histories: dict[str, list[tuple[Values, Values]]] = {}
        self.records: dict[str, list[list[list[Values]]]] = {}
        self.failed: FailedCheck | None = None
        for buffer in program.buffers:
            match buffer.lifetime:
                case Lifetime.STEP:
                    self.clear_events(buffer.name)
                case Lifetime.HISTORY:
                    nothing = tuple(np.zeros(0, c.dtype.numpy) for c in buffer.columns)
                    self.begin(buffer, *nothing)
                case Lifetime.RUN:
                    self.clear_record(buffer)

    def clear_events(self, name: str) -> None:
        """Forget the events of the last step."""
        self.events[name] = (np.zeros(0, np.int64), np.zeros(0, np.int64))

    def add_events(self, name: str, instances: Values, elements: Values) -> None:
        """Add events of this step after those that there are."""
        known = self.events[name]
        self.events[name] = (
            np.concatenate([known[0], instances]),
            np.concatenate([known[1], elements.astype(np.int64)]),
        )

    def note(self, failed: FailedCheck) -> None:
        """Note a check that failed in the current step."""
        self.failed = failed if self.failed is None else min(self.failed, failed)

    def begin(self, buffer: Buffer, steps: Values, elements: Values) -> None:
        """Give a history the rows that it begins with, the same in all instances."""
        rows = [(steps.copy(), elements.copy()) for _ in range(self._instances)]
        self.histories[buffer.name] = rows

    def forget_before(self, name: str, step: int) -> None:
        """Drop the rows of a history that are older than a step."""
        for instance, (steps, elements) in enumerate(self.histories[name]):
            first = np.searchsorted(steps, step)
            self.histories[name][instance] = (steps[first:], elements[first:])

    def append_to_history(self, name: str, instances: Values, rows: list[Values]) -> None:
        """Append rows (steps, elements) to a history."""
        steps, elements = rows
        for instance, known in enumerate(self.histories[name]):
            chosen = instances == instance
            self.histories[name][instance] = (
                np.concatenate([known[0], steps[chosen]]),
                np.concatenate([known[1], elements[chosen]]),
            )

    def append_to_record(self, name: str, instances: Values, rows: list[Values]) -> None:
        """Append rows to a record, one array per column."""
        for instance, chunks in enumerate(self.records[name]):
            chosen = instances == instance
            for chunk, values in zip(chunks, rows, strict=True):
                chunk.append(values[chosen])

    def clear_record(self, buffer: Buffer) -> None:
        """Forget what was recorded."""
        self.records[buffer.name] = [[[] for _ in buffer.columns] for _ in range(self._instances)]

    def rows(self, buffer: Buffer) -> list[tuple[Values, ...]]:
        """Return the rows of a history or a record, for each instance one array per column."""
        if buffer.lifetime is Lifetime.HISTORY:
            return [(steps.copy(), i.copy()) for steps, i in self.histories[buffer.name]]
        return [
            tuple(
                np.concatenate(chunks) if chunks else np.zeros(0, dtype=column.dtype.numpy)
                for chunks, column in zip(instance, buffer.columns, strict=True)
            )
            for instance in self.records[buffer.name]
        ]
