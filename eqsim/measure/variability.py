"""How irregular spikes are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.measure.trains import SpikeTrains
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity

_Intervals = NDArray[np.float64]


def isi(spikes: Any) -> dict[int, Quantity]:
    """Return the intervals between the spikes of each neuron.

    Parameters
    ----------
    spikes : SpikeMonitor or other form of spikes
        See :class:`SpikeTrains`.

    Returns
    -------
    dict of int to Quantity
        By number of the neuron; empty arrays for fewer than two spikes.

    Examples
    --------
    >>> from eqsim import ms
    >>> isi([[1, 3, 7]*ms, [2]*ms])
    {0: array([2., 4.])*ms, 1: array([], dtype=float64)*second}
    """
    return {k: Quantity(intervals, SECOND) for k, intervals in enumerate(_intervals(spikes))}


def cv(spikes: Any) -> NDArray[np.float64]:
    """Return the coefficient of variation of the intervals of each neuron.

    The standard deviation divided by the mean: 0 for a clock, 1 for a Poisson process.

    Parameters
    ----------
    spikes : SpikeMonitor or other form of spikes
        See :class:`SpikeTrains`.

    Returns
    -------
    ndarray
        Shape (n,); nan for neurons with fewer than three spikes.

    References
    ----------
    .. [1] Softky, W. R. and Koch, C. (1993). The highly irregular firing of cortical cells is
       inconsistent with temporal integration of random EPSPs. Journal of Neuroscience
       13:334-350. doi:10.1523/JNEUROSCI.13-01-00334.1993

    Examples
    --------
    >>> from eqsim import ms
    >>> cv([[0, 1, 4]*ms, [0, 1, 2]*ms])
    array([0.5, 0. ])
    """
    return _of_each(spikes, lambda interval: interval.std() / interval.mean())


def cv2(spikes: Any) -> NDArray[np.float64]:
    """Return the local coefficient of variation CV2 of each neuron.

    The mean of ``2*|b - a|/(a + b)`` over neighbouring intervals, which slow changes of the rate
    do not touch: 0 for a clock, 1 for a Poisson process.

    Parameters
    ----------
    spikes : SpikeMonitor or other form of spikes
        See :class:`SpikeTrains`.

    Returns
    -------
    ndarray
        Shape (n,); nan for neurons with fewer than three spikes.

    References
    ----------
    .. [1] Holt, G. R., Softky, W. R., Koch, C. and Douglas, R. J. (1996). Comparison of discharge
       variability in vitro and in vivo in cat visual cortex neurons. Journal of Neurophysiology
       75:1806-1814. doi:10.1152/jn.1996.75.5.1806

    Examples
    --------
    >>> from eqsim import ms
    >>> cv2([[0, 1, 4]*ms])
    array([1.])
    """

    def of_one(interval: _Intervals) -> Any:
        first, second = interval[:-1], interval[1:]
        return np.mean(2.0 * np.abs(second - first) / (first + second))

    return _of_each(spikes, of_one)


def lv(spikes: Any) -> NDArray[np.float64]:
    """Return the local variation LV of each neuron.

    The mean of ``3*((a - b)/(a + b))**2`` over neighbouring intervals: 0 for a clock, 1 for a
    Poisson process, ``3/(2*k + 1)`` for intervals with a gamma distribution of shape ``k``.

    Parameters
    ----------
    spikes : SpikeMonitor or other form of spikes
        See :class:`SpikeTrains`.

    Returns
    -------
    ndarray
        Shape (n,); nan for neurons with fewer than three spikes.

    References
    ----------
    .. [1] Shinomoto, S., Shima, K. and Tanji, J. (2003). Differences in spiking patterns among
       cortical neurons. Neural Computation 15:2823-2842. doi:10.1162/089976603322518759

    Examples
    --------
    >>> from eqsim import ms
    >>> lv([[0, 1, 4]*ms])
    array([0.75])
    """

    def of_one(interval: _Intervals) -> Any:
        first, second = interval[:-1], interval[1:]
        return np.mean(3.0 * ((first - second) / (first + second)) ** 2)

    return _of_each(spikes, of_one)


def fano_factor(spikes: Any, window: Quantity, dt: Quantity | None = None) -> NDArray[np.float64]:
    """Return the variance of each neuron's spike counts, divided by their mean.

    1 for a Poisson process, whatever the window.

    Parameters
    ----------
    spikes : SpikeMonitor or other form of spikes
        See :class:`SpikeTrains`.
    window : Quantity
        The length of the windows in which spikes are counted, one after the other.
    dt : Quantity, optional
        The step of an array of spikes; by default that of the default clock.

    Returns
    -------
    ndarray
        Shape (n,); nan for neurons without spikes.

    Raises
    ------
    ModelError, DimensionMismatchError
        If there are fewer than two windows.

    References
    ----------
    .. [1] Fano, U. (1947). Ionization yield of radiations. II. The fluctuations of the number of
       ions. Physical Review 72:26-29. doi:10.1103/PhysRev.72.26

    Examples
    --------
    >>> from eqsim import ms
    >>> fano_factor(SpikeTrains.of([[1, 2, 3, 6]*ms], duration=10*ms), 5*ms)
    array([1.])
    """
    counts = SpikeTrains.of(spikes, dt=dt).counts(window, "window")
    if counts.shape[1] < 2:
        raise ModelError(
            f"a variance needs at least two windows, but only one of {window!r} is over"
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(counts.var(axis=1, ddof=1) / counts.mean(axis=1))


def _intervals(spikes: Any) -> list[_Intervals]:
    return [np.diff(times) for times in SpikeTrains.of(spikes).by_neuron()]


def _of_each(spikes: Any, measure: Callable[[_Intervals], Any]) -> NDArray[np.float64]:
    return np.array(
        [measure(each) if len(each) > 1 else np.nan for each in _intervals(spikes)], dtype=float
    )
