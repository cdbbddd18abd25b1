"""Waiting for batches of Dask, whose workers may be late, or may never come again."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any

from eqsim.errors import SweepError


class NoWorkersWarning(UserWarning):
    """A sweep waits, as there is nothing that runs its batches."""


@dataclass(frozen=True)
class Presence:
    """Who runs the batches of a client of Dask.

    Parameters
    ----------
    client : dask.distributed.Client
        It.
    """

    client: Any

    def count(self) -> int:
        """Return how many workers its scheduler has: none if it cannot be asked."""
        with contextlib.suppress(OSError):
            return len(self.client.nthreads())
        return 0

    def is_over(self) -> bool:
        """Tell whether its workers were processes of this machine that are not started again.

        A nanny of Dask does not start a process again that ended before it was told that the
        process had started. Of other clusters nobody knows: jobs may wait in a queue.
        """
        from distributed import LocalCluster

        cluster = self.client.cluster
        if not isinstance(cluster, LocalCluster) or getattr(cluster, "_adaptive", None):
            return False
        return not any(_is_alive(worker) for worker in list(cluster.workers.values()))


def _is_alive(worker: Any) -> bool:
    if not hasattr(worker, "process"):  # no nanny: a worker in a thread of this process
        return str(worker.status) not in ("Status.closed", "Status.failed")
    return worker.process is not None and bool(worker.process.is_alive())


class Patience:
    """Waits for batches, says once that nobody runs them, and ends where nobody ever will.

    Parameters
    ----------
    presence : Presence, optional
        Who runs them; unless given, it waits for as long as it takes.
    period : float
        Seconds without a batch after which it looks who is there.
    limit : float
        Seconds without workers after which it says so.
    """

    def __init__(
        self, presence: Presence | None, period: float = 2.0, limit: float = 30.0
    ) -> None:
        self._presence = presence
        self._period = None if presence is None else period
        self._limit = limit
        self._absent_since: float | None = None
        self._has_told = False

    def wait(self, running: Collection[Future[Any]], kept: str) -> set[Future[Any]]:
        """Return batches that are done: at least one of those that run.

        Parameters
        ----------
        running : collection of Future
            The batches that run.
        kept : str
            What an error says of what is done.

        Raises
        ------
        SweepError
            If every worker ended and none is started again.
        """
        while True:
            done, _ = wait(running, self._period, FIRST_COMPLETED)
            if done or self._presence is None or not running:
                self._absent_since = None
                return done
            self._look(self._presence, kept)

    def _look(self, presence: Presence, kept: str) -> None:
        now = time.monotonic()
        if presence.count():
            self._absent_since = None
            return
        if self._absent_since is None:
            self._absent_since = now
        if now - self._absent_since < self._limit:
            return
        if presence.is_over():
            raise SweepError(
                "every worker of the cluster of Dask ended, and none is started again: a run may"
                f" have ended its process, or the system did for want of memory{kept}\n"
                "  call again with a new cluster: with a store, the sweep goes on"
            )
        if not self._has_told:
            self._has_told = True
            warnings.warn(
                f"the cluster of Dask has had no workers for {self._limit:.0f} s: the sweep waits"
                " for them\n"
                "  if none are to come, look at the queue and at the logs of the workers",
                NoWorkersWarning,
                stacklevel=2,
            )


def presence_of(executor: Any) -> Presence | None:
    """Return who runs the batches of what a user gave, if that is a client of Dask."""
    is_client = type(executor).__module__.startswith("distributed")
    return Presence(executor) if is_client and hasattr(executor, "get_executor") else None
