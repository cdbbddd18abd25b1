"""What connectors are given, checked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.units.dimensions import DIMENSIONLESS, dimension_name
from eqsim.units.quantity import dimension_of, si_value


def number(value: Any, what: str, of: str) -> float:
    """Return one finite number without unit.

    Parameters
    ----------
    value : object
        What was given.
    what, of : str
        Name of the parameter, and of the connector, for errors.

    Raises
    ------
    ModelError, DimensionMismatchError
        If it is something else.
    """
    if dimension_of(value) is not DIMENSIONLESS:
        raise DimensionMismatchError(
            f"{what} of {of} has the unit {dimension_name(dimension_of(value))}\n"
            "  expected: a number without unit"
        )
    given = si_value(value)
    is_real = isinstance(given, int | float | np.integer | np.floating)
    if isinstance(given, bool) or not is_real or not math.isfinite(given):
        raise ModelError(f"{what} of {of} is {value!r}\n  expected: a finite number")
    return float(given)


def positive(value: Any, what: str, of: str) -> float:
    """Return one number above 0."""
    given = number(value, what, of)
    if given <= 0:
        raise ModelError(f"{what} of {of} is {value!r}\n  expected: a number above 0")
    return given


def probability(value: Any, what: str, of: str) -> float:
    """Return one number from 0 to 1."""
    given = number(value, what, of)
    if not 0.0 <= given <= 1.0:
        raise ModelError(f"{what} of {of} is {value!r}\n  expected: a probability, from 0 to 1")
    return given


def whole(value: Any, what: str, of: str, least: int) -> int:
    """Return a whole number that is not below the least possible."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least:
        raise ModelError(
            f"{what} of {of} is {value!r}\n  expected: a whole number, at least {least}"
        )
    return int(value)


def flag(value: Any, what: str, of: str) -> bool:
    """Return a truth value."""
    if not isinstance(value, bool | np.bool_):
        raise ModelError(f"{what} of {of} is {value!r}\n  expected: True or False")
    return bool(value)
