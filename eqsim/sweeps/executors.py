"""Where batches run: threads of this process, any executor of Python, a client of Dask."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from eqsim.errors import ModelError
from eqsim.sweeps.devices import devices_of
from eqsim.sweeps.job import Job
from eqsim.targets import Cpp

WINDOW = 64
"""How many batches an executor of other processes has at once."""


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class Workers:
    """What runs batches.

    Parameters
    ----------
    executor : Executor
        Takes the batches.
    count : int
        How many it runs at once, as far as is known.
    window : int
        How many it is given at once.
    is_here : bool
        Whether they run in this process.
    is_own : bool
        Whether it ends with the sweep.
    """

    executor: Executor
    count: int
    window: int
    is_here: bool
    is_own: bool


def workers_of(executor: Any, job: Job) -> Workers:
    """Return what a user means by ``executor``.

    Parameters
    ----------
    executor : None, concurrent.futures.Executor or dask.distributed.Client
        None for threads of this process, as many as there are processors.
    job : Job
        The sweep.

    Raises
    ------
    ModelError
        If it is something else.
    """
    if executor is None:
        own = 1
        if isinstance(job.target, Cpp) and job.target.threads is not None:
            own = job.target.threads
        count = devices_of(job.target) or max(1, processors() // own)
        pool = ThreadPoolExecutor(count, thread_name_prefix="sweep")
        return Workers(pool, count, 2 * count, is_here=True, is_own=True)
    if isinstance(executor, ThreadPoolExecutor):
        count = int(executor._max_workers)  # noqa: SLF001 - there is no other way to know
        return Workers(executor, count, 2 * count, is_here=True, is_own=False)
    if isinstance(executor, Executor):
        count = int(getattr(executor, "_max_workers", None) or WINDOW // 4)
        return Workers(executor, count, max(WINDOW, 2 * count), is_here=False, is_own=False)
    if type(executor).__module__.startswith("distributed") and hasattr(executor, "get_executor"):
        count = sum(executor.nthreads().values()) or WINDOW // 4
        # The sweep itself does batches again that were lost: it knows what was stored of them.
        taken = executor.get_executor(pure=False, retries=0)
        return Workers(taken, count, max(WINDOW, 2 * count), is_here=False, is_own=False)
    raise ModelError(
        f"batches cannot run on {executor!r}\n"
        "  expected: None, an executor of concurrent.futures, or a Client of dask.distributed;"
        " of a cluster of Dask: Client(cluster)"
    )


# ------------------------------------------------------------------------- several devices


def device_executor(devices: Sequence[int | str]) -> ProcessPoolExecutor:
    """Return an executor with one process for each GPU, which sees no other one.

    Parameters
    ----------
    devices : sequence of int or str
        The devices, as in the variable CUDA_VISIBLE_DEVICES.

    Returns
    -------
    ProcessPoolExecutor
        To be given to :func:`sweep`; its processes end with this one, whatever ends it.

    Raises
    ------
    ModelError
        If there is no device.

    Examples
    --------
    >>> import os
    >>> with device_executor([0, 1]) as executor:
    ...     seen = {executor.submit(os.getenv, "CUDA_VISIBLE_DEVICES").result() for _ in range(2)}
    >>> seen <= {'0', '1'}
    True
    """
    if not devices:
        raise ModelError("an executor for devices needs at least one\n  write: [0, 1]")
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    for device in devices:
        queue.put(str(device))
    return ProcessPoolExecutor(
        len(devices), context, initializer=_take_device, initargs=(queue, os.getpid())
    )


def _take_device(queue: Any, parent: int) -> None:
    os.environ["CUDA_VISIBLE_DEVICES"] = queue.get(timeout=60)
    die_with_parent(parent)


def die_with_parent(parent: int) -> None:
    """Have the system end this process when its parent is gone, even if that was killed.

    Parameters
    ----------
    parent : int
        The parent's number.
    """
    if sys.platform != "linux":
        return
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, int(signal.SIGKILL))
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
