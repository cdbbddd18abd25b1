"""Events on their way to synapses that no table describes any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from eqsim.network.synapses.pathways import Pathway


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


def undelivered(pathway: Pathway, steps_of_delay: NDArray[np.int64]) -> Deliveries:
    """Return the events of a pathway that have not arrived yet, as single deliveries.

    Parameters
    ----------
    pathway : Pathway
        The pathway.
    steps_of_delay : ndarray of int64
        Its delays in steps, one or one for each stored synapse.
    """
    owner = pathway.synapses
    begin, entries = owner.rows(pathway.side)
    delays = np.broadcast_to(steps_of_delay, len(owner))
    first = owner.side(pathway.side).first_stored
    ages, rows = pathway.past.ages, pathway.past.elements.astype(np.int64) - first
    counts = (rows >= 0) & (rows < len(begin) - 1) & (ages <= pathway.valid_steps)
    steps, synapses = [], []
    # The oldest come first, as where they are delivered by a table.
    for row, age in zip(rows[counts], ages[counts], strict=True):
        part = np.arange(begin[row], begin[row + 1])
        part = part if entries is None else entries[part]
        left = delays[part] - age
        steps.append(left[left >= 0])
        synapses.append(part[left >= 0].astype(np.int32))
    if not steps:
        return Deliveries.none()
    return Deliveries.none().joined(
        Deliveries(np.concatenate(steps).astype(np.int64), np.concatenate(synapses))
    )
