"""Who is connected to whom, as pictures: matrix, degrees, targets in space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.synapses.connectors import Connections
from eqsim.network.synapses.stored import StoredSynapses
from eqsim.units import arguments
from eqsim.units.dimensions import DIMENSIONLESS, Dimension
from eqsim.units.quantity import dimension_of, si_value
from eqsim.visualize.axes import add_legend, axes_of, count_along, finish, in_unit, label

_MOST_CELLS = 400
"""A matrix has no more rows and columns in a picture; larger ones are summed in cells."""

_MOST_BINS = 50


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Connections of either kind, with what colours them."""

    pre: NDArray[Any]
    post: NDArray[Any]
    pre_shape: tuple[int, ...]
    post_shape: tuple[int, ...]
    values: NDArray[np.float64] | None
    dimension: Dimension
    name: str

    @classmethod
    def of(cls, connections: Any, weight: str | None) -> _Pairs:
        if isinstance(connections, Connections):
            if weight is not None:
                raise ModelError(
                    "weight names a variable of Synapses; the weights of a connector are shown"
                    " anyway\n  leave it out"
                )
            weights = connections.weights
            values = None if weights is None else np.asarray(si_value(weights), dtype=float)
            shapes = connections.pre_shape, connections.post_shape
            return cls(
                connections.pre, connections.post, *shapes, values, dimension_of(weights), "weight"
            )
        if not isinstance(connections, StoredSynapses):
            raise ModelError(
                f"{type(connections).__name__} cannot be drawn as connectivity\n"
                "  expected: Synapses, or what a connector returns"
            )
        values, dimension = None, DIMENSIONLESS
        if weight is not None:
            if not isinstance(weight, str) or not connections.has_variable(weight):
                raise ModelError(
                    message(
                        f"{connections.name!r} has no variable {weight!r} to draw",
                        f"its variables: {', '.join(sorted(connections.variables))}",
                        did_you_mean(str(weight), connections.variables),
                    )
                )
            given = getattr(connections, weight)[:]
            values, dimension = np.asarray(si_value(given), dtype=float), dimension_of(given)
        shapes = connections.source.shape, connections.target.shape
        pre, post = np.asarray(connections.i[:]), np.asarray(connections.j[:])
        return cls(pre, post, *shapes, values, dimension, weight or "")

    @property
    def sizes(self) -> tuple[int, int]:
        return math.prod(self.pre_shape), math.prod(self.post_shape)

    @property
    def shown(self) -> str:
        return self.name if self.values is not None else "synapses"


