"""Pictures of sweeps: lines, heat maps, and dots for points that form no grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.unit_parser import parse_unit
from eqsim.errors import EquationError, ModelError, did_you_mean, message
from eqsim.source import Source
from eqsim.sweeps.results import checked_variable
from eqsim.sweeps.sampling import POINT, REPEAT
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.quantity import with_dimension


def plot(
    result: Any,
    name: str,
    x: str | None = None,
    y: str | None = None,
    *,
    hue: str | None = None,
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
        line, and one over two a heat map. If the points form no grid, the parameters over which
        they are drawn: over ``x`` as dots, over ``x`` and ``y`` as dots with colours.
    hue : str, optional
        The axis whose values have a line each, with a legend.
    axes : matplotlib Axes, optional
        Where to draw.
    **style
        For matplotlib's ``plot``, ``pcolormesh`` or ``scatter``.

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
    is_scattered = POINT in dims and x is not None and x not in dims
    chosen = _parameters(result, x, y) if is_scattered else _chosen(dims, x, y, hue)
    if axes is None:
        from matplotlib import pyplot

        _, axes = pyplot.subplots(constrained_layout=True)
    if is_scattered:
        return _scattered(axes, result, name, chosen, style)
    numbers = np.asarray(values.values, dtype=float)
    places, x_label = _axis(axes, "x", result, chosen[0], dims, numbers.shape)
    if len(chosen) == 1:
        numbers, unit = _scaled(axes, "y", numbers, values)
        axes.set(xlabel=x_label, ylabel=label(name, unit))
        if hue is None:
            _draw_line(axes, places, numbers, dims, chosen[0], style)
            return axes
        rest = [dim for dim in dims if dim != hue]
        for place, told in enumerate(_told(result, hue, numbers.shape[dims.index(hue)])):
            part = numbers.take(place, axis=dims.index(hue))
            _draw_line(axes, places, part, rest, chosen[0], {"label": told, **style})
        axes.legend(title=hue)
        return axes
    numbers, unit = _scaled(axes, "colour", numbers, values)
    other, y_label = _axis(axes, "y", result, chosen[1], dims, numbers.shape)
    drawn = axes.pcolormesh(
        places, other, _map(numbers, dims, chosen), **{"shading": "nearest", **style}
    )
    axes.figure.colorbar(drawn, ax=axes, label=label(name, unit))
    axes.set(xlabel=x_label, ylabel=y_label)
    return axes


def _draw_line(
    axes: Any,
    places: NDArray[Any],
    numbers: NDArray[Any],
    dims: list[str],
    x: str,
    style: dict[str, Any],
) -> None:
    mean, deviation = _line(numbers, dims, x)
    (line,) = axes.plot(places, mean, **{"marker": ".", **style})
    if deviation is not None:
        band = {"color": line.get_color(), "alpha": 0.25, "lw": 0}
        axes.fill_between(places, mean - deviation, mean + deviation, **band)


def _told(result: Any, axis: str, size: int) -> list[str]:
    """Return the values along an axis as texts with units."""
    if axis not in result.coords:
        return list(map(str, range(size)))
    found = result.coords[axis]
    numbers, unit = np.asarray(found.values), found.attrs.get("units")
    if numbers.dtype.kind not in "iuf":
        return list(map(str, numbers))
    if unit is None:
        return [f"{number:.4g}" for number in numbers]
    try:
        dimension, _ = parse_unit(Source(str(unit)).whole)
    except EquationError:
        return [f"{number:.4g} {unit}" for number in numbers]
    return [format(with_dimension(float(number), dimension), ".4g") for number in numbers]


def _parameters(result: Any, *names: str | None) -> list[str]:
    """Return parameters of points that form no grid."""
    known = [str(name) for name, each in result.coords.items() if tuple(each.dims) == (POINT,)]
    known = [name for name in known if np.asarray(result.coords[name].values).dtype.kind in "iuf"]
    for name in names:
        if name is not None and name not in known:
            raise ModelError(
                message(
                    f"the points have no number {name!r}",
                    f"they have: {', '.join(known)}",
                    did_you_mean(name, known),
                )
            )
    return [name for name in names if name is not None]


def _scattered(axes: Any, result: Any, name: str, chosen: list[str], style: dict[str, Any]) -> Any:
    """Draw values of points that form no grid, averaged over their other axes."""
    from eqsim.visualize.axes import label

    values = result[name]
    dims = [str(dim) for dim in values.dims]
    others = tuple(k for k, dim in enumerate(dims) if dim != POINT)
    numbers = np.asarray(values.values, dtype=float)
    numbers = np.nanmean(numbers, axis=others) if others else numbers
    found = result.coords[chosen[0]]
    places, x_unit = _scaled(axes, "x", np.asarray(found.values), found)
    axes.set(xlabel=label(chosen[0], x_unit))
    if len(chosen) == 1:
        numbers, unit = _scaled(axes, "y", numbers, values)
        axes.plot(places, numbers, **{"marker": ".", "linestyle": "none", **style})
        axes.set(ylabel=label(name, unit))
        return axes
    numbers, unit = _scaled(axes, "colour", numbers, values)
    other = result.coords[chosen[1]]
    places_y, y_unit = _scaled(axes, "y", np.asarray(other.values), other)
    drawn = axes.scatter(places, places_y, c=numbers, **style)
    axes.figure.colorbar(drawn, ax=axes, label=label(name, unit))
    axes.set(ylabel=label(chosen[1], y_unit))
    return axes


def _chosen(dims: list[str], x: str | None, y: str | None, hue: str | None) -> list[str]:
    if hue is not None and (y is not None or hue in (x, REPEAT)):
        raise ModelError(
            "'hue' is an axis beside 'x', with a line for each of its values, without 'y'"
        )
    for axis in (x, y, hue):
        if axis is not None and axis not in dims:
            hint = did_you_mean(axis, dims)
            raise ModelError(
                f"the values have no axis {axis!r}\n  they have: {', '.join(dims)}"
                + (f"\n  {hint}" if hint else "")
            )
    free = [dim for dim in dims if dim not in (x, y, hue, REPEAT)]
    if x is None:
        if not free:
            raise ModelError("the values have no axis along which a picture could be drawn")
        x = free.pop(0)
        if y is None and hue is None and len(free) == 1:
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
