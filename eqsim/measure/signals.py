"""Signals over time in every form that measures and pictures take, as one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.clocks import checked_step
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.units import arguments
from eqsim.units.dimensions import HERTZ, Dimension
from eqsim.units.quantity import Quantity, dimension_of, si_value

_UNEVEN = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Values over time.

    Parameters
    ----------
    values : ndarray
        In SI units, shape (n_times,) or (n, n_times).
    dimension : Dimension
        Their dimension.
    name : str or None
        What they are, if that is known.
    times : ndarray or None
        In seconds, shape (n_times,), if they are known.
    """

    values: NDArray[np.float64]
    dimension: Dimension
    name: str | None = None
    times: NDArray[np.float64] | None = None

    def step(self, dt: Quantity | None) -> float:
        """Return the step between values, in seconds.

        Raises
        ------
        ModelError
            If it is not known, or steps are uneven.
        """
        if dt is not None:
            return checked_step(dt)
        if self.times is None or len(self.times) < 2:
            raise ModelError("the step between the values is not known\n  give it: dt=0.1*ms")
        steps = np.diff(self.times)
        if np.ptp(steps) > _UNEVEN * steps.mean():
            raise ModelError("the times of the values are uneven\n  record with a clock of one dt")
        return float(steps.mean())


def signal_of(given: Any, variable: str | None = None) -> Signal:
    """Return a signal in this form.

    Parameters
    ----------
    given : StateMonitor, PopulationRateMonitor, TimedArray, Quantity or array_like
        The signal.
    variable : str, optional
        Which variable of a StateMonitor; may be left out if it recorded one only.

    Raises
    ------
    ModelError
        If the variable was not recorded, or values are no numbers over time.
    """
    if isinstance(given, StateMonitor):
        name = _variable(given, variable)
        values = np.asarray(given.recorded(name), dtype=float)
        dimension = given.source.dimension_of_variable(name)
        return Signal(values, dimension, name, given.t_)
    if variable is not None:
        raise ModelError(
            f"{arguments.shown(variable)} names a variable of a StateMonitor, but the signal is"
            f" {type(given).__name__}\n  leave it out"
        )
    if isinstance(given, PopulationRateMonitor):
        return Signal(given.rate_, HERTZ, "rate", given.t_)
    if isinstance(given, TimedArray):
        stored = np.asarray(si_value(given.values), dtype=float)
        times = np.asarray(si_value(given.t))
        return Signal(stored.T, dimension_of(given.values), given.stem, times)
    values = arguments.array(given, "a signal", "numbers over time").astype(float)
    if values.ndim not in (1, 2) or values.shape[-1] < 1:
        raise ModelError(f"a signal has the shape (n_times,) or (n, n_times), not {values.shape}")
    return Signal(values, dimension_of(given))


def _variable(monitor: StateMonitor, variable: str | None) -> str:
    known = monitor.variables
    if variable is None and len(known) == 1:
        return known[0]
    if not isinstance(variable, str) or variable not in known:
        problem = (
            f"{monitor.name!r} recorded several variables"
            if variable is None
            else f"{monitor.name!r} did not record {arguments.shown(variable)}"
        )
        raise ModelError(
            message(
                problem, f"name one of: {', '.join(known)}", did_you_mean(str(variable), known)
            )
        )
    return variable
