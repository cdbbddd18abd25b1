"""Clocks of single times, listed one by one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.clocks import AnyClock, refuse_time
from eqsim.network.snapshots import Part, Parts
from eqsim.runtime.simulation import GRID_TOLERANCE
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity, dimension_of, si_value


class EventClock(AnyClock):
    """Times that are listed one by one and need not lie on a grid.

    A time that meets one of another clock, up to rounding, is the same point in time; any other is
    a point of its own, at which only what this clock drives is done.

    Parameters
    ----------
    times : Quantity
        The times in any order, shape (n,), in seconds; none negative, none twice.
    name : str, optional
        The clock's name.

    Raises
    ------
    DimensionMismatchError
        If they are no times.
    ModelError
        If one is negative, not finite, or there twice.

    Examples
    --------
    >>> from eqsim.units import ms
    >>> EventClock([3, 1.25]*ms).times
    array([1.25, 3.  ])*ms
    """

    def __init__(self, times: Quantity, name: str = "eventclock*") -> None:
        self._times = _checked_times(times)
        super().__init__(name)

    def __repr__(self) -> str:
        return f"EventClock(times={self.times!r}, name={self.name!r})"

    @property
    def times(self) -> Quantity:
        """The times in ascending order, shape (n,)."""
        return Quantity(self.times_, SECOND)

    @property
    def times_(self) -> NDArray[np.float64]:
        """The times in seconds, without unit."""
        return self._times.copy()

    def time_of(self, timestep: int) -> float:
        """Return the time of a step; infinity after the last one."""
        return float(self._times[timestep]) if timestep < len(self._times) else math.inf

    def snapshot(self) -> dict[str, Part]:
        """Return the times, which have to be the same when it is put back."""
        return {"clock.times": self._times}

    def check_snapshot(self, owner: str, saved: Parts) -> None:
        """Refuse what an object kept of a clock with other times."""
        if not np.array_equal(self._times, np.asarray(saved["clock.times"])):
            raise ModelError(
                f"{owner!r} is not as it was in the snapshot\n"
                f"  its clock {self.name!r} has other times"
            )

    def steps_to(self, time: float, resolution: float) -> int:
        """Return the number of the first time that is not before ``time``, up to rounding."""
        return int(np.searchsorted(self._times, time - GRID_TOLERANCE * resolution))

    @property
    def is_changed(self) -> bool:
        """Never: the times are what the clock was made with."""
        return False

    def start_at(self, time: float, resolution: float) -> int:
        """Return the number of the first time of a run that begins at ``time``."""
        return self.steps_to(time, resolution)

    def begin_run(self) -> None:
        """Do nothing: there is no step that could change."""


def _checked_times(times: Any) -> NDArray[np.float64]:
    what = "the times of an EventClock"
    try:
        numbers = np.asarray(si_value(times))
    except ValueError:  # NumPy's, for lists of lists of different lengths
        raise ModelError(f"{what} must be a list of times, not {times!r}") from None
    if dimension_of(times) is not SECOND and not _is_nothing(numbers):
        refuse_time(times, what, "[10, 20]*ms")
    if numbers.dtype.kind not in "iuf" or numbers.ndim > 1:
        raise ModelError(f"{what} must be a list of times, not {times!r}")
    ordered = np.sort(np.atleast_1d(numbers).astype(float))
    for wrong, why in (
        (~np.isfinite(ordered), "is not finite"),
        (ordered < 0, "is negative: time begins at 0 s"),
        (np.append(ordered[1:] == ordered[:-1], [False] * min(len(ordered), 1)), "appears twice"),
    ):
        if wrong.any():
            first = Quantity(float(ordered[wrong][0]), SECOND)
            raise ModelError(f"{what} must be different times from 0 s on\n  {first!r} {why}")
    return ordered


def _is_nothing(numbers: NDArray[Any]) -> bool:
    return numbers.size == 0
