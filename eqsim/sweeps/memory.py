"""How many runs a simulation has at once, by what they take of the machine's memory."""

from __future__ import annotations

import os

from eqsim.network.running.instances import Instances
from eqsim.targets import Cuda, Target
from eqsim.targets.cuda.memory import memory_on_device

CACHE = 512 * 1024
"""Bytes of state that stay close to a processor: more instances at once would be slower."""
DEVICE = 256 * 1024 * 1024
"""Bytes of state that keep a GPU busy."""
MOST = 4096
"""How many instances a simulation has at most."""
_PART = 0.25
"""Which part of the free memory all simulations of a process may take together."""
_PART_OF_DEVICE = 0.8
"""The same of the memory of a GPU, which is there for nothing else."""


def instances_at_once(instances: Instances, workers: int, target: Target) -> int:
    """Return how many instances a simulation should have.

    As many as fit into the cache of a processor, so that what a step costs beside its work is
    shared, and no more than the memory has room for, with what is recorded. A GPU takes as many
    as keep it busy, and no more than its own memory has room for.

    Parameters
    ----------
    instances : Instances
        The lowered network.
    workers : int
        How many simulations run at once.
    target : Target
        Where they are simulated.
    """
    state = max(1, instances.bytes_of_state)
    whole = state + instances.bytes_of_records
    room = _PART * free_memory() / max(1, workers)
    enough = (DEVICE if isinstance(target, Cuda) else CACHE) // state
    wanted = max(1, min(MOST, enough, int(room // whole)))
    return (
        min(wanted, _on_device(instances, workers, target)) if isinstance(target, Cuda) else wanted
    )


def _on_device(instances: Instances, workers: int, target: Cuda) -> int:
    """Return for how many instances a device has room, beside those of its other workers."""
    free = target.free_memory()
    if free is None:
        return MOST
    sharing = -(-workers // max(1, len(target.devices())))
    needed = memory_on_device(instances.program, instances.template)
    return needed.instances(_PART_OF_DEVICE * free / max(1, sharing))


def free_memory() -> float:
    """Return how many bytes of memory are free, 1 GiB where the system does not tell."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float(2**30)
