"""Numbers with a dimension: a value in SI base units together with an interned dimension.

Built by composition, so that arithmetic with scalars costs little more than with floats, and no
NumPy function can lose a unit without being told how to treat it. A result without dimension is a
plain Python number or NumPy array at once.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.units.conversions import Conversions
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for, dimension_name
from eqsim.units.display import (
    mismatch,
    shown,
)
from eqsim.units.methods import ArrayMethods
from eqsim.units.texts import QuantityTexts
from eqsim.units.ufuncs import (
    common_dimension,
    fits_any,
    power_dimension,
    result_dimensions,
)

_new = object.__new__
_ArrayFunction = Callable[..., Any]

ARRAY_FUNCTIONS: dict[Callable[..., Any], _ArrayFunction] = {}
"""NumPy functions that know quantities; filled by :mod:`eqsim.units.array_functions`."""


class Quantity(QuantityTexts, Conversions, ArrayMethods):
    """A number or an array of numbers with a dimension.

    Parameters
    ----------
    value : number, array-like or quantity
        In SI base units, or with a unit of its own, which must then be that of ``dimension``.
    dimension : Dimension, optional
        Needed for plain numbers.

    Attributes
    ----------
    value : float or ndarray
        In SI base units.
    dimension : Dimension
        Never that of plain numbers.

    Raises
    ------
    ModelError
        If there is no dimension: plain numbers need no quantity.
    DimensionMismatchError
        If the value has another dimension than ``dimension``.

    Examples
    --------
    >>> from eqsim.units import mV, ms, volt
    >>> v = 10 * mV
    >>> v / ms, v / mV, v.value
    (10*volt/second, 10.0, 0.01)
    >>> v + 1
    Traceback (most recent call last):
    ...
    eqsim.errors.DimensionMismatchError: add needs equal units, but got V and 1
      10 mV has the unit V
      1 has no unit: multiply it by one, for example volt
    """

    __slots__ = ("dimension", "value")
    __array_priority__ = 1000.0

    value: Any
    dimension: Dimension

    def __init__(
        self, value: Any, dimension: Dimension | None = None, *, dim: Dimension | None = None
    ) -> None:
        own = dimension_of(value)
        si = si_value(value)
        dimension = dim if dimension is None else dimension
        if dimension is None:
            dimension = own
        elif own is not DIMENSIONLESS and own is not dimension:
            raise mismatch("Quantity", (si, 1.0), (own, dimension))
        if dimension is DIMENSIONLESS:
            raise ModelError(
                "a quantity needs a dimension: use the plain number\n"
                "  for example Quantity(2, get_dimensions(volt)) or 2*volt"
            )
        self.value = _floating(si)
        self.dimension = dimension

    @classmethod
    def with_dimensions(
        cls, value: Any, dimension: Dimension | None = None, **exponents: float | Fraction
    ) -> Any:
        """Return a value in SI base units with a dimension, a plain number if it has none.

        Parameters
        ----------
        value : number or array-like
            In SI base units.
        dimension : Dimension, optional
            Instead of exponents.
        **exponents : float or Fraction
            By the names of the base units.

        Examples
        --------
        >>> Quantity.with_dimensions(2, metre=1, second=-1)
        2*metre/second
        """
        if dimension is not None and exponents:
            raise TypeError("give either a dimension or exponents of base units, not both")
        return with_dimension(value, dimension or Dimension.of(**exponents))

    # -- what it is ---------------------------------------------------------------------------

    @property
    def dim(self) -> Dimension:
        """The dimension, by its short name."""
        return self.dimension

    @property
    def dimensions(self) -> Dimension:
        """The dimension, by the name that Brian 2 gives it."""
        return self.dimension

    def has_same_dimensions(self, other: Any) -> bool:
        """Whether ``other`` measures the same."""
        return dimension_of(other) is self.dimension

    # -- Python's own protocols ---------------------------------------------------------------

    def __hash__(self) -> int:
        if isinstance(self.value, np.ndarray):
            raise TypeError("an array of quantities has no hash")
        # 0*mV == 0, so that the hashes must agree.
        return hash(self.value) if fits_any(self.value) else hash((self.value, self.dimension))

    def __bool__(self) -> bool:
        return bool(self.value)

    def __copy__(self) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return quantity, (self.value, self.dimension)

    # -- containers ---------------------------------------------------------------------------

    def _like(self, value: Any) -> Any:
        return quantity(value, self.dimension)

    def _array(self) -> NDArray[Any]:
        if not isinstance(self.value, np.ndarray):
            raise TypeError(f"{self} is a single quantity, not an array")
        return self.value

    def __len__(self) -> int:
        return len(self._array())

    def __iter__(self) -> Iterator[Any]:
        return (quantity(item, self.dimension) for item in self._array())

    def __getitem__(self, index: Any) -> Any:
        return quantity(self._array()[index], self.dimension)

    def __setitem__(self, index: Any, item: Any) -> None:
        self._array()[index] = self.fitting("assignment", item)

    def fitting(self, operation: str, item: Any) -> Any:
        """Return the SI value of ``item`` after a check that it has this dimension."""
        si, dimension = si_value(item), dimension_of(item)
        if dimension is not self.dimension and not (dimension is DIMENSIONLESS and fits_any(si)):
            raise mismatch(operation, (self.value, si), (self.dimension, dimension))
        return si

    # -- arithmetic ---------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Quantity):
            if other.dimension is not self.dimension:
                raise _mismatch("add", self, other)
            return quantity(self.value + other.value, self.dimension)
        if not _is_numeric(other):
            return NotImplemented
        return quantity(self.value + self.fitting("add", other), self.dimension)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, Quantity):
            if other.dimension is not self.dimension:
                raise _mismatch("subtract", self, other)
            return quantity(self.value - other.value, self.dimension)
        if not _is_numeric(other):
            return NotImplemented
        return quantity(self.value - self.fitting("subtract", other), self.dimension)

    def __rsub__(self, other: Any) -> Any:
        if not _is_numeric(other):
            return NotImplemented
        return quantity(self.fitting("subtract", other) - self.value, self.dimension)

    def __mul__(self, other: Any) -> Any:
        if type(other) is float or type(other) is int:
            return quantity(self.value * other, self.dimension)
        if isinstance(other, Quantity):
            return with_dimension(self.value * other.value, self.dimension * other.dimension)
        if not _is_numeric(other):
            return NotImplemented
        return with_dimension(self.value * si_value(other), self.dimension * dimension_of(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if type(other) is float or type(other) is int:
            return quantity(self.value / other, self.dimension)
        if isinstance(other, Quantity):
            return with_dimension(self.value / other.value, self.dimension / other.dimension)
        if not _is_numeric(other):
            return NotImplemented
        return with_dimension(self.value / si_value(other), self.dimension / dimension_of(other))

    def __rtruediv__(self, other: Any) -> Any:
        if not _is_numeric(other):
            return NotImplemented
        return with_dimension(si_value(other) / self.value, dimension_of(other) / self.dimension)

    def __floordiv__(self, other: Any) -> Any:
        return _by_ufunc(np.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _by_ufunc(np.floor_divide, other, self)

    def __mod__(self, other: Any) -> Any:
        return _by_ufunc(np.remainder, self, other)

    def __rmod__(self, other: Any) -> Any:
        return _by_ufunc(np.remainder, other, self)

    def __divmod__(self, other: Any) -> Any:
        return _by_ufunc(np.divmod, self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return _by_ufunc(np.divmod, other, self)

    def __matmul__(self, other: Any) -> Any:
        return _by_ufunc(np.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _by_ufunc(np.matmul, other, self)

    def __pow__(self, exponent: Any) -> Any:
        if not (_is_numeric(exponent) or isinstance(exponent, Quantity)):
            return NotImplemented
        operands = (self.value, si_value(exponent))
        power = power_dimension("**", operands, (self.dimension, dimension_of(exponent)))
        return with_dimension(self.value ** _scalar_float(operands[1]), power)

    def __rpow__(self, base: Any) -> NoReturn:
        raise self._not_a_number("the exponent of **")

    def __neg__(self) -> Any:
        return quantity(-self.value, self.dimension)

    def __pos__(self) -> Any:
        return quantity(+self.value, self.dimension)

    def __abs__(self) -> Any:
        return quantity(abs(self.value), self.dimension)

    # -- arithmetic in place: arrays keep their memory ----------------------------------------

    def __iadd__(self, other: Any) -> Any:
        if not isinstance(self.value, np.ndarray):
            return self + other
        np.add(self.value, self.fitting("add", other), out=self.value)
        return self

    def __isub__(self, other: Any) -> Any:
        if not isinstance(self.value, np.ndarray):
            return self - other
        np.subtract(self.value, self.fitting("subtract", other), out=self.value)
        return self

    def __imul__(self, other: Any) -> Any:
        # A new dimension needs a new object: views of the array keep the old one.
        if not isinstance(self.value, np.ndarray) or dimension_of(other) is not DIMENSIONLESS:
            return self * other
        np.multiply(self.value, si_value(other), out=self.value)
        return self

    def __itruediv__(self, other: Any) -> Any:
        if not isinstance(self.value, np.ndarray) or dimension_of(other) is not DIMENSIONLESS:
            return self / other
        np.divide(self.value, si_value(other), out=self.value)
        return self

    # -- comparisons --------------------------------------------------------------------------

    def __eq__(self, other: object) -> Any:
        return self._compare("==", other, np.equal)

    def __ne__(self, other: object) -> Any:
        return self._compare("!=", other, np.not_equal)

    def __lt__(self, other: Any) -> Any:
        return self._compare("<", other, np.less)

    def __le__(self, other: Any) -> Any:
        return self._compare("<=", other, np.less_equal)

    def __gt__(self, other: Any) -> Any:
        return self._compare(">", other, np.greater)

    def __ge__(self, other: Any) -> Any:
        return self._compare(">=", other, np.greater_equal)

    def _compare(self, operator: str, other: Any, compare: np.ufunc) -> Any:
        if isinstance(other, Quantity):
            if other.dimension is not self.dimension:
                raise _mismatch(operator, self, other)
            si = other.value
        elif _is_numeric(other):
            si = self.fitting(operator, other)
        else:
            return NotImplemented
        result = compare(self.value, si)
        return result if isinstance(result, np.ndarray) else bool(result)

    # -- NumPy's protocols --------------------------------------------------------------------

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        """Let a ufunc work on SI values after a check of the dimensions."""
        # Where a method takes more than operands, they follow: axis or indices.
        count = {"at": 1, "reduceat": 1}.get(method, len(inputs))
        operands = (
            [inputs[0], inputs[2]] if method == "at" and len(inputs) > 2 else [*inputs[:count]]
        )
        values = [si_value(item) for item in operands]
        dims = [dimension_of(item) for item in operands]
        if "initial" in kwargs:
            initial = kwargs["initial"]
            kwargs["initial"] = si_value(initial)
            common_dimension(
                ufunc.__name__, (values[0], kwargs["initial"]), (dims[0], dimension_of(initial))
            )
        results = result_dimensions(ufunc, method, values, dims)
        if method == "at":
            return _apply_at(ufunc, inputs, values, results[0])
        if out is not None:
            _check_output(ufunc.__name__, out, results)
            kwargs["out"] = tuple(si_value(item) for item in out)
        rest = inputs[count:]
        numbers_out = getattr(ufunc, method)(*map(_unfractioned, values), *rest, **kwargs)
        if out is not None:
            return out if len(out) > 1 else out[0]
        if isinstance(numbers_out, tuple):
            pairs = zip(numbers_out, results, strict=True)
            return tuple(with_dimension(number, dim) for number, dim in pairs)
        return with_dimension(numbers_out, results[0])

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        """Call the version of a NumPy function that knows quantities, or refuse."""
        known = ARRAY_FUNCTIONS.get(func)
        if known is None:
            raise DimensionMismatchError(
                f"{func.__module__}.{func.__name__} does not know quantities\n"
                f"  got {shown(self.value, self.dimension)}\n"
                f"  divide by a unit first, for example by {base_unit_for(self.dimension)}, "
                "and multiply the result by its unit"
            )
        return known(func, *args, **kwargs)


def _apply_at(
    ufunc: np.ufunc, inputs: Sequence[Any], values: Sequence[Any], result: Dimension
) -> None:
    if dimension_of(inputs[0]) is not result:
        raise mismatch(f"{ufunc.__name__}.at", (values[0], 1.0), (dimension_of(inputs[0]), result))
    ufunc.at(values[0], inputs[1], *values[1:])


def _check_output(name: str, out: Sequence[Any], results: Sequence[Dimension]) -> None:
    for target, dimension in zip(out, results, strict=False):
        if target is not None and dimension_of(target) is not dimension:
            raise DimensionMismatchError(
                f"{name} gives {dimension_name(dimension)}, "
                f"which cannot be stored in {dimension_name(dimension_of(target))}\n"
                "  write a = a op b instead of a op= b, or give an output with this unit"
            )


def _by_ufunc(ufunc: np.ufunc, left: Any, right: Any) -> Any:
    if all(isinstance(side, Quantity) or _is_numeric(side) for side in (left, right)):
        return ufunc(left, right)
    return NotImplemented


def _mismatch(operation: str, left: Quantity, right: Quantity) -> DimensionMismatchError:
    return mismatch(operation, (left.value, right.value), (left.dimension, right.dimension))


def _is_numeric(item: Any) -> bool:
    return isinstance(item, numbers.Number | np.ndarray | np.generic | list | tuple)


def _scalar_float(exponent: Any) -> Any:
    return float(exponent) if isinstance(exponent, Fraction) else exponent


def _unfractioned(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value


def _floating(value: Any) -> Any:
    """Return a float, a complex number or an array of such."""
    kind = type(value)
    if kind is float or kind is complex:
        return value
    if kind is np.ndarray:
        if value.ndim == 0:
            return _floating(value.item())
        return value if value.dtype.kind in "fc" else value.astype(np.float64)
    if isinstance(value, np.generic):
        return _floating(value.item())
    if isinstance(value, numbers.Real):
        return float(value)
    return _floating(np.asarray(value))


def quantity(value: Any, dimension: Dimension) -> Any:
    """Return a value in SI base units with a dimension other than that of plain numbers."""
    made = _new(Quantity)
    made.value = value if type(value) is float else _floating(value)
    made.dimension = dimension
    return made


def with_dimension(value: Any, dimension: Dimension) -> Any:
    """Return a value in SI base units with a dimension; a plain number or array if it has none.

    Parameters
    ----------
    value : number or ndarray
        In SI base units.
    dimension : Dimension
        What it measures.

    Examples
    --------
    >>> with_dimension(np.float64(2.0), DIMENSIONLESS)
    2.0
    """
    if dimension is not DIMENSIONLESS:
        return quantity(value, dimension)
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    return value


def si_value(x: Any) -> Any:
    """Return the value in SI base units of whatever a user may give.

    Parameters
    ----------
    x : number, array, quantity, or a (nested) list of these
        Everything else goes through :func:`numpy.asarray`.

    Returns
    -------
    float or ndarray
        Plain numbers keep their type.

    Raises
    ------
    DimensionMismatchError
        If the quantities in a list have different dimensions.
    ModelError
        If it is no array, such as lists of different lengths.

    Examples
    --------
    >>> from eqsim.units import mV
    >>> si_value(10 * mV), si_value([1 * mV, 2 * mV]), si_value(3)
    (0.01, array([0.001, 0.002]), 3)
    """
    if isinstance(x, Quantity):
        return x.value
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, numbers.Number | np.ndarray):
        return x
    if isinstance(x, list | tuple) and any(isinstance(y, Quantity | list | tuple) for y in x):
        dimension_of(x)
        x = [si_value(item) for item in x]
    try:
        return np.asarray(x)
    except ValueError:  # NumPy's, for parts of different shapes
        kind = "a list whose parts have different shapes"
        shown = kind if isinstance(x, list | tuple) else type(x).__name__
        raise ModelError(
            f"{shown} is no array of numbers\n"
            "  expected: numbers, or arrays and lists of them in rows of one length"
        ) from None


def si_array(x: Any) -> NDArray[Any]:
    """Return values in SI base units as an array; its type is no number's where there are none.

    Examples
    --------
    >>> si_array([[1, 2], [3]]).dtype
    dtype('O')
    """
    try:
        return np.asarray(si_value(x))
    except ValueError:  # for lists of lists of different lengths
        return np.zeros((), dtype=object)


def dimension_of(x: Any) -> Dimension:
    """Return the dimension of whatever a user may give.

    Parameters
    ----------
    x : number, array, quantity, or a (nested) list of these
        Or any object with an attribute ``dimension``.

    Raises
    ------
    DimensionMismatchError
        If the quantities in a list have different dimensions.

    Examples
    --------
    >>> from eqsim.units import mV
    >>> print(dimension_of([0, 10 * mV]), dimension_of(3))
    V 1
    """
    if isinstance(x, Quantity):
        return x.dimension
    if isinstance(x, numbers.Number | np.ndarray | np.generic):
        return DIMENSIONLESS
    if isinstance(x, list | tuple):
        if not any(isinstance(item, Quantity | list | tuple) for item in x):
            return DIMENSIONLESS
        return common_dimension(
            "a list", [si_value(item) for item in x], [dimension_of(item) for item in x]
        )
    dimension = getattr(x, "dimension", DIMENSIONLESS)
    return dimension if isinstance(dimension, Dimension) else DIMENSIONLESS
