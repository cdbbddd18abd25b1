"""What can run a program: the same few operations whatever the target."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

GRID_TOLERANCE = 1e-4
"""Times that differ by less than this part of a step are one time on every target."""


class Simulation(Protocol):
    """A program with its memory, ready to advance in time."""

    def advance(self, ticks: int) -> int:
        """Run up to ``ticks`` points in time at which a clock has a step.

        Returns
        -------
        int
            How many were run; fewer than asked for when all clocks have reached their end.
        """

    def take(self, record: str) -> list[tuple[NDArray[Any], ...]]:
        """Return and forget what was recorded.

        Returns
        -------
        list of tuple of ndarray
            For each instance one array per column, shape (rows,).
        """

    def close(self) -> None:
        """Give memory back; the host's arrays stay."""
