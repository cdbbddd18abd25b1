"""The values of the variables of all groups of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.objects import NetworkObject


def states_of_objects(objects: Iterable[NetworkObject], **options: Any) -> dict[str, Any]:
    """Return the states of all groups by name."""
    return {name: owner.get_states(**options) for name, owner in _owners(objects).items()}


def set_states_of_objects(
    objects: Iterable[NetworkObject],
    values: Mapping[str, Any],
    *,
    units: bool,
    format: str,  # noqa: A002 - the field's users know the name
) -> None:
    """Set states of groups by name; if one value does not fit, none is changed.

    Raises
    ------
    ModelError
        If there is no such group, or a value does not fit.
    """
    if not isinstance(values, Mapping):
        raise ModelError(f"states of a network must be a dict by name of group, not {values!r}")
    owners = _owners(objects)
    for name in values:
        if name not in owners:
            raise ModelError(
                message(
                    f"the network has no group {name!r}",
                    f"its groups: {', '.join(map(repr, owners))}",
                    did_you_mean(str(name), owners),
                )
            )
    before = {name: owners[name].get_states(read_only_variables=False) for name in values}
    changed: list[str] = []
    try:
        for name, given in values.items():
            owners[name].set_states(given, units=units, format=format)
            changed.append(name)
    except BaseException:
        for name in changed:
            owners[name].set_states(before[name])
        raise


def _owners(objects: Iterable[NetworkObject]) -> dict[str, StateOwner]:
    return {str(each.name): each for each in objects if isinstance(each, StateOwner)}
