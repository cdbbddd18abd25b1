"""Exported projects to executables: by CMake, or by a compiler alone."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path

from eqsim.build.cache import locked
from eqsim.build.compiler_log import last_lines
from eqsim.build.nvcc import NO_NVCC, nvcc_path
from eqsim.build.toolchain import find_compiler
from eqsim.errors import BuildError, ModelError, message

EXECUTABLE = Path("build") / "simulate"
_SUFFIXES = (".cpp", ".cu", ".h", ".txt")


def executable_of(directory: Path) -> Path:
    """Return the executable of a project, built if it is not there or older than a source.

    Processes that ask at once build it once.

    Parameters
    ----------
    directory : Path
        The project's folder.

    Raises
    ------
    ModelError
        If there is no project.
    BuildError
        If it cannot be built.
    """
    if not (directory / "CMakeLists.txt").is_file() or not (directory / "model.json").is_file():
        raise ModelError(
            f"there is no project of eqsim in {str(directory)!r}\n"
            "  write one: eqsim build model.py --out " + shlex.quote(str(directory))
        )
    executable = directory / EXECUTABLE
    try:
        executable.parent.mkdir(exist_ok=True)
        with locked(executable.parent / "build.lock"):
            if not _is_current(executable, directory):
                _build(directory)
    except OSError as error:
        raise BuildError(
            f"cannot write into {str(executable.parent)!r}: {error.strerror}\n"
            "  export the model into a folder of yours"
        ) from error
    return executable


def _is_current(executable: Path, directory: Path) -> bool:
    if not executable.is_file():
        return False
    built = executable.stat().st_mtime
    sources = (path for path in directory.glob("*") if path.suffix in _SUFFIXES)
    return all(source.stat().st_mtime <= built for source in sources)


def _build(directory: Path) -> None:
    if find_compiler() is None:
        raise BuildError(
            "no C++ compiler found\n  install one, or name it in the environment variable CXX;"
            " 'eqsim doctor' tells what is there"
        )
    cmake = shutil.which("cmake")
    if (directory / "simulation.cu").is_file():
        _configure_for_devices(cmake, directory)
    elif cmake is None:
        _run(_by_hand(directory), directory)
        return
    else:
        _run([cmake, "-S", ".", "-B", "build"], directory)
    assert cmake is not None
    _run([cmake, "--build", "build"], directory)


def _configure_for_devices(cmake: str | None, directory: Path) -> None:
    nvcc = nvcc_path()
    if cmake is None or nvcc is None:
        raise BuildError(
            f"the project {str(directory)!r} is for CUDA devices, and there is no"
            f" {'CMake' if cmake is None else 'nvcc'}\n"
            + ("  install it, or compile as README.md says" if cmake is None else NO_NVCC)
        )
    _run([cmake, "-S", ".", "-B", "build", f"-DCMAKE_CUDA_COMPILER={nvcc}"], directory)


def _by_hand(directory: Path) -> list[str]:
    """Return the command that compiles a project without CMake."""
    toolchain = find_compiler()
    assert toolchain is not None
    needed = json.loads((directory / "model.json").read_text(encoding="utf-8"))["build"]
    command = [*toolchain.command, *(flag for flag in toolchain.flags if flag != "-fPIC")]
    command += [*needed["compiling"], "main.cpp", *needed["sources"], *needed["linking"]]
    return [*command, "-o", str(EXECUTABLE)]


def _run(command: list[str], directory: Path) -> None:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    raise BuildError(
        message(
            f"the project {str(directory)!r} was not built: exit status {done.returncode}",
            f"command: {shlex.join(command)}",
            *last_lines(done.stdout + done.stderr),
        )
    )
