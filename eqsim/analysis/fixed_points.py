"""Systems to fixed points: where nothing moves, and what happens nearby.

References
----------
.. [1] Strogatz, S. H. (2015). Nonlinear Dynamics and Chaos, 2nd ed. Westview Press, chapters 5
   and 6. doi:10.1201/9780429492563
.. [2] Izhikevich, E. M. (2007). Dynamical Systems in Neuroscience. MIT Press, chapter 4.
   doi:10.7551/mitpress/2526.001.0001
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.model import Ranges, Settings, system_of
from eqsim.analysis.rates import System
from eqsim.analysis.roots import all_roots
from eqsim.units.dimensions import DIMENSIONLESS, SECOND, Dimension
from eqsim.units.quantity import with_dimension

RATE = DIMENSIONLESS / SECOND
"""The dimension of eigenvalues."""

_NEARLY_ZERO = 1e-8
"""Real parts below this part of the largest eigenvalue, or of typical rates, count as zero."""


class Kind(StrEnum):
    """What trajectories near a fixed point do; the value is the field's word for it."""

    NODE = "node"
    """All move in, or all move out, without going round."""
    FOCUS = "focus"
    """All move in, or all move out, in spirals."""
    SADDLE = "saddle"
    """They move in along some directions and out along others."""
    CENTRE = "centre"
    """They go round and stay, as far as the linear terms say."""
    DEGENERATE = "degenerate"
    """The linear terms do not say, as they vanish along a direction."""


def kind_of(eigenvalues: NDArray[Any], typical: float = 0.0) -> Kind:
    """Return the kind of a fixed point from the eigenvalues of its Jacobian.

    Parameters
    ----------
    eigenvalues : array_like
        Shape (n,), real or complex.
    typical : float
        How fast the system usually is: much slower is not told from standing still.

    Examples
    --------
    >>> kind_of([-1.0, -2.0]), kind_of([1 + 2j, 1 - 2j]), kind_of([-1.0, 2.0])
    (<Kind.NODE: 'node'>, <Kind.FOCUS: 'focus'>, <Kind.SADDLE: 'saddle'>)
    """
    values = np.asarray(eigenvalues)
    small = _NEARLY_ZERO * np.max(np.abs(values), initial=typical)
    flat = np.abs(values.real) <= small
    turning = np.abs(values.imag) > small
    if np.any(flat & ~turning):
        return Kind.DEGENERATE
    moving = values.real[~flat]
    if np.any(moving > 0) and np.any(moving < 0):
        return Kind.SADDLE
    if np.any(flat):
        return Kind.CENTRE
    return Kind.FOCUS if np.any(turning) else Kind.NODE


def are_stable(eigenvalues: NDArray[Any], typical: float) -> NDArray[np.bool_]:
    """Return where all real parts are negative, for eigenvalues of shape (n, ...)."""
    size = np.maximum(np.max(np.abs(eigenvalues), axis=0), typical)
    result: NDArray[np.bool_] = np.all(eigenvalues.real < -_NEARLY_ZERO * size, axis=0)
    return result


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """A state in which nothing moves.

    Parameters
    ----------
    state : mapping of str to float or Quantity
        The values of the free variables.
    kind : Kind
        ``'node'``, ``'focus'``, ``'saddle'``, ``'centre'`` or ``'degenerate'``; compares with
        these words.
    stable : bool
        Whether all eigenvalues have negative real parts, so that what starts nearby comes back.
    eigenvalues : Quantity
        Of the Jacobian, shape (n,), in 1/second; complex if some are. The largest real part comes
        first.
    eigenvectors : tuple of dict
        One for each eigenvalue: its components by variable, in the units of these, with the sum
        of the squares of their SI values one.
    jacobian : ndarray
        In SI units, shape (n, n).
    parameters : mapping of str to float or Quantity
        The values of swept parameters.

    Examples
    --------
    >>> from eqsim.analysis import fixed_points
    >>> (point,) = fixed_points('dv/dt = (2 - v)/(10*ms) : 1', {'v': (0, 5)})
    >>> print(point)
    stable node at v = 2
    >>> point.eigenvalues
    array([-100.])*Hz
    """

    state: Mapping[str, Any]
    kind: Kind
    stable: bool
    eigenvalues: Any
    eigenvectors: tuple[Mapping[str, Any], ...]
    jacobian: NDArray[np.float64]
    parameters: Mapping[str, Any]

    def __str__(self) -> str:
        words = {Kind.SADDLE: "", Kind.CENTRE: "", Kind.DEGENERATE: ""}
        stability = words.get(self.kind, "stable " if self.stable else "unstable ")
        where = ", ".join(f"{name} = {_short(value)}" for name, value in self.state.items())
        return f"{stability}{self.kind} at {where}"

    def __repr__(self) -> str:
        return f"<{self}>"


