"""What several tests of networks need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import pytest

Arrivals = Callable[..., Iterator[tuple[int, int]]]


def in_documented_order(
    i: Sequence[int],
    j: Sequence[int],
    events: Mapping[int, Collection[int]],
    delays: Sequence[int],
    steps: int,
    side: str = "pre",
) -> Iterator[tuple[int, int]]:
    """Yield the step and the number of a synapse for all that arrives at the synapses, in order.

    Parameters
    ----------
    i, j : sequence of int
        Source and target of each synapse, in the order of creation.
    events : mapping of int to collection of int
        Who had an event, by step.
    delays : sequence of int
        Delay of each synapse, in steps.
    steps : int
        How many steps there are.
    side : str
        Whose events these are, "pre" or "post".
    """
    ends = i if side == "pre" else j
    stored = sorted(range(len(i)), key=lambda synapse: (i[synapse], j[synapse], synapse))
    for step in range(steps):
        for age in range(max(delays, default=0), -1, -1):
            for element in sorted(events.get(step - age, ())):
                for synapse in stored:
                    if ends[synapse] == element and delays[synapse] == age:
                        yield step, synapse


@pytest.fixture
def arrivals() -> Arrivals:
    """What arrives at which synapse, step by step, in the documented order."""
    return in_documented_order
