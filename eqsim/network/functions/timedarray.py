"""Arrays over time that equations read: ``stimulus(t)``, ``stimulus(t, i)``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, EquationError, ModelError
from eqsim.expressions.functions import KindRule, Signature
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Expr,
    Kind,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
)
from eqsim.expressions.printer import short_text
from eqsim.expressions.statements import Gather, Statement
from eqsim.expressions.traverse import free_names
from eqsim.network.clocks import EXACT_DT, seconds
from eqsim.network.functions.calls import Callee, ExternalFunction
from eqsim.network.naming import new_name
from eqsim.network.variables.variables import with_unit
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Role
from eqsim.units.arguments import shown
from eqsim.units.dimensions import DIMENSIONLESS, SECOND
from eqsim.units.quantity import Quantity, dimension_of, si_array, si_value

if TYPE_CHECKING:
    from eqsim.network.kernels.kernel_writer import KernelWriter

_PART_OF_STEP = 10_000
"""One of so many parts of a step is what rounding may have taken from a time."""
_ROUNDING = 1e-10
"""What rounding may have taken from a time that no step is known of, relative to it."""
_GRID = 1e-9
"""Steps that are so near to a multiple of each other, relative to the larger, are one."""
_KINDS = {"b": Kind.BOOLEAN, "i": Kind.INTEGER, "u": Kind.INTEGER, "f": Kind.FLOAT}
_TYPES = {Kind.BOOLEAN: np.bool_, Kind.INTEGER: np.int64, Kind.FLOAT: np.float64}
_NOWHERE = {Kind.BOOLEAN: False, Kind.INTEGER: 0, Kind.FLOAT: np.nan}
"""The value outside the columns."""


class TimedArray(Callee):
    """Values over time that equations, statements and Python can call.

    The first value holds from time 0 for one step ``dt``, the next for the next step, and so on;
    the first one also before, the last one ever after. With two axes there is a column for each
    index: ``stimulus(t, i)``.

    Parameters
    ----------
    values : array_like or Quantity
        Numbers, whole numbers or truth values, shape (times,) or (times, columns); finite.
    dt : Quantity
        How long each value holds, in seconds.
    name : str, optional
        Its name.

    Raises
    ------
    ModelError
        If there are no values, they have another shape, or one is not finite.
    DimensionMismatchError
        If ``dt`` is no time.

    Notes
    -----
    In equations a time that rounding put just below the next value counts as the next value: where
    it is nearer than 1/10000 of the step of the group, or of ``dt`` if that is smaller.

    An index outside the columns is an error where it is known before a run, such as ``i`` in a
    group larger than the columns. Otherwise the value is nan there, 0 for whole numbers, and False
    for truth values.

    Examples
    --------
    >>> from eqsim import NeuronGroup, StateMonitor, TimedArray, ms, nA, run
    >>> current = TimedArray([0, 3, 1]*nA, dt=2*ms)
    >>> current(3*ms)
    3*nA
    >>> G = NeuronGroup(1, 'I = current(t) : amp', dt=1*ms)
    >>> M = StateMonitor(G, 'I', record=0)
    >>> run(6*ms, target='numpy')
    >>> M.I[0]/nA
    array([0., 0., 3., 3., 1., 1.])
    """

    def __init__(self, values: Any, dt: Quantity, name: str | None = None) -> None:
        self._name = new_name("timedarray*" if name is None else name)
        self._values, self.kind = _checked_values(values, self._name)
        self._dimension = dimension_of(values)
        self._dt = seconds(dt, f"the dt of {self._name!r}")
        if self._dt <= 0:
            raise ModelError(f"the dt of {self._name!r} must be positive, not {dt!r}")

    @property
    def name(self) -> str:
        """The name of the array."""
        return self._name

    @property
    def stem(self) -> str:
        """The name, without the number that it was given because others have the same."""
        return self._name.stem

    @property
    def values(self) -> Any:
        """The values, with their unit."""
        return with_unit(self._values.copy(), self._dimension)

    @property
    def dt(self) -> Quantity:
        """How long each value holds."""
        return Quantity(self._dt, SECOND)

    @property
    def dt_(self) -> float:
        """How long each value holds, in seconds, without unit."""
        return self._dt

    @property
    def t(self) -> Quantity:
        """The times from which the values hold, shape (times,)."""
        return Quantity(np.arange(len(self._values)) * self._dt, SECOND)

    @property
    def duration(self) -> Quantity:
        """How long all values hold, from time 0 to the end of the last."""
        return Quantity(len(self._values) * self._dt, SECOND)

    @property
    def has_columns(self) -> bool:
        """Whether there is a column for each index."""
        return self._values.ndim == 2

    @property
    def stored(self) -> NDArray[Any]:
        """The values without unit, shape (times,) or (times, columns)."""
        return self._values

    def __repr__(self) -> str:
        return f"<TimedArray {self._name!r} of shape {self._values.shape}, dt = {self.dt!r}>"

    def __call__(self, t: Any, i: Any = None) -> Any:
        """Return the values at times.

        Parameters
        ----------
        t : Quantity
            One time, or an array of them.
        i : int or array of int
            The columns, for an array with columns; broadcast against the times.

        Returns
        -------
        number, ndarray or Quantity
            Values in the shape of ``t`` and ``i`` broadcast.
        """
        if (i is not None) is not self.has_columns:
            takes = "t and the column i" if self.has_columns else "t only: it has no columns"
            raise ModelError(f"{self._name!r} takes {takes}")
        example = f"  write for example {self._name}(10*ms{', 0' if self.has_columns else ''})"
        times = si_array(t)
        if times.dtype.kind not in "biuf":
            raise ModelError(f"{self._name!r} takes a time, not {shown(t)}\n{example}")
        if dimension_of(t) is not SECOND and times.any():
            raise DimensionMismatchError(f"{self._name!r} takes a time, not {shown(t)}\n{example}")
        rows = self._rows(np.asarray(times, dtype=np.float64))
        if i is None:
            return with_unit(self.padded[rows][()], self._dimension)
        columns = si_array(i)
        if dimension_of(i) is not DIMENSIONLESS or columns.dtype.kind not in "iu":
            raise ModelError(
                f"the columns of {self._name!r} are whole numbers, not {shown(i)}\n{example}"
            )
        n_rows, n_columns = self._values.shape
        inside = (columns >= 0) & (columns < n_columns) & (rows < n_rows)
        places = np.where(inside, rows * n_columns + columns, n_rows * n_columns)
        return with_unit(self.padded[places][()], self._dimension)

    def _rows(self, times: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return which values hold at times; one more than there are for what is no number."""
        position = times / self._dt
        nearest = np.round(position)
        with np.errstate(invalid="ignore"):  # inf - inf, of infinite times
            near = np.abs(position - nearest) <= _ROUNDING * np.abs(nearest)
        row = np.clip(np.where(near, nearest, np.floor(position)), 0, len(self._values) - 1)
        return np.where(np.isnan(row), len(self._values), row).astype(np.int64)

    @cached_property
    def padded(self) -> NDArray[Any]:
        """All values in one row, with that of nowhere at the end."""
        nowhere = np.asarray([_NOWHERE[self.kind]], dtype=self._values.dtype)
        return np.concatenate([self._values.ravel(), nowhere])

    @cached_property
    def external(self) -> ExternalFunction:
        """What equations see of the array."""
        takes = (SECOND, DIMENSIONLESS)[: self._values.ndim]
        return TimedArrayFunction(
            name=self._name,
            n_arguments=self._values.ndim,
            dimensions=Signature(takes, self._dimension),
            kind=KindRule.of(self.kind),
            takes=(Kind.FLOAT, Kind.INTEGER)[: self._values.ndim],
            parameters=("t", "i")[: self._values.ndim],
            array=self,
        )