def connection_matrix(
    connections: Any,
    weight: str | None = None,
    ax: Axes | None = None,
    *,
    cmap: Any = None,
    title: str | None = None,
    show: bool = False,
) -> Axes:
    """Draw the matrix of connections: sources as rows, targets as columns.

    Parameters
    ----------
    connections : Synapses or Connections
        What is drawn.
    weight : str, optional
        The variable of the synapses that is shown as colours; by default, how many synapses a
        pair has. The weights that a connector gave are shown as they are.
    ax : Axes, optional
        Where to draw; by default the current Axes.
    cmap : str or Colormap, optional
        The colours.
    title : str, optional
        The title.
    show : bool
        Whether to open a window with the figure.

    Returns
    -------
    Axes
        What was drawn in. Of matrices with more than 400 rows or columns, neighbouring pairs
        share a cell, which shows their sum.

    Examples
    --------
    >>> from eqsim.connect import FromMatrix
    >>> import matplotlib.pyplot as plt
    >>> ax = connection_matrix(FromMatrix([[0.0, 2.0], [3.0, 0.0]])(2))
    >>> ax.images[0].get_array().tolist()
    [[0.0, 2.0], [3.0, 0.0]]
    >>> plt.close()
    """
    pairs = _Pairs.of(connections, weight)
    ax = axes_of(ax, show, title=title)
    n_pre, n_post = pairs.sizes
    rows, columns = min(n_pre, _MOST_CELLS), min(n_post, _MOST_CELLS)
    cells = (pairs.pre.astype(np.int64) * rows // n_pre) * columns
    cells += pairs.post.astype(np.int64) * columns // n_post
    sums = np.bincount(cells, pairs.values, minlength=rows * columns).reshape(rows, columns)
    numbers, unit = in_unit(ax, "colour", sums.astype(float), pairs.dimension)
    image = _image(ax, numbers, cmap, label(pairs.shown, unit))
    image.set_extent((-0.5, n_post - 0.5, n_pre - 0.5, -0.5))
    ax.set_aspect("auto")
    ax.set_xlabel("target")
    ax.set_ylabel("source")
    count_along(ax, "x", "y")
    return finish(ax, title=title, show=show)


def connection_degrees(
    connections: Any,
    ax: Axes | None = None,
    *,
    bins: Any = None,
    title: str | None = None,
    show: bool = False,
) -> Axes:
    """Draw how many synapses sources and targets have, as two histograms.

    Parameters
    ----------
    connections : Synapses or Connections
        What is drawn.
    ax : Axes, optional
        Where to draw; by default the current Axes.
    bins : int or sequence of float, optional
        The bins; by default one for each number, or for several so that there are up to 50.
    title : str, optional
        The title.
    show : bool
        Whether to open a window with the figure.

    Returns
    -------
    Axes
        What was drawn in.

    Examples
    --------
    >>> from eqsim.connect import FixedPostNum
    >>> import matplotlib.pyplot as plt
    >>> ax = connection_degrees(FixedPostNum(3, seed=1)(10))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['sources', 'targets']
    >>> plt.close()
    """
    pairs = _Pairs.of(connections, None)
    edges = _bins(bins)
    ax = axes_of(ax, show, title=title)
    n_pre, n_post = pairs.sizes
    outgoing = np.bincount(pairs.pre, minlength=n_pre)
    incoming = np.bincount(pairs.post, minlength=n_post)
    if edges is None:
        low = int(min(outgoing.min(), incoming.min()))
        high = int(max(outgoing.max(), incoming.max()))
        width = -(-(high - low + 1) // _MOST_BINS)
        edges = np.arange(low, high + width + 1, width) - 0.5
    drawn = [np.zeros(1)]
    for counts, name in ((outgoing, "source"), (incoming, "target")):
        heights, _, _ = ax.hist(counts, edges, alpha=0.6, label=f"{name}s")
        drawn.append(np.asarray(heights))
    ax.set_xlabel("synapses")
    ax.set_ylabel("neurons")
    count_along(ax, "x", "y")
    add_legend(ax, np.concatenate(drawn), fontsize="small")
    return finish(ax, title=title, show=show)


def connection_map(  # noqa: PLR0913
    connections: Any,
    neuron: int,
    weight: str | None = None,
    ax: Axes | None = None,
    *,
    of: str = "source",
    cmap: Any = None,
    title: str | None = None,
    show: bool = False,
) -> Axes:
    """Draw where the partners of one neuron are in space.

    Parameters
    ----------
    connections : Synapses or Connections
        What is drawn.
    neuron : int
        The neuron's number.
    weight : str, optional
        The variable of the synapses that is shown; by default, how many synapses there are. The
        weights that a connector gave are shown as they are.
    ax : Axes, optional
        Where to draw; by default the current Axes.
    of : str
        ``'source'`` if the neuron is one, and its targets are shown; or ``'target'``.
    cmap : str or Colormap, optional
        The colours.
    title : str, optional
        The title.
    show : bool
        Whether to open a window with the figure.

    Returns
    -------
    Axes
        What was drawn in: a map of a grid with two axes, otherwise points along one.

    Raises
    ------
    ModelError
        If there is no such neuron.

    Examples
    --------
    >>> from eqsim.connect import GridFour
    >>> import matplotlib.pyplot as plt
    >>> ax = connection_map(GridFour()((3, 3)), 4)
    >>> ax.images[0].get_array().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    >>> plt.close()
    """
    pairs = _Pairs.of(connections, weight)
    if not isinstance(of, str) or of not in ("source", "target"):
        raise ModelError(f"of is {arguments.shown(of)}\n  expected: 'source' or 'target'")
    own, partners, shape = pairs.pre, pairs.post, pairs.post_shape
    n = pairs.sizes[0]
    if of == "target":
        own, partners, shape, n = pairs.post, pairs.pre, pairs.pre_shape, pairs.sizes[1]
    arguments.whole(neuron, "neuron")
    if neuron >= n:
        raise ModelError(f"there is no {of} {neuron}\n  they are numbered 0 to {n - 1}")
    ax = axes_of(ax, show, title=title)
    chosen = own == neuron
    values = None if pairs.values is None else pairs.values[chosen]
    sums = np.bincount(partners[chosen], values, minlength=math.prod(shape)).astype(float)
    if len(shape) == 2:
        numbers, unit = in_unit(ax, "colour", sums.reshape(shape), pairs.dimension)
        _image(ax, numbers, cmap, label(pairs.shown, unit))
        ax.set_xlabel("column")
        ax.set_ylabel("row")
        count_along(ax, "x", "y")
    else:
        numbers, unit = in_unit(ax, "y", sums, pairs.dimension)
        ax.plot(np.arange(len(numbers)), numbers, ".")
        ax.set_xlabel("target" if of == "source" else "source")
        ax.set_ylabel(label(pairs.shown, unit))
        count_along(ax, "x")
    return finish(ax, title=title, show=show)


def _bins(given: Any) -> Any:
    """Return the bins of a histogram: None, a number of them, or their edges."""
    if given is None:
        return None
    if isinstance(given, int | np.integer):
        return arguments.whole(given, "bins", least=1, most=10**6)
    expected = "a whole number of bins, or their edges, ascending"
    edges = arguments.array(given, "bins", expected, finite=True)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges.astype(float)) > 0).all():
        raise ModelError(f"bins cannot be {arguments.shown(given)}\n  expected: {expected}")
    return edges


def _image(ax: Axes, numbers: NDArray[Any], cmap: Any, text: str) -> AxesImage:
    """Draw numbers as colours, with 0 in the middle where there are both signs."""
    has_signs = bool((numbers < 0).any())
    largest = float(np.abs(numbers).max(initial=0.0)) or 1.0
    ends = (-largest if has_signs else 0.0, largest)
    colours = ("RdBu_r" if has_signs else "viridis") if cmap is None else cmap
    with arguments.passed_on("Axes.imshow", cmap=colours):
        image = ax.imshow(
            numbers, cmap=colours, interpolation="nearest", vmin=ends[0], vmax=ends[1]
        )
    figure = ax.get_figure()
    assert figure is not None
    figure.colorbar(image, ax=ax, label=text)
    return image
