"""Where pictures are drawn: axes whose labels name the unit, chosen by the size of the values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsim.analysis.rates import System
from eqsim.errors import ModelError
from eqsim.units.dimensions import DIMENSIONLESS, Dimension
from eqsim.units.display import best_unit_for
from eqsim.units.quantity import si_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_LABELS_HEIGHT = -36.0
"""Where the labels of a horizontal axis end, in points above it."""


@dataclass(frozen=True)
class Scale:
    """How values are shown along an axis.

    Parameters
    ----------
    label : str
        With the unit: ``"v (mV)"``.
    unit : float
        The size of the unit, in SI units.
    """

    label: str
    unit: float

    def __call__(self, values: Any) -> Any:
        """Return values as numbers in the unit of the axis."""
        return np.asarray(si_value(values)) / self.unit


def scale_of(name: str, values: Any, dimension: Dimension) -> Scale:
    """Return the scale that suits values in SI units.

    Examples
    --------
    >>> from eqsim.units import volt
    >>> scale_of("v", np.array([-0.08, 0.04]), volt.dimension).label
    'v (mV)'
    """
    if dimension is DIMENSIONLESS:
        return Scale(name, 1.0)
    unit = best_unit_for(np.asarray(values, dtype=float), dimension)
    return Scale(f"{name} ({unit.symbol})", float(unit.value))


def scales_of(system: System) -> dict[str, Scale]:
    """Return the scale of each variable and swept parameter of a system."""
    return {
        name: scale_of(name, np.array([low, high]), dimension)
        for name, low, high, dimension in zip(
            system.names, system.lower, system.upper, system.dimensions, strict=True
        )
    }


def given_or_new(axes: Axes | None, *, projection: str | None = None) -> Axes:
    """Return the axes that a user gave, or new ones in a new figure.

    Raises
    ------
    ModelError
        If something else was given.
    """
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes as AnyAxes

    if axes is not None and not isinstance(axes, AnyAxes):
        raise ModelError(
            f"ax is {type(axes).__name__}\n  expected: Axes, such as fig.add_subplot(gs[0, 0])"
        )
    if axes is not None:
        return axes
    figure = plt.figure(layout="constrained")
    return figure.add_subplot(projection=projection)


def is_open(axes: Axes) -> bool:
    """Return whether a user still has a figure with these axes."""
    import matplotlib.pyplot as plt

    figure: Any = axes.figure
    number = getattr(figure, "number", None)
    return axes in figure.axes and number is not None and plt.fignum_exists(number)


def add_legend(axes: Axes) -> None:
    """Add a legend that names each thing once."""
    named = _named(axes)
    if named:
        axes.legend(named.values(), named.keys(), fontsize="small")


def add_legend_below(axes: Axes) -> None:
    """Add a legend that names each thing once, below the axes: in a full picture."""
    from matplotlib.transforms import offset_copy

    named = _named(axes)
    if named:
        figure: Any = axes.figure
        below = offset_copy(axes.transAxes, figure, y=_LABELS_HEIGHT, units="points")
        axes.legend(
            named.values(), named.keys(), fontsize="small", ncols=2, borderaxespad=0.0,
            loc="upper center", bbox_to_anchor=(0.5, 0.0), bbox_transform=below,
        )  # fmt: skip


def _named(axes: Axes) -> dict[str, Any]:
    handles, labels = axes.get_legend_handles_labels()
    return dict(zip(labels, handles, strict=True))
