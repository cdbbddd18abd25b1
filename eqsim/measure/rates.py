"""How often neurons spike, over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.measure.trains import SpikeTrains
from eqsim.network.clocks import refuse_time, seconds
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.units import arguments
from eqsim.units.dimensions import HERTZ, SECOND
from eqsim.units.quantity import Quantity, dimension_of

_WINDOWS = ("flat", "gaussian")
_LONGEST = 10**6
"""Windows of so many steps may be longer than what they are moved over."""


def firing_rate(
    spikes: Any, width: Quantity, window: str = "gaussian", dt: Quantity | None = None
) -> tuple[Quantity, Quantity]:
    """Return the rate of a population over time, averaged over a sliding window.

    Parameters
    ----------
    spikes : SpikeMonitor, PopulationRateMonitor, or other form of spikes
        See :class:`SpikeTrains`.
    width : Quantity
        Width of the flat window, which is rounded to an odd number of steps; or standard
        deviation of the Gaussian, which is cut off at twice that on either side.
    window : str
        ``'gaussian'`` or ``'flat'``.
    dt : Quantity, optional
        The step of the result; by default that of the monitor, or of the default clock.

    Returns
    -------
    t, rate : Quantity
        Beginnings of steps, and spikes per neuron and second, shape (n_steps,). Towards the ends
        the rate falls, as if there were no spikes outside.

    Raises
    ------
    ModelError, DimensionMismatchError
        If the window is unknown, or the width is no time.

    References
    ----------
    .. [1] Gerstner, W., Kistler, W. M., Naud, R. and Paninski, L. (2014). Neuronal Dynamics,
       section 7.2. Cambridge University Press. doi:10.1017/CBO9781107447615

    Examples
    --------
    >>> from eqsim import Hz, ms
    >>> t, rate = firing_rate([[2]*ms, [6]*ms], 3*ms, 'flat', dt=1*ms)
    >>> t.max(), rate.max() < 167*Hz
    (6*ms, True)
    """
    if isinstance(spikes, PopulationRateMonitor):
        times, rates = spikes.t_, spikes.rate_
        step = spikes.clock.dt_
    else:
        trains = SpikeTrains.of(spikes, dt=dt)
        step = trains.dt_ if dt is None else seconds(dt, "dt")
        numbers, n, _ = trains.bins(Quantity(step, SECOND), "dt")
        counts = np.bincount(numbers[numbers < n], minlength=n)
        times, rates = (
            np.asarray(np.arange(n) * step, dtype=np.float64),
            counts / (max(trains.n, 1) * step),
        )
    weights = _weights(width, window, step, len(rates))
    reach = len(weights) // 2
    smooth = np.convolve(rates, weights)[reach : reach + len(rates)]
    return Quantity(times, SECOND), Quantity(smooth, HERTZ)


def _weights(width: Quantity, window: str, dt: float, n: int) -> NDArray[np.float64]:
    arguments.choice(window, "the window", _WINDOWS)
    steps = seconds(width, "the width of the window") / dt
    if steps <= 0:
        raise ModelError(f"the width of the window must be positive, not {width!r}")
    if steps > max(n, _LONGEST):
        raise ModelError(
            f"the width of the window is {width!r}, longer than the {Quantity(n * dt, SECOND)}"
            " that there are spikes of\n  give a shorter one"
        )
    if window == "flat":
        # A width of so many steps is one up to rounding.
        weights = np.ones(2 * int(steps / 2 + 1e-6) + 1)
    else:
        reach = round(2 * steps)
        weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / steps) ** 2)
    middle = len(weights) // 2
    # What is farther away than all steps are long is counted, but never met.
    met = weights[max(middle - n, 0) : middle + n + 1]
    return np.asarray(met / weights.sum())


def raster_plot(spikes: Any, times: Quantity | None = None) -> tuple[NDArray[Any], Quantity]:
    """Return who spiked when: the points of a raster plot.

    Parameters
    ----------
    spikes : SpikeMonitor or other form of spikes
        See :class:`SpikeTrains`.
    times : Quantity, optional
        The time of each column of an array of spikes, shape (n_times,).

    Returns
    -------
    neurons : ndarray of int
        Shape (n_spikes,).
    times : Quantity
        Shape (n_spikes,).

    Raises
    ------
    ModelError
        If there is not one time for each column.

    Examples
    --------
    >>> from eqsim import ms
    >>> raster_plot(np.array([[0, 1, 0], [1, 0, 1]]), [0, 1, 2]*ms)
    (array([0, 1, 1]), array([1., 0., 2.])*ms)
    """
    if times is None:
        trains = SpikeTrains.of(spikes)
        return trains.neurons, trains.t
    matrix = arguments.array(spikes, "an array of spikes")
    if dimension_of(times) is not SECOND:
        refuse_time(times, "the times of an array of spikes", "arange(0, 100)*ms")
    moments = arguments.array(times, "the times of an array of spikes")
    if matrix.ndim != 2 or moments.shape != matrix.shape[1:]:
        raise ModelError(
            f"there are {moments.size} times and an array of spikes of the shape"
            f" {matrix.shape}\n  expected: (n_neurons, n_times), with a time for each column"
        )
    neurons, columns = np.nonzero(matrix)
    return neurons, Quantity(moments[columns].astype(float), SECOND)
