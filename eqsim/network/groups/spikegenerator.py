"""Neurons that spike at times that are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.declarations import EquationBlock
from eqsim.equations.equations import Equations
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.clocks import Clock, choose_clock, seconds
from eqsim.network.events import SPIKE, Event
from eqsim.network.groups.group_arguments import checked_size
from eqsim.network.groups.refractoriness import STEP_TOLERANCE
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.groups.subgroup import Subgroup, part_of
from eqsim.network.messages import LOGGER
from eqsim.network.naming import new_name
from eqsim.network.objects import check_order, check_slot
from eqsim.program.dtypes import DType
from eqsim.units.arguments import array, flag, shown
from eqsim.units.dimensions import DIMENSIONLESS, SECOND
from eqsim.units.display import unit_phrase
from eqsim.units.quantity import Quantity, dimension_of, si_array

_NEVER = Quantity(0.0, SECOND)
_MOST_SPIKES = 2**31 - 1
_LAST_STEP = 2**53
"""Beyond it not every step has a time of its own."""
_PERIOD_TOLERANCE = 1e-4
"""The part of a step by which a period may differ from whole steps."""


@dataclass(frozen=True)
class Spikes:
    """Spikes at given times.

    Parameters
    ----------
    neurons : ndarray of int32
        Numbers of the neurons, shape (n_spikes,).
    times : ndarray of float64
        Times in seconds, shape (n_spikes,), in ascending order; neurons with one time too.
    period : float
        After which time all come again, in seconds; 0 if they do not.
    """

    neurons: NDArray[np.int32]
    times: NDArray[np.float64]
    period: float


@dataclass(frozen=True)
class SpikeRows:
    """Spikes, step by step.

    Parameters
    ----------
    steps : ndarray of int64
        Numbers of the steps in which there are spikes, ascending, shape (n_steps,).
    begin : ndarray of int32
        Where the spikes of each step begin, shape (n_steps + 1,).
    neurons : ndarray of int32
        Who spikes, in ascending order within a step, shape (n_spikes,).
    period : int
        After how many steps all come again, 0 if they do not.
    """

    steps: NDArray[np.int64]
    begin: NDArray[np.int32]
    neurons: NDArray[np.int32]
    period: int


class SpikeGeneratorGroup(StateOwner):
    """Neurons that spike at given times.

    A spike at time ``t`` happens in the step that contains ``t``.

    Parameters
    ----------
    N : int
        How many neurons, at least one.
    indices : sequence of int
        Numbers of the neurons that spike, shape (n_spikes,).
    times : Quantity
        When they do, in seconds, shape (n_spikes,), in any order.
    dt, clock : Quantity, Clock, optional
        Time step, or clock, of its own.
    period : Quantity, optional
        After which time all spikes come again, a multiple of ``dt``.
    when, order : str, int
        Where in the step neurons spike.
    sorted : bool
        Whether the spikes are given in the order of their times, and those of one time in the
        order of the neurons, so that they need not be sorted.
    name : str, optional
        The group's name.

    Attributes
    ----------
    neuron_index : ndarray of int32
        Numbers of the neurons that spike, in the order of times, shape (n_spikes,).
    spike_time : Quantity
        The times, in seconds, shape (n_spikes,).
    period : Quantity
        After which time they come again; 0 seconds if they do not.

    Raises
    ------
    ModelError, DimensionMismatchError
        If there is no such neuron or time, a neuron spikes twice at one time, or another argument
        does not fit. Two spikes of a neuron in one step are refused when a run begins.

    Examples
    --------
    >>> from eqsim import SpikeGeneratorGroup, SpikeMonitor, ms, run
    >>> G = SpikeGeneratorGroup(3, indices=[2, 0, 1], times=[1, 1, 0.25]*ms, period=2*ms)
    >>> M = SpikeMonitor(G)
    >>> run(4*ms, target='numpy')
    >>> M.t, M.i
    (array([0.2, 1. , 1. , 2.2, 3. , 3. ])*ms, array([1, 0, 2, 1, 0, 2], dtype=int32))
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        N: int,  # noqa: N803
        indices: Any,
        times: Quantity,
        dt: Quantity | None = None,
        clock: Clock | None = None,
        period: Quantity = _NEVER,
        when: str = "thresholds",
        order: int = 0,
        sorted: bool = False,  # noqa: A002 - the field's users know this name
        *,
        name: str = "spikegeneratorgroup*",
    ) -> None:
        size = checked_size(N)
        name = new_name(name)
        nothing = Equations(EquationBlock(()))
        own = choose_clock(dt, clock, name)
        super().__init__(name, check_order(order), own, size, nothing, DType.FLOAT64)
        self.when = check_slot(when, name)
        self.set_spikes(indices, times, period, sorted)

    def set_spikes(
        self,
        indices: Any,
        times: Quantity,
        period: Quantity = _NEVER,
        sorted: bool = False,  # noqa: A002 - the field's users know this name
    ) -> None:
        """Replace all spikes; those before the present time do not happen.

        Parameters
        ----------
        indices, times, period, sorted
            As for the group.

        Raises
        ------
        ModelError, DimensionMismatchError
            As for the group, which then keeps its spikes.
        """
        neurons = self._checked_neurons(indices)
        moments = self._checked_times(times)
        if len(neurons) != len(moments):
            raise ModelError(
                f"{self.name!r} was given {len(neurons)} indices and {len(moments)} times\n"
                "  each spike has one of both"
            )
        span = self._checked_period(period, moments)
        if not flag(sorted, "sorted"):
            order = np.lexsort((neurons, moments))
            neurons, moments = neurons[order], moments[order]
        self._check_order(neurons, moments)
        self._spikes = Spikes(neurons, moments, span)
        self._is_new = True

    @property
    def spikes(self) -> Spikes:
        """Who spikes when, in SI units."""
        return self._spikes

    @property
    def neuron_index(self) -> NDArray[np.int32]:
        """Numbers of the neurons that spike, in the order of times, shape (n_spikes,)."""
        return self._spikes.neurons.copy()

    @property
    def spike_time(self) -> Quantity:
        """The times, in ascending order, shape (n_spikes,)."""
        return Quantity(self.spike_time_, SECOND)

    @property
    def spike_time_(self) -> NDArray[np.float64]:
        """The times in seconds, without unit."""
        return self._spikes.times.copy()

    @property
    def period(self) -> Quantity:
        """After which time all spikes come again; 0 seconds if they do not."""
        return Quantity(self._spikes.period, SECOND)

    @property
    def period_(self) -> float:
        """The period in seconds, without unit."""
        return self._spikes.period

    @property
    def events(self) -> dict[str, Event]:
        """The spike."""
        return {SPIKE: Event(SPIKE, self.when, self.order)}

    @property
    def lowered_from(self) -> tuple[object, ...]:
        """What a program is made from: the spikes too."""
        return (*super().lowered_from, self._spikes)

    def __getitem__(self, item: Any) -> Subgroup:
        return part_of(self, item)

    def rows(self) -> SpikeRows:
        """Return the spikes by steps of the group's clock, as it is now.

        Raises
        ------
        ModelError
            If a neuron spikes twice in a step, or the period is no multiple of it.
        """
        spikes, dt = self._spikes, self.clock.dt_
        if len(spikes.times) and spikes.times[-1] / dt > _LAST_STEP:
            raise ModelError(
                f"the last spike of {self.name!r}, at {Quantity(spikes.times[-1], SECOND)}, is too"
                f" late for its dt = {self.clock.dt}\n  give the group a longer dt"
            )
        steps = _steps(spikes.times, dt)
        period = self._period_in_steps()
        order = np.lexsort((spikes.neurons, steps))
        steps, neurons = steps[order], spikes.neurons[order]
        twice = np.flatnonzero((np.diff(steps) == 0) & (np.diff(neurons) == 0))
        if len(twice):
            first = twice[0]
            raise ModelError(
                f"neuron {neurons[first]} of {self.name!r} has two spikes in the step that begins"
                f" at {Quantity(steps[first] * dt, SECOND)}\n"
                f"  a neuron spikes once in a step: give the group a dt below {self.clock.dt}"
            )
        if period and len(steps) and steps[-1] >= period:
            raise ModelError(
                f"the last spike of {self.name!r}, at {Quantity(spikes.times[-1], SECOND)}, falls"
                f" into the step in which the next period begins\n"
                "  make the period longer"
            )
        moments, begin = np.unique(steps, return_index=True)
        return SpikeRows(moments, np.append(begin, len(steps)).astype(np.int32), neurons, period)

    def _period_in_steps(self) -> int:
        steps = self._spikes.period / self.clock.dt_
        if steps > _LAST_STEP:
            raise ModelError(
                f"the period of {self.name!r}, {self.period}, is too long for its"
                f" dt = {self.clock.dt}\n  period=0*second: spikes that do not come again"
            )
        if abs(steps - round(steps)) > _PERIOD_TOLERANCE or 0 < steps < 0.5:
            raise ModelError(
                f"the period of {self.name!r}, {self.period}, is no multiple of its"
                f" dt = {self.clock.dt}\n  choose another period, or another dt"
            )
        return round(steps)

    def advise(self, start: float) -> None:
        """Tell of spikes before the time at which a run begins."""
        if not self._is_new:
            return
        self._is_new = False
        steps = _steps(self._spikes.times, self.clock.dt_)
        past = int((steps < self.clock.steps_to(start)).sum())
        if past and not self._spikes.period:
            LOGGER.warning(
                "%s: the run begins at %s; %d earlier spike%s not happen",
                self.name,
                Quantity(start, SECOND),
                past,
                " does" if past == 1 else "s do",
            )

    def _checked_neurons(self, indices: Any) -> NDArray[np.int32]:
        numbers = si_array(indices)
        if dimension_of(indices) is not DIMENSIONLESS:
            raise DimensionMismatchError(
                f"indices of {self.name!r} have no unit: {shown(indices)}"
            )
        if numbers.ndim != 1 or numbers.dtype.kind not in "iuf":
            raise ModelError(
                f"indices of {self.name!r} must be a list of whole numbers, not {shown(indices)}"
            )
        whole = np.isfinite(numbers) & (numbers == np.floor(numbers))
        wrong = np.flatnonzero(~whole | (numbers < 0) | (numbers >= self.N))
        if len(wrong):
            raise ModelError(
                f"{self.name!r} has neurons 0 to {self.N - 1}, and indices[{wrong[0]}] is"
                f" {numbers[wrong[0]]}"
            )
        if len(numbers) > _MOST_SPIKES:
            raise ModelError(f"{self.name!r} takes at most 2**31 - 1 spikes")
        return numbers.astype(np.int32)

    def _checked_times(self, times: Any) -> NDArray[np.float64]:
        given = array(times, f"times of {self.name!r}", "times, such as [1, 2]*ms")
        numbers = given.astype(float)
        dimension = dimension_of(times)
        if dimension is not SECOND and numbers.size > 0:
            raise DimensionMismatchError(
                f"times of {self.name!r} must be times, and have {unit_phrase(dimension)}\n"
                "  write for example [1, 2]*ms"
            )
        if numbers.ndim != 1:
            raise ModelError(
                f"times of {self.name!r} must be a list, not of shape {numbers.shape}"
            )
        wrong = np.flatnonzero(~np.isfinite(numbers) | (numbers < 0))
        if len(wrong):
            time = Quantity(numbers[wrong[0]], SECOND)
            raise ModelError(
                f"times[{wrong[0]}] of {self.name!r} is {time}\n"
                "  expected: finite times that are not negative"
            )
        return numbers

    def _checked_period(self, period: Any, times: NDArray[np.float64]) -> float:
        span = seconds(period, f"the period of {self.name!r}")
        if span < 0:
            raise ModelError(
                f"the period of {self.name!r} must not be negative, not {period!r}\n"
                "  spikes without period: period=0*second"
            )
        if span > 0 and len(times) and times.max() >= span:
            raise ModelError(
                f"the period of {self.name!r}, {period}, is not longer than the time of the last"
                f" spike, {Quantity(times.max(), SECOND)}"
            )
        return span

    def _check_order(self, neurons: NDArray[np.int32], times: NDArray[np.float64]) -> None:
        later, equal = np.diff(times), np.diff(times) == 0
        wrong = np.flatnonzero((later < 0) | (equal & (np.diff(neurons) < 0)))
        if len(wrong):
            raise ModelError(
                f"the spikes of {self.name!r} are not sorted: spike {wrong[0] + 1} goes before"
                f" spike {wrong[0]}\n  leave out sorted=True"
            )
        twice = np.flatnonzero(equal & (np.diff(neurons) == 0))
        if len(twice):
            raise ModelError(
                f"neuron {neurons[twice[0]]} of {self.name!r} has two spikes at"
                f" {Quantity(times[twice[0]], SECOND)}"
            )


def _steps(times: NDArray[np.float64], dt: float) -> NDArray[np.int64]:
    """Return the numbers of the steps that contain times, as the function ``timestep`` does."""
    steps = (times + STEP_TOLERANCE * dt) / dt
    return steps.astype(np.int64)
