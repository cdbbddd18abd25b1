"""Systems to all of their fixed points: boxes are bounded, contracted and divided.

References
----------
.. [1] Krawczyk, R. (1969). Newton-Algorithmen zur Bestimmung von Nullstellen mit
   Fehlerschranken. Computing 4:187-201. doi:10.1007/BF02234767
.. [2] Moore, R. E. (1977). A test for existence of solutions to nonlinear systems. SIAM Journal
   on Numerical Analysis 14:611-615. doi:10.1137/0714040
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.elimination import divided, reduced
from eqsim.analysis.intervals import Bounds, bounds_of, is_continuous, product
from eqsim.analysis.rates import System
from eqsim.errors import ModelError

Values = NDArray[np.float64]

_PIECES = 64
"""Boxes at the start, for each set of parameters."""
_MOST_BOXES = 20_000
_SMALLEST = 2.0**-28
"""Boxes of this part of the range are not divided further."""
_SAME = 1e-7
"""Roots that are closer than this, in parts of the range, are one."""


def all_roots(system: System, parameters: Values) -> list[Values]:
    """Return all fixed points in the box, for each of several sets of parameters.

    Parameters
    ----------
    system : System
        The equations.
    parameters : ndarray
        Scaled, shape (n_parameters, k).

    Returns
    -------
    list of ndarray
        For each set the scaled fixed points, shape (n_names, n_points), sorted by the variables.

    Raises
    ------
    ModelError
        If there are so many that they fill a curve or a region.
    """
    small = reduced(system)
    candidates, owners = _Search(small.system, parameters, system.variables).run()
    points = np.concatenate([candidates, parameters[:, owners]])
    points, good = newton(system, small.complete(system, points))
    return [_distinct(system, points[:, good & (owners == k)]) for k in range(parameters.shape[1])]


def newton(system: System, points: Values, steps: int = 40) -> tuple[Values, NDArray[np.bool_]]:
    """Return where Newton's method leads from points, and whether that is a fixed point.

    Parameters
    ----------
    system : System
        The equations.
    points : ndarray
        Scaled, shape (n_names, k).
    steps : int
        At most so many iterations.
    """
    points = points.copy()
    n = system.n
    change = np.full(points.shape[1], np.inf)
    for _ in range(steps):
        active = (change > 1e-15) & np.all(np.isfinite(points), axis=0)
        if not active.any():
            break
        moved = _newton_step(system, points[:, active])
        points[:n, active] += moved
        change[active] = np.max(np.abs(moved) / (1e-30 + np.abs(points[:n, active]) + 1.0), axis=0)
    good = np.all(np.isfinite(points), axis=0)
    good[good] = change[good] < 1e-7
    good[good] = _residual(system, points[:, good]) < 1e-6
    return points, good


def _newton_step(system: System, points: Values) -> Values:
    rates = np.nan_to_num(system.rates(points), posinf=0.0, neginf=0.0)
    slopes = np.nan_to_num(
        system.jacobian(points)[:, : system.n].transpose(2, 0, 1), posinf=0.0, neginf=0.0
    )
    # The shortest step: at a double root the matrix is singular, and the step still finite.
    inverse = np.linalg.pinv(slopes, rcond=1e-14)
    step: Values = -np.einsum("kij,jk->ik", inverse, rates)
    return np.clip(step, -1.0, 1.0)


def _residual(system: System, points: Values) -> Values:
    """Return how far from zero rates are, measured by how much they vary nearby."""
    rates = np.abs(system.rates(points))
    slopes = np.abs(system.jacobian(points)[:, : system.n]).sum(axis=1)
    with np.errstate(invalid="ignore"):  # where both are infinite, nothing is near zero
        relative = rates / (1e-300 + slopes + np.finfo(float).eps)
    worst: Values = np.max(relative, axis=0, initial=0.0)
    return worst


def _distinct(system: System, points: Values) -> Values:
    """Return points in the box, each once, in order."""
    points = points[:, system.inside(points)]
    lower, upper = system.box
    width = (upper - lower)[: system.n]
    # What differs by rounding only does not decide on the order.
    order = np.lexsort(np.round(points[: system.n] / width[:, None], 9)[::-1])
    kept: list[int] = []
    for k in order:
        distances = [
            np.max(np.abs(points[: system.n, k] - points[: system.n, j]) / width) for j in kept
        ]
        if not distances or min(distances) > _SAME:
            kept.append(int(k))
    return points[:, kept]


@dataclass
class _Boxes:
    """Boxes of the variables, each with the number of its set of parameters."""

    low: Values
    high: Values
    owner: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> _Boxes:
        return _Boxes(self.low[:, chosen], self.high[:, chosen], self.owner[chosen])


class _Search:
    """Branch and bound over boxes of one system, for several sets of parameters at once."""

    def __init__(self, system: System, parameters: Values, variables: tuple[str, ...]) -> None:
        self.system = system
        self.variables = variables
        self.values = parameters * system.scale[system.n :, None]
        self.width = (system.upper - system.lower)[: system.n]
        self.is_smooth = all(map(is_continuous, system.drifts))
        self.found: list[tuple[Values, NDArray[np.int64]]] = []

    def run(self) -> tuple[Values, NDArray[np.int64]]:
        """Return scaled points near all roots, and to which set of parameters each belongs."""
        n, sets = self.system.n, self.values.shape[1]
        # A root on the edge shall not be lost to rounding.
        slack = 1e-9 * self.width
        start = divided(self.system.lower[:n] - slack, self.system.upper[:n] + slack, _PIECES)
        pieces = start.low.shape[1]
        boxes = _Boxes(
            np.tile(start.low, sets), np.tile(start.high, sets), np.repeat(np.arange(sets), pieces)
        )
        while boxes.owner.size:
            if boxes.owner.size > _MOST_BOXES * max(1, sets // 4):
                raise self._too_many()
            boxes = self._divided(self._examined(boxes))
        points = np.concatenate([np.zeros((n, 0)), *(p for p, _ in self.found)], axis=1)
        owners = np.concatenate([np.zeros(0, np.int64), *(o for _, o in self.found)])
        return points / self.system.scale[:n, None], owners

    def _too_many(self) -> ModelError:
        return ModelError(
            f"the fixed points of {self.system.name!r} are not single points in this range\n"
            f"  they fill a curve or a region of {', '.join(map(repr, self.variables))};"
            " fix a variable that does not change, or choose other ranges"
        )

    def _names(self, boxes: _Boxes) -> Bounds:
        values = self.values[:, boxes.owner]
        return Bounds(np.concatenate([boxes.low, values]), np.concatenate([boxes.high, values]))

    def _examined(self, boxes: _Boxes) -> _Boxes:
        """Return what is left of boxes in which there may be a root not yet found."""
        names = self.system.names
        bounds = bounds_of(self.system.drifts, names, self._names(boxes))
        boxes = boxes.where(np.all((bounds.low <= 0) & (bounds.high >= 0), axis=0))
        if self.is_smooth and boxes.owner.size:
            boxes = self._contracted(boxes)
        small = np.max((boxes.high - boxes.low) / self.width[:, None], axis=0) < _SMALLEST
        self._keep(boxes.where(small))
        return boxes.where(~small)

    def _keep(self, boxes: _Boxes) -> None:
        self.found.append(((boxes.low + boxes.high) / 2, boxes.owner))

    def _contracted(self, boxes: _Boxes) -> _Boxes:
        """Return boxes made smaller by Krawczyk's operator; what has one root is found.

        The operator maps each root in a box to itself, so what it leaves out has none. Boxes are
        taken a little larger than they are, so that a root on a common edge is inside of both.
        """
        n, system = self.system.n, self.system
        margin = 0.1 * (boxes.high - boxes.low)
        wide = _Boxes(boxes.low - margin, boxes.high + margin, boxes.owner)
        middle = (wide.low + wide.high) / 2
        values = self.values[:, boxes.owner]
        at = np.concatenate([middle, values]) / system.scale[:, None]
        factor = system.scale[:n, None] / system.second
        rates = system.rates(at) * factor
        ratio = system.scale[:n, None, None] / (system.second * system.scale[None, :n, None])
        slopes = system.jacobian(at)[:, :n] * ratio
        inverse, usable = _inverses(slopes)
        derivatives = [slope for row in system.slopes for slope in row[:n]]
        spread = bounds_of(derivatives, system.names, self._names(wide))
        shape = (n, n, boxes.owner.size)
        jacobian = Bounds(spread.low.reshape(shape), spread.high.reshape(shape))
        radius = (wide.high - wide.low) / 2
        rest = _identity_less(inverse, jacobian)
        reach = np.einsum("ijk,jk->ik", np.maximum(np.abs(rest.low), np.abs(rest.high)), radius)
        with np.errstate(invalid="ignore"):
            centre = middle - np.einsum("ijk,jk->ik", inverse, rates)
            low, high = centre - reach, centre + reach
        usable &= np.all(np.isfinite(low) & np.isfinite(high), axis=0)
        low, high = np.where(usable, low, -np.inf), np.where(usable, high, np.inf)
        single = np.all((low > wide.low) & (high < wide.high), axis=0)
        self._keep(_Boxes(low, high, boxes.owner).where(single))
        left = _Boxes(np.maximum(low, boxes.low), np.minimum(high, boxes.high), boxes.owner)
        return left.where(~single & np.all(left.low <= left.high, axis=0))

    def _divided(self, boxes: _Boxes) -> _Boxes:
        """Return boxes cut in two across their longest side."""
        if not boxes.owner.size:
            return boxes
        count = np.arange(boxes.owner.size)
        longest = np.argmax((boxes.high - boxes.low) / self.width[:, None], axis=0)
        # Not in the middle, where models like to have their fixed points.
        cut = boxes.low + 0.4837 * (boxes.high - boxes.low)
        left_high, right_low = boxes.high.copy(), boxes.low.copy()
        left_high[longest, count] = cut[longest, count]
        right_low[longest, count] = cut[longest, count]
        return _Boxes(
            np.concatenate([boxes.low, right_low], axis=1),
            np.concatenate([left_high, boxes.high], axis=1),
            np.concatenate([boxes.owner, boxes.owner]),
        )


def _inverses(slopes: Values) -> tuple[Values, NDArray[np.bool_]]:
    """Return inverses of matrices of shape (n, n, k), and which of them are of any use."""
    matrices = slopes.transpose(2, 0, 1)
    usable = np.all(np.isfinite(matrices), axis=(1, 2))
    safe = np.where(usable[:, None, None], matrices, np.eye(len(slopes)))
    usable &= np.linalg.cond(safe) < 1e13
    safe = np.where(usable[:, None, None], safe, np.eye(len(slopes)))
    return np.linalg.inv(safe).transpose(1, 2, 0), usable


def _identity_less(inverse: Values, jacobian: Bounds) -> Bounds:
    """Return bounds of ``1 - inverse @ jacobian``."""
    low = np.zeros_like(inverse) + np.eye(len(inverse))[:, :, None]
    high = low.copy()
    for k in range(len(inverse)):
        factor = Bounds(inverse[:, k, None], inverse[:, k, None])
        term = product(factor, Bounds(jacobian.low[None, k], jacobian.high[None, k]))
        low, high = low - term.high, high - term.low
    return Bounds(low, high)
