"""A network to a program: checks everything first, then asks each object for its part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eqsim.errors import ModelError
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.poissoninput import PoissonInput
from eqsim.network.groups.regular_operations import RegularOperation
from eqsim.network.groups.spikegenerator import SpikeGeneratorGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.builder import Lowered, ProgramBuilder
from eqsim.network.kernels.names import GroupNames
from eqsim.network.kernels.synapse_names import SynapseNames
from eqsim.network.lowering.event_buffers import add_event_buffers
from eqsim.network.lowering.group import lower_group, lower_operation
from eqsim.network.lowering.history import shared_past
from eqsim.network.lowering.inputs import lower_poisson_input, lower_spike_generator
from eqsim.network.lowering.monitors import (
    lower_event_monitor,
    lower_rate_monitor,
    lower_state_monitor,
)
from eqsim.network.lowering.past_values import check_kept, lower_history
from eqsim.network.lowering.presence import checked_names, synapse_names
from eqsim.network.lowering.synapses import lower_synapses, lower_synaptic_operation, prepare
from eqsim.network.lowering.traces import TracePlan
from eqsim.network.monitors.events import EventMonitor
from eqsim.network.monitors.history import History
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.objects import NetworkObject
from eqsim.network.operations import NetworkOperation
from eqsim.network.randomness import RandomKey, as_array
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
    names = checked_names(objects, around)
    builder = ProgramBuilder(name, slots)
    builder.past = shared_past(each for each in objects if isinstance(each, Synapses))
    plans = {
        each: prepare(each, synapse_names(names[each]), _watched(each, objects))
        for each in objects
        if isinstance(each, Synapses)
    }
    parts = _Parts(names, plans, builder, circumstances.standing)
    for each in sorted(objects, key=lambda found: found.creation):
        _lower_object(each, parts)
    check_kept(builder)
    return builder.finish(as_array(key.value), is_profiled=circumstances.is_profiled)


@dataclass(frozen=True)
class _Parts:
    """What the lowering of each object may need of the whole network."""

    names: Mapping[NetworkObject, GroupNames]
    plans: Mapping[Synapses, TracePlan | None]
    builder: ProgramBuilder
    standing: NetworkOperation | None

    def synapses(self, each: Synapses) -> SynapseNames:
        """Return the names of synapses as what they are."""
        return synapse_names(self.names[each])


def _neurons(each: NeuronGroup, parts: _Parts) -> None:
    if each.active:
        lower_group(each, parts.names[each], parts.builder)
    else:
        # Nothing happens in it, and monitors may still look.
        add_event_buffers(each, parts.builder)


def _generator(each: SpikeGeneratorGroup, parts: _Parts) -> None:
    if each.active:
        lower_spike_generator(each, parts.names[each], parts.builder)
    else:
        add_event_buffers(each, parts.builder)


def _synapses(each: Synapses, parts: _Parts) -> None:
    if each.active:
        lower_synapses(each, parts.synapses(each), parts.plans[each], parts.builder)


def _with_synapses(each: Pathway, parts: _Parts) -> None:
    """Do nothing: pathways are lowered with their synapses."""
    del each, parts


def _operation(each: RegularOperation, parts: _Parts) -> None:
    if not each.active or not each.group.active:
        return
    if isinstance(each.group, Synapses):
        lower_synaptic_operation(each, parts.synapses(each.group), parts.builder)
    else:
        lower_operation(each, parts.names[each.group], parts.builder)


def _pause(each: NetworkOperation, parts: _Parts) -> None:
    if each.active or each is parts.standing:
        clock = parts.builder.clock(each.clock).name
        pause = Pause(parts.builder.label(each), clock, each.when, each.order)
        parts.builder.pause(pause, each.creation)


def _poisson_input(each: PoissonInput, parts: _Parts) -> None:
    if each.active and each.target.storage.active:
        lower_poisson_input(each, parts.names[each], parts.builder)


def _monitor(
    lower_monitor: Callable[[Any, GroupNames, ProgramBuilder], None],
) -> Callable[[Any, _Parts], None]:
    def lowered(each: Any, parts: _Parts) -> None:
        if each.active:
            lower_monitor(each, parts.names[each.source], parts.builder)

    return lowered


_KINDS: tuple[tuple[type[NetworkObject], Callable[[Any, _Parts], None]], ...] = (
    (NeuronGroup, _neurons),
    (SpikeGeneratorGroup, _generator),
    (Synapses, _synapses),
    (Pathway, _with_synapses),
    (RegularOperation, _operation),
    (NetworkOperation, _pause),
    (PoissonInput, _poisson_input),
    (StateMonitor, _monitor(lower_state_monitor)),
    (EventMonitor, _monitor(lower_event_monitor)),
    (PopulationRateMonitor, _monitor(lower_rate_monitor)),
    (History, _monitor(lower_history)),
)
"""What a network can run, and how each kind of object is lowered."""


def _lower_object(each: NetworkObject, parts: _Parts) -> None:
    for kind, lower_kind in _KINDS:
        if isinstance(each, kind):
            lower_kind(each, parts)
            return
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
        or (isinstance(each, StateOwner) and each.is_linked_to(synapses))
    ]
    # What is recorded may depend on others through subexpressions.
    return {*synapses.variables} if watching else set()
