"""Spikes as points."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from eqsim.errors import ModelError
from eqsim.measure import rates
from eqsim.units import arguments
from eqsim.units.quantity import dimension_of, si_value
from eqsim.visualize.axes import axes_of, count_along, finish, in_unit, label


def raster_plot(  # noqa: PLR0913 - what its users know from elsewhere
    spikes: Any,
    neurons: Any = None,
    ax: Axes | None = None,
    *,
    marker: str = ".",
    markersize: float = 2,
    color: Any = "k",
    xlabel: str = "time",
    ylabel: str = "neuron",
    xlim: Any = None,
    ylim: Any = None,
    title: str | None = None,
    show: bool = False,
) -> Axes:
    """Draw who spiked when.

    Parameters
    ----------
    spikes : SpikeMonitor, other form of spikes, or Quantity
        A monitor or the like, see :class:`~eqsim.measure.SpikeTrains`; or times.
    neurons : ndarray, optional
        If times were given: the number of the neuron at each time, shape (n_spikes,); or who
        spikes at each time as zeros and ones, shape (n_neurons, n_times).
    ax : Axes, optional
        Where to draw; by default the current Axes.
    marker, markersize, color
        How a spike looks.
    xlabel, ylabel : str
        Names of the axes, to which units are added.
    xlim, ylim : pair of number or Quantity, optional
        The ends of the axes, as quantities or as numbers in the unit of the axis.
    title : str, optional
        The title.
    show : bool
        Whether to open a window with the figure.

    Returns
    -------
    Axes
        What was drawn in.

    Raises
    ------
    ModelError
        If times and neurons do not fit.

    Examples
    --------
    >>> from eqsim import ms
    >>> import matplotlib.pyplot as plt
    >>> ax = raster_plot([1, 2, 4]*ms, [0, 2, 1])
    >>> ax.get_xlabel(), ax.lines[0].get_xydata().tolist()
    ('time (ms)', [[1.0, 0.0], [2.0, 2.0], [4.0, 1.0]])
    >>> plt.close()
    """
    if neurons is None:
        numbers, times = rates.raster_plot(spikes)
    elif (numbers := arguments.array(neurons, "neurons", "numbers of neurons")).ndim == 2:
        numbers, times = rates.raster_plot(numbers, spikes)
    else:
        times = spikes
        shape = arguments.array(times, "the times of spikes", "times, such as [10, 20]*ms").shape
        if shape != numbers.shape:
            raise ModelError(
                f"there are times of the shape {shape} and neurons of the"
                f" shape {numbers.shape}\n  expected: one neuron for each time"
            )
    ax = axes_of(ax, show, xlabel=xlabel, ylabel=ylabel, title=title)
    x, unit = in_unit(ax, "x", np.asarray(si_value(times)), dimension_of(times), xlim)
    look = {"marker": marker, "markersize": markersize, "color": color}
    with arguments.passed_on("Axes.plot", **look):
        ax.plot(x, numbers, linestyle="none", **look)
    ax.set_xlabel(label(xlabel, unit))
    ax.set_ylabel(ylabel)
    count_along(ax, "y")
    return finish(ax, xlim=xlim, ylim=ylim, title=title, show=show)
