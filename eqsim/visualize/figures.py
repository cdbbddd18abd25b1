"""Figures, and the style of publications."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.colors import is_color_like
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.rcsetup import cycler

from eqsim.errors import ModelError
from eqsim.units import arguments

_MOST = 600
"""Figures are no larger, in inches, and have no more rows; nothing is thicker, in points."""


def get_figure(
    n_row: int, n_col: int, row_len: float = 3, col_len: float = 6
) -> tuple[Figure, GridSpec]:
    """Return a figure and a grid of places for Axes in it.

    Parameters
    ----------
    n_row, n_col : int
        How many rows and columns there are.
    row_len, col_len : float
        Height of a row and width of a column, in inches.

    Returns
    -------
    figure : Figure
        Its layout keeps labels apart.
    places : GridSpec
        ``figure.add_subplot(places[0, 0])`` makes Axes.

    Raises
    ------
    ModelError
        If a number of rows or columns, or a size, is not positive.

    Examples
    --------
    >>> figure, places = get_figure(2, 1, 3, 8)
    >>> figure.get_size_inches(), places.nrows
    (array([8., 6.]), 2)
    >>> plt.close(figure)
    """
    for what, count in (("n_row", n_row), ("n_col", n_col)):
        arguments.whole(count, what, least=1, most=_MOST)
    for what, size in (("row_len", row_len), ("col_len", col_len)):
        arguments.positive(size, what)
    if n_col * col_len > _MOST or n_row * row_len > _MOST:
        raise ModelError(
            f"the figure would be {n_col * col_len:g} inches wide and {n_row * row_len:g} high\n"
            f"  expected: at most {_MOST}"
        )
    figure = plt.figure(figsize=(n_col * col_len, n_row * row_len), layout="constrained")
    return figure, figure.add_gridspec(n_row, n_col)


def publication_style(
    fontsize: float = 8, linewidth: float = 1.0, axes_edgecolor: str = "black"
) -> AbstractContextManager[Any]:
    """Return a context in which figures look as journals want them.

    Two of four spines, ticks outside, fonts that stay text in PDF and SVG, 300 dots per inch, and
    the colours of Okabe and Ito, which all readers can tell apart.

    Parameters
    ----------
    fontsize : float
        In points; that of ticks and legends is one smaller.
    linewidth : float
        In points.
    axes_edgecolor : str
        Colour of spines and ticks.

    Raises
    ------
    ModelError
        If a size is no positive number, or the colour none.

    References
    ----------
    .. [1] Wong, B. (2011). Points of view: color blindness. Nature Methods 8:441.
       doi:10.1038/nmeth.1618

    Examples
    --------
    >>> with publication_style(fontsize=7):
    ...     print(mpl.rcParams['font.size'], mpl.rcParams['axes.spines.top'])
    7.0 False
    """
    for what, size in (("fontsize", fontsize), ("linewidth", linewidth)):
        if arguments.positive(size, what) > _MOST:
            raise ModelError(f"{what} is {size}\n  expected: at most {_MOST} points")
    if not is_color_like(axes_edgecolor):
        raise ModelError(
            f"axes_edgecolor is {arguments.shown(axes_edgecolor)}\n"
            "  expected: a colour of Matplotlib, such as 'black' or '#0072B2'"
        )
    colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
    return mpl.rc_context(
        {
            "axes.edgecolor": axes_edgecolor,
            "axes.labelsize": fontsize,
            "axes.linewidth": 0.8,
            "axes.prop_cycle": cycler(color=colours),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlesize": fontsize,
            "font.size": fontsize,
            "legend.fontsize": fontsize - 1,
            "legend.frameon": False,
            "lines.linewidth": linewidth,
            "pdf.fonttype": 42,
            "savefig.dpi": 300,
            "svg.fonttype": "none",
            "xtick.color": axes_edgecolor,
            "xtick.labelsize": fontsize - 1,
            "ytick.color": axes_edgecolor,
            "ytick.labelsize": fontsize - 1,
        }
    )
