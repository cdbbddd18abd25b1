"""What a program of its own is to do: runs, changes of values between them, store and restore."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.kernels.builder import Lowered
from eqsim.network.randomness import UpcomingKeys
from eqsim.network.running.arguments import checked_duration, checked_name
from eqsim.network.running.parameters import values_to_set
from eqsim.targets.cpp.project import PlannedStage
from eqsim.units.quantity import Quantity


@dataclass(frozen=True)
class Run:
    """Simulate for a time.

    Parameters
    ----------
    duration : Quantity
        How long, in seconds of model time.

    Examples
    --------
    >>> from eqsim import ms
    >>> Run(100*ms)
    Run(duration=100*ms)
    """

    duration: Quantity


@dataclass(frozen=True)
class Set:
    """Give parameters or variables other values.

    Parameters
    ----------
    values : mapping of str to value
        By name, as the program's option ``--set`` takes them: ``{"tau": 5*ms, "cells.I": 0*nA}``;
        a value for all elements, or an array with one for each.

    Examples
    --------
    A program that changes a constant between two runs:

    >>> from eqsim import Network, NeuronGroup, ms
    >>> G = NeuronGroup(1, 'dx/dt = rate : 1', method='euler')
    >>> stages = [Run(100*ms), Set({'rate': 2/ms}), Run(100*ms)]
    >>> Network(G).export(getfixture('tmp_path'), stages=stages, namespace={'rate': 1/ms})
    """

    values: Mapping[str, Any]


@dataclass(frozen=True)
class Store:
    """Keep the state, as :meth:`eqsim.Network.store` does.

    Parameters
    ----------
    name : str
        Under which name.

    Examples
    --------
    Two continuations of one beginning:

    >>> from eqsim import ms
    >>> stages = [Run(1000*ms), Store(), Run(100*ms), Restore(), Run(100*ms)]
    """

    name: str = "default"


@dataclass(frozen=True)
class Restore:
    """Go back to a state that was kept, as :meth:`eqsim.Network.restore` does.

    Parameters
    ----------
    name : str
        Its name.
    restore_random_state : bool
        Whether the random numbers that follow are those that followed then.

    Examples
    --------
    >>> Restore("settled", restore_random_state=True)
    Restore(name='settled', restore_random_state=True)
    """

    name: str = "default"
    restore_random_state: bool = False


Stage = Run | Set | Store | Restore


def checked_stages(duration: Quantity | None, stages: Iterable[Stage] | None) -> Sequence[Stage]:
    """Return what a program is to do, given a duration or stages.

    Raises
    ------
    ModelError, DimensionMismatchError
        If not one of both is given, a stage is none, nothing is run, or a duration is none.
    """
    if duration is not None and stages is None:
        given: list[Stage] = [Run(duration)]
    elif stages is not None and duration is None:
        given = list(stages)
    else:
        raise ModelError(
            "a program is exported with a duration or with stages\n"
            "  write export(folder, 100*ms), or export(folder, stages=[Run(100*ms), ...])"
        )
    for stage in given:
        if not isinstance(stage, Stage):
            raise ModelError(
                f"a stage of a program cannot be {stage!r}\n"
                "  expected: Run(duration), Set({name: value}), Store(name), Restore(name)"
            )
        if isinstance(stage, Run):
            checked_duration(stage.duration)
    if not any(isinstance(stage, Run) for stage in given):
        raise ModelError(
            "the stages of a program have no run\n  add one: stages=[Run(100*ms), ...]"
        )
    return given


@dataclass(frozen=True)
class Exportable:
    """A network at the moment at which its program begins.

    Parameters
    ----------
    lowered : Lowered
        Its program.
    start : float
        Its time, in seconds.
    upcoming : UpcomingKeys
        The keys of random numbers that the process would take next.
    """

    lowered: Lowered
    start: float
    upcoming: UpcomingKeys


def planned(stages: Sequence[Stage], exportable: Exportable) -> tuple[PlannedStage, ...]:
    """Return what a program is to do, in numbers.

    Parameters
    ----------
    stages : sequence of Stage
        What it is to do, checked.
    exportable : Exportable
        The network.

    Raises
    ------
    ModelError, DimensionMismatchError
        If a value or a name does not fit.
    """
    planner = _Planner(exportable.lowered, copy.copy(exportable.upcoming))
    return tuple(planner.planned(stage) for stage in stages)


@dataclass
class _Planner:
    """Follows what the stages do to names and keys."""

    lowered: Lowered
    upcoming: UpcomingKeys
    stored: dict[str, UpcomingKeys] = field(default_factory=dict)
    """The keys that were to come at each store."""

    def planned(self, stage: Stage) -> PlannedStage:
        match stage:
            case Run(duration):
                self.upcoming.unused = None
                return PlannedStage(seconds=checked_duration(duration))
            case Set(values):
                return PlannedStage(values=values_to_set(self.lowered, values))
            case Store(name):
                self.stored[checked_name(name)] = copy.copy(self.upcoming)
                return PlannedStage(store=name)
            case Restore():
                return self._restored(stage)

    def _restored(self, stage: Restore) -> PlannedStage:
        name = checked_name(stage.name)
        if name not in self.stored:
            raise ModelError(
                message(
                    f"no stage before has stored anything under the name {name!r}",
                    f"stored: {', '.join(map(repr, self.stored)) or 'nothing'}",
                    did_you_mean(name, self.stored),
                )
            )
        if stage.restore_random_state:
            self.upcoming = copy.copy(self.stored[name])
            return PlannedStage(restore=name)
        key, number = self.upcoming.take()
        return PlannedStage(restore=name, key=key, number=number)
