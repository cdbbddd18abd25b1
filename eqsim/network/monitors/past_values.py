"""What a call of a history becomes: two values that were kept, and a line between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import EquationError
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Expr,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
)
from eqsim.expressions.printer import short_text
from eqsim.expressions.statements import Assign, Gather, Statement
from eqsim.network.functions.calls import ExternalFunction
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.kernel_writer import KernelWriter
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Role
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity

if TYPE_CHECKING:
    from eqsim.network.monitors.history import History

_ROUNDING = 1e-9
"""By how much of itself rounding may have made a delay longer."""


@dataclass(frozen=True, slots=True)
class HistoryFunction(ExternalFunction):
    """A history as equations call it.

    Parameters
    ----------
    history : History
        The history. The other parameters are those of every function.
    """

    history: History | None = None

    def lowered(self, call: Call, writer: KernelWriter, before: list[Statement]) -> Expr:
        """Return the value that an element had at a time, over locals that hold what was kept."""
        assert self.history is not None
        kept = KeptValues(self.history, writer.builder)
        writer.builder.needed.append((call.function, self.history))
        time, column = call.arguments
        _check_delay(self.history, call, writer)
        place = writer.local(f"{call.function}_position")
        position = _binary("/", writer.in_double(time), kept.dt)
        within = Call("clip", (position, kept.first, kept.latest))
        before.append(Assign(place, within))
        whole = Call("floor", (Name(place),))
        row = Call("int", (whole,))
        conditions: list[Expr] = [
            # What is no number compares with nothing.
            Compare(Comparison.GREATER_EQUAL, Name(place), kept.oldest())
        ]
        if not _is_known_to_fit(self.history, call, writer):
            conditions.append(Compare(Comparison.GREATER_EQUAL, column, Literal(0)))
            conditions.append(Compare(Comparison.LESS, column, kept.n_columns))
        condition = conditions[0]
        for other in conditions[1:]:
            condition = Logical(LogicalOperator.AND, condition, other)
        ends = []
        for step in (row, Call("minimum", (_binary("+", row, Literal(1)), kept.latest))):
            local = writer.local(f"{call.function}_value")
            index = Select(condition, kept.index(step, column), kept.nowhere)
            before.append(Gather(local, kept.values, index))
            ends.append(Name(local, call.span))
        part = _binary("-", Name(place), whole)
        return _binary("+", ends[0], _binary("*", part, _binary("-", ends[1], ends[0])))


class KeptValues:
    """The arrays of a history in a program, and names for them in every kernel.

    Parameters
    ----------
    history : History
        The history.
    builder : ProgramBuilder
        Takes the arrays.
    """

    def __init__(self, history: History, builder: ProgramBuilder) -> None:
        self.history = history
        self.builder = builder
        self.label = builder.label(history)
        self.extent = builder.extent(f"{self.label}.values", len(history.values))
        dtype = DType(history.values.dtype.name)
        array = Array(f"{self.label}.values", dtype, self.extent, True, Role.STATE)
        self.values = builder.array(array, history.values)
        self.first = self._state("first", history.first)
        self.latest = self._state("latest", history.latest)
        clock = builder.clock(history.clock)
        self.dt = Name(builder.bind(Binding(f"_{self.label}_dt", clock.dt, DType.FLOAT64)))
        self.n_rows = self._constant("rows", history.n_rows)
        self.n_rows_array = f"{self.label}.rows"
        self.n_columns = self._constant("columns", history.source.N)
        self.nowhere = self._constant("nowhere", len(history.values) - 1)

    def oldest(self) -> Expr:
        """Return the number of the first step whose values may still be there."""
        return _binary("+", _binary("-", self.latest, self.n_rows), Literal(1))

    def index(self, step: Expr, column: Expr) -> Expr:
        """Return where the value of an element in a step is kept."""
        row = _binary("%", step, self.n_rows)
        return _binary("+", _binary("*", row, self.n_columns), column)

    def _state(self, what: str, values: NDArray[np.int64]) -> Name:
        array = Array(f"{self.label}.{what}", DType.INT64, None, True, Role.STATE)
        self.builder.array(array, values)
        return Name(self.builder.bind(Binding(f"_{self.label}_{what}", array.name, DType.INT64)))

    def _constant(self, what: str, value: int) -> Name:
        array = Array(f"{self.label}.{what}", DType.INT64, None, False, Role.CONSTANT)
        self.builder.array(array, np.array([value], dtype=np.int64))
        return Name(self.builder.bind(Binding(f"_{self.label}_{what}", array.name, DType.INT64)))


def _check_delay(history: History, call: Call, writer: KernelWriter) -> None:
    """Refuse a delay that is too long, or below 0, when the run begins."""
    time = call.arguments[0]
    if not (
        isinstance(time, Binary)
        and time.operator is BinaryOperator.SUBTRACT
        and time.left == Name("t")
    ):
        return
    delays = writer.present(time.right)
    if delays is None:
        return
    delays = writer.owner.chosen(delays)
    if not delays.size:
        return
    longest, shortest = float(np.max(delays)), float(np.min(delays))
    if longest > history.longest_ * (1 + _ROUNDING):
        raise EquationError(
            f"{call.function!r} keeps what was in the last {history.longest!r}, but"
            f" {short_text(time.right)} takes the value {Quantity(longest, SECOND)!r}",
            call.span,
            hint=f"keep it for longer: History(..., longest={Quantity(longest, SECOND)!r})",
        )
    if shortest < 0:
        raise EquationError(
            f"{call.function!r} knows nothing of the future, but {short_text(time.right)} takes"
            f" the value {Quantity(shortest, SECOND)!r}",
            call.span,
            hint="a delay is 0 or longer",
        )


def _is_known_to_fit(history: History, call: Call, writer: KernelWriter) -> bool:
    """Return whether the element is known before the run, and exists.

    Raises
    ------
    EquationError
        If it is known and does not exist.
    """
    column = call.arguments[1]
    known = writer.known_before_run(column)
    if known is None:
        return False
    n_columns, needed = history.source.N, writer.owner.chosen(known)
    outside = needed[(needed < 0) | (needed >= n_columns)]
    if outside.size:
        raise EquationError(
            f"{call.function!r} keeps values of {n_columns} elements, from 0 to {n_columns - 1},"
            f" but {short_text(column)} takes the value {outside[0]}",
            call.span,
            hint=f"choose an element of {history.source.name!r}",
        )
    return not ((known < 0) | (known >= n_columns)).any()


def _binary(operator: str, left: Expr, right: Expr) -> Expr:
    return Binary(BinaryOperator(operator), left, right)
