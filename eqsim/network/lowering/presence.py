"""The names of all objects of a network: who is there, who uses whom, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eqsim.errors import EquationError, EquationsError, ModelError, raise_together
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.poissoninput import PoissonInput
from eqsim.network.groups.regular_operations import RegularOperation
from eqsim.network.groups.spikegenerator import SpikeGeneratorGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.names import GroupNames
from eqsim.network.kernels.synapse_names import SynapseNames
from eqsim.network.lowering.checks import check_group
from eqsim.network.lowering.inputs import check_poisson_input
from eqsim.network.lowering.synapse_checks import check_synapses
from eqsim.network.objects import NetworkObject
from eqsim.network.sides import Side
from eqsim.network.synapses.synapses import Synapses

Names = dict[NetworkObject, GroupNames]


def checked_names(objects: Sequence[NetworkObject], around: Mapping[str, Any]) -> Names:
    """Return what names mean in the texts of each object, after a check of all texts.

    Parameters
    ----------
    objects : sequence of NetworkObject
        All objects that run.
    around : mapping of str to object
        The namespace of the run.

    Raises
    ------
    EquationError
        All mistakes in the texts of all groups, then all in those of all synapses.
    ModelError
        If an object uses a group that is not in the network.
    """
    names: Names = {}
    raise_together(_check_groups(objects, names, around))
    raise_together(_check_synapses(objects, names, around))
    _check_links(names)
    for each in objects:
        if isinstance(each, PoissonInput):
            _check_presence(each.target, names, f"{each.name!r} gives input to")
        source = getattr(each, "source", None)
        if isinstance(source, StateOwner) and not isinstance(each, Synapses):
            _add_part(source, names, around, f"{each.name!r} records from")
    return names


def synapse_names(names: GroupNames) -> SynapseNames:
    """Return the names of synapses as what they are."""
    assert isinstance(names, SynapseNames)
    return names


def _check_groups(
    objects: Sequence[NetworkObject], names: Names, around: Mapping[str, Any]
) -> Iterable[EquationError]:
    errors: list[EquationError] = []
    for group in (each for each in objects if isinstance(each, NeuronGroup)):
        names[group] = group.names(around)
        operations = [
            each for each in objects if isinstance(each, RegularOperation) and each.group is group
        ]
        try:
            check_group(group, names[group], operations)
        except EquationsError as error:
            errors += error.errors
        except EquationError as error:
            errors.append(error)
    for each in objects:
        if isinstance(each, SpikeGeneratorGroup):
            names[each] = each.names(around)
        if isinstance(each, PoissonInput):
            names[each] = each.target.names(around)
            errors += check_poisson_input(each, names[each])
    return errors


def _check_synapses(
    objects: Sequence[NetworkObject], names: Names, around: Mapping[str, Any]
) -> Iterable[EquationError]:
    errors: list[EquationError] = []
    # Synapses may connect older synapses.
    for each in sorted(objects, key=lambda found: found.creation):
        if isinstance(each, Synapses):
            for side in (each.source, each.target):
                _add_part(side, names, around, f"{each.name!r} connects")
            sides = {side: names[each.side(side)] for side in Side}
            names[each] = SynapseNames(each, around, sides)
            errors += check_synapses(each, synapse_names(names[each]))
    return errors


def _check_links(names: Names) -> None:
    for owner in [each for each in names if isinstance(each, StateOwner)]:
        for name, made in owner.links.items():
            user = f"{name!r} of {owner.name!r} is linked to {made.target.name!r} of"
            _check_presence(made.target.source, names, user)


def _add_part(source: StateOwner, names: Names, around: Mapping[str, Any], user: str) -> None:
    """Add the names of a part of a group that is there."""
    _check_presence(source, names, user)
    if source not in names:
        part = source.names(around)
        part.resolve(names[source.storage].externals)
        names[source] = part


def _check_presence(used: StateOwner, names: Names, user: str) -> None:
    """Refuse a group that something in the network uses and that is not in it."""
    whole = used.storage
    if whole not in names:
        raise ModelError(
            f"{user} {used.name!r}, whose group is not in the network\n"
            f"  add {whole.name!r} to the network; if a new group took its place, make what"
            " uses it anew"
        )
