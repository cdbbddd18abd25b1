"""Exported projects to programs, as soon as a compiler can.

The part of a program that is the same for all models takes most of the compiler's time: projects
that are compiled in the same way share it.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from eqsim.build.cache import cached
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler

SHARED = "standalone.cpp"


def compiler() -> tuple[str, ...]:
    """Return the command of the compiler, which there must be."""
    toolchain = find_compiler()
    assert toolchain is not None
    return tuple(toolchain.command)


def compile_project(
    folder: Path,
    flags: Sequence[str],
    *,
    sources: Sequence[str] = ("simulation.cpp",),
    executable: str = "simulate",
) -> None:
    """Compile a project with flags, and link the program."""
    command = [*compiler(), *flags]
    shared = compiled_object(folder, SHARED, command)
    command += ["main.cpp", *sources, str(shared), "-o", executable]
    subprocess.run(command, cwd=folder, check=True, timeout=300)


def compiled_object(folder: Path, source: str, command: Sequence[str]) -> Path:
    """Return the object file of a source; projects with the same one share it."""
    sources = Sources(tuple(_with_included(folder, source)), source)
    command = [*command, "-c", source, "-o", "compiled.o"]

    def make(directory: Path) -> None:
        sources.write(directory)
        subprocess.run(command, cwd=directory, check=True)

    return cached(sources.digest(*command), make, expected="compiled.o")


def _with_included(folder: Path, source: str) -> Iterator[SourceFile]:
    left, seen = [source], {source}
    while left:
        name = left.pop()
        text = (folder / name).read_text()
        yield SourceFile(name, text)
        for included in re.findall(r'^#include "(.+)"$', text, re.MULTILINE):
            if included not in seen and (folder / included).is_file():
                seen.add(included)
                left.append(included)
