"""The sources of a project, and the folder in which it builds and runs without Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from eqsim.build.sources import SourceFile, Sources
from eqsim.errors import BuildError, ModelError, RunError
from eqsim.program.nodes import Program
from eqsim.runtime.manifest import (
    FILE_NAME,
    FORMAT,
    FORMAT_VERSION,
    Manifest,
    ParameterKind,
    parsed,
)
from eqsim.targets.cpp.context import DescribedProject, ToldProblemContext, project_context
from eqsim.targets.cpp.project import Project, ToldProblem
from eqsim.targets.environment import header, render
from eqsim.units.display import quantity_text

_TEMPLATES = {
    "main.cpp": "cpp/main.cpp.j2",
    "units.h": "cpp/units.h.j2",
}
_COPIED = {
    name: f"cpp/{name}"
    for name in (
        "arrays.h",
        "checksum.h",
        "delays.h",
        "following.h",
        "json.h",
        "model.h",
        "options.h",
        "quantities.h",
        "results.h",
        "stages.h",
        "standalone.cpp",
        "standalone.h",
        "state.h",
    )
} | {
    name: f"common/{name}"
    for name in (
        "choosing.h",
        "clones.h",
        "connecting.h",
        "interface.h",
        "making.h",
        "mathematics.h",
        "pieces.h",
        "searching.h",
    )
}
_PART = f"{FILE_NAME}.part"


def render_project(project: Project, manifest: Manifest) -> Sources:
    """Render everything of a project that is text.

    Parameters
    ----------
    project : Project
        The project.
    manifest : Manifest
        What its arrays and records are.

    Returns
    -------
    Sources
        The sources of the simulation, a main program, a build rule and a description.
    """
    code = project.rendering.render(project.program)
    told = tuple(_told(problem, project.program, manifest) for problem in project.problems)
    limits = {
        name: (json.dumps(limit.fixed), limit.longest, json.dumps(limit.limited))
        for name, limit in project.steps.items()
    }
    described = DescribedProject(
        manifest, code, told, limits, project.delays, project.equations, _values(project, manifest)
    )
    context = project_context(project.program, described)
    options = project.rendering.options
    templates = {**_TEMPLATES, **project.rendering.templates}
    files = [
        SourceFile(path, render(name, project=context, options=options))
        for path, name in templates.items()
    ]
    with_code = {file.path for file in code.files}
    files += [
        SourceFile(path, header(name)) for path, name in _COPIED.items() if path not in with_code
    ]
    return Sources((*code.files, *files), code.main, code.also, code.requirements)


def _values(project: Project, manifest: Manifest) -> dict[str, str]:
    """Return what the values of each parameter are, in words."""
    sizes = {array.name: array.shape for array in manifest.arrays}
    told = {}
    for parameter in project.parameters:
        values = np.asarray(project.memory.arrays[parameter.array]).ravel()
        if parameter.kind is not ParameterKind.FRACTION:
            values = values.astype(bool if parameter.kind is ParameterKind.TRUTH else np.int64)
        if values.size == 0:
            told[parameter.name] = "no values"
            continue
        low, high = (
            quantity_text(v.item(), parameter.dimension) for v in (values.min(), values.max())
        )
        text = low if values.size == 1 or low == high else f"{low} to {high}"
        told[parameter.name] = text if sizes[parameter.array] == () else f"{text}, one each"
    return told


def _told(problem: ToldProblem, program: Program, manifest: Manifest) -> ToldProblemContext:
    places = {array.name: number for number, array in enumerate(program.arrays)}
    files = {array.name: array.file or "" for array in manifest.arrays}
    return ToldProblemContext(
        text=json.dumps(problem.text),
        element=json.dumps(problem.element),
        extent=list(manifest.extents).index(problem.extent),
        clock=[clock.name for clock in program.clocks].index(problem.clock),
        variables=tuple((name, places[array]) for name, array in problem.variables.items()),
        numbers=tuple((placeholder, files[name]) for placeholder, name in problem.numbers.items()),
        ends=-1 if problem.ends is None else places[problem.ends],
    )


def export_project(project: Project, directory: Path) -> None:
    """Write a project into a folder.

    Parameters
    ----------
    project : Project
        What to write.
    directory : Path
        A folder that does not exist, is empty, or holds a project; that is written over. No file
        that is not part of a project is touched.

    Raises
    ------
    ModelError
        If the folder holds something else.
    BuildError
        If it cannot be written.
    """
    manifest = project.manifest()
    sources = render_project(project, manifest)
    state = project.state(manifest)
    _check_directory(directory)
    try:
        # Without model.json the program does not run: an export that was cut short is no model.
        directory.mkdir(parents=True, exist_ok=True)
        (directory / _PART).write_text(manifest.to_json(), encoding="utf-8")
        (directory / FILE_NAME).unlink(missing_ok=True)
        sources.write(directory)
        (directory / "state").mkdir(exist_ok=True)
        (directory / "state" / "stages.json").write_text(project.plan(), encoding="utf-8")
        for file, values in state.items():
            np.save(directory / "state" / file, np.ascontiguousarray(values).reshape(values.shape))
        (directory / _PART).replace(directory / FILE_NAME)
    except OSError as error:
        raise BuildError(
            f"cannot write the project {str(directory)!r}: {error.strerror}\n"
            f"  {error.filename}\n"
            "  export it into another folder"
        ) from error


def _check_directory(directory: Path) -> None:
    if not directory.exists():
        return
    if not directory.is_dir():
        raise ModelError(
            f"cannot export into {str(directory)!r}: it is a file\n  give the name of a folder"
        )
    is_project = _is_manifest(directory / FILE_NAME) or _is_manifest(directory / _PART)
    if is_project or not any(directory.iterdir()):
        return
    raise ModelError(
        f"cannot export into {str(directory)!r}: it holds other files than a project of eqsim\n"
        "  give the name of a new folder, or remove it yourself"
    )


def _is_manifest(path: Path) -> bool:
    try:
        parsed(path.read_text(encoding="utf-8"), str(path), FORMAT, FORMAT_VERSION)
    except (OSError, UnicodeDecodeError, RunError):
        return False
    return True
