"""Which GPU simulates which batch of a sweep in one process."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

from eqsim.targets import Cuda, Target


def devices_of(target: Target) -> int | None:
    """Return how many batches run at once for a target on devices, None for another target."""
    return max(1, len(target.devices())) if isinstance(target, Cuda) else None


class Devices:
    """The devices of a process, in turn: each thread that simulates batches keeps its own.

    Parameters
    ----------
    target : Target
        Where batches are simulated. Unless it is CUDA without a certain device, it is the target
        of all threads.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        devices = target.devices() if isinstance(target, Cuda) else ()
        self._turns = itertools.cycle(devices) if len(devices) > 1 else None
        self._lock = threading.Lock()
        self._own = threading.local()

    def target(self) -> Target:
        """Return the target of the thread that asks, with its device."""
        if self._turns is None or not isinstance(self._target, Cuda):
            return self._target
        if not hasattr(self._own, "target"):
            with self._lock:
                self._own.target = replace(self._target, device=next(self._turns))
        own: Target = self._own.target
        return own
