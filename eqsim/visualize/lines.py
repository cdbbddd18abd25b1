"""Signals, rates and spectra as lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.measure.rates import firing_rate
from eqsim.measure.signals import signal_of
from eqsim.measure.spectra import power_spectrum
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.units import arguments
from eqsim.units.dimensions import Dimension
from eqsim.units.quantity import Quantity, dimension_of, si_value
from eqsim.visualize.axes import add_legend, axes_of, finish, in_hertz, in_unit, label


def line_plot(  # noqa: PLR0913 - what its users know from elsewhere
    ts: Any,
    val_matrix: Any = None,
    plot_ids: int | Sequence[int] | None = None,
    ax: Axes | None = None,
    *,
    xlim: Any = None,
    ylim: Any = None,
    xlabel: str = "time",
    ylabel: str | None = None,
    legend: str | None = None,
    title: str | None = None,
    show: bool = False,
    **options: Any,
) -> Axes:
    """Draw signals over time, each as a line.

    Parameters
    ----------
    ts : StateMonitor, PopulationRateMonitor, TimedArray, Quantity or ndarray
        A monitor, or an array over time; or the times, shape (n_times,), or whatever the signals
        depend on.
    val_matrix : str, Quantity or ndarray, optional
        Name of the monitor's variable; or the signals, shape (n_times,) or (n, n_times).
    plot_ids : int or sequence of int, optional
        Which signals: numbers of neurons of a monitor, of rows of an array; by default all.
    ax : Axes, optional
        Where to draw; by default the current Axes.
    xlim, ylim : pair of number or Quantity, optional
        The ends of the axes, as quantities or as numbers in the unit of the axis.
    xlabel, ylabel : str, optional
        Names of the axes, to which units are added; by default the variable's name.
    legend : str, optional
        What lines are called; a number is added where there are several.
    title : str, optional
        The title.
    show : bool
        Whether to open a window with the figure.
    **options
        Further options of the lines, such as ``color`` and ``linewidth``.

    Returns
    -------
    Axes
        What was drawn in.

    Raises
    ------
    ModelError, DimensionMismatchError
        If times and signals do not fit, or a neuron was not recorded.

    Examples
    --------
    >>> from eqsim import ms, mV
    >>> import matplotlib.pyplot as plt
    >>> ax = line_plot([0, 1, 2]*ms, [-70, -65, -60]*mV, ylabel='v')
    >>> ax.get_xlabel(), ax.get_ylabel(), ax.lines[0].get_ydata()
    ('time (ms)', 'v (mV)', array([-70., -65., -60.]))
    >>> plt.close()
    """
    texts = {"xlabel": xlabel, "ylabel": ylabel, "legend": legend, "title": title}
    if isinstance(ts, StateMonitor | PopulationRateMonitor | TimedArray):
        signal = signal_of(ts, val_matrix)
        assert signal.times is not None
        times, time_dimension = signal.times, dimension_of(ts.t)
        rows = np.arange(len(np.atleast_2d(signal.values)))
        numbers = ts.record if isinstance(ts, StateMonitor) else rows
    else:
        if val_matrix is None:
            raise ModelError(
                "line_plot needs a monitor, or times and signals\n"
                "  line_plot(M, 'v'), or line_plot(M.t, M.v)"
            )
        if isinstance(val_matrix, str):
            raise ModelError(
                f"{type(ts).__name__} has recorded no {arguments.shown(val_matrix)} over time\n"
                f"  record it, M = StateMonitor(group, {val_matrix!r}), and draw"
                f" line_plot(M, {val_matrix!r})"
            )
        signal = signal_of(val_matrix)
        times, time_dimension = arguments.array(ts, "times").astype(float), dimension_of(ts)
        numbers = np.arange(len(np.atleast_2d(signal.values)))
    values = np.atleast_2d(signal.values)
    _check_times(times, signal.values)
    chosen = _rows(numbers, plot_ids)
    ax = axes_of(ax, show, **texts)
    x, x_unit = in_unit(ax, "x", times, time_dimension, xlim)
    y, y_unit = in_unit(ax, "y", values, signal.dimension, ylim)
    for row in chosen:
        name = None if legend is None else legend
        if name is not None and len(chosen) > 1:
            name = f"{legend}-{numbers[row]}"
        with arguments.passed_on("Axes.plot", **options):
            ax.plot(x, y[row], label=name, **options)
    ax.set_xlabel(label(xlabel, x_unit))
    name = signal.name or "" if ylabel is None else ylabel
    ax.set_ylabel(label(name, y_unit) or "value")
    if legend is not None and chosen:
        add_legend(ax, np.concatenate([np.ravel(line.get_ydata()) for line in ax.lines]))
    return finish(ax, xlim=xlim, ylim=ylim, title=title, show=show)


def _check_times(times: NDArray[Any], values: NDArray[Any]) -> None:
    if times.ndim != 1 or values.shape[-1] != len(times):
        advice = "one value for each time, along the last axis"
        if values.ndim == 2 and values.shape[0] == times.size:
            advice += ": transpose it, values.T"
        raise ModelError(
            f"there are times of the shape {times.shape} and signals of the shape"
            f" {values.shape}\n  expected: {advice}"
        )


def _rows(numbers: NDArray[Any], plot_ids: Any) -> list[int]:
    """Return the rows of the signals with given numbers."""
    if plot_ids is None:
        return list(range(len(numbers)))
    wanted = np.atleast_1d(arguments.array(plot_ids, "plot_ids", "numbers of signals")).tolist()
    known = {int(number): row for row, number in enumerate(numbers)}
    missing = [each for each in wanted if isinstance(each, list | bool) or each not in known]
    if missing:
        few = ", ".join(map(str, list(known)[:10])) + (", ..." if len(known) > 10 else "")
        raise ModelError(f"there is no signal {missing[0]!r} in plot_ids\n  known: {few}")
    return [known[int(each)] for each in wanted]


def rate_plot(
    spikes: Any,
    width: Quantity | None = None,
    ax: Axes | None = None,
    *,
    window: str = "gaussian",
    title: str | None = None,
    show: bool = False,
    **options: Any,
) -> Axes:
    """Draw the rate of a population over time.

    Parameters
    ----------
    spikes : PopulationRateMonitor, SpikeMonitor or other form of spikes
        The population.
    width : Quantity, optional
        Over which time the rate is averaged, see :func:`~eqsim.measure.firing_rate`; needed
        unless ``spikes`` is a PopulationRateMonitor, which is drawn as it is without.
    ax : Axes, optional
        Where to draw; by default the current Axes.
    window : str
        ``'gaussian'`` or ``'flat'``.
    title, show, **options
        As for :func:`line_plot`.

    Returns
    -------
    Axes
        What was drawn in.

    Raises
    ------
    ModelError
        If spikes come without a width.

    Examples
    --------
    >>> from eqsim import ms
    >>> import matplotlib.pyplot as plt
    >>> rate_plot([[1, 2]*ms, [5]*ms], width=1*ms).get_ylabel()
    'rate (Hz)'
    >>> plt.close()
    """
    if width is not None:
        times, rates = firing_rate(spikes, width, window)
    elif isinstance(spikes, PopulationRateMonitor):
        times, rates = spikes.t, spikes.rate
    else:
        raise ModelError(
            "the rate of spikes needs a width of the window over which they are counted\n"
            "  for example width=5*ms"
        )
    return line_plot(times, rates, ax=ax, ylabel="rate", title=title, show=show, **options)


def spectrum_plot(  # noqa: PLR0913
    signal: Any,
    variable: str | None = None,
    ax: Axes | None = None,
    *,
    segment: Quantity | None = None,
    dt: Quantity | None = None,
    xlim: Any = None,
    title: str | None = None,
    show: bool = False,
    **options: Any,
) -> Axes:
    """Draw the power spectral density of a signal, or the mean of several.

    Parameters
    ----------
    signal, variable, segment, dt
        As for :func:`~eqsim.measure.power_spectrum`.
    ax : Axes, optional
        Where to draw; by default the current Axes.
    xlim : pair of number or Quantity, optional
        The lowest and highest frequency; numbers without unit are in hertz.
    title, show, **options
        As for :func:`line_plot`.

    Returns
    -------
    Axes
        What was drawn in; the power has a logarithmic axis.

    Examples
    --------
    >>> from eqsim import ms, mV
    >>> import matplotlib.pyplot as plt
    >>> ax = spectrum_plot(np.sin(np.arange(100))*mV, dt=1*ms)
    >>> ax.get_xlabel(), ax.get_yscale()
    ('frequency (Hz)', 'log')
    >>> plt.close()
    """
    frequencies, power = power_spectrum(signal, variable, segment=segment, dt=dt)
    ax = axes_of(ax, show, title=title)
    values: NDArray[Any] = np.atleast_2d(si_value(power)).mean(axis=0)
    dimension: Dimension = dimension_of(power)
    xlim = in_hertz(xlim)
    # The value at 0 is what is left of the mean that was taken off.
    x, x_unit = in_unit(ax, "x", si_value(frequencies)[1:], dimension_of(frequencies), xlim)
    y, y_unit = in_unit(ax, "y", values[1:], dimension)
    with arguments.passed_on("Axes.plot", **options):
        ax.semilogy(x, y, **options)
    ax.set_xlabel(label("frequency", x_unit))
    ax.set_ylabel(label("power density", y_unit))
    return finish(ax, xlim=xlim, title=title, show=show)
