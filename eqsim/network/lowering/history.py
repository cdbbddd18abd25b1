"""Buffers that keep the events of the last steps, for those who hear of them later."""

from __future__ import annotations

import numpy as np

from eqsim.expressions.nodes import Name
from eqsim.expressions.statements import Emit
from eqsim.network.groups import StateOwner
from eqsim.network.lowering.builder import ProgramBuilder
from eqsim.network.lowering.group import event_buffer
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Buffer, Column, Events, Lifetime


def add_history(owner: StateOwner, event: str, depth: int, builder: ProgramBuilder) -> str:
    """Add what keeps the events of a group for some steps; return its name.

    Parameters
    ----------
    owner : StateOwner
        The whole group.
    event : str
        Which event.
    depth : int
        For how many steps at least.
    builder : ProgramBuilder
        Takes the buffer.
    """
    label = builder.label(owner)
    columns = (Column("timestep", DType.INT64), Column("i", DType.INT32))
    extent = builder.extent(label, owner.stored_size)
    buffer = Buffer(f"{label}.history.{event}", columns, Lifetime.HISTORY, extent)
    clock = builder.clock(owner.clock)
    if not builder.has_buffer(buffer.name):
        builder.buffer(buffer)
        ages, elements = owner.events_in_flight.get(
            event, (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32))
        )
        builder.extent(buffer.name, len(ages))
        depth_array, step_array, element_array = buffer.arrays
        builder.array(depth_array, np.zeros(1, dtype=np.int64))
        builder.array(step_array, -ages)
        builder.array(element_array, elements.copy())
        builder.traffic.add_history(buffer.name, owner, event, clock.name)
        _remember(owner, event, buffer, builder)
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
