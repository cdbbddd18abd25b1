"""Clocks: grids of times on which objects act."""

from __future__ import annotations

import math
from typing import Any

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.naming import new_name
from eqsim.units.dimensions import DIMENSIONLESS, dimension_name
from eqsim.units.names import UNITS
from eqsim.units.quantity import Quantity, dimension_of, si_value

SECOND = UNITS["second"].dimension
EXACT_DT = "_dt"
"""The step in expressions that need it in double precision, whatever the model's precision."""
_TOLERANCE = 1e-4
"""Times that differ by less than this part of a step are the same time."""
_MOST_STEPS = 2**53
"""Beyond this a step's number and its time are not exact any more."""


def seconds(value: Any, what: str) -> float:
    """Return a time in seconds.

    Parameters
    ----------
    value : Quantity
        One time.
    what : str
        What the time is, for errors.

    Raises
    ------
    DimensionMismatchError
        If it is not a time.
    ModelError
        If it is not one finite number.
    """
    dimension = dimension_of(value)
    if dimension is not SECOND:
        unit = "no unit" if dimension is DIMENSIONLESS else f"the unit {dimension_name(dimension)}"
        raise DimensionMismatchError(
            f"{what} must be a time, not {value!r}, which has {unit}\n  write for example 10*ms"
        )
    number = si_value(value)
    if getattr(number, "ndim", 0) != 0 or not math.isfinite(number):
        raise ModelError(f"{what} must be one finite time, not {value!r}")
    return float(number)


class Clock:
    """A grid of times with a constant step.

    Parameters
    ----------
    dt : Quantity
        The step, in seconds; positive.
    name : str, optional
        The clock's name.

    Examples
    --------
    >>> from eqsim.units import ms
    >>> Clock(2*ms).dt
    2*ms
    """

    def __init__(self, dt: Quantity, name: str = "clock*") -> None:
        self._dt = _checked_step(dt)
        self.name = new_name(name)
        self.stem = self.name.stem
        self.timestep = 0
        self._dt_before: float | None = None

    def __repr__(self) -> str:
        return f"Clock(dt={self.dt!r}, name={self.name!r})"

    @property
    def dt(self) -> Quantity:
        """The step."""
        return Quantity(self._dt, SECOND)

    @dt.setter
    def dt(self, value: Quantity) -> None:
        self._dt = _checked_step(value)

    @property
    def dt_(self) -> float:
        """The step in seconds, without unit."""
        return self._dt

    @property
    def t(self) -> Quantity:
        """The time: the number of the step times ``dt``, never a sum of steps."""
        return Quantity(self.t_, SECOND)

    @property
    def t_(self) -> float:
        """The time in seconds, without unit."""
        return self.timestep * self._dt

    def steps_to(self, time: float) -> int:
        """Return the number of the first step that is not before ``time``, up to rounding."""
        steps = time / self._dt
        if steps > _MOST_STEPS:
            raise ModelError(
                f"{time} s are more than 2**53 steps of {self._dt} s\n"
                f"  the clock {self.name!r} has dt = {self.dt!r}: choose a larger one"
            )
        nearest = round(steps)
        return nearest if abs(steps - nearest) <= _TOLERANCE else math.ceil(steps)

    @property
    def is_changed(self) -> bool:
        """Whether ``dt`` is another than in the last run."""
        return self._dt_before not in (None, self._dt)

    def start_at(self, time: float) -> int:
        """Return the number of the first step of a run that begins at ``time``.

        Raises
        ------
        ModelError
            If ``dt`` was changed after an earlier run and the time lies between two steps now.
        """
        steps = time / self._dt
        if self.is_changed and abs(steps - round(steps)) > _TOLERANCE:
            raise ModelError(
                f"the clock {self.name!r} with dt = {self.dt!r} has no step at the current time"
                f" {Quantity(time, SECOND)!r}\n"
                "  choose a dt of which the time already simulated is a multiple"
            )
        self._dt_before = self._dt
        return self.steps_to(time)


def _checked_step(dt: Quantity) -> float:
    step = seconds(dt, "dt")
    if step <= 0:
        raise ModelError(f"dt must be positive, not {dt!r}")
    return step


defaultclock = Clock(Quantity(1e-4, SECOND), name="defaultclock")
"""The clock of every object that is given neither ``dt`` nor ``clock``."""


def choose_clock(dt: Quantity | None, clock: Clock | None, owner: str) -> Clock:
    """Return the clock that an object with these arguments runs on.

    Parameters
    ----------
    dt : Quantity or None
        A step of its own.
    clock : Clock or None
        A clock that it shares.
    owner : str
        The object's name.
    """
    if dt is not None and clock is not None:
        raise ModelError(f"{owner!r} was given both dt and clock\n  give one of them")
    if clock is not None:
        if not isinstance(clock, Clock):
            raise ModelError(f"the clock of {owner!r} must be a Clock, not {clock!r}")
        return clock
    if dt is not None:
        return Clock(dt, name="clock*")
    return defaultclock
