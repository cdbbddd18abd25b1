"""Exported programs, compiled as quickly as a compiler can."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from compiled_projects import compile_project

import eqsim
from eqsim import Network

FLAGS = [
    "-std=c++17",
    "-Og",
    "-ffp-contract=off",
    "-fopenmp-simd",
    "-pthread",
    "-Wall",
    "-Wextra",
    "-Werror",
]


@dataclass
class Exported:
    """A program in its folder."""

    folder: Path

    def run(self, *options: str, status: int = 0, results: str = "results") -> eqsim.Results:
        """Run it and return what it wrote."""
        done = self.start("--results", results, *options)
        assert done.returncode == status, done.stderr
        return eqsim.load(self.folder / results, partial=status != 0)

    def refusal(self, *options: str, status: int = 2) -> str:
        """Return the one line that it says before it ends with a status."""
        done = self.start(*options)
        assert done.returncode == status, done.stdout + done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("simulate: ")
        return done.stderr

    def start(self, *options: str) -> Any:
        return subprocess.run(
            [self.folder / "simulate", *options],
            cwd=self.folder,
            env={},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture(scope="session")
def compiled() -> Callable[..., Exported]:
    """What exports a network and compiles the program."""

    def export(network: Network, folder: Path, *given: Any, **options: Any) -> Exported:
        network.export(folder, *given, **options)
        compile_project(folder, FLAGS)
        return Exported(folder)

    return export
