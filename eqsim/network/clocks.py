"""Clocks: times at which objects act, on grids."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, NoReturn

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.naming import new_name
from eqsim.network.snapshots import Part, Parts
from eqsim.runtime.simulation import GRID_TOLERANCE
from eqsim.units.dimensions import SECOND
from eqsim.units.display import unit_phrase
from eqsim.units.quantity import Quantity, dimension_of, si_value

EXACT_DT = "_dt"
"""The step in expressions that need it in double precision, whatever the model's precision."""
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
    if dimension_of(value) is not SECOND:
        refuse_time(value, what, "10*ms")
    number = si_value(value)
    if getattr(number, "ndim", 0) != 0 or not math.isfinite(number):
        raise ModelError(f"{what} must be one finite time, not {value!r}")
    return float(number)


def refuse_time(value: Any, what: str, example: str) -> NoReturn:
    """Raise because something is no time.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        What it was given as.
    example : str
        What could be written instead.

    Raises
    ------
    DimensionMismatchError
        Always.
    """
    unit = unit_phrase(dimension_of(value))
    raise DimensionMismatchError(
        f"{what} must be a time, not {value!r}, which has {unit}\n  write for example {example}"
    )


class AnyClock(ABC):
    """Times at which objects act, numbered from 0.

    Parameters
    ----------
    name : str
        The clock's name.
    """

    def __init__(self, name: str) -> None:
        self.name = new_name(name)
        self.stem = self.name.stem
        self.timestep = 0

    @property
    def t(self) -> Quantity:
        """The time of the next step."""
        return Quantity(self.t_, SECOND)

    @property
    def t_(self) -> float:
        """The time of the next step in seconds, without unit."""
        return self.time_of(self.timestep)

    @abstractmethod
    def time_of(self, timestep: int) -> float:
        """Return the time of a step, in seconds."""

    @abstractmethod
    def snapshot(self) -> dict[str, Part]:
        """Return what each object that the clock drives keeps of it when it is stored."""

    @abstractmethod
    def check_snapshot(self, owner: str, saved: Parts) -> None:
        """Refuse what an object kept of another clock.

        Raises
        ------
        ModelError
            If it does not fit.
        """

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back what an object kept."""
        self.timestep = int(saved["timestep"])

    @abstractmethod
    def steps_to(self, time: float, resolution: float) -> int:
        """Return the number of the first step that is not before ``time``, up to rounding.

        Parameters
        ----------
        time : float
            In seconds.
        resolution : float
            The step of the finest grid beside this clock, in seconds; times that differ by a small
            part of it are the same.
        """

    @property
    @abstractmethod
    def is_changed(self) -> bool:
        """Whether its steps are others than in the last run."""

    @abstractmethod
    def start_at(self, time: float, resolution: float) -> int:
        """Return the number of the first step of a run that begins at ``time``.

        Raises
        ------
        ModelError
            If the time is none at which the clock can begin.
        """

    @abstractmethod
    def begin_run(self) -> None:
        """Note that a run begins."""


class Clock(AnyClock):
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
        self._dt = checked_step(dt)
        super().__init__(name)
        self._dt_before: float | None = None

    def __repr__(self) -> str:
        return f"Clock(dt={self.dt!r}, name={self.name!r})"

    @property
    def dt(self) -> Quantity:
        """The step."""
        return Quantity(self._dt, SECOND)

    @dt.setter
    def dt(self, value: Quantity) -> None:
        self._dt = checked_step(value)

    @property
    def dt_(self) -> float:
        """The step in seconds, without unit."""
        return self._dt

    @property
    def dt_before_(self) -> float | None:
        """The step of the last run in seconds, None if there was none."""
        return self._dt_before

    def time_of(self, timestep: int) -> float:
        """Return the number of the step times ``dt``, never a sum of steps."""
        return timestep * self._dt

    def snapshot(self) -> dict[str, Part]:
        """Return the steps now and in the last run, not a number if there was none."""
        before = math.nan if self._dt_before is None else self._dt_before
        return {"clock.dt": self._dt, "clock.dt_before": before}

    def check_snapshot(self, owner: str, saved: Parts) -> None:
        """Refuse a step that is none."""
        if not 0 < float(saved["clock.dt"]) < math.inf:
            raise ModelError(f"the snapshot of {owner!r} has the step {saved['clock.dt']} s")

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back the steps."""
        super().restore_snapshot(saved)
        self._dt = float(saved["clock.dt"])
        before = float(saved["clock.dt_before"])
        self._dt_before = None if math.isnan(before) else before

    def steps_to(self, time: float, resolution: float | None = None) -> int:
        """Return the number of the first step that is not before ``time``, up to rounding."""
        del resolution
        steps = time / self._dt
        if steps > _MOST_STEPS:
            raise ModelError(
                f"{time} s are more than 2**53 steps of {self._dt} s\n"
                f"  the clock {self.name!r} has dt = {self.dt!r}: choose a larger one"
            )
        nearest = round(steps)
        return nearest if abs(steps - nearest) <= GRID_TOLERANCE else math.ceil(steps)

    @property
    def is_changed(self) -> bool:
        """Whether ``dt`` is another than in the last run."""
        return self._dt_before not in (None, self._dt)

    def start_at(self, time: float, resolution: float | None = None) -> int:
        """Return the number of the first step of a run that begins at ``time``.

        Raises
        ------
        ModelError
            If ``dt`` was changed after an earlier run and the time lies between two steps now.
        """
        steps = time / self._dt
        if self.is_changed and abs(steps - round(steps)) > GRID_TOLERANCE:
            raise ModelError(
                f"the clock {self.name!r} with dt = {self.dt!r} has no step at the current time"
                f" {Quantity(time, SECOND)!r}\n"
                "  choose a dt of which the time already simulated is a multiple"
            )
        return self.steps_to(time, resolution)

    def begin_run(self) -> None:
        """Note the step of the run."""
        self._dt_before = self._dt


