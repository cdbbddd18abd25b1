"""What all objects of a network have in common: a name, a place in the schedule, a clock."""

from __future__ import annotations

import itertools
import math
import re

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.attributes import FixedAttributes
from eqsim.network.clocks import AnyClock, Clock
from eqsim.network.messages import LOGGER
from eqsim.network.naming import new_name
from eqsim.network.snapshots import Part, Parts, check_parts
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity

SLOTS = ("start", "groups", "thresholds", "synapses", "resets", "end")
"""The default schedule of a step; each slot has a ``before_`` and an ``after_`` one."""

_creation = itertools.count()


def next_creation() -> int:
    """Return a number larger than that of all objects made so far."""
    return next(_creation)


def check_slot(slot: str, owner: str) -> str:
    """Return the slot if its form is right.

    Raises
    ------
    ModelError
        If it is not a word.
    """
    if not isinstance(slot, str) or not re.fullmatch(r"[a-z]\w*", slot, flags=re.ASCII):
        raise ModelError(f"{slot!r} is no slot for {owner!r}\n  known: {', '.join(SLOTS)}")
    return slot


def check_order(order: int) -> int:
    """Return the place within a slot.

    Raises
    ------
    ModelError
        If it is no whole number.
    """
    if isinstance(order, bool) or not isinstance(order, int):
        raise ModelError(f"order must be a whole number, not {order!r}")
    return order


class NetworkObject(FixedAttributes):
    """Something that acts in a network.

    Parameters
    ----------
    name : str
        Name, or stem with a star.
    when : str
        Slot of the schedule.
    order : int
        Place within the slot.
    clock : AnyClock
        When it acts.
    """

    add_to_magic_network = True
    """Whether ``run()`` finds the object by its name in the caller's scope."""
    determines_time = True
    """Whether the object's age decides if ``run()`` continues or starts anew; monitors do not."""

    def __init__(self, name: str, when: str, order: int, clock: AnyClock) -> None:
        self._name = new_name(name)
        self._clock = clock
        self._when = check_slot(when, self._name)
        self._order = check_order(order)
        self.active = True
        self.timestep = 0
        # Ties in the schedule are broken by age: names never change results.
        self.creation = next_creation()

    @property
    def name(self) -> str:
        """The object's name, unique in its network."""
        return self._name

    @property
    def when(self) -> str:
        """The slot of the schedule in which the object acts."""
        return self._when

    @when.setter
    def when(self, slot: str) -> None:
        self._when = check_slot(slot, self._name)

    @property
    def order(self) -> int:
        """The place within the slot."""
        return self._order

    @order.setter
    def order(self, place: int) -> None:
        self._order = check_order(place)

    @property
    def stem(self) -> str:
        """The name, without the number that it was given because others have the same."""
        return self._name.stem

    @property
    def clock(self) -> AnyClock:
        """The clock on which the object acts."""
        return self._clock

    @property
    def contained_objects(self) -> tuple[NetworkObject, ...]:
        """Objects that run whenever this one does."""
        return ()

    @property
    def lowered_from(self) -> tuple[object, ...]:
        """What the program of a run is made from, as objects.

        If one of them is another object after Python code ran in the midst of a run, a new array
        in place of an old one for example, the network is lowered again. Arrays that are changed
        in place need nothing of the kind: the program works on them.
        """
        return self.active, self.when, self.order

    def snapshot(self) -> dict[str, Part]:
        """Return what a run changes of the object, by name: arrays and numbers.

        The arrays may be the object's own; who keeps them makes copies.
        """
        return {"timestep": self.timestep, **self._clock.snapshot()}

    def check_snapshot(self, saved: Parts) -> None:
        """Refuse what :meth:`restore_snapshot` could not put back; change nothing.

        Raises
        ------
        ModelError
            If the parts are not those of this object.
        """
        check_parts(self._name, self.snapshot(), saved, self.may_resize, self.may_lack)
        self._clock.check_snapshot(self._name, saved)

    def may_resize(self, part: str) -> bool:
        """Return whether a part of a snapshot may have another length than now."""
        del part
        return False

    def may_lack(self, part: str) -> bool:
        """Return whether a part may be in a snapshot and not be there now, and the reverse."""
        del part
        return False

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back what :meth:`snapshot` returned and :meth:`check_snapshot` let pass."""
        self.timestep = int(saved["timestep"])
        self._clock.restore_snapshot(saved)

    def follow_step_change(self) -> None:
        """Adapt what is counted in steps to a clock whose steps have another length now."""

    def advise(self, start: float) -> None:
        """Tell what the user should know of a run that begins at ``start``, in seconds."""
        latest = self.latest_event
        if latest > start:
            LOGGER.warning(
                "%s: the run begins at %s, but it remembers an event at %s, of a run in another"
                " network, as one to come; give one network all that changes, by its add and"
                " remove, or make %s anew",
                self.name,
                Quantity(start, SECOND),
                Quantity(latest, SECOND),
                self.name,
            )

    @property
    def latest_event(self) -> float:
        """The time of the last event that what comes depends on, in seconds; or minus infinity."""
        return -math.inf

    @property
    def reached_time(self) -> float:
        """The time up to which the object has run, in seconds; clocks may serve other networks."""
        return self._clock.time_of(self.timestep)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name!r}>"


class SteppedObject(NetworkObject):
    """Something that acts on a grid of times, and not at single ones.

    Parameters
    ----------
    name, when, order : str, str, int
        As for every object of a network.
    clock : Clock
        When it acts.
    """

    @property
    def clock(self) -> Clock:
        """The clock on which the object acts."""
        own = super().clock
        assert isinstance(own, Clock)
        return own


def slot_position(slot: str, slots: tuple[str, ...]) -> tuple[int, int]:
    """Return where a slot stands in a schedule.

    Raises
    ------
    ModelError
        If the schedule has no such slot.
    """
    for prefix, shift in (("before_", -1), ("after_", 1), ("", 0)):
        if slot.startswith(prefix) and slot.removeprefix(prefix) in slots:
            return slots.index(slot.removeprefix(prefix)), shift
    known = [prefix + each for each in slots for prefix in ("before_", "", "after_")]
    raise ModelError(
        message(
            f"the schedule has no slot {slot!r}",
            f"known: {', '.join(slots)}, each also with before_ and after_",
            did_you_mean(slot, known),
        )
    )
