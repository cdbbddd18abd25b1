"""Systems to trajectories: many at once, each with steps of its own.

References
----------
.. [1] Dormand, J. R. & Prince, P. J. (1980). A family of embedded Runge-Kutta formulae. Journal
   of Computational and Applied Mathematics 6:19-26. doi:10.1016/0771-050X(80)90013-3
.. [2] Hairer, E., Norsett, S. P. & Wanner, G. (1993). Solving Ordinary Differential Equations I.
   Springer. doi:10.1007/978-3-540-78862-1
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.fixed_points import named
from eqsim.analysis.rates import System
from eqsim.integrators.pairs import DORMAND_PRINCE
from eqsim.integrators.tableau import ExplicitRungeKutta
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import with_dimension

Values = NDArray[np.float64]
Rates = Callable[[Values], Values]

_FAR = 100.0
"""Trajectories end where they are so many sizes of the box away from it."""

assert isinstance(DORMAND_PRINCE.method, ExplicitRungeKutta)
_TABLEAU = DORMAND_PRINCE.method.tableau
_MATRIX = [np.array([float(a) for a in row]) for row in _TABLEAU.matrix]
_WEIGHTS = np.array([float(b) for b in _TABLEAU.weights])
assert _TABLEAU.embedded is not None
_ERRORS = _WEIGHTS - np.array([float(b) for b in _TABLEAU.embedded])


@dataclass(frozen=True)
class Piece:
    """One attempted step of several trajectories.

    Parameters
    ----------
    which : ndarray
        Numbers of the trajectories, shape (k,).
    accepted : ndarray of bool
        Whose step was accurate enough, shape (k,).
    time, step : ndarray
        Where the steps begin, and how long they are, shape (k,).
    before, after : ndarray
        Points at both ends, shape (n, k).
    slope_before, slope_after : ndarray
        Rates there, shape (n, k).
    """

    which: NDArray[np.int64]
    accepted: NDArray[np.bool_]
    time: Values
    step: Values
    before: Values
    after: Values
    slope_before: Values
    slope_after: Values

    def at(self, part: Values) -> Values:
        """Return points within the steps: a cubic through both ends with their slopes."""
        h, s = self.step, part
        return (
            (1 + 2 * s) * (1 - s) ** 2 * self.before
            + s * (1 - s) ** 2 * h * self.slope_before
            + s**2 * (3 - 2 * s) * self.after
            + s**2 * (s - 1) * h * self.slope_after
        )


def steps(
    rates: Rates,
    start: Values,
    duration: float,
    *,
    tolerance: float = 1e-8,
    most: int = 20_000,
    longest: float = np.inf,
) -> Iterator[Piece]:
    """Yield the steps of trajectories until each has lasted its time.

    Parameters
    ----------
    rates : callable
        From points of shape (n, k) to rates of the same shape.
    start : ndarray
        Where trajectories begin, shape (n, k).
    duration : float
        How long they last.
    tolerance : float
        Accepted error of a step, relative and absolute.
    most : int
        No more attempts than this.
    longest : float
        No longer steps than this.

    Notes
    -----
    Who takes the steps ends a trajectory by setting its number in ``which`` to -1.
    """
    which = np.arange(start.shape[1])
    points, slope = start.copy(), rates(start)
    time = np.zeros(start.shape[1])
    size = np.max(np.abs(slope), axis=0) + 1e-12
    step = np.minimum(np.minimum(0.01 / size, longest), duration)
    for _ in range(most):
        step = np.minimum(step, duration - time)
        after, last, error = _attempt(rates, points, slope, step)
        weight = tolerance * (1.0 + np.maximum(np.abs(points), np.abs(after)))
        with np.errstate(over="ignore", invalid="ignore"):
            wrong = np.sqrt(np.mean((error / weight) ** 2, axis=0))
        wrong = np.where(np.isfinite(wrong), wrong, 1e6)
        accepted = wrong <= 1.0
        piece = Piece(which, accepted, time, step, points, after, slope, last)
        yield piece
        points, slope = np.where(accepted, after, points), np.where(accepted, last, slope)
        time = np.where(accepted, time + step, time)
        grown = step * np.clip(0.9 * np.maximum(wrong, 1e-10) ** -0.2, 0.2, 5.0)
        left = (which >= 0) & (time < duration * (1 - 1e-14)) & (grown > 1e-13 * (1 + time))
        if not left.any():
            return
        step = np.minimum(grown, longest)[left]
        which, time, points, slope = which[left], time[left], points[:, left], slope[:, left]


def _attempt(
    rates: Rates, points: Values, slope: Values, step: Values
) -> tuple[Values, Values, Values]:
    stages = [slope]
    with np.errstate(all="ignore"):
        for row in _MATRIX[1:]:
            moved = sum(a * k for a, k in zip(row, stages, strict=True) if a)
            stages.append(rates(points + step * moved))
        increments = [
            sum(b * k for b, k in zip(w, stages, strict=True)) for w in (_WEIGHTS, _ERRORS)
        ]
        # The last stage lies at the end of the step: its slope is the first of the next one.
        return points + step * increments[0], stages[-1], step * increments[1]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """States one after the other.

    Parameters
    ----------
    t : Quantity
        Times in seconds, shape (n,); negative ones if it was followed backwards.
    states : mapping of str to ndarray or Quantity
        The values of each free variable, shape (n,).

    Examples
    --------
    >>> from eqsim import ms
    >>> from eqsim.analysis import PhaseLine
    >>> line = PhaseLine('dv/dt = -v/(10*ms) : 1', {'v': (0, 1)})
    >>> decay = line.trajectory({'v': 1}, 10*ms)
    >>> round(float(decay['v'][-1]), 6)
    0.367879
    """

    t: Any
    states: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.states[name]


def trajectory(
    system: System, start: Values, duration: float, tolerance: float = 1e-8
) -> tuple[Values, Values]:
    """Return times and points of one trajectory, both scaled.

    Parameters
    ----------
    system : System
        The equations.
    start : ndarray
        Scaled, shape (n_names,).
    duration : float
        Scaled; backwards in time if negative.
    tolerance : float
        Accepted error of a step.

    Returns
    -------
    times, points : ndarray
        Shapes (k,) and (n_variables, k). It ends early where it leaves for infinity.
    """
    direction, rest = np.sign(duration), start[system.n :, None]
    rates = along(system, rest, direction)
    times, points = [np.zeros(1)], [start[: system.n, None]]
    for piece in steps(rates, start[: system.n, None], abs(duration), tolerance=tolerance):
        if not piece.accepted[0]:
            continue
        # Between the ends of a step, so that curves are smooth to look at.
        for part in (0.25, 0.5, 0.75):
            times.append(direction * (piece.time + part * piece.step))
            points.append(piece.at(np.array([part])))
        times.append(direction * (piece.time + piece.step))
        points.append(piece.after)
        if ends_far_away(system, piece.after):
            piece.which[:] = -1
    return np.concatenate(times), np.concatenate(points, axis=1)


def ends_far_away(system: System, points: Values) -> bool:
    """Return whether the last of scaled points, shape (n, k), is as good as at infinity."""
    lower, upper = system.box
    reach = _FAR * np.max(np.abs(np.concatenate([lower, upper])))
    return bool(np.max(np.abs(points[:, -1])) > reach)


def along(system: System, parameters: Values, direction: float | Values = 1.0) -> Rates:
    """Return the rates of the variables for scaled parameters, reversed if the direction is -1."""

    def rates(points: Values) -> Values:
        values = np.broadcast_to(parameters, (len(parameters), points.shape[1]))
        result: Values = direction * system.rates(np.concatenate([points, values]))
        return result

    return rates


def with_units(system: System, times: Values, points: Values) -> Trajectory:
    """Return a trajectory in the user's units."""
    values = points * system.scale[: system.n, None]
    return Trajectory(
        with_dimension(times * system.second, SECOND),
        named(system.variables, values, system.dimensions),
    )
