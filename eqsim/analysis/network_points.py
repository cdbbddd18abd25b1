"""Networks of many variables: where nothing moves, or next to nothing.

References
----------
.. [1] Sussillo, D. & Barak, O. (2013). Opening the black box: low-dimensional dynamics in
   high-dimensional recurrent neural networks. Neural Computation 25:626. doi:10.1162/NECO_a_00409
.. [2] Marquardt, D. W. (1963). An algorithm for least-squares estimation of nonlinear parameters.
   J. Soc. Ind. Appl. Math. 11:431. doi:10.1137/0111030
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.arguments import checked_mapping
from eqsim.analysis.fixed_points import RATE, Kind, kind_of
from eqsim.analysis.network_rates import NetworkRates
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.caller import caller_names
from eqsim.network.running.network import Network
from eqsim.targets.base import Target
from eqsim.units.quantity import Quantity, dimension_of, si_value, with_dimension

Floats = NDArray[np.float64]

_ITERATIONS = 100
_FIXED = 1e-6
"""What moves so much slower than the candidates do counts as standing still."""
_STEP = 1e-6
"""The difference, in the scale of a variable, from which derivatives are taken."""
_FIRST_DAMPING = 1e-3
_MOST_DAMPING = 1e12


@dataclass(frozen=True, eq=False)
class SlowPoint:
    """A state of a network in which nothing moves, or next to nothing.

    Parameters
    ----------
    state : mapping of str to ndarray or Quantity
        The values of each variable, shape (N,), by ``'group.variable'``.
    speed : Quantity
        The root of the mean squared rate of change of all variables, each in its own scale, in
        1/second.
    is_fixed : bool
        Whether it stands still, up to rounding.
    kind : Kind
        As for a :class:`FixedPoint`.
    stable : bool
        Whether all eigenvalues have negative real parts.
    eigenvalues : Quantity
        Of the Jacobian, shape (n,), in 1/second. The largest real part comes first.
    jacobian : ndarray
        In SI units, shape (n, n); the variables in the order of ``state``.
    """

    state: Mapping[str, Any]
    speed: Any
    is_fixed: bool
    kind: Kind
    stable: bool
    eigenvalues: Any
    jacobian: Floats

    def __repr__(self) -> str:
        word = "fixed" if self.is_fixed else "slow"
        stability = "stable" if self.stable else "unstable"
        return f"<{stability} {word} point, {len(self.jacobian)} variables, speed {self.speed}>"


def slow_points(
    network: Network,
    candidates: Mapping[str, Any],
    speed: Quantity | None = None,
    *,
    apart: float = 0.01,
    namespace: Mapping[str, Any] | None = None,
    target: str | Target | None = None,
) -> tuple[SlowPoint, ...]:
    """Return the fixed and slow points of a network of rates to which candidates lead.

    From each candidate the squared speed is made smaller until it is smallest nearby. That finds
    fixed points whether they are stable or not, and points that the network passes slowly.

    Parameters
    ----------
    network : Network
        Groups of neurons without thresholds, coupled by synapses that sum or by links. It stays
        as it is; parameters and inputs are those of now.
    candidates : mapping of str to array_like or Quantity
        Where to begin: for each variable that has a differential equation, by
        ``'group.variable'``, values of shape (n_candidates, N), such as those of a
        :class:`StateMonitor`, ``M.x.T``, or random ones.
    speed : Quantity, optional
        The fastest that a point may be, in 1/second. By default only what stands still, up to
        rounding, is returned.
    apart : float
        How far points have to be from each other to be two: the root mean squared distance, in
        units of the standard deviation of each variable among the candidates.
    namespace : mapping of str to object, optional
        Constants of the equations; by default the names that the caller sees.
    target : str or Target, optional
        Where the equations are evaluated.

    Returns
    -------
    tuple of SlowPoint
        Fixed points first, in the order of their states, then slow ones, the slowest first.

    Raises
    ------
    ModelError
        If the network has thresholds, noise, histories or code at times of its own, or the
        candidates do not fit.
    DimensionMismatchError
        If a candidate or the speed has the wrong unit.

    Notes
    -----
    The squared speed is made smaller by Levenberg's and Marquardt's method [2]_ in place of the
    gradient descent of [1]_. A Jacobian takes as many evaluations of the network as it has
    variables, which run as instances of one program.

    References
    ----------
    See the module.

    Examples
    --------
    Two neurons that inhibit each other: one wins, or both are equal, which is a saddle.

    >>> import numpy as np
    >>> from eqsim import Network, NeuronGroup, Synapses, ms
    >>> cells = NeuronGroup(2, '''dx/dt = (tanh(1 - inhibition) - x)/(10*ms) : 1
    ...                           inhibition : 1''', name='cells')
    >>> S = Synapses(cells, cells, 'inhibition_post = 3*x_pre : 1 (summed)')
    >>> S.connect('i != j')
    >>> starts = np.random.default_rng(1).uniform(-1, 1, (20, 2))
    >>> for point in slow_points(Network(cells, S), {'cells.x': starts}, target='numpy'):
    ...     print(point.kind, point.state['cells.x'].round(3) + 0)
    node [-0.964  0.999]
    saddle [0.249 0.249]
    node [ 0.999 -0.964]
    """
    around = caller_names() if namespace is None else dict(namespace)
    given = checked_mapping(candidates, "candidates", "{'cells.x': M.x.T}")
    rates = NetworkRates(network, around, target)
    starts, scale = _checked_candidates(given, rates)
    fastest = None if speed is None else _checked_speed(speed)
    found = _Search(rates, scale).slowed(starts / scale)
    usual = float(np.median(_speeds(rates(starts) / scale)))
    fixed = _FIXED * usual
    kept = _distinct(found, rates, scale, fixed if fastest is None else fastest, apart)
    # Which of two that stand still is slower is a matter of rounding: these are told by state.
    still = [state for state in kept if _speeds(rates(state[np.newaxis]) / scale)[0] <= fixed]
    slow = kept[len(still) :]
    still.sort(key=lambda state: tuple(np.round(state / scale, 3)))
    return tuple(_point(state, rates, scale, fixed) for state in (*still, *slow))


def _checked_candidates(given: Mapping[str, Any], rates: NetworkRates) -> tuple[Floats, Floats]:
    """Return the states to begin from, shape (n_candidates, n), and the scale of each variable."""
    for name in given:
        if name not in rates.variables:
            known = ", ".join(map(repr, rates.variables)) or "none"
            raise ModelError(
                f"candidates are given for {name!r}, which has no differential equation in the"
                f" network\n  variables that have: {known}"
            )
    missing = [name for name in rates.variables if name not in given]
    if missing:
        raise ModelError(
            f"candidates are missing for {', '.join(map(repr, missing))}\n"
            "  give values of all variables that move"
        )
    columns, scales = [], []
    for name, variable in rates.variables.items():
        if dimension_of(given[name]) is not variable.dimension:
            raise DimensionMismatchError(
                f"candidates for {name!r} must have the unit of the variable, not"
                f" {np.ravel(given[name])[0]!r}"
            )
        values = np.atleast_2d(np.asarray(si_value(given[name]), dtype=np.float64))
        if values.ndim != 2 or values.shape[1] != variable.size or not np.isfinite(values).all():
            raise ModelError(
                f"candidates for {name!r} must be finite numbers of shape (n_candidates,"
                f" {variable.size}), not of shape {np.shape(given[name])}"
            )
        columns.append(values)
        spread = float(values.std()) or float(np.abs(values).max()) or 1.0
        scales.append(np.full(variable.size, spread))
    counts = {len(values) for values in columns}
    if len(counts) > 1:
        raise ModelError(
            f"candidates differ in number: {', '.join(map(str, sorted(counts)))}\n"
            "  give as many for each variable"
        )
    return np.concatenate(columns, axis=1), np.concatenate(scales)


def _checked_speed(speed: Any) -> float:
    if dimension_of(speed) is not RATE or np.ndim(si_value(speed)) or not si_value(speed) > 0:
        raise DimensionMismatchError(
            f"the speed must be one rate above 0, not {speed!r}\n  write for example 0.1*Hz"
        )
    return float(si_value(speed))


def _speeds(rates: Floats) -> Floats:
    """Return the speeds of states, in their scale: shape (m,) for (m, n)."""
    speeds: Floats = np.sqrt(np.mean(rates**2, axis=1, dtype=np.float64))
    return speeds


class _Search:
    """Levenberg's and Marquardt's method for many states at once, in their scale.

    Parameters
    ----------
    rates : NetworkRates
        The rates of change of states in SI units.
    scale : ndarray
        The scale of each variable, shape (n,).
    """

    def __init__(self, rates: NetworkRates, scale: Floats) -> None:
        self.rates = rates
        self.scale = scale

    def _rates(self, states: Floats) -> Floats:
        return self.rates(states * self.scale) / self.scale

    def slowed(self, states: Floats) -> Floats:
        """Return the states nearby with the smallest speeds, shape (m, n), in SI units."""
        states, rates = states.copy(), self._rates(states)
        damping = np.full(len(states), _FIRST_DAMPING)
        active = np.arange(len(states))
        for _ in range(_ITERATIONS):
            if not len(active):
                break
            jacobians = jacobians_of(self._rates, states[active], rates[active])
            steps = np.array(
                [
                    _step(jacobian, rate, factor)
                    for jacobian, rate, factor in zip(
                        jacobians, rates[active], damping[active], strict=True
                    )
                ]
            )
            tried = states[active] + steps
            new = self._rates(tried)
            before, after = _speeds(rates[active]), _speeds(new)
            better = np.isfinite(after) & (after < before)
            damping[active] = np.where(better, damping[active] / 5, damping[active] * 5)
            moved = np.sqrt(np.mean(steps**2, axis=1))
            chosen = active[better]
            states[chosen], rates[chosen] = tried[better], new[better]
            ended = (better & (moved < _STEP**2)) | (damping[active] > _MOST_DAMPING)
            active = active[~ended]
        return states * self.scale


def _step(jacobian: Floats, rate: Floats, damping: float) -> Floats:
    squared = jacobian.T @ jacobian
    size = np.trace(squared) / len(rate)
    damped = squared + damping * (size or 1.0) * np.eye(len(rate))
    return np.asarray(np.linalg.solve(damped, -jacobian.T @ rate), dtype=np.float64)


def jacobians_of(rates: Any, states: Floats, at: Floats | None = None) -> Floats:
    """Return the Jacobians at states, shape (m, n, n), by differences.

    Parameters
    ----------
    rates : callable
        Returns rates of shape (k, n) for states of that shape.
    states : ndarray
        Shape (m, n), in a scale in which variables are of the order of one.
    at : ndarray, optional
        The rates of the states: differences are then forward ones, otherwise central ones.
    """
    m, n = states.shape
    moved = _STEP if at is not None else _STEP ** (2 / 3)
    ahead = (states[:, np.newaxis] + moved * np.eye(n)).reshape(m * n, n)
    first = rates(ahead).reshape(m, n, n)
    if at is not None:
        return np.swapaxes((first - at[:, np.newaxis]) / moved, 1, 2)
    behind = (states[:, np.newaxis] - moved * np.eye(n)).reshape(m * n, n)
    return np.swapaxes((first - rates(behind).reshape(m, n, n)) / (2 * moved), 1, 2)


def _distinct(
    states: Floats, rates: NetworkRates, scale: Floats, fastest: float, apart: float
) -> list[Floats]:
    """Return the states that are slow enough, the slowest first, and none twice."""
    speeds = _speeds(rates(states) / scale)
    kept: list[Floats] = []
    for number in np.argsort(speeds, kind="stable"):
        if not speeds[number] <= fastest:
            break
        distances = [np.sqrt(np.mean(((states[number] - k) / scale) ** 2)) for k in kept]
        if all(distance >= apart for distance in distances):
            kept.append(states[number])
    return kept


def _point(state: Floats, rates: NetworkRates, scale: Floats, fixed: float) -> SlowPoint:
    def scaled(states: Floats) -> Floats:
        return rates(states * scale) / scale

    (jacobian,) = jacobians_of(scaled, state[np.newaxis] / scale)
    values = np.linalg.eigvals(jacobian)
    values = values[np.lexsort((-values.imag, -values.real))]
    (speed,) = _speeds(scaled(state[np.newaxis] / scale))
    typical = float(np.max(np.abs(values), initial=0.0))
    accuracy = 1e-6 * typical
    shown = np.where(np.abs(values) < accuracy, 0, values)
    return SlowPoint(
        state=rates.by_variable(state),
        speed=with_dimension(float(speed), RATE),
        is_fixed=bool(speed <= fixed),
        kind=kind_of(shown),
        stable=bool(np.all(shown.real < 0)),
        eigenvalues=with_dimension(values if np.iscomplex(values).any() else values.real, RATE),
        jacobian=jacobian * scale[:, np.newaxis] / scale,
    )
