"""State arrays of a group, and the view of one through which users read and write it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network import recording
from eqsim.network.caller import caller_place, seen_from
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for
from eqsim.units.display import unit_phrase
from eqsim.units.names import UNITS
from eqsim.units.quantity import Quantity, dimension_of, si_value

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A state variable, parameter or built-in of a group, with its values.

    Parameters
    ----------
    name : str
        The user's name for it.
    dimension : Dimension
        Its dimension.
    dtype : DType
        Type of the values as users see them.
    values : ndarray
        In SI units; shape (N,), or (1,) if it is shared. Truth values are stored as 0.0 and 1.0.
    role : Role
        What it is to the model.
    is_shared : bool
        Whether there is one value for the group.
    is_read_only : bool
        Whether the user cannot set it.
    is_nonnegative : bool
        Whether the user cannot set it to values below zero.
    """

    name: str
    dimension: Dimension
    dtype: DType
    values: NDArray[Any]
    role: Role
    is_shared: bool = False
    is_read_only: bool = False
    is_nonnegative: bool = False


_FIXED = frozenset({"i", "j", "N", "N_pre", "N_post", "N_incoming", "N_outgoing"})
"""What no run changes, in every group."""


def with_unit(values: Any, dimension: Dimension) -> Any:
    """Return values with a dimension; plain values if they have none."""
    return values if dimension is DIMENSIONLESS else Quantity(values, dimension)


def checked_values(variable: Variable, value: Any, size: int) -> NDArray[Any]:
    """Return what the user assigns as an array of the variable's type.

    Parameters
    ----------
    variable : Variable
        What is assigned to.
    value : number, Quantity or array
        What the user gave.
    size : int
        How many values are replaced.

    Returns
    -------
    ndarray
        Of shape () or (size,).

    Raises
    ------
    DimensionMismatchError
        If it has another dimension.
    ModelError
        If its shape does not fit, or it is not finite, or a fraction for a whole number, or below
        zero where that means nothing.
    """
    try:
        numbers = np.asarray(si_value(value))
    except ValueError:  # NumPy's, for lists of lists of different lengths
        raise ModelError(f"{variable.name!r} needs numbers, not {value!r}") from None
    if dimension_of(value) is not variable.dimension and not _is_neutral(value, numbers):
        _refuse_dimension(variable, value)
    if numbers.dtype.kind not in "biuf":
        raise ModelError(f"{variable.name!r} needs numbers, not {value!r}")
    if numbers.ndim > 1 or (numbers.ndim == 1 and len(numbers) not in (1, size)):
        raise ModelError(
            f"{variable.name!r} takes {size} value{'s' if size != 1 else ''} here,"
            f" not an array of shape {numbers.shape}"
        )
    if numbers.ndim == 1 and len(numbers) == 1 and size != 1:
        numbers = numbers.reshape(())
    if not np.isfinite(numbers).all():
        place = np.flatnonzero(~np.isfinite(numbers).ravel())[0]
        raise ModelError(
            f"{variable.name!r} would become {numbers.ravel()[place]} at position {place}\n"
            "  values must be finite; use a large finite number in place of inf"
        )
    if variable.is_nonnegative and (numbers < 0).any():
        place = np.flatnonzero(numbers.ravel() < 0)[0]
        negative = with_unit(numbers.ravel()[place].item(), variable.dimension)
        raise ModelError(
            f"{variable.name!r} would become {negative} at position {place}\n"
            "  it must not be negative"
        )
    return _converted(variable, numbers)


def check_for_all(variable: Variable, owner: StateOwner, item: Any, value: Any) -> None:
    """Refuse to set what is one value for all elements for some of them, or to several values.

    Parameters
    ----------
    variable : Variable
        A shared variable.
    owner : StateOwner
        The group that has it.
    item : index or str
        For which elements it is to be set; conditions are refused elsewhere.
    value : object
        To what.

    Raises
    ------
    ModelError
        If that is not all elements, or not one value.
    """
    is_for_all = isinstance(item, str) or np.empty(owner.N, dtype=bool)[item].size == owner.N
    if is_for_all and np.size(si_value(value)) == 1:
        return
    raise ModelError(
        f"{variable.name!r} is one value for all {owner.N} elements of {owner.name!r}, not one for"
        f" each\n  set it for all: {owner.name}.{variable.name} = ...; where elements are to"
        " differ, declare it without the flag 'shared', or call the model with an array"
    )


def _is_neutral(value: Any, numbers: NDArray[Any]) -> bool:
    # Zero fits every dimension; whether the user wrote a unit does not matter then.
    return dimension_of(value) is DIMENSIONLESS and numbers.size > 0 and not numbers.any()


def _refuse_dimension(variable: Variable, value: Any) -> None:
    had = unit_phrase(dimension_of(value))
    expected = base_unit_for(variable.dimension)
    shown = repr(value) if np.ndim(si_value(value)) == 0 else "an array"
    raise DimensionMismatchError(
        f"{variable.name!r} cannot be set to {shown}, which has {had}\n"
        f"  expected: {'a number without unit' if expected == '1' else f'a value in {expected}'}"
    )


def _converted(variable: Variable, numbers: NDArray[Any]) -> NDArray[Any]:
    if variable.dtype is DType.BOOLEAN:
        if numbers.dtype.kind != "b" and not np.isin(numbers, (0, 1)).all():
            raise ModelError(f"{variable.name!r} is boolean: it takes True or False")
        return numbers.astype(bool)
    if not variable.dtype.is_float:
        limits = np.iinfo(variable.dtype.numpy)
        if (numbers.dtype.kind == "f" and (numbers != np.trunc(numbers)).any()) or (
            numbers.size and (numbers.min() < limits.min or numbers.max() > limits.max)
        ):
            raise ModelError(
                f"{variable.name!r} is an integer: it takes whole numbers from"
                f" {limits.min} to {limits.max}"
            )
    return numbers.astype(variable.dtype.numpy)


