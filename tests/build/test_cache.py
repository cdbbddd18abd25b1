"""The cache: its lock, with and without ``fcntl``."""

from __future__ import annotations

import errno
import importlib.util
import os
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import pytest

from eqsim.build import cache


def test_one_lock_keeps_another_process_waiting(tmp_path):
    script = """
    import sys
    from pathlib import Path
    from eqsim.build.cache import locked
    print("waiting", flush=True)
    with locked(Path(sys.argv[1])):
        print("locked", flush=True)
    """
    lock = tmp_path / "digest.lock"
    command = [sys.executable, "-c", textwrap.dedent(script), str(lock)]
    with cache.locked(lock):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "waiting\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
    out, _ = process.communicate(timeout=30)

    assert out == "locked\n"
    assert lock.exists()


@pytest.fixture
def windows(monkeypatch):
    """The module as it is on Windows, and what its lock was asked for."""
    asked: list[tuple[int, int]] = []

    def locking(file: int, mode: int, length: int) -> None:
        os.fstat(file)
        asked.append((mode, length))
        if len(asked) <= 2:
            raise OSError(errno.EDEADLK, "Resource deadlock avoided")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_LOCK=1))
    spec = importlib.util.spec_from_file_location("cache_on_windows", cache.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, asked


def test_without_fcntl_the_lock_is_waited_for(windows, tmp_path):
    module, asked = windows

    with module.locked(tmp_path / "digest.lock"):
        assert asked == [(1, 1)] * 3


def test_without_fcntl_other_failures_of_the_lock_are_errors(windows, tmp_path, monkeypatch):
    module, _ = windows

    def refuse(*_given):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(sys.modules["msvcrt"], "locking", refuse)
    with pytest.raises(PermissionError), module.locked(tmp_path / "digest.lock"):
        pass
