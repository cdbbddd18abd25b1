"""Times of currents to numbers of steps, and values that share a unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.clocks import defaultclock, seconds
from eqsim.network.functions.timedarray import TimedArray
from eqsim.units import arguments
from eqsim.units.dimensions import SECOND, Dimension, dimension_name
from eqsim.units.quantity import Quantity, dimension_of, si_value, with_dimension

_WHOLE = 1e-6
"""A time may differ by this part of a step from whole steps."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Times in steps of one length.

    Parameters
    ----------
    dt : float
        The length in seconds.
    """

    dt: float

    @classmethod
    def of(cls, dt: Quantity | None) -> Steps:
        """Return steps of a given length, or of the default clock's."""
        length = defaultclock.dt_ if dt is None else seconds(dt, "dt")
        if length <= 0:
            raise ModelError(f"dt must be positive, not {dt!r}")
        return cls(length)

    def number(self, time: Any, what: str, least: int = 0) -> int:
        """Return how many steps a time has.

        Parameters
        ----------
        time : Quantity
            The time.
        what : str
            What it is, for errors.
        least : int
            How many steps it has at least.

        Raises
        ------
        ModelError, DimensionMismatchError
            If it is no whole number of steps, or of too few.
        """
        given = arguments.array(time, what, "a time, such as 10*ms")
        if given.ndim == 0 and given == 0:
            time = Quantity(0.0, SECOND)
        steps = seconds(time, what) / self.dt
        if not steps <= arguments.MOST:
            raise ModelError(
                f"{what} is {time!r}, which is more than 2**31 - 1 steps of"
                f" {Quantity(self.dt, SECOND)}\n  give another dt, such as dt=0.1*ms"
            )
        whole = round(steps)
        if abs(steps - whole) > _WHOLE:
            raise ModelError(
                f"{what} is {time!r}, which is no whole number of steps of"
                f" {Quantity(self.dt, SECOND)}\n  give another dt, such as dt=0.01*ms"
            )
        if whole < least:
            needed = "not be negative" if least == 0 else f"be at least {least} step long"
            raise ModelError(f"{what} must {needed}, but is {time!r}")
        return whole

    def numbers(self, times: Any, what: str) -> list[int]:
        """Return how many steps each of several times has, or one time alone.

        Raises
        ------
        ModelError, DimensionMismatchError
            If one is no whole number of steps, or negative.
        """
        values = np.atleast_1d(arguments.array(times, what, "times, such as [10, 20]*ms"))
        if values.ndim != 1:
            raise ModelError(f"{what} have the shape {values.shape}\n  expected: (n,)")
        dimension = dimension_of(times)
        return [self.number(with_dimension(t, dimension), f"one of {what}") for t in values]

    def times(self, n: int) -> NDArray[np.float64]:
        """Return the times at which steps begin, in seconds."""
        return np.asarray(np.arange(n) * self.dt, dtype=np.float64)

    def array(self, values: Any, dimension: Dimension) -> TimedArray:
        """Return values, one for each step, as an array over time."""
        united = with_dimension(np.asarray(values, dtype=float), dimension)
        return TimedArray(united, dt=Quantity(self.dt, SECOND))

    def part(self, duration: Any, start: Any, end: Any) -> tuple[int, int, int]:
        """Return how many steps there are in all, and from which to which something lasts.

        Raises
        ------
        ModelError
            If it ends before it starts, or after all ends.
        """
        n = self.number(duration, "duration", 1)
        first = self.number(start, "t_start")
        last = n if end is None else self.number(end, "t_end")
        if not first <= last <= n:
            raise ModelError(
                f"t_start is {start!r}, t_end is {end!r} and the duration is {duration!r}\n"
                "  expected: t_start <= t_end <= duration"
            )
        return n, first, last


def common_dimension(values: Iterable[Any], what: str) -> Dimension:
    """Return the dimension of values; plain zeros fit to any.

    Raises
    ------
    DimensionMismatchError
        If two have different ones.
    """
    given = list(values)
    for value in given:
        arguments.array(value, f"one of {what}", "finite numbers or quantities", finite=True)
    united = [v for v in given if np.any(si_value(v)) or isinstance(v, Quantity)]
    dimensions = list(dict.fromkeys(dimension_of(v) for v in united or given))
    if len(dimensions) > 1:
        names = " and ".join(dimension_name(d) for d in dimensions)
        raise DimensionMismatchError(
            f"{what} have different units: {names}\n  give all in one unit; only 0 needs none"
        )
    return dimensions[0]
