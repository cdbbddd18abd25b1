"""Many parameter sets of one network at once: one program, one simulation, rows of memory.

A network is lowered once. Each parameter set is one instance of the program: a row of every array
that is held per instance. What an instance leaves is put into the network's own objects, one
instance after the other, so that monitors and groups answer as after a run of that instance alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import IntegrationError
from eqsim.network.clocks import Clock, defaultclock
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.kernels.builder import Lowered
from eqsim.network.randomness import as_array
from eqsim.network.running.execution import set_clocks
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.nodes import RANDOM_KEY, Lifetime, Program, Role
from eqsim.program.verify import verify
from eqsim.runtime.drive import Interruption, Take, drive
from eqsim.runtime.memory import Memory, replicate
from eqsim.runtime.progress import Progress
from eqsim.runtime.simulation import CheckFailedError, Simulation
from eqsim.targets import Target

if TYPE_CHECKING:
    from eqsim.network.running.network import Network

Rows = list[tuple[NDArray[Any], ...]]
"""What one instance recorded in one record, in chunks."""


@dataclass
class Finished:
    """What a simulation of several instances left.

    Parameters
    ----------
    memory : Memory
        The state after the run.
    records : dict of str to list of Rows
        For each record what each instance recorded.
    """

    memory: Memory
    records: dict[str, list[Rows]] = field(default_factory=dict)


class InstanceFailedError(Exception):
    """One instance diverged; nothing is known of the others.

    Parameters
    ----------
    instance : int
        Which one.
    error : IntegrationError
        What a run of that instance alone raises.
    """

    def __init__(self, instance: int, error: IntegrationError) -> None:
        super().__init__(str(error))
        self.instance = instance
        self.error = error


def with_rows(program: Program, names: frozenset[str]) -> Program:
    """Return a program that holds more arrays once per instance.

    Parameters
    ----------
    program : Program
        A verified program.
    names : frozenset of str
        The arrays; neither clocks nor parts of tables.
    """
    arrays = tuple(
        replace(array, per_instance=True) if array.name in names else array
        for array in program.arrays
    )
    return program if arrays == program.arrays else verify(replace(program, arrays=arrays))


class Instances:
    """A network, lowered once, of which any number of instances can be run.

    Parameters
    ----------
    network : Network
        The network, in the state in which each instance begins.
    lowered : Lowered
        Its program, with memory of the network's own arrays.
    duration : float
        How long each instance runs, in seconds.
    varied : iterable of TimedArray
        Those of which instances may have values of their own.

    Notes
    -----
    Several threads may call :meth:`run` at once; what :meth:`shown` puts into the objects of the
    network belongs to one thread at a time, and stays there: the network is best one of its own.
    """

    def __init__(
        self,
        network: Network,
        lowered: Lowered,
        duration: float,
        varied: Iterable[TimedArray] = (),
    ) -> None:
        start = network.present.time
        self.network = network
        self.lowered = lowered
        self.end = start + duration
        set_clocks(lowered, start, self.end)
        self.arrays_over_time = {
            id(named): f"{label}.values"
            for label, named in lowered.labels.items()
            for each in varied
            if named is each
        }
        """The program's arrays with the values of those that vary, by identity."""
        names = frozenset(self.arrays_over_time.values())
        self.program = with_rows(lowered.program, names)
        self.lock = threading.RLock()
        arrays = lowered.memory.copied(lambda name, values: np.array(values))
        self.template = Memory(1, lowered.memory.extents, arrays, lowered.memory.rules)
        self._begin = {name: int(arrays[f"{name}.timestep"][0]) for name in lowered.clocks}
        self._held = [
            array.name
            for array in self.program.arrays
            # Arrays over time are the user's own, and no result.
            if array.per_instance and array.name not in names
        ]
        self._clocks = [array.name for array in self.program.arrays if array.role is Role.CLOCK]
        self._monitors = [each for each in network.all_objects if hasattr(each, "forget")]
        self._synapses = [each for each in network.all_objects if isinstance(each, Synapses)]
        self._recorded = [
            {name: np.array(part) for name, part in each.snapshot().items()}
            for each in self._monitors
        ]

    @property
    def steps(self) -> int:
        """How many steps an instance has, on all clocks together."""
        arrays = self.template.arrays
        return sum(int(arrays[f"{n}.end"][0]) - first for n, first in self._begin.items())

    @property
    def bytes_of_state(self) -> int:
        """How much memory the state of an instance takes."""
        return sum(self.template.arrays[name].nbytes for name in self._held)

    @property
    def bytes_of_records(self) -> int:
        """How much memory what an instance records takes if every neuron has a row per step."""
        total = 0
        for buffer in self.program.buffers:
            if buffer.lifetime is not Lifetime.RUN:
                continue
            size = sum(column.dtype.numpy.itemsize for column in buffer.columns)
            stem = buffer.name.partition(".")[0]
            total += size * self.template.extents.get(stem, 1) * self.steps
        return total

    def memory(self, keys: Sequence[int]) -> Memory:
        """Return memory of instances that are equal but for their random numbers.

        Parameters
        ----------
        keys : sequence of int
            The key of each instance.
        """
        made = replicate(self.program, self.template, len(keys))
        if RANDOM_KEY in made.arrays:
            made.arrays[RANDOM_KEY][...] = as_array(*keys)[:, None]
        return made

    def run(self, memory: Memory, target: Target, interruption: Interruption) -> Finished:
        """Run instances to the end.

        Parameters
        ----------
        memory : Memory
            Of the instances, as :meth:`memory` makes it; changed in place.
        target : Target
            Where to run.
        interruption : Interruption
            Is asked from time to time whether to go on.

        Raises
        ------
        InstanceFailedError
            If one of them diverges.
        """
        running = _Running(self, memory, target.open(self.program, memory))
        try:
            drive(running, Progress(None, 1.0, 0.0, 1.0), interruption)
        except CheckFailedError as failed:
            raise InstanceFailedError(failed.instance, self._meaning(failed, memory)) from None
        finally:
            running.simulation.close()
        return Finished(memory, running.records)

    def _meaning(self, failed: CheckFailedError, memory: Memory) -> IntegrationError:
        problem = self.lowered.problems[failed.problem]
        with self.lock:
            self._copy(memory, failed.instance)
            return problem.error(failed.element, problem.owner.clock.time_of(failed.step))

    @contextmanager
    def shown(self, finished: Finished, instance: int) -> Iterator[Network]:
        """Have the network as after a run of one instance alone.

        Parameters
        ----------
        finished : Finished
            What the simulation left.
        instance : int
            Which instance.

        Raises
        ------
        InstanceFailedError
            If a value of an equation is not finite at the end.
        """
        with self.lock:
            self._restore_monitors()
            self._copy(finished.memory, instance)
            for each in self._synapses:
                each.follow_constants(self.lowered.memory.arrays)
            for name, rows in finished.records.items():
                if rows[instance]:
                    self.lowered.sinks[name](_joined(rows[instance]))
            self._set_times()
            self._check_finite(instance)
            yield self.network

    def begin(self) -> None:
        """Let the network be as it was before the first instance was shown."""
        for name in self._held:
            self.lowered.memory.arrays[name][...] = self.template.arrays[name].reshape(
                self.lowered.memory.arrays[name].shape
            )
        self._restore_monitors()

    def _copy(self, memory: Memory, instance: int) -> None:
        arrays = self.lowered.memory.arrays
        for name in self._held:
            arrays[name][...] = memory.arrays[name][instance].reshape(arrays[name].shape)
        for name in self._clocks:
            arrays[name][...] = memory.arrays[name]

    def _restore_monitors(self) -> None:
        for each, recorded in zip(self._monitors, self._recorded, strict=True):
            each.restore_snapshot(recorded)

    def _set_times(self) -> None:
        clocks = self.lowered.clocks
        for name, clock in clocks.items():
            clock.timestep = int(self.lowered.memory.arrays[f"{name}.timestep"][0])
        self.network.present.time = self.end
        grids = (clock.dt_ for clock in clocks.values() if isinstance(clock, Clock))
        fine = min(grids, default=defaultclock.dt_)
        running = set(clocks.values())
        for each in self.network.all_objects:
            each.timestep = (
                each.clock.timestep
                if each.clock in running
                else each.clock.steps_to(self.end, fine)
            )

    def _check_finite(self, instance: int) -> None:
        for problem in self.lowered.problems.values():
            element = problem.first_not_finite()
            if element is not None:
                clock = problem.owner.clock
                time = (clock.timestep - 1) * clock.dt_ if isinstance(clock, Clock) else self.end
                raise InstanceFailedError(instance, problem.error(element, time))


def _joined(chunks: Rows) -> tuple[NDArray[Any], ...]:
    return chunks[0] if len(chunks) == 1 else tuple(map(np.concatenate, zip(*chunks, strict=True)))


class _Running:
    """Instances under way, as :func:`drive` drives them."""

    def __init__(self, instances: Instances, memory: Memory, simulation: Simulation) -> None:
        self.simulation = simulation
        self.records: dict[str, list[Rows]] = {
            name: [[] for _ in range(memory.instances)] for name in instances.lowered.sinks
        }
        self.takes: Mapping[str, Take] = {name: self._taking(name) for name in self.records}

    def _taking(self, name: str) -> Take:
        def take(rows: list[tuple[NDArray[Any], ...]]) -> None:
            for kept, chunk in zip(self.records[name], rows, strict=True):
                if len(chunk[0]):
                    kept.append(chunk)

        return take

    def completed(self) -> float:
        """Return nothing of interest: nobody is told how far one batch is."""
        return 0.0

    def pause(self, name: str) -> None:
        """Never happen: networks that run Python code are run one by one."""
        raise AssertionError(name)
