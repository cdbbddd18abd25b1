"""What equations can call and the language does not have, as the lowering sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eqsim.expressions.functions import Function
from eqsim.expressions.nodes import Call, Expr
from eqsim.expressions.statements import Statement

if TYPE_CHECKING:
    from eqsim.network.kernels.kernel_writer import KernelWriter


@dataclass(frozen=True, slots=True)
class ExternalFunction(Function):
    """A function from outside the language: what the checks know of it, and how it is computed.

    Two are equal if they belong to the same object of the user.
    """

    def lowered(self, call: Call, writer: KernelWriter, before: list[Statement]) -> Expr:
        """Return the value of a call over locals.

        Parameters
        ----------
        call : Call
            A call of this function; what it calls itself in its arguments is lowered already.
        writer : KernelWriter
            Writes the kernel in which the call stands.
        before : list of Statement
            Takes the statements that define the locals.
        """
        raise NotImplementedError

    def change_within_step(self, call: Call, dt: float, moving: Collection[str]) -> str | None:
        """Return why the value of a call may jump within a step, None if it keeps its value.

        Parameters
        ----------
        call : Call
            A call of this function.
        dt : float
            The step, in seconds.
        moving : collection of str
            The names that change during a step.
        """
        raise NotImplementedError

    @property
    def is_piecewise(self) -> bool:
        """Whether the value is constant over pieces of time."""
        return False


class Callee(ABC):
    """An object of the user that equations can call."""

    @property
    @abstractmethod
    def external(self) -> ExternalFunction:
        """What equations see of it; the same each time."""
