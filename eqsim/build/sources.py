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
class Sources:
    """Everything that is needed to compile a program.

    Parameters
    ----------
    files : tuple of SourceFile
        All files, headers included.
    main : str
        Path of the file that is compiled.
    """

    files: tuple[SourceFile, ...]
    main: str

    def text(self, path: str) -> str:
        """Return the text of one file."""
        return next(file.text for file in self.files if file.path == path)

    def digest(self, *also: str) -> str:
        """Return a key for what these files and some further facts determine."""
        digest = hashlib.sha256()
        for part in (*also, *(f"{file.path}\0{file.text}" for file in self.files)):
            digest.update(part.encode())
            digest.update(b"\0\0")
        return digest.hexdigest()[:32]

    def write(self, directory: Path) -> None:
        """Write all files below a folder."""
        for file in self.files:
            path = directory / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
