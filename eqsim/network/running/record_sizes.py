"""How much memory records of a run will need."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from eqsim.network.clocks import AnyClock
from eqsim.network.messages import LOGGER
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.objects import NetworkObject

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def tell_of_large_records(
    objects: Iterable[NetworkObject], steps: Mapping[AnyClock, tuple[int, int]]
) -> None:
    """Tell of monitors that would record more than the machine has memory.

    A run may be meant to be stopped before, so that this is no error.

    Parameters
    ----------
    objects : iterable of NetworkObject
        What runs.
    steps : mapping of clock to pair of int
        The first and one past the last step of each clock.
    """
    memory = _physical_memory()
    for each in objects:
        if not isinstance(each, StateMonitor) or not each.active or each.clock not in steps:
            continue
        begin, end = steps[each.clock]
        needed = (end - begin) * each.bytes_per_step
        if memory is not None and needed > memory:
            LOGGER.warning(
                "%s would record %s in this run, and the machine has %s of memory: record fewer"
                " elements (record=[0, 5]), or less often (dt=1*ms)",
                each.name,
                in_bytes(needed),
                in_bytes(memory),
            )


def _physical_memory() -> int | None:
    """Return how many bytes the machine has, None if it does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def in_bytes(size: int) -> str:
    """Return a number of bytes as people write it.

    Examples
    --------
    >>> in_bytes(8_000_000_000), in_bytes(12), in_bytes(10**30)
    ('8 GB', '12 bytes', '1e+15 PB')
    """
    power = min(max(len(str(size)) - 1, 0) // 3, len(_UNITS) - 1)
    return f"{size / 1000**power:.3g} {_UNITS[power]}"
