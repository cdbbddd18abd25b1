"""The scheduled program: arrays, buffers, kernels, and when they run.

Frozen values throughout, equal when they say the same, so a program can be a key. Parameters,
sizes, ``dt``, the duration and the seed are contents of arrays and never part of a program:
changing one never compiles.

Every program can run any number of *instances* at once: the points of a sweep. An array is either
held once per instance or common to all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from eqsim.expressions.statements import Branch, Check, Statement, While
from eqsim.program.dtypes import DType
from eqsim.program.functions import ProgramFunction

RANDOM_KEY = "random.key"
"""Name of the array with the key of the random numbers, one per instance."""


class Role(Enum):
    """What an array is to the model."""

    STATE = "state variable"
    PARAMETER = "parameter"
    CONSTANT = "constant of the namespace"
    BUILTIN = "built-in"
    INDEX = "index"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Array:
    """Memory that the host binds before a run.

    Parameters
    ----------
    name : str
        Unique in the program: ``"neurongroup.v"``.
    dtype : DType
        Type of the values as stored.
    extent : str or None
        Name of the extent that it is as long as; None for a single value.
    per_instance : bool
        Whether each instance has its own; the shape is then (instances, extent).
    role : Role
        What it is to the model.
    """

    name: str
    dtype: DType
    extent: str | None
    per_instance: bool
    role: Role


class Lifetime(Enum):
    """How long the rows of a buffer live."""

    STEP = "step"
    """Until the kernel that fills it runs again: the events of one step."""
    HISTORY = "history"
    """As many steps as events may still be on their way: the events of the last steps."""
    RUN = "run"
    """Until the host takes them: what monitors record."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a buffer."""

    name: str
    dtype: DType


@dataclass(frozen=True, slots=True)
class Buffer:
    """Rows that kernels append to, held once per instance.

    Parameters
    ----------
    name : str
        Unique in the program: ``"neurongroup.spike"``, ``"spikemonitor"``.
    columns : tuple of Column
        For ``STEP`` exactly one, the index of the element; for ``HISTORY`` the number of the step
        and the index.
    lifetime : Lifetime
        How long rows live.
    extent : str or None
        For ``STEP`` and ``HISTORY`` the extent that the indices count; at most one row per element
        and step.
    """

    name: str
    columns: tuple[Column, ...]
    lifetime: Lifetime
    extent: str | None = None

    @property
    def depth(self) -> str:
        """Name of the array with the number of steps before the current one that are kept."""
        return f"{self.name}.depth"

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The arrays that come with a ``HISTORY``: its depth, and the rows that it begins with.

        Those are in the order of their steps, and of their indices within a step. All instances
        begin with the same.
        """
        if self.lifetime is not Lifetime.HISTORY:
            return ()
        return (
            Array(self.depth, DType.INT64, None, False, Role.BUILTIN),
            *(
                Array(f"{self.name}.{column.name}", column.dtype, self.name, False, Role.INDEX)
                for column in self.columns
            ),
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of numbers: which synapses each element of one side has.

    Where there are delays, each row has a part for each delay. Part ``d`` of row ``r`` consists of
    the entries from ``begin[r * D + d]`` up to but not including ``begin[r * D + d + 1]``, where
    ``D`` is the number of delays, 1 if there are none.

    Parameters
    ----------
    name : str
        Unique in the program: ``"synapses.outgoing"``.
    synapses : str
        The extent that is numbered by the entries.
    rows : str
        The extent whose size is the number of rows.
    first : str
        Name of the single INT64 value that says which element has the first row.
    begin : str
        Name of the INT32 array described above.
    delays : str or None
        Name of the INT32 array of delays, in steps, the longest first.
    entries : str or None
        Name of the INT32 array of numbers; None if entry ``k`` is synapse ``k``.
    other : str or None
        Name of the array over ``synapses`` with the element on the other side of each. Within a
        part of a row these are in ascending order. None if the entries themselves are meant.
    others : str
        The extent of the elements on the other side; ``synapses`` if ``other`` is None.
    """

    name: str
    synapses: str
    rows: str
    first: str
    begin: str
    others: str
    delays: str | None = None
    entries: str | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """Times at which something happens, with the arrays that hold their state.

    Parameters
    ----------
    name : str
        Unique in the program.
    is_listed : bool
        Whether the times are those of a list, in ascending order, and no grid.
    """

    name: str
    is_listed: bool = False

    @property
    def dt(self) -> str:
        """Name of the array with the step, in seconds.

        For listed times, that of the finest grid, by which it is decided what is at one time.
        """
        return f"{self.name}.dt"

    @property
    def times(self) -> str:
        """Name of the array, and of its extent, with listed times, in seconds."""
        return f"{self.name}.times"

    @property
    def timestep(self) -> str:
        """Name of the array with the number of the current step.

        Time is ``timestep * dt``, or that entry of the list.
        """
        return f"{self.name}.timestep"

    @property
    def end(self) -> str:
        """Name of the array with the number of the first step that is not run."""
        return f"{self.name}.end"

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The arrays of the clock's state."""
        listed = Array(self.times, DType.FLOAT64, self.times, False, Role.CLOCK)
        return (
            Array(self.dt, DType.FLOAT64, None, False, Role.CLOCK),
            Array(self.timestep, DType.INT64, None, False, Role.CLOCK),
            Array(self.end, DType.INT64, None, False, Role.CLOCK),
            *((listed,) if self.is_listed else ()),
        )


