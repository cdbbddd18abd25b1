"""Systems of two variables to their limit cycles: fixed points of a map from a ray to itself.

Each limit cycle in the plane goes round a fixed point that is no saddle, so it crosses any ray
that begins there. Where a trajectory that starts on the ray comes back to it is followed forwards
and backwards in time from many points at once; between points that come back farther and nearer
lies a cycle, stable or not.

References
----------
.. [1] Strogatz, S. H. (2015). Nonlinear Dynamics and Chaos, 2nd ed. Westview Press, sections
   6.8 and 8.7. doi:10.1201/9780429492563
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.fixed_points import Kind, described, named
from eqsim.analysis.rates import System
from eqsim.analysis.trajectories import Rates, steps
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import dimension_of, si_value, with_dimension

Values = NDArray[np.float64]

_RAYS = 64
"""Where on a ray trajectories begin."""
_COARSE, _FINE = 1e-6, 1e-10
"""Accepted errors of steps: to look for cycles, and to follow them."""
_NEUTRAL = 1e-6
"""Orbits near which areas shrink in one turn by less than this part are no limit cycles."""
_AT_REST = 1e-5
"""Trajectories with slower rates than this are taken to end in a fixed point."""
_LONGEST = 2000.0
"""After this scaled time a trajectory is not expected back."""


@dataclass(frozen=True, eq=False)
class LimitCycle:
    """A periodic orbit on its own.

    Parameters
    ----------
    period : Quantity
        In seconds.
    stable : bool
        Whether trajectories nearby come closer.
    multipliers : ndarray
        How much distances from it change in one turn, along the orbit's own direction (1) and
        across; the Floquet multipliers, largest modulus first.
    t : Quantity
        Times from 0 to the period, shape (n,).
    states : mapping of str to ndarray or Quantity
        The values of each free variable at these times, shape (n,).
    parameters : mapping of str to float or Quantity
        The values of swept parameters.
    """

    period: Any
    stable: bool
    multipliers: NDArray[Any]
    t: Any
    states: Mapping[str, Any]
    parameters: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.states[name]

    @property
    def minimum(self) -> dict[str, Any]:
        """The lowest value of each variable."""
        return {name: _single(values.min()) for name, values in self.states.items()}

    @property
    def maximum(self) -> dict[str, Any]:
        """The highest value of each variable."""
        return {name: _single(values.max()) for name, values in self.states.items()}

    @property
    def amplitude(self) -> dict[str, Any]:
        """Half of the distance between both, for each variable."""
        low, high = self.minimum, self.maximum
        return {name: (high[name] - low[name]) / 2 for name in self.states}

    def __repr__(self) -> str:
        return f"<{'stable' if self.stable else 'unstable'} limit cycle, period {self.period:.6g}>"


def _single(value: Any) -> Any:
    return with_dimension(si_value(value), dimension_of(value))


def planar_cycles(system: System, points: Values) -> tuple[LimitCycle, ...]:
    """Return the limit cycles of a system of two variables that lie in the box.

    Parameters
    ----------
    system : System
        The equations, with nothing swept.
    points : ndarray
        Its scaled fixed points, shape (2, k).

    Returns
    -------
    tuple of LimitCycle
        From the shortest period to the longest.
    """
    found: list[tuple[float, LimitCycle]] = []
    for k, fixed in enumerate(described(system, points)):
        if fixed.kind is Kind.SADDLE:
            continue
        for radius, direction in _crossings(system, points[:, k]):
            cycle = _followed(system, points[:, k], radius, direction)
            if cycle is not None and not any(_same(cycle, other) for _, other in found):
                found.append((float(si_value(cycle.period)), cycle))
    return tuple(cycle for _, cycle in sorted(found, key=lambda pair: pair[0]))


def _same(one: LimitCycle, other: LimitCycle) -> bool:
    def close(a: Any, b: Any, size: Any) -> bool:
        return bool(abs(a - b) <= 1e-4 * abs(size))

    return close(one.period, other.period, one.period) and all(
        close(one.maximum[name], other.maximum[name], one.amplitude[name]) for name in one.states
    )


def _crossings(system: System, centre: Values) -> list[tuple[float, int]]:
    """Return where cycles cross the ray to the right of a fixed point.

    With each comes the direction of time in which trajectories nearby come closer.
    """
    _, upper = system.box
    reach = upper[0] - centre[0]
    radii = reach * (np.linspace(0.0, 1.0, _RAYS + 1)[1:]) ** 1.5
    found = []
    for direction in (1, -1):
        back = _returns(system, centre, radii, direction)[0] - radii
        for k in range(_RAYS - 1):
            if np.isfinite(back[k] + back[k + 1]) and back[k] > 0 >= back[k + 1]:
                radius = _refined(system, centre, (radii[k], radii[k + 1]), direction)
                if radius is not None:
                    found.append((radius, direction))
    return found


def _refined(
    system: System, centre: Values, bracket: tuple[float, float], direction: int
) -> float | None:
    """Return the radius in a bracket that comes back to itself, by the secant method."""
    low, high = bracket
    middle, spread = (low + high) / 2, (high - low) / 2
    for _ in range(20):
        radii = np.array([middle - spread, middle + spread])
        back = _returns(system, centre, radii, direction, _FINE)[0] - radii
        slope = (back[1] - back[0]) / (2 * spread)
        if not np.isfinite(slope) or slope == 0:
            return None
        change = -float(np.mean(back) / slope)
        middle = float(np.clip(middle + change, low, high))
        if abs(change) < 1e-9 * (1 + abs(middle)):
            return middle
        spread = max(min(spread, 0.1 * abs(change)), 1e-7 * (high - low))
    return None


def _with_trace(system: System, direction: int) -> Rates:
    """Return rates with one more row: how fast areas grow."""

    def rates(points: Values) -> Values:
        moving = points[:2]
        trace = np.einsum("iik->k", system.jacobian(moving)[:, :2])
        return direction * np.concatenate([system.rates(moving), trace[None, :]])

    return rates


def _plain(system: System, direction: int) -> Rates:
    return lambda points: direction * system.rates(points)


def _returns(
    system: System, centre: Values, radii: Values, direction: int, tolerance: float = _COARSE
) -> tuple[Values, Values]:
    """Return at which radius, and when, trajectories come back to the ray; nan where not."""
    lower, upper = system.box
    centre = centre[:2]
    start = np.stack([centre[0] + radii, np.full_like(radii, centre[1])])
    radius, time = np.full(radii.shape, np.nan), np.full(radii.shape, np.nan)
    turned = np.zeros(radii.shape)
    far = 4 * np.max(upper[:2] - lower[:2])
    rates = _plain(system, direction)
    for piece in steps(rates, start, _LONGEST, tolerance=tolerance, most=6000):
        which, done = piece.which, piece.accepted
        angle = _angle(piece.before, piece.after, centre)
        # Steps that go too far round cannot be told from steps that go the other way.
        before = turned[which]
        after = before + angle
        crossed = done & (np.floor(np.abs(after) / (2 * np.pi)) > 0)
        for k in np.flatnonzero(crossed):
            number = which[k]
            radius[number], time[number] = _meeting(piece, int(k), centre)
        turned[which] = np.where(done, after, before)
        gone = np.max(np.abs(piece.after - centre[:, None]), axis=0) > far
        gone |= np.max(np.abs(piece.slope_after), axis=0) < _AT_REST
        piece.which[crossed | gone] = -1
    return radius, time


def _angle(before: Values, after: Values, centre: Values) -> Values:
    a, b = before - centre[:, None], after - centre[:, None]
    result: Values = np.arctan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1])
    return result


def _meeting(piece: Any, k: int, centre: Values) -> tuple[float, float]:
    """Return where and when one step crosses the ray."""
    low, high = 0.0, 1.0
    height_before = piece.before[1, k] - centre[1]

    def point(part: float) -> Values:
        result: Values = piece.at(np.full(piece.step.shape, part))[:, k]
        return result

    for _ in range(60):
        middle = (low + high) / 2
        if (point(middle)[1] - centre[1]) * height_before > 0:
            low = middle
        else:
            high = middle
    return float(point(high)[0] - centre[0]), float(piece.time[k] + high * piece.step[k])


def _followed(system: System, centre: Values, radius: float, direction: int) -> LimitCycle | None:
    """Return the cycle through a point of the ray, None if it leaves the box or attracts none.

    Closed orbits around a centre lie side by side: what comes back there only seems to come
    closer, by as much as is rounded.
    """
    _, times = _returns(system, centre, np.array([radius]), direction, _FINE)
    period = float(times[0])
    if not np.isfinite(period):
        return None
    start = np.array([[centre[0] + radius], [centre[1]], [0.0]])
    t, points = [np.zeros(1)], [start]
    for piece in steps(_with_trace(system, direction), start, period, tolerance=1e-10):
        if piece.accepted[0]:
            for part in (0.25, 0.5, 0.75):
                t.append(piece.time + part * piece.step)
                points.append(piece.at(np.array([part])))
            t.append(piece.time + piece.step)
            points.append(piece.after)
    time, orbit = np.concatenate(t), np.concatenate(points, axis=1)
    if not np.all(system.inside(orbit[:2], 1e-3)):
        return None
    if abs(orbit[2, -1]) < _NEUTRAL:
        return None
    # The cycle is followed the way in which it attracts; areas then shrink.
    multiplier = float(np.exp(direction * orbit[2, -1]))
    if direction < 0:
        time, orbit = (period - time)[::-1], orbit[:, ::-1]
    multipliers = np.array(sorted([1.0, multiplier], reverse=True))
    return LimitCycle(
        period=with_dimension(period * system.second, SECOND),
        stable=direction > 0,
        multipliers=multipliers,
        t=with_dimension(time * system.second, SECOND),
        states=named(system.variables, orbit[:2] * system.scale[:2, None], system.dimensions),
        parameters={},
    )
