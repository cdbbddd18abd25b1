"""Pathways: what events of one side do to synapses, and how long they take to get there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.code import CodeBlock
from eqsim.errors import ModelError
from eqsim.network.kernels.traffic import PastEvents
from eqsim.network.naming import ObjectName
from eqsim.network.objects import SteppedObject
from eqsim.network.sides import Side
from eqsim.network.snapshots import Part, Parts
from eqsim.network.synapses.deliveries import Deliveries
from eqsim.network.variables.variables import VariableView

if TYPE_CHECKING:
    from eqsim.network.synapses.synapses import Synapses

ORDERS = {Side.SOURCE: -1, Side.TARGET: 1}
"""Where in its slot a pathway of either side runs."""


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
        self._code = code
        self._event = event
        self._expects_delays = False
        self.deliveries = Deliveries.none()
        self.past = PastEvents.none()
        # How many steps ago the table of delays began to describe what is on its way.
        self.valid_steps = 0

    @property
    def code(self) -> CodeBlock:
        """The statements that run."""
        return self._code

    @property
    def event(self) -> str:
        """After which event they run."""
        return self._event

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
        return self._expects_delays or variable.is_shared or bool(variable.values.any())

    def expect_delays(self) -> None:
        """Let programs have delays even where all are zero, so that other delays need no other."""
        self._expects_delays = True

    def delay_steps(self, dt: float | None = None) -> NDArray[np.int64]:
        """Return the delays in steps: one, or one for each stored synapse.

        Rounded to the nearest step, halves up.

        Parameters
        ----------
        dt : float, optional
            The step in seconds; by default that of the pathway's clock.

        Raises
        ------
        ModelError
            If a delay is longer than programs can count.
        """
        steps = np.floor(
            self.synapses.variables[self.delay_name].values / (dt or self.clock.dt_) + 0.5
        )
        if len(steps) and steps.max() > _MOST_STEPS:
            raise ModelError(
                f"a delay of {self.name!r} is {int(steps.max())} steps long\n"
                f"  at most {_MOST_STEPS} steps are possible: choose shorter delays or a larger dt"
            )
        return steps.astype(np.int64)

    @property
    def lowered_from(self) -> tuple[object, ...]:
        """What a program is made from: what is on its way beside the table of delays."""
        return (*super().lowered_from, self.deliveries, self.past)

    def snapshot(self) -> dict[str, Part]:
        """Return what is on its way."""
        return {
            **super().snapshot(),
            "valid_steps": self.valid_steps,
            "past.ages": self.past.ages,
            "past.elements": self.past.elements,
            "deliveries.steps": self.deliveries.steps,
            "deliveries.synapses": self.deliveries.synapses,
        }

    def may_resize(self, part: str) -> bool:
        """Return whether a part of a snapshot may have another length: what is on its way."""
        return part.startswith(("deliveries.", "past."))

    def check_snapshot(self, saved: Parts) -> None:
        """Refuse what cannot be on its way; whether the synapses exist is checked by them."""
        super().check_snapshot(saved)
        steps, synapses = (np.asarray(saved[f"deliveries.{p}"]) for p in ("steps", "synapses"))
        ages, elements = (np.asarray(saved[f"past.{p}"]) for p in ("ages", "elements"))
        size = self.synapses.side(self.side).stored_size
        wrong = (
            steps.shape != synapses.shape
            or (steps < 0).any()
            or (np.diff(steps) < 0).any()
            or ages.shape != elements.shape
            or (ages < 1).any()
            or (np.diff(ages) > 0).any()
            or (elements < 0).any()
            or (elements >= size).any()
        )
        if wrong:
            raise ModelError(
                f"{self.name!r} is not as it was in the snapshot\n"
                "  the snapshot has events on their way that cannot be"
            )

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back what was on its way."""
        super().restore_snapshot(saved)
        self.valid_steps = int(saved["valid_steps"])
        self.past = PastEvents(np.array(saved["past.ages"]), np.array(saved["past.elements"]))
        self.deliveries = Deliveries(
            np.array(saved["deliveries.steps"]), np.array(saved["deliveries.synapses"])
        )

    def follow_step_change(self) -> None:
        """Keep the times of arrival of what is on its way when steps get another length."""
        before = self.clock.dt_before_
        if before is None or before == self.clock.dt_:
            return
        self.synapses.settle(self, before)
        arrivals = np.floor(self.deliveries.steps * (before / self.clock.dt_) + 0.5)
        self.deliveries = Deliveries(arrivals.astype(np.int64), self.deliveries.synapses)

    def follow(self, steps: int) -> None:
        """Count on by so many steps, which have been run."""
        self.deliveries = self.deliveries.after(steps)
        self.valid_steps += steps


_MOST_STEPS = 10**6


def delay_name(pathway: str) -> str:
    """Return the key of a pathway's delay among the variables of its synapses."""
    return f"{pathway}.delay"
