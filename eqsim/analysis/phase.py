"""Equations of one free variable as a phase line, and what phase planes share with it.

References
----------
.. [1] Strogatz, S. H. (2015). Nonlinear Dynamics and Chaos, 2nd ed. Westview Press, chapter 2.
   doi:10.1201/9780429492563
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.arguments import checked_resolution, checked_time, checked_values
from eqsim.analysis.axes import add_legend, given_or_new, scale_of, scales_of
from eqsim.analysis.fixed_points import RATE, FixedPoint, Kind, described, named
from eqsim.analysis.model import Ranges, Settings, system_of
from eqsim.analysis.roots import all_roots
from eqsim.analysis.trajectories import Trajectory, ends_far_away, trajectory, with_units
from eqsim.errors import ModelError
from eqsim.units.quantity import si_value, with_dimension

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values = NDArray[np.float64]


class Phase:
    """What phase lines and phase planes have in common.

    Parameters
    ----------
    model, ranges, parameters, fixed
        As for :func:`~eqsim.analysis.fixed_points`.
    """

    _count: int
    _what: str

    def __init__(
        self,
        model: Any,
        ranges: Ranges,
        *,
        parameters: Settings = None,
        fixed: Settings = None,
    ) -> None:
        if isinstance(ranges, Mapping) and len(ranges) != self._count:
            raise ModelError(
                f"a {self._what} has {_counted(self._count)}, but ranges are given for"
                f" {len(ranges)}: {', '.join(map(repr, ranges)) or 'none'}\n"
                "  give the others a value in fixed; fixed_points() takes any number of variables"
            )
        self.system = system_of(model, ranges, {}, parameters, fixed)

    def __repr__(self) -> str:
        ranges = ", ".join(
            f"{name} from {low} to {high}" for name, (low, high) in self.ranges.items()
        )
        return f"<{type(self).__name__} of {self.system.name}: {ranges}>"

    @property
    def ranges(self) -> dict[str, tuple[Any, Any]]:
        """The lowest and the highest value of each free variable."""
        low = named(self.system.variables, self.system.lower, self.system.dimensions)
        high = named(self.system.variables, self.system.upper, self.system.dimensions)
        return {name: (low[name], high[name]) for name in low}

    @cached_property
    def scaled_points(self) -> Values:
        """The fixed points in scaled units, shape (n, k)."""
        return all_roots(self.system, np.zeros((0, 1)))[0]

    @cached_property
    def _fixed_points(self) -> tuple[FixedPoint, ...]:
        return described(self.system, self.scaled_points)

    def fixed_points(self) -> tuple[FixedPoint, ...]:
        """Return all fixed points in the ranges, sorted by the variables.

        Raises
        ------
        ModelError
            If they fill a curve.
        """
        return self._fixed_points

    def trajectory(self, start: Mapping[str, Any], duration: Any) -> Trajectory:
        """Return the trajectory that begins at a state.

        Parameters
        ----------
        start : mapping of str to float or Quantity
            A value for each free variable.
        duration : Quantity
            How long it is followed; backwards in time if negative.

        Raises
        ------
        ModelError, DimensionMismatchError
            If the state or the duration does not fit, or the trajectory cannot be followed so
            long.

        Notes
        -----
        Dormand and Prince's method of order 5, with steps to an accuracy of 1e-8. A trajectory
        that leaves for infinity ends a hundred sizes of the ranges away.
        """
        values = checked_values(self.system, start)
        length = checked_time(duration, "duration")
        point = values / self.system.scale
        times, points = trajectory(self.system, point, length / self.system.second)
        path = with_units(self.system, times, points)
        is_short = abs(float(si_value(path.t[-1]))) < 0.999 * abs(length)
        if is_short and not ends_far_away(self.system, points):
            raise ModelError(
                f"the trajectory could be followed until {path.t[-1]}, and not for {duration}\n"
                "  it is too long, or has no continuation: give a shorter duration"
            )
        return path


def _counted(count: int) -> str:
    return "one free variable" if count == 1 else "two free variables"


class PhaseLine(Phase):
    """The dynamics of one variable: how fast it moves at each of its values.

    Parameters
    ----------
    model : str, Equations, NeuronGroup or model of the library
        The equations; for a group and a model of the library with its parameters.
    ranges : mapping of str to pair
        The variable with its lowest and highest value.
    parameters : mapping of str to number or Quantity, optional
        Values of parameters and constants; others are taken from the group and from where this
        is called.
    fixed : mapping of str to number, Quantity or str, optional
        Other variables, which stand still, with a value or an expression for it.

    Raises
    ------
    ModelError, DimensionMismatchError, EquationError
        If something that is given does not fit.

    Examples
    --------
    A quadratic integrate-and-fire neuron rests at one state and spikes beyond another:

    >>> from eqsim.analysis import PhaseLine
    >>> line = PhaseLine('dv/dt = (v**2 - 1)/(10*ms) : 1', {'v': (-3, 3)})
    >>> line.fixed_points()
    (<stable node at v = -1>, <unstable node at v = 1>)
    """

    _count, _what = 1, "phase line"

    def rates(self, resolution: int = 400) -> tuple[Any, Any]:
        """Return values of the variable and how fast it moves there, shape (resolution,) each."""
        system = self.system
        checked_resolution(resolution, most=10**7)
        values = np.linspace(system.lower[0], system.upper[0], resolution)
        rates = system.rates(values[None, :] / system.scale[0])[0]
        dimension = system.dimensions[0]
        rates = rates * system.scale[0] / system.second
        return with_dimension(values, dimension), with_dimension(rates, dimension * RATE)

    def plot(self, ax: Axes | None = None, *, resolution: int = 400) -> Axes:
        """Draw the rate over the variable, with the fixed points and the directions between them.

        Returns
        -------
        Axes
            What was drawn on.
        """
        (name,) = self.system.variables
        values, rates = self.rates(resolution)
        axes = given_or_new(ax)
        across = scales_of(self.system)[name]
        dimension = self.system.dimensions[0] * RATE
        up = scale_of(f"d{name}/dt", si_value(rates), dimension)
        axes.axhline(0.0, color="0.6", linewidth=0.8)
        axes.plot(across(values), up(rates), color="C0")
        edges = [self.system.lower[0], *(si_value(p.state[name]) for p in self.fixed_points())]
        for low, high in zip(edges, [*edges[1:], self.system.upper[0]], strict=True):
            middle = np.array([[(low + high) / 2]]) / self.system.scale[0]
            marker = ">" if self.system.rates(middle)[0, 0] > 0 else "<"
            axes.plot(across((low + high) / 2), 0.0, marker, color="0.4", markersize=5)
        for point in self.fixed_points():
            axes.plot(across(point.state[name]), 0.0, **marker_of(point))
        axes.set_xlabel(across.label)
        axes.set_ylabel(up.label)
        add_legend(axes)
        return axes


_MARKERS = {
    Kind.NODE: "o", Kind.FOCUS: "o", Kind.SADDLE: "D", Kind.CENTRE: "o", Kind.DEGENERATE: "s",
}  # fmt: skip


def marker_of(point: FixedPoint) -> dict[str, Any]:
    """Return how a fixed point is drawn: filled if it is stable."""
    return {
        "marker": _MARKERS[point.kind],
        "linestyle": "none",
        "color": "k",
        "markerfacecolor": "k" if point.stable else "w",
        "zorder": 5,
        "label": str(point).split(" at ")[0],
    }
