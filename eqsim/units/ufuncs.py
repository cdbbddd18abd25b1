"""The dimension rule of every NumPy ufunc: dimensions of the inputs to those of the outputs.

Works on bare values and dimensions. A ufunc without a rule takes only plain numbers: the
transcendental functions, and rounding, whose result would depend on the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eqsim.units.dimensions import DIMENSIONLESS, Dimension
from eqsim.units.display import mismatch, needs_number

Rule = Callable[[str, Sequence[Any], Sequence[Dimension]], tuple[Dimension, ...]]


def fits_any(value: Any) -> bool:
    """Whether all numbers are 0, inf or nan: these have a meaning in every unit.

    Examples
    --------
    >>> fits_any(0), fits_any(np.array([0.0, np.nan])), fits_any(1.5)
    (True, True, False)
    """
    if type(value) is float or type(value) is int:
        return value == 0 or value - value != 0
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biufc":
        return False
    return not np.any(np.isfinite(numbers) & (numbers != 0))


def common_dimension(
    operation: str, values: Sequence[Any], dimensions: Sequence[Dimension]
) -> Dimension:
    """Return the dimension that all operands share; plain 0, inf and nan share every one.

    Raises
    ------
    DimensionMismatchError
        Naming the operation and the first two operands that differ.
    """
    reference = 0
    for place, dimension in enumerate(dimensions):
        if dimension is not DIMENSIONLESS:
            reference = place
            break
    common = dimensions[reference]
    for place, dimension in enumerate(dimensions):
        if dimension is common:
            continue
        if dimension is DIMENSIONLESS and fits_any(values[place]):
            continue
        first, second = sorted((reference, place))
        raise mismatch(
            operation, (values[first], values[second]), (dimensions[first], dimensions[second])
        )
    return common


def plain_only(
    operation: str, values: Sequence[Any], dimensions: Sequence[Dimension]
) -> tuple[Dimension, ...]:
    """Refuse operands with a unit."""
    for value, dimension in zip(values, dimensions, strict=True):
        if dimension is not DIMENSIONLESS:
            raise needs_number(operation, value, dimension)
    return (DIMENSIONLESS, DIMENSIONLESS)


def _same(name: str, values: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    return (common_dimension(name, values, dims),)


def _compare(name: str, values: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    common_dimension(name, values, dims)
    return (DIMENSIONLESS,)


def _first(name: str, values: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    plain_only(name, values[1:], dims[1:])
    return (dims[0],)


def _copysign(_n: str, _v: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    return (dims[0],)


def _plain(_n: str, _v: Sequence[Any], _d: Sequence[Dimension]) -> tuple[Dimension, ...]:
    return (DIMENSIONLESS,)


def _product(_n: str, _v: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    return (dims[0] * dims[1],)


def _quotient(_n: str, _v: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    return (dims[0] / dims[1],)


def _divmod(name: str, values: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    return (DIMENSIONLESS, common_dimension(name, values, dims))


def _power(name: str, values: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    return (power_dimension(name, values, dims),)


def _heaviside(
    name: str, values: Sequence[Any], dims: Sequence[Dimension]
) -> tuple[Dimension, ...]:
    plain_only(name, values[1:], dims[1:])
    return (DIMENSIONLESS,)


def _to_the(exponent: float) -> Rule:
    def rule(_n: str, _v: Sequence[Any], dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
        return (dims[0] ** exponent,)

    return rule


def power_dimension(
    operation: str, values: Sequence[Any], dimensions: Sequence[Dimension]
) -> Dimension:
    """Return the dimension of the first operand raised to the second.

    Raises
    ------
    DimensionMismatchError
        If the exponent has a unit, or is an array of different numbers under a base with one.
    """
    (base, exponent), (of_base, of_exponent) = values, dimensions
    if of_exponent is not DIMENSIONLESS:
        raise needs_number(f"the exponent of {operation}", exponent, of_exponent)
    if of_base is DIMENSIONLESS:
        return DIMENSIONLESS
    numbers = np.asarray(exponent)
    if numbers.size == 0 or (numbers.size > 1 and np.any(numbers != numbers.flat[0])):
        raise needs_number(f"{operation} with an array of exponents", base, of_base)
    power: float = numbers.flat[0] if numbers.dtype == object else numbers.flat[0].item()
    return of_base**power


_TABLE: tuple[tuple[Rule, str], ...] = (
    (_same, "add subtract maximum minimum fmax fmin hypot remainder fmod nextafter"),
    (_compare, "equal not_equal less less_equal greater greater_equal arctan2 floor_divide"),
    (_first, "negative positive absolute fabs conjugate ldexp spacing"),
    (_copysign, "copysign"),
    (_plain, "isfinite isinf isnan sign signbit"),
    (_plain, "logical_not logical_and logical_or logical_xor"),
    (_product, "multiply matmul vecdot matvec vecmat"),
    (_quotient, "divide"),
    (_divmod, "divmod"),
    (_power, "power float_power"),
    (_to_the(0.5), "sqrt"),
    (_to_the(1 / 3), "cbrt"),
    (_to_the(2), "square"),
    (_to_the(-1), "reciprocal"),
    (_heaviside, "heaviside"),
)
UFUNC_RULES: dict[str, Rule] = {name: rule for rule, names in _TABLE for name in names.split()}

REDUCIBLE = frozenset({"add", "maximum", "minimum", "fmax", "fmin", "hypot"})
REDUCIBLE_TO_PLAIN = frozenset({"logical_and", "logical_or", "logical_xor"})
ACCUMULATING_METHODS = frozenset({"reduce", "accumulate", "reduceat"})


def result_dimensions(
    ufunc: np.ufunc, method: str, values: Sequence[Any], dimensions: Sequence[Dimension]
) -> tuple[Dimension, ...]:
    """Return the dimension of every output of a ufunc.

    Parameters
    ----------
    ufunc : numpy.ufunc
        The function that is called.
    method : str
        ``"__call__"``, ``"outer"``, ``"at"``, ``"reduce"``, ``"accumulate"`` or ``"reduceat"``.
    values, dimensions : sequence
        The operands; for the reductions only the array.

    Raises
    ------
    DimensionMismatchError
        If the dimensions do not suit the function; naming it.
    """
    name = ufunc.__name__
    if method not in ACCUMULATING_METHODS:
        return UFUNC_RULES.get(name, plain_only)(name, values, dimensions)
    if name in REDUCIBLE:
        return (dimensions[0],)
    if name in REDUCIBLE_TO_PLAIN:
        return (DIMENSIONLESS,)
    return plain_only(f"{name}.{method}", values[:1], dimensions[:1])
