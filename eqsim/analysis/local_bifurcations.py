"""Branches of fixed points to the points at which their number or stability changes.

References
----------
.. [1] Kuznetsov, Y. A. (2004). Elements of Applied Bifurcation Theory, 3rd ed. Springer, sections
   5.4 and 10.2. doi:10.1007/978-1-4757-3978-7
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.continuation import Problem, crossing_near, tangent, zero_between
from eqsim.analysis.fixed_points import RATE, named
from eqsim.analysis.rates import System
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import with_dimension

Values = NDArray[np.float64]


class BifurcationKind(StrEnum):
    """What happens at a point; the value is the field's word for it."""

    FOLD = "fold"
    """Two fixed points meet and vanish: a saddle-node bifurcation."""
    HOPF = "Hopf"
    """A limit cycle grows out of a fixed point whose stability changes."""
    BRANCH = "branch point"
    """Two branches of fixed points cross: a transcritical or a pitchfork bifurcation."""
    CUSP = "cusp"
    """Two curves of folds meet."""
    BOGDANOV_TAKENS = "Bogdanov-Takens"
    """A curve of Hopf points ends on a curve of folds."""
    GENERALISED_HOPF = "generalised Hopf"
    """Along a curve of Hopf points the limit cycles change their stability: Bautin's."""


@dataclass(frozen=True, eq=False)
class BifurcationPoint:
    """A point at which a fixed point changes what it is.

    Parameters
    ----------
    kind : Bifurcation
        ``'fold'``, ``'Hopf'``, ``'branch point'``, ``'cusp'``, ``'Bogdanov-Takens'`` or
        ``'generalised Hopf'``; compares with these words.
    parameters : mapping of str to float or Quantity
        The values of the swept parameters.
    state : mapping of str to float or Quantity
        The values of the free variables.
    eigenvalues : Quantity
        Of the Jacobian, shape (n,), in 1/second.
    criticality : str or None
        Of a Hopf point: ``'supercritical'`` if the limit cycle is stable within the plane in
        which it grows, ``'subcritical'`` if not.
    period : Quantity or None
        Of a Hopf point: that of the smallest cycles.
    """

    kind: BifurcationKind
    parameters: Mapping[str, Any]
    state: Mapping[str, Any]
    eigenvalues: Any
    criticality: str | None = None
    period: Any = None

    def __str__(self) -> str:
        values = {**self.parameters, **self.state}
        where = ", ".join(f"{name} = {value:.6g}" for name, value in values.items())
        how = f"{self.criticality} " if self.criticality else ""
        return f"{how}{self.kind} at {where}"

    def __repr__(self) -> str:
        return f"<{self}>"


def equilibria(system: System) -> Problem:
    """Return what the fixed points of a system with one swept parameter solve."""
    lower, upper = system.box
    slack = 1e-12 * (upper - lower)
    # The ends of the parameter's range are met exactly; a fixed point on an edge is inside.
    slack[system.n :] = 0.0
    return Problem(
        lambda z: system.rates(z[:, None])[:, 0],
        lambda z: system.jacobian(z[:, None])[:, :, 0],
        lower - slack,
        upper + slack,
    )


def spectrum(system: System, points: Values) -> NDArray[np.complex128]:
    """Return the scaled eigenvalues at points of shape (n_names, k): shape (n, k)."""
    matrices = system.jacobian(points)[:, : system.n].transpose(2, 0, 1)
    return np.linalg.eigvals(matrices).astype(complex).T


def sum_of_pairs(eigenvalues: NDArray[np.complex128]) -> Values:
    """Return the product of the sums of all pairs: zero where a pair is ``+iw``, ``-iw``."""
    rows, columns = np.triu_indices(len(eigenvalues), 1)
    result: Values = np.prod(eigenvalues[rows] + eigenvalues[columns], axis=0).real
    return result


def special_points(
    system: System, points: Values
) -> Iterator[tuple[int, BifurcationKind, Values]]:
    """Yield the bifurcations along a branch of fixed points.

    Parameters
    ----------
    system : System
        The equations, with one swept parameter.
    points : ndarray
        The branch, scaled, shape (n + 1, k).

    Yields
    ------
    position, kind, point
        After which point of the branch it comes, what it is, and where, shape (n + 1,).
    """
    problem = equilibria(system)
    along = [tangent(problem, points[:, 0])]
    for k in range(1, points.shape[1]):
        along.append(tangent(problem, points[:, k], along[-1]))
    values = spectrum(system, points)
    folds = np.array([t[-1] for t in along])
    branches = np.array([_extended(problem, p, t) for p, t in zip(points.T, along, strict=True)])
    pairs = sum_of_pairs(values) if system.n > 1 else np.ones(points.shape[1])
    for k in range(points.shape[1] - 1):
        ends = points[:, k], points[:, k + 1]
        way = along[k]

        def turns(z: Values, way: Values = way) -> float:
            return float(tangent(problem, z, way)[-1])

        def turning(z: Values) -> float:
            return float(sum_of_pairs(spectrum(system, z[:, None]))[0])

        tests: tuple[tuple[BifurcationKind, Values, Callable[[Values], float]], ...] = (
            (BifurcationKind.FOLD, folds, turns),
            (BifurcationKind.HOPF, pairs, turning),
        )
        if (branches[k] >= 0) != (branches[k + 1] >= 0):
            part = branches[k] / (branches[k] - branches[k + 1])
            crossing = crossing_near(problem, ends[0] + part * (ends[1] - ends[0]))
            if crossing is not None:
                yield k, BifurcationKind.BRANCH, crossing
                # A branch that turns where it crosses another one has no fold there.
                continue
        for kind, test_values, test in tests:
            if (test_values[k] >= 0) == (test_values[k + 1] >= 0):
                continue
            found = zero_between(problem, *ends, test)
            if found is not None and _is(kind, system, found):
                yield k, kind, found


