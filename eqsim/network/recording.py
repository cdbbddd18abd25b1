"""Whether runs happen or are recorded, to be done by a program of its own later.

The one place that networks, groups and monitors ask. What records them is above: see
:mod:`eqsim.network.running.recorder`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from eqsim.errors import ModelError
from eqsim.network.caller import caller_frame

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner
    from eqsim.network.running.network import Network
    from eqsim.runtime.progress import Report
    from eqsim.units.quantity import Quantity


class EndOfModel(BaseException):
    """A script asks for what a recorded run would have made: what follows is no model any more.

    Parameters
    ----------
    what : str
        What it asks for.
    """

    def __init__(self, what: str) -> None:
        frame = caller_frame()
        self.what = what
        self.file = frame.f_code.co_filename
        self.line = frame.f_lineno
        super().__init__(f"{self.file}, line {self.line}: {what}")


class Recorder(Protocol):
    """What takes down runs, changes of values, store and restore."""

    @property
    def has_begun(self) -> bool:
        """Whether something was recorded: values need not be those of the network any more."""

    def run(
        self,
        network: Network,
        duration: Quantity,
        around: Mapping[str, Any],
        report: Report | None,
        period: float,
    ) -> None:
        """Record a run, and what is to be told of it every so many seconds."""

    def store(self, network: Network, name: str, around: Mapping[str, Any]) -> None:
        """Record that the state is kept."""

    def restore(self, network: Network, name: str, *, restore_random_state: bool) -> None:
        """Record that the state is put back."""

    def write(self, owner: StateOwner, name: str, item: Any, value: Any) -> None:
        """Record that values are set after a run."""

    def unknown(self, what: str) -> NoReturn:
        """Refuse to tell what only the recorded runs will have made."""


_recorders: list[Recorder | None] = []


@contextmanager
def recorded_by(recorder: Recorder | None) -> Iterator[None]:
    """Have everything recorded in a block; nothing if there is no recorder."""
    _recorders.append(recorder)
    try:
        yield
    finally:
        _recorders.pop()


def recorder() -> Recorder | None:
    """Return what records runs now, None if they happen."""
    return _recorders[-1] if _recorders else None


def begun() -> Recorder | None:
    """Return what records, if something was recorded already."""
    active = recorder()
    return active if active is not None and active.has_begun else None


def refuse_file(filename: object) -> None:
    """Refuse a file for a snapshot, which a program of its own keeps in memory.

    Raises
    ------
    ModelError
        If a file is named.
    """
    if filename is not None:
        raise ModelError(
            f"the file {str(filename)!r} cannot be part of a program of its own: it stores and"
            " restores in memory\n  leave out 'filename', or use the file before the first run"
        )


def ask_for(what: str) -> None:
    """Note that a script looks at something that runs change: what records them may refuse."""
    active = begun()
    if active is not None:
        active.unknown(what)
