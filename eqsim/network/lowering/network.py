"""A network to a program: checks everything first, then asks each object for its part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eqsim.errors import EquationError, EquationsError, ModelError, raise_together
from eqsim.network.groups import StateOwner
from eqsim.network.lowering.builder import Lowered, ProgramBuilder
from eqsim.network.lowering.checks import check_group
from eqsim.network.lowering.group import (
    add_event_buffers,
    lower_group,
    lower_operation,
)
from eqsim.network.lowering.monitors import (
    lower_event_monitor,
    lower_rate_monitor,
    lower_state_monitor,
)
from eqsim.network.lowering.names import GroupNames
from eqsim.network.monitors.events import EventMonitor
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.neurongroup import NeuronGroup, RegularOperation
from eqsim.network.objects import NetworkObject
from eqsim.network.randomness import RandomKey, as_array
from eqsim.network.subgroup import Subgroup


def lower(
    name: str,
    objects: Sequence[NetworkObject],
    slots: tuple[str, ...],
    around: Mapping[str, Any],
    key: RandomKey,
) -> Lowered:
    """Lower a network.

    Parameters
    ----------
    name : str
        The network's name.
    objects : sequence of NetworkObject
        All objects that run, contained ones included.
    slots : tuple of str
        The schedule.
    around : mapping of str to object
        The namespace of the run.
    key : RandomKey
        Key of the random numbers; a wrong model takes none.

    Raises
    ------
    EquationError
        All mistakes in the texts of all groups.
    ModelError
        If an object belongs to a group that is not in the network.
    """
    names = _checked_names(objects, around)
    builder = ProgramBuilder(name, slots)
    for each in sorted(objects, key=lambda found: found.creation):
        _lower_object(each, names, builder)
    return builder.finish(as_array(key.value))


def _lower_object(
    each: NetworkObject, names: Mapping[StateOwner, GroupNames], builder: ProgramBuilder
) -> None:
    match each:
        case NeuronGroup() if not each.active:
            # Nothing happens in it, and monitors may still look.
            add_event_buffers(each, builder)
        case _ if not _is_active(each):
            pass
        case NeuronGroup():
            lower_group(each, names[each], builder)
        case RegularOperation():
            lower_operation(each, names[each.group], builder)
        case StateMonitor():
            lower_state_monitor(each, names[each.source], builder)
        case EventMonitor():
            lower_event_monitor(each, names[each.source], builder)
        case PopulationRateMonitor():
            lower_rate_monitor(each, names[each.source], builder)
        case _:
            raise ModelError(f"{each!r} is no object that a network can run")


def _is_active(each: NetworkObject) -> bool:
    return each.active and (not isinstance(each, RegularOperation) or each.group.active)


def _checked_names(
    objects: Iterable[NetworkObject], around: Mapping[str, Any]
) -> dict[StateOwner, GroupNames]:
    objects = list(objects)
    groups = [found for found in objects if isinstance(found, NeuronGroup)]
    names: dict[StateOwner, GroupNames] = {}
    errors: list[EquationError] = []
    for group in groups:
        names[group] = group.names(around)
        operations = [
            found
            for found in objects
            if isinstance(found, RegularOperation) and found.group is group
        ]
        try:
            check_group(group, names[group], operations)
        except EquationsError as error:
            errors += error.errors
        except EquationError as error:
            errors.append(error)
    raise_together(errors)
    for found in objects:
        source = getattr(found, "source", None)
        if isinstance(source, StateOwner):
            _add_source(found, source, names, around)
    return names


def _add_source(
    found: NetworkObject,
    source: StateOwner,
    names: dict[StateOwner, GroupNames],
    around: Mapping[str, Any],
) -> None:
    whole = source.source if isinstance(source, Subgroup) else source
    if whole not in names:
        raise ModelError(
            f"{found.name!r} records from {source.name!r}, whose group is not in the network\n"
            f"  add {whole.name!r} to the network"
        )
    if source not in names:
        part = source.names(around)
        part.resolve(names[whole].externals)
        names[source] = part
