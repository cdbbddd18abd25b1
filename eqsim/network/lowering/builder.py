"""The program under construction: parts from all objects, put in order at the end."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.clocks import Clock
from eqsim.network.objects import NetworkObject, slot_position
from eqsim.program import nodes
from eqsim.program.dtypes import DType
from eqsim.program.nodes import RANDOM_KEY, Array, Buffer, Kernel, Launch, Program, Role
from eqsim.program.passes import optimise
from eqsim.program.traverse import emitted
from eqsim.program.verify import verify
from eqsim.runtime.memory import Memory

_OWN_LABELS = ("namespace", "random")

Sink = Callable[[tuple[NDArray[Any], ...]], None]
"""What takes the new rows of a record: one array per column."""


@dataclass(frozen=True)
class Lowered:
    """A program, its memory, and who wants what it records.

    Parameters
    ----------
    program : Program
        Verified and optimised.
    memory : Memory
        One instance over the state arrays of the network's objects.
    sinks : dict of str to callable
        For each record the function that takes its new rows.
    clocks : dict of str to Clock
        The clock objects behind the program's clocks.
    labels : dict of str to NetworkObject or Clock
        Which objects the names in the program stand for.
    """

    program: Program
    memory: Memory
    sinks: dict[str, Sink]
    clocks: dict[str, Clock]
    labels: dict[str, NetworkObject | Clock]


@dataclass(frozen=True)
class _Place:
    """Where a kernel stands in a step: slot, order, and age of its owner as the tie-breaker."""

    slot: str
    order: int
    age: tuple[int, int]


class ProgramBuilder:
    """Collects arrays, buffers and kernels.

    Parameters
    ----------
    name : str
        Name of the network.
    slots : tuple of str
        The schedule.
    """

    def __init__(self, name: str, slots: tuple[str, ...]) -> None:
        self.name = name
        self.slots = slots
        self._labels: dict[int, str] = {}
        self._named: dict[str, NetworkObject | Clock] = {}
        self._extents: dict[str, int] = {}
        self._clocks: dict[str, Clock] = {}
        self._arrays: dict[str, Array] = {}
        self._values: dict[str, NDArray[Any]] = {}
        self._buffers: dict[str, Buffer] = {}
        self._streams: dict[str, None] = {}
        self._kernels: list[tuple[_Place, Kernel]] = []
        self._sinks: dict[str, Sink] = {}

    def label(self, named: NetworkObject | Clock) -> str:
        """Return what an object is called in the program.

        Its name, without the number that it got because other objects of the process have the
        same name: a model that is made again is the same program.
        """
        if id(named) not in self._labels:
            taken = {*self._labels.values(), *_OWN_LABELS}
            numbered = (f"{named.stem}_{number}" for number in itertools.count(1))
            labels = itertools.chain((named.stem,), numbered)
            label = next(label for label in labels if label not in taken)
            self._labels[id(named)], self._named[label] = label, named
        return self._labels[id(named)]

    def extent(self, name: str, size: int) -> str:
        """Add a size; return its name."""
        self._extents[name] = size
        return name

    def clock(self, clock: Clock) -> nodes.Clock:
        """Add a clock; return it as the program sees it."""
        added = nodes.Clock(self.label(clock))
        if added.name not in self._clocks:
            self._clocks[added.name] = clock
            for array in added.arrays:
                self.array(array, np.zeros(1, dtype=array.dtype.numpy))
        return added

    def array(self, array: Array, values: NDArray[Any]) -> str:
        """Add an array over existing memory; return its name."""
        if array.name not in self._arrays:
            self._arrays[array.name] = array
            self._values[array.name] = values
        return array.name

    def is_single(self, name: str) -> bool:
        """Return whether an array holds a single value."""
        return self._arrays[name].extent is None

    def constant(self, name: str, value: float | int | bool) -> tuple[str, DType]:
        """Add a single value that the run does not change; return its name and type."""
        dtype = _type_of(value)
        array = Array(name, dtype, None, True, Role.CONSTANT)
        return self.array(array, np.array([value], dtype=dtype.numpy)), dtype

    def buffer(self, buffer: Buffer, sink: Sink | None = None) -> str:
        """Add a buffer; return its name."""
        self._buffers[buffer.name] = buffer
        if sink is not None:
            self._sinks[buffer.name] = sink
        return buffer.name

    def stream(self, name: str) -> str:
        """Add a random stream for one draw; return its name, numbered if there is one like it."""
        numbered = (f"{name}_{number}" for number in itertools.count(2))
        new = next(n for n in itertools.chain((name,), numbered) if n not in self._streams)
        self._streams[new] = None
        return new

    def kernel(self, kernel: Kernel, slot: str, order: int, age: int) -> None:
        """Add a kernel at a place of the step.

        Parameters
        ----------
        kernel : Kernel
            What runs.
        slot : str
            Slot of the schedule.
        order : int
            Place within the slot.
        age : int
            Number of the owner's creation; older owners run first.
        """
        place = _Place(slot, order, (age, len(self._kernels)))
        taken = {other.name for _, other in self._kernels}
        numbered = (f"{kernel.name}_{number}" for number in itertools.count(2))
        name = next(n for n in itertools.chain((kernel.name,), numbered) if n not in taken)
        self._kernels.append((place, replace(kernel, name=name)))

    def finish(self, key: NDArray[Any]) -> Lowered:
        """Return the finished program.

        Parameters
        ----------
        key : ndarray of int64
            Key of the random numbers, shape (1,).
        """
        self.array(Array(RANDOM_KEY, DType.INT64, None, True, Role.BUILTIN), key)
        ordered = sorted(
            self._kernels,
            key=lambda k: (slot_position(k[0].slot, self.slots), k[0].order, k[0].age),
        )
        self._check_events_come_first([kernel for _, kernel in ordered])
        program = Program(
            name=self.name,
            extents=tuple(self._extents),
            clocks=tuple(map(nodes.Clock, self._clocks)),
            arrays=tuple(self._arrays.values()),
            buffers=tuple(self._buffers.values()),
            streams=tuple(self._streams),
            kernels=tuple(kernel for _, kernel in ordered),
            launches=tuple(Launch(k.name, place.slot, place.order) for place, k in ordered),
        )
        program = verify(optimise(verify(program)))
        values = {array.name: self._values[array.name] for array in program.arrays}
        memory = Memory(1, dict(self._extents), values)
        return Lowered(program, memory, self._sinks, self._clocks, self._named)

    def _check_events_come_first(self, kernels: list[Kernel]) -> None:
        """Refuse what looks at the events of a step before the step has found them."""
        found: set[str] = set()
        emitting = {name for kernel in kernels for name in emitted(kernel)}
        for kernel in kernels:
            space = kernel.space
            if isinstance(space, nodes.Events) and space.buffer in emitting - found:
                raise ModelError(
                    f"{kernel.name!r} looks at {space.buffer!r} before the step has found them"
                    "\n  give it a slot ('when'), or an order in the slot, after that of the event"
                )
            found |= emitted(kernel)


def _type_of(value: float | int | bool) -> DType:
    if isinstance(value, bool | np.bool_):
        return DType.BOOLEAN
    return DType.INT64 if isinstance(value, int | np.integer) else DType.FLOAT64
