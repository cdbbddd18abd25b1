"""What happens in a step, in its order, for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eqsim.network.clocks import AnyClock, Clock
from eqsim.network.kernels.builder import Lowered
from eqsim.network.objects import NetworkObject, slot_position
from eqsim.network.operations import NetworkOperation
from eqsim.network.summaries import html_table, text_table
from eqsim.program.nodes import Pause

_HEADS = ("object", "part", "clock", "when", "order", "active")


@dataclass(frozen=True, slots=True)
class ScheduledPart:
    """One line of a schedule.

    Parameters
    ----------
    name : str
        The object's name.
    part : str
        Which of the things that it does: ``"state update"``.
    clock : str
        When: the step, or how many single times, and the clock's name.
    when, order : str, int
        Slot, and place within it.
    active : bool
        Whether it is done; what is not comes where it would be.
    """

    name: str
    part: str
    clock: str
    when: str
    order: int
    active: bool


@dataclass(frozen=True)
class SchedulingSummary:
    """What happens in a step, in its order; printed as a table.

    Parameters
    ----------
    entries : tuple of ScheduledPart
        From the first thing that is done to the last.
    """

    entries: tuple[ScheduledPart, ...]

    def _rows(self) -> list[list[str]]:
        return [
            [each.name, each.part, each.clock, each.when, str(each.order), _yes(each.active)]
            for each in self.entries
        ]

    def __repr__(self) -> str:
        return text_table(_HEADS, self._rows())

    def _repr_html_(self) -> str:
        return html_table(_HEADS, self._rows())


def _yes(value: bool) -> str:
    return "yes" if value else "no"


class LaunchNames:
    """To which object each launch of a program belongs, and which part of it it is.

    Parameters
    ----------
    lowered : Lowered
        The network's program.
    objects : iterable of NetworkObject
        All objects of the network.
    """

    def __init__(self, lowered: Lowered, objects: Iterable[NetworkObject]) -> None:
        self._by_age = {each.creation: each for each in objects}
        self._labels: Mapping[int, str] = {id(o): label for label, o in lowered.labels.items()}
        self._ages = lowered.ages

    def owner(self, launch: str) -> NetworkObject | None:
        """Return the object that a launch belongs to."""
        return self._by_age.get(self._ages[launch])

    def part(self, launch: str) -> str:
        """Return which part of its object a launch is: ``"state update"``."""
        return self._suffix(launch).strip("_").replace("_", " ") or "code"

    def full_name(self, launch: str) -> str:
        """Return the name of a launch with that of its object, which is unique in the network."""
        owner = self.owner(launch)
        return launch if owner is None else f"{owner.name}{self._suffix(launch)}"

    def _suffix(self, launch: str) -> str:
        label = self._labels.get(id(self.owner(launch)), "")
        return launch.removeprefix(label)


def summary_of(
    lowered: Lowered, objects: Sequence[NetworkObject], slots: tuple[str, ...]
) -> SchedulingSummary:
    """Return the schedule of a network's program.

    Parameters
    ----------
    lowered : Lowered
        The program, whose launches are listed.
    objects : sequence of NetworkObject
        All objects of the network; those that are not active are listed too.
    slots : tuple of str
        The network's schedule.
    """
    names = LaunchNames(lowered, objects)
    clocks = {label: _clock(clock) for label, clock in lowered.clocks.items()}
    placed = []
    for launch in lowered.program.launches:
        is_pause = isinstance(launch, Pause)
        name = launch.name if isinstance(launch, Pause) else launch.kernel
        clock = launch.clock if isinstance(launch, Pause) else lowered.program.kernel(name).clock
        owner = names.owner(name)
        part = f"call {_function(owner)}" if is_pause else names.part(name)
        shown = name if owner is None else str(owner.name)
        entry = ScheduledPart(shown, part, clocks[clock], launch.slot, launch.order, active=True)
        place = (slot_position(launch.slot, slots), launch.order, lowered.ages[name])
        placed.append((place, entry))
    for each in objects:
        if not each.active:
            entry = ScheduledPart(
                str(each.name), "-", _clock(each.clock), each.when, each.order, active=False
            )
            placed.append(((slot_position(each.when, slots), each.order, each.creation), entry))
    # Sorting keeps the launches as they are: they are in this order already.
    return SchedulingSummary(tuple(entry for _, entry in sorted(placed, key=lambda p: p[0])))


def _clock(clock: AnyClock) -> str:
    if isinstance(clock, Clock):
        return f"{clock.dt} ({clock.name})"
    return f"single times ({clock.name})"


def _function(owner: NetworkObject | None) -> str:
    assert isinstance(owner, NetworkOperation)
    return str(getattr(owner.function, "__name__", type(owner.function).__name__))
