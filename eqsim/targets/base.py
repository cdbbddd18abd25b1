"""What a target is: a way from a program to something that runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from eqsim.program.nodes import Program
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import Simulation


class Target(ABC):
    """A way to run programs, with its options.

    Targets are frozen values; :data:`eqsim.targets.ALL` lists them. A new one is a class with the
    members below and a line in that list.
    """

    name: ClassVar[str]
    """The user's word for it: ``net.run(..., target=name)``."""

    @abstractmethod
    def unavailable(self) -> str | None:
        """Return why this target cannot run here and what to do, None if it can."""

    def check(self, program: Program) -> None:
        """Raise if this target cannot express a program; asked before a run changes anything.

        Raises
        ------
        TargetError
            Naming what it cannot express.
        """
        del program

    @abstractmethod
    def open(self, program: Program, memory: Memory) -> Simulation:
        """Return a simulation of the program over the memory, built if need be.

        Raises
        ------
        TargetError
            If the target cannot run here or cannot express the program.
        BuildError
            If the compiler fails.
        """
