"""Random currents, as arrays over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.inputs.times import Steps, common_dimension
from eqsim.network.clocks import seconds
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.randomness import mixed, one_key
from eqsim.network.synapses.uniforms import Purpose, Uniforms
from eqsim.units import arguments
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity, dimension_of


def wiener_process(  # noqa: PLR0913 - what its users know from elsewhere
    sigma: Any,
    duration: Quantity,
    dt: Any = None,
    n: int | None = None,
    t_start: Any = 0,
    t_end: Any = None,
    *,
    seed: int | None = None,
) -> TimedArray:
    """Return a Wiener process: it begins at 0 and has independent normal increments.

    Parameters
    ----------
    sigma : Quantity
        The standard deviation after one second, in the unit of the current by root of second:
        after the time ``t`` it is ``sigma*sqrt(t)``.
    duration : Quantity
        How long the current lasts.
    dt : Quantity, optional
        The step, of which all times are multiples; by default that of the default clock.
    n : int, optional
        How many independent columns there are: ``current(t, i)``. Without it there is one value
        for all: ``current(t)``.
    t_start, t_end : Quantity, optional
        From when to when the process runs; the current is 0 before and after.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    References
    ----------
    .. [1] Higham, D. J. (2001). An algorithmic introduction to numerical simulation of stochastic
       differential equations. SIAM Review 43:525-546. doi:10.1137/S0036144500378302

    Examples
    --------
    >>> from eqsim import ms, nA, second
    >>> current = wiener_process(10*nA/second**0.5, 100*ms, n=5, seed=1)
    >>> current.values.shape
    (1000, 5)
    """
    steps = Steps.of(dt)
    size, first, last = steps.part(duration, t_start, t_end)
    spread = arguments.number(sigma, "sigma", "one number, such as 10*nA/second**0.5")
    current = np.zeros((size, _columns(n, size)))
    if last > first:
        draws = _normals(seed, (last - first - 1, current.shape[1]))
        increments = spread * np.sqrt(steps.dt) * draws
        np.cumsum(increments, axis=0, out=current[first + 1 : last])
    dimension = dimension_of(sigma * Quantity(1.0, SECOND) ** 0.5)
    return steps.array(current if n is not None else current[:, 0], dimension)


def ou_process(  # noqa: PLR0913 - what its users know from elsewhere
    mean: Any,
    sigma: Any,
    tau: Quantity,
    duration: Quantity,
    dt: Any = None,
    n: int | None = None,
    t_start: Any = 0,
    t_end: Any = None,
    *,
    seed: int | None = None,
) -> TimedArray:
    r"""Return an Ornstein-Uhlenbeck process: noise with a correlation time.

    .. math:: dI = \frac{\mu - I}{\tau} dt + \sigma \sqrt{\frac{2}{\tau}} dW

    Parameters
    ----------
    mean : number or Quantity
        The mean.
    sigma : number or Quantity
        The standard deviation of the current itself, in its unit.
    tau : Quantity
        The correlation time: the autocovariance is ``sigma**2 * exp(-lag/tau)``.
    duration : Quantity
        How long the current lasts.
    dt : Quantity, optional
        The step, of which all times but ``tau`` are multiples; by default that of the default
        clock.
    n : int, optional
        How many independent columns there are: ``current(t, i)``. Without it there is one value
        for all: ``current(t)``.
    t_start, t_end : Quantity, optional
        From when to when the process runs; the current is 0 before and after.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    Returns
    -------
    TimedArray
        The current, shape (n_times,) or (n_times, n).

    Raises
    ------
    ModelError, DimensionMismatchError
        If ``tau`` is not positive, ``sigma`` negative, a time no multiple of the step, or units
        do not fit together.

    Notes
    -----
    Steps are exact whatever their length [2]_, and the first value has the stationary
    distribution.

    References
    ----------
    .. [1] Uhlenbeck, G. E. and Ornstein, L. S. (1930). On the theory of the Brownian motion.
       Physical Review 36:823-841. doi:10.1103/PhysRev.36.823
    .. [2] Gillespie, D. T. (1996). Exact numerical simulation of the Ornstein-Uhlenbeck process
       and its integral. Physical Review E 54:2084-2091. doi:10.1103/PhysRevE.54.2084

    Examples
    --------
    >>> from eqsim import ms, nA
    >>> current = ou_process(1*nA, 0.2*nA, 10*ms, 100*ms, seed=1)
    >>> current.values.shape
    (1000,)
    """
    steps = Steps.of(dt)
    size, first, last = steps.part(duration, t_start, t_end)
    dimension = common_dimension([mean, sigma], "mean and sigma")
    time_constant = seconds(tau, "tau")
    if time_constant <= 0:
        raise ModelError(f"tau must be positive, not {tau!r}")
    average, spread = (
        arguments.number(given, what, "one number or quantity")
        for given, what in ((mean, "mean"), (sigma, "sigma"))
    )
    if spread < 0:
        raise ModelError(f"sigma must not be negative, but is {sigma!r}")
    current = np.zeros((size, _columns(n, size)))
    values = _normals(seed, (last - first, current.shape[1]))
    decay = np.exp(-steps.dt / time_constant)
    values[1:] *= np.sqrt(-np.expm1(-2.0 * steps.dt / time_constant))
    for row in range(1, len(values)):
        values[row] += decay * values[row - 1]
    current[first:last] = average + spread * values
    return steps.array(current if n is not None else current[:, 0], dimension)


def _columns(n: Any, size: int) -> int:
    """Return how many columns of a size there are."""
    if n is None:
        return 1
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ModelError(
            f"n is {arguments.shown(n)}\n  expected: a whole number of columns, at least 1"
        )
    arguments.whole(n * size, "the number of values, steps times n,")
    return int(n)


def _normals(seed: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return normal numbers, which follow from the seed of all or from one given."""
    if seed is not None:
        is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
        if not (is_whole and 0 <= seed < 2**64):
            raise ModelError(f"a seed is a whole number from 0 up to 2**64 - 1, not {seed!r}")
        return _drawn(mixed(int(seed), 0), shape)
    with one_key() as key:
        return _drawn(key, shape)


def _drawn(key: int, shape: tuple[int, int]) -> NDArray[np.float64]:
    rows, columns = max(shape[0], 0), shape[1]
    return Uniforms(key, Purpose.EXPRESSION).normals(rows * columns).reshape(rows, columns)
