"""Events on their way: what a run begins with, and what is left when it ends.

Programs count steps from the beginning of a run's network; between runs everything is counted from
now, so that neither a new network nor another beginning changes what is still to arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from eqsim.network.synapses.pathways import Pathway

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False, slots=True)
class PastEvents:
    """Events of a group before now.

    Parameters
    ----------
    ages : ndarray of int64
        How many steps before the next step each was found, at least 1, descending.
    elements : ndarray of int32
        Who had each, by the number in the whole group.
    """

    ages: NDArray[np.int64]
    elements: NDArray[np.int32]

    @classmethod
    def none(cls) -> PastEvents:
        """Return no events."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.ages)

    def is_same(self, other: PastEvents) -> bool:
        """Return whether these are the very same events."""
        return np.array_equal(self.ages, other.ages) and np.array_equal(
            self.elements, other.elements
        )


@dataclass
class Traffic:
    """What of a program is counted from the beginning of the run.

    Parameters
    ----------
    histories : dict of str to str
        Buffers of past events, and the clocks that count their steps.
    listeners : dict of str to list of Pathway
        Who hears of the events in each of them.
    relative : dict of str to str
        Arrays of step numbers that are given as if the run began with step 0, and their clocks.
    followers : list
        Clocks, and what is told how many steps of them were run.
    """

    histories: dict[str, str] = field(default_factory=dict)
    listeners: dict[str, list[Pathway]] = field(default_factory=dict)
    relative: dict[str, str] = field(default_factory=dict)
    followers: list[tuple[str, Callable[[int], None]]] = field(default_factory=list)

    def begin(self, arrays: Arrays) -> None:
        """Count from the first steps of the clocks, which are set."""
        for name, clock in self.relative.items():
            arrays[name][...] += arrays[f"{clock}.timestep"][0]

    def end(
        self,
        begins: Mapping[str, int],
        arrays: Arrays,
        rows: Callable[[str], tuple[NDArray[Any], ...]],
    ) -> None:
        """Keep what is still on its way.

        Parameters
        ----------
        begins : mapping of str to int
            The first step of each clock.
        arrays : mapping of str to ndarray
            The program's memory after the run.
        rows : callable
            Returns the columns of a buffer of past events.
        """
        for name, clock in self.histories.items():
            steps, elements = rows(name)
            ages = arrays[f"{clock}.timestep"][0] - steps
            past = PastEvents(ages.astype(np.int64), elements.astype(np.int32))
            for pathway in self.listeners[name]:
                pathway.past = past
        for clock, follow in self.followers:
            follow(int(arrays[f"{clock}.timestep"][0]) - begins[clock])

    def follow(self, clock: str, follower: Callable[[int], None]) -> None:
        """Tell something at the end how many steps of a clock were run; once, if asked twice."""
        if (clock, follower) not in self.followers:
            self.followers.append((clock, follower))

    def add_history(self, name: str, clock: str) -> None:
        """Add a buffer of past events of a group."""
        self.histories[name] = clock
        self.listeners[name] = []
        self.relative[f"{name}.timestep"] = clock
