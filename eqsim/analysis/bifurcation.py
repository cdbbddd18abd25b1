"""Bifurcation diagrams: what changes as one or two parameters change.

References
----------
.. [1] Kuznetsov, Y. A. (2004). Elements of Applied Bifurcation Theory, 3rd ed. Springer.
   doi:10.1007/978-1-4757-3978-7
.. [2] Ermentrout, G. B. & Terman, D. H. (2010). Mathematical Foundations of Neuroscience.
   Springer, chapter 3. doi:10.1007/978-0-387-87708-2
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis import drawing
from eqsim.analysis.arguments import checked_choice, checked_resolution
from eqsim.analysis.branches import Special, branches_of, distance_to
from eqsim.analysis.collocation import Orbit
from eqsim.analysis.continuation import Settings as Continuation
from eqsim.analysis.continuation import both_ways, corrected, tangent
from eqsim.analysis.curves import DefiningSystem, FoldCurve, HopfCurve
from eqsim.analysis.diagrams import Branch, Curve, CycleBranch, branch_of, curve_of, cycles_of
from eqsim.analysis.local_bifurcations import BifurcationKind, BifurcationPoint
from eqsim.analysis.model import Ranges, Settings, system_of
from eqsim.analysis.periodic import branch_of_orbits
from eqsim.analysis.rates import System
from eqsim.errors import ModelError
from eqsim.expressions.fold import fold
from eqsim.expressions.nodes import Literal
from eqsim.expressions.traverse import substitute
from eqsim.units import arguments
from eqsim.units.quantity import si_value, with_dimension

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values = NDArray[np.float64]

_SECTIONS = 9
"""At so many values of the second parameter curves are looked for."""


class Bifurcation:
    """What changes in a model as one parameter changes, or two.

    Parameters
    ----------
    model : str, Equations, NeuronGroup or model of the library
        The equations; for a group and a model of the library with its parameters.
    swept : mapping of str to pair
        One or two parameters, each with its lowest and highest value. A variable that is named
        here counts as a parameter: a slow one, whose equation is left out.
    ranges : mapping of str to pair
        The free variables, any number of them, each with its lowest and highest value.
    parameters : mapping of str to number or Quantity, optional
        Values of parameters and constants; others are taken from the group and from where this
        is called.
    fixed : mapping of str to number, Quantity or str, optional
        Other variables, which stand still, with a value or an expression for it.
    step : float
        The longest step along branches and curves, in parts of the ranges.

    Raises
    ------
    ModelError, DimensionMismatchError, EquationError
        If something that is given does not fit.

    Notes
    -----
    All fixed points are found at some values of the parameter, and followed from there by
    pseudo-arclength continuation [1]_. Hopf points are where the product of the sums of all pairs
    of eigenvalues is zero; whether cycles are stable there says the first Lyapunov coefficient
    [2]_. Limit cycles are followed by orthogonal collocation [3]_.

    References
    ----------
    .. [1] Seydel, R. (2010). Practical Bifurcation and Stability Analysis, 3rd ed. Springer.
       doi:10.1007/978-1-4419-1740-9
    .. [2] Kuznetsov, Y. A. (2004). Elements of Applied Bifurcation Theory, 3rd ed. Springer.
       doi:10.1007/978-1-4757-3978-7
    .. [3] Doedel, E., Keller, H. B. & Kernevez, J. P. (1991). Numerical analysis and control of
       bifurcation problems II. International Journal of Bifurcation and Chaos 1:745-772.
       doi:10.1142/S0218127491000555

    Examples
    --------
    The quadratic integrate-and-fire neuron has a saddle-node where its current is zero:

    >>> from eqsim.analysis import Bifurcation
    >>> diagram = Bifurcation('''
    ... dv/dt = (v**2 + I)/(10*ms) : 1
    ... I : 1
    ... ''', {'I': (-1, 1)}, {'v': (-2, 2)})
    >>> diagram.points
    (<fold at I = 0, v = 0>,)
    """

    def __init__(
        self,
        model: Any,
        swept: Ranges,
        ranges: Ranges,
        *,
        parameters: Settings = None,
        fixed: Settings = None,
        step: float = 0.02,
    ) -> None:
        if isinstance(swept, Mapping) and len(swept) not in (1, 2):
            raise ModelError(
                f"a bifurcation diagram has one or two parameters, not {len(swept)}:"
                f" {', '.join(map(repr, swept)) or 'none'}\n"
                "  give the others a value in parameters"
            )
        if isinstance(step, bool) or not isinstance(step, int | float) or not 0 < step <= 0.2:
            raise ModelError(f"step must be a number above 0 and at most 0.2, not {step!r}")
        self.system = system_of(model, ranges, swept, parameters, fixed)
        self._settings = Continuation(first=step / 4, largest=float(step))

    def __repr__(self) -> str:
        return f"<Bifurcation of {self.system.name} over {', '.join(self.system.parameters)}>"

    @property
    def codimension(self) -> int:
        """How many parameters are swept."""
        return len(self.system.parameters)

    # -- one parameter ------------------------------------------------------------------------

    @cached_property
    def _branches(self) -> list[tuple[Values, list[Special]]]:
        self._needs(1, "branches")
        return branches_of(self.system, self._settings)

    def _needs(self, count: int, what: str) -> None:
        if self.codimension != count:
            words = {1: "one swept parameter", 2: "two swept parameters"}
            other = (
                "sections() gives those of several values of the second"
                if count == 1
                else ("points lists the bifurcations along one")
            )
            raise ModelError(
                f"there are {what} of {words[count]} only, and here are {self.codimension}\n"
                f"  {other}"
            )

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """The branches of fixed points, of one swept parameter.

        Raises
        ------
        ModelError
            If two parameters are swept.
        """
        return tuple(branch_of(self.system, points, special) for points, special in self._branches)

    @cached_property
    def points(self) -> tuple[BifurcationPoint, ...]:
        """The bifurcations: those along branches, or along curves of two swept parameters."""
        if self.codimension == 1:
            found = (point for branch in self.branches for point in branch.points)
        else:
            found = (point for curve in self.curves for point in curve.points)
        return _unique(self.system, found)

    @cached_property
    def _cycle_branches(self) -> tuple[CycleBranch, ...]:
        found: list[list[tuple[Orbit, NDArray[np.complex128]]]] = []
        hopf = [
            point
            for _, special in self._branches
            for _, kind, point in special
            if kind is BifurcationKind.HOPF
        ]
        for point in hopf:
            if not any(_ends_at(orbits[-1][0], point) for orbits in found):
                orbits = branch_of_orbits(self.system, point)
                found += [orbits] if orbits else []
        return tuple(CycleBranch(cycles_of(self.system, orbits)) for orbits in found)

    def limit_cycles(self) -> tuple[CycleBranch, ...]:
        """Return the branches of limit cycles that are born at Hopf points.

        They are followed whether stable or not, until they leave the ranges, their period is a
        hundred times the first (they come near a saddle), or they shrink to a point again.

        Raises
        ------
        ModelError
            If two parameters are swept.
        """
        self._needs(1, "limit cycles")
        return self._cycle_branches

    # -- two parameters -----------------------------------------------------------------------

    def sections(self, resolution: int = _SECTIONS) -> tuple[tuple[Any, Bifurcation], ...]:
        """Return values of the second parameter, each with the diagram of the first there."""
        self._needs(2, "sections")
        checked_resolution(resolution, least=1)
        low, high, dimension = self.system.lower, self.system.upper, self.system.dimensions[-1]
        return tuple(
            (with_dimension(float(value), dimension), self._section(float(value)))
            for value in np.linspace(low[-1], high[-1], resolution)
        )

    def _section(self, value: float) -> Bifurcation:
        made = object.__new__(Bifurcation)
        made.system = _at_value(self.system, value)
        made._settings = self._settings
        return made

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """The curves of folds and Hopf points, of two swept parameters.

        Raises
        ------
        ModelError
            If one parameter is swept.
        """
        self._needs(2, "curves")
        found: list[tuple[DefiningSystem, Values]] = []
        # Curves that cross the ranges in either direction are met.
        for system, turned in ((self.system, False), (_exchanged(self.system), True)):
            low, high = system.lower[-1], system.upper[-1]
            for value in np.linspace(low, high, _SECTIONS):
                for _, special in branches_of(_at_value(system, float(value)), self._settings):
                    for _, kind, point in special:
                        place = np.append(point, value / system.scale[-1])
                        if turned:
                            place[-2:] = place[:-3:-1].copy()
                        self._follow(kind, place, found)
        return tuple(curve_of(defining, points) for defining, points in found)

    def _follow(
        self, kind: BifurcationKind, place: Values, found: list[tuple[DefiningSystem, Values]]
    ) -> None:
        """Add the curve through a bifurcation, unless it is there already."""
        types = {BifurcationKind.FOLD: FoldCurve, BifurcationKind.HOPF: HopfCurve}
        if kind not in types or any(
            d.kind is kind and _lies_on(place, d, points) for d, points in found
        ):
            return
        defining = types[kind](self.system)
        problem, start = defining.problem(), defining.start(place)
        exact = corrected(problem, start, tangent(problem, start))
        if exact is not None:
            points, _ = both_ways(problem, exact[0], self._settings)
            found.append((defining, points))

    # -- pictures -----------------------------------------------------------------------------

    def plot(
        self, variable: str | None = None, ax: Axes | None = None, *, cycles: bool = True
    ) -> Axes:
        """Draw the diagram.

        Parameters
        ----------
        variable : str, optional
            What is drawn over the parameter; by default the first free variable. With two
            parameters, what is drawn over both; by default nothing: the curves are drawn.
        ax : Axes, optional
            Where; by default new axes in a new figure.
        cycles : bool
            Whether with the lowest and highest values of limit cycles, with one parameter.

        Returns
        -------
        Axes
            What was drawn on.
        """
        arguments.flag(cycles, "cycles")
        if variable is not None:
            checked_choice(variable, self.system.variables, "free variable", self.system.name)
        if self.codimension == 2:
            if variable is None:
                return drawing.draw_curves(self.system, self.curves, self.points, ax)
            sections = self.sections(21)
            return drawing.draw_surface(self.system, variable, sections, self.curves, ax)
        name = variable or self.system.variables[0]
        found: Sequence[CycleBranch] = self.limit_cycles() if cycles else ()
        return drawing.draw_diagram(self.system, name, self.branches, found, ax)

    def plot_periods(self, ax: Axes | None = None) -> Axes:
        """Draw the periods of the limit cycles over the parameter; return the Axes."""
        return drawing.draw_periods(self.system, self.limit_cycles(), ax)


def _unique(system: System, points: Iterable[BifurcationPoint]) -> tuple[BifurcationPoint, ...]:
    """Return bifurcations without those that two branches share."""
    kept: list[tuple[Values, BifurcationPoint]] = []
    for point in points:
        values = {**point.state, **point.parameters}
        place = np.array([si_value(values[name]) for name in system.names]) / system.scale
        if not any(
            point.kind is other.kind and np.max(np.abs(place - there)) < 1e-6
            for there, other in kept
        ):
            kept.append((place, point))
    return tuple(point for _, point in kept)


def _ends_at(orbit: Orbit, point: Values) -> bool:
    """Whether a branch of orbits has shrunk to a Hopf point."""
    centre = np.append(orbit.points.mean(axis=1), orbit.parameter)
    return bool(
        np.max(np.ptp(orbit.points, axis=1)) < 0.05 and np.max(np.abs(centre - point)) < 0.02
    )


def _at_value(system: System, value: float) -> System:
    """Return a system of two swept parameters with the second at a value in SI units."""
    values = {system.parameters[1]: Literal(value)}
    return replace(
        system,
        parameters=system.parameters[:1],
        drifts=tuple(fold(substitute(drift, values)) for drift in system.drifts),
        dimensions=system.dimensions[:-1],
        lower=system.lower[:-1],
        upper=system.upper[:-1],
    )


def _exchanged(system: System) -> System:
    """Return a system of two swept parameters with their order exchanged."""
    order = [*range(system.n), system.n + 1, system.n]
    return replace(
        system,
        parameters=system.parameters[::-1],
        dimensions=tuple(system.dimensions[k] for k in order),
        lower=system.lower[order],
        upper=system.upper[order],
    )


def _lies_on(place: Values, defining: DefiningSystem, points: Values) -> bool:
    """Whether a place is on a curve, to the accuracy of straight lines between its points."""
    return distance_to(place, defining.places(points)) < 2e-3
