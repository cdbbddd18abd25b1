"""The tutorial's own code is no module of tests: a test runs it, cell by cell."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from compiled_projects import compile_project

import eqsim

collect_ignore = ["part_3.py"]


@pytest.fixture
def results_of() -> Callable[[Path], eqsim.Results]:
    """What a project makes that is compiled, as quickly as a compiler can, and run."""

    def run(folder: Path) -> eqsim.Results:
        compile_project(folder, ["-std=c++17", "-O0", "-ffp-contract=off", "-pthread"])
        subprocess.run(["./simulate", "--results", "results"], cwd=folder, check=True, timeout=60)
        return eqsim.load(folder / "results")

    return run