def _extended(problem: Problem, point: Values, along: Values) -> float:
    """Return a number whose sign changes where branches cross, and not at folds."""
    return float(np.linalg.det(np.vstack([problem.slopes(point), along])))


def _is(kind: BifurcationKind, system: System, point: Values) -> bool:
    if kind is not BifurcationKind.HOPF:
        return True
    return hopf_frequency(spectrum(system, point[:, None])[:, 0]) is not None


def hopf_frequency(eigenvalues: NDArray[np.complex128]) -> float | None:
    """Return ``w`` if there is a pair ``+iw``, ``-iw`` of eigenvalues, None if there is none."""
    size = float(np.max(np.abs(eigenvalues)))
    turning = eigenvalues[eigenvalues.imag > 1e-6 * size]
    if not turning.size:
        return None
    nearest = turning[np.argmin(np.abs(turning.real))]
    return float(nearest.imag) if abs(nearest.real) < 1e-4 * size else None


def described_point(system: System, kind: BifurcationKind, point: Values) -> BifurcationPoint:
    """Return a bifurcation in the user's units."""
    eigenvalues = spectrum(system, point[:, None])[:, 0]
    values = system.in_si(point[:, None])[:, 0]
    criticality, period = None, None
    if kind is BifurcationKind.HOPF:
        frequency = hopf_frequency(eigenvalues)
        assert frequency is not None
        stable = first_lyapunov_coefficient(system, point) < 0
        criticality = "supercritical" if stable else "subcritical"
        period = with_dimension(2 * np.pi / frequency * system.second, SECOND)
    order = np.lexsort((-eigenvalues.imag, -eigenvalues.real))
    found = eigenvalues[order] / system.second
    return BifurcationPoint(
        kind,
        named(system.parameters, values[system.n :], system.dimensions[system.n :]),
        named(system.variables, values, system.dimensions),
        with_dimension(found.real if not np.any(found.imag) else found, RATE),
        criticality,
        period,
    )


def first_lyapunov_coefficient(system: System, point: Values) -> float:
    """Return the coefficient whose sign tells the stability of the cycles at a Hopf point.

    Notes
    -----
    Kuznetsov's formula (10.25), with derivatives of higher order as differences of the Jacobian.
    """
    n = system.n
    matrix = system.jacobian(point[:, None])[:, :n, 0]
    values, vectors = np.linalg.eig(matrix)
    k = int(np.argmin(np.where(values.imag > 0, np.abs(values.real), np.inf)))
    frequency, q = float(values[k].imag), vectors[:, k]
    left_values, left = np.linalg.eig(matrix.T)
    p = left[:, int(np.argmin(np.abs(left_values - np.conj(values[k]))))]
    p = p / np.conj(np.vdot(p, q))
    derivatives = _Derivatives(system, point)
    second, third = derivatives.second, derivatives.third
    identity = np.eye(n)
    mixed = np.linalg.solve(matrix, second(q, np.conj(q)))
    doubled = np.linalg.solve(2j * frequency * identity - matrix, second(q, q))
    total = (
        np.vdot(p, third(q))
        - 2 * np.vdot(p, second(q, mixed))
        + np.vdot(p, second(np.conj(q), doubled))
    )
    return float(total.real / (2 * frequency))


def second_derivative(system: System, point: Values, a: Values, b: Values) -> Values:
    """Return how right sides curve along two directions, shape (n,)."""
    return np.real(_Derivatives(system, point).second(a, b))


class _Derivatives:
    """Second and third derivatives of the right sides along given directions."""

    def __init__(self, system: System, point: Values) -> None:
        self.system, self.point, self.step = system, point, 1e-4

    def _jacobian(self, shift: Values) -> Values:
        point = self.point.copy()
        point[: self.system.n] += shift
        return self.system.jacobian(point[:, None])[:, : self.system.n, 0]

    def _second(self, a: Values, b: Any) -> Any:
        size = float(np.linalg.norm(a)) or 1.0
        h = self.step / size
        return (self._jacobian(h * a) - self._jacobian(-h * a)) @ b / (2 * h)

    def second(self, a: Any, b: Any) -> Any:
        """Return ``B(a, b)`` for complex directions."""
        return self._second(a.real, b) + 1j * self._second(a.imag, b)

    def third(self, q: Any) -> Any:
        """Return ``C(q, q, conj(q))``."""
        r, s = q.real, q.imag
        along_r, along_s = self._curvature(r), self._curvature(s)
        return (along_r @ r + along_s @ r) + 1j * (along_r @ s + along_s @ s)

    def _curvature(self, a: Values) -> Values:
        h = self.step / (float(np.linalg.norm(a)) or 1.0)
        middle = self._jacobian(np.zeros_like(a))
        result: Values = (self._jacobian(h * a) - 2 * middle + self._jacobian(-h * a)) / h**2
        return result
