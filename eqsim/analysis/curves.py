"""Systems with two swept parameters to the curves on which fixed points change what they are.

References
----------
.. [1] Kuznetsov, Y. A. (2004). Elements of Applied Bifurcation Theory, 3rd ed. Springer, chapters
   8 and 10. doi:10.1007/978-1-4757-3978-7
.. [2] Govaerts, W. J. F. (2000). Numerical Methods for Bifurcations of Dynamical Equilibria.
   SIAM. doi:10.1137/1.9780898719543
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.continuation import Problem, zero_between
from eqsim.analysis.local_bifurcations import (
    BifurcationKind,
    first_lyapunov_coefficient,
    hopf_frequency,
    second_derivative,
    spectrum,
)
from eqsim.analysis.rates import System

Values = NDArray[np.float64]

Test = Callable[[Values, Values], float]

_SHIFT = 1e-6


class DefiningSystem(ABC):
    """The equations of a curve of bifurcations, over a state, a vector, and two parameters.

    Parameters
    ----------
    system : System
        The equations of the model, with two swept parameters.
    """

    kind: BifurcationKind

    def __init__(self, system: System) -> None:
        self.system = system
        self.n = system.n

    @abstractmethod
    def residuals(self, points: Values) -> Values:
        """Return what is to be zero at points of shape (d, k): shape (d - 1, k)."""

    @abstractmethod
    def start(self, place: Values) -> Values:
        """Return a point of the curve, shape (d,), from a state with parameters, (n + 2,)."""

    @abstractmethod
    def bounds(self) -> tuple[Values, Values]:
        """Return the box in which the curve is followed, shape (d,) each."""

    @abstractmethod
    def special(self, points: Values) -> Iterator[tuple[int, BifurcationKind, Values]]:
        """Yield the bifurcations along a curve: position, kind, and the point of the curve."""

    def problem(self) -> Problem:
        """Return what the curve solves."""
        lower, upper = self.bounds()
        return Problem(lambda z: self.residuals(z[:, None])[:, 0], self._slopes, lower, upper)

    def _slopes(self, point: Values) -> Values:
        # Differences: the solution does not depend on them, only how fast it is found.
        shifts = _SHIFT * np.eye(len(point))
        ahead = self.residuals(point[:, None] + shifts)
        behind = self.residuals(point[:, None] - shifts)
        result: Values = (ahead - behind) / (2 * _SHIFT)
        return result

    def places(self, points: Values) -> Values:
        """Return states and parameters only, shape (n + 2, k)."""
        return np.concatenate([points[: self.n], points[-2:]])

    def jacobian(self, points: Values) -> Values:
        """Return the derivatives by the variables, shape (k, n, n)."""
        slopes = self.system.jacobian(self.places(points))[:, : self.n]
        return slopes.transpose(2, 0, 1)

    def _box(self, inner: int) -> tuple[Values, Values]:
        lower, upper = self.system.box
        free = np.full(inner, np.inf)
        return (
            np.concatenate([lower[: self.n], -free, lower[self.n :]]),
            np.concatenate([upper[: self.n], free, upper[self.n :]]),
        )


class FoldCurve(DefiningSystem):
    """A curve of folds: states with a vector that the Jacobian maps to zero."""

    kind = BifurcationKind.FOLD

    def residuals(self, points: Values) -> Values:
        """Return the rates, the Jacobian times the vector, and its length less one."""
        vector = points[self.n : 2 * self.n]
        mapped = np.einsum("kij,jk->ik", self.jacobian(points), vector)
        length = np.sum(vector**2, axis=0, keepdims=True) - 1
        return np.concatenate([self.system.rates(self.places(points)), mapped, length])

    def bounds(self) -> tuple[Values, Values]:
        """Return the ranges of variables and parameters; vectors are free."""
        return self._box(self.n)

    def start(self, place: Values) -> Values:
        """Return a point of the curve from a fold, shape (n + 2,)."""
        matrix = self.system.jacobian(place[:, None])[:, : self.n, 0]
        vector = np.linalg.svd(matrix)[2][-1]
        return np.concatenate([place[: self.n], vector, place[self.n :]])

    def special(self, points: Values) -> Iterator[tuple[int, BifurcationKind, Values]]:
        """Yield cusps and Bogdanov-Takens points."""
        left = [self._left(points[:, 0], np.ones(self.n))]
        for point in points.T[1:]:
            left.append(self._left(point, left[-1]))
        tests = {BifurcationKind.CUSP: self._cusp, BifurcationKind.BOGDANOV_TAKENS: self._takens}
        for kind, test in tests.items():
            values = [test(z, w) for z, w in zip(points.T, left, strict=True)]
            for k in range(len(values) - 1):
                if values[k] * values[k + 1] < 0:

                    def turned(z: Values, like: Values = left[k], test: Test = test) -> float:
                        return test(z, self._left(z, like))

                    ends = points[:, k], points[:, k + 1]
                    found = zero_between(self.problem(), *ends, turned)
                    if found is not None:
                        yield k, kind, found

    def _left(self, point: Values, like: Values) -> Values:
        """Return the vector that the transposed Jacobian maps to zero, turned as another is."""
        vector: Values = np.linalg.svd(self.jacobian(point[:, None])[0].T)[2][-1]
        return -vector if vector @ like < 0 else vector

    def _cusp(self, point: Values, left: Values) -> float:
        vector = point[self.n : 2 * self.n]
        place = self.places(point[:, None])[:, 0]
        return float(left @ second_derivative(self.system, place, vector, vector))

    def _takens(self, point: Values, left: Values) -> float:
        return float(left @ point[self.n : 2 * self.n])


class HopfCurve(DefiningSystem):
    """A curve of Hopf points: states with a vector that the squared Jacobian shrinks by ``-k``.

    The number ``k`` is the squared frequency; the curve ends where it is zero.
    """

    kind = BifurcationKind.HOPF
    reference: Values

    def residuals(self, points: Values) -> Values:
        """Return the rates, what the vector is mapped to, its length less one, and its turn."""
        vector, square = points[self.n : 2 * self.n], points[2 * self.n]
        matrix = self.jacobian(points)
        mapped = np.einsum("kij,kjl,lk->ik", matrix, matrix, vector) + square * vector
        length = np.sum(vector**2, axis=0, keepdims=True) - 1
        turn = (self.reference @ vector)[None, :]
        return np.concatenate([self.system.rates(self.places(points)), mapped, length, turn])

    def bounds(self) -> tuple[Values, Values]:
        """Return the ranges of variables and parameters; squared frequencies are not negative."""
        lower, upper = self._box(self.n + 1)
        lower[2 * self.n] = 0.0
        return lower, upper

    def start(self, place: Values) -> Values:
        """Return a point of the curve from a Hopf point, shape (n + 2,)."""
        matrix = self.system.jacobian(place[:, None])[:, : self.n, 0]
        values, vectors = np.linalg.eig(matrix)
        frequency = hopf_frequency(values.astype(complex))
        assert frequency is not None
        vector = vectors[:, int(np.argmin(np.abs(values - 1j * frequency)))]
        first = vector.real / np.linalg.norm(vector.real)
        across = vector.imag - (first @ vector.imag) * first
        self.reference = across / np.linalg.norm(across)
        return np.concatenate([place[: self.n], first, [frequency**2], place[self.n :]])

    def special(self, points: Values) -> Iterator[tuple[int, BifurcationKind, Values]]:
        """Yield generalised Hopf points."""
        # At the very end there is no frequency, and nothing to be said of cycles.
        inside = np.flatnonzero(points[2 * self.n] > 1e-6)
        values = [self._criticality(points[:, k]) for k in inside]
        for k, one, other in zip(inside[:-1], values[:-1], values[1:], strict=True):
            if one * other < 0:
                found = zero_between(
                    self.problem(), points[:, k], points[:, k + 1], self._criticality
                )
                if found is not None:
                    yield int(k), BifurcationKind.GENERALISED_HOPF, found
        for k in (0, points.shape[1] - 1):
            if points[2 * self.n, k] < 1e-9:
                yield k, BifurcationKind.BOGDANOV_TAKENS, points[:, k]

    def _criticality(self, point: Values) -> float:
        place = self.places(point[:, None])
        if hopf_frequency(spectrum(self.system, place)[:, 0]) is None:
            return 0.0
        return first_lyapunov_coefficient(self.system, place[:, 0])
