"""NVIDIA's compiler: where it is, and the flags with which it keeps every bit."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

from eqsim.build.toolchain import Toolchain, version_lines
from eqsim.errors import BuildError

OLDEST_ARCHITECTURE = "sm_75"
"""The oldest devices that CUDA 13 compiles for."""

NO_NVCC = (
    "  install NVIDIA's CUDA toolkit, version 12 or newer, and put its folder bin on the path, or"
    " name the toolkit in the environment variable CUDA_HOME"
)
SAME_BITS = (
    # One result on every machine: no fused operations, division and roots rounded correctly.
    "-fmad=false",
    "-prec-div=true",
    "-prec-sqrt=true",
    "-ftz=false",
    "-Xcompiler=-ffp-contract=off",
)
"""With these flags results are those of processors, bit by bit."""
FLAGS = ("-std=c++17", "-O3", *SAME_BITS, "-Xcompiler=-fPIC,-Wall")


def find_nvcc(architecture: str) -> Toolchain | None:
    """Return nvcc with its flags, None if there is none.

    The one below the environment variable ``CUDA_HOME`` if that is set, else the first on the
    path.

    Parameters
    ----------
    architecture : str
        For which devices: ``"sm_90"``.

    Raises
    ------
    BuildError
        If ``CUDA_HOME`` names a folder without nvcc, or nvcc does not run.
    """
    path = nvcc_path()
    if path is None:
        return None
    return Toolchain((path,), _version(path), (*FLAGS, f"-arch={architecture}"))


def nvcc_path() -> str | None:
    """Return the path of nvcc, None if there is none.

    Raises
    ------
    BuildError
        If ``CUDA_HOME`` names a folder without nvcc.
    """
    named = os.environ.get("CUDA_HOME")
    if named:
        path = shutil.which(str(Path(named) / "bin" / "nvcc"))
        if path is None:
            raise BuildError(
                f"the folder {named!r} of the environment variable CUDA_HOME has no bin/nvcc\n"
                "  set CUDA_HOME to an installation of CUDA, or unset it to search the path"
            )
        return path
    return shutil.which("nvcc")


@cache
def _version(path: str) -> str:
    return " ".join(line for line in version_lines((path,)) if "release" in line)
