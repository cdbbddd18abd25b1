"""Histories of variables to kernels that keep the values of each step in the place of old ones."""

from __future__ import annotations

import numpy as np

from eqsim.errors import ModelError
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Compare,
    Comparison,
    Literal,
    Name,
    Select,
)
from eqsim.expressions.statements import Assign, Statement
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.names import GroupNames
from eqsim.network.monitors.history import History
from eqsim.network.monitors.past_values import KeptValues
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Moments, Once, Role, Table

_KEPT = "_kept"


def lower_history(history: History, names: GroupNames, builder: ProgramBuilder) -> None:
    """Add the kernels that keep the values of a step, and note of which step they are."""
    kept, writer = KeptValues(history, builder), names.writer(builder)
    builder.kept.append(history)
    through = _places(history, builder)
    body: list[Statement] = []
    value = writer.expression(history.source.relative(Name(history.variable)), body)
    body.append(Assign(_KEPT, value))
    table = f"{kept.label}.table"
    stored = DType(history.values.dtype.name).loaded
    storing = writer.gathering_kernel(
        f"{kept.label}_values",
        through,
        body,
        (f"keep {history.variable} of {builder.label(history.source)}",),
        Moments(table, f"{table}.steps", kept.n_rows_array),
        also=(Binding(_KEPT, kept.values, stored),),
    )
    noting = writer.kernel(f"{kept.label}_step", Once(), _noted(kept), ())
    for kernel in (storing, noting):
        builder.kernel(kernel, history.when, history.order, history.creation)


def _noted(kept: KeptValues) -> list[Statement]:
    """Return the statements that note the step; where steps are missing a history begins anew."""
    now = Name("t_in_timesteps")
    before = Binary(BinaryOperator.SUBTRACT, now, Literal(1))
    goes_on = Compare(Comparison.EQUAL, kept.latest, before)
    return [
        Assign(kept.first.identifier, Select(goes_on, kept.first, now)),
        Assign(kept.latest.identifier, now),
    ]


def _places(history: History, builder: ProgramBuilder) -> Binding:
    """Add the table whose rows are the steps that are kept; return whose value each place has."""
    source, n_rows = history.source, history.n_rows
    kept = KeptValues(history, builder)
    table = f"{kept.label}.table"
    numbers = source.stored_numbers(np.arange(source.N)).astype(np.int32)
    rows = builder.extent(f"{table}.steps", n_rows)
    bounds = builder.extent(f"{table}.begin", n_rows + 1)
    for name, dtype, extent, values in (
        ("first", DType.INT64, None, np.zeros(1, dtype=np.int64)),
        ("steps", DType.INT64, rows, np.arange(n_rows)),
        ("begin", DType.INT32, bounds, (np.arange(n_rows + 1) * source.N).astype(np.int32)),
        ("elements", DType.INT32, kept.extent, np.append(np.tile(numbers, n_rows), numbers[:1])),
    ):
        builder.array(Array(f"{table}.{name}", dtype, extent, False, Role.INDEX), values)
    builder.table(
        Table(
            name=table,
            synapses=kept.extent,
            rows=rows,
            first=f"{table}.first",
            begin=f"{table}.begin",
            others=builder.extent(builder.label(source.storage), source.stored_size),
            other=f"{table}.elements",
        )
    )
    return Binding("i", f"{table}.elements", DType.INT64)


def check_kept(builder: ProgramBuilder) -> None:
    """Refuse what reads histories that the network does not keep.

    Raises
    ------
    ModelError
        If there is one.
    """
    for called, history in builder.needed:
        if history not in builder.kept:
            raise ModelError(
                f"a text calls {called!r}, and {history!r} is not in the network\n"
                "  add it, as groups and monitors are: Network(...).add(...)"
            )