def _checked_values(values: Any, name: str) -> tuple[NDArray[Any], Kind]:
    numbers = np.asarray(si_value(values))
    kind = _KINDS.get(numbers.dtype.kind)
    if kind is None:
        raise ModelError(
            f"the values of {name!r} are no numbers but {numbers.dtype}\n"
            "  expected: an array of numbers, whole numbers or truth values"
        )
    if numbers.ndim not in (1, 2) or numbers.size == 0:
        raise ModelError(
            f"the values of {name!r} have the shape {numbers.shape}\n"
            "  expected: (times,), or (times, columns) with a column for each index"
        )
    if kind is Kind.INTEGER and numbers.dtype.kind == "u" and numbers.max() >= 2**63:
        raise ModelError(f"a value of {name!r} is larger than the largest integer, 2**63 - 1")
    if not np.isfinite(numbers).all():
        first = tuple(int(n[0]) for n in np.nonzero(~np.isfinite(numbers)))
        raise ModelError(
            f"a value of {name!r} is {numbers[first]}, at position {', '.join(map(str, first))}\n"
            "  expected: finite numbers"
        )
    # A copy: what the user does to the array later changes no run by half.
    return np.array(numbers, dtype=_TYPES[kind], order="C"), kind


@dataclass(frozen=True, slots=True)
class TimedArrayFunction(ExternalFunction):
    """An array over time as equations call it.

    Parameters
    ----------
    array : TimedArray
        The array. The other parameters are those of every function.
    """

    array: TimedArray | None = None

    @property
    def is_piecewise(self) -> bool:
        """Whether the value is constant over pieces of time."""
        return True

    def change_within_step(self, call: Call, dt: float, moving: Collection[str]) -> str | None:
        """Return why the value may jump within a step, None if it keeps its value."""
        assert self.array is not None
        steps = self.array.dt_ / dt
        if call.arguments[0] != Name("t"):
            return f"{call.function!r} keeps its value during a step only at the time 't' itself"
        names = {name for argument in call.arguments[1:] for name in free_names(argument)}
        used = sorted(names.intersection(moving))
        if used:
            return f"the column of {call.function!r} depends on {', '.join(map(repr, used))}"
        if round(steps) < 1 or abs(steps - round(steps)) > _GRID * steps:
            return (
                f"the values of {call.function!r} hold for {self.array.dt}, which is no multiple"
                f" of the step of {Quantity(dt, SECOND)}"
            )
        return None

    def lowered(self, call: Call, writer: KernelWriter, before: list[Statement]) -> Expr:
        """Return the local that holds the element at the time and column of a call."""
        assert self.array is not None
        lookup = _Lookup(self.array, call, writer)
        local = writer.local(f"{call.function}_value")
        before.append(Gather(local, lookup.values(), lookup.position(), self.array.kind))
        return Name(local, call.span)


