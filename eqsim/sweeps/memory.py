"""How many runs a simulation has at once, by what they take of the machine's memory."""

from __future__ import annotations

import os

from eqsim.network.instances import Instances

CACHE = 512 * 1024
"""Bytes of state that stay close to a processor: more instances at once would be slower."""
DEVICE = 256 * 1024 * 1024
"""Bytes of state that keep a GPU busy."""
MOST = 4096
"""How many instances a simulation has at most."""
_PART = 0.25
"""Which part of the free memory all simulations of a process may take together."""


def instances_at_once(instances: Instances, workers: int, *, is_gpu: bool = False) -> int:
    """Return how many instances a simulation should have.

    As many as fit into the cache of a processor, so that what a step costs beside its work is
    shared, and no more than the memory has room for, with what is recorded.

    Parameters
    ----------
    instances : Instances
        The lowered network.
    workers : int
        How many simulations run at once.
    is_gpu : bool
        Whether a GPU simulates them.
    """
    state = max(1, instances.bytes_of_state)
    whole = state + instances.bytes_of_records
    room = _PART * free_memory() / max(1, workers)
    return int(max(1, min(MOST, (DEVICE if is_gpu else CACHE) // state, room // whole)))


def free_memory() -> float:
    """Return how many bytes of memory are free, 1 GiB where the system does not tell."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float(2**30)
