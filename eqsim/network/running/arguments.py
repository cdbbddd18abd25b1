"""What users give to networks, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from eqsim.errors import ModelError
from eqsim.network.clocks import seconds
from eqsim.network.functions.given_mapping import checked_mapping
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.objects import NetworkObject
from eqsim.units.arguments import shown
from eqsim.units.quantity import Quantity

_NO_CONTAINERS = (str, np.ndarray, Quantity)
"""What can be iterated over and never holds objects of a network."""


def checked_duration(duration: Quantity) -> float:
    """Return the duration of a run in seconds.

    Raises
    ------
    DimensionMismatchError
        If it is no time.
    ModelError
        If it is negative or not finite.
    """
    length = seconds(duration, "the duration of a run")
    if length < 0:
        raise ModelError(f"the duration of a run must not be negative, not {duration!r}")
    return length


def checked_name(name: Any) -> str:
    """Return the name of a snapshot.

    Raises
    ------
    ModelError
        If it is no text.
    """
    if not isinstance(name, str):
        raise ModelError(f"a snapshot's name must be a text, not {name!r}")
    return name


def checked_namespace(namespace: Any) -> Mapping[str, Any]:
    """Return the namespace of a run.

    Raises
    ------
    ModelError
        If it is no dict, or a key is no text.
    """
    return checked_mapping(namespace, "the namespace of a run")


def flatten(objects: Iterable[Any]) -> Iterator[NetworkObject]:
    """Yield the objects in lists, dicts and other containers.

    Raises
    ------
    ModelError
        If something is no object of a network, or a part of a group.
    """
    for each in objects:
        if isinstance(each, StateOwner) and each.storage is not each:
            whole = each.storage.name
            raise ModelError(
                f"a part of {whole!r} cannot be in a network by itself\n  add {whole!r}"
            )
        if isinstance(each, NetworkObject):
            yield each
        elif isinstance(each, Mapping):
            yield from flatten(each.values())
        elif isinstance(each, Iterable) and not isinstance(each, _NO_CONTAINERS):
            yield from flatten(each)
        else:
            raise ModelError(
                f"{shown(each)} is no object that a network can run\n"
                "  expected: groups, synapses, monitors, or lists of them"
            )
