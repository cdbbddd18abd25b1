"""A program to what the templates of the C family see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from eqsim.expressions.statements import Check
from eqsim.program.nodes import (
    PROFILE,
    Array,
    Buffer,
    Clock,
    Kernel,
    Lifetime,
    Once,
    Pause,
    Program,
    Role,
)
from eqsim.program.partition import is_serial
from eqsim.program.traverse import emitted, filled, statements_of, written
from eqsim.program.waiting import waits
from eqsim.runtime.simulation import GRID_TOLERANCE
from eqsim.targets.c_context import (
    ArrayContext,
    ClockContext,
    EventsContext,
    HistoryContext,
    LaunchContext,
    ProblemContext,
    ProgramContext,
    RecordContext,
)
from eqsim.targets.c_functions import NAMESPACE, functions_context
from eqsim.targets.c_kernel import KernelPrinting
from eqsim.targets.c_printer import C_TYPES, Dialect
from eqsim.targets.identifiers import IdentifierTable

_OWN_MEMBERS = frozenset(
    {
        "instances",
        "threads",
        "team",
        "shortage",
        "failed",
        "paused",
        "has_begun",
        "trace",
        "segments",
    }
)
_OWN_FUNCTIONS = frozenset(
    {
        "advance",
        "begin",
        "bodies",
        "Clocks",
        "create",
        "Device",
        "download",
        "drain",
        "Drained",
        "enqueue",
        "find_failed",
        "kernel_texts",
        "Memory",
        "plan",
        "seconds",
        "Simulation",
        "upload",
    }
    # What the loop over time calls its own values.
    | {NAMESPACE, "began", "now", "paused", "resumed", "tick", "ticks", "worker"}
)


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
        grid_tolerance=repr(GRID_TOLERANCE),
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
        histories=tuple(_history(buffer, members) for buffer in history_buffers(program)),
        clocks=tuple(clocks.values()),
        kernels=tuple(
            KernelPrinting(program, kernel, members, clocks, dialect).context(names[kernel.name])
            for kernel in program.kernels
        ),
        launches=tuple(_launches(program, names, clocks, members)),
        waits=waits(program)[-1],
        pauses=len(program.pauses),
        problems=tuple(_problems(program, clocks, members)),
        profile=members[PROFILE] if program.is_profiled else "",
        functions=functions_context(program, members, dialect.target),
    )


def _problems(
    program: Program, clocks: Mapping[str, ClockContext], members: IdentifierTable
) -> Iterator[ProblemContext]:
    noting = {
        statement.problem: kernel
        for kernel in program.kernels
        for statement in statements_of(kernel)
        if isinstance(statement, Check)
    }
    for problem in program.problems:
        kernel = noting[problem]
        yield ProblemContext(clocks[kernel.clock].step, _extent(program, kernel, members))


def run_buffers(program: Program) -> list[Buffer]:
    """Return the buffers that monitors record into, in the order of their numbers."""
    return [buffer for buffer in program.buffers if buffer.lifetime is Lifetime.RUN]


def history_buffers(program: Program) -> list[Buffer]:
    """Return the buffers that keep events, in the order of their numbers, after all records."""
    return [buffer for buffer in program.buffers if buffer.lifetime is Lifetime.HISTORY]


def _history(buffer: Buffer, members: IdentifierTable) -> HistoryContext:
    depth, steps, elements = buffer.arrays
    return HistoryContext(
        members[buffer.name],
        ", ".join(str(column.dtype.numpy.itemsize) for column in buffer.columns),
        steps=members[steps.name],
        elements=members[elements.name],
        rows=members[f"n_{buffer.name}"],
        depth=members[depth.name],
        extent=members[f"n_{buffer.extent}"],
    )


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
        array.role is Role.INDEX and array.name not in changed,
    )


def _clock(clock: Clock, members: IdentifierTable) -> ClockContext:
    name = members[clock.timestep].removesuffix("_timestep")
    return ClockContext(
        dt=members[clock.dt],
        times=members[clock.times] if clock.is_listed else "",
        timestep=members[clock.timestep],
        end=members[clock.end],
        step=f"{name}_step",
        due=f"{name}_due",
        time=f"{name}_time",
        running=f"{name}_running",
    )


def _launches(
    program: Program,
    names: Mapping[str, str],
    clocks: Mapping[str, ClockContext],
    members: IdentifierTable,
) -> Iterator[LaunchContext]:
    numbers = {kernel.name: number for number, kernel in enumerate(program.kernels)}
    pauses = 0
    for launch, waiting in zip(program.launches, waits(program), strict=False):
        if isinstance(launch, Pause):
            pauses += 1
            due = f"{clocks[launch.clock].due} && resumed < {pauses}"
            yield LaunchContext(kernel="", due=due, pause=pauses)
            continue
        kernel = program.kernel(launch.kernel)
        # What comes before the pause at which the last advance ended is done.
        left = f" && resumed <= {pauses}" if program.pauses else ""
        due = clocks[kernel.clock].due + left
        called = _call(program, kernel, names[kernel.name], due, members)
        yield replace(called, number=numbers[kernel.name], waits=waiting)


def _call(
    program: Program, kernel: Kernel, name: str, due: str, members: IdentifierTable
) -> LaunchContext:
    step_buffer = filled(program, kernel)
    recorded = emitted(kernel) - {step_buffer}
    return LaunchContext(
        kernel=name,
        due=due,
        serial=is_serial(program, kernel),
        extent=_extent(program, kernel, members),
        ordered=bool(recorded) and not isinstance(kernel.space, Once),
        fills="" if step_buffer is None else members[step_buffer],
    )
