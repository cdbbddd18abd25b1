"""Where batches are done: in this process, or in others, which get the job when they lack it."""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import threading
import warnings
from collections import Counter, OrderedDict
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from pathlib import Path

from eqsim.errors import ModelError
from eqsim.runtime.drive import Interruption
from eqsim.sweeps.batches import Batch, Runner
from eqsim.sweeps.devices import devices_of
from eqsim.sweeps.executors import Workers, processors
from eqsim.sweeps.job import Job
from eqsim.sweeps.runners import runner_of
from eqsim.sweeps.store import Store


@dataclass(frozen=True)
class Lacking:
    """The answer of a process that has not got the job of a batch.

    Parameters
    ----------
    process : str
        Which process.
    """

    process: str


class Here:
    """Batches in threads of this process.

    Parameters
    ----------
    workers : Workers
        The threads.
    runner : Runner
        The model.
    store : Path or None
        Where what is kept is written.
    """

    def __init__(self, workers: Workers, runner: Runner, store: Path | None) -> None:
        self._executor = workers.executor
        self._runner = runner
        self._store = store
        self.window = workers.window

    def submit(
        self, first: int, last: int, *, stores: bool, stores_failures: bool, brings_job: bool
    ) -> Future[Batch | Lacking]:
        """Have a batch run."""
        del brings_job  # the job is here
        store = self._store if stores else None
        return self._executor.submit(_done, self._runner, first, last, store, stores_failures)

    def is_done(self) -> None:
        """Take note that a batch was done."""

    def is_asked(self, answer: Lacking) -> bool:
        """Never happen: the job is here."""
        raise AssertionError(answer)

    @property
    def interruption(self) -> Interruption:
        """Asked by simulations whether to go on."""
        return self._runner.interruption


class Elsewhere:
    """Batches in other processes, each of which gets the job once.

    A batch names the job by its digest. A process that has not got it, as it is new, says so, and
    the batch is given out again with the job. Until the first one is done all bring it, and no
    more are given out than there are processes.

    Parameters
    ----------
    workers : Workers
        The processes.
    job : Job
        The sweep.
    store : Path or None
        Where what is kept is written.
    """

    def __init__(self, workers: Workers, job: Job, store: Path | None) -> None:
        self._executor: Executor = workers.executor
        self._payload = _dumped(job)
        self._digest = hashlib.sha256(self._payload).hexdigest()
        self._store = store
        self._full_window = workers.window
        self._is_known = False
        self._asked: Counter[str] = Counter()
        self.window = min(workers.count, workers.window)
        self.interruption = Interruption()

    def submit(
        self, first: int, last: int, *, stores: bool, stores_failures: bool, brings_job: bool
    ) -> Future[Batch | Lacking]:
        """Have a batch run."""
        store = self._store if stores else None
        payload = self._payload if brings_job or not self._is_known else None
        with warnings.catch_warnings():
            # Dask advises to send large data once for all tasks, which is what this does.
            warnings.filterwarnings("ignore", "Sending large graph")
            return self._executor.submit(
                run_batch, self._digest, payload, first, last, store, stores_failures
            )

    def is_done(self) -> None:
        """Take note that a batch was done, so that a process has the job."""
        self._is_known = True
        self.window = self._full_window

    def is_asked(self, answer: Lacking) -> bool:
        """Return whether a batch is to bring the job, since a process lacks it.

        Nobody knows which process will take it: one that asks again and again is sent the job
        again, yet not with each of the batches that were waiting for it.
        """
        self._asked[answer.process] += 1
        times = self._asked[answer.process]
        return times & (times - 1) == 0


def _dumped(job: Job) -> bytes:
    try:
        import cloudpickle
    except ImportError:
        try:
            return pickle.dumps(job)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ModelError(
                f"the sweep cannot be sent to other processes: {error}\n"
                "  install the package cloudpickle with: pip install 'eqsim[sweep]'"
            ) from error
    return bytes(cloudpickle.dumps(job))


_KEPT = 4
"""Of how many sweeps a process keeps the model, those that it was asked for last."""
_runners: OrderedDict[str, Runner] = OrderedDict()
_runners_lock = threading.Lock()


def run_batch(
    digest: str,
    payload: bytes | None,
    first: int,
    last: int,
    store: Path | None,
    stores_failures: bool,
) -> Batch | Lacking:
    """Run a batch in a worker process, which keeps the model from one batch to the next.

    Parameters
    ----------
    digest : str
        Which job.
    payload : bytes or None
        The job, for a process that may not have it.
    first, last : int
        The first run, and the one after the last.
    store : Path or None
        Where what is kept is written, and nothing of it returned.
    stores_failures : bool
        Whether a batch with runs that failed is written.

    Returns
    -------
    Batch or Lacking
        What is kept; or that this process has not got the job.
    """
    with _runners_lock:
        if digest not in _runners:
            if payload is None:
                return Lacking(f"{os.getpid()} on {platform.node()}")
            job: Job = pickle.loads(payload)
            _runners[digest] = runner_of(job, devices_of(job.target) or processors())
            while len(_runners) > _KEPT:
                _runners.popitem(last=False)
        _runners.move_to_end(digest)
        runner = _runners[digest]
    return _done(runner, first, last, store, stores_failures)


def _done(
    runner: Runner, first: int, last: int, store: Path | None, stores_failures: bool
) -> Batch:
    batch = runner.run(first, last)
    if store is None:
        return batch
    if stores_failures or not batch.failures:
        Store(store).write(batch)
    return replace(batch, values={})
