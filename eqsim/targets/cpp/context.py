"""What the templates of a standalone project see beside its simulation.cpp."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from eqsim.build.sources import Requirements, Sources
from eqsim.build.toolchain import REQUIRED_FLAGS
from eqsim.program.nodes import RANDOM_KEY, Clock, Program
from eqsim.runtime.drive import CHUNK_SECONDS
from eqsim.runtime.manifest import (
    Manifest,
    StoredObject,
    StoredParameter,
    StoredRecord,
    StoredRule,
)
from eqsim.runtime.simulation import GRID_TOLERANCE
from eqsim.targets.c_program import history_buffers
from eqsim.targets.cpp.delays import DelayLayout, DelaysContext, delays_contexts
from eqsim.targets.cpp.work import WORK_PER_THREAD, operations
from eqsim.units.dimensions import DIMENSIONLESS, SECOND, Dimension, base_unit_for
from eqsim.units.display import STANDARD_UNITS, coherent_unit
from eqsim.units.names import NAMED_UNITS, NamedUnit

_STANDARD = "-std=c++"
_NOT_FOR_PROGRAMS = ("-fPIC", "-pthread")
"""CMake sees to these itself, where they are needed."""
_TYPES = {"bool": "boolean"}
"""What ``arrays.h`` calls a type, where that is not NumPy's name."""
_SINGLE_VALUE = -1
_NONE = -1


@dataclass(frozen=True, slots=True)
class StoredArrayContext:
    """An array of the simulation in a file; ``extent`` is the number of its size, -1 for none.

    Without a file it is made by a rule.
    """

    name: str
    file: str
    type: str
    extent: int


@dataclass(frozen=True, slots=True)
class RuleContext:
    """The array that a rule makes, by its number, and the files of the rule."""

    array: int
    numbers: str
    lengths: str
    parameters: str
    begin: str


@dataclass(frozen=True, slots=True)
class StoredColumnContext:
    """A column of a record in a file; ``array`` has the rows that it begins with, -1 for none."""

    name: str
    file: str
    type: str
    array: int


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
    fixed: str
    longest: str
    limited: str


@dataclass(frozen=True, slots=True)
class DimensionContext:
    """A dimension: exponents, the unit without prefix, units that values are shown in."""

    exponents: tuple[str, ...]
    unit: str
    shown: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class ParameterContext:
    """What can be set, with the numbers of its array and dimension."""

    name: str
    array: int
    dimension: int
    kind: str
    is_nonnegative: str
    is_equal: str
    order: str
    unit: str
    value: str


@dataclass(frozen=True, slots=True)
class PrefixContext:
    """The letter of a prefix, and its scale."""

    letter: str
    scale: float


@dataclass(frozen=True, slots=True)
class NamedUnitContext:
    """A unit with its spellings, and the letters of the prefixes that these take."""

    names: tuple[str, ...]
    symbol: str
    exponents: tuple[int, ...]
    scale: float
    prefixes: str
    symbol_prefixes: str


@dataclass(frozen=True, slots=True)
class DescribedProject:
    """What describes a project beside its program.

    Parameters
    ----------
    manifest : Manifest
        What ``model.json`` says.
    code : Sources
        The sources of the simulation.
    problems : tuple of ToldProblemContext
        What checks note.
    limits : mapping of str to tuple
        For each clock why its step is fixed, the longest step, and why, as C++ literals.
    delays : tuple of DelayLayout
        Tables that are laid out anew when a step is changed.
    equations : mapping of str to str
        The equations of each group.
    values : mapping of str to str
        The values of each parameter, in words.
    """

    manifest: Manifest
    code: Sources
    problems: tuple[ToldProblemContext, ...]
    limits: Mapping[str, tuple[str, float, str]]
    delays: tuple[DelayLayout, ...]
    equations: Mapping[str, str]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ToldProblemContext:
    """What is said when a check fails: texts as C++ literals, numbers of extents and arrays."""

    text: str
    element: str
    extent: int
    clock: int
    variables: tuple[tuple[str, int], ...]
    numbers: tuple[tuple[str, str], ...]
    ends: int


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
    rules : tuple of RuleContext
        Arrays that are made by rules.
    carried : tuple of str
        Files of state that no kernel uses.
    records, histories, clocks : tuple
        In the order of the program.
    delays : tuple of DelaysContext
        Tables that are laid out anew when a step is changed.
    objects : tuple of StoredObject
        What the user asks results for.
    problems : tuple of ToldProblemContext
        What checks note, in the order of the program.
    dimensions : tuple of DimensionContext
        Those of parameters; time is the first.
    parameters : tuple of ParameterContext
        What can be set when the program runs.
    key : int
        Number of the array with the key of the random numbers, -1 for none.
    prefixes, named_units : tuple
        The units that values on the command line may have.
    equations : mapping of str to str
        The equations of each group as its user wrote them.
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
    rules: tuple[RuleContext, ...]
    carried: tuple[str, ...]
    records: tuple[StoredRecordContext, ...]
    histories: tuple[StoredRecordContext, ...]
    clocks: tuple[StoredClockContext, ...]
    delays: tuple[DelaysContext, ...]
    objects: tuple[StoredObject, ...]
    problems: tuple[ToldProblemContext, ...]
    dimensions: tuple[DimensionContext, ...]
    parameters: tuple[ParameterContext, ...]
    key: int
    prefixes: tuple[PrefixContext, ...]
    named_units: tuple[NamedUnitContext, ...]
    equations: Mapping[str, str]
    standard: str
    flags: tuple[str, ...]
    operations: tuple[float, ...]
    work_per_thread: int
    grid_tolerance: float
    chunk_seconds: float
    has_functions: bool
    also: tuple[str, ...]
    requirements: Requirements


