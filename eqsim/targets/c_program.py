"""A program to what the templates of the C family see: identifiers and printed lines, no logic."""

from __future__ import annotations

from dataclasses import dataclass

from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Distribution,
    Draw,
    Emit,
    MatrixExponential,
)
from eqsim.expressions.traverse import free_names
from eqsim.program.nodes import (
    Array,
    Binding,
    Buffer,
    Clock,
    Events,
    Kernel,
    Lifetime,
    Once,
    Program,
)
from eqsim.program.traverse import (
    emitted,
    expressions,
    filled,
    flatten,
    is_isolated,
    is_serial,
    statements_of,
    targets,
    used,
    written,
)
from eqsim.program.types import name_types
from eqsim.targets.c_printer import C_TYPES, CPrinter, Dialect, bare, converted
from eqsim.targets.identifiers import IdentifierTable

RANDOM_KEY = "random.key"
"""The array with the key of the random numbers, one per instance."""

_OWN_MEMBERS = frozenset({"instances", "threads", "failure"})
_OWN_FUNCTIONS = frozenset(
    {"advance", "Clocks", "create", "Device", "download", "drain", "Drained", "join", "launch"}
    | {"Memory", "Simulation", "upload"}
)


@dataclass(frozen=True, slots=True)
class ArrayContext:
    """A member of the simulation that points to the caller's memory.

    Parameters
    ----------
    member, c_type : str
        Its name and the type of its values.
    comment : str
        Role and shape.
    factors : tuple of str
        Members whose product is the number of values.
    written : bool
        Whether a kernel changes it.
    """

    member: str
    c_type: str
    comment: str
    factors: tuple[str, ...]
    written: bool


@dataclass(frozen=True, slots=True)
class EventsContext:
    """A member of the simulation that holds the events of a step."""

    member: str
    extent: str


@dataclass(frozen=True, slots=True)
class RecordContext:
    """A member of the simulation that holds what a monitor recorded.

    Parameters
    ----------
    member : str
        Its name.
    columns : int
        Number of columns.
    widths : str
        Bytes per value of each column.
    sources : tuple of str
        For each kernel that appends to it the member with the number of its elements; empty text
        for a kernel that runs once.
    """

    member: str
    columns: int
    widths: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClockContext:
    """Members for a clock's state, and names for its state within a tick."""

    dt: str
    timestep: str
    end: str
    step: str
    due: str
    time: str
    running: str


@dataclass(frozen=True, slots=True)
class KernelContext:
    """A kernel with its lines printed.

    Parameters
    ----------
    name : str
        Identifier of the function.
    origin : tuple of str
        Comments: the user's lines.
    shape : str
        ``"once"``, ``"elements"`` or ``"events"``.
    extent : str
        Member with the size, empty for ``"once"``.
    index : str
        Identifier of the element's number.
    visits, fills, records : str
        Members of the events that are visited or filled and of the record that is appended to;
        empty if there is none.
    record_columns : int
        Number of columns of the record.
    setup : list of str
        Lines before the loop over elements, once per instance.
    body : list of str
        Lines per element: loads, computation, stores.
    vector : bool
        Whether the loop over elements may run in vectors.
    first_owner, last_owner : str
        Whose events are visited: from the first up to but not including the last worker.
    """

    name: str
    origin: tuple[str, ...]
    shape: str
    extent: str
    index: str
    visits: str
    fills: str
    records: str
    record_columns: int
    setup: list[str]
    body: list[str]
    vector: bool
    first_owner: str
    last_owner: str


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """One call in the loop over time.

    Parameters
    ----------
    kernel : str
        Identifier of the function.
    due : str
        Name of the truth value that the kernel's clock has a step.
    isolated : bool
        Whether it waits for all threads, and they for it.
    serial : bool
        Whether one thread visits all elements.
    extent : str
        Member with the number of elements, empty for a kernel that runs once.
    ordered : bool
        Whether several elements append to a record, in index order.
    fills : str
        Member of the events that are filled, empty if there is none.
    """

    kernel: str
    due: str
    isolated: bool
    serial: bool
    extent: str
    ordered: bool
    fills: str


