"""The files that a target writes, before anything is compiled."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One generated file: a relative path and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Requirements:
    """What the sources of a program need from outside, and its compiler has to be told.

    Parameters
    ----------
    include_dirs, library_dirs : tuple of str
        Folders in which included files and libraries are searched.
    libraries : tuple of str
        Names of the libraries to link: ``"m"``.
    contents : tuple of str
        What distinguishes these from others of the same names.
    """

    include_dirs: tuple[str, ...] = ()
    library_dirs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()

    @property
    def compiling(self) -> list[str]:
        """The flags before the files to be compiled."""
        return [f"-I{folder}" for folder in self.include_dirs]

    @property
    def linking(self) -> list[str]:
        """The flags after the files to be compiled."""
        searched = [f"{flag}{folder}" for folder in self.library_dirs for flag in ("-L", _AT_RUN)]
        return [*searched, *(f"-l{library}" for library in self.libraries)]


_AT_RUN = "-Wl,-rpath,"


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that is needed to compile a program.

    Parameters
    ----------
    files : tuple of SourceFile
        All files, headers included.
    main : str
        Path of the file that is compiled.
    also : tuple of str
        Paths of further files that are compiled and linked with it.
    requirements : Requirements
        What they need from outside.
    """

    files: tuple[SourceFile, ...]
    main: str
    also: tuple[str, ...] = ()
    requirements: Requirements = Requirements()

    def text(self, path: str) -> str:
        """Return the text of one file."""
        return next(file.text for file in self.files if file.path == path)

    def digest(self, *also: str) -> str:
        """Return a key for what these files and some further facts determine."""
        digest = hashlib.sha256()
        needed = self.requirements
        facts = (*self.also, *needed.compiling, *needed.linking, *needed.contents)
        for part in (*also, *facts, *(f"{file.path}\0{file.text}" for file in self.files)):
            digest.update(part.encode())
            digest.update(b"\0\0")
        return digest.hexdigest()[:32]

    def write(self, directory: Path) -> None:
        """Write all files below a folder."""
        for file in self.files:
            path = directory / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
