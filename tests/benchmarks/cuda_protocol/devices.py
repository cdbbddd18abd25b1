"""What runs the CUDA programs that are measured: a device, or its emulation for a try."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from eqsim import Cuda
from eqsim.build.cache import cached
from eqsim.build.library import build_library
from eqsim.build.nvcc import find_nvcc
from eqsim.build.sources import Sources
from eqsim.build.toolchain import find_compiler
from eqsim.runtime.engine import Library

FOLDER = Path(__file__).resolve().parent
HEADERS = FOLDER.parents[2] / "templates" / "common"
EMULATION = FOLDER.parents[1] / "cuda_emulation"
Parts = list[dict[str, object]]


class Device(Protocol):
    """What programs are measured on."""

    def library(self, sources: Sources) -> Library:
        """Return compiled sources, from the cache or compiled now."""

    def parts(self, *only: str) -> Parts:
        """Return what the parts of simulations cost, or only some of them."""

    def free_memory(self) -> int | None:
        """Return how many bytes are free, None if that is not known."""

    def facts(self) -> dict[str, str]:
        """Return name, driver and so on."""

    def clocks(self) -> str:
        """Return the range of the processors' clock since the last call, in MHz."""


class Gpu:
    """The first device of this machine.

    Parameters
    ----------
    architecture : str
        For which devices nvcc compiles.
    """

    def __init__(self, architecture: str) -> None:
        missing = Cuda(architecture).unavailable()
        if missing is not None:
            sys.exit(f"cannot measure: {missing}")
        toolchain = find_nvcc(architecture)
        assert toolchain is not None
        self._architecture = architecture
        self._toolchain = toolchain
        self._clocks: Clocks | None = None

    def library(self, sources: Sources) -> Library:
        """Return compiled sources, from the cache or compiled now."""
        return Library(str(build_library(sources, self._toolchain)))

    def parts(self, *only: str) -> Parts:
        """Return what the parts of simulations cost, one after the other."""
        source = FOLDER / "device.cu"
        flags = [f"-arch={self._architecture}", "-std=c++17", "-O3", f"-I{HEADERS}"]

        def make(folder: Path) -> None:
            command = [*self._toolchain.command, *flags, str(source), "-o", str(folder / "device")]
            subprocess.run(command, check=True)

        known = "\n".join([self._toolchain.identity, *flags, source.read_text(encoding="utf-8")])
        program = cached(sha256(known.encode()).hexdigest(), make, expected="device")
        done = subprocess.run([program, *only], check=True, capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def free_memory(self) -> int | None:
        """Return how many bytes are free, None if that is not known."""
        return Cuda(self._architecture).free_memory()

    def facts(self) -> dict[str, str]:
        """Return what nvidia-smi says of the device."""
        asked = "name,driver_version,clocks.max.sm,clocks.max.mem,memory.total,mig.mode.current"
        command = ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader", "--id=0"]
        try:
            said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        except FileNotFoundError:
            said = "a device without nvidia-smi"
        facts = dict(zip(asked.split(","), (x.strip() for x in said.split(",")), strict=False))
        return facts | {"architecture": self._architecture}

    def clocks(self) -> str:
        """Return the range of the processors' clock since the last call, in MHz."""
        if self._clocks is None:
            self._clocks = Clocks()
        return self._clocks.seen()


class Clocks:
    """The clock of a device, which nvidia-smi tells ten times a second; nothing sets it."""

    def __init__(self) -> None:
        self._file, path = tempfile.mkstemp()
        Path(path).unlink()
        asked = ["--query-gpu=clocks.sm", "--format=csv,noheader,nounits", "--id=0", "-lms=100"]
        self._read = 0
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(FileNotFoundError):
            self._process = subprocess.Popen(["nvidia-smi", *asked], stdout=self._file)

    def seen(self) -> str:
        """Return the lowest and highest since the last call, empty if nothing was told."""
        # The position of the file is that of nvidia-smi too.
        written, _, _ = os.pread(self._file, 2**24, self._read).rpartition(b"\n")
        self._read += len(written)
        values = [int(line) for line in written.split() if line.isdigit()]
        return f"{min(values)}-{max(values)}" if values else ""

    def __del__(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        os.close(self._file)


class Emulated:
    """The emulation of the tests: it shows that a script works, and nothing of its figures."""

    def __init__(self) -> None:
        sys.path.append(str(EMULATION))

    def library(self, sources: Sources) -> Library:
        """Return sources that are compiled for the processor."""
        from emulation import emulated, quick, with_shared_parts_compiled

        toolchain = quick(find_compiler())
        sources = with_shared_parts_compiled(emulated(sources), toolchain)
        return Library(str(build_library(sources, toolchain)))

    def parts(self, *only: str) -> Parts:
        """Return figures that mean nothing."""
        said: Parts = [
            {"part": "copy", "value": 1.0, "unit": "GB/s"},
            {"part": "a launch", "value": 1.0, "unit": "us"},
            {"part": "8 blocks of a cluster", "value": None, "unit": "sm_90"},
        ]
        return [part for part in said if not only or part["part"] in only]

    def free_memory(self) -> int | None:
        """Return much."""
        return 2**40

    def facts(self) -> dict[str, str]:
        """Return that there is no device."""
        return {"name": "emulated: the figures mean nothing"}

    def clocks(self) -> str:
        """Return nothing."""
        return ""
