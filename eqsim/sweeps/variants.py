"""Networks whose points differ in rows of memory only, and how the rows are written."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.network.caller import names_of_a_run
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.randomness import RandomKey, mixed, seed
from eqsim.network.running.instances import Instances
from eqsim.network.running.network import Network
from eqsim.network.running.parameters import values_to_set
from eqsim.runtime.memory import Memory
from eqsim.sweeps.job import Job

_RANDOM_NUMBERS = threading.RLock()


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Leave the random numbers of this process as if nothing was drawn, for one thread at once."""
    with _RANDOM_NUMBERS:
        before = {name: np.array(part) for name, part in RandomKey().snapshot().items()}
        try:
            yield
        finally:
            RandomKey().restore_snapshot(before)


@dataclass(frozen=True)
class Row:
    """A parameter that is a row of a program's memory.

    Parameters
    ----------
    name : str
        The user's name.
    array : str
        The program's array.
    values : ndarray or None
        One value per point, if they are single numbers; otherwise each is set by itself.
    own : str
        Its name among the parameters of the program.
    """

    name: str
    array: str
    values: NDArray[Any] | None
    own: str


@dataclass(frozen=True)
class Variant:
    """A network whose points differ in rows of memory only.

    Parameters
    ----------
    instances : Instances
        The lowered network.
    rows : tuple of Row
        Parameters that are set without the network.
    written : tuple of str
        Parameters that are expressions: each run's own draws are set by the network.
    names : dict of str to str
        Names that the user has for objects, and their own.
    around : mapping of str to object
        Constants of the equations, of which points may have others.
    """

    instances: Instances
    rows: tuple[Row, ...]
    written: tuple[str, ...]
    names: Mapping[str, str]
    around: Mapping[str, Any]

    def constants(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return the constants of the equations at a point."""
        return {**self.around, **{n: value for n, value in point.items() if "." not in n}}

    def memory(self, job: Job, runs: Sequence[int]) -> Memory:
        """Return memory in which each run has its parameters and its key."""
        memory = self.instances.memory([mixed(job.seed_of(run), 0) for run in runs])
        points = np.array(runs) // job.repeats
        for row in self.rows:
            target = memory.arrays[row.array].reshape(len(runs), -1)
            if row.values is not None:
                target[...] = row.values[points][:, None]
                continue
            for place, point in enumerate(points):
                value = job.space.columns[row.name][point]
                if isinstance(value, TimedArray):
                    target[place] = value.padded
                    continue
                target[place] = values_to_set(self.instances.lowered, {row.own: value})[row.array]
        if self.written:
            self._write(memory, job, runs)
        return memory

    def _write(self, memory: Memory, job: Job, runs: Sequence[int]) -> None:
        instances = self.instances
        network, arrays = instances.network, instances.lowered.memory.arrays
        with instances.lock, random_state_kept():
            for place, run in enumerate(runs):
                instances.begin()
                seed(job.seed_of(run))
                point = job.point_of(run)
                for name in self.written:
                    with names_of_a_run(self.constants(point)):
                        write(network, {}, self.names, name, point[name])
                    owner, _, variable = name.partition(".")
                    array = self._array(self.names.get(owner, owner), variable)
                    memory.arrays[array][place] = arrays[array]
                key = np.array([network.present.key.value], dtype=np.uint64).view(np.int64)
                memory.arrays["random.key"][place] = key

    def _array(self, owner: str, variable: str) -> str:
        labels = self.instances.lowered.labels.items()
        label = next(label for label, named in labels if str(getattr(named, "name", "")) == owner)
        return f"{label}.{variable}"


def write(
    network: Network, around: dict[str, Any], names: Mapping[str, str], name: str, value: Any
) -> None:
    """Set a parameter as a user would: a variable of a group, or a constant of the namespace."""
    owner, dot, variable = name.partition(".")
    if not dot:
        around[name] = value
        return
    target: Any = network[names.get(owner, owner)]
    own = getattr(target, "namespace", None)
    if isinstance(own, dict) and variable in own:
        own[variable] = value
    else:
        setattr(target, variable, value)
