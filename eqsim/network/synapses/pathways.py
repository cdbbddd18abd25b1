"""Pathways: what events of one side do to synapses, and how long they take to get there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.code import CodeBlock
from eqsim.errors import ModelError
from eqsim.network.lowering.synapse_names import Side
from eqsim.network.naming import ObjectName
from eqsim.network.objects import SteppedObject
from eqsim.network.variables import VariableView

if TYPE_CHECKING:
    from eqsim.network.synapses.synapses import Synapses

ORDERS = {Side.SOURCE: -1, Side.TARGET: 1}
"""Where in its slot a pathway of either side runs."""


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Events on their way that no table describes any more, because delays or synapses changed.

    Parameters
    ----------
    steps : ndarray of int64
        In how many steps from now each arrives, ascending; 0 is the next step.
    synapses : ndarray of int32
        Where, as synapses are stored.
    """

    steps: NDArray[np.int64]
    synapses: NDArray[np.int32]

    @classmethod
    def none(cls) -> Deliveries:
        """Return no deliveries."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.steps)

    def joined(self, other: Deliveries) -> Deliveries:
        """Return both, in the order of arrival; where that is the same, the others come last."""
        steps = np.concatenate([self.steps, other.steps])
        order = np.argsort(steps, kind="stable")
        return Deliveries(steps[order], np.concatenate([self.synapses, other.synapses])[order])

    def after(self, steps: int) -> Deliveries:
        """Return what is left after so many steps."""
        left = self.steps >= steps
        return Deliveries(self.steps[left] - steps, self.synapses[left])


class Pathway(SteppedObject):
    """What happens at the synapses of an element of one side after its events.

    It is made by :class:`~eqsim.Synapses` and found there by its name: ``S.pre``, ``S.post``.
    """

    add_to_magic_network = False
    determines_time = False

    def __init__(
        self, synapses: Synapses, name: str, side: Side, code: CodeBlock, event: str
    ) -> None:
        full = ObjectName(f"{synapses.name}_{name}", f"{synapses.stem}_{name}")
        clock = synapses.side(side).clock
        super().__init__(full, "synapses", ORDERS[side], clock)
        self.synapses = synapses
        self.pathway = name
        self.side = side
        self.code = code
        self.event = event
        self.deliveries = Deliveries.none()
        # How many steps ago the table began to describe what is on its way; None if always.
        self.valid_steps: int | None = None

    @property
    def prepost(self) -> str:
        """``"pre"`` or ``"post"``: whose events these are."""
        return self.side.value

    @property
    def delay_name(self) -> str:
        """The key of the delay among the variables of the synapses."""
        return delay_name(self.pathway)

    @property
    def delay(self) -> VariableView:
        """The delays, in seconds: one if it was given for all, else one for each synapse."""
        return VariableView(self.synapses, self.delay_name)

    @delay.setter
    def delay(self, value: Any) -> None:
        self.synapses.write(self.delay_name, slice(None), value)

    @property
    def has_delays(self) -> bool:
        """Whether events may take time to arrive."""
        variable = self.synapses.variables[self.delay_name]
        return variable.is_shared or bool(variable.values.any())

    def delay_steps(self) -> NDArray[np.int64]:
        """Return the delays in steps of the pathway's clock: one, or one for each stored synapse.

        Rounded to the nearest step, halves up.

        Raises
        ------
        ModelError
            If a delay is longer than programs can count.
        """
        steps = np.floor(self.synapses.variables[self.delay_name].values / self.clock.dt_ + 0.5)
        if len(steps) and steps.max() > _MOST_STEPS:
            raise ModelError(
                f"a delay of {self.name!r} is {int(steps.max())} steps long\n"
                f"  at most {_MOST_STEPS} steps are possible: choose shorter delays or a larger dt"
            )
        return steps.astype(np.int64)

    def follow(self, steps: int) -> None:
        """Count on by so many steps, which have been run."""
        self.deliveries = self.deliveries.after(steps)
        if self.valid_steps is not None:
            self.valid_steps += steps


_MOST_STEPS = 10**6


def delay_name(pathway: str) -> str:
    """Return the key of a pathway's delay among the variables of its synapses."""
    return f"{pathway}.delay"
