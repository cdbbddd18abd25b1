"""What holds the events of one step."""

from __future__ import annotations

from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Buffer, Column, Lifetime


def add_event_buffers(group: StateOwner, builder: ProgramBuilder) -> None:
    """Add what holds the events of one step to a program, empty until a kernel fills it."""
    extent = builder.extent(builder.label(group), group.N)
    for event in group.events:
        name = event_buffer(builder, group, event)
        builder.buffer(Buffer(name, (Column("i", DType.INT32),), Lifetime.STEP, extent))


def event_buffer(builder: ProgramBuilder, group: StateOwner, event: str) -> str:
    """Return the name of the buffer that holds an event of the current step."""
    return f"{builder.label(group)}.events.{event}"
