"""The cache of artefacts: a folder per digest, made whole or not at all.

A build happens in a folder of its own which is renamed into place when it is complete, under a
lock, so that two processes that need the same artefact build it once and a killed build leaves
nothing behind that looks like a result.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from eqsim.errors import BuildError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        # Locks the first byte, which need not exist. Gives up after ten seconds, shorter than some
        # models are compiled.
        while True:
            try:
                return msvcrt.locking(file, msvcrt.LK_LOCK, 1)
            except OSError as error:
                if error.errno != errno.EDEADLK:
                    raise
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


class CacheWarning(UserWarning):
    """The usual place of the cache cannot be used."""


def cache_directory() -> Path:
    """Return the folder of the cache.

    ``EQSIM_CACHE_DIR`` if that is set, else ``eqsim`` in the user's cache folder, else, with a
    warning, a folder that lasts as long as the process.
    """
    named = os.environ.get("EQSIM_CACHE_DIR")
    if named:
        return _prepared(Path(named).expanduser())
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return _prepared(Path(base) / "eqsim")


@cache
def _prepared(directory: Path) -> Path:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        warnings.warn(
            f"the cache {str(directory)!r} cannot be written ({error.strerror}): models are"
            " compiled anew in each process; set EQSIM_CACHE_DIR to a folder of yours",
            CacheWarning,
            stacklevel=2,
        )
        return Path(_lasting_directory().name)
    return directory


@cache
def _lasting_directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="eqsim-")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock for a block; other processes that want it wait.

    Parameters
    ----------
    path : Path
        A file of the lock, which is made and stays.
    """
    # The system frees the lock when its holder dies, however it dies. The empty file stays: if it
    # were removed, one process could hold a lock on the removed file that another, which made a
    # new one, does not see.
    with path.open("a") as file:
        _lock(file.fileno())
        yield


def cached(digest: str, make: Callable[[Path], None], *, expected: str) -> Path:
    """Return the artefact of a digest, made if it is not there.

    Parameters
    ----------
    digest : str
        Key of everything that the artefact depends on.
    make : callable
        Called with an empty folder, in which it is to leave the artefact.
    expected : str
        Name of the artefact in the folder.

    Raises
    ------
    BuildError
        From ``make``, or if the cache cannot be written.
    """
    root = cache_directory()
    final = root / digest
    artefact = final / expected
    if artefact.is_file():
        return artefact
    try:
        with locked(root / f"{digest}.lock"):
            if artefact.is_file():
                return artefact
            shutil.rmtree(final, ignore_errors=True)
            working = Path(tempfile.mkdtemp(prefix=f"{digest}.", dir=root))
            try:
                make(working)
                working.rename(final)
            except BaseException:
                shutil.rmtree(working, ignore_errors=True)
                raise
    except OSError as error:
        raise BuildError(
            f"cannot write the cache {str(root)!r}: {error.strerror}\n"
            "  free some space there, or set EQSIM_CACHE_DIR to another folder"
        ) from error
    return artefact
