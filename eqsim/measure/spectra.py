"""Which frequencies signals have."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsim.errors import ModelError
from eqsim.measure.signals import Signal, signal_of
from eqsim.measure.trains import SpikeTrains
from eqsim.network.clocks import checked_step, seconds
from eqsim.network.monitors.events import EventMonitor
from eqsim.units.dimensions import HERTZ, SECOND
from eqsim.units.quantity import Quantity, with_dimension


def power_spectrum(
    signal: Any,
    variable: str | None = None,
    *,
    segment: Quantity | None = None,
    dt: Quantity | None = None,
) -> tuple[Quantity, Any]:
    """Return the power spectral density of signals, by Welch's method.

    The signal is cut into segments that overlap by half. The mean of each is taken off, it is
    multiplied with a Hann window, and the squares of the Fourier transforms are averaged.

    Parameters
    ----------
    signal : StateMonitor, PopulationRateMonitor, SpikeMonitor, SpikeTrains, Quantity or ndarray
        The signal, shape (n_times,) or (n, n_times). Spikes are taken as the population's rate.
    variable : str, optional
        Which variable of a StateMonitor that recorded several.
    segment : Quantity, optional
        The length of a segment: long ones resolve frequencies, short ones average out noise. By
        default the whole signal.
    dt : Quantity, optional
        The step between values, where the signal does not tell.

    Returns
    -------
    frequencies : Quantity
        From 0 up to half of 1/dt, shape (n_frequencies,).
    power : Quantity or ndarray
        Shape (n_frequencies,) or (n, n_frequencies), in the square of the signal's unit by hertz.
        Both directions are in it: the sum times the step of frequency is the variance.

    Raises
    ------
    ModelError, DimensionMismatchError
        If the step is not known, or segments do not fit.

    References
    ----------
    .. [1] Welch, P. D. (1967). The use of fast Fourier transform for the estimation of power
       spectra. IEEE Transactions on Audio and Electroacoustics 15:70-73.
       doi:10.1109/TAU.1967.1161901

    Examples
    --------
    >>> from eqsim import ms, mV, second
    >>> t = np.arange(1000)*1*ms
    >>> wave = 2*mV*np.sin(2*np.pi*50*t/second)
    >>> f, power = power_spectrum(wave, dt=1*ms)
    >>> f[np.argmax(power)]
    50*Hz
    """
    given, step = _signal(signal, variable, dt)
    n = given.values.shape[-1]
    length = n if segment is None else round(seconds(segment, "segment") / step)
    if not 2 <= length <= n:
        raise ModelError(
            f"a segment has {length} values, and the signal {n}\n"
            "  expected: at least 2, and at most those of the signal"
        )
    window = np.sin(np.pi * np.arange(length) / length) ** 2
    starts = np.arange(0, n - length + 1, max(length - length // 2, 1))
    cut = np.stack([given.values[..., s : s + length] for s in starts])
    cut -= cut.mean(axis=-1, keepdims=True)
    power = (np.abs(np.fft.rfft(cut * window)) ** 2).mean(axis=0) * step / (window**2).sum()
    # The negative frequencies; 0, and half the sampling rate, have none.
    power[..., 1 : (length + 1) // 2] *= 2.0
    frequencies = np.fft.rfftfreq(length, step)
    return Quantity(frequencies, HERTZ), with_dimension(power, given.dimension**2 / HERTZ)


def _signal(signal: Any, variable: str | None, dt: Quantity | None) -> tuple[Signal, float]:
    if not isinstance(signal, EventMonitor | SpikeTrains):
        given = signal_of(signal, variable)
        return given, given.step(dt)
    trains = SpikeTrains.of(signal)
    step = trains.dt_ if dt is None else checked_step(dt)
    numbers, n, _ = trains.bins(Quantity(step, SECOND), "dt")
    rate = np.bincount(numbers[numbers < n], minlength=n) / (max(trains.n, 1) * step)
    return Signal(rate, HERTZ), step
