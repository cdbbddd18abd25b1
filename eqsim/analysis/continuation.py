"""Equations with one unknown too many to the curves that solve them.

Pseudo-arclength continuation: a step along the tangent, then Newton's method across it. Folds are
no obstacle, as nothing is a function of the parameter.

References
----------
.. [1] Keller, H. B. (1977). Numerical solution of bifurcation and nonlinear eigenvalue problems.
   In: Applications of Bifurcation Theory. Academic Press, 359-384.
.. [2] Seydel, R. (2010). Practical Bifurcation and Stability Analysis, 3rd ed. Springer, chapter
   4. doi:10.1007/978-1-4419-1740-9
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Residual = Callable[[Values], Values]
"""From one point, shape (d,), to d - 1 numbers that are to be zero."""
Slopes = Callable[[Values], Values]
"""From one point, shape (d,), to the derivatives of the residual, shape (d - 1, d)."""

_CONVERGED = 1e-13
_ITERATIONS = 10


@dataclass(frozen=True)
class Settings:
    """How a curve is followed, in scaled units.

    Parameters
    ----------
    first, largest, smallest : float
        Lengths of steps.
    most : int
        No more steps than this.
    """

    first: float = 0.005
    largest: float = 0.02
    smallest: float = 1e-7
    most: int = 3000


@dataclass(frozen=True)
class Problem:
    """What a curve solves, and where it is of interest.

    Parameters
    ----------
    residual, slopes : callable
        The equations and their derivatives.
    lower, upper : ndarray
        The box in which the curve is followed, shape (d,); infinite where nothing ends it.
    """

    residual: Residual
    slopes: Slopes
    lower: Values
    upper: Values

    def is_inside(self, point: Values) -> bool:
        """Return whether a point lies in the box."""
        return bool(np.all(point >= self.lower) and np.all(point <= self.upper))


def tangent(problem: Problem, point: Values, like: Values | None = None) -> Values:
    """Return the unit vector along the curve at a point, turned as another one is."""
    vector: Values = np.linalg.svd(problem.slopes(point))[2][-1]
    return -vector if like is not None and vector @ like < 0 else vector


def corrected(
    problem: Problem, guess: Values, normal: Values, offset: float | None = None
) -> tuple[Values, int] | None:
    """Return the point of the curve on a plane through a guess, and the number of iterations.

    Parameters
    ----------
    problem : Problem
        What the curve solves.
    guess : ndarray
        Near the curve, shape (d,).
    normal : ndarray
        Across the plane, shape (d,).
    offset : float, optional
        ``normal @ point`` for points of the plane, by default that of the guess.
    """
    level = float(normal @ guess) if offset is None else offset
    point = guess.copy()
    for iteration in range(_ITERATIONS):
        wrong = np.append(problem.residual(point), normal @ point - level)
        matrix = np.vstack([problem.slopes(point), normal])
        if not (np.all(np.isfinite(wrong)) and np.all(np.isfinite(matrix))):
            return None
        try:
            change = np.linalg.solve(matrix, -wrong)
        except np.linalg.LinAlgError:
            # Where branches cross: the shortest change, which is none once it is on the curve.
            change = np.linalg.lstsq(matrix, -wrong, rcond=None)[0]
        point = point + change
        if np.max(np.abs(change)) < _CONVERGED * (1 + np.max(np.abs(point))):
            return point, iteration + 1
    # What rounding leaves is no reason to go back.
    near = np.max(np.abs(change)) < 1e-9 * (1 + np.max(np.abs(point)))
    return (point, _ITERATIONS) if near else None


def follow(
    problem: Problem, start: Values, direction: Values, settings: Settings
) -> tuple[Values, bool]:
    """Return the points of a curve from a start to where it leaves the box.

    Parameters
    ----------
    problem : Problem
        What the curve solves.
    start : ndarray
        A point of it, shape (d,).
    direction : ndarray
        Along the curve, shape (d,).
    settings : Settings
        How it is followed.

    Returns
    -------
    points : ndarray
        Shape (d, k), the start first.
    is_closed : bool
        Whether the curve came back to its start.
    """
    points, along, size = [start], tangent(problem, start, direction), settings.first
    for _ in range(settings.most):
        if size < settings.smallest:
            break
        found = corrected(problem, points[-1] + size * along, along)
        if found is None or np.linalg.norm(found[0] - points[-1]) > 3 * size:
            size /= 3
            continue
        point, iterations = found
        new = tangent(problem, point, along)
        if new @ along < 0.98 and size > 100 * settings.smallest:
            size /= 2
            continue
        if not problem.is_inside(point):
            edge = _at_edge(problem, points[-1], point)
            return np.array([*points, *edge]).T, False
        if len(points) > 4 and _passes(points[-1], point, start):
            return np.array([*points, start]).T, True
        points.append(point)
        along = new
        size = min(settings.largest, size * (1.5 if iterations <= 4 else 0.7))
    return np.array(points).T, False


def _passes(one: Values, other: Values, start: Values) -> bool:
    """Return whether the start of a curve lies between two neighbours on it."""
    chord = other - one
    part = float((start - one) @ chord / (chord @ chord))
    distance = np.linalg.norm(one + part * chord - start)
    return bool(0 <= part <= 1 and distance < 0.1 * np.linalg.norm(chord))


def _at_edge(problem: Problem, inside: Values, outside: Values) -> list[Values]:
    """Return the point at which a curve leaves the box, none if it cannot be found."""
    with np.errstate(all="ignore"):
        limit = np.where(outside > problem.upper, problem.upper, problem.lower)
        parts = (limit - inside) / (outside - inside)
    left = (outside > problem.upper) | (outside < problem.lower)
    k = int(np.argmin(np.where(left, parts, np.inf)))
    guess = inside + parts[k] * (outside - inside)
    found = corrected(problem, guess, np.eye(len(inside))[k], float(limit[k]))
    return [] if found is None else [found[0]]


def both_ways(problem: Problem, start: Values, settings: Settings) -> tuple[Values, bool]:
    """Return the points of the curve through a start, followed in both directions."""
    along = tangent(problem, start)
    forward, is_closed = follow(problem, start, along, settings)
    if is_closed:
        return forward, True
    backward, _ = follow(problem, start, -along, settings)
    return np.concatenate([backward[:, :0:-1], forward], axis=1), False


def crossing_near(problem: Problem, guess: Values) -> Values | None:
    """Return the point near a guess at which branches cross, None if there is none.

    Notes
    -----
    Along any one branch Newton's method may go over to another. So a state ``z``, a left null
    vector ``w`` of all derivatives and an imperfection ``b`` are solved for together:
    ``F + b*w = 0``, ``w @ F' = 0``, ``w @ w = 1``, which is regular where two branches cross.
    """
    size = len(guess)

    def equations(unknowns: Values) -> Values:
        point, left, flaw = unknowns[:size], unknowns[size:-1], unknowns[-1]
        return np.concatenate(
            [
                problem.residual(point) + flaw * left,
                left @ problem.slopes(point),
                [left @ left - 1],
            ]
        )

    left = np.linalg.svd(problem.slopes(guess))[0][:, -1]
    unknowns = np.concatenate([guess, left, [0.0]])
    for _ in range(20):
        shifts = 1e-6 * np.eye(len(unknowns))
        matrix = [(equations(unknowns + h) - equations(unknowns - h)) / 2e-6 for h in shifts]
        change = np.linalg.lstsq(np.array(matrix).T, -equations(unknowns), rcond=None)[0]
        unknowns = unknowns + change
        if np.max(np.abs(change)) < 1e-12:
            is_near = np.linalg.norm(unknowns[:size] - guess) < 0.1 and abs(unknowns[-1]) < 1e-9
            return unknowns[:size] if is_near else None
    return None


def zero_between(
    problem: Problem, one: Values, other: Values, test: Callable[[Values], float]
) -> Values | None:
    """Return the point between two neighbours on a curve at which a function of it is zero.

    Parameters
    ----------
    problem : Problem
        What the curve solves.
    one, other : ndarray
        Points of the curve at which the function has opposite signs.
    test : callable
        The function.

    Notes
    -----
    The Illinois method: false position, with half the value at an end that stays.
    """
    chord = other - one
    length = float(np.linalg.norm(chord))
    normal = chord / length

    def at(part: float) -> Values | None:
        found = corrected(problem, one + part * chord, normal)
        return None if found is None else found[0]

    low, high = 0.0, 1.0
    at_low, at_high = test(one), test(other)
    best: Values | None = None
    for _ in range(100):
        part = (low * at_high - high * at_low) / (at_high - at_low)
        best = at(part)
        if best is None or high - low < 1e-15:
            return best
        value = test(best)
        if value == 0 or abs(value) < 1e-15 * max(abs(at_low), abs(at_high)):
            return best
        if np.sign(value) == np.sign(at_high):
            high, at_high = part, value
            at_low /= 2
        else:
            low, at_low = part, value
            at_high /= 2
        if (high - low) * length < 1e-15 or at_high == at_low:
            return best
    return best
