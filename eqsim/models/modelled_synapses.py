"""Synapses that a model made, with the groups that keep their gates."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsim.errors import ModelError
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.objects import NetworkObject
from eqsim.network.synapses.synapses import Synapses
from eqsim.units.quantity import si_value

_DELAYS = ("delay", "delay_")

GATE = "_gate"
"""What follows the names of gates that synapses keep themselves."""


class ModelledSynapses(Synapses):
    """Synapses that a :class:`~eqsim.models.SynapseModel` made.

    What a :class:`~eqsim.Synapses` has, they have; the gates and parameters that are kept by other
    objects can be read and set here too. Those objects run with the synapses.

    Parameters
    ----------
    *arguments, **options
        As for :class:`~eqsim.Synapses`.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._parts: tuple[StateOwner, ...] = ()
        self._delayed: Synapses | None = None
        self.take_as_given()

    def add_parts(self, *parts: StateOwner) -> None:
        """Have objects run with the synapses, and their variables seen here."""
        self._parts = (*self._parts, *parts)
        for part in parts:
            part.take_as_given()

    def delayed_in(self, part: Synapses) -> None:
        """Have the delay, one for all, be that of a part."""
        self._delayed = part

    @property
    def gates(self) -> NeuronGroup:
        """The group that keeps the gates.

        Raises
        ------
        ModelError
            If the model has no gates.
        """
        found = next((part for part in self._parts if isinstance(part, NeuronGroup)), None)
        if found is None:
            raise ModelError(f"{self.name!r} has no gates")
        return found

    @property
    def contained_objects(self) -> tuple[NetworkObject, ...]:
        """The synapses' own, and the parts."""
        own = (part for each in self._parts for part in (each, *each.contained_objects))
        return (*super().contained_objects, *own)

    def _set_one_delay(self, name: str, value: Any) -> None:
        if isinstance(value, str) or callable(value) or np.ndim(si_value(value)) > 0:
            raise ModelError(
                f"{self.name!r} has one delay for all synapses, since its gates are kept with"
                " the sources\n  give delay=... when the synapses are made: then each has gates"
                " and a delay of its own"
            )
        setattr(self._delayed, name, value)

    def _part_with(self, name: str) -> StateOwner | None:
        """Return the part that has a variable which the synapses have not."""
        stem = name.removesuffix("_")
        for part in self.__dict__.get("_parts", ()):
            if stem in part.variables or part.declaration(stem) is not None:
                found: StateOwner = part
                return found
        return None

    def where_kept(self, name: str) -> str | None:
        """Return the advice where a gate is: with the neurons of one side, or under its name."""
        if self.has_variable(self._shown_as(name)):
            return f"it is kept as {self._shown_as(name)!r}"
        part = self._part_with(name)
        if part is None:
            return None
        shown = "S.gates" if isinstance(part, NeuronGroup) else repr(part.name)
        return (
            f"it is kept by {part.name!r}, once for each neuron of one side:"
            f" record it there, StateMonitor({shown}, {name!r})"
        )

    def _shown_as(self, name: str) -> str:
        """Return the name that a gate, or a parameter of one, has here."""
        stem = name.removesuffix("_")
        return stem + GATE + name[len(stem) :]

    def _has_own(self, name: str) -> bool:
        return name.startswith("_") or hasattr(type(self), name) or self.has_named(name)

    def __getattr__(self, name: str) -> Any:
        if name in _DELAYS and self.__dict__.get("_delayed") is not None:
            return getattr(self._delayed, name)
        if "variables" in self.__dict__ and not self._has_own(name):
            if self.has_variable(self._shown_as(name).removesuffix("_")):
                return super().__getattr__(self._shown_as(name))
            part = self._part_with(name)
            if part is not None:
                return getattr(part, name)
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _DELAYS and self.__dict__.get("_delayed") is not None:
            self._set_one_delay(name, value)
            return
        if "variables" in self.__dict__ and not self._has_own(name):
            if self.has_variable(self._shown_as(name).removesuffix("_")):
                super().__setattr__(self._shown_as(name), value)
                return
            part = self._part_with(name)
            if part is not None:
                setattr(part, name, value)
                return
        super().__setattr__(name, value)