@dataclass(frozen=True, slots=True)
class Once:
    """Run the body once per instance."""


@dataclass(frozen=True, slots=True)
class Elements:
    """Run the body for each element of an extent."""

    extent: str


@dataclass(frozen=True, slots=True)
class Events:
    """Run the body for each element that a ``STEP`` buffer names."""

    buffer: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Run the body for all entries of a table, row by row.

    Parameters
    ----------
    table : str
        The table, which has no delays.
    event : str
        The name that holds the number of the row's element in the body.
    """

    table: str
    event: str


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Run the body for the entries of the rows of elements that had an event.

    Parts with longer delays come first, then the elements in order, then the entries in order.

    Parameters
    ----------
    table : str
        The table; without delays for a ``STEP`` buffer, with delays for a ``HISTORY``.
    events : str
        The buffer with the events. A part is visited as many steps after the event as its delay.
    event : str
        The name that holds the number of the element that had the event in the body.
    since : str or None
        For a ``HISTORY`` the name of the single INT64 value with the first step that counts.
    """

    table: str
    events: str
    event: str
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """Run the body for the entries of the row that belongs to the current step, if one does.

    That is row ``k`` with ``steps[k] == s``, where ``s`` is the number of the step on the kernel's
    clock, or what is left of it after division by ``period``. Rows are few where steps are many:
    the row is looked for by bisection.

    Parameters
    ----------
    table : str
        The table, which has no delays; its ``first`` counts for nothing here.
    steps : str
        Name of the INT64 array over the table's rows with the step of each, in ascending order.
    period : str
        Name of the single INT64 value with the number of steps after which all rows come again, 0
        if they do not.
    """

    table: str
    steps: str
    period: str


IndexSpace = Once | Elements | Events | Rows | Arrivals | Moments


@dataclass(frozen=True, slots=True)
class Binding:
    """A name of a kernel's body and the array that it stands for.

    Parameters
    ----------
    name : str
        The name in the body.
    array : str
        The array.
    dtype : DType
        The type in which the body computes with it; conversions happen on load and store.
    index : str or None
        Which element: the name of another binding that holds it, the kernel's index, the name of
        the space's event, or None for the kernel's own.
    in_order : bool
        Whether the array has its values in the order in which the kernel's table lists its
        entries, and not by their numbers. It is only read.
    """

    name: str
    array: str
    dtype: DType
    index: str | None = None
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Kernel:
    """A body and the set of elements for which it runs.

    Parameters
    ----------
    name : str
        Unique in the program, an identifier: ``"neurongroup_thresholds"``.
    space : IndexSpace
        For which elements.
    index : str
        The name that holds the element's number in the body.
    clock : str
        Name of the clock that it runs on.
    real : DType
        Type of literals with a fraction, ``FLOAT32`` or ``FLOAT64``.
    bindings : tuple of Binding
        Which names are which arrays.
    prologue : tuple of Statement
        Computed once per instance and launch, before the body; single values only.
    body : tuple of Statement
        Computed for each element.
    origin : tuple of str
        The user's lines that this comes from, for comments and errors.
    """

    name: str
    space: IndexSpace
    index: str
    clock: str
    real: DType
    bindings: tuple[Binding, ...]
    prologue: tuple[Statement, ...]
    body: tuple[Statement, ...]
    origin: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Launch:
    """One place of the schedule; launches run in the order in which a program lists them."""

    kernel: str
    slot: str
    order: int


