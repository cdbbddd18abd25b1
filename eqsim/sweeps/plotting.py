"""Pictures of sweeps: a line for one axis, a heat map for two."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.unit_parser import parse_unit
from eqsim.errors import EquationError, ModelError, did_you_mean
from eqsim.source import Source
from eqsim.sweeps.results import checked_variable
from eqsim.sweeps.sampling import REPEAT
from eqsim.units.dimensions import DIMENSIONLESS


def plot(
    result: Any,
    name: str,
    x: str | None = None,
    y: str | None = None,
    *,
    axes: Any = None,
    **style: Any,
) -> Any:
    """Draw one of the values of a sweep over one or two axes.

    Parameters
    ----------
    result : xarray.Dataset or SweepResult
        What :func:`sweep` returned.
    name : str
        Which of its values.
    x, y : str, optional
        Names of the axes; ``y`` only for a heat map. By default a sweep over one parameter is a
        line, and one over two a heat map.
    axes : matplotlib Axes, optional
        Where to draw.
    **style
        For matplotlib's ``plot`` or ``pcolormesh``.

    Returns
    -------
    matplotlib Axes
        Over other axes values are averaged; a line has a band of one standard deviation over
        repeats.

    Raises
    ------
    ModelError
        If there are no such values or axes.

    Examples
    --------
    >>> from eqsim import NeuronGroup, Network, ms, sweep
    >>> from eqsim.sweeps import plot
    >>> net = Network(NeuronGroup(1, 'dx/dt = rate : 1', method='euler', name='cells'))
    >>> found = sweep(net, {'rate': [1, 2, 3]/ms}, duration=1*ms, record={'x': 'last(cells.x)'},
    ...               target='numpy')
    >>> plot(found, 'x').get_xlabel()
    'rate (kHz)'
    """
    from eqsim.visualize.axes import label

    values = checked_variable(result, name)
    dims = [str(dim) for dim in values.dims]
    chosen = _chosen(dims, x, y)
    if axes is None:
        from matplotlib import pyplot

        _, axes = pyplot.subplots(constrained_layout=True)
    numbers = np.asarray(values.values, dtype=float)
    places, x_label = _axis(axes, "x", result, chosen[0], dims, numbers.shape)
    if len(chosen) == 1:
        numbers, unit = _scaled(axes, "y", numbers, values)
        mean, deviation = _line(numbers, dims, chosen[0])
        (line,) = axes.plot(places, mean, **{"marker": ".", **style})
        if deviation is not None:
            band = {"color": line.get_color(), "alpha": 0.25, "lw": 0}
            axes.fill_between(places, mean - deviation, mean + deviation, **band)
        axes.set(xlabel=x_label, ylabel=label(name, unit))
        return axes
    numbers, unit = _scaled(axes, "colour", numbers, values)
    other, y_label = _axis(axes, "y", result, chosen[1], dims, numbers.shape)
    drawn = axes.pcolormesh(
        places, other, _map(numbers, dims, chosen), **{"shading": "nearest", **style}
    )
    axes.figure.colorbar(drawn, ax=axes, label=label(name, unit))
    axes.set(xlabel=x_label, ylabel=y_label)
    return axes


def _chosen(dims: list[str], x: str | None, y: str | None) -> list[str]:
    for axis in (x, y):
        if axis is not None and axis not in dims:
            hint = did_you_mean(axis, dims)
            raise ModelError(
                f"the values have no axis {axis!r}\n  they have: {', '.join(dims)}"
                + (f"\n  {hint}" if hint else "")
            )
    free = [dim for dim in dims if dim not in (x, y, REPEAT)]
    if x is None:
        if not free:
            raise ModelError("the values have no axis along which a picture could be drawn")
        x = free.pop(0)
        if y is None and len(free) == 1:
            y = free.pop(0)
    return [x] if y is None else [x, y]


def _line(
    values: NDArray[Any], dims: list[str], x: str
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    others = tuple(k for k, dim in enumerate(dims) if dim not in (x, REPEAT))
    values = np.nanmean(values, axis=others) if others else values
    if REPEAT not in dims or x == REPEAT:
        return values, None
    left = [dim for dim in dims if dim in (x, REPEAT)]
    repeat = left.index(REPEAT)
    return np.nanmean(values, axis=repeat), np.nanstd(values, axis=repeat)


def _map(values: NDArray[Any], dims: list[str], chosen: list[str]) -> NDArray[Any]:
    others = tuple(k for k, dim in enumerate(dims) if dim not in chosen)
    values = np.nanmean(values, axis=others) if others else values
    left = [dim for dim in dims if dim in chosen]
    return values if left == [chosen[1], chosen[0]] else values.T


def _axis(
    axes: Any, direction: str, result: Any, dim: str, dims: list[str], shape: tuple[int, ...]
) -> tuple[NDArray[Any], str]:
    from eqsim.visualize.axes import label

    places = np.arange(shape[dims.index(dim)])
    if dim not in result.coords:
        return places, dim
    found = result.coords[dim]
    numbers = np.asarray(found.values)
    if numbers.dtype.kind not in "iuf":
        axes.set(
            **{f"{direction}ticks": places, f"{direction}ticklabels": list(map(str, numbers))}
        )
        return places, dim
    scaled, unit = _scaled(axes, direction, numbers, found)
    return scaled, label(dim, unit)


def _scaled(
    axes: Any, direction: str, numbers: NDArray[Any], values: Any
) -> tuple[NDArray[Any], str]:
    """Return numbers in the unit of an axis, and its symbol."""
    from eqsim.visualize.axes import in_unit

    told = values.attrs.get("units")
    if told is None:
        return in_unit(axes, direction, numbers, DIMENSIONLESS)
    try:
        dimension, _ = parse_unit(Source(str(told)).whole)
    except EquationError:
        return numbers, str(told)  # a unit that the user gave in its place
    return in_unit(axes, direction, numbers, dimension)
