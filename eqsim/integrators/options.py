"""Options of integration methods: what a value may be, and the error if it is something else."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsim.errors import IntegratorError


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a method.

    Parameters
    ----------
    meaning : str
        What it does, in one line.
    expected : str
        What values it takes, in a few words.
    convert : callable
        Returns the value as the method keeps it, or None if it does not fit.
    """

    meaning: str
    expected: str
    convert: Callable[[Any], Any]

    def checked(self, method: str, name: str, value: Any) -> Any:
        """Return a value given by the user as the method keeps it.

        Parameters
        ----------
        method, name : str
            The method and the option, for the message.
        value : object
            What the user gave.

        Raises
        ------
        IntegratorError
            If it does not fit.
        """
        converted = self.convert(value)
        if converted is None:
            raise IntegratorError(
                f"the option {name!r} of {method!r} cannot be {value!r}\n"
                f"  {self.meaning}\n"
                f"  expected: {self.expected}"
            )
        return converted


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _not_negative(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _part(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 < number <= 1 else None


def _count(value: Any) -> int | None:
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return int(value) if is_whole and 1 <= value < 2**31 else None


def _truth(value: Any) -> bool | None:
    return bool(value) if isinstance(value, bool | np.bool_) else None


def tolerance(meaning: str) -> Option:
    """Return an option that takes numbers from 0 on."""
    return Option(meaning, "a number from 0 on, without unit", _not_negative)


def part(meaning: str) -> Option:
    """Return an option that takes numbers above 0, up to 1."""
    return Option(meaning, "a number above 0, up to 1", _part)


def count(meaning: str) -> Option:
    """Return an option that takes whole numbers from 1 on."""
    return Option(meaning, "a whole number from 1 on", _count)


def switch(meaning: str) -> Option:
    """Return an option that is on or off."""
    return Option(meaning, "True or False", _truth)


def tolerances(meaning: str) -> Option:
    """Return an option that takes a tolerance for each of several variables."""
    return Option(meaning, "a dict of variables and values from 0 on", _by_variable)


def _by_variable(value: Any) -> Mapping[str, float] | None:
    if not isinstance(value, Mapping):
        return None
    converted = {name: _not_negative(given) for name, given in value.items()}
    known = {name: given for name, given in converted.items() if given is not None}
    are_names = all(isinstance(name, str) for name in converted)
    return known if are_names and len(known) == len(converted) else None
