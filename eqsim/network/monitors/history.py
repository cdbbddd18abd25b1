"""What a variable was before now, for equations with delays: ``past_v(t - tau, i)``."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.expressions.functions import KindRule, Signature
from eqsim.expressions.kinds import Kind
from eqsim.network.clocks import seconds
from eqsim.network.functions.calls import Callee, ExternalFunction
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.monitors.past_values import HistoryFunction
from eqsim.network.naming import new_name
from eqsim.network.objects import SteppedObject
from eqsim.network.snapshots import Part, Parts
from eqsim.network.synapses.owner import SynapticOwner
from eqsim.units.dimensions import DIMENSIONLESS, SECOND
from eqsim.units.display import unit_phrase
from eqsim.units.quantity import Quantity, dimension_of, si_value

NEVER = -(2**62)
"""In place of the last step for which values are kept, where there is none."""
_BETWEEN = 2
"""Rows beside those of the longest delay: the one that is written, and one to interpolate."""
_MOST_VALUES = 2**31 - 1


class History(SteppedObject, Callee):
    """What a variable of a group was, up to some time ago; equations call it.

    In each step it keeps the values of the beginning of the step. Equations, statements and
    synapses read ``past_v(t - tau, i)``: the value that element ``i`` had a time ``tau`` ago,
    interpolated linearly between steps. A delay may differ from element to element and change.

    Parameters
    ----------
    source : NeuronGroup or Subgroup
        Whose variable it is.
    variable : str
        The variable, or a subexpression.
    longest : Quantity
        How far back values are kept, in seconds; at least the longest delay.
    before : Quantity or callable, optional
        What the variable was before the first step: one value or one for each element, or a
        function of the time from the first step, a quantity below 0. By default what it is in the
        first step.
    name : str, optional
        Its name.

    Raises
    ------
    ModelError
        If the source has no such variable, it is no number with a fraction, or ``longest`` is not
        above 0.
    DimensionMismatchError
        If ``longest`` is no time, or ``before`` has another unit than the variable.

    Notes
    -----
    Values are kept at the beginning of a step, before anything else happens in it. What has not
    been yet is what is now: methods with stages within a step keep their order for delays of at
    least a step, up to the second, which is that of the interpolation. A value that is older than
    ``longest`` is nan.

    The values take 8 bytes for each element and each step of the longest time. After a change of
    ``dt`` they are those that the old ones give at the new times.

    References
    ----------
    A. Bellen and M. Zennaro, Numerical Methods for Delay Differential Equations, Oxford University
    Press 2003. doi:10.1093/acprof:oso/9780198506546.001.0001

    Examples
    --------
    With a delay of more than 1/e of its time constant a decay overshoots.

    >>> from eqsim import History, NeuronGroup, StateMonitor, ms, run
    >>> tau = 1*ms
    >>> G = NeuronGroup(1, 'dx/dt = -past_x(t - 1*ms, i)/tau : 1', method='rk2', dt=0.01*ms)
    >>> G.x = 1
    >>> past_x = History(G, 'x', longest=1*ms)
    >>> M = StateMonitor(G, 'x', record=0)
    >>> run(2*ms, target='numpy')
    >>> [round(float(x), 4) for x in (M.x[0][50], G.x[0])]
    [0.5, -0.5]
    """

    def __init__(
        self,
        source: StateOwner,
        variable: str,
        longest: Quantity,
        before: Any = None,
        *,
        name: str = "history*",
    ) -> None:
        name = new_name(name)
        if not isinstance(source, StateOwner) or isinstance(source, SynapticOwner):
            raise ModelError(
                f"{name!r} cannot keep values of {source!r}\n  expected: a group of neurons"
            )
        super().__init__(name, "before_start", -1, source.clock)
        self._source = source
        self._variable = _checked_variable(source, variable, name)
        self._longest = seconds(longest, f"the longest time of {name!r}")
        if not 0 < self._longest < math.inf:
            raise ModelError(
                f"the longest time of {name!r} must be above 0 seconds, not {longest!r}"
            )
        is_taken = before is None or callable(before)
        self._before: Any = before if is_taken else self._checked(before)
        self.first = np.full(1, NEVER, dtype=np.int64)
        self.latest = np.full(1, NEVER, dtype=np.int64)
        self._make_room(self.clock.dt_)

    def _make_room(self, dt: float) -> None:
        """Make a row of values for each step that is kept, and nowhere's value after all."""
        rows = self._rows_for(dt)
        n_values = rows * self._source.N + 1
        if n_values > _MOST_VALUES:
            raise ModelError(
                f"{self.name!r} would keep {n_values} values: {rows} steps of"
                f" {self._source.N} elements\n  at most {_MOST_VALUES}: take a larger dt, or part"
                " of the group"
            )
        self._dt = dt
        self.n_rows = rows
        dtype = self._source.dtype_of_variable(self._variable).numpy
        self.values = np.full(n_values, math.nan, dtype=dtype)

    def _rows_for(self, dt: float) -> int:
        """Return of how many steps values are kept."""
        return math.ceil(self._longest / dt * (1 - 1e-12)) + _BETWEEN

    @property
    def source(self) -> StateOwner:
        """The group whose variable it is."""
        return self._source

    @property
    def variable(self) -> str:
        """The name of the variable."""
        return self._variable

    @property
    def longest(self) -> Quantity:
        """How far back values are kept."""
        return Quantity(self._longest, SECOND)

    @property
    def longest_(self) -> float:
        """How far back values are kept, in seconds, without unit."""
        return self._longest

    @cached_property
    def external(self) -> ExternalFunction:
        """What equations see of it."""
        dimension = self._source.dimension_of_variable(self._variable)
        return HistoryFunction(
            name=self.name,
            n_arguments=2,
            dimensions=Signature((SECOND, DIMENSIONLESS), dimension),
            kind=KindRule.FLOAT,
            takes=(Kind.FLOAT, Kind.INTEGER),
            parameters=("t", "i"),
            history=self,
        )

    @property
    def lowered_from(self) -> tuple[object, ...]:
        """What a program is made from: the values too."""
        return (*super().lowered_from, self.values)

    def advise(self, start: float) -> None:
        """Take the values of the time before the first run that begins."""
        if self.latest[0] != NEVER or self._before is None:
            return
        step = self.clock.steps_to(start)
        steps = np.arange(step - self.n_rows + 1, step)
        rows = self._values_before(np.float64(self._dt) * (steps - step))
        self._rows()[steps % self.n_rows] = rows
        self.first[0], self.latest[0] = steps[0], step - 1

    def _values_before(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at times before the first step, shape (n_times, N)."""
        given = self._before
        rows = [
            self._checked(given(Quantity(time, SECOND))) if callable(given) else given
            for time in times
        ]
        return np.array([np.broadcast_to(row, self._source.N) for row in rows])

    def _checked(self, given: Any) -> NDArray[np.float64]:
        """Return values before the first step, in SI units, one or one for each element."""
        values = np.asarray(si_value(given))
        if values.dtype.kind not in "iuf" or values.shape not in ((), (1,), (self._source.N,)):
            raise ModelError(
                f"what {self.name!r} was before must be one number, or one for each of"
                f" {self._source.N} elements, not {given!r}"
            )
        expected = self._source.dimension_of_variable(self._variable)
        if dimension_of(given) is not expected:
            raise DimensionMismatchError(
                f"what {self.name!r} was before must have {unit_phrase(expected)}, not {given!r}"
            )
        if not np.isfinite(values).all():
            raise ModelError(f"what {self.name!r} was before must be finite, not {given!r}")
        return values.astype(np.float64)

    def _rows(self) -> NDArray[Any]:
        """Return the values by rows, shape (n_rows, N)."""
        return self.values[:-1].reshape(self.n_rows, self._source.N)

    def follow_step_change(self) -> None:
        """Keep what was, at the times of steps that have another length now."""
        dt = self.clock.dt_
        if dt == self._dt:
            return
        latest, old_dt, old_rows = int(self.latest[0]), self._dt, self.n_rows
        old, oldest = self._rows(), max(int(self.first[0]), latest - old_rows + 1)
        self._make_room(dt)
        if latest == NEVER:
            return
        then = np.arange(oldest, latest + 2)
        # Between the last step that is kept and now lie steps that are shorter.
        present = np.broadcast_to(self._source.read(self._variable), self._source.N)
        known = np.vstack((old[then[:-1] % old_rows], present))
        now = self.clock.steps_to((latest + 1) * old_dt)
        first = max(now - self.n_rows + 1, self.clock.steps_to(oldest * old_dt))
        steps = np.arange(first, now)
        rows = self._rows()
        for column, values in enumerate(known.T):
            rows[steps % self.n_rows, column] = np.interp(steps * dt, then * old_dt, values)
        self.first[0], self.latest[0] = first, now - 1

    def snapshot(self) -> dict[str, Part]:
        """Return the values, and of which steps they are."""
        return {
            **super().snapshot(),
            "values": self.values,
            "first": self.first,
            "latest": self.latest,
        }

    def may_resize(self, part: str) -> bool:
        """Return whether a part has as many values as steps were kept."""
        return part == "values"

    def check_snapshot(self, saved: Parts) -> None:
        """Refuse values of another longest time, or of another number of elements."""
        super().check_snapshot(saved)
        dt = float(saved["clock.dt"])
        expected = self._rows_for(dt) * self._source.N + 1
        kept = np.asarray(saved["values"]).size
        if kept != expected:
            raise ModelError(
                f"{self.name!r} is not as it was in the snapshot\n"
                f"  it keeps {expected} values, for a longest time of {self.longest}, and the"
                f" snapshot has {kept}: make it with the same 'longest'"
            )

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back the values."""
        super().restore_snapshot(saved)
        self._make_room(self.clock.dt_)
        self.values[:] = saved["values"]
        self.first[:] = saved["first"]
        self.latest[:] = saved["latest"]


def _checked_variable(source: StateOwner, variable: Any, name: str) -> str:
    if not isinstance(variable, str) or not source.has_variable(variable):
        known = sorted({*source.variables, *source.equations})
        raise ModelError(
            message(
                f"{source.name!r} has no variable {variable!r} for {name!r} to keep",
                f"its variables: {', '.join(known)}",
                did_you_mean(str(variable), known),
            )
        )
    source.check_has_values(variable)
    if not source.dtype_of_variable(variable).is_float:
        raise ModelError(
            f"{name!r} keeps numbers with fractions, between which it interpolates, and"
            f" {variable!r} of {source.name!r} is none"
        )
    return variable