def _short(value: Any) -> str:
    return f"{value:.6g}"


def fixed_points(
    model: Any, ranges: Ranges, *, parameters: Settings = None, fixed: Settings = None
) -> tuple[FixedPoint, ...]:
    """Return all fixed points of equations in a box, sorted by the variables.

    Parameters
    ----------
    model : str, Equations, NeuronGroup or model of the library
        The equations; for a group and a model of the library with its parameters.
    ranges : mapping of str to pair
        The free variables, any number of them, each with its lowest and highest value.
    parameters : mapping of str to number or Quantity, optional
        Values of parameters and constants; others are taken from the group and from where this
        is called.
    fixed : mapping of str to number, Quantity or str, optional
        Variables that stand still, with a value or an expression for it.

    Raises
    ------
    ModelError
        If a name, value or range does not fit; or if the fixed points fill a curve.
    DimensionMismatchError
        If a value has the wrong unit.
    EquationError
        If a text is wrong, or has no place in an analysis.

    Notes
    -----
    Variables whose own equation gives their steady value are put into the others; what is left is
    searched by interval arithmetic, which leaves no part of the box out.

    References
    ----------
    .. [1] Krawczyk, R. (1969). Newton-Algorithmen zur Bestimmung von Nullstellen mit
       Fehlerschranken. Computing 4:187-201. doi:10.1007/BF02234767

    Examples
    --------
    The three states of a bistable neuron:

    >>> from eqsim.analysis import fixed_points
    >>> for point in fixed_points('dv/dt = (v - v**3)/ms : 1', {'v': (-2, 2)}):
    ...     print(point)
    stable node at v = -1
    unstable node at v = 0
    stable node at v = 1
    """
    system = system_of(model, ranges, {}, parameters, fixed)
    (points,) = all_roots(system, np.zeros((0, 1)))
    return described(system, points)


def described(system: System, points: NDArray[np.float64]) -> tuple[FixedPoint, ...]:
    """Return scaled fixed points of shape (n_names, k) with what happens near them."""
    slopes = system.jacobian(points)[:, : system.n]
    scale = system.scale[: system.n]
    jacobians = slopes * (scale[:, None, None] / scale[None, :, None]) / system.second
    return tuple(
        _described(system, points[:, k], jacobians[:, :, k]) for k in range(points.shape[1])
    )


def _described(
    system: System, point: NDArray[np.float64], jacobian: NDArray[np.float64]
) -> FixedPoint:
    scale = system.scale[: system.n]
    values, vectors = np.linalg.eig(jacobian * scale[None, :] / scale[:, None])
    vectors = vectors * scale[:, None]
    vectors = vectors / np.linalg.norm(vectors, axis=0)
    order = np.lexsort((-values.imag, -values.real))
    values, vectors = values[order], vectors[:, order]
    state = system.in_si(point[:, None])[:, 0]
    return FixedPoint(
        state=named(system.variables, state, system.dimensions),
        kind=kind_of(values, 1 / system.second),
        stable=bool(are_stable(values, 1 / system.second)),
        eigenvalues=with_dimension(values, RATE),
        eigenvectors=tuple(
            named(system.variables, vectors[:, k], system.dimensions) for k in range(len(values))
        ),
        jacobian=jacobian,
        parameters=named(system.parameters, state[system.n :], system.dimensions[system.n :]),
    )


def named(
    names: Sequence[str], values: Iterable[Any], dimensions: Sequence[Dimension]
) -> dict[str, Any]:
    """Return values in SI units with their units, by name."""
    return {
        name: with_dimension(value, dimension)
        for name, value, dimension in zip(names, values, dimensions, strict=False)
    }