@dataclass(frozen=True, slots=True)
class Pause:
    """A place of the schedule at which an advance ends, for the host to do something.

    The next advance goes on right after it, within the same step.

    Parameters
    ----------
    name : str
        Unique among the pauses of the program.
    clock : str
        Name of the clock at whose steps it is reached.
    slot, order : str, int
        As for a launch.
    """

    name: str
    clock: str
    slot: str
    order: int


def _problems(statements: tuple[Statement, ...]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Check):
            yield statement.problem
        if isinstance(statement, Branch | While):
            yield from _problems(statement.body)


PROFILE = "profile"
"""Name of the array with the seconds spent in each kernel, and of its extent."""
PROFILE_ARRAY = Array(PROFILE, DType.FLOAT64, PROFILE, False, Role.BUILTIN)


@dataclass(frozen=True)
class Program:
    """Everything that is executed.

    Parameters
    ----------
    name : str
        For comments and file names.
    extents : tuple of str
        Names of the sizes, which are given at run time.
    clocks : tuple of Clock
        At least one.
    arrays : tuple of Array
        All memory that the host binds, clocks included.
    buffers : tuple of Buffer
        All memory that grows by itself.
    tables : tuple of Table
        Who is connected to whom.
    streams : tuple of str
        Random streams; the position of a name is its key.
    kernels : tuple of Kernel
        In order of first launch.
    launches : tuple of Launch or Pause
        What happens in one step.
    is_profiled : bool
        Whether the time spent in each kernel is added up, in the order of ``kernels``, in the
        array :data:`PROFILE`.
    functions : tuple of ProgramFunction
        What kernels invoke, each after those that it needs itself.
    """

    name: str
    extents: tuple[str, ...]
    clocks: tuple[Clock, ...]
    arrays: tuple[Array, ...]
    buffers: tuple[Buffer, ...]
    streams: tuple[str, ...]
    kernels: tuple[Kernel, ...]
    launches: tuple[Launch | Pause, ...]
    tables: tuple[Table, ...] = ()
    is_profiled: bool = False
    functions: tuple[ProgramFunction, ...] = ()

    # Looked up for each binding of each kernel by each pass; cached, hence no slots.
    @cached_property
    def _arrays(self) -> dict[str, Array]:
        return {array.name: array for array in self.arrays}

    @cached_property
    def _buffers(self) -> dict[str, Buffer]:
        return {buffer.name: buffer for buffer in self.buffers}

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return {table.name: table for table in self.tables}

    @cached_property
    def _kernels(self) -> dict[str, Kernel]:
        return {kernel.name: kernel for kernel in self.kernels}

    @cached_property
    def pauses(self) -> tuple[Pause, ...]:
        """The pauses, in the order of the step; the number of a pause is its position."""
        return tuple(launch for launch in self.launches if isinstance(launch, Pause))

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """Keys of the problems that checks note, in the order of their numbers."""
        bodies = (kernel.body for kernel in self.kernels)
        return tuple(dict.fromkeys(key for body in bodies for key in _problems(body)))

    @cached_property
    def _functions(self) -> dict[str, ProgramFunction]:
        return {function.name: function for function in self.functions}

    def function(self, name: str) -> ProgramFunction:
        """Return the function of that name."""
        return self._functions[name]

    def array(self, name: str) -> Array:
        """Return the array of that name."""
        return self._arrays[name]

    def buffer(self, name: str) -> Buffer:
        """Return the buffer of that name."""
        return self._buffers[name]

    def table(self, name: str) -> Table:
        """Return the table of that name."""
        return self._tables[name]

    def kernel(self, name: str) -> Kernel:
        """Return the kernel of that name."""
        return self._kernels[name]

    def extent_of(self, space: IndexSpace) -> str | None:
        """Return the extent whose elements a kernel visits, None if it runs once."""
        match space:
            case Once():
                return None
            case Elements(extent):
                return extent
            case Events(buffer):
                return self.buffer(buffer).extent
            case Rows(table, _) | Arrivals(table, _, _, _) | Moments(table, _, _):
                return self.table(table).synapses
