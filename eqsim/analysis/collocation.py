"""Periodic orbits as unknowns, and the equations that they solve: orthogonal collocation.

A cycle is a polynomial of degree 4 on each piece of its period; at the Gauss points of each piece
it solves the equations. Pieces are short where the cycle turns quickly.

References
----------
.. [1] Doedel, E., Keller, H. B. & Kernevez, J. P. (1991). Numerical analysis and control of
   bifurcation problems II: Bifurcation in infinite dimensions. International Journal of
   Bifurcation and Chaos 1:745-772. doi:10.1142/S0218127491000555
.. [2] Seydel, R. (2010). Practical Bifurcation and Stability Analysis, 3rd ed. Springer, chapter
   7. doi:10.1007/978-1-4419-1740-9
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.rates import System

Values = NDArray[np.float64]

DEGREE = 4
"""Of the polynomials."""
_LARGEST_MATRIX = 60
"""Up to this size linear systems are solved by one thread."""


def _collocation() -> tuple[Values, Values, Values]:
    """Return values and slopes of the Lagrange polynomials at Gauss points, and weights."""
    gauss, weights = np.polynomial.legendre.leggauss(DEGREE)
    at = (gauss + 1) / 2
    nodes = np.linspace(0.0, 1.0, DEGREE + 1)
    coefficients = np.linalg.inv(np.vander(nodes, increasing=True))
    powers = np.vander(at, DEGREE + 1, increasing=True)
    slopes = np.zeros_like(powers)
    slopes[:, 1:] = powers[:, :-1] * np.arange(1, DEGREE + 1)
    return powers @ coefficients, slopes @ coefficients, weights / 2


_VALUE, _SLOPE, _WEIGHT = _collocation()


@dataclass(frozen=True)
class Orbit:
    """A periodic orbit of a system with one swept parameter, in scaled units.

    Parameters
    ----------
    mesh : ndarray
        Where pieces begin and end, in parts of the period, shape (pieces + 1,).
    points : ndarray
        The variables at equidistant points of each piece, shape (n, pieces*DEGREE + 1).
    period, parameter : float
        How long it takes, and where.
    """

    mesh: Values
    points: Values
    period: float
    parameter: float

    @property
    def vector(self) -> Values:
        """All unknowns: the points, variable after variable at each, period and parameter."""
        return np.concatenate([self.points.T.ravel(), [self.period, self.parameter]])

    def with_vector(self, vector: Values) -> Orbit:
        """Return an orbit with other unknowns on the same mesh."""
        points = vector[:-2].reshape(-1, len(self.points)).T
        return replace(self, points=points, period=float(vector[-2]), parameter=float(vector[-1]))

    @property
    def times(self) -> Values:
        """Where the points are, in parts of the period."""
        parts = np.arange(DEGREE) / DEGREE
        inner = (self.mesh[:-1, None] + parts * np.diff(self.mesh)[:, None]).ravel()
        return np.append(inner, 1.0)

    def pieces(self, values: Values) -> Values:
        """Return values at points, shape (n, k), by piece: shape (pieces, DEGREE + 1, n)."""
        count = len(self.mesh) - 1
        index = np.arange(count)[:, None] * DEGREE + np.arange(DEGREE + 1)
        return values[:, index].transpose(1, 2, 0)

    def inside_pieces(self) -> tuple[Values, Values]:
        """Return points and slopes in parts of the period at the Gauss points of each piece."""
        pieces = self.pieces(self.points)
        lengths = np.diff(self.mesh)[:, None, None]
        return (
            np.einsum("jk,ikn->ijn", _VALUE, pieces),
            np.einsum("jk,ikn->ijn", _SLOPE, pieces) / lengths,
        )

    def remeshed(self) -> Orbit:
        """Return the orbit on a mesh whose pieces have equal shares of its arc length."""
        lengths = np.linalg.norm(np.diff(self.points, axis=1), axis=0)
        passed = np.concatenate([[0.0], np.cumsum(lengths)])
        # A part of each share is of time, so that pieces do not become too long at rest.
        share = 0.7 * passed / passed[-1] + 0.3 * self.times
        mesh = np.interp(np.linspace(0, 1, len(self.mesh)), share, self.times)
        mesh[0], mesh[-1] = 0.0, 1.0
        moved = replace(self, mesh=mesh)
        return replace(moved, points=self.at(moved.times))

    def at(self, times: Values) -> Values:
        """Return points at times in parts of the period, shape (n, k)."""
        piece = np.clip(np.searchsorted(self.mesh, times, side="right") - 1, 0, len(self.mesh) - 2)
        part = (times - self.mesh[piece]) / np.diff(self.mesh)[piece]
        nodes = np.linspace(0.0, 1.0, DEGREE + 1)
        coefficients = np.linalg.inv(np.vander(nodes, increasing=True))
        values = np.vander(part, DEGREE + 1, increasing=True) @ coefficients
        result: Values = np.einsum("tk,tkn->nt", values, self.pieces(self.points)[piece])
        return result


class Collocation:
    """The equations of periodic orbits of a system with one swept parameter."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.n = system.n

    def _evaluated(self, orbit: Orbit) -> tuple[Values, Values, Values, Values]:
        """Return points, slopes, rates and derivatives of rates at the Gauss points."""
        points, slopes = orbit.inside_pieces()
        flat = points.reshape(-1, self.n).T
        columns = np.vstack([flat, np.full((1, flat.shape[1]), orbit.parameter)])
        shape = points.shape[:2]
        rates = self.system.rates(columns).T.reshape(*shape, self.n)
        jacobian = self.system.jacobian(columns).transpose(2, 0, 1)
        return points, slopes, rates, jacobian.reshape(*shape, self.n, self.n + 1)

    def linearised(self, orbit: Orbit, reference: Orbit) -> Linearised:
        """Return the equations near an orbit.

        Parameters
        ----------
        orbit : Orbit
            The unknowns.
        reference : Orbit
            An orbit on the same mesh, by which the phase is chosen.
        """
        points, slopes, rates, jacobian = self._evaluated(orbit)
        n, count = self.n, len(orbit.mesh) - 1
        lengths = np.diff(orbit.mesh)
        blocks = -orbit.period * np.einsum("jk,ijab->ijakb", _VALUE, jacobian[..., :n])
        for a in range(n):
            blocks[:, :, a, :, a] += _SLOPE / lengths[:, None, None]
        whole = blocks.reshape(count, DEGREE * n, (DEGREE + 1) * n)
        rest = [-rates, -orbit.period * jacobian[..., n], slopes - orbit.period * rates]
        right = np.stack([part.reshape(count, -1) for part in rest], axis=-1)
        old, turning = reference.inside_pieces()
        share = lengths[:, None] * _WEIGHT
        phase = np.zeros_like(orbit.points.T)
        pieces = np.arange(count)[:, None] * DEGREE + np.arange(DEGREE + 1)
        np.add.at(phase, pieces, np.einsum("ij,jk,ijn->ikn", share, _VALUE, turning))
        return Linearised(
            _joined(
                np.linalg.solve(
                    whole[:, :, n:], -np.concatenate([whole[:, :, :n], right], axis=-1)
                )
            ),
            phase.ravel(),
            orbit.points[:, -1] - orbit.points[:, 0],
            float(np.einsum("ij,ijn,ijn->", share, points - old, turning)),
        )

    def multipliers(self, orbit: Orbit) -> NDArray[np.complex128]:
        """Return the Floquet multipliers, the largest modulus first."""
        if self.n == 2:
            # Areas grow by the integral of the trace, however much that is.
            _, _, _, jacobian = self._evaluated(orbit)
            share = np.diff(orbit.mesh)[:, None] * _WEIGHT
            trace = np.einsum("ij,ijaa->", share, jacobian[..., : self.n])
            with np.errstate(over="ignore"):
                across = np.exp(orbit.period * trace)
            return np.array(sorted([across, 1.0], reverse=True), dtype=complex)
        monodromy = np.eye(self.n)
        for step in self.linearised(orbit, orbit).inner[:, -self.n :, : self.n]:
            monodromy = step @ monodromy
        values = np.linalg.eigvals(monodromy).astype(complex)
        return values[np.argsort(-np.abs(values))]


