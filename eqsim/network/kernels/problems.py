"""What it means to the user when a check of a program fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import IntegrationError
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner


NOT_FINITE = (
    "{{values}} after the step at t = {{time}}\n  method {method!r}, dt = {{dt}}\n  {advice}"
)
"""The text about values that are not finite, for a method of integration and its advice."""

UNDEFINED_SLOPES = (
    "the equations of {{element}} give no numbers within the dt at t = {{time}}\n"
    "  method {method!r}, dt = {{dt}}\n"
    "  look for what they divide by, take the root of, or make infinite"
)
"""The text about right sides that are no numbers however short the step, for a method."""

TOO_MANY_STEPS = (
    "{{element}} needs more than {limit} steps within the dt at t = {{time}}\n"
    "  method {method!r}, dt = {{dt}}\n"
    "  the equations are stiff or diverge there: use {other}a smaller dt, larger errors or more"
    " steps (method_options)"
)
"""The text about methods that choose their steps, for a method and its limit."""

NOT_FINITE_BETWEEN_EVENTS = (
    "{{values}} after the step at t = {{time}}\n"
    "  {synapses!r} integrates it from one event to the next: look at what the code of the events"
    " does to it"
)
"""The same for variables that change with events at synapses."""


@dataclass(frozen=True)
class Problem:
    """What can be wrong with an element of a group, as checks of its kernels find it.

    Parameters
    ----------
    owner : StateOwner
        The group.
    text : str
        What to tell. ``{element}`` stands for the element, ``{time}`` for the time at the start of
        the step, ``{dt}`` for the step, and ``{values}`` for the first of the variables that is
        not finite, with the element and its value.
    variables : tuple of str
        Variables that must be finite, in the order in which they are told.
    stored : mapping of str to ndarray, optional
        Values of variables that are not the group's own, one for each element.
    """

    owner: StateOwner
    text: str
    variables: tuple[str, ...] = ()
    stored: Mapping[str, NDArray[Any]] | None = None

    def error(self, element: int, time: float) -> IntegrationError:
        """Return the error about one element.

        Parameters
        ----------
        element : int
            Its number among those stored.
        time : float
            The time at the start of the step after which it is told, in seconds.
        """
        told = {
            "{values}": self._values(element),
            "{element}": self.owner.element_text(element),
            "{time}": str(Quantity(time, SECOND)),
            "{dt}": str(self.owner.clock.dt),
        }
        text = self.text
        for placeholder, words in told.items():
            text = text.replace(placeholder, words)
        return IntegrationError(text)

    def _values(self, element: int) -> str:
        for name in self.variables:
            value = float(self._values_of(name)[element])
            if not np.isfinite(value):
                return f"{name!r} of {{element}} is {value}"
        return "the values of {element} are not finite"

    def _values_of(self, name: str) -> NDArray[Any]:
        return self.owner.variables[name].values if self.stored is None else self.stored[name]

    def first_not_finite(self) -> int | None:
        """Return the first element with a variable that is not finite, None if there is none."""
        values = list(map(self._values_of, self.variables))
        wrong = [int(np.argmin(np.isfinite(v))) for v in values if not np.isfinite(v).all()]
        return min(wrong, default=None)
