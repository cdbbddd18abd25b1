"""The reference interpreter: runs a program with NumPy, array by array.

It follows the same types, the same order and the same mathematical functions as the compiled
targets, so their results are equal bit for bit. Clear before fast; what is known before the run
(types, conversions, which names are arrays) is settled once, when a kernel is prepared
(:mod:`eqsim.targets.numpy.execution`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.program.nodes import PROFILE, Clock, Launch, Lifetime, Pause, Program
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import GRID_TOLERANCE, CheckFailedError
from eqsim.targets.numpy.calls import check_functions
from eqsim.targets.numpy.execution import Execution
from eqsim.targets.numpy.state import State

Values = NDArray[Any]


class Interpreter:
    """A program with its memory, run by NumPy.

    Parameters
    ----------
    program : Program
        A verified program.
    memory : Memory
        The host's arrays; changed in place.
    """

    def __init__(self, program: Program, memory: Memory) -> None:
        check_functions(program)
        self.program = program
        self.memory = memory
        shapes = {
            array.name: (
                memory.instances if array.per_instance else 1,
                1 if array.extent is None else memory.extents[array.extent],
            )
            for array in program.arrays
        }
        arrays = zip(program.arrays, memory.ordered(program), strict=True)
        self.arrays = {array.name: values.reshape(shapes[array.name]) for array, values in arrays}
        self.state = State(program, memory.instances)
        self._has_begun = False
        self._launches = [self._prepared(launch) for launch in program.launches]
        self._next = 0
        """The launch at which the next advance begins: the first, or the one after a pause."""

    def _prepared(self, launch: Launch | Pause) -> tuple[str, Execution | Pause]:
        if isinstance(launch, Pause):
            return launch.clock, launch
        kernel = self.program.kernel(launch.kernel)
        return kernel.clock, Execution(self.program, kernel, self.memory, self.arrays, self.state)

    def advance(self, ticks: int) -> int:
        """Run up to ``ticks`` points in time, or to a pause; return how many were completed.

        Raises
        ------
        CheckFailedError
            After the step in which a check failed.
        """
        self._begin_histories()
        with np.errstate(all="ignore"):
            for done in range(ticks):
                due = self._due()
                if not due or not self._complete_step(due):
                    return done
                for clock in due:
                    self.arrays[f"{clock}.timestep"] += 1
                self._end_step()
        return ticks

    def _end_step(self) -> None:
        """Raise if a check failed in the step that was completed."""
        failed, self.state.failed = self.state.failed, None
        if failed is not None:
            problem = self.program.problems[failed.problem]
            raise CheckFailedError(problem, failed.instance, failed.element, failed.step)

    def _complete_step(self, due: set[str]) -> bool:
        """Run what is left of a step; return whether there was no pause in it."""
        for position in range(self._next, len(self._launches)):
            clock, execution = self._launches[position]
            if clock not in due:
                continue
            if isinstance(execution, Pause):
                self._next = position + 1
                return False
            self._run(execution)
        self._next = 0
        return True

    def _run(self, execution: Execution) -> None:
        if not self.program.is_profiled:
            execution.run()
            return
        began = time.perf_counter()
        execution.run()
        number = self.program.kernels.index(execution.kernel)
        self.arrays[PROFILE][0, number] += time.perf_counter() - began

    @property
    def paused(self) -> str | None:
        """The pause at which the last advance ended."""
        if self._next == 0:
            return None
        _, pause = self._launches[self._next - 1]
        assert isinstance(pause, Pause)
        return pause.name

    def events(self) -> dict[str, list[Values]]:
        """Return the elements that had an event in the current step."""
        return {
            name: [elements[instances == each] for each in range(self.memory.instances)]
            for name, (instances, elements) in self.state.events.items()
        }

    def resume(self, pause: str, events: Mapping[str, Sequence[Values]]) -> None:
        """Go on in the midst of a step, in place of another simulation."""
        self._next = 1 + next(
            position
            for position, (_, execution) in enumerate(self._launches)
            if isinstance(execution, Pause) and execution.name == pause
        )
        for name in self.state.events.keys() & events.keys():
            instances = [np.full(len(rows), each) for each, rows in enumerate(events[name])]
            elements = np.concatenate(events[name]).astype(np.int64)
            self.state.events[name] = (np.concatenate(instances), elements)

    def take(self, record: str) -> list[tuple[Values, ...]]:
        """Return and forget what was recorded; a history is not forgotten."""
        buffer = self.program.buffer(record)
        taken = self.state.rows(buffer)
        if buffer.lifetime is Lifetime.RUN:
            self.state.clear_record(buffer)
        return taken

    def close(self) -> None:
        """Forget everything recorded."""
        for buffer in self.program.buffers:
            if buffer.lifetime is Lifetime.RUN:
                self.state.clear_record(buffer)

    def _begin_histories(self) -> None:
        """Load, before the first step, the events that are still on their way."""
        if self._has_begun:
            return
        self._has_begun = True
        for buffer in self.program.buffers:
            if buffer.lifetime is Lifetime.HISTORY:
                _, steps, elements = (self.arrays[array.name][0] for array in buffer.arrays)
                self.state.begin(buffer, steps, elements)

    def _due(self) -> set[str]:
        running = [c for c in self.program.clocks if self._step(c) < self.arrays[c.end][0, 0]]
        times = {c.name: self._time(c) for c in running}
        now = min(times.values(), default=np.inf)
        # Grids that meet up to rounding meet.
        return {
            c.name
            for c in running
            if times[c.name] - now <= GRID_TOLERANCE * self.arrays[c.dt][0, 0]
        }

    def _step(self, clock: Clock) -> int:
        return int(self.arrays[clock.timestep][0, 0])

    def _time(self, clock: Clock) -> float:
        step = self._step(clock)
        if clock.is_listed:
            return float(self.arrays[clock.times][0, step])
        return float(step * self.arrays[clock.dt][0, 0])
