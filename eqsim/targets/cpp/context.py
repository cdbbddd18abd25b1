"""What the templates of a standalone project see beside its simulation.cpp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eqsim.build.sources import Requirements, Sources
from eqsim.build.toolchain import REQUIRED_FLAGS
from eqsim.program.nodes import Program
from eqsim.runtime.drive import CHUNK_SECONDS
from eqsim.runtime.manifest import Manifest, StoredObject, StoredRecord
from eqsim.runtime.simulation import GRID_TOLERANCE
from eqsim.targets.c_program import history_buffers
from eqsim.targets.cpp.work import WORK_PER_THREAD, operations
from eqsim.units.display import STANDARD_UNITS
from eqsim.units.names import UNITS

_STANDARD = "-std=c++"
_NOT_FOR_PROGRAMS = "-fPIC"
_TYPES = {"bool": "boolean"}
"""What ``arrays.h`` calls a type, where that is not NumPy's name."""
_SINGLE_VALUE = -1
_NONE = -1


@dataclass(frozen=True, slots=True)
class StoredArrayContext:
    """An array of the simulation in a file; ``extent`` is the number of its size, -1 for none."""

    name: str
    file: str
    type: str
    extent: int


@dataclass(frozen=True, slots=True)
class StoredColumnContext:
    """A column of a record in a file."""

    name: str
    file: str
    type: str


@dataclass(frozen=True, slots=True)
class StoredRecordContext:
    """A record; ``extent`` is the number of the size of a row, -1 for rows of one value."""

    name: str
    extent: int
    columns: tuple[StoredColumnContext, ...]


@dataclass(frozen=True, slots=True)
class StoredClockContext:
    """A clock, with the numbers of the arrays that hold its state; -1 for ``times`` of a grid."""

    name: str
    dt: int
    timestep: int
    end: int
    times: int


@dataclass(frozen=True, slots=True)
class ToldProblemContext:
    """What is said when a check fails: texts as C++ literals, numbers of extents and arrays."""

    text: str
    element: str
    extent: int
    clock: int
    variables: tuple[tuple[str, int], ...]
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProjectContext:
    """All that the templates of ``main.cpp``, ``CMakeLists.txt`` and ``README.md`` see.

    Parameters
    ----------
    name, version : str
        Of the model, of eqsim.
    duration : str
        How long the model is simulated, with a unit.
    extents : tuple of str
        Names of the sizes, in the order of their numbers.
    arrays : tuple of StoredArrayContext
        In the order in which they are bound.
    carried : tuple of str
        Files of state that no kernel uses.
    records, histories, clocks : tuple
        In the order of the program.
    objects : tuple of StoredObject
        What the user asks results for.
    problems : tuple of ToldProblemContext
        What checks note, in the order of the program.
    time_units : tuple of (float, str)
        Units of time with their symbols, by rising scale.
    standard : str
        Number of the C++ standard.
    flags : tuple of str
        Flags that keep results the same on every machine.
    operations : tuple of float
        How many operations a step takes for each element of each size.
    work_per_thread : int
        How many operations per step make a thread worth while.
    grid_tolerance, chunk_seconds : float
        As in a run in process.
    has_functions : bool
        Whether there are functions from outside the language.
    also : tuple of str
        Files that are compiled beside the program.
    requirements : Requirements
        What they need from outside.
    """

    name: str
    version: str
    duration: str
    extents: tuple[str, ...]
    arrays: tuple[StoredArrayContext, ...]
    carried: tuple[str, ...]
    records: tuple[StoredRecordContext, ...]
    histories: tuple[StoredRecordContext, ...]
    clocks: tuple[StoredClockContext, ...]
    objects: tuple[StoredObject, ...]
    problems: tuple[ToldProblemContext, ...]
    time_units: tuple[tuple[float, str], ...]
    standard: str
    flags: tuple[str, ...]
    operations: tuple[float, ...]
    work_per_thread: int
    grid_tolerance: float
    chunk_seconds: float
    has_functions: bool
    also: tuple[str, ...]
    requirements: Requirements


def project_context(
    program: Program,
    manifest: Manifest,
    code: Sources,
    problems: tuple[ToldProblemContext, ...],
) -> ProjectContext:
    """Return what the templates see of a program, its manifest and its sources."""
    places = {array.name: number for number, array in enumerate(program.arrays)}
    extents: dict[str | None, int] = {name: n for n, name in enumerate(manifest.extents)}
    extents[None] = _SINGLE_VALUE
    histories = {buffer.name for buffer in history_buffers(program)}
    standard = next(flag for flag in REQUIRED_FLAGS if flag.startswith(_STANDARD))
    return ProjectContext(
        name=manifest.name,
        version=manifest.eqsim_version,
        duration=f"{manifest.duration:g} s",
        extents=tuple(manifest.extents),
        arrays=tuple(
            StoredArrayContext(a.name, a.file, _type(a.dtype), extents[a.extent])
            for a in manifest.arrays
            if a.bound
        ),
        carried=tuple(a.file for a in manifest.arrays if not a.bound),
        records=tuple(_record(r, extents) for r in manifest.records if r.name not in histories),
        histories=tuple(_record(r, extents) for r in manifest.records if r.name in histories),
        clocks=tuple(
            StoredClockContext(
                c.name,
                places[c.dt],
                places[c.timestep],
                places[c.end],
                places[c.times] if c.is_listed else _NONE,
            )
            for c in program.clocks
        ),
        objects=manifest.objects,
        problems=problems,
        time_units=tuple((u.value, u.symbol) for u in STANDARD_UNITS[UNITS["second"].dimension]),
        standard=standard.removeprefix(_STANDARD),
        flags=tuple(f for f in REQUIRED_FLAGS if f not in (standard, _NOT_FOR_PROGRAMS)),
        operations=tuple(operations(program).values()),
        work_per_thread=WORK_PER_THREAD,
        grid_tolerance=GRID_TOLERANCE,
        chunk_seconds=CHUNK_SECONDS,
        has_functions=bool(program.functions),
        also=code.also,
        requirements=code.requirements,
    )


def _record(record: StoredRecord, extents: Mapping[str | None, int]) -> StoredRecordContext:
    columns = (StoredColumnContext(c.name, c.file, _type(c.dtype)) for c in record.columns)
    return StoredRecordContext(record.name, extents[record.extent], tuple(columns))


def _type(dtype: str) -> str:
    return _TYPES.get(dtype, dtype)
