"""The program under construction: parts from all objects, put in order at the end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.clocks import AnyClock
from eqsim.network.event_clocks import EventClock
from eqsim.network.kernels.copies import changed_and_seen, copying, seeing
from eqsim.network.kernels.problems import Problem
from eqsim.network.kernels.traffic import PastEvents, Traffic
from eqsim.network.objects import slot_position
from eqsim.program import nodes
from eqsim.program.dtypes import DType
from eqsim.program.functions import ProgramFunction
from eqsim.program.nodes import (
    PROFILE,
    PROFILE_ARRAY,
    RANDOM_KEY,
    Array,
    Binding,
    Buffer,
    Kernel,
    Launch,
    Pause,
    Program,
    Role,
    Table,
)
from eqsim.program.passes import optimise
from eqsim.program.passes.equal import take_first
from eqsim.program.traverse import emitted, visited_events
from eqsim.program.verify import verify
from eqsim.runtime.memory import Arrays, Memory
from eqsim.runtime.rules import Rule
from eqsim.units.dimensions import Dimension

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner

_OWN_LABELS = ("namespace", "random", PROFILE)

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
    clocks : dict of str to AnyClock
        The clock objects behind the program's clocks.
    labels : dict of str to NetworkObject or AnyClock
        Which objects the names in the program stand for.
    traffic : Traffic
        Events on their way when the run begins and when it ends.
    ages : dict of str to int
        For each launch, by name of the kernel or pause, the number of its owner's creation.
    problems : dict of str to Problem
        What the problems mean that checks of the program note, and what must be finite when a run
        ends.
    constants : dict of str to Dimension
        The arrays of constants of namespaces that may get other values: on none of them the
        program relies.
    equal : frozenset of str
        Arrays whose values are equal, on which the program relies.
    """

    program: Program
    memory: Memory
    sinks: dict[str, Sink]
    clocks: dict[str, AnyClock]
    labels: dict[str, Named]
    traffic: Traffic
    ages: dict[str, int]
    problems: dict[str, Problem]
    constants: dict[str, Dimension]
    equal: frozenset[str]


@dataclass(frozen=True)
class _Place:
    """Where a kernel stands in a step: slot, order, and age of its owner as the tie-breaker."""

    slot: str
    order: int
    age: tuple[int, int]


