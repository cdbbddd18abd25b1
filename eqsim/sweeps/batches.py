"""A batch of consecutive runs, and what runs one."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from numpy.typing import NDArray

from eqsim.runtime.drive import Interruption
from eqsim.sweeps.columns import Form
from eqsim.sweeps.job import Job
from eqsim.sweeps.recording import Recorded, Values
from eqsim.sweeps.room import check_batch
from eqsim.units.dimensions import base_unit_for


class SweepWarning(UserWarning):
    """A sweep is slower than it could be, or nothing came of it."""


class StoppedError(Exception):
    """The user stopped the sweep."""


@dataclass
class Batch:
    """What is kept of consecutive runs.

    Parameters
    ----------
    first, last : int
        The first run, and the one after the last.
    values : dict of str to list of ndarray or None
        For each name what was kept of each run; None for runs that failed.
    forms : dict of str to Form
        What the values of each name have in common.
    failures : dict of int to str
        Why runs failed, by their numbers.
    seconds : float
        How long the batch took.
    host : str
        Where it ran.
    """

    first: int
    last: int
    values: dict[str, list[NDArray[Any] | None]] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    host: str = field(default_factory=platform.node)
    _is_checked: bool = field(default=False, repr=False)

    @property
    def bytes_kept(self) -> int:
        """How much it keeps."""
        columns = self.values.values()
        return sum(each.nbytes for column in columns for each in column if each is not None)

    def keep(self, run: int, values: Values) -> None:
        """Keep what a run left.

        Raises
        ------
        SweepError
            If values of one name do not fit into one array.
        """
        forms = dict(self.forms)
        for name, (numbers, dimension) in values.items():
            form = Form(base_unit_for(dimension), numbers.dtype.kind == "c", numbers.shape)
            forms[name] = forms[name].joined(name, form) if name in forms else form
        self.forms = forms
        for name, (numbers, _) in values.items():
            column = self.values.setdefault(name, [None] * (self.last - self.first))
            column[run - self.first] = numbers

    def check_room(self) -> None:
        """Refuse to go on after the first run if the memory has no room for all.

        Raises
        ------
        SweepError
            If it has none.
        """
        if not self._is_checked and self.bytes_kept:
            self._is_checked = True
            check_batch(self.bytes_kept, self.last - self.first)

    def with_part(self, other: Batch) -> Batch:
        """Return one batch of two, of which the other follows."""
        none = [None] * (self.last - self.first), [None] * (other.last - other.first)
        forms = dict(self.forms)
        for name, form in other.forms.items():
            forms[name] = forms[name].joined(name, form) if name in forms else form
        return Batch(
            self.first,
            other.last,
            {n: [*self.values.get(n, none[0]), *other.values.get(n, none[1])] for n in forms},
            forms,
            {**self.failures, **other.failures},
            self.seconds + other.seconds,
        )


class Runner(Protocol):
    """Runs batches of a job in this process: of a network, or of the program of a project.

    Attributes
    ----------
    job : Job
        The sweep.
    interruption : Interruption
        Asked by runs whether to go on.
    at_once : int
        How many runs are simulated together.
    runs_alone : bool
        Whether runs that could be simulated together have to be made one by one.
    bytes_kept : int
        How much is kept of a run, as far as that is known before.
    """

    job: Job
    interruption: Interruption
    at_once: int
    runs_alone: bool
    bytes_kept: int

    @property
    def programs(self) -> int:
        """How many programs there are so far: each is compiled by itself."""

    def prepare(self) -> None:
        """Refuse what cannot run in this process; build what the first batch would wait for."""

    def expected(self) -> Recorded:
        """Return what the results of the first run will have, before there is any."""

    def identity(self) -> Mapping[str, str]:
        """Return a digest of the model, and its constants that are the same for all points."""

    def run(self, first: int, last: int) -> Batch:
        """Run a batch.

        Parameters
        ----------
        first, last : int
            The first run, and the one after the last.

        Raises
        ------
        StoppedError
            If the user stopped the sweep.
        """


def told(error: BaseException) -> str:
    """Return why a run failed."""
    return f"{type(error).__name__}: {error}"
