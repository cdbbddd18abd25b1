"""A program with its memory as what a folder holds that builds and runs without Python.

Code is what :func:`eqsim.targets.cpp.target.render_cpp` renders, byte for byte, and a ``main.cpp``
that reaches it through the C interface. Everything that is a number is data: NumPy files in the
folder ``state``, described by ``model.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.build.sources import Sources
from eqsim.expressions.statements import Emit
from eqsim.program.nodes import Elements, Program
from eqsim.runtime.manifest import (
    Manifest,
    StoredArray,
    StoredColumn,
    StoredObject,
    StoredParameter,
    StoredRecord,
    StoredRule,
)
from eqsim.runtime.memory import Memory
from eqsim.runtime.rules import POINTERS, Rule
from eqsim.targets.c_program import history_buffers, run_buffers
from eqsim.targets.c_rules import rules_to_follow
from eqsim.targets.cpp.delays import DelayLayout
from eqsim.targets.cpp.target import render_cpp
from eqsim.version import __version__

_SINGLES = ("extents", "start")
"""What the program reads beside the arrays of the model."""


@dataclass(frozen=True, slots=True)
class ToldProblem:
    """What a program of its own says when a check fails.

    Parameters
    ----------
    text : str
        With ``{element}``, ``{time}``, ``{dt}`` and ``{values}``.
    element : str
        What the element is called, with ``{number}`` and what else is in ``numbers``.
    extent, clock : str
        Names of the elements' extent, and of the clock.
    variables : mapping of str to str
        The array of each variable that must be finite, in the order in which they are told.
    numbers : mapping of str to str
        The array of each number of an element, where that is not the one by which it is stored.
    ends : str or None
        The array with the targets, if elements are synapses whose targets follow from a rule:
        then the numbers of source and target do.
    """

    text: str
    element: str
    extent: str
    clock: str
    variables: Mapping[str, str]
    numbers: Mapping[str, str]
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class StepLimit:
    """Whether and how far the step of a clock can be changed when the program runs.

    Parameters
    ----------
    fixed : str
        Why it cannot be changed; empty if it can.
    longest : float
        The longest step that is possible, in seconds.
    limited : str
        Why longer ones are not.
    """

    fixed: str
    longest: float = math.inf
    limited: str = ""


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """One thing that a program does: what is not None.

    Parameters
    ----------
    seconds : float or None
        To simulate so long.
    values : mapping of str to ndarray, or None
        To replace whole arrays.
    store, restore : str or None
        To keep the state under a name, to go back to it.
    key : int or None
        The key of the random numbers after a restore; None for those that followed then.
    number : int
        Which key of the seed that is, from the network's own on.
    """

    seconds: float | None = None
    values: Mapping[str, NDArray[Any]] | None = None
    store: str | None = None
    restore: str | None = None
    key: int | None = None
    number: int = 0

    def described(self, place: int) -> dict[str, Any]:
        """Return what ``stages.json`` says; ``place`` is the number of the stage."""
        if self.seconds is not None:
            return {"run": self.seconds}
        if self.values is not None:
            return {"set": self.files(place)}
        if self.store is not None:
            return {"store": self.store}
        if self.key is None:
            return {"restore": self.restore}
        return {"restore": self.restore, "key": str(self.key), "number": str(self.number)}

    def files(self, place: int) -> dict[str, str]:
        """Return for each array that is replaced the file with its values."""
        named = zip(self.values or (), file_names(list(self.values or ())), strict=True)
        return {array: f"stage{place}.{file}" for array, file in named}


@dataclass(frozen=True)
class Rendering:
    """What of a project depends on the target.

    Parameters
    ----------
    render : callable
        From the program to the sources of its simulation.
    templates : mapping of str to str
        The template of each further file: its build rule, its description.
    options : mapping of str to str
        What these templates see beside the project.
    """

    render: Callable[[Program], Sources]
    templates: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)


CPP = Rendering(
    render_cpp,
    {"CMakeLists.txt": "cpp/CMakeLists.txt.j2", "README.md": "cpp/README.md.j2"},
)


@dataclass(frozen=True)
class Project:
    """A program to be exported.

    Parameters
    ----------
    program : Program
        A verified program.
    memory : Memory
        One instance, with the state from which the executable starts.
    start : float
        When it begins, in seconds.
    stages : tuple of PlannedStage
        What it is to do.
    objects : tuple of StoredObject
        What arrays and records are to the user.
    parameters : tuple of StoredParameter
        What can be set when it runs.
    steps : mapping of str to StepLimit
        For each clock with a step how that can be changed.
    delays : tuple of DelayLayout
        What is laid out anew then.
    equations : mapping of str to str
        The equations of each group as its user wrote them.
    problems : tuple of ToldProblem
        What checks note, in the order of the program.
    carried : mapping of str to ndarray
        Arrays that objects refer to and the program does not have.
    rendering : Rendering
        What depends on the target.
    """

    program: Program
    memory: Memory
    start: float
    stages: tuple[PlannedStage, ...]
    objects: tuple[StoredObject, ...]
    parameters: tuple[StoredParameter, ...]
    steps: Mapping[str, StepLimit]
    delays: tuple[DelayLayout, ...]
    equations: Mapping[str, str]
    problems: tuple[ToldProblem, ...]
    carried: Mapping[str, NDArray[Any]]
    rendering: Rendering = CPP

    @property
    def duration(self) -> float:
        """How long all runs are, in seconds."""
        return sum(stage.seconds or 0.0 for stage in self.stages)

    def manifest(self) -> Manifest:
        """Return what ``model.json`` is to say."""
        code = self.rendering.render(self.program)
        return Manifest(
            name=self.program.name,
            eqsim_version=__version__,
            start=self.start,
            duration=self.duration,
            extents={name: int(self.memory.extents[name]) for name in self.program.extents},
            arrays=self._arrays(),
            rules=tuple(map(self._stored_rule, rules_to_follow(self.program, self.memory))),
            records=_records(self.program),
            parameters=self.parameters,
            objects=self.objects,
            build={
                "sources": ["standalone.cpp", code.main, *code.also],
                "compiling": code.requirements.compiling,
                "linking": code.requirements.linking,
            },
        )

    def _stored_rule(self, array: str) -> StoredRule:
        arrays = _arrays_of(array, self.memory.rules[array])
        return StoredRule(array, **{name: stored for name, (stored, _) in arrays.items()})

    def _carried(self) -> dict[str, NDArray[Any]]:
        """Return what the program does not have: what objects refer to, and what rules need."""
        rules = rules_to_follow(self.program, self.memory)
        of_rules = (_arrays_of(array, rule) for array, rule in rules.items())
        return {**self.carried, **dict(pair for arrays in of_rules for pair in arrays.values())}

    def _arrays(self) -> tuple[StoredArray, ...]:
        follow = rules_to_follow(self.program, self.memory).keys()
        bound_names = [array.name for array in self.program.arrays if array.name not in follow]
        carried_arrays = self._carried()
        names = [*_SINGLES, *bound_names, *carried_arrays]
        files = dict(zip(names, file_names(names), strict=True))
        bound = [
            StoredArray(
                name=array.name,
                file=files.get(array.name),
                dtype=array.dtype.value,
                shape=() if array.extent is None else (int(self.memory.extents[array.extent]),),
                role=array.role.value,
                extent=array.extent,
                bound=True,
            )
            for array in self.program.arrays
        ]
        carried = [
            StoredArray(name, files[name], str(a.dtype), a.shape, "unused", None, bound=False)
            for name, a in carried_arrays.items()
        ]
        return (*bound, *carried)

    def state(self, manifest: Manifest) -> dict[str, NDArray[Any]]:
        """Return the arrays of the folder ``state`` by name of the file."""
        carried = self._carried()
        singles = {
            "extents": np.array(list(manifest.extents.values()), dtype=np.int64),
            "start": np.array(self.start),
        }
        stored = {
            a.file: (carried[a.name] if a.name in carried else self.memory.arrays[a.name]).reshape(
                a.shape
            )
            for a in manifest.arrays
            if a.file is not None
        }
        shapes = {a.name: a.shape for a in manifest.arrays}
        replaced = {
            file: stage.values[array].reshape(shapes[array])
            for place, stage in enumerate(self.stages)
            if stage.values is not None
            for array, file in stage.files(place).items()
        }
        return {**{f"{name}.npy": singles[name] for name in _SINGLES}, **stored, **replaced}

    def plan(self) -> str:
        """Return the text of ``stages.json``."""
        described = [stage.described(place) for place, stage in enumerate(self.stages)]
        content = {"format": "eqsim stages", "format_version": 1, "stages": described}
        return json.dumps(content, indent=1) + "\n"


def _arrays_of(array: str, rule: Rule) -> dict[str, tuple[str, NDArray[Any]]]:
    """Return name and values of what is stored of a rule, by the fields of ``StoredRule``."""
    stored = {"numbers": rule.numbers(), **{name: getattr(rule, name) for name in POINTERS}}
    return {
        field: (f"{array}.{field}", values)
        for field, values in stored.items()
        if values is not None
    }


def file_names(names: Sequence[str]) -> list[str]:
    """Return a file name for each name, different even where upper and lower case are the same.

    Examples
    --------
    >>> file_names(["hh.n", "hh.N"])
    ['hh.n.npy', 'hh.N_2.npy']
    """
    files = []
    taken: set[str] = set()
    for name in names:
        stem, number = name, 2
        while stem.casefold() in taken:
            stem, number = f"{name}_{number}", number + 1
        taken.add(stem.casefold())
        files.append(f"{stem}.npy")
    return files


def _records(program: Program) -> tuple[StoredRecord, ...]:
    extents = _row_extents(program)
    buffers = [*run_buffers(program), *history_buffers(program)]
    columns = [(buffer, column) for buffer in buffers for column in buffer.columns]
    # The records of one monitor share its label: statemonitor.t, statemonitor.values.
    files = file_names([f"{b.name.partition('.')[0]}.{c.name}" for b, c in columns])
    return tuple(
        StoredRecord(
            buffer.name,
            extents.get(buffer.name),
            tuple(
                StoredColumn(column.name, file, column.dtype.value)
                for (owner, column), file in zip(columns, files, strict=True)
                if owner is buffer
            ),
        )
        for buffer in buffers
    )


def _row_extents(program: Program) -> dict[str, str]:
    """Return for each record that gets a value of every element at once over which extent."""
    return {
        statement.buffer: kernel.space.extent
        for kernel in program.kernels
        for statement in kernel.body
        if isinstance(kernel.space, Elements) and isinstance(statement, Emit)
    }
