"""Whether the memory of this machine has room for what a sweep keeps."""

from __future__ import annotations

import os
from collections.abc import Iterable

from eqsim.errors import SweepError
from eqsim.network.clocks import Clock
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.running.network import Network
from eqsim.sweeps.recording import Recording

_NUMBER = 8


def bytes_kept(recordings: Iterable[Recording], network: Network, seconds: float) -> int:
    """Return how much is kept of a run, as far as that is known before: of state monitors.

    Parameters
    ----------
    recordings : iterable of Recording
        What is kept.
    network : Network
        The network.
    seconds : float
        How long a run is.
    """
    total = 0
    for name in (name for each in recordings for name in each.kept_whole(network)):
        monitor = network[name]
        if isinstance(monitor, StateMonitor) and isinstance(monitor.clock, Clock):
            row = 1 + len(monitor.record) * len(monitor.variables)
            total += int(seconds / monitor.clock.dt_) * row * _NUMBER
    return total


def check_room(per_run: float, runs: int) -> None:
    """Refuse to keep more than this machine has memory.

    Parameters
    ----------
    per_run : float
        Bytes that are kept of a run.
    runs : int
        How many runs there are.

    Raises
    ------
    SweepError
        If there is no room.
    """
    has = memory()
    if per_run * runs <= has:
        return
    raise SweepError(
        f"what is kept of {runs} runs takes about {told(per_run * runs)}, and this machine has"
        f" {told(has)} of memory\n"
        "  give the sweep a store, which is read piece by piece; or keep less: 'mean(trace.v)',"
        " monitors of fewer neurons, or with a longer dt"
    )


def check_batch(per_run: float, runs: int) -> None:
    """Refuse a batch that would take most of the memory.

    Parameters
    ----------
    per_run : float
        Bytes that are kept of a run.
    runs : int
        How many runs the batch has.

    Raises
    ------
    SweepError
        If there is no room.
    """
    room = memory() / 4
    if per_run * runs > room:
        raise SweepError(
            f"what is kept of a run takes {told(per_run)}, and {told(per_run * runs)} of a batch"
            f" of {runs} runs\n  give the sweep batch={max(1, int(room / 4 / per_run))}"
        )


def memory() -> float:
    """Return how many bytes of memory this machine has, infinite where it does not tell."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")


def told(size: float) -> str:
    """Return a size as a text.

    Examples
    --------
    >>> told(25e9), told(999)
    ('25 GB', '999 B')
    """
    power = next((k for k in range(4) if size < 1000 ** (k + 1)), 4)
    return f"{size / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"