class Named(Protocol):
    """What has a name in programs: an object of a network, a clock, what equations call."""

    @property
    def stem(self) -> str:
        """The name, without the number that it was given because others have the same."""


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
        self._named: dict[str, Named] = {}
        self._extents: dict[str, int] = {}
        self._clocks: dict[str, AnyClock] = {}
        self._arrays: dict[str, Array] = {}
        self._values: dict[str, NDArray[Any]] = {}
        self._rules: dict[str, Rule] = {}
        self._to_make: dict[str, Callable[[], NDArray[Any]]] = {}
        self._buffers: dict[str, Buffer] = {}
        self._streams: dict[str, None] = {}
        self._kernels: list[tuple[_Place, Kernel]] = []
        self._pauses: list[tuple[_Place, Pause]] = []
        self._sinks: dict[str, Sink] = {}
        self._tables: dict[str, Table] = {}
        self._functions: dict[str, ProgramFunction] = {}
        self._bindings: dict[str, Binding] = {}
        self._problems: dict[str, Problem] = {}
        self._constants: dict[str, Dimension] = {}
        self._relied_on: set[str] = set()
        self._equal: set[str] = set()
        self.traffic = Traffic()
        self.past: Mapping[tuple[StateOwner, str], PastEvents] = {}
        self.needed: list[tuple[str, Named]] = []
        """What texts call, and the object that has to be in the network for it."""
        self.kept: list[Named] = []
        """The objects for it that are."""

    def label(self, named: Named) -> str:
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

    def clock(self, clock: AnyClock) -> nodes.Clock:
        """Add a clock; return it as the program sees it."""
        times = clock.times_ if isinstance(clock, EventClock) else None
        added = nodes.Clock(self.label(clock), is_listed=times is not None)
        if added.name not in self._clocks:
            self._clocks[added.name] = clock
            for array in added.arrays:
                self.array(array, np.zeros(1, dtype=array.dtype.numpy))
            if times is not None:
                self._values[self.extent(added.times, len(times))] = times
        return added

    def array(self, array: Array, values: NDArray[Any]) -> str:
        """Add an array over existing memory; return its name."""
        if array.name not in self._arrays:
            self._arrays[array.name] = array
            self._values[array.name] = values
        return array.name

    def array_by_rule(self, array: Array, rule: Rule, make: Callable[[], NDArray[Any]]) -> str:
        """Add an array that follows from a rule, and is made if asked for; return its name."""
        if array.name not in self._arrays:
            self._arrays[array.name] = array
            self._rules[array.name] = rule
            self._to_make[array.name] = make
        return array.name

    def values(self, name: str) -> NDArray[Any]:
        """Return the memory of an array that does not follow from a rule."""
        return self._values[name]

    def present_values(self, name: str) -> NDArray[Any]:
        """Return what an array holds now; one that follows from a rule is made."""
        return self._to_make[name]() if name in self._to_make else self._values[name]

    def is_fixed(self, name: str) -> bool:
        """Return whether an array holds constants or indices, which no run changes."""
        return self._arrays[name].role in (Role.CONSTANT, Role.INDEX)

    def rely_on(self, name: str) -> None:
        """Note that the program is right only for the values that an array has now."""
        self._relied_on.add(name)

    def rely_on_equality(self, name: str) -> None:
        """Note that the values of an array are equal, and are so whenever the program runs."""
        self._equal.add(name)

    def is_single(self, name: str) -> bool:
        """Return whether an array holds a single value."""
        return self._arrays[name].extent is None

    def constant(
        self, name: str, value: float | int | bool, dimension: Dimension | None = None
    ) -> tuple[str, DType]:
        """Add a single value that the run does not change; return its name and type.

        Parameters
        ----------
        name : str
            Name of its array.
        value : float, int or bool
            In SI units.
        dimension : Dimension, optional
            Its dimension, if the user knows the constant.
        """
        dtype = _type_of(value)
        if dimension is not None:
            self._constants[name] = dimension
        array = Array(name, dtype, None, True, Role.CONSTANT)
        return self.array(array, np.array([value], dtype=dtype.numpy)), dtype

    def bind(self, binding: Binding) -> str:
        """Have a name bound in every kernel that uses it; return the name."""
        self._bindings[binding.name] = binding
        return binding.name

    def bound(self, name: str) -> Binding | None:
        """Return what a name is bound to in every kernel that uses it, None if to nothing."""
        return self._bindings.get(name)

    def has_function(self, name: str) -> bool:
        """Return whether there is a function of that name."""
        return name in self._functions

    def function(self, function: ProgramFunction) -> str:
        """Add a function from outside, after those that it needs; return its name."""
        return self._functions.setdefault(function.name, function).name

    def problem(self, key: str, problem: Problem) -> str:
        """Add what a problem means that checks note; return its key."""
        self._problems[key] = problem
        return key

    def buffer(self, buffer: Buffer, sink: Sink | None = None) -> str:
        """Add a buffer; return its name."""
        self._buffers[buffer.name] = buffer
        if sink is not None:
            self._sinks[buffer.name] = sink
        return buffer.name

    def has_buffer(self, name: str) -> bool:
        """Return whether there is a buffer of that name."""
        return name in self._buffers

    def table(self, table: Table) -> str:
        """Add a table; return its name."""
        self._tables[table.name] = table
        return table.name

    def entries(self, table: str) -> NDArray[Any] | None:
        """Return the numbers that a table lists, None if it lists all in order."""
        name = self._tables[table].entries
        return None if name is None else self._values[name]

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
        for array in changed_and_seen(kernel):
            kernel = self._seeing_copy(kernel, array, slot, order, age)
        place = _Place(slot, order, (age, len(self._kernels)))
        taken = {other.name for _, other in self._kernels}
        numbered = (f"{kernel.name}_{number}" for number in itertools.count(2))
        name = next(n for n in itertools.chain((kernel.name,), numbered) if n not in taken)
        self._kernels.append((place, replace(kernel, name=name)))

    def pause(self, pause: Pause, age: int) -> None:
        """Add a pause at its place of the step; older owners come first."""
        self._pauses.append((_Place(pause.slot, pause.order, (age, 0)), pause))

    def _seeing_copy(self, kernel: Kernel, array: str, slot: str, order: int, age: int) -> Kernel:
        """Return a kernel that sees values of other elements as they were before it ran."""
        original = self._arrays[array]
        copy = replace(original, name=f"{array}.before", role=Role.BUILTIN)
        self.array(copy, np.zeros_like(self._values[array]))
        self.kernel(copying(kernel, original, copy), slot, order, age)
        return seeing(kernel, array, copy.name)

    def finish(self, key: NDArray[Any], *, is_profiled: bool = False) -> Lowered:
        """Return the finished program.

        Parameters
        ----------
        key : ndarray of int64
            Key of the random numbers, shape (1,).
        is_profiled : bool
            Whether the time spent in each kernel is measured.
        """
        self.array(Array(RANDOM_KEY, DType.INT64, None, True, Role.BUILTIN), key)
        if is_profiled:
            self.extent(PROFILE, len(self._kernels))
            self.array(PROFILE_ARRAY, np.zeros(len(self._kernels)))
        ordered = sorted(self._kernels, key=lambda placed: self._position(placed[0]))
        launches: list[tuple[_Place, Launch | Pause]] = [
            (place, Launch(kernel.name, place.slot, place.order)) for place, kernel in ordered
        ]
        launches = sorted([*launches, *self._pauses], key=lambda placed: self._position(placed[0]))
        self._check_events_come_first([kernel for _, kernel in ordered])
        program = Program(
            name=self.name,
            extents=tuple(self._extents),
            clocks=tuple(map(self.clock, self._clocks.values())),
            arrays=tuple(self._arrays.values()),
            buffers=tuple(self._buffers.values()),
            streams=tuple(self._streams),
            kernels=tuple(kernel for _, kernel in ordered),
            launches=tuple(launch for _, launch in launches),
            tables=tuple(self._tables.values()),
            functions=tuple(self._functions.values()),
            is_profiled=is_profiled,
        )
        program = verify(optimise(take_first(verify(program), self._equal)))
        names = [array.name for array in program.arrays]
        values = {name: self._values[name] for name in names if name in self._values}
        to_make = {name: self._to_make[name] for name in names if name in self._to_make}
        rules = {name: self._rules[name] for name in to_make}
        memory = Memory(1, dict(self._extents), Arrays(values, to_make), rules)
        ages = {
            launch.name if isinstance(launch, Pause) else launch.kernel: place.age[0]
            for place, launch in launches
        }
        return Lowered(
            program=program,
            memory=memory,
            sinks=self._sinks,
            clocks=self._clocks,
            labels=self._named,
            traffic=self.traffic,
            ages=ages,
            problems=self._problems,
            constants={n: d for n, d in self._constants.items() if n not in self._relied_on},
            equal=frozenset(self._equal),
        )

    def _position(self, place: _Place) -> tuple[Any, ...]:
        return slot_position(place.slot, self.slots), place.order, place.age

    def _check_events_come_first(self, kernels: list[Kernel]) -> None:
        """Refuse what looks at the events of a step before the step has found them."""
        found: set[str] = set()
        emitting = {name for kernel in kernels for name in emitted(kernel)}
        for kernel in kernels:
            events = visited_events(kernel)
            if events in emitting - found:
                assert events is not None
                group, _, event = events.split(".")
                raise ModelError(
                    f"{kernel.name!r} needs the event {event!r} of {group!r} before the step has"
                    " looked for it\n  give it a slot ('when'), or an order in the slot, after"
                    f" that of the event: set_event_schedule({event!r}, ...)"
                )
            found |= emitted(kernel)


def _type_of(value: float | int | bool) -> DType:
    if isinstance(value, bool | np.bool_):
        return DType.BOOLEAN
    return DType.INT64 if isinstance(value, int | np.integer) else DType.FLOAT64
