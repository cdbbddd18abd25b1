"""The loop over time: chunks of steps, results taken after each, reports, interruption."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

from numpy.typing import NDArray

from eqsim.runtime.progress import Progress
from eqsim.runtime.simulation import Simulation

Take = Callable[[list[tuple[NDArray[Any], ...]]], None]

CHUNK_SECONDS = 0.1
"""Wall time after which a simulation gives control back: short enough for a prompt Ctrl-C."""


class Interruption:
    """Whether the user or the program asked a run to stop."""

    def __init__(self) -> None:
        self.by_keyboard = False
        self.requested = False

    @property
    def pending(self) -> bool:
        """Whether to stop."""
        return self.by_keyboard or self.requested


@contextlib.contextmanager
def deferred_keyboard_interrupt(interruption: Interruption) -> Iterator[None]:
    """Note a Ctrl-C instead of raising it at once, so that no recorded row is lost half-way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        interruption.by_keyboard = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def drive(
    simulation: Simulation,
    takes: Mapping[str, Take],
    completed: Callable[[], float],
    progress: Progress,
    interruption: Interruption,
) -> None:
    """Run a simulation to the end of its clocks, or until it is interrupted.

    Parameters
    ----------
    simulation : Simulation
        What runs.
    takes : mapping of str to callable
        For each record what takes its new rows, a list of columns per instance.
    completed : callable
        Returns which part of the run is done, from 0 to 1.
    progress : Progress
        Is told after each chunk.
    interruption : Interruption
        Asked after each chunk.
    """
    ticks = 1
    while not interruption.pending:
        began = time.perf_counter()
        try:
            done = simulation.advance(ticks)
        finally:
            for record, take in takes.items():
                take(simulation.take(record))
        elapsed = time.perf_counter() - began
        progress.at(completed())
        if done < ticks:
            break
        # Chunks grow no faster than tenfold: one slow step is no measure of the next thousand.
        wanted = ticks * CHUNK_SECONDS / max(elapsed, 1e-9)
        ticks = max(1, min(int(wanted), 10 * ticks))
