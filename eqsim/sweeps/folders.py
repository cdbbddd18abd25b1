"""Temporary folders of runs: what a killed process leaves of them, the next one removes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "eqsim-sweep-"


@contextmanager
def folder_of_a_run() -> Iterator[Path]:
    """Yield an empty folder, which is removed after the block.

    It is locked by this process, a lock that ends with it, however that ends.
    """
    while True:
        with (
            tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name,
            _locked(Path(name), waits=True) as is_there,
        ):
            if is_there:
                yield Path(name)
                return


def remove_abandoned_folders() -> None:
    """Remove the folders of runs whose processes are gone, where the system has such locks."""
    if sys.platform == "win32":
        return
    for each in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(each, waits=False) as is_there:
            if is_there:
                shutil.rmtree(each, ignore_errors=True)


if sys.platform == "win32":

    @contextmanager
    def _locked(folder: Path, *, waits: bool) -> Iterator[bool]:
        del folder, waits
        yield True

else:
    import fcntl

    @contextmanager
    def _locked(folder: Path, *, waits: bool) -> Iterator[bool]:
        """Hold the lock of a folder; yield whether the folder is still there."""
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            yield False
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder.exists()
        finally:
            os.close(descriptor)