class VariableView:
    """One variable of a group as an array with a unit that reads and writes the group's values.

    Everything that a quantity can do, a view can; beside that it takes expressions as indices and
    as values.

    Examples
    --------
    >>> from eqsim import NeuronGroup, mV
    >>> G = NeuronGroup(4, 'v : volt')
    >>> G.v = '(i - 1)*mV'
    >>> G.v['i > 1'] = 5*mV
    >>> G.v / mV
    array([-1.,  0.,  5.,  5.])
    """

    __slots__ = ("_name", "_owner", "_place", "_unitless")
    __array_priority__ = 1000

    def __init__(self, owner: StateOwner, name: str, *, unitless: bool = False) -> None:
        self._owner = owner
        self._name = name
        self._unitless = unitless
        # What is computed needs the constants of whoever asked for it, also where another
        # package, Matplotlib or a notebook, is the one that looks at the values.
        is_stored = name in owner.variables or name in _FIXED
        self._place = None if is_stored else caller_place()

    @property
    def name(self) -> str:
        """The variable's name."""
        return self._name

    @property
    def owner(self) -> StateOwner:
        """The group that has the variable."""
        return self._owner

    @property
    def dimension(self) -> Dimension:
        """The variable's dimension."""
        return DIMENSIONLESS if self._unitless else self._owner.dimension_of_variable(self._name)

    dim = dimension

    @property
    def unit(self) -> Any:
        """The unit of the dimension that has the value 1; 1 for plain numbers."""
        name = base_unit_for(self.dimension)
        return UNITS[name] if name in UNITS else with_unit(1.0, self.dimension)

    def get(self) -> Any:
        """Return the current values: the group's own memory, not a copy, where there is one."""
        if self._name not in _FIXED:
            recording.ask_for(f"{self._name!r} of {self._owner.name!r}")
        with nullcontext() if self._place is None else seen_from(self._place):
            values = self._owner.read(self._name)
        return values if self._unitless else with_unit(values, self.dimension)

    def __getitem__(self, item: Any) -> Any:
        values = self.get()
        if isinstance(item, tuple) and any(part is None for part in item):
            # Matplotlib asks for one more axis of what it draws: that is an array, no choice.
            return values[item].copy()
        index = self._owner.resolve_index(item, self._name)
        result = values[index] if np.ndim(si_value(values)) else values
        # Slices would show changes made later; what is read is a value.
        return result.copy() if isinstance(result, np.ndarray | Quantity) else result

    def __setitem__(self, item: Any, value: Any) -> None:
        self._owner.write(self._name, item, value, unitless=self._unitless)

    def set(self, value: Any) -> None:
        """Set all values."""
        self[:] = value

    def get_item(self, item: Any) -> Any:
        """Return the values of some elements: what square brackets do, as a function."""
        return self[item]

    def set_item(self, item: Any, value: Any) -> None:
        """Set the values of some elements: what an assignment to square brackets does."""
        self[item] = value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        values = np.asarray(si_value(self.get()), dtype=dtype)
        return values.copy() if copy else values

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return getattr(ufunc, method)(*map(_value, inputs), **options)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        del types
        return function(*_values(args), **{k: _values(v) for k, v in kwargs.items()})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.get(), name)

    def __len__(self) -> int:
        return len(si_value(self.get()))

    def __iter__(self) -> Any:
        return iter(self.get())

    def __repr__(self) -> str:
        return f"<{self._owner.name}.{self._name}: {self.get()!r}>"

    def __str__(self) -> str:
        return str(self.get())

    def __format__(self, spec: str) -> str:
        return format(self.get(), spec)

    def __bool__(self) -> bool:
        return bool(self.get())

    def __float__(self) -> float:
        return float(self.get())

    def __int__(self) -> int:
        return int(self.get())

    def __contains__(self, item: Any) -> bool:
        return item in self.get()

    def __hash__(self) -> int:
        """Be a key of a dictionary: of values to set, by variable."""
        return hash((id(self._owner), self._name))


def _value(argument: Any) -> Any:
    return argument.get() if isinstance(argument, VariableView) else argument


def _values(arguments: Any) -> Any:
    if isinstance(arguments, list | tuple):
        return type(arguments)(_values(argument) for argument in arguments)
    return _value(arguments)


def _binary(function: Callable[[Any, Any], Any]) -> Callable[[VariableView, Any], Any]:
    def method(self: VariableView, other: Any) -> Any:
        return function(self.get(), _value(other))

    return method


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[VariableView, Any], Any]:
    def method(self: VariableView, other: Any) -> Any:
        return function(_value(other), self.get())

    return method


def _unary(function: Callable[[Any], Any]) -> Callable[[VariableView], Any]:
    def method(self: VariableView) -> Any:
        return function(self.get())

    return method


def _in_place(function: Callable[[Any, Any], Any]) -> Callable[[VariableView, Any], VariableView]:
    def method(self: VariableView, other: Any) -> VariableView:
        self[:] = function(self.get(), _value(other))
        return self

    return method


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
for _name in (*_ARITHMETIC, "and_", "or_", "xor"):
    _dunder = _name.strip("_")
    _function = getattr(operator, _name)
    setattr(VariableView, f"__{_dunder}__", _binary(_function))
    setattr(VariableView, f"__r{_dunder}__", _reflected(_function))
    setattr(VariableView, f"__i{_dunder}__", _in_place(_function))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(VariableView, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("neg", "pos", "abs", "invert"):
    setattr(VariableView, f"__{_name}__", _unary(getattr(operator, _name)))
