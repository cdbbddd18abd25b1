"""Branches, families of cycles and curves as users see them: with names and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.branches import Special
from eqsim.analysis.collocation import Orbit
from eqsim.analysis.curves import DefiningSystem
from eqsim.analysis.fixed_points import RATE, Kind, are_stable, kind_of, named
from eqsim.analysis.limit_cycles import LimitCycle
from eqsim.analysis.local_bifurcations import (
    BifurcationKind,
    BifurcationPoint,
    described_point,
    spectrum,
)
from eqsim.analysis.periodic import is_stable
from eqsim.analysis.rates import System
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import dimension_of, si_value, with_dimension

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Branch:
    """Fixed points that go over into one another as a parameter changes.

    Parameters
    ----------
    parameters : mapping of str to ndarray or Quantity
        The values of the swept parameter along the branch, shape (k,).
    states : mapping of str to ndarray or Quantity
        The values of the free variables, shape (k,).
    eigenvalues : Quantity
        In 1/second, shape (k, n).
    stable : ndarray of bool
        Shape (k,).
    kinds : tuple of Kind
        What each fixed point is.
    points : tuple of BifurcationPoint
        The bifurcations along the branch.
    """

    parameters: Mapping[str, Any]
    states: Mapping[str, Any]
    eigenvalues: Any
    stable: NDArray[np.bool_]
    kinds: tuple[Kind, ...]
    points: tuple[BifurcationPoint, ...]

    def __getitem__(self, name: str) -> Any:
        return {**self.parameters, **self.states}[name]

    def __len__(self) -> int:
        return len(self.stable)

    def __repr__(self) -> str:
        return f"<branch of {len(self)} fixed points with {len(self.points)} bifurcations>"


@dataclass(frozen=True, eq=False)
class CycleBranch:
    """Limit cycles that go over into one another as a parameter changes.

    Parameters
    ----------
    cycles : tuple of LimitCycle
        One after the other, from the smallest on.
    """

    cycles: tuple[LimitCycle, ...]

    def __len__(self) -> int:
        return len(self.cycles)

    def __iter__(self) -> Iterator[LimitCycle]:
        return iter(self.cycles)

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the swept parameter, shape (k,)."""
        return _stacked([cycle.parameters for cycle in self.cycles])

    @property
    def period(self) -> Any:
        """The periods in seconds, shape (k,)."""
        return _stacked([{"period": cycle.period} for cycle in self.cycles])["period"]

    @property
    def stable(self) -> NDArray[np.bool_]:
        """Which cycles are stable, shape (k,)."""
        return np.array([cycle.stable for cycle in self.cycles])

    @property
    def minimum(self) -> dict[str, Any]:
        """The lowest value of each variable, shape (k,)."""
        return _stacked([cycle.minimum for cycle in self.cycles])

    @property
    def maximum(self) -> dict[str, Any]:
        """The highest value of each variable, shape (k,)."""
        return _stacked([cycle.maximum for cycle in self.cycles])

    def __repr__(self) -> str:
        return f"<branch of {len(self)} limit cycles>"


@dataclass(frozen=True, eq=False)
class Curve:
    """Bifurcations of one kind that go over into one another as two parameters change.

    Parameters
    ----------
    kind : BifurcationKind
        ``'fold'`` or ``'Hopf'``.
    parameters, states : mapping of str to ndarray or Quantity
        The values of the swept parameters and of the free variables, shape (k,).
    points : tuple of BifurcationPoint
        Cusps, Bogdanov-Takens and generalised Hopf points along the curve.
    """

    kind: BifurcationKind
    parameters: Mapping[str, Any]
    states: Mapping[str, Any]
    points: tuple[BifurcationPoint, ...]

    def __getitem__(self, name: str) -> Any:
        return {**self.parameters, **self.states}[name]

    def __repr__(self) -> str:
        count = len(next(iter(self.parameters.values())))
        return f"<curve of {count} {self.kind} points>"


def branch_of(system: System, points: Values, special: list[Special]) -> Branch:
    """Return a branch of scaled fixed points with names and units."""
    eigenvalues = spectrum(system, points) / system.second
    values = system.in_si(points)
    stable = are_stable(eigenvalues, 1 / system.second)
    kinds = [kind_of(column, 1 / system.second) for column in eigenvalues.T]
    for k, kind, _ in special:
        stable[k] = False
        kinds[k] = Kind.CENTRE if kind is BifurcationKind.HOPF else Kind.DEGENERATE
    return Branch(
        named(system.parameters, values[system.n :], system.dimensions[system.n :]),
        named(system.variables, values, system.dimensions),
        with_dimension(eigenvalues.T, RATE),
        stable,
        tuple(kinds),
        tuple(described_point(system, kind, point) for _, kind, point in special),
    )


def cycles_of(
    system: System, orbits: list[tuple[Orbit, NDArray[np.complex128]]]
) -> tuple[LimitCycle, ...]:
    """Return scaled orbits with their multipliers as limit cycles with names and units."""
    made = []
    for orbit, multipliers in orbits:
        times = np.interp(
            np.linspace(0, len(orbit.mesh) - 1, 513), np.arange(len(orbit.mesh)), orbit.mesh
        )
        values = orbit.at(times) * system.scale[: system.n, None]
        parameter = np.array([orbit.parameter * system.scale[-1]])
        period = orbit.period * system.second
        made.append(
            LimitCycle(
                with_dimension(period, SECOND),
                is_stable(multipliers),
                multipliers.real if not np.any(multipliers.imag) else multipliers,
                with_dimension(times * period, SECOND),
                named(system.variables, values, system.dimensions),
                named(system.parameters, parameter, system.dimensions[system.n :]),
            )
        )
    return tuple(made)


def curve_of(defining: DefiningSystem, points: Values) -> Curve:
    """Return a curve of scaled bifurcations with names and units."""
    system = defining.system
    values = system.in_si(defining.places(points))
    special = [
        described_point(system, kind, defining.places(point[:, None])[:, 0])
        for _, kind, point in defining.special(points)
    ]
    return Curve(
        defining.kind,
        named(system.parameters, values[system.n :], system.dimensions[system.n :]),
        named(system.variables, values, system.dimensions),
        tuple(special),
    )


def _stacked(mappings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return arrays of the values that several mappings have by the same names."""
    return {
        name: with_dimension(
            np.array([si_value(each[name]) for each in mappings]), dimension_of(value)
        )
        for name, value in mappings[0].items()
    }
