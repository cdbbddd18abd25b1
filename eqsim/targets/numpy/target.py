"""Programs without a compiler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsim.program.nodes import Program
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import Simulation
from eqsim.targets.base import Target
from eqsim.targets.numpy.calls import check_functions
from eqsim.targets.numpy.interpreter import Interpreter


@dataclass(frozen=True)
class Numpy(Target):
    """The reference interpreter: no compiler, the same results, less speed.

    Examples
    --------
    >>> from eqsim import Network, NeuronGroup, Numpy, ms
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> Network(G).run(2*ms, target=Numpy())
    >>> G.x[:].round(6)
    array([2.])
    """

    name: ClassVar[str] = "numpy"

    def unavailable(self) -> str | None:
        """Return None: NumPy is always there."""
        return None

    def check(self, program: Program) -> None:
        """Raise if a function of the program has no implementation in Python."""
        check_functions(program)

    def open(self, program: Program, memory: Memory) -> Simulation:
        """Return the interpreted program."""
        return Interpreter(program, memory)
