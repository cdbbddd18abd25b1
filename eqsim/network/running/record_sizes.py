"""How much memory records of a run will need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eqsim.build.machine import in_bytes, memory
from eqsim.network.clocks import AnyClock
from eqsim.network.messages import LOGGER
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.objects import NetworkObject


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
    has = memory()
    for each in objects:
        if not isinstance(each, StateMonitor) or not each.active or each.clock not in steps:
            continue
        begin, end = steps[each.clock]
        needed = (end - begin) * each.bytes_per_step
        if needed > has:
            LOGGER.warning(
                "%s would record %s in this run, and the machine has %s of memory: record fewer"
                " elements (record=[0, 5]), or less often (dt=1*ms)",
                each.name,
                in_bytes(needed),
                in_bytes(has),
            )