def _joined(inner: Values) -> Values:
    """Return the changes inside of pieces in terms of those at fewer points.

    Neighbouring pieces are taken together until the matrix that is left is so small that linear
    algebra does not share it among threads, which cost more than they help.
    """
    count, rows, columns = inner.shape
    n = columns - 3
    group = 1
    while (count // group + 1) * n + 2 > _LARGEST_MATRIX and count % (2 * group) == 0:
        group *= 2
    pieces = inner.reshape(count // group, group, rows, columns)
    start = np.broadcast_to(np.eye(n, columns), (count // group, n, columns))
    parts = []
    for k in range(group):
        part = pieces[:, k, :, :n] @ start
        part[:, :, n:] += pieces[:, k, :, n:]
        parts.append(part)
        start = part[:, -n:]
    return np.concatenate(parts, axis=1)


@dataclass(frozen=True)
class Linearised:
    """The equations of periodic orbits near one, with the inside of pieces eliminated.

    Parameters
    ----------
    inner : ndarray
        The changes of the points of a piece but the first, in terms of that of the first, of the
        period, of the parameter, and of nothing: shape (pieces, DEGREE*n, n + 3).
    phase : ndarray
        The weights of the changes of all points in the phase, shape (d - 2,).
    gap, lag : ndarray, float
        How far the orbit is from being closed, and its phase from that of the reference.
    """

    inner: Values
    phase: Values
    gap: Values
    lag: float

    def solved(self, across: Values, level: float, *, homogeneous: bool = False) -> Values:
        """Return the change that solves the equations, and ``across @ change = level``.

        Parameters
        ----------
        across : ndarray
            Shape (d,) for d unknowns.
        level : float
            What the change is to have along it.
        homogeneous : bool
            Whether the orbit is to be taken as a solution already.
        """
        count, _, columns = self.inner.shape
        n = columns - 3
        size = n * (count + 1) + 2
        matrix, right = np.zeros((size, size)), np.zeros(size)
        ends = self.inner[:, -n:]
        rows = np.arange(count * n).reshape(count, n)
        matrix[rows, rows + n] = 1.0
        matrix[rows[:, :, None], rows[:, None, :]] = -ends[:, :, :n]
        matrix[: count * n, -2:] = -ends[:, :, n : n + 2].reshape(-1, 2)
        right[: count * n] = ends[:, :, n + 2].ravel()
        periodic = slice(count * n, count * n + n)
        matrix[periodic, :n], matrix[periodic, -2 - n : -2] = -np.eye(n), np.eye(n)
        right[periodic] = -self.gap
        matrix[-2], known = self._over_ends(np.append(self.phase, [0.0, 0.0]))
        right[-2] = -self.lag - known
        matrix[-1], known = self._over_ends(across)
        right[-1] = level - known
        if homogeneous:
            right[:-1], right[-1] = 0.0, level
        found = np.linalg.solve(matrix, right)
        period, parameter = found[-2:]
        starts = found[:-2].reshape(count + 1, n)
        inner = np.einsum("irc,ic->ir", self.inner[:, :, :n], starts[:-1])
        inner += self.inner[:, :, n] * period + self.inner[:, :, n + 1] * parameter
        inner += 0.0 if homogeneous else self.inner[:, :, n + 2]
        return np.concatenate([starts[0], inner.ravel(), [period, parameter]])

    def _over_ends(self, weights: Values) -> tuple[Values, float]:
        """Return weights of the ends of pieces, period and parameter, and what is added."""
        count, _, columns = self.inner.shape
        n = columns - 3
        inside = weights[n:-2].reshape(count, -1)
        total = np.einsum("ir,irc->ic", inside, self.inner)
        row = np.zeros(n * (count + 1) + 2)
        row[: count * n] = total[:, :n].ravel()
        row[:n] += weights[:n]
        row[-2:] = weights[-2:] + total[:, n : n + 2].sum(axis=0)
        return row, float(total[:, n + 2].sum())
