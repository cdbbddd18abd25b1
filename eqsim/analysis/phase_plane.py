"""Equations of two free variables as a phase plane.

References
----------
.. [1] Strogatz, S. H. (2015). Nonlinear Dynamics and Chaos, 2nd ed. Westview Press, chapter 6.
   doi:10.1201/9780429492563
.. [2] Izhikevich, E. M. (2007). Dynamical Systems in Neuroscience. MIT Press, chapter 4.
   doi:10.7551/mitpress/2526.001.0001
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.arguments import checked_resolution
from eqsim.analysis.axes import add_legend_below, given_or_new, is_open, scales_of
from eqsim.analysis.fixed_points import RATE, Kind, named
from eqsim.analysis.limit_cycles import LimitCycle, planar_cycles
from eqsim.analysis.phase import Phase, marker_of
from eqsim.analysis.trajectories import Trajectory, trajectory, with_units
from eqsim.units import arguments
from eqsim.units.quantity import si_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values = NDArray[np.float64]

_COLOURS = ("C0", "C1")
"""Of the nullclines, in the order of the variables."""


class PhasePlane(Phase):
    """The dynamics of two variables: nullclines, fixed points, trajectories, limit cycles.

    Methods that draw add to one picture, until its figure is closed; ``plot`` begins a new one.

    Parameters
    ----------
    model : str, Equations, NeuronGroup or model of the library
        The equations; for a group and a model of the library with its parameters.
    ranges : mapping of str to pair
        Two variables, each with its lowest and highest value. The first is drawn to the right.
    parameters : mapping of str to number or Quantity, optional
        Values of parameters and constants; others are taken from the group and from where this
        is called.
    fixed : mapping of str to number, Quantity or str, optional
        Other variables, which stand still, with a value or an expression for it.

    Raises
    ------
    ModelError, DimensionMismatchError, EquationError
        If something that is given does not fit.

    References
    ----------
    .. [1] FitzHugh, R. (1961). Impulses and physiological states in theoretical models of nerve
       membrane. Biophysical Journal 1:445-466. doi:10.1016/S0006-3495(61)86902-6

    Examples
    --------
    >>> from eqsim.analysis import PhasePlane
    >>> plane = PhasePlane('''
    ... dv/dt = (v - v**3/3 - w + I)/ms : 1
    ... dw/dt = (v + 0.7 - 0.8*w)/(12.5*ms) : 1
    ... I : 1
    ... ''', {'v': (-3, 3), 'w': (-3, 3)}, parameters={'I': 0.8})
    >>> plane.fixed_points()
    (<unstable node at v = -0.272901, w = 0.533874>,)
    >>> plane.limit_cycles()
    (<stable limit cycle, period 36.518 ms>,)
    """

    _count, _what = 2, "phase plane"
    _drawn_on: Axes | None = None

    def nullclines(self, resolution: int = 200) -> dict[str, tuple[dict[str, Any], ...]]:
        """Return for each variable the curves on which it does not move.

        Parameters
        ----------
        resolution : int
            Curves are looked for on a grid of so many points along each axis, and then moved to
            where they are.

        Returns
        -------
        dict of str to tuple of dict
            By variable: curves, each with the values of both variables, shape (n,).
        """
        from contourpy import contour_generator

        grid = self._grid(resolution)
        shape = (resolution, resolution)
        with np.errstate(all="ignore"):
            rates = self.system.rates(grid).reshape(2, *shape)
        x, y = grid[0].reshape(shape)[0], grid[1].reshape(shape)[:, 0]
        curves = {}
        for k, name in enumerate(self.system.variables):
            height = np.ma.masked_invalid(rates[k])
            lines = contour_generator(x, y, height).lines(0.0)
            usual = float(np.median(np.abs(height.compressed())))
            exact = [self._on_nullcline(k, np.asarray(line).T, usual) for line in lines]
            curves[name] = tuple(
                named(
                    self.system.variables,
                    line * self.system.scale[:, None],
                    self.system.dimensions,
                )
                for line in exact
                if line.shape[1] > 1
            )
        return curves

    def _on_nullcline(self, k: int, points: Values, usual: float) -> Values:
        """Return points moved to where a rate is zero; those of a pole are left out."""
        lower, upper = self.system.box
        limit = 0.02 * (upper - lower)[:, None]
        start = points
        for _ in range(4):
            rate = self.system.rates(points)[k]
            slope = self.system.jacobian(points)[k]
            size = np.sum(slope**2, axis=0)
            with np.errstate(all="ignore"):
                moved = -slope * np.where(size > 0, rate / size, 0.0)
            points = points + np.clip(np.nan_to_num(moved), -limit, limit)
        near = np.all(np.abs(points - start) <= 2 * limit, axis=0)
        found = np.abs(self.system.rates(points)[k]) <= 1e-6 * usual
        return points[:, near & found]

    def vector_field(self, resolution: int = 20) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return states on a grid and how fast each variable moves there.

        Returns
        -------
        states, rates : dict of str to ndarray or Quantity
            Shape (resolution, resolution); the first variable changes along the rows.
        """
        grid = self._grid(resolution)
        system, shape = self.system, (resolution, resolution)
        states = (grid * system.scale[:, None]).reshape(2, *shape)
        rates = system.rates(grid) * system.scale[:, None] / system.second
        dimensions = [dimension * RATE for dimension in system.dimensions]
        return (
            named(system.variables, states, system.dimensions),
            named(system.variables, rates.reshape(2, *shape), dimensions),
        )

    def _grid(self, resolution: int) -> Values:
        lower, upper = self.system.box
        checked_resolution(resolution)
        x, y = (np.linspace(lower[k], upper[k], resolution) for k in range(2))
        return np.stack([side.ravel() for side in np.meshgrid(x, y)])

    @cached_property
    def _limit_cycles(self) -> tuple[LimitCycle, ...]:
        return planar_cycles(self.system, self.scaled_points)

    def limit_cycles(self) -> tuple[LimitCycle, ...]:
        """Return the limit cycles in the ranges, stable and unstable, the shortest first.

        Notes
        -----
        Each goes round a fixed point that is no saddle. From there, trajectories that begin on a
        ray are followed once round, forwards and backwards.
        """
        return self._limit_cycles

    def separatrices(self) -> tuple[Trajectory, ...]:
        """Return the trajectories that end in saddles: two for each, followed backwards.

        They are where one basin of attraction ends and another begins.
        """
        found = []
        for k, point in enumerate(self.fixed_points()):
            if point.kind is not Kind.SADDLE:
                continue
            vector = np.array([si_value(x).real for x in point.eigenvectors[-1].values()])
            vector = vector / self.system.scale
            vector = 1e-6 * vector / np.linalg.norm(vector)
            for side in (1.0, -1.0):
                start = self.scaled_points[:, k] + side * vector
                slowest = abs(float(np.min(np.real(si_value(point.eigenvalues)))))
                duration = -60.0 / (slowest * self.system.second)
                times, points = trajectory(self.system, start, duration)
                outside = np.flatnonzero(~self.system.inside(points, 0.05))
                stop = int(outside[0]) + 1 if outside.size else len(times)
                found.append(with_units(self.system, times[:stop], points[:, :stop]))
        return tuple(found)

    # -- pictures -----------------------------------------------------------------------------

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the vector field, nullclines, limit cycles, separatrices and fixed points.

        Parameters
        ----------
        ax : Axes, optional
            Where; by default new axes in a new figure.

        Returns
        -------
        Axes
            What was drawn on; the legend is below, where it covers nothing.
        """
        axes = self.plot_vector_field(given_or_new(ax))
        self.plot_nullclines(axes)
        self.plot_separatrices(axes)
        self.plot_limit_cycles(axes)
        self.plot_fixed_points(axes)
        add_legend_below(axes)
        return axes

    def plot_nullclines(self, ax: Axes | None = None, *, resolution: int = 200) -> Axes:
        """Draw the nullclines; return the Axes."""
        curves = self.nullclines(resolution)
        axes = self._axes(ax)
        for name, colour in zip(self.system.variables, _COLOURS, strict=True):
            for curve in curves[name]:
                label = f"d{name}/dt = 0"
                axes.plot(*self._placed(curve), color=colour, label=label)
        return axes

    def plot_vector_field(self, ax: Axes | None = None, *, resolution: int = 20) -> Axes:
        """Draw arrows of one length along the vector field; return the Axes."""
        states, rates = self.vector_field(resolution)
        axes = self._axes(ax)
        sizes = self.system.upper - self.system.lower
        u, v = (
            np.asarray(si_value(rates[name])) / size
            for name, size in zip(self.system.variables, sizes, strict=True)
        )
        with np.errstate(all="ignore"):
            length = np.hypot(u, v)
            u, v = np.where(length > 0, (u, v) / length, 0.0)
        axes.quiver(
            *self._placed(states), u, v, color="0.7", angles="uv", pivot="mid",
            scale=1.6 * resolution, width=0.0025,
        )  # fmt: skip
        return axes

    def plot_fixed_points(self, ax: Axes | None = None) -> Axes:
        """Draw the fixed points, stable ones filled; return the Axes."""
        axes = self._axes(ax)
        for point in self.fixed_points():
            axes.plot(*self._placed(point.state), **marker_of(point))
        return axes

    def plot_trajectory(
        self,
        start: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        duration: Any,
        ax: Axes | None = None,
        **style: Any,
    ) -> Axes:
        """Draw the trajectory that begins at a state, or several; return the Axes.

        Parameters
        ----------
        start : mapping, or sequence of mappings
            A value for each free variable.
        duration : Quantity
            How long it is followed.
        ax : Axes, optional
            Where; by default the picture of this plane that was begun, or a new figure.
        **style
            For ``Axes.plot``.
        """
        states: Sequence[Any] = start if isinstance(start, tuple | list) else [start]
        paths = [self.trajectory(state, duration) for state in states]
        axes = self._axes(ax)
        style = {"color": "0.2", "linewidth": 1.0, **style}
        for path in paths:
            x, y = self._placed(path.states)
            with arguments.passed_on("Axes.plot", **style):
                axes.plot(x, y, **style)
                axes.plot(x[:1], y[:1], ".", color=style["color"])
        return axes

    def plot_limit_cycles(self, ax: Axes | None = None) -> Axes:
        """Draw the limit cycles, unstable ones dashed; return the Axes."""
        axes = self._axes(ax)
        for cycle in self.limit_cycles():
            label = f"{'stable' if cycle.stable else 'unstable'} limit cycle"
            style = "-" if cycle.stable else "--"
            axes.plot(*self._placed(cycle.states), style, color="C3", linewidth=2, label=label)
        return axes

    def plot_separatrices(self, ax: Axes | None = None) -> Axes:
        """Draw what ends in saddles; return the Axes."""
        axes = self._axes(ax)
        for path in self.separatrices():
            axes.plot(
                *self._placed(path.states), ":", color="C4", label="stable manifold of a saddle"
            )
        return axes

    def _placed(self, states: Mapping[str, Any]) -> tuple[Any, Any]:
        scales = scales_of(self.system)
        x, y = (scales[name](states[name]) for name in self.system.variables)
        return x, y

    def _axes(self, ax: Axes | None) -> Axes:
        if ax is None and self._drawn_on is not None and is_open(self._drawn_on):
            ax = self._drawn_on
        self._drawn_on = axes = given_or_new(ax)
        scales = [scales_of(self.system)[name] for name in self.system.variables]
        axes.set_xlabel(scales[0].label)
        axes.set_ylabel(scales[1].label)
        axes.set_xlim(*(scales[0](self.system.lower[0]), scales[0](self.system.upper[0])))
        axes.set_ylim(*(scales[1](self.system.lower[1]), scales[1](self.system.upper[1])))
        return axes
