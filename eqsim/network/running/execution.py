"""One run of a network: its program, the simulation, and all that follows from its steps."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eqsim.errors import IntegrationError, ModelError
from eqsim.network.caller import stack_level
from eqsim.network.clocks import AnyClock, Clock, defaultclock
from eqsim.network.event_clocks import EventClock
from eqsim.network.kernels.builder import Lowered
from eqsim.network.operations import NetworkOperation
from eqsim.network.randomness import as_array
from eqsim.network.running.record_sizes import tell_of_large_records
from eqsim.network.running.schedule import LaunchNames
from eqsim.program.nodes import PROFILE, RANDOM_KEY
from eqsim.runtime.drive import Interruption, Take, deferred_keyboard_interrupt, drive
from eqsim.runtime.progress import Progress
from eqsim.runtime.simulation import CheckFailedError, Simulation
from eqsim.targets import Target
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity

if TYPE_CHECKING:
    from eqsim.network.running.network import Network


class PastTimesWarning(UserWarning):
    """Single times lie before the time at which a run begins."""


@dataclass(frozen=True)
class Plan:
    """What a run is to be.

    Parameters
    ----------
    around : mapping of str to object
        Constants of the equations.
    target : Target
        Where to run.
    start, end : float
        Begin and end, in seconds of model time.
    is_profiled : bool
        Whether the time of each part is measured.
    """

    around: Mapping[str, Any]
    target: Target
    start: float
    end: float
    is_profiled: bool


def set_clocks(lowered: Lowered, start: float, end: float) -> None:
    """Set the clocks of a program for a run, in its memory only.

    Raises
    ------
    ModelError
        If a clock cannot begin at the time.
    """
    fine = _resolution(lowered)
    steps = {
        name: (clock.start_at(start, fine), clock.steps_to(end, fine))
        for name, clock in lowered.clocks.items()
    }
    for name, clock in lowered.clocks.items():
        _set_clock(lowered, name, clock.dt_ if isinstance(clock, Clock) else fine, steps[name])
    lowered.traffic.begin(lowered.memory.arrays)


def _set_clock(lowered: Lowered, name: str, dt: float, steps: tuple[int, int]) -> None:
    arrays = lowered.memory.arrays
    arrays[f"{name}.dt"][0] = dt
    arrays[f"{name}.timestep"][0], arrays[f"{name}.end"][0] = steps


def _resolution(lowered: Lowered) -> float:
    """Return the step of the finest grid, by which single times meet those of other clocks."""
    grids = (clock.dt_ for clock in lowered.clocks.values() if isinstance(clock, Clock))
    return min(grids, default=defaultclock.dt_)


class Execution:
    """A run that is under way.

    Parameters
    ----------
    network : Network
        What runs; its time follows the run.
    plan : Plan
        What the run is to be.

    Raises
    ------
    EquationError, ModelError, TargetError
        If the network cannot run; nothing has changed then.
    """

    def __init__(self, network: Network, plan: Plan) -> None:
        self.network = network
        self.plan = plan
        self.seconds: dict[str, float] = {}
        """How long each part took, if that is measured."""
        self.simulation: Simulation
        self.takes: Mapping[str, Take] = {}
        self._steps: dict[AnyClock, tuple[int, int]] = {}
        lowered = network.lower(plan.around, is_profiled=plan.is_profiled)
        plan.target.check(lowered.program)
        set_clocks(lowered, plan.start, plan.end)
        _warn_of_past_times(network, lowered)
        self._adopt(lowered)
        tell_of_large_records(network.all_objects, self._steps)

    def _adopt(self, lowered: Lowered) -> None:
        """Go on with a program whose clocks are set."""
        self.lowered = lowered
        self.takes = {record: _first(sink) for record, sink in lowered.sinks.items()}
        self._made_from = self._inputs()
        self._begin_segment()
        for name, clock in lowered.clocks.items():
            self._steps.setdefault(clock, (self._step(name), self._end(name)))

    def run(self, progress: Progress, interruption: Interruption) -> None:
        """Run to the end, or until it is interrupted.

        Parameters
        ----------
        progress : Progress
            Is told how far it is.
        interruption : Interruption
            Is asked whether to go on.
        """
        self.follow()
        self.simulation = self.plan.target.open(self.lowered.program, self.lowered.memory)
        for clock in self.lowered.clocks.values():
            clock.begin_run()
        try:
            with deferred_keyboard_interrupt(interruption):
                drive(self, progress, interruption)
        except CheckFailedError as failed:
            raise self._meaning(failed) from None
        finally:
            try:
                self._end_segment()
            finally:
                self.simulation.close()
                self.follow()
        progress.finish(self.completed())

    def _meaning(self, failed: CheckFailedError) -> IntegrationError:
        problem = self.lowered.problems[failed.problem]
        return problem.error(failed.element, problem.owner.clock.time_of(failed.step))

    def check_finite(self) -> None:
        """Raise if the run left a value of an equation that is not finite.

        Checks of the program let infinite values pass where an event may set them back.
        """
        for problem in self.lowered.problems.values():
            clock = problem.owner.clock
            begin, _ = self._steps.get(clock, (clock.timestep, clock.timestep))
            element = problem.first_not_finite() if clock.timestep > begin else None
            if element is not None:
                raise problem.error(element, clock.time_of(clock.timestep - 1))

    def completed(self) -> float:
        """Return which part of the run is done, from 0 to 1; clocks and objects follow."""
        self.follow()
        return self._done()

    def _done(self) -> float:
        begins_and_ends = [
            (self._step(name), *self._steps[clock]) for name, clock in self.lowered.clocks.items()
        ]
        steps = sum(end - begin for _, begin, end in begins_and_ends)
        done = sum(step - begin for step, begin, _ in begins_and_ends)
        return done / steps if steps else 1.0

    def follow(self) -> None:
        """Let clocks, network and objects have the time that the simulation has reached."""
        clocks = self.lowered.clocks
        for name, clock in clocks.items():
            clock.timestep = self._step(name)
        present = self.network.present
        if self._done() >= 1.0 or not clocks:
            present.time = self.plan.end
        else:
            # The next step of all that is left to do: none is left out when the run goes on.
            present.time = min(clock.t_ for clock in clocks.values())
        fine = _resolution(self.lowered)
        running = set(clocks.values())
        for each in self.network.all_objects:
            is_running = each.clock in running
            each.timestep = (
                each.clock.timestep if is_running else each.clock.steps_to(present.time, fine)
            )

    def _step(self, clock: str) -> int:
        return int(self.lowered.memory.arrays[f"{clock}.timestep"][0])

    def _end(self, clock: str) -> int:
        return int(self.lowered.memory.arrays[f"{clock}.end"][0])

    # -------------------------------------------------------------------------------- pauses

    def pause(self, name: str) -> None:
        """Call the function of a network operation.

        Afterwards the simulation has whatever the function changed: arrays that it changed in
        place are those of the simulation; if something else is there in place of what the program
        was made from, the network is lowered again, and a new simulation goes on at this place of
        the step.
        """
        operation = self.lowered.labels[name]
        assert isinstance(operation, NetworkOperation)
        self.follow()
        is_changed = not _are_same(self._made_from, self._inputs())
        # What is on its way must be known where the function changes how long that takes.
        self._end_segment()
        self._begin_segment()
        self._made_from = self._inputs()
        began = time.perf_counter()
        try:
            operation.call()
        finally:
            if self.plan.is_profiled:
                self._add_seconds(str(operation.name), time.perf_counter() - began)
            refused = self._keep_steps()
            if is_changed or not _are_same(self._made_from, self._inputs()):
                self._lower_again(operation)
            if refused is not None:
                raise refused

    def _keep_steps(self) -> ModelError | None:
        """Undo changes of a step, which is to stay during a run; return the error to raise."""
        refused = None
        for name, clock in self.lowered.clocks.items():
            step = float(self.lowered.memory.arrays[f"{name}.dt"][0])
            if isinstance(clock, Clock) and clock.dt_ != step:
                refused = ModelError(
                    f"the step of the clock {clock.name!r} cannot become {clock.dt} while a"
                    " network runs\n  set it between two runs"
                )
                clock.dt = Quantity(step, SECOND)
        return refused

    def _inputs(self) -> list[object]:
        """Return what the program was made from."""
        network = self.network
        return [
            network.schedule,
            *(part for each in network.all_objects for part in (each, *each.lowered_from)),
        ]

    def _lower_again(self, operation: NetworkOperation) -> None:
        """Make the program anew and go on right after an operation."""
        before = self.lowered
        events = self.simulation.events()
        lowered = self.network.lower(
            self.plan.around, is_profiled=self.plan.is_profiled, standing=operation
        )
        self._go_on_with_clocks(lowered)
        if lowered.program.streams != before.program.streams:
            # A number of the new program must be none that the old one drew in this step.
            self.network.present.key.renew()
            lowered.memory.arrays[RANDOM_KEY][:] = as_array(self.network.present.key.value)
        simulation = self.plan.target.open(lowered.program, lowered.memory)
        labels: dict[int, str] = {id(named): label for label, named in lowered.labels.items()}
        simulation.resume(labels[id(operation)], _renamed(events, before, labels))
        self.simulation.close()
        self.simulation = simulation
        self._adopt(lowered)

    def _go_on_with_clocks(self, lowered: Lowered) -> None:
        fine = _resolution(lowered)
        reached = {clock: self._step(name) for name, clock in self.lowered.clocks.items()}
        for name, clock in lowered.clocks.items():
            dt = clock.dt_ if isinstance(clock, Clock) else fine
            now = reached.get(clock, clock.steps_to(self.network.present.time, fine))
            _set_clock(lowered, name, dt, (now, clock.steps_to(self.plan.end, fine)))
            clock.begin_run()
        lowered.traffic.begin(lowered.memory.arrays)

    # ----------------------------------------------------------- what a simulation leaves

    def _begin_segment(self) -> None:
        self._segment = {name: self._step(name) for name in self.lowered.clocks}

    def _end_segment(self) -> None:
        """Take from the simulation what it holds beside the arrays."""
        arrays = self.lowered.memory.arrays
        self.lowered.traffic.end(self._segment, arrays, lambda n: self.simulation.take(n)[0])
        if self.plan.is_profiled:
            names = LaunchNames(self.lowered, self.network.all_objects)
            for kernel, spent in zip(self.lowered.program.kernels, arrays[PROFILE], strict=True):
                self._add_seconds(names.full_name(kernel.name), float(spent))
            arrays[PROFILE][:] = 0

    def _add_seconds(self, part: str, spent: float) -> None:
        self.seconds[part] = self.seconds.get(part, 0.0) + spent


def _are_same(first: list[object], second: list[object]) -> bool:
    return len(first) == len(second) and all(
        one is other for one, other in zip(first, second, strict=True)
    )


def _renamed(
    events: Mapping[str, Any], before: Lowered, labels: Mapping[int, str]
) -> dict[str, Any]:
    """Return the events of a step under the names that their groups have in a new program."""
    renamed = {}
    for name, elements in events.items():
        label, dot, rest = name.partition(".")
        new = labels.get(id(before.labels[label]))
        if new is not None:
            renamed[f"{new}{dot}{rest}"] = elements
    return renamed


def _first(sink: Any) -> Take:
    def take(rows: list[tuple[Any, ...]]) -> None:
        sink(rows[0])

    return take


def _warn_of_past_times(network: Network, lowered: Lowered) -> None:
    for each in network.all_objects:
        clock = each.clock
        if not isinstance(clock, EventClock) or clock not in lowered.clocks.values():
            continue
        fine = _resolution(lowered)
        missed = clock.start_at(network.present.time, fine) - each.timestep
        if missed > 0:
            warnings.warn(
                f"{each.name!r} has {missed} time{'s' if missed > 1 else ''} before"
                f" {network.t!r}, when the run begins: nothing is done then",
                PastTimesWarning,
                stacklevel=stack_level(),
            )
