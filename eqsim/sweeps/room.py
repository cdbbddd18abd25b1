"""Whether the memory of this machine has room for what a sweep keeps."""

from __future__ import annotations

from collections.abc import Iterable

from eqsim.build.machine import in_bytes, memory
from eqsim.errors import SweepError
from eqsim.network.clocks import Clock
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.running.network import Network
from eqsim.sweeps.recording import Recording


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
    parts = (part for each in recordings for part in each.kept_whole(network))
    kept = {name: (monitor, variable) for name, monitor, variable in parts}
    return sum(_bytes_of(monitor, variable, seconds) for monitor, variable in kept.values())


def _bytes_of(monitor: StateMonitor, variable: str, seconds: float) -> int:
    if not isinstance(monitor.clock, Clock):
        return 0
    row = monitor.bytes_of_times if variable == "t" else monitor.bytes_of(variable)
    return int(seconds / monitor.clock.dt_) * row


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
        f"what is kept of {runs} runs takes about {in_bytes(per_run * runs)}, and this machine has"
        f" {in_bytes(has)} of memory\n"
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
            f"what is kept of a run takes {in_bytes(per_run)}, and {in_bytes(per_run * runs)} of"
            f" a batch of {runs} runs\n  give the sweep batch={max(1, int(room / 4 / per_run))}"
        )
