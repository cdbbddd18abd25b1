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

from eqsim.errors import RunError
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
    """Note a Ctrl-C instead of raising it at once, so that no recorded row is lost half-way.

    A second one is raised at once: within a long step of the reference interpreter for example.
    Compiled code hears of neither before its step is done.
    """
    before = signal.getsignal(signal.SIGINT)
    # A handler that is not of Python (None) could not be put back, so it stays.
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        if interruption.by_keyboard:
            signal.signal(signal.SIGINT, before)
            raise KeyboardInterrupt
        interruption.by_keyboard = True

    signal.signal(signal.SIGINT, note)
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

    Raises
    ------
    RunError
        If the simulation fails; what it recorded until then is taken. Records that cannot be taken
        then are lost, which the error's cause tells.
    MemoryError
        If there is no memory for what was recorded.
    """
    ticks = 1
    while not interruption.pending:
        began = time.perf_counter()
        done = _advance_and_take(simulation, ticks, takes)
        elapsed = time.perf_counter() - began
        progress.at(completed())
        if done < ticks:
            break
        # Chunks grow no faster than tenfold: one slow step is no measure of the next thousand.
        wanted = ticks * CHUNK_SECONDS / max(elapsed, 1e-9)
        ticks = max(1, min(int(wanted), 10 * ticks))


def _advance_and_take(simulation: Simulation, ticks: int, takes: Mapping[str, Take]) -> int:
    try:
        done = simulation.advance(ticks)
    except BaseException as failure:
        try:
            _take_all(simulation, takes)
        except (MemoryError, RunError) as lost:
            raise failure from lost
        raise
    _take_all(simulation, takes)
    return done


def _take_all(simulation: Simulation, takes: Mapping[str, Take]) -> None:
    """Take every record, even if another cannot be taken; errors are chained."""
    failure: BaseException | None = None
    for record, take in takes.items():
        try:
            take(simulation.take(record))
        except (MemoryError, RunError) as lost:
            lost.__context__ = failure
            failure = lost
    if failure is not None:
        raise failure