@dataclass(frozen=True, slots=True)
class ProgramContext:
    """All that a template of a simulation sees."""

    title: str
    version: str
    extents: tuple[str, ...]
    arrays: tuple[ArrayContext, ...]
    events: tuple[EventsContext, ...]
    records: tuple[RecordContext, ...]
    clocks: tuple[ClockContext, ...]
    kernels: tuple[KernelContext, ...]
    launches: tuple[LaunchContext, ...]


def program_context(program: Program, dialect: Dialect, version: str) -> ProgramContext:
    """Print a program for a template.

    Parameters
    ----------
    program : Program
        A verified program.
    dialect : Dialect
        How to add and append in the language.
    version : str
        Version of eqsim, for the first comment.
    """
    members = IdentifierTable(_OWN_MEMBERS)
    for array in program.arrays:
        members.add(array.name)
    for buffer in program.buffers:
        members.add(buffer.name)
    for extent in program.extents:
        members.add(f"n_{extent}")
    functions = IdentifierTable(_OWN_FUNCTIONS)
    names = {kernel.name: functions.add(kernel.name) for kernel in program.kernels}
    clocks = {clock.name: _clock(clock, members) for clock in program.clocks}
    step_buffers = [b for b in program.buffers if b.lifetime is Lifetime.STEP]
    changed = _changed(program)
    return ProgramContext(
        title=program.name,
        version=version,
        extents=tuple(members[f"n_{extent}"] for extent in program.extents),
        arrays=tuple(_array(array, members, changed) for array in program.arrays),
        events=tuple(
            EventsContext(members[b.name], members[f"n_{b.extent}"]) for b in step_buffers
        ),
        records=tuple(
            RecordContext(
                members[b.name],
                len(b.columns),
                ", ".join(str(column.dtype.numpy.itemsize) for column in b.columns),
                tuple(
                    _extent(program, k, members) for k in program.kernels if b.name in emitted(k)
                ),
            )
            for b in run_buffers(program)
        ),
        clocks=tuple(clocks.values()),
        kernels=tuple(
            _KernelPrinting(program, kernel, members, clocks, dialect).context(names[kernel.name])
            for kernel in program.kernels
        ),
        launches=tuple(
            _launch(program, program.kernel(launch.kernel), names[launch.kernel], clocks, members)
            for launch in program.launches
        ),
    )


def run_buffers(program: Program) -> list[Buffer]:
    """Return the buffers that monitors record into, in the order of their numbers."""
    return [buffer for buffer in program.buffers if buffer.lifetime is Lifetime.RUN]


def _extent(program: Program, kernel: Kernel, members: IdentifierTable) -> str:
    extent = program.extent_of(kernel.space)
    return "" if extent is None else members[f"n_{extent}"]


def _changed(program: Program) -> frozenset[str]:
    return frozenset(
        binding.array
        for kernel in program.kernels
        for changed in [written(kernel)]
        for binding in kernel.bindings
        if binding.name in changed
    )


def _array(array: Array, members: IdentifierTable, changed: frozenset[str]) -> ArrayContext:
    per_instance = ["instances"] if array.per_instance else []
    per_element = [members[f"n_{array.extent}"]] if array.extent is not None else []
    shape = "[instances]" if array.per_instance else ""
    shape += f"[{members[f'n_{array.extent}']}]" if array.extent is not None else ""
    comment = f"  // {array.role.value}{', ' + shape if shape else ''}"
    return ArrayContext(
        members[array.name],
        C_TYPES[array.dtype],
        comment,
        (*per_instance, *per_element),
        array.name in changed,
    )


def _clock(clock: Clock, members: IdentifierTable) -> ClockContext:
    name = members[clock.timestep].removesuffix("_timestep")
    return ClockContext(
        dt=members[clock.dt],
        timestep=members[clock.timestep],
        end=members[clock.end],
        step=f"{name}_step",
        due=f"{name}_due",
        time=f"{name}_time",
        running=f"{name}_running",
    )


