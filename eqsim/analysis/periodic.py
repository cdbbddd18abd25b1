"""Hopf points to branches of limit cycles, stable and unstable.

References
----------
.. [1] Doedel, E., Keller, H. B. & Kernevez, J. P. (1991). Numerical analysis and control of
   bifurcation problems II: Bifurcation in infinite dimensions. International Journal of
   Bifurcation and Chaos 1:745-772. doi:10.1142/S0218127491000555
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.collocation import DEGREE, Collocation, Orbit
from eqsim.analysis.local_bifurcations import hopf_frequency, spectrum
from eqsim.analysis.rates import System

Values = NDArray[np.float64]

_PIECES = 32
"""Of how many polynomials an orbit is made."""


def is_stable(multipliers: NDArray[np.complex128]) -> bool:
    """Return whether all multipliers but that along the orbit are inside the unit circle."""
    along = int(np.argmin(np.abs(multipliers - 1)))
    return bool(np.all(np.abs(np.delete(multipliers, along)) < 1))


def born_at(system: System, point: Values, amplitude: float = 0.01) -> tuple[Orbit, Values]:
    """Return the first orbit of the branch that begins at a Hopf point, and the way to go on.

    Parameters
    ----------
    system : System
        The equations, with one swept parameter.
    point : ndarray
        The Hopf point, scaled, shape (n + 1,).
    amplitude : float
        How large the orbit is, in scaled units.

    Returns
    -------
    Orbit
        An approximation of the orbit.
    ndarray
        The direction of the branch, shape (d,) for d unknowns.
    """
    n = system.n
    values, vectors = np.linalg.eig(system.jacobian(point[:, None])[:, :n, 0])
    frequency = hopf_frequency(spectrum(system, point[:, None])[:, 0])
    assert frequency is not None
    k = int(np.argmin(np.abs(values - 1j * frequency)))
    vector = vectors[:, k] / np.linalg.norm(vectors[:, k])
    mesh = np.linspace(0.0, 1.0, _PIECES + 1)
    still = Orbit(mesh, np.zeros((n, _PIECES * DEGREE + 1)), 2 * np.pi / frequency, point[n])
    turning = (vector[:, None] * np.exp(2j * np.pi * still.times)).real
    orbit = replace(still, points=point[:n, None] + amplitude * turning)
    return orbit, np.concatenate([turning.T.ravel(), [0.0, 0.0]])


@dataclass(frozen=True)
class Limits:
    """Where a branch of orbits ends.

    Parameters
    ----------
    longest : float
        The largest period, as a multiple of the first.
    most : int
        No more orbits than this.
    largest : float
        The longest step.
    """

    longest: float = 100.0
    most: int = 300
    largest: float = 0.04


def branch_of_orbits(
    system: System,
    point: Values,
    limits: Limits = Limits(),
) -> list[tuple[Orbit, NDArray[np.complex128]]]:
    """Return the limit cycles that are born at a Hopf point, each with its multipliers.

    The branch ends where it leaves the box, where the period is too long (it comes near a saddle)
    or where the cycle shrinks to a point again.
    """
    collocation = Collocation(system)
    born = _first_orbit(collocation, point)
    if born is None:
        return []
    first, along, amplitude = born
    orbits, births, size = [first], first.period, amplitude
    along = _direction(collocation, first, along)
    while len(orbits) < limits.most and size > 1e-3 * amplitude:
        orbit = orbits[-1]
        # A small cycle is not to be stepped over where it vanishes.
        size = min(size, 0.3 * _span(orbit))
        guess = orbit.with_vector(orbit.vector + size * along)
        found = _corrected(collocation, guess, orbit, along)
        if found is None or _distance(found, orbit) > 3 * size:
            size /= 2
            continue
        inside = _is_inside(system, found)
        if not inside and size > 0.1 * amplitude:
            size /= 2
            continue
        if not inside or found.period > limits.longest * births or _span(found) < 0.4 * amplitude:
            break
        orbits.append(found.remeshed())
        moved = _corrected(collocation, orbits[-1], orbits[-1], None)
        if moved is not None:
            orbits[-1] = moved
        # The direction on the old mesh is that of the new one, point by point.
        carried = _carried(along, orbit, orbits[-1])
        along = _direction(collocation, orbits[-1], carried)
        size = min(limits.largest, size * 1.4)
    return [(orbit, collocation.multipliers(orbit)) for orbit in orbits]


def _first_orbit(collocation: Collocation, point: Values) -> tuple[Orbit, Values, float] | None:
    """Return a small orbit, the direction of the branch, and its amplitude.

    Where other fixed points are close, only smaller ones are like those of the linear terms.
    """
    for amplitude in (1e-2, 3e-3, 1e-3, 3e-4):
        orbit, along = born_at(collocation.system, point, amplitude)
        first = _corrected(collocation, orbit, orbit, along)
        if first is not None and 0.5 < _span(first) / _span(orbit) < 2:
            return first, along, amplitude
    return None


def _carried(along: Values, old: Orbit, new: Orbit) -> Values:
    way = old.with_vector(along)
    return replace(
        new, points=way.at(new.times), period=way.period, parameter=way.parameter
    ).vector


def _weights(orbit: Orbit) -> Values:
    weights = np.full(orbit.points.size + 2, 1.0 / orbit.points.shape[1])
    # Periods are long where nothing else changes.
    weights[-2:] = 1.0 / max(1.0, orbit.period) ** 2, 1.0
    return weights


def _distance(one: Orbit, other: Orbit) -> float:
    difference = one.vector - other.vector
    return float(np.sqrt(np.sum(_weights(other) * difference**2)))


def _span(orbit: Orbit) -> float:
    return float(np.max(np.ptp(orbit.points, axis=1)))


def _is_inside(system: System, orbit: Orbit) -> bool:
    columns = np.vstack([orbit.points, np.full((1, orbit.points.shape[1]), orbit.parameter)])
    return bool(np.all(system.inside(columns)))


def _direction(collocation: Collocation, orbit: Orbit, like: Values) -> Values:
    weights = _weights(orbit)
    linear = collocation.linearised(orbit, orbit)
    found = linear.solved(like * weights, 1.0, homogeneous=True)
    result: Values = found / np.sqrt(np.sum(weights * found**2))
    return result


def _corrected(
    collocation: Collocation, guess: Orbit, reference: Orbit, along: Values | None
) -> Orbit | None:
    """Return the orbit near a guess, across a direction or at the guess's parameter."""
    orbit, start = guess, guess.vector
    across = np.zeros(len(start))
    if along is None:
        across[-1] = 1.0
    else:
        across = along * _weights(guess)
    for _ in range(8):
        try:
            linear = collocation.linearised(orbit, reference)
            change = linear.solved(across, -float(across @ (orbit.vector - start)))
        except np.linalg.LinAlgError:
            return None
        if not np.all(np.isfinite(change)):
            return None
        orbit = orbit.with_vector(orbit.vector + change)
        if orbit.period <= 0:
            return None
        if np.max(np.abs(change)) < 1e-9 * (1 + abs(orbit.period)):
            return orbit
    return None
