"""What this machine has for simulations: processor, memory, compilers, devices, the cache."""

from __future__ import annotations

import contextlib
import math
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from eqsim.build.cache import cache_directory
from eqsim.build.library import LIBRARY
from eqsim.build.toolchain import COMPILERS, find_compiler, version_lines
from eqsim.errors import BuildError

_WIDTHS = {"avx512f": 512, "avx2": 256, "avx": 256, "sse2": 128, "asimd": 128}
"""Bits of a vector by what /proc/cpuinfo calls its instructions, the widest first."""
_COPIED = 32 * 2**20
"""Bytes that are copied to measure memory: more than caches hold."""
_REPEATS = 5
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def facts() -> Iterator[tuple[str, str]]:
    """Yield what there is, by name, in the order in which it is told."""
    yield "system", f"{platform.system()} {platform.machine()}"
    yield "processor", _processor_name()
    yield "processors", f"{usable_processors()} for this process, {os.cpu_count()} in all"
    yield "vectors", vector_width()
    yield "memory", f"{memory_bandwidth() / 1e9:.1f} GB/s, a copy by one thread"
    yield from _compilers()
    yield "CMake", _version_of("cmake") or "none: projects are built by the compiler alone"
    yield "nvcc", _version_of("nvcc") or "none"
    yield "GPUs", _devices()
    yield from _cache()


def problems() -> Iterator[str]:
    """Yield what keeps models from being compiled, with what to do about it."""
    try:
        if find_compiler() is None:
            yield (
                "no C++ compiler found: runs use the slower target 'numpy'\n"
                "  install one (Debian, Ubuntu: 'apt install g++'; macOS: 'xcode-select"
                " --install'; conda: 'conda install cxx-compiler') or name it in the environment"
                " variable CXX"
            )
    except BuildError as error:
        yield str(error)


def memory() -> float:
    """Return how many bytes of memory this machine has, infinite where it does not tell."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return math.inf


def in_bytes(size: float) -> str:
    """Return a number of bytes as people write it.

    Examples
    --------
    >>> in_bytes(25e9), in_bytes(12), in_bytes(10**30)
    ('25 GB', '12 B', '1e+15 PB')
    """
    last = len(_SIZES) - 1
    power = next((k for k in range(last) if size < 1000 ** (k + 1)), last)
    return f"{size / 1000**power:.3g} {_SIZES[power]}"


def usable_processors() -> int:
    """Return how many processors this process may use; not every system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text(errors="replace") if path.is_file() else ""


def _processor_name() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def vector_width() -> str:
    """Return how many bits a vector of this processor has, in words."""
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    known = set(found[1].split()) if found else set()
    for name, bits in _WIDTHS.items():
        if name in known:
            return f"{bits} bits ({name}): {bits // 64} numbers in double precision"
    return "not known"


def memory_bandwidth() -> float:
    """Return how many bytes are read and written in a second, measured in a fraction of one."""
    source = np.ones(_COPIED // 8)
    target = np.zeros_like(source)
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        np.copyto(target, source)
        times.append(time.perf_counter() - began)
    return 2 * _COPIED / min(times)


def _compilers() -> Iterator[tuple[str, str]]:
    for name in COMPILERS:
        found = _version_of(name)
        if found is not None:
            yield "compiler", f"{name}: {found}"
    named = os.environ.get("CXX")
    if named:
        yield "CXX", named
    try:
        chosen = find_compiler()
    except BuildError:
        return
    if chosen is not None:
        yield "used", f"{' '.join(chosen.command)}: {chosen.version}"
        yield "flags", " ".join(chosen.flags)


def _version_of(name: str) -> str | None:
    path = shutil.which(name)
    if path is None:
        return None
    try:
        lines = version_lines((path,))
    except BuildError as error:
        return str(error).partition("\n")[0]
    release = [line for line in lines if "release" in line]
    return f"{(release or lines or ['no version'])[0].strip()} ({path})"


def _devices() -> str:
    path = shutil.which("nvidia-smi")
    if path is None:
        return "none found (no nvidia-smi)"
    try:
        done = subprocess.run(
            [path, "-L"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"not known: {error}"
    lines = [line.partition(" (UUID")[0] for line in done.stdout.splitlines()]
    return "; ".join(lines) if done.returncode == 0 and lines else "none found"


def _cache() -> Iterator[tuple[str, str]]:
    folder = cache_directory()
    programs = size = 0
    for path in folder.rglob("*"):
        # Other processes may be building there.
        with contextlib.suppress(OSError):
            size += path.stat().st_size if path.is_file() else 0
            programs += path.name == LIBRARY
    yield "cache", f"{folder}: {programs} compiled programs, {size / 2**20:.1f} MiB"
