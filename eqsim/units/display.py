"""Values in SI units to text in the unit that suits their size, and the errors of quantities.

Works on bare values and dimensions, below the classes, so that every layer above can name what
it refuses. The units to choose from are put in by :mod:`eqsim.units.names`.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsim.errors import DimensionMismatchError
from eqsim.units.dimensions import (
    DIMENSIONLESS,
    Dimension,
    base_unit_for,
    dimension_factors,
    dimension_name,
)

if TYPE_CHECKING:
    from eqsim.units.unit import Unit

STANDARD_UNITS: dict[Dimension, tuple[Unit, ...]] = {}
"""The units that printing chooses from, for each dimension by rising scale."""

UNITS: dict[str, Unit] = {}
"""Every unit by every name under which a script can use it."""

_SIGNIFICANT_DIGITS = 10
_LONGEST_SHOWN = 40


def magnitude(value: Any) -> float:
    """Return the largest finite absolute value, 0 if there is none."""
    if isinstance(value, np.ndarray):
        finite = np.abs(value[np.isfinite(value)])
        return float(finite.max()) if finite.size else 0.0
    size = abs(value)
    return float(size) if math.isfinite(size) else 0.0


def best_unit_for(value: Any, dimension: Dimension) -> Unit:
    """Return the unit in which the largest value has one to three digits before the point."""
    choices = STANDARD_UNITS.get(dimension)
    if choices is None:
        return coherent_unit(dimension)
    size = magnitude(value)
    if size == 0.0:
        return coherent_unit(dimension)
    # 0.001*(1 - 2e-16) V is still 1 mV to a reader.
    fitting = [unit for unit in choices if size >= unit.value * (1 - 1e-12)]
    return fitting[-1] if fitting else choices[0]


def coherent_unit(dimension: Dimension) -> Unit:
    """Return the unit with scale 1 for a dimension other than that of plain numbers."""
    for unit in STANDARD_UNITS.get(dimension, ()):
        if unit.value == 1.0:
            return unit
    powers = (UNITS[named.code] ** power for named, power in dimension_factors(dimension))
    coherent: Unit = functools.reduce(operator.mul, powers)
    return coherent


def number_text(number: Any) -> str:
    """Return a number as a reader wants it: ten digits, no trailing zeros."""
    if isinstance(number, complex):
        return f"({number_text(number.real)}{number.imag:+.{_SIGNIFICANT_DIGITS}g}j)"
    return f"{number:.{_SIGNIFICANT_DIGITS}g}"


def quantity_text(value: Any, dimension: Dimension) -> str:
    """Return value and best unit: ``10 mV``, ``[10. 20.] mV``."""
    if dimension is DIMENSIONLESS:
        return str(value)
    unit = best_unit_for(value, dimension)
    scaled = value / unit.value
    text = str(scaled) if isinstance(value, np.ndarray) else number_text(scaled)
    return f"{text} {unit.symbol}"


def quantity_code(value: Any, dimension: Dimension) -> str:
    """Return Python code for a value with its best unit: ``10*mV``, ``array([10., 20.])*mV``.

    A scalar is written so that evaluation gives the same number to the last bit; then the
    coherent unit stands in where no decimal times the scale of the best unit does.
    """
    unit = best_unit_for(value, dimension)
    if isinstance(value, np.ndarray):
        return f"{value / unit.value!r}*{unit.name}"
    number = _exact_number(value, unit.value)
    if number is None:
        unit, number = coherent_unit(dimension), _number_code(value)
    return f"{number}*{unit.name}"


def _number_code(number: Any) -> str:
    if isinstance(number, complex):
        return repr(number)
    if math.isfinite(number):
        return repr(number).removesuffix(".0")
    return "nan" if math.isnan(number) else f"{'-' if number < 0 else ''}inf"


def _exact_number(value: Any, scale: float) -> str | None:
    scaled = value / scale
    if isinstance(value, complex) or not math.isfinite(value):
        return _number_code(scaled)
    for digits in range(15, 18):
        text = f"{scaled:.{digits}g}"
        if float(text) * scale == value:
            return _number_code(float(text))
    return None


def shown(value: Any, dimension: Dimension) -> str:
    """Return a value short enough for one line of an error."""
    text = quantity_text(value, dimension).replace("\n", " ")
    if len(text) > _LONGEST_SHOWN:
        kind = "an array" if isinstance(value, np.ndarray) else "a number"
        return f"{kind} in {dimension_name(dimension)}"
    return text


def unit_phrase(dimension: Dimension) -> str:
    """Return which unit something has, as errors say it.

    Examples
    --------
    >>> from eqsim.units.dimensions import SECOND
    >>> unit_phrase(SECOND), unit_phrase(DIMENSIONLESS)
    ('the unit s', 'no unit')
    """
    return "no unit" if dimension is DIMENSIONLESS else f"the unit {dimension_name(dimension)}"


def mismatch(
    operation: str, values: Sequence[Any], dimensions: Sequence[Dimension]
) -> DimensionMismatchError:
    """Return the error for operands of different dimensions, to be raised by the caller."""
    names = " and ".join(dimension_name(d) for d in dimensions)
    lines = [f"{operation} needs equal units, but got {names}"]
    pairs = list(zip(values, dimensions, strict=True))
    lines += [
        f"  {shown(v, d)} has the unit {dimension_name(d)}"
        for v, d in pairs
        if d is not DIMENSIONLESS
    ]
    known = next((d for d in dimensions if d is not DIMENSIONLESS), DIMENSIONLESS)
    lines += [
        f"  {shown(v, d)} has no unit: multiply it by one, for example {base_unit_for(known)}"
        for v, d in pairs
        if d is DIMENSIONLESS
    ]
    return DimensionMismatchError("\n".join(lines))


def needs_number(operation: str, value: Any, dimension: Dimension) -> DimensionMismatchError:
    """Return the error for a quantity where only a number will do."""
    return DimensionMismatchError(
        f"{operation} needs a number without unit, but got {dimension_name(dimension)}\n"
        f"  {shown(value, dimension)} has the unit {dimension_name(dimension)}\n"
        f"  divide it by a unit first, for example by {base_unit_for(dimension)}"
    )
