"""A system of equations, and its values and slopes in natural units.

What solvers work on is scaled by powers of two, which rounds nothing: all variables are then of
the order of one, whether they are millivolts or numbers, and so is the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.compiled import Compiled, compile_together
from eqsim.expressions.derivative import derivative
from eqsim.expressions.nodes import Expr
from eqsim.units.dimensions import Dimension

Values = NDArray[np.float64]


@dataclass(frozen=True)
class System:
    """Equations ``dx/dt = f(x, p)`` within a box of variables and parameters.

    Points are columns of arrays: the variables first, then the parameters that are swept. They
    are scaled: a value in SI units is the scaled one times its ``scale``, a time the scaled one
    times ``second``.

    Parameters
    ----------
    name : str
        What the model is called.
    variables, parameters : tuple of str
        What is free, and what is swept.
    drifts : tuple of Expr
        The right sides, in SI units, over these names only.
    dimensions : tuple of Dimension
        Of the variables, then of the parameters.
    lower, upper : ndarray
        The box in SI units, shape (n_variables + n_parameters,).
    """

    name: str
    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    drifts: tuple[Expr, ...]
    dimensions: tuple[Dimension, ...]
    lower: Values
    upper: Values

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, then the parameters."""
        return (*self.variables, *self.parameters)

    @property
    def n(self) -> int:
        """How many variables there are."""
        return len(self.variables)

    @cached_property
    def scale(self) -> Values:
        """The powers of two next to the sizes of the box, shape (n_names,)."""
        return np.exp2(np.round(np.log2(self.upper - self.lower)))

    @cached_property
    def box(self) -> tuple[Values, Values]:
        """The box in scaled units."""
        return self.lower / self.scale, self.upper / self.scale

    @cached_property
    def second(self) -> float:
        """The unit of time, in seconds: such that typical rates in the box are about one."""
        rates = np.abs(self._drift(_samples(self.lower, self.upper)))
        relative = np.max(rates / self.scale[: self.n, None], axis=0)
        relative = relative[np.isfinite(relative) & (relative > 0)]
        return float(np.exp2(-np.round(np.log2(np.median(relative))))) if relative.size else 1.0

    @cached_property
    def _drift(self) -> Compiled:
        return compile_together(self.drifts, self.names)

    @cached_property
    def slopes(self) -> tuple[tuple[Expr, ...], ...]:
        """The derivatives of each right side by each name, in SI units."""
        return tuple(tuple(derivative(f, name) for name in self.names) for f in self.drifts)

    @cached_property
    def _slope(self) -> Compiled:
        return compile_together([slope for row in self.slopes for slope in row], self.names)

    def rates(self, points: Values) -> Values:
        """Return ``f`` at scaled points of shape (n_names, k): shape (n_variables, k)."""
        factor = self.second / self.scale[: self.n]
        return self._drift(points * self.scale[:, None]) * factor[:, None]

    def jacobian(self, points: Values) -> Values:
        """Return the derivatives of ``f`` by all names: shape (n_variables, n_names, k)."""
        slopes = self._slope(points * self.scale[:, None])
        slopes = slopes.reshape(self.n, len(self.names), points.shape[1])
        factor = self.second * self.scale[None, :] / self.scale[: self.n, None]
        return slopes * factor[:, :, None]

    def scaled(self, values: Values) -> Values:
        """Return scaled points from points in SI units, shape (n_names, k)."""
        return values / self.scale[:, None]

    def in_si(self, points: Values) -> Values:
        """Return points in SI units from scaled ones of shape (n_names, k).

        What is smaller than rounding errors are in the box is zero, which is what it stands for.
        """
        exact: Values = np.where(np.abs(points) < 1e-14, 0.0, points) * self.scale[:, None]
        return exact

    def inside(self, points: Values, margin: float = 1e-9) -> NDArray[np.bool_]:
        """Return which scaled points lie in the box, but for a part ``margin`` of its size."""
        lower, upper = self.box
        slack = margin * (upper - lower)
        rows = slice(len(points))
        above = points >= (lower - slack)[rows, None]
        below = points <= (upper + slack)[rows, None]
        result: NDArray[np.bool_] = np.all(above & below, axis=0)
        return result


def _samples(lower: Values, upper: Values, count: int = 64) -> Values:
    """Return points that fill a box evenly, always the same, as columns.

    Multiples of powers of the root of ``x**(d + 1) = x + 1``: the golden ratio for d = 1.
    """
    dimensions, ratio = len(lower), 2.0
    for _ in range(40):
        ratio = (1.0 + ratio) ** (1.0 / (dimensions + 1))
    steps = ratio ** -np.arange(1.0, dimensions + 1)[:, None]
    fractions = (0.5 + steps * np.arange(1, count + 1)) % 1.0
    result: Values = lower[:, None] + fractions * (upper - lower)[:, None]
    return result
