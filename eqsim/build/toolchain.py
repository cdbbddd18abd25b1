"""Compilers: which one, which version, which flags it takes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eqsim.build.cache import cache_directory
from eqsim.errors import BuildError

REQUIRED_FLAGS = (
    "-std=c++17",
    "-O3",
    "-fPIC",
    # One result on every machine: no fused operations, no reordering, integers that wrap.
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fwrapv",
    # GCC 12 forgets to round to float where it turns four neighbouring conversions from double to
    # float and back into vectors; loops are vectorised without this pass.
    "-fno-tree-slp-vectorize",
    "-pthread",
    "-Wall",
    "-Wextra",
    "-Wno-unknown-pragmas",
)
OPTIONAL_FLAGS = (
    "-march=native",
    "-mprefer-vector-width=512",
    # Long loops of arithmetic wait for registers: ordering them with that in view pays 1.3 times.
    "-fschedule-insns",
    "-fsched-pressure",
    "-fopenmp-simd",
)
"""Used where the compiler takes them: they change the speed and no result."""


COMPILERS = ("g++", "clang++", "c++")
"""What is searched for, in this order."""


class TooOldError(BuildError):
    """The compiler does not understand the language of generated code."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A compiler with the flags that it takes on this machine.

    Parameters
    ----------
    command : tuple of str
        The compiler and what always follows it.
    version : str
        What it says of itself, in one line.
    flags : tuple of str
        Flags for every compilation.
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]

    @property
    def identity(self) -> str:
        """Everything that determines what it makes of a source, on this kind of processor."""
        return "\n".join((*self.command, self.version, *self.flags, processor()))


def find_compiler() -> Toolchain | None:
    """Return the C++ compiler to use, None if there is none.

    The environment variable ``CXX`` if it is set, else the first of ``g++``, ``clang++``, ``c++``
    on the path that understands C++17.

    Raises
    ------
    BuildError
        If ``CXX`` names something that does not run, or there are only compilers that are too old.
    """
    named = os.environ.get("CXX")
    if named:
        command = tuple(shlex.split(named))
        if not command or shutil.which(command[0]) is None:
            raise BuildError(
                f"the compiler {named!r} of the environment variable CXX does not exist\n"
                "  set CXX to a C++ compiler, or unset it to have one searched for"
            )
        return _toolchain(command)
    too_old = None
    for name in COMPILERS:
        path = shutil.which(name)
        if path is None:
            continue
        try:
            return _toolchain((path,))
        except TooOldError as error:
            too_old = too_old or error
    if too_old is not None:
        raise too_old
    return None


@cache
def processor() -> str:
    """Return what distinguishes this processor: code for one may not run on another."""
    text = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(errors="replace").splitlines()
        text += "".join(sorted({x for x in lines if x.startswith(("flags", "Features"))}))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _toolchain(command: tuple[str, ...]) -> Toolchain:
    version = (version_lines(command) or [""])[0]
    about = (*command, version, *OPTIONAL_FLAGS, processor())
    key = hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]
    known = cache_directory() / f"toolchain-{key}.json"
    try:
        optional = json.loads(known.read_text())
    except (OSError, ValueError):
        if not _accepts(command, REQUIRED_FLAGS[0]):
            raise TooOldError(
                f"the compiler {shlex.join(command)!r} is too old: it does not understand C++17\n"
                f"  it says: {version or 'nothing'}\n"
                "  install GCC 8, Clang 7 or newer, or name another in the environment variable"
                " CXX"
            ) from None
        optional = [flag for flag in OPTIONAL_FLAGS if _accepts(command, flag)]
        _remember(known, optional)
    return Toolchain(command, version, (*REQUIRED_FLAGS, *optional))


def _remember(path: Path, flags: list[str]) -> None:
    # On a full disk the next process asks the compiler again: slower, and no error.
    with contextlib.suppress(OSError):
        file, part = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}.")
        try:
            with os.fdopen(file, "w", encoding="utf-8") as opened:
                json.dump(flags, opened)
            Path(part).replace(path)
        except OSError:
            Path(part).unlink()


def version_lines(command: tuple[str, ...]) -> list[str]:
    """Return what a compiler says of itself.

    Raises
    ------
    BuildError
        If it does not run.
    """
    try:
        done = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"the compiler {shlex.join(command)!r} does not run: {error}") from error
    if done.returncode != 0:
        raise BuildError(
            f"the compiler {shlex.join(command)!r} does not run: exit status {done.returncode}\n"
            f"  {done.stderr.strip()[:500]}"
        )
    return done.stdout.splitlines()


def _accepts(command: tuple[str, ...], flag: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="eqsim-") as directory:
        source = Path(directory) / "probe.cpp"
        source.write_text("int probe(void) { return 0; }\n")
        made = Path(directory) / "probe.so"
        done = subprocess.run(
            [*command, flag, "-Werror", "-fPIC", "-shared", str(source), "-o", str(made)],
            capture_output=True,
            timeout=120,
            check=False,
        )
        return done.returncode == 0
