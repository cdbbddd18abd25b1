"""Inputs of a network to kernels: spikes at given times, and random input to a variable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsim.equations.check import check_expression, kind_error
from eqsim.errors import EquationError, ModelError
from eqsim.expressions.nodes import Binary, BinaryOperator, Expr, Name
from eqsim.expressions.statements import Assign, Distribution, Draw, Emit, Statement
from eqsim.network.events import SPIKE
from eqsim.network.groups.poissoninput import PoissonInput
from eqsim.network.groups.spikegenerator import SpikeGeneratorGroup
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.names import GroupNames
from eqsim.network.lowering.event_buffers import add_event_buffers, event_buffer
from eqsim.network.lowering.group import unless_refractory, within
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Elements, Moments, Role, Table


def lower_spike_generator(
    group: SpikeGeneratorGroup, names: GroupNames, builder: ProgramBuilder
) -> None:
    """Add the kernel that makes spikes at given times.

    Raises
    ------
    ModelError
        If a neuron spikes twice in a step, or the period is no multiple of it.
    """
    rows = group.rows()
    add_event_buffers(group, builder)
    label = builder.label(group)
    table = f"{label}.spikes"
    moments = builder.extent(f"{label}.moments", len(rows.steps))
    bounds = builder.extent(f"{table}.begin", len(rows.begin))
    entries = builder.extent(f"{table}.neurons", len(rows.neurons))
    for name, dtype, extent, values in (
        ("first", DType.INT64, None, np.zeros(1, dtype=np.int64)),
        ("steps", DType.INT64, moments, rows.steps),
        ("period", DType.INT64, None, np.array([rows.period], dtype=np.int64)),
        ("begin", DType.INT32, bounds, rows.begin),
        ("neurons", DType.INT32, entries, rows.neurons),
    ):
        builder.array(Array(f"{table}.{name}", dtype, extent, False, Role.INDEX), values)
    builder.table(
        Table(
            name=table,
            synapses=label,
            rows=moments,
            first=f"{table}.first",
            begin=f"{table}.begin",
            others=label,
            entries=f"{table}.neurons",
        )
    )
    space = Moments(table, f"{table}.steps", f"{table}.period")
    emission = Emit(event_buffer(builder, group, SPIKE), (Name("i"),))
    kernel = names.writer(builder).kernel(f"{label}_spikes", space, [emission], ())
    builder.kernel(kernel, group.when, group.order, group.creation)


def check_poisson_input(source: PoissonInput, names: GroupNames) -> Iterator[EquationError]:
    """Yield what is wrong with the expression for the weight of an input.

    Parameters
    ----------
    source : PoissonInput
        The input.
    names : GroupNames
        What names mean in the target group; those of the expression are looked up.
    """
    if not isinstance(source.amount, float | int):
        names.resolve_in(source.amount)
        errors: list[EquationError] = []
        target = names.scope[source.target_var]
        found = check_expression(source.amount, names.scope, errors, dimension=target.dimension)
        if found is not None:
            wrong = kind_error(target.name, target.value_kind, source.amount, found[0])
            errors += [] if wrong is None else [wrong]
        yield from names.advised(errors)


def lower_poisson_input(source: PoissonInput, names: GroupNames, builder: ProgramBuilder) -> None:
    """Add the kernel that draws how many inputs spiked and adds as many weights.

    Raises
    ------
    ModelError
        If an input would spike more than once in a step.
    """
    target, dt = source.target, source.clock.dt_
    if source.rate_ * dt > 1:
        raise ModelError(
            f"the rate of {source.name!r}, {source.rate}, is more than one spike in a step of"
            f" {source.clock.dt}\n"
            "  take more inputs of a lower rate, or a smaller dt"
        )
    label = builder.label(source)
    writer = names.writer(builder)
    given = [
        _constant("_inputs", f"{label}.N", source.N, builder),
        _constant("_rate", f"{label}.rate", source.rate_, builder),
    ]
    probability = Binary(BinaryOperator.MULTIPLY, Name("_rate"), Name(names.exact_dt))
    stream = builder.stream(f"{label}.binomial")
    body: list[Statement] = [
        Draw("_spikes", Distribution.BINOMIAL, (Name("_inputs"), probability), stream)
    ]
    weight: Expr = Name("_weight")
    if isinstance(source.amount, float | int):
        given.append(_constant("_weight", f"{label}.weight", source.amount, builder))
    else:
        weight = writer.expression(target.relative(source.amount), body)
    added = Binary(BinaryOperator.MULTIPLY, Name("_spikes"), weight)
    variable = source.target_var
    body.append(Assign(variable, Binary(BinaryOperator.ADD, Name(variable), added)))
    kernel = writer.kernel(
        f"{label}",
        Elements(builder.extent(builder.label(target.storage), target.stored_size)),
        within(target, list(unless_refractory(names, body))),
        (f"random input to {variable} of {builder.label(target.storage)}",),
        also=given,
    )
    builder.kernel(kernel, source.when, source.order, source.creation)


def _constant(name: str, array: str, value: float | int, builder: ProgramBuilder) -> Binding:
    added, dtype = builder.constant(array, value)
    return Binding(name, added, dtype)
