"""Events of neurons: when they happen, and what is done then."""

from __future__ import annotations

from dataclasses import dataclass

from eqsim.equations.code import CodeBlock
from eqsim.expressions.nodes import Expr

SPIKE = "spike"
"""The event of a threshold."""


@dataclass(frozen=True, slots=True)
class Event:
    """A condition that makes events.

    Parameters
    ----------
    name : str
        ``"spike"`` for the threshold.
    condition : Expr
        Where it holds, the neuron has the event.
    when : str
        Slot of the step in which it is tested.
    order : int
        Place within the slot.
    """

    name: str
    condition: Expr
    when: str
    order: int


@dataclass(frozen=True, slots=True)
class EventCode:
    """What is done to the neurons that had an event, and where in the step."""

    code: CodeBlock
    when: str
    order: int
