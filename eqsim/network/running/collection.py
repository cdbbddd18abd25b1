"""Collections of objects that run together, by name, and the slots of a step."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from eqsim.errors import ModelError, RunError, did_you_mean
from eqsim.network.attributes import FixedAttributes
from eqsim.network.naming import new_name
from eqsim.network.objects import NetworkObject
from eqsim.network.preferences import checked_schedule, default_schedule
from eqsim.network.running.arguments import flatten

_starting = threading.Lock()


class ObjectCollection(FixedAttributes):
    """Objects of a network, each with a name of its own.

    Parameters
    ----------
    *objects : NetworkObject or iterable of NetworkObject
        Groups, monitors; lists and dicts of them too.
    name : str
        The collection's name.
    """

    def __init__(self, *objects: NetworkObject | Iterable[Any], name: str) -> None:
        self.name = new_name(name)
        self._objects: list[NetworkObject] = []
        self._slots = default_schedule()
        self._is_running = False
        self.add(*objects)

    @property
    def objects(self) -> tuple[NetworkObject, ...]:
        """The objects, without those that they contain."""
        return tuple(self._objects)

    @property
    def all_objects(self) -> tuple[NetworkObject, ...]:
        """The objects, with those that they contain."""
        return tuple(part for each in self._objects for part in (each, *each.contained_objects))

    @property
    def schedule(self) -> tuple[str, ...]:
        """The slots of a step, in order."""
        return self._slots

    @schedule.setter
    def schedule(self, slots: Sequence[str] | None) -> None:
        self._slots = checked_schedule(slots)

    def add(self, *objects: NetworkObject | Iterable[Any]) -> None:
        """Add objects; those that are in the network already are left as they are.

        Raises
        ------
        ModelError
            If something is no object of a network, or two objects have one name.
        RunError
            If the network is running.
        """
        self._refuse_while_running("objects cannot be added")
        found = list(flatten(objects))
        names = {known.name: known for known in self._objects}
        for each in found:
            if names.setdefault(each.name, each) is not each:
                raise ModelError(
                    f"two objects of the network are called {each.name!r}\n"
                    "  give one of them another name"
                )
        self._objects += [each for each in dict.fromkeys(found) if each not in self._objects]

    def remove(self, *objects: NetworkObject | Iterable[Any]) -> None:
        """Remove objects.

        Raises
        ------
        ModelError
            If one is not in the network; none is removed then.
        RunError
            If the network is running.
        """
        self._refuse_while_running("objects cannot be removed")
        found = list(flatten(objects))
        for each in found:
            if each not in self._objects:
                raise ModelError(f"{each.name!r} is not in the network {self.name!r}")
        self._objects = [each for each in self._objects if each not in found]

    def __getitem__(self, name: str) -> NetworkObject:
        for each in self.all_objects:
            if isinstance(name, str) and each.name == name:
                return each
        known = [str(each.name) for each in self.all_objects]
        hint = did_you_mean(name, known) if isinstance(name, str) else None
        told = hint or f"its objects: {', '.join(known) or 'none'}"
        # On one line: a KeyError prints its text as code.
        raise KeyError(f"{self.name!r} has no object {name!r}; {told}")

    def __contains__(self, name: object) -> bool:
        return any(
            name is each or (isinstance(name, str) and name == each.name)
            for each in self.all_objects
        )

    def __iter__(self) -> Iterator[NetworkObject]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)

    @property
    def is_running(self) -> bool:
        """Whether a run is under way: in a network operation or a report."""
        return self._is_running

    @contextmanager
    def _running(self) -> Iterator[None]:
        """Be running in a block: in one at a time, also where threads ask for it at once."""
        with _starting:
            self._refuse_while_running("it cannot run again")
            self._is_running = True
        try:
            yield
        finally:
            self._is_running = False

    def _refuse_while_running(self, what: str) -> None:
        if self._is_running:
            raise RunError(f"{self.name!r} is running: {what} before it has ended")