def project_context(program: Program, described: DescribedProject) -> ProjectContext:
    """Return what the templates see of a program and what describes it."""
    manifest, code = described.manifest, described.code
    places = {array.name: number for number, array in enumerate(program.arrays)}
    extents: dict[str | None, int] = {name: n for n, name in enumerate(manifest.extents)}
    extents[None] = _SINGLE_VALUE
    histories = {buffer.name for buffer in history_buffers(program)}
    files = {a.name: a.file or "" for a in manifest.arrays}
    dimensions = list(dict.fromkeys((SECOND, *(p.dimension for p in manifest.parameters))))
    standard = next(flag for flag in REQUIRED_FLAGS if flag.startswith(_STANDARD))
    return ProjectContext(
        name=manifest.name,
        version=manifest.eqsim_version,
        duration=f"{manifest.duration:g} s",
        extents=tuple(manifest.extents),
        arrays=tuple(
            StoredArrayContext(a.name, a.file or "", _type(a.dtype), extents[a.extent])
            for a in manifest.arrays
            if a.bound
        ),
        rules=tuple(_rule(rule, places, files) for rule in manifest.rules),
        carried=tuple(files[a.name] for a in manifest.arrays if not a.bound),
        records=tuple(
            _record(r, extents, {}) for r in manifest.records if r.name not in histories
        ),
        histories=tuple(
            _record(r, extents, places) for r in manifest.records if r.name in histories
        ),
        clocks=tuple(_clock(c, places, described.limits) for c in program.clocks),
        delays=tuple(
            delays_contexts(
                described.delays,
                program,
                files,
                manifest.extents,
            )
        ),
        objects=manifest.objects,
        problems=described.problems,
        dimensions=tuple(map(_dimension, dimensions)),
        parameters=tuple(
            _parameter(p, places, dimensions, described) for p in manifest.parameters
        ),
        key=places.get(RANDOM_KEY, _NONE),
        prefixes=tuple(PrefixContext(p, scale) for p, scale in _prefixes().items()),
        named_units=tuple(map(_named_unit, NAMED_UNITS)),
        equations=described.equations,
        standard=standard.removeprefix(_STANDARD),
        flags=tuple(f for f in REQUIRED_FLAGS if f not in (standard, *_NOT_FOR_PROGRAMS)),
        operations=tuple(operations(program).values()),
        work_per_thread=WORK_PER_THREAD,
        grid_tolerance=GRID_TOLERANCE,
        chunk_seconds=CHUNK_SECONDS,
        has_functions=bool(program.functions),
        also=code.also,
        requirements=code.requirements,
    )


def _rule(rule: StoredRule, places: Mapping[str, int], files: Mapping[str, str]) -> RuleContext:
    def file_of(name: str | None) -> str:
        return "" if name is None else files[name]

    return RuleContext(
        places[rule.array],
        files[rule.numbers],
        file_of(rule.lengths),
        file_of(rule.parameters),
        files[rule.begin],
    )


def _clock(
    clock: Clock, places: Mapping[str, int], limits: Mapping[str, tuple[str, float, str]]
) -> StoredClockContext:
    fixed, longest, limited = limits.get(clock.name, ('""', math.inf, '""'))
    return StoredClockContext(
        clock.name,
        places[clock.dt],
        places[clock.timestep],
        places[clock.end],
        places[clock.times] if clock.is_listed else _NONE,
        fixed,
        "HUGE_VAL" if math.isinf(longest) else repr(longest),
        limited,
    )


def _dimension(dimension: Dimension) -> DimensionContext:
    shown = STANDARD_UNITS.get(dimension, ())
    if not shown and dimension is not DIMENSIONLESS:
        shown = (coherent_unit(dimension),)
    return DimensionContext(
        exponents=tuple(repr(float(e)) for e in dimension.exponents),
        unit=base_unit_for(dimension),
        shown=tuple((unit.value, unit.symbol) for unit in shown),
    )


def _parameter(
    parameter: StoredParameter,
    places: Mapping[str, int],
    dimensions: list[Dimension],
    described: DescribedProject,
) -> ParameterContext:
    files = {array.name: array.file or "" for array in described.manifest.arrays}
    return ParameterContext(
        name=parameter.name,
        array=places[parameter.array],
        dimension=dimensions.index(parameter.dimension),
        kind=parameter.kind,
        is_nonnegative="true" if parameter.is_nonnegative else "false",
        is_equal="true" if parameter.is_equal else "false",
        order="" if parameter.order is None else files[parameter.order],
        unit=base_unit_for(parameter.dimension),
        value=described.values[parameter.name],
    )


def _prefixes() -> dict[str, float]:
    known = {letter: scale for row in NAMED_UNITS for letter, scale in row.prefixes.items()}
    return {letter: scale for letter, scale in known.items() if letter}


def _named_unit(row: NamedUnit) -> NamedUnitContext:
    return NamedUnitContext(
        names=row.names,
        symbol=row.symbol,
        exponents=row.exponents,
        scale=row.scale,
        prefixes="".join(row.prefixes),
        symbol_prefixes=row.short,
    )


def _record(
    record: StoredRecord, extents: Mapping[str | None, int], places: Mapping[str, int]
) -> StoredRecordContext:
    columns = (
        StoredColumnContext(
            c.name, c.file, _type(c.dtype), places.get(f"{record.name}.{c.name}", _NONE)
        )
        for c in record.columns
    )
    return StoredRecordContext(record.name, extents[record.extent], tuple(columns))


def _type(dtype: str) -> str:
    return _TYPES.get(dtype, dtype)
