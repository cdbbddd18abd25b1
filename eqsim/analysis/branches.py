"""Systems with one swept parameter to all branches of fixed points in the box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.continuation import Settings, both_ways
from eqsim.analysis.local_bifurcations import BifurcationKind, equilibria, special_points
from eqsim.analysis.rates import System
from eqsim.analysis.roots import all_roots, newton

Values = NDArray[np.float64]

SECTIONS = 33
"""At so many values of the parameter all fixed points are looked for."""

_NEAR = 1e-3
"""Fixed points this near to a branch, in scaled units, are on it: where it turns, straight lines
between its points leave it by less, and a double root is not found more exactly."""

Special = tuple[int, BifurcationKind, Values]
"""A column of a branch, what happens there, and the point."""


def branches_of(system: System, settings: Settings) -> list[tuple[Values, list[Special]]]:
    """Return the branches, each with its bifurcations.

    Parameters
    ----------
    system : System
        The equations.
    settings : Settings
        How branches are followed.

    Returns
    -------
    list of (ndarray, list)
        Scaled points along each branch, shape (n_names, k), from lower to higher values of the
        parameter at its ends. The bifurcations are among them.
    """
    problem = equilibria(system)
    lower, upper = system.box
    sections = np.linspace(lower[-1], upper[-1], SECTIONS)
    roots = all_roots(system, sections[None, :])
    covered: list[list[Values]] = [[] for _ in sections]
    found: list[tuple[Values, list[Special]]] = []
    for k, points in enumerate(roots):
        for start in points.T:
            if any(_are_same(system, start, other) for other in covered[k]) or any(
                distance_to(start, branch) < _NEAR for branch, _ in found
            ):
                continue
            branch, _ = both_ways(problem, start, settings)
            if branch[-1, 0] > branch[-1, -1]:
                branch = branch[:, ::-1]
            for j, crossings in enumerate(_crossings(system, branch, sections)):
                covered[j] += crossings
            covered[k].append(start)
            found.append(_with_special(system, branch))
    return found


def distance_to(point: Values, curve: Values) -> float:
    """Return how far a point is from a curve that is drawn through its points.

    Parameters
    ----------
    point, curve : ndarray
        Shapes (d,) and (d, k).
    """
    one, way = curve[:, :-1], np.diff(curve, axis=1)
    length = np.maximum(np.sum(way**2, axis=0), 1e-300)
    part = np.clip(np.sum((point[:, None] - one) * way, axis=0) / length, 0, 1)
    return float(np.min(np.linalg.norm(point[:, None] - one - part * way, axis=0), initial=np.inf))


def _are_same(system: System, one: Values, other: Values) -> bool:
    lower, upper = system.box
    return bool(np.max(np.abs(one - other) / (upper - lower)) < 1e-6)


def _crossings(system: System, branch: Values, sections: Values) -> list[list[Values]]:
    """Return where a branch has each of some values of the parameter."""
    parameter = branch[-1]
    found: list[tuple[NDArray[np.int64], Values]] = []
    for j, value in enumerate(sections):
        sides = parameter - value
        k = np.flatnonzero((sides[:-1] * sides[1:] <= 0) & (parameter[:-1] != parameter[1:]))
        part = (value - parameter[k]) / (parameter[k + 1] - parameter[k])
        guesses = branch[:, k] + part * (branch[:, k + 1] - branch[:, k])
        guesses[-1] = value
        found.append((np.full(len(k), j), guesses))
    owners = np.concatenate([owner for owner, _ in found])
    points, good = newton(system, np.concatenate([guesses for _, guesses in found], axis=1))
    return [list(points[:, good & (owners == j)].T) for j in range(len(sections))]


def _with_special(system: System, branch: Values) -> tuple[Values, list[Special]]:
    special = list(special_points(system, branch))
    after = [k + 1 for k, _, _ in special]
    points = [point for _, _, point in special]
    whole = np.insert(branch, after, np.array(points).T, axis=1) if special else branch
    moved = [(k + 1 + before, kind, point) for before, (k, kind, point) in enumerate(special)]
    return whole, moved
