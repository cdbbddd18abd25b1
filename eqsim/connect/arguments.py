"""What connectors are given, checked."""

from __future__ import annotations

from typing import Any

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.units import arguments
from eqsim.units.dimensions import DIMENSIONLESS, dimension_name
from eqsim.units.quantity import dimension_of


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
    return arguments.number(value, f"{what} of {of}")


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
    return arguments.whole(value, f"{what} of {of}", least)


def flag(value: Any, what: str, of: str) -> bool:
    """Return a truth value."""
    return arguments.flag(value, f"{what} of {of}")


def unit(value: Any, of: str) -> Any:
    """Return the unit of weights that have none: one finite quantity, or a number."""
    arguments.number(value, f"unit of {of}", "a unit such as nS")
    return value
