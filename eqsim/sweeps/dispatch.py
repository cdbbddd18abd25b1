"""Batches to an executor: again if they are lost, by halves if they are lost again."""

from __future__ import annotations

import collections
import contextlib
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eqsim.errors import EquationError, SweepError, TargetError
from eqsim.sweeps.batches import Batch, Runner, StoppedError, SweepWarning
from eqsim.sweeps.executors import Workers
from eqsim.sweeps.layout import Boxes
from eqsim.sweeps.places import Elsewhere, Here, Lacking
from eqsim.sweeps.progress import reporter
from eqsim.sweeps.room import check_room
from eqsim.sweeps.store import Ledger
from eqsim.sweeps.waiting import Patience, presence_of


@dataclass(frozen=True)
class Options:
    """How a sweep is done.

    Parameters
    ----------
    executor : object
        Where batches run.
    batch : "auto" or int
        How many runs a batch has.
    store : path or None
        Where what is kept is written.
    retries : int
        How often a batch is done again that was lost.
    keeps_failures : bool
        Whether the sweep goes on if runs fail.
    progress : bool or callable
        What is told how far it is.
    """

    executor: Any
    batch: Any
    store: Path | None
    retries: int
    keeps_failures: bool
    progress: Any


@dataclass(frozen=True)
class Task:
    """Runs that are to be done together.

    Parameters
    ----------
    first, last : int
        The first run, and the one after the last.
    tried : int
        How often they were lost.
    whole : tuple of int
        The runs of the batch of which they are all or a part.
    brings_job : bool
        Whether a process lacks the job, so that they bring it.
    """

    first: int
    last: int
    tried: int
    whole: tuple[int, int]
    brings_job: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether they are a whole batch."""
        return (self.first, self.last) == self.whole

    def halves(self) -> list[Task]:
        """Return both halves."""
        middle = (self.first + self.last) // 2
        return [replace(self, last=middle), replace(self, first=middle)]


class Dispatch:
    """Gives batches to an executor, and takes care of what is lost.

    Parameters
    ----------
    runner : Runner
        The model, for what runs here and for what is told.
    workers : Workers
        The executor.
    options : Options
        How the sweep is done.
    boxes : Boxes
        The batches.
    ledger : Ledger, optional
        Takes down what is done in a store.
    """

    def __init__(
        self,
        runner: Runner,
        workers: Workers,
        options: Options,
        boxes: Boxes,
        ledger: Ledger | None = None,
    ) -> None:
        self.job = runner.job
        self.options = options
        self.ledger = ledger
        self.finished: list[Batch] = []
        self.failures: dict[int, str] = {}
        done = set() if ledger is None else set(ledger.store.done())
        if ledger is not None and not options.keeps_failures:
            done -= set(ledger.store.failed())
        every = [boxes.runs(index) for index in boxes.indices()]
        self.todo = collections.deque(
            Task(*runs, tried=0, whole=runs) for runs in every if runs not in done
        )
        self.n_done = sum(last - first for first, last in done)
        self.parts: dict[tuple[int, int], list[Batch]] = {}
        path = None if ledger is None else ledger.store.path.absolute()
        self.place: Here | Elsewhere = (
            Here(workers, runner, path) if workers.is_here else Elsewhere(workers, self.job, path)
        )
        self.tell: Callable[[int, int], None] = reporter(
            options.progress, self.job.runs, self.n_done
        )
        self.running: dict[Future[Batch | Lacking], Task] = {}
        self.patience = Patience(presence_of(options.executor))

    def run(self) -> list[Batch]:
        """Do what is to do; return what is kept, unless it is in the store.

        Raises
        ------
        SweepError
            If runs failed and failures are not kept, or the executor is broken.
        """
        try:
            while self.todo or self.running:
                if self.failures and not self.options.keeps_failures:
                    self.todo.clear()
                    if not self.running:
                        break
                self._submit()
                for future in self.patience.wait(self.running, self._kept()):
                    self._take(future, self.running.pop(future))
                self.tell(self.n_done, len(self.failures))
        except BaseException:
            self._stop()
            raise
        if self.failures and not self.options.keeps_failures:
            raise self._failed()
        if len(self.failures) == self.job.runs:
            warnings.warn(str(self._failed("every run")), SweepWarning, stacklevel=5)
        return self.finished

    def _submit(self) -> None:
        while self.todo and len(self.running) < self.place.window:
            task = self.todo.popleft()
            with self._broken():
                future = self.place.submit(
                    task.first,
                    task.last,
                    # The parts of a batch come back here, to be written as one.
                    stores=task.is_whole,
                    stores_failures=self.options.keeps_failures,
                    brings_job=task.brings_job,
                )
            self.running[future] = task

    def _take(self, future: Future[Batch | Lacking], task: Task) -> None:
        with self._broken():
            try:
                batch = future.result()
            except (BrokenExecutor, StoppedError, SweepError, EquationError, KeyboardInterrupt):
                raise
            except Exception as error:  # whatever an executor makes of a loss
                self._again(task, error)
                return
        if isinstance(batch, Lacking):
            self.todo.appendleft(replace(task, brings_job=self.place.is_asked(batch)))
            return
        self.place.is_done()
        self._keep(task, batch)

    def _keep(self, task: Task, batch: Batch) -> None:
        self.failures |= batch.failures
        self.n_done += batch.last - batch.first
        if self.ledger is None:
            if not self.finished:
                check_room(batch.bytes_kept / (batch.last - batch.first), self.job.runs)
            self.finished.append(batch)
            return
        if not task.is_whole:
            joined = self._joined(task, batch)
            if joined is None:
                return
            batch = joined
            if self.options.keeps_failures or not batch.failures:
                self.ledger.store.write(batch)
        if self.options.keeps_failures or not batch.failures:
            self.ledger.take(batch)

    def _joined(self, task: Task, batch: Batch) -> Batch | None:
        """Return the batch of which this was the last part."""
        parts = self.parts.setdefault(task.whole, [])
        parts.append(batch)
        first, last = task.whole
        if sum(each.last - each.first for each in parts) < last - first:
            return None
        found, *others = sorted(self.parts.pop(task.whole), key=lambda each: each.first)
        for other in others:
            found = found.with_part(other)
        return found

    def _again(self, task: Task, error: Exception) -> None:
        """Do a batch again that was lost; then its halves, so that one run is found guilty."""
        if task.tried < self.options.retries:
            self.todo.append(replace(task, tried=task.tried + 1))
        elif isinstance(error, TargetError):
            raise error  # no run is to blame
        elif task.last - task.first > 1:
            self.todo.extend(task.halves())
        else:
            why = {task.first: f"{type(error).__name__}: {error}"}
            batch = Batch(task.first, task.last, failures=why)
            if task.is_whole and self.ledger is not None and self.options.keeps_failures:
                self.ledger.store.write(batch)
            self._keep(task, batch)

    @contextlib.contextmanager
    def _broken(self) -> Iterator[None]:
        try:
            yield
        except BrokenExecutor as error:
            raise SweepError(
                "a process of the executor ended abruptly, so that it takes no more"
                f"{self._kept()}\n"
                "  call again with a new executor: with a store, the sweep goes on"
            ) from error

    def _kept(self) -> str:
        return "" if self.ledger is None else f"; {self.n_done} runs are in the store"

    def _stop(self) -> None:
        """End what runs, and keep what is complete."""
        self.place.interruption.requested = True
        for future, task in self.running.items():
            if not future.cancel() and future.done() and future.exception() is None:
                batch = future.result()
                if isinstance(batch, Batch):
                    with contextlib.suppress(SweepError):
                        self._keep(task, batch)

    def _failed(self, which: str = "") -> SweepError:
        shown = [
            f"  {self.job.described(run)}\n    " + text.replace("\n", "\n    ")
            for run, text in sorted(self.failures.items())[:_SHOWN]
        ]
        more = len(self.failures) - _SHOWN
        if more > 0:
            shown.append(f"  and {more} more")
        runs = "a run" if len(self.failures) == 1 else f"{len(self.failures)} runs"
        advice = [] if which else ["  errors='keep' goes on without them"]
        return SweepError(
            "\n".join([f"{which or runs} of the sweep failed", *shown, *advice]), self.failures
        )


_SHOWN = 3