def checked_step(dt: Any) -> float:
    """Return a step in seconds.

    Raises
    ------
    ModelError, DimensionMismatchError
        If it is no time, or not above 0.
    """
    step = seconds(dt, "dt")
    if step <= 0:
        raise ModelError(f"dt must be positive, not {dt!r}")
    return step


DEFAULT_STEP = 1e-4
"""The step of the default clock at first, in seconds."""
defaultclock = Clock(Quantity(DEFAULT_STEP, SECOND), name="defaultclock")
"""The clock of every object that is given neither ``dt`` nor ``clock``."""


def choose_clock(dt: Quantity | None, clock: Clock | None, owner: str) -> Clock:
    """Return the clock that an object with a step runs on.

    Parameters
    ----------
    dt : Quantity or None
        A step of its own.
    clock : Clock or None
        A clock that it shares.
    owner : str
        The object's name.

    Raises
    ------
    ModelError
        If both are given, or the clock has no step.
    """
    chosen = choose_any_clock(dt, clock, owner)
    if not isinstance(chosen, Clock):
        raise ModelError(
            f"{owner!r} needs a clock with a step, not {chosen!r}\n"
            "  an EventClock is for what is done at single times: run_at, monitors, network"
            " operations"
        )
    return chosen


def choose_any_clock(dt: Quantity | None, clock: AnyClock | None, owner: str) -> AnyClock:
    """Return the clock that an object runs on which needs no step.

    Parameters
    ----------
    dt, clock, owner
        As for :func:`choose_clock`.

    Raises
    ------
    ModelError
        If both are given, or what is given is no clock.
    """
    if dt is not None and clock is not None:
        raise ModelError(f"{owner!r} was given both dt and clock\n  give one of them")
    if clock is not None:
        if not isinstance(clock, AnyClock):
            raise ModelError(f"the clock of {owner!r} must be a Clock, not {clock!r}")
        return clock
    if dt is not None:
        return Clock(dt, name="clock*")
    return defaultclock
