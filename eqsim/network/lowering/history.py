"""Buffers that keep the events of the last steps, for those who hear of them later."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from eqsim.expressions.nodes import Name
from eqsim.expressions.statements import Emit
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.traffic import PastEvents
from eqsim.network.lowering.event_buffers import event_buffer
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Buffer, Column, Events, Lifetime


def add_history(pathway: Pathway, depth: int, builder: ProgramBuilder) -> str:
    """Add what keeps the events that a pathway hears of; return its name.

    Parameters
    ----------
    pathway : Pathway
        Who hears of them; all that hear of one group's events remember the same past.
    depth : int
        For how many steps at least.
    builder : ProgramBuilder
        Takes the buffer.
    """
    owner, event = pathway.synapses.side(pathway.side).storage, pathway.event
    label = builder.label(owner)
    columns = (Column("timestep", DType.INT64), Column("i", DType.INT32))
    extent = builder.extent(label, owner.stored_size)
    buffer = Buffer(f"{label}.history.{event}", columns, Lifetime.HISTORY, extent)
    clock = builder.clock(owner.clock)
    if not builder.has_buffer(buffer.name):
        builder.buffer(buffer)
        past = builder.past.get((owner, event), PastEvents.none())
        builder.extent(buffer.name, len(past))
        depth_array, step_array, element_array = buffer.arrays
        builder.array(depth_array, np.zeros(1, dtype=np.int64))
        builder.array(step_array, -past.ages)
        builder.array(element_array, past.elements.copy())
        builder.traffic.add_history(buffer.name, clock.name)
        _remember(owner, event, buffer, builder)
    builder.traffic.listeners[buffer.name].append(pathway)
    longest = builder.values(buffer.depth)
    longest[0] = max(longest[0], depth)
    return buffer.name


def _remember(owner: StateOwner, event: str, buffer: Buffer, builder: ProgramBuilder) -> None:
    """Add the kernel that appends the events of a step as soon as they are found."""
    writer = owner.names({}).writer(builder)
    space = Events(event_buffer(builder, owner, event))
    rows = [Emit(buffer.name, (Name("t_in_timesteps"), Name(writer.element)))]
    kernel = writer.kernel(f"{writer.label}_remember_{event}", space, rows, ())
    found = owner.events[event]
    builder.kernel(kernel, found.when, found.order, owner.creation)


def shared_past(every: Iterable[Synapses]) -> dict[tuple[StateOwner, str], PastEvents]:
    """Return the past events that all pathways with delays remember, by whole group and event.

    Pathways that ran in different networks remember different events: what is on its way along
    them becomes single deliveries.

    Parameters
    ----------
    every : iterable of Synapses
        All synapses of a network.
    """
    by_source: dict[tuple[StateOwner, str], list[Pathway]] = {}
    for synapses in every:
        for pathway in synapses.pathways.values():
            if pathway.has_delays and len(pathway.past):
                owner = synapses.side(pathway.side).storage
                by_source.setdefault((owner, pathway.event), []).append(pathway)
    shared = {}
    for source, pathways in by_source.items():
        if all(pathway.past.is_same(pathways[0].past) for pathway in pathways):
            shared[source] = pathways[0].past
        else:
            for pathway in pathways:
                pathway.synapses.settle(pathway)
    return shared
