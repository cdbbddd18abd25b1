"""What can run a program: the same few operations whatever the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
            How many were completed; fewer than asked for when all clocks have reached their end,
            or at a pause. The next advance goes on after the pause.
        """

    @property
    def paused(self) -> str | None:
        """The pause at which the last advance ended, None if it ended between two steps."""

    def events(self) -> Mapping[str, Sequence[NDArray[Any]]]:
        """Return the elements that had an event in the current step.

        Returns
        -------
        mapping of str to sequence of ndarray
            For each ``STEP`` buffer and instance the elements in order.
        """

    def resume(self, pause: str, events: Mapping[str, Sequence[NDArray[Any]]]) -> None:
        """Go on in the midst of a step, in place of another simulation that stood at a pause.

        To be called before the first advance.

        Parameters
        ----------
        pause : str
            The name of the pause, after which the next advance goes on.
        events : mapping of str to sequence of ndarray
            What :meth:`events` of the other returned; buffers of this program that it lacks are
            empty.
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
