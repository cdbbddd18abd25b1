"""What can run a program: the same few operations whatever the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from eqsim.errors import RunError

GRID_TOLERANCE = 1e-4
"""Times that differ by less than this part of a step are one time on every target."""


class CheckFailedError(RunError):
    """A check of a program failed; the simulation stands after the step in which it did.

    Parameters
    ----------
    problem : str
        Key of the problem.
    instance, element : int
        Of which element.
    step : int
        Number of the step, on the clock of the kernel with the check.
    """

    def __init__(self, problem: str, instance: int, element: int, step: int) -> None:
        super().__init__(
            f"the check of {problem!r} failed for element {element} of instance {instance}"
            f" in step {step}"
        )
        self.problem = problem
        self.instance = instance
        self.element = element
        self.step = step


class Simulation(Protocol):
    """A program with its memory, ready to advance in time."""

    def advance(self, ticks: int) -> int:
        """Run up to ``ticks`` points in time at which a clock has a step.

        Returns
        -------
        int
            How many were completed; fewer than asked for when all clocks have reached their end,
            or at a pause. The next advance goes on after the pause.

        Raises
        ------
        CheckFailedError
            If a check failed, after the step in which it did. Of several that failed in one step
            it is the least by number of the problem, instance and element. Targets whose host
            looks at the device from time to time raise it when they next do.
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
