"""Programs as CUDA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsim.errors import TargetError
from eqsim.program.nodes import Program
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import Simulation
from eqsim.targets.base import Target


@dataclass(frozen=True)
class Cuda(Target):
    """CUDA sources."""

    name: ClassVar[str] = "cuda"

    def unavailable(self) -> str | None:
        """Return why CUDA programs do not run yet."""
        return "this version of eqsim renders and compiles CUDA sources and does not run them"

    def open(self, program: Program, memory: Memory) -> Simulation:
        """Refuse."""
        raise TargetError(f"target 'cuda' cannot run here: {self.unavailable()}")