def _launch(
    program: Program,
    kernel: Kernel,
    name: str,
    clocks: dict[str, ClockContext],
    members: IdentifierTable,
) -> LaunchContext:
    step_buffer = filled(program, kernel)
    recorded = emitted(kernel) - {step_buffer}
    return LaunchContext(
        kernel=name,
        due=clocks[kernel.clock].due,
        isolated=is_isolated(program, kernel),
        serial=is_serial(program, kernel),
        extent=_extent(program, kernel, members),
        ordered=bool(recorded) and not isinstance(kernel.space, Once),
        fills="" if step_buffer is None else members[step_buffer],
    )


class _KernelPrinting:
    """The printing of one kernel."""

    def __init__(
        self,
        program: Program,
        kernel: Kernel,
        members: IdentifierTable,
        clocks: dict[str, ClockContext],
        dialect: Dialect,
    ) -> None:
        self.program = program
        self.kernel = kernel
        self.members = members
        self.clock = clocks[kernel.clock]
        self.arrays = {array.name: array for array in program.arrays}
        self.written = written(kernel)
        self.used = used(kernel)
        self.branched = _only_in_branches(kernel) & self.written
        self.types = name_types(kernel)
        self.accumulated = {s.target for s in statements_of(kernel) if isinstance(s, Accumulate)}
        table = IdentifierTable()
        self.index = table.add(kernel.index)
        for name in sorted(self.types, key=lambda n: n.startswith("_")):
            table.add(name)
        self.pointers = {
            binding.name: table.fresh(self.members[binding.array])
            for binding in kernel.bindings
            if self._array(binding).extent is not None
        }
        self.names = table.as_dict()
        places = {b.name: self._place(b) for b in kernel.bindings if b.name in self.accumulated}
        self.printer = CPrinter(
            types=self.types,
            real=kernel.real,
            names={**self.names, **places},
            streams={name: number for number, name in enumerate(program.streams)},
            columns={b.name: tuple(c.dtype for c in b.columns) for b in program.buffers},
            declared=frozenset(self._loaded()),
            branch_stores={
                b.name: self._store(b) for b in kernel.bindings if b.name in self.branched
            },
            dialect=dialect,
        )

    def context(self, name: str) -> KernelContext:
        kernel, program = self.kernel, self.program
        extent = program.extent_of(kernel.space)
        step_buffer = filled(program, kernel)
        recorded = sorted(emitted(kernel) - {step_buffer})
        serial = is_serial(program, kernel)
        visits = self.members[kernel.space.buffer] if isinstance(kernel.space, Events) else ""
        return KernelContext(
            name=name,
            origin=tuple(map(_comment, kernel.origin)),
            shape=type(kernel.space).__name__.lower(),
            extent="" if extent is None else self.members[f"n_{extent}"],
            index=self.index,
            visits=visits,
            fills="" if step_buffer is None else self.members[step_buffer],
            records=self.members[recorded[0]] if recorded else "",
            record_columns=len(program.buffer(recorded[0]).columns) if recorded else 0,
            setup=self._setup(),
            body=[*self._loads(), *self.printer.statements(kernel.body), *self._stores()],
            vector=not serial and self._is_vector(),
            first_owner="0" if serial else "worker_.thread",
            last_owner="simulation->threads" if serial else "worker_.thread + 1",
        )

    def _is_vector(self) -> bool:
        scalar_only = (Branch, Emit, MatrixExponential, Accumulate)
        return not any(
            isinstance(statement, scalar_only)
            or (isinstance(statement, Draw) and statement.distribution is Distribution.POISSON)
            for statement in flatten(self.kernel.body)
        )

    def _array(self, binding: Binding) -> Array:
        return self.arrays[binding.array]

    def _place(self, binding: Binding) -> str:
        """Return the text of the place in memory that a binding stands for."""
        array = self._array(binding)
        if array.extent is not None:
            index = self.index if binding.index is None else self.names[binding.index]
            return f"{self.pointers[binding.name]}[{index}]"
        member = self.members[array.name]
        if member == self.clock.timestep:
            return f"clocks.{self.clock.step}"
        return f"simulation->{member}[{'instance_' if array.per_instance else '0'}]"

    def _load(self, binding: Binding) -> str:
        place, stored = self._place(binding), self._array(binding).dtype
        text = bare(converted(place, stored, binding.dtype))
        constant = "" if binding.name in self.written else "const "
        return f"{constant}{C_TYPES[binding.dtype]} {self.names[binding.name]} = {text};"

    def _loaded(self) -> list[str]:
        return [
            binding.name
            for binding in self.kernel.bindings
            if binding.name not in self.accumulated and self._is_read(binding.name)
        ]

    def _is_read(self, name: str) -> bool:
        """Whether the old value may be needed: not if the body first assigns a new one."""
        for statement in self.kernel.body:
            inner = tuple(flatten((statement,)))
            if any(name in free_names(e) for s in inner for e in expressions(s)):
                return True
            if isinstance(statement, Assign) and statement.target == name:
                return False
            if name not in self.branched and any(name in targets(s) for s in inner):
                return True
        return name not in self.branched

    def _setup(self) -> list[str]:
        lines = []
        if any(isinstance(s, Draw) for s in statements_of(self.kernel)):
            key = self.members[RANDOM_KEY]
            lines.append(f"const uint64_t key_ = (uint64_t)simulation->{key}[instance_];")
            lines.append(f"const int64_t step_ = clocks.{self.clock.step};")
            if isinstance(self.kernel.space, Once):
                lines.append("const int64_t element_ = 0;")
        arrays = [binding.array for binding in self.kernel.bindings]
        for binding in self.kernel.bindings:
            array = self._array(binding)
            if array.extent is not None:
                restrict = " __restrict" if arrays.count(array.name) == 1 else ""
                lines.append(self._pointer(binding, array, restrict))
            elif self._is_single(binding):
                lines.append(self._load(binding))
        return [*lines, *self.printer.statements(self.kernel.prologue)]

    def _pointer(self, binding: Binding, array: Array, restrict: str) -> str:
        constant = "" if binding.name in self.written else "const "
        origin = f" + instance_ * simulation->{self.members[f'n_{array.extent}']}"
        return (
            f"{constant}{C_TYPES[array.dtype]}* const{restrict} {self.pointers[binding.name]} ="
            f" simulation->{self.members[array.name]}{origin if array.per_instance else ''};"
        )

    def _is_single(self, binding: Binding) -> bool:
        return self._array(binding).extent is None and binding.name in self.printer.declared

    def _loads(self) -> list[str]:
        lines = []
        if not isinstance(self.kernel.space, Once) and any(
            isinstance(s, Draw) for s in statements_of(self.kernel)
        ):
            lines.append(f"const int64_t element_ = {self.index};")
        loaded = [b for b in self.kernel.bindings if b.name in self.printer.declared]
        indices = {binding.index for binding in loaded}
        # What indexes others comes first.
        for binding in sorted(loaded, key=lambda b: b.name not in indices):
            if self._array(binding).extent is not None:
                lines.append(self._load(binding))
        return lines

    def _stores(self) -> list[str]:
        written = self.written - self.accumulated - self.branched
        return [
            self._store(binding) for binding in self.kernel.bindings if binding.name in written
        ]

    def _store(self, binding: Binding) -> str:
        value = converted(self.names[binding.name], binding.dtype, self._array(binding).dtype)
        return f"{self._place(binding)} = {bare(value)};"


def _comment(line: str) -> str:
    # A backslash at its end would join the next line to the comment.
    return " ".join(line.split()).rstrip("\\ ")


def _only_in_branches(kernel: Kernel) -> frozenset[str]:
    """Return the names that are assigned inside branches and nowhere else."""
    inside = {
        target
        for statement in kernel.body
        if isinstance(statement, Branch)
        for part in statement.body
        if isinstance(part, Assign)
        for target in targets(part)
    }
    outside = {t for s in kernel.body if not isinstance(s, Branch) for t in targets(s)}
    nested = {
        target
        for statement in kernel.body
        if isinstance(statement, Branch)
        for branch in statement.body
        if isinstance(branch, Branch)
        for part in flatten(branch.body)
        for target in targets(part)
    }
    return frozenset(inside - outside - nested)
