"""The loop over time: chunks of steps, results taken after each, reports, interruption."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any, Protocol

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


class Driven(Protocol):
    """What runs, with what follows it."""

    simulation: Simulation
    """What advances; at a pause another one may take its place."""
    takes: Mapping[str, Take]
    """For each record what takes its new rows, a list of columns per instance."""

    def completed(self) -> float:
        """Return which part of the run is done, from 0 to 1."""

    def pause(self, name: str) -> None:
        """Do what a pause is for.

        Whatever it raises, the simulation that is there then completes the step, without doing
        anything at further pauses.
        """


def drive(driven: Driven, progress: Progress, interruption: Interruption) -> None:
    """Run a simulation to the end of its clocks, or until it is interrupted.

    Parameters
    ----------
    driven : Driven
        What runs.
    progress : Progress
        Is told after each chunk.
    interruption : Interruption
        Asked after each chunk, and after each step with a pause.

    Raises
    ------
    RunError
        If the simulation fails; what it recorded until then is taken. Records that cannot be taken
        then are lost, which the error's cause tells.
    MemoryError
        If there is no memory for what was recorded.
    """
    ticks = 1
    while driven.simulation.paused is not None or not interruption.pending:
        # Who asks at a pause for an end has it after this very step.
        wanted = 1 if interruption.pending else ticks
        began = time.perf_counter()
        done = _advance_and_take(driven, wanted)
        elapsed = time.perf_counter() - began
        if not _report_and_pause(driven, progress) and done < wanted:
            break
        if done > 0:
            # Chunks grow no faster than tenfold: one slow step is no measure of the next thousand.
            possible = int(done * CHUNK_SECONDS / max(elapsed, 1e-9))
            ticks = max(1, min(possible, 10 * ticks))


def _report_and_pause(driven: Driven, progress: Progress) -> bool:
    """Do what is not the simulation's; return whether it stands at a pause."""
    name = driven.simulation.paused
    try:
        progress.at(driven.completed())
        if name is not None:
            driven.pause(name)
    except BaseException:
        _complete_step(driven.simulation)
        _take_all(driven.simulation, driven.takes)
        raise
    return name is not None


def _complete_step(simulation: Simulation) -> None:
    """Go on through all pauses of a step: no later simulation could go on in its midst."""
    while simulation.paused is not None:
        simulation.advance(1)


def _advance_and_take(driven: Driven, ticks: int) -> int:
    simulation, takes = driven.simulation, driven.takes
    try:
        done = simulation.advance(ticks)
    except BaseException as failure:
        try:
            _take_all(simulation, takes)
        except (MemoryError, RunError) as lost:
            raise failure from lost
        raise
    try:
        _take_all(simulation, takes)
    except BaseException:
        _complete_step(simulation)
        raise
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