class _Lookup:
    """The position of an element in an array over time, for one call.

    Everything is computed in double precision, whatever the precision of the model.
    """

    def __init__(self, array: TimedArray, call: Call, writer: KernelWriter) -> None:
        self.array = array
        self.call = call
        self.writer = writer
        self.label = writer.builder.label(array)

    def values(self) -> str:
        """Return the name of the program's array with the values, that of nowhere at its end."""
        values = self.array.padded
        extent = self.writer.builder.extent(f"{self.label}.values", len(values))
        dtype = DType(values.dtype.name)
        array = Array(f"{self.label}.values", dtype, extent, False, Role.CONSTANT)
        return self.writer.builder.array(array, values)

    def position(self) -> Expr:
        """Return where the element is."""
        n_rows = len(self.array.stored)
        time = self.writer.in_double(self.call.arguments[0])
        dt = self._single("dt", self.array.dt_)
        smaller = Call("minimum", (Name(self.writer.names.exact_dt), dt))
        forgiven = _binary(BinaryOperator.DIVIDE, smaller, Literal(_PART_OF_STEP))
        begun = _binary(BinaryOperator.DIVIDE, _binary(BinaryOperator.ADD, time, forgiven), dt)
        bounds = Literal(0), self._single("last", n_rows - 1)
        row: Expr = Call("int", (Call("clip", (Call("floor", (begun,)), *bounds)),))
        inside: list[Expr] = []
        if not free_names(time) <= {"t", "dt", EXACT_DT}:
            # What is no number compares with nothing, not even with itself.
            inside.append(Compare(Comparison.EQUAL, time, time))
        if self.array.has_columns:
            columns = self._single("columns", self.array.stored.shape[1])
            column = self.call.arguments[1]
            if not self._is_known_to_fit(column):
                inside.append(Compare(Comparison.GREATER_EQUAL, column, Literal(0)))
                inside.append(Compare(Comparison.LESS, column, columns))
            row = _binary(
                BinaryOperator.ADD, _binary(BinaryOperator.MULTIPLY, row, columns), column
            )
        if not inside:
            return row
        condition = inside[0]
        for other in inside[1:]:
            condition = Logical(LogicalOperator.AND, condition, other)
        return Select(condition, row, self._single("nowhere", self.array.stored.size))

    def _is_known_to_fit(self, column: Expr) -> bool:
        """Return whether the column is known before the run, and exists.

        Raises
        ------
        EquationError
            If it is known and does not exist.
        """
        known = self.writer.known_before_run(column)
        if known is None:
            return False
        n_columns = self.array.stored.shape[1]
        needed = self.writer.owner.chosen(known)
        outside = needed[(needed < 0) | (needed >= n_columns)]
        if outside.size:
            raise EquationError(
                f"{self.call.function!r} has {n_columns} columns, from 0 to {n_columns - 1},"
                f" but {short_text(column)} takes the value {outside[0]}",
                self.call.span,
                hint="give the array a column for each index, or choose an existing one:"
                f" i % {n_columns}",
            )
        return not ((known < 0) | (known >= n_columns)).any()

    def _single(self, what: str, value: float) -> Name:
        name = f"_{self.label}_{what}"
        dtype = DType.FLOAT64 if isinstance(value, float) else DType.INT64
        array = Array(f"{self.label}.{what}", dtype, None, False, Role.CONSTANT)
        self.writer.builder.array(array, np.array([value], dtype=dtype.numpy))
        return Name(self.writer.builder.bind(Binding(name, array.name, dtype)))


def _binary(operator: BinaryOperator, left: Expr, right: Expr) -> Expr:
    return Binary(operator, left, right)
