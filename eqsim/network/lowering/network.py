"""A network to a program: checks everything first, then asks each object for its part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
from eqsim.network.lowering.inputs import (
    check_poisson_input,
    lower_poisson_input,
    lower_spike_generator,
)
from eqsim.network.lowering.monitors import (
    lower_event_monitor,
    lower_rate_monitor,
    lower_state_monitor,
)
from eqsim.network.lowering.names import GroupNames
from eqsim.network.lowering.synapse_checks import check_synapses
from eqsim.network.lowering.synapse_names import Side, SynapseNames
from eqsim.network.lowering.synapses import (
    lower_synapses,
    lower_synaptic_operation,
    prepare,
)
from eqsim.network.lowering.traces import TracePlan
from eqsim.network.monitors.events import EventMonitor
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.neurongroup import NeuronGroup, RegularOperation
from eqsim.network.objects import NetworkObject
from eqsim.network.operations import NetworkOperation
from eqsim.network.poisson import PoissonInput
from eqsim.network.randomness import RandomKey, as_array
from eqsim.network.spikegenerator import SpikeGeneratorGroup
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.nodes import Pause


@dataclass(frozen=True, slots=True)
class Circumstances:
    """In which circumstances a network is lowered.

    Parameters
    ----------
    is_profiled : bool
        Whether the time of each kernel is to be measured.
    standing : NetworkOperation or None
        The operation at which a simulation pauses that the program is to go on with; it has its
        place even if it is not active any more.
    """

    is_profiled: bool = False
    standing: NetworkOperation | None = None


_USUAL = Circumstances()


def lower(
    name: str,
    objects: Sequence[NetworkObject],
    slots: tuple[str, ...],
    around: Mapping[str, Any],
    key: RandomKey,
    circumstances: Circumstances = _USUAL,
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
    circumstances : Circumstances
        What else matters.

    Raises
    ------
    EquationError
        All mistakes in the texts of all groups.
    ModelError
        If an object belongs to a group that is not in the network.
    """
    names = _checked_names(objects, around)
    builder = ProgramBuilder(name, slots)
    plans = {
        each: prepare(each, synapse_names(names[each]), _watched(each, objects))
        for each in objects
        if isinstance(each, Synapses)
    }
    for each in sorted(objects, key=lambda found: found.creation):
        if not isinstance(each, NetworkOperation):
            _lower_object(each, names, plans, builder)
        elif each.active or each is circumstances.standing:
            clock = builder.clock(each.clock).name
            builder.pause(Pause(builder.label(each), clock, each.when, each.order), each.creation)
    return builder.finish(as_array(key.value), is_profiled=circumstances.is_profiled)


def _lower_object(
    each: NetworkObject,
    names: Mapping[NetworkObject, GroupNames],
    plans: Mapping[Synapses, TracePlan | None],
    builder: ProgramBuilder,
) -> None:
    match each:
        case NeuronGroup() | SpikeGeneratorGroup() if not each.active:
            # Nothing happens in it, and monitors may still look.
            add_event_buffers(each, builder)
        case _ if not _is_active(each):
            pass
        case NeuronGroup():
            lower_group(each, names[each], builder)
        case Synapses():
            lower_synapses(each, synapse_names(names[each]), plans[each], builder)
        case Pathway():
            pass
        case RegularOperation() if isinstance(each.group, Synapses):
            lower_synaptic_operation(each, synapse_names(names[each.group]), builder)
        case RegularOperation():
            lower_operation(each, names[each.group], builder)
        case SpikeGeneratorGroup():
            lower_spike_generator(each, names[each], builder)
        case PoissonInput():
            lower_poisson_input(each, names[each], builder)
        case StateMonitor():
            lower_state_monitor(each, names[each.source], builder)
        case EventMonitor():
            lower_event_monitor(each, names[each.source], builder)
        case PopulationRateMonitor():
            lower_rate_monitor(each, names[each.source], builder)
        case _:
            raise ModelError(f"{each!r} is no object that a network can run")


def _watched(synapses: Synapses, objects: Iterable[NetworkObject]) -> set[str]:
    """Return the variables of synapses that other objects look at in the midst of a run."""
    watching = [
        each
        for each in objects
        if isinstance(each, NetworkOperation)
        or (
            each is not synapses
            and synapses in (getattr(each, "source", None), getattr(each, "target", None))
        )
    ]
    # What is recorded may depend on others through subexpressions.
    return {*synapses.variables} if watching else set()


def synapse_names(names: GroupNames) -> SynapseNames:
    """Return the names of synapses as what they are."""
    assert isinstance(names, SynapseNames)
    return names


def _is_active(each: NetworkObject) -> bool:
    match each:
        case RegularOperation():
            return each.active and each.group.active
        case PoissonInput():
            return each.active and each.target.storage.active
        case _:
            return each.active


def _checked_names(
    objects: Iterable[NetworkObject], around: Mapping[str, Any]
) -> dict[NetworkObject, GroupNames]:
    objects = list(objects)
    groups = [found for found in objects if isinstance(found, NeuronGroup)]
    names: dict[NetworkObject, GroupNames] = {}
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
    for found in objects:
        if isinstance(found, SpikeGeneratorGroup):
            names[found] = found.names(around)
        if isinstance(found, PoissonInput):
            names[found] = found.target.names(around)
            errors += check_poisson_input(found, names[found])
    raise_together(errors)
    for found in sorted(objects, key=lambda each: each.creation):
        if isinstance(found, Synapses):
            for side in (found.source, found.target):
                _add_source(side, names, around, f"{found.name!r} connects")
            sides = {side: names[found.side(side)] for side in Side}
            names[found] = SynapseNames(found, around, sides)
            errors += check_synapses(found, synapse_names(names[found]))
    raise_together(errors)
    for owner in [each for each in names if isinstance(each, StateOwner)]:
        for name, made in owner.links.items():
            user = f"{name!r} of {owner.name!r} is linked to {made.target.name!r} of"
            _check_presence(made.target.source, names, user)
    for found in objects:
        if isinstance(found, PoissonInput):
            _check_presence(found.target, names, f"{found.name!r} gives input to")
        source = getattr(found, "source", None)
        if isinstance(source, StateOwner) and not isinstance(found, Synapses):
            _add_source(source, names, around, f"{found.name!r} records from")
    return names


def _add_source(
    source: StateOwner,
    names: dict[NetworkObject, GroupNames],
    around: Mapping[str, Any],
    user: str,
) -> None:
    _check_presence(source, names, user)
    if source not in names:
        part = source.names(around)
        part.resolve(names[source.storage].externals)
        names[source] = part


def _check_presence(
    used: StateOwner, names: Mapping[NetworkObject, GroupNames], user: str
) -> None:
    """Refuse a group that something in the network uses and that is not in it."""
    whole = used.storage
    if whole not in names:
        raise ModelError(
            f"{user} {used.name!r}, whose group is not in the network\n"
            f"  add {whole.name!r} to the network"
        )
