"""Objects as what programs are made from: with a time, and a key of random numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eqsim.errors import ModelError
from eqsim.network import recording
from eqsim.network.kernels.builder import Lowered
from eqsim.network.lowering.network import Circumstances, lower
from eqsim.network.objects import NetworkObject, slot_position
from eqsim.network.operations import NetworkOperation
from eqsim.network.randomness import RandomKey, UpcomingKeys
from eqsim.network.running.arguments import checked_namespace
from eqsim.network.running.collection import ObjectCollection
from eqsim.network.running.stages import Exportable
from eqsim.network.running.store import Present
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity


class ProgramSource(ObjectCollection):
    """Objects of which programs are made, as they are at the time that they have reached.

    Parameters
    ----------
    *objects, name
        As for every collection.
    """

    def __init__(self, *objects: NetworkObject | Iterable[Any], name: str) -> None:
        super().__init__(*objects, name=name)
        self.present = Present(RandomKey())

    @property
    def t(self) -> Quantity:
        """The time up to which the network has run."""
        recording.ask_for("the time of the network")
        return Quantity(self.present.time, SECOND)

    @property
    def t_(self) -> float:
        """The time in seconds, without unit."""
        recording.ask_for("the time of the network")
        return self.present.time

    def exportable(self, namespace: Mapping[str, Any]) -> Exportable:
        """Return the program of the network, as it is now, for a project.

        Parameters
        ----------
        namespace : mapping of str to object
            Constants of the equations.

        Raises
        ------
        ModelError
            If an object runs Python code.
        """
        for each in self.all_objects:
            if isinstance(each, NetworkOperation) and each.active:
                called = getattr(each.function, "__name__", repr(each.function))
                raise ModelError(
                    f"{each.name!r} runs the Python function {called!r}, which a program of its"
                    " own cannot\n"
                    "  set its 'active' to False, or write it in the language of the equations:"
                    " group.run_regularly"
                )
        self._renew_key_if_steps_changed()
        key = self.present.key
        was_made = key.is_made
        lowered = self.lower(namespace)
        upcoming = UpcomingKeys(None if was_made else key.value)
        return Exportable(lowered, self.present.time, upcoming)

    def lower(
        self,
        namespace: Mapping[str, Any],
        *,
        is_profiled: bool = False,
        standing: NetworkOperation | None = None,
    ) -> Lowered:
        """Return the program of the network, with its memory, as it is now.

        Parameters
        ----------
        namespace : mapping of str to object
            Constants of the equations.
        is_profiled : bool
            Whether the time of each part is to be measured.
        standing : NetworkOperation, optional
            The operation at which the program is to go on.
        """
        namespace = checked_namespace(namespace)
        lowered = self._lower(namespace, self.present.key, Circumstances(is_profiled, standing))
        for each in self.all_objects:
            if each.active:
                each.advise(self.present.time)
        return lowered

    def _lower(
        self, namespace: Mapping[str, Any], key: RandomKey, circumstances: Circumstances
    ) -> Lowered:
        for each in self.all_objects:
            slot_position(each.when, self._slots)
        stem = self.name.stem
        return lower(stem, self.all_objects, self._slots, namespace, key, circumstances)

    def _renew_key_if_steps_changed(self) -> None:
        # Steps are numbered anew after a change of dt: numbers that were drawn would come again.
        if any(each.clock.is_changed for each in self.all_objects):
            self.present.key.renew()
            for each in self.all_objects:
                each.follow_step_change()
