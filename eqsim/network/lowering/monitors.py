"""Monitors to kernels that append to records."""

from __future__ import annotations

import numpy as np

from eqsim.expressions.nodes import Binary, BinaryOperator, Expr, Literal, Name
from eqsim.expressions.statements import Accumulate, Assign, Emit, Statement
from eqsim.network.events import SPIKE
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.names import GroupNames
from eqsim.network.lowering.event_buffers import event_buffer
from eqsim.network.lowering.group import within
from eqsim.network.monitors.events import EventMonitor
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    Array,
    Binding,
    Buffer,
    Column,
    Elements,
    Events,
    Lifetime,
    Once,
    Role,
)


def lower_state_monitor(monitor: StateMonitor, names: GroupNames, builder: ProgramBuilder) -> None:
    """Add the kernels that record variables: the time once, then the chosen neurons' values."""
    label, source = builder.label(monitor), monitor.source
    writer = names.writer(builder, monitor.clock)
    times = Buffer(f"{label}.t", (Column("t", DType.FLOAT64),), Lifetime.RUN)
    columns = tuple(Column(name, monitor.dtype_of(name)) for name in monitor.variables)
    values = Buffer(f"{label}.values", columns, Lifetime.RUN)
    builder.buffer(times, monitor.append_times)
    builder.buffer(values, monitor.values.append)
    moment = writer.kernel(f"{label}_time", Once(), [Emit(times.name, (Name("t"),))], ())
    builder.kernel(moment, monitor.when, monitor.order, monitor.creation)

    body: list[Statement] = []
    recorded = tuple(
        writer.expression(source.relative(Name(name)), body) for name in monitor.variables
    )
    body.append(Emit(values.name, recorded))
    origin = (f"record {', '.join(monitor.variables)} of {builder.label(source)}",)
    stored = source.stored_numbers(monitor.record)
    everyone = len(monitor.record) == source.stored_size and (np.diff(stored) == 1).all()
    if everyone:
        space = Elements(builder.extent(builder.label(source.storage), source.stored_size))
        kernel = writer.kernel(f"{label}_values", space, body, origin)
    else:
        kernel = writer.gathering_kernel(
            f"{label}_values", _indices(monitor, builder), body, origin
        )
    builder.kernel(kernel, monitor.when, monitor.order, monitor.creation)


def _indices(monitor: StateMonitor, builder: ProgramBuilder) -> Binding:
    label, source = builder.label(monitor), monitor.source
    extent = builder.extent(label, len(monitor.record))
    array = Array(f"{label}.indices", DType.INT32, extent, False, Role.INDEX)
    builder.array(array, source.stored_numbers(monitor.record).astype(np.int32))
    return Binding("i", array.name, DType.INT64)


def lower_event_monitor(monitor: EventMonitor, names: GroupNames, builder: ProgramBuilder) -> None:
    """Add the kernels that count events and record them."""
    label, source = builder.label(monitor), monitor.source
    space = Events(event_buffer(builder, source.storage, monitor.event))
    writer = names.writer(builder, monitor.clock)
    counts = Array(f"{label}.counts", DType.INT32, builder.label(source.storage), True, Role.STATE)
    builder.array(counts, monitor.counts)
    more = Binary(BinaryOperator.ADD, Name("_counts"), Literal(1))
    counting = writer.kernel(
        f"{label}_count",
        space,
        [Assign("_counts", more)],
        (),
        also=(Binding("_counts", counts.name, DType.INT64),),
    )
    builder.kernel(counting, monitor.when, monitor.order, monitor.creation)
    if not monitor.record:
        return
    columns = (
        Column("i", DType.INT32),
        Column("t", DType.FLOAT64),
        *(Column(name, monitor.dtype_of(name)) for name in monitor.variables),
    )
    builder.buffer(Buffer(label, columns, Lifetime.RUN), monitor.rows.append)
    body: list[Statement] = []
    values: list[Expr] = [source.relative(Name("i")), Name("t")]
    values += [writer.expression(source.relative(Name(v)), body) for v in monitor.variables]
    body.append(Emit(label, tuple(values)))
    kernel = writer.kernel(
        f"{label}_record",
        space,
        within(source, body),
        (f"record events {monitor.event!r} of {builder.label(source)}",),
    )
    builder.kernel(kernel, monitor.when, monitor.order, monitor.creation)


def lower_rate_monitor(
    monitor: PopulationRateMonitor, names: GroupNames, builder: ProgramBuilder
) -> None:
    """Add the kernels that count the spikes of a step and record the rate."""
    label, source = builder.label(monitor), monitor.source
    writer = names.writer(builder, monitor.clock)
    columns = (Column("t", DType.FLOAT64), Column("rate", DType.FLOAT64))
    builder.buffer(Buffer(label, columns, Lifetime.RUN), monitor.rows.append)
    total = Array(f"{label}.count", DType.INT64, None, True, Role.STATE)
    builder.array(total, np.zeros(1, dtype=np.int64))
    count = Binding("_count", total.name, DType.INT64)

    zero = [Assign("_count", Literal(0))]
    one = within(source, [Accumulate("_count", Literal(1))])
    size = source.relative(Name("N"))
    neurons = Binary(BinaryOperator.MULTIPLY, size, Name(names.exact_dt))
    rate = Binary(BinaryOperator.DIVIDE, Name("_count"), neurons)
    record = [Emit(label, (Name("t"), rate))]
    spikes = Events(event_buffer(builder, source.storage, SPIKE))
    for part, space, body, also in (
        ("start", Once(), zero, (count,)),
        ("count", spikes, one, (count,)),
        ("record", Once(), record, (count,)),
    ):
        kernel = writer.kernel(f"{label}_{part}", space, body, (), also=also)
        builder.kernel(kernel, monitor.when, monitor.order, monitor.creation)
