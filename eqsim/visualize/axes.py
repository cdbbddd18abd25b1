"""Values with units to axes: numbers in a unit that suits them, labels, limits."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.units import hertz
from eqsim.units.arguments import flag, number, shown, text
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, dimension_name
from eqsim.units.display import best_unit_for
from eqsim.units.quantity import Quantity, dimension_of, si_value
from eqsim.units.unit import Unit

_shown: WeakKeyDictionary[Axes, dict[str, tuple[Dimension, Unit | None]]] = WeakKeyDictionary()
"""In which unit an axis of some Axes shows what was drawn first."""
_MOST_IN_A_ROW = 4
"""So many names have place beside each other."""


def axes_of(ax: Axes | None, show: Any = False, **texts: Any) -> Axes:
    """Return Axes to draw in: those given, or the current ones.

    Parameters
    ----------
    ax : Axes or None
        What was given.
    show : bool
        Whether the figure is shown, for a check before anything is drawn.
    **texts : str or None
        Labels and titles, for the same.

    Raises
    ------
    ModelError
        If one is something else.
    """
    flag(show, "show")
    for what, given in texts.items():
        if given is not None:
            text(given, what)
    if ax is None:
        return plt.gca()
    if not isinstance(ax, Axes):
        raise ModelError(
            f"ax is {type(ax).__name__}\n  expected: Axes, such as fig.add_subplot(gs[0, 0])"
        )
    return ax


def in_unit(
    ax: Axes, axis: str, values: NDArray[Any], dimension: Dimension, limits: Any = None
) -> tuple[NDArray[Any], str]:
    """Return values as numbers in the unit of an axis, and the unit's symbol.

    What is drawn first chooses the unit; what comes later in the same Axes is shown in it.

    Parameters
    ----------
    ax : Axes
        Where they are drawn.
    axis : str
        ``'x'``, ``'y'`` or another direction, such as ``'colour'``.
    values : ndarray
        In SI units.
    dimension : Dimension
        Their dimension.
    limits : pair of number or Quantity, optional
        Which part of the axis is shown: as quantities they choose the unit.

    Raises
    ------
    DimensionMismatchError
        If the axis shows something else.
    """
    units = _shown.setdefault(ax, {})
    if axis not in units:
        # What is no pair is told of when the limits are set.
        given = (end for end in _pair(limits) if np.ndim(si_value(end)) == 0)
        ends = [si_value(end) for end in given if dimension_of(end) is dimension]
        seen = np.array(ends) if ends else values
        unit = None if dimension is DIMENSIONLESS else best_unit_for(seen, dimension)
        units[axis] = dimension, unit
    first, unit = units[axis]
    if first is not dimension:
        raise DimensionMismatchError(
            f"the {axis} axis shows {dimension_name(first)}, not {dimension_name(dimension)}\n"
            "  draw in other Axes: ax=fig.add_subplot(...)"
        )
    if unit is None:
        return values, ""
    return values / unit.value, unit.symbol


def label(name: str | None, symbol: str) -> str:
    """Return the text of an axis: ``'v (mV)'``.

    Examples
    --------
    >>> label('v', 'mV'), label('', 'mV'), label('count', '')
    ('v (mV)', 'mV', 'count')
    """
    if not name:
        return symbol
    return name if not symbol or f"({symbol})" in name else f"{name} ({symbol})"


def count_along(ax: Axes, *axes: str) -> None:
    """Let axes that count neurons or synapses have ticks at whole numbers only."""
    for axis in axes:
        locator = MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10], min_n_ticks=1)
        getattr(ax, f"{axis}axis").set_major_locator(locator)


def add_legend(ax: Axes, values: NDArray[Any], **options: Any) -> None:
    """Add a legend, in a row above what is drawn where it fits into one.

    Parameters
    ----------
    ax : Axes
        The Axes.
    values : ndarray
        What is drawn, along the y axis.
    **options
        Of the legend.
    """
    names = ax.get_legend_handles_labels()[1]
    seen = values[np.isfinite(values)]
    if len(names) > _MOST_IN_A_ROW or not seen.size:
        ax.legend(loc="best", **options)
        return
    top = float(seen.max() + 0.3 * (seen.max() - seen.min()))
    ax.update_datalim([(0.0, top)], updatex=False)
    ax.autoscale_view(scalex=False)
    ax.legend(loc="upper right", ncols=len(names), **options)


def finish(
    ax: Axes,
    *,
    xlim: Any = None,
    ylim: Any = None,
    title: str | None = None,
    show: bool = False,
) -> Axes:
    """Set limits and title, and show the figure if that is asked for.

    Parameters
    ----------
    ax : Axes
        The Axes.
    xlim, ylim : pair of number or Quantity, optional
        The ends of the axes, as quantities or as numbers in the unit of the axis.
    title : str, optional
        The title.
    show : bool
        Whether to open a window with it.
    """
    for axis, limits, place in (("x", xlim, ax.set_xlim), ("y", ylim, ax.set_ylim)):
        if limits is not None:
            place(*axis_limits(ax, axis, limits))
    if title is not None:
        ax.set_title(title)
    if show:
        plt.show()
    return ax


def axis_limits(ax: Axes, axis: str, limits: Any) -> tuple[float, float]:
    """Return the two ends of an axis, quantities in its unit.

    Raises
    ------
    ModelError, DimensionMismatchError
        If these are no two finite ends.
    """
    pair = _pair(limits)
    if len(pair) != 2:
        raise ModelError(
            f"{axis}lim is {shown(limits)}\n  expected: the two ends of the axis, such as (0, 100)"
        )
    low, high = (in_axis(ax, axis, limit, f"an end of {axis}lim") for limit in pair)
    return low, high


def _pair(given: Any) -> tuple[Any, ...]:
    """Return two values as a tuple, an empty one for what are no two."""
    is_list = isinstance(given, tuple | list)
    is_array = isinstance(given, Quantity | np.ndarray) and np.ndim(si_value(given)) == 1
    return tuple(given) if (is_list or is_array) and len(given) == 2 else ()


def in_hertz(limits: Any) -> Any:
    """Return the ends of an axis of frequencies, numbers without unit as hertz.

    Examples
    --------
    >>> in_hertz((0, 500))
    (0*Hz, 500*Hz)
    """
    ends = _pair(limits)
    if not ends:
        return limits
    return tuple(end * hertz if isinstance(end, int | float | np.number) else end for end in ends)


def in_axis(ax: Axes, axis: str, limit: Any, what: str) -> float:
    """Return one value of an axis: a quantity in its unit, a plain number as it is."""
    value = number(limit, what, "a finite number or quantity")
    dimension = dimension_of(limit)
    if dimension is DIMENSIONLESS:
        return value
    numbers, _ = in_unit(ax, axis, np.asarray(value), dimension)
    return float(numbers)
