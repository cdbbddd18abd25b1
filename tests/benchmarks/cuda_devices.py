"""What runs the CUDA programs that are measured: a device, or its emulation for a try."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from eqsim import Cuda
from eqsim.build.library import build_library
from eqsim.build.nvcc import find_nvcc
from eqsim.build.sources import Sources
from eqsim.build.toolchain import find_compiler
from eqsim.runtime.engine import Library

HERE = Path(__file__).resolve().parent
HEADERS = HERE.parents[1] / "templates" / "common"
Parts = list[dict[str, object]]


class Device:
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
        self._architecture = architecture

    def library(self, sources: Sources) -> Library:
        """Return compiled sources, from the cache or compiled now."""
        toolchain = find_nvcc(self._architecture)
        assert toolchain is not None
        return Library(str(build_library(sources, toolchain)))

    def parts(self) -> Parts:
        """Return what the parts of simulations cost, one after the other."""
        toolchain = find_nvcc(self._architecture)
        assert toolchain is not None
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "device"
            command = [*toolchain.command, f"-arch={self._architecture}", "-std=c++17", "-O3"]
            command += [f"-I{HEADERS}", str(HERE / "device.cu"), "-o", str(program)]
            subprocess.run(command, check=True)
            said = subprocess.run([program], check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in said.splitlines()]

    def facts(self) -> dict[str, str]:
        """Return what nvidia-smi says of the device."""
        asked = "name,driver_version,clocks.sm,clocks.mem,memory.total,mig.mode.current"
        command = ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader", "--id=0"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return dict(zip(asked.split(","), (x.strip() for x in said.split(",")), strict=False))


class Emulated:
    """The emulation of the tests: it shows that a script works, and nothing of its figures."""

    def __init__(self) -> None:
        sys.path.append(str(HERE.parent / "cuda_emulation"))

    def library(self, sources: Sources) -> Library:
        """Return sources that are compiled for the processor."""
        from emulation import emulated, quick, with_precompiled_headers

        toolchain = quick(find_compiler())
        sources = with_precompiled_headers(emulated(sources), toolchain)
        return Library(str(build_library(sources, toolchain)))

    def parts(self) -> Parts:
        """Return figures that mean nothing."""
        return [
            {"part": "copy", "value": 1.0, "unit": "GB/s"},
            {"part": "a launch", "value": 1.0, "unit": "us"},
        ]

    def facts(self) -> dict[str, str]:
        """Return that there is no device."""
        return {"name": "emulated: the figures mean nothing"}
