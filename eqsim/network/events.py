"""Events of groups: when they happen, and what is done then."""

from __future__ import annotations

from dataclasses import dataclass

from eqsim.equations.code import CodeBlock
from eqsim.expressions.nodes import Expr

SPIKE = "spike"
"""The event of a threshold."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that elements of a group have at times.

    Parameters
    ----------
    name : str
        ``"spike"`` for the threshold.
    when : str
        Slot of the step in which it is found who has it.
    order : int
        Place within the slot.
    """

    name: str
    when: str
    order: int


@dataclass(frozen=True, slots=True)
class ConditionalEvent(Event):
    """An event of the elements for which a condition holds.

    Parameters
    ----------
    name, when, order : str, str, int
        As for every event.
    condition : Expr
        Where it holds, the element has the event.
    """

    condition: Expr


@dataclass(frozen=True, slots=True)
class EventCode:
    """What is done to the neurons that had an event, and where in the step."""

    code: CodeBlock
    when: str
    order: int
