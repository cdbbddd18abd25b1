"""The build of a project by CMake: what can be chosen, and that it needs nothing else."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import eqsim
from eqsim import Network, NeuronGroup, StateMonitor, ms

pytestmark = [
    pytest.mark.compiler,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("cmake") is None, reason="needs CMake"),
]
TOOLS = ("cmake", "make", "gmake", "c++", "g++", "cc", "gcc", "as", "ld", "ar", "ranlib", "sh")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    eqsim.start_scope()
    group = NeuronGroup(
        3, "dv/dt = (2 - v)/tau : 1  # leak", threshold="v > 1", reset="v = 0", method="exact",
        name="cells", namespace={"tau": 10 * ms},
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("exported") / "project"
    Network(group, StateMonitor(group, "v", record=True, name="traces")).export(folder, 9 * ms)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has CMake and a compiler, and no Python."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found is not None:
            (tools / name).symlink_to(found)
    for name in ("python", "python3", "eqsim"):
        assert shutil.which(name, path=str(tools)) is None
    return {"PATH": str(tools)}


def cmake(project: Path, environment: dict[str, str], *options: str) -> Any:
    return subprocess.run(
        ["cmake", *options], cwd=project, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip


def test_a_project_builds_without_python_and_without_warnings(
    project: Path, environment: dict[str, str]
) -> None:
    strict = "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror"
    made = cmake(project, environment, "-S", ".", "-B", "strict", strict)
    assert made.returncode == 0, made.stderr
    done = cmake(project, environment, "--build", "strict")
    assert done.returncode == 0, done.stdout + done.stderr
    run = subprocess.run(
        ["strict/simulate"], cwd=project, env=environment, capture_output=True, check=False
    )
    assert run.returncode == 0
    assert eqsim.load(project / "results").t == 9 * ms


def test_the_commands_of_the_readme_build_and_run_where_there_is_no_python(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    copied = tmp_path / "elsewhere"
    shutil.copytree(project, copied, ignore=shutil.ignore_patterns("strict", "results"))
    blocks = re.findall(r"^```sh\n(.*?)^```$", (copied / "README.md").read_text(), re.M | re.S)
    building, running = (block.splitlines() for block in blocks)

    assert len(building) == 2
    for command in (*building, *running):
        done = subprocess.run(
            shlex.split(command), cwd=copied, env=environment, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, command + done.stdout + done.stderr

    told = (copied / "build" / "CMakeCache.txt").read_text().casefold()
    assert "python" not in told
    results = eqsim.load(copied / "results")
    assert results.t == 9 * ms
    assert results["traces"].v.shape == (3, 90)


def test_threads_and_processor_are_options(project: Path, environment: dict[str, str]) -> None:
    records = []
    for name, options in {
        "plain": ["-DEQSIM_THREADS=OFF", "-DEQSIM_ARCHITECTURE=generic"],
        "named": ["-DEQSIM_ARCHITECTURE=x86-64-v2" if os.uname().machine == "x86_64" else ""],
    }.items():
        given = [option for option in options if option]
        assert cmake(project, environment, "-S", ".", "-B", name, *given).returncode == 0
        assert cmake(project, environment, "--build", name).returncode == 0
        done = subprocess.run(
            [f"{name}/simulate", "--threads=2", f"--results={name}-results"], cwd=project,
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert ("built without threads: one thread" in done.stderr) == (name == "plain")
        records.append(eqsim.load(project / f"{name}-results")["traces"].v)
    assert (records[0] == records[1]).all()
    assert "-march" not in (project / "plain/CMakeFiles/simulate.dir/flags.make").read_text()


def test_a_processor_that_the_compiler_does_not_know_is_refused(
    project: Path, environment: dict[str, str]
) -> None:
    done = cmake(project, environment, "-S", ".", "-B", "wrong", "-DEQSIM_ARCHITECTURE=abacus")

    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert "the compiler knows no processor 'abacus': set EQSIM_ARCHITECTURE to native" in said


def test_a_compiler_that_is_too_old_is_refused(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    found = shutil.which("g++")
    if found is None:
        pytest.skip("there is no g++")
    old = tmp_path / "old"
    old.write_text(f'#!/bin/sh\nexec {found} -U__GNUC__ -D__GNUC__=7 "$@"\n')
    old.chmod(0o755)

    done = cmake(project, environment, "-S", ".", "-B", "old", f"-DCMAKE_CXX_COMPILER={old}")

    assert done.returncode != 0
    said = " ".join(done.stderr.split())
    assert "GNU 7.2.0 is too old for this model: it needs GCC 8, Clang 7 or newer" in said
    assert "-DCMAKE_CXX_COMPILER=" in said


def test_the_readme_has_the_equations_and_the_parameters(project: Path) -> None:
    readme = (project / "README.md").read_text()

    assert "`cells`:\n\n```text\ndv/dt = (2 - v)/tau : 1  # leak\n```" in readme
    assert "| `cells.tau` | second | 10 ms |" in readme
    assert "| `cells.v` | 1 | 0.0, one each |" in readme
    assert "The precision of the numbers is part of `simulation.cpp`" in readme
