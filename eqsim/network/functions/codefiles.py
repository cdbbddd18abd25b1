"""The files of the user that functions in C++ consist of: sources, headers, libraries."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from eqsim.errors import ModelError
from eqsim.program.functions import CodeFile

_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[\"<]([^\">\n]+)[\">]", re.MULTILINE)


def text_of(path: Path, function: str) -> str:
    """Return the text of a file.

    Raises
    ------
    ModelError
        If it is not there or is no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ModelError(
            f"the file {str(path)!r} of the function {function!r} cannot be read: {reason}"
        ) from None


def included_files(texts: Iterable[str], folders: Sequence[Path]) -> Iterator[CodeFile]:
    """Yield the files in folders that texts include, directly or through others, each once.

    Parameters
    ----------
    texts : iterable of str
        Texts in C++.
    folders : sequence of Path
        Where files are searched, in this order; what is nowhere there belongs to the system.

    Yields
    ------
    CodeFile
        With a path relative to the folder in which the file was found.
    """
    seen: set[Path] = set()
    waiting: list[tuple[str, list[Path]]] = [(n, []) for text in texts for n in _names(text)]
    while waiting:
        name, beside = waiting.pop(0)
        found = _found(name, [*beside, *folders])
        if found is None or found in seen:
            continue
        seen.add(found)
        try:
            text = found.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        root = next((folder for folder in folders if found.is_relative_to(folder)), None)
        if root is not None:
            yield CodeFile(found.relative_to(root).as_posix(), text)
        waiting += [(other, [found.parent]) for other in _names(text)]


def _names(text: str) -> list[str]:
    return _INCLUDE.findall(text)


def _found(name: str, folders: Sequence[Path]) -> Path | None:
    for folder in folders:
        path = (folder / name).resolve()
        if path.is_file():
            return path
    return None


def digest_of_libraries(libraries: Sequence[str], folders: Sequence[Path]) -> str:
    """Return what distinguishes libraries in folders from others of the same names.

    Empty if none of them is there: they are the system's.
    """
    digest = hashlib.sha256()
    files = [
        path
        for folder in folders
        for library in libraries
        for path in sorted(folder.glob(f"lib{library}.*"))
        if path.is_file()
    ]
    for path in files:
        known = path.stat()
        content = _digest_of_file(path, known.st_mtime_ns, known.st_size)
        digest.update(f"{path.name}\0{content}\0".encode())
    return digest.hexdigest() if files else ""


@lru_cache(maxsize=64)
def _digest_of_file(path: Path, modified: int, size: int) -> str:
    """Return a digest of a file, which may be large, computed anew when it has changed."""
    del modified, size
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
