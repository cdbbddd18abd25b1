"""How much neurons do at the same time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.measure.signals import signal_of
from eqsim.measure.trains import SpikeTrains
from eqsim.units.quantity import Quantity


def cross_correlation(spikes: Any, bin_size: Quantity, dt: Quantity | None = None) -> float:
    r"""Return the coherence of spikes: how often pairs of neurons spike in the same bin.

    For neurons that spike (1) or not (0) in each bin ``l``,

    .. math:: \kappa_{ij} = \frac{\sum_l X_i(l) X_j(l)}{\sqrt{\sum_l X_i(l) \sum_l X_j(l)}}

    and the result is the mean over all pairs of different neurons.

    Parameters
    ----------
    spikes : SpikeMonitor or other form of spikes
        See :class:`SpikeTrains`.
    bin_size : Quantity
        The length of a bin.
    dt : Quantity, optional
        The step of an array of spikes; by default that of the default clock.

    Returns
    -------
    float
        From 0 to 1. Pairs with a neuron that never spikes count as 0.

    Raises
    ------
    ModelError, DimensionMismatchError
        If there are fewer than two neurons, or the bin is no time.

    Notes
    -----
    The time needed is proportional to the spikes: the sum over pairs is that of a square.

    References
    ----------
    .. [1] Wang, X.-J. and Buzsaki, G. (1996). Gamma oscillation by synaptic inhibition in a
       hippocampal interneuronal network model. Journal of Neuroscience 16:6402-6413.
       doi:10.1523/JNEUROSCI.16-20-06402.1996

    Examples
    --------
    >>> from eqsim import ms
    >>> round(cross_correlation([[1, 5]*ms, [1.2, 5.1]*ms, [3]*ms], bin_size=0.5*ms), 12)
    0.333333333333
    """
    trains = SpikeTrains.of(spikes, dt=dt)
    n = trains.n
    if n < 2:
        raise ModelError(f"coherence is that of pairs, but there is {n} neuron")
    numbers, _, _ = trains.bins(bin_size)
    width = int(numbers.max(initial=0)) + 1
    seen = np.unique(trains.neurons * width + numbers)
    neurons, bins = np.divmod(seen, width)
    active = np.bincount(neurons, minlength=n)
    shares = np.bincount(bins, 1.0 / np.sqrt(active[neurons]), minlength=width)
    return float(((shares**2).sum() - np.count_nonzero(active)) / (n * (n - 1)))


def voltage_fluctuation(potentials: Any, variable: str | None = None) -> float:
    r"""Return the synchrony of signals: the variance of their mean by the mean variance.

    .. math:: \chi^2 = \frac{\sigma_V^2}{\frac{1}{N} \sum_i \sigma_{V_i}^2}

    Parameters
    ----------
    potentials : StateMonitor, Quantity or ndarray
        The signals, shape (n_neurons, n_times); or a monitor that recorded them.
    variable : str, optional
        Which variable of the monitor, if it recorded several.

    Returns
    -------
    float
        1 if all signals are the same, about 1/n_neurons if they are independent; nan if none
        changes.

    Raises
    ------
    ModelError
        If the signals are not those of several neurons.

    References
    ----------
    .. [1] Golomb, D. and Rinzel, J. (1993). Dynamics of globally coupled inhibitory neurons with
       heterogeneity. Physical Review E 48:4810-4814. doi:10.1103/PhysRevE.48.4810
    .. [2] Golomb, D. (2007). Neuronal synchrony measures. Scholarpedia 2:1347.
       doi:10.4249/scholarpedia.1347

    Examples
    --------
    >>> same = np.sin(np.arange(100.0))
    >>> round(voltage_fluctuation(np.array([same, 2*same])), 12)
    0.9
    """
    values = signal_of(potentials, variable).values
    if values.ndim != 2:
        raise ModelError(
            f"signals of the shape {values.shape} are not those of several neurons\n"
            "  expected: (n_neurons, n_times)"
        )
    single = values.var(axis=1).mean()
    return float(values.mean(axis=0).var() / single) if single > 0 else float("nan")


def spike_train_correlation(
    spikes: Any, bin_size: Quantity, dt: Quantity | None = None
) -> NDArray[np.float64]:
    """Return the correlation coefficient of the spike counts of each pair of neurons.

    Parameters
    ----------
    spikes : SpikeMonitor or other form of spikes
        See :class:`SpikeTrains`.
    bin_size : Quantity
        The length of the bins in which spikes are counted.
    dt : Quantity, optional
        The step of an array of spikes; by default that of the default clock.

    Returns
    -------
    ndarray
        Shape (n, n), from -1 to 1; nan for neurons whose count is the same in all bins.

    References
    ----------
    .. [1] Cohen, M. R. and Kohn, A. (2011). Measuring and interpreting neuronal correlations.
       Nature Neuroscience 14:811-819. doi:10.1038/nn.2842

    Examples
    --------
    >>> from eqsim import ms
    >>> trains = SpikeTrains.of([[1, 5]*ms, [1, 5]*ms, [3, 7]*ms], duration=8*ms)
    >>> spike_train_correlation(trains, 2*ms).round(3)
    array([[ 1.,  1., -1.],
           [ 1.,  1., -1.],
           [-1., -1.,  1.]])
    """
    counts = SpikeTrains.of(spikes, dt=dt).counts(bin_size).astype(float)
    counts -= counts.mean(axis=1, keepdims=True)
    covariance = counts @ counts.T
    deviation = np.sqrt(np.diag(covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        coefficients = covariance / np.outer(deviation, deviation)
    return np.asarray(np.clip(coefficients, -1.0, 1.0))
