"""What a user gives for names, values and times to plain numbers, or to errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from eqsim.analysis.rates import System
from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.units import arguments
from eqsim.units.dimensions import SECOND, Dimension, base_unit_for
from eqsim.units.display import unit_phrase
from eqsim.units.quantity import dimension_of, si_value
from eqsim.units.ufuncs import fits_any


def checked_mapping(given: Any, what: str, example: str) -> Mapping[str, Any]:
    """Return what a user gives by names after a look at whether it is a mapping."""
    if not isinstance(given, Mapping):
        raise ModelError(
            f"the {what} must be a dict, not {arguments.shown(given)}\n  for example {example}"
        )
    return given


def checked_resolution(given: Any, least: int = 2, most: int = 10_000) -> int:
    """Return how many points there are along an axis."""
    return arguments.whole(given, "resolution", least, most)


def checked_values(system: System, given: Any) -> np.ndarray:
    """Return a value for each free variable, in SI units, from what a user gives for a state."""
    state = checked_mapping(given, "values of variables", "{'v': 0.5}")
    for name in state:
        if name not in system.variables:
            raise ModelError(
                message(
                    f"{name!r} is no free variable of {system.name!r}",
                    f"free are: {', '.join(system.variables)}",
                    did_you_mean(str(name), system.variables),
                )
            )
    missing = [name for name in system.variables if name not in state]
    if missing:
        raise ModelError(
            f"the state has no value for {', '.join(map(repr, missing))}\n"
            f"  it needs one for each of {', '.join(system.variables)}"
        )
    return np.array(
        [
            checked_number(name, state[name], "the value of", dimension)
            for name, dimension in zip(system.variables, system.dimensions, strict=True)
        ]
    )


def checked_choice(name: Any, known: Collection[str], what: str, owner: str) -> None:
    """Raise if a name is none of those that there are."""
    if not isinstance(name, str) or name not in known:
        raise ModelError(
            message(
                f"{owner!r} has no {what} {arguments.shown(name)}",
                did_you_mean(str(name), known),
                f"its {what}s: {', '.join(known) or 'none'}",
            )
        )


def checked_time(given: Any, what: str) -> float:
    """Return a time other than zero in seconds from what a user gives."""
    seconds = checked_number(what, given, "the", SECOND)
    if seconds == 0:
        raise ModelError(f"the {what} is zero\n  expected a time such as 100*ms")
    return seconds


def checked_number(name: str, value: Any, what: str, expected: Dimension) -> float:
    """Return a value in SI units after a look at whether it can be one."""
    number, given = si_value(value), dimension_of(value)
    shown = f"{what} {name!r}" if what != "the" else f"the {name}"
    kind = np.asarray(number).dtype.kind
    if np.ndim(number) != 0 or kind not in "biuf":
        raise ModelError(
            f"{shown} is {arguments.shown(value)}\n  expected a single number or quantity"
        )
    number = float(number)
    if not np.isfinite(number):
        raise ModelError(f"{shown} is {value}\n  expected a finite value")
    if given is not expected and not (fits_any(number) and not hasattr(value, "dimension")):
        raise DimensionMismatchError(
            f"{shown} has {unit_phrase(given)}: {value}\n  expected: {_unit_text(expected)}"
        )
    return number


def _unit_text(dimension: Dimension) -> str:
    unit = base_unit_for(dimension)
    return "a number without unit" if unit == "1" else f"a value in {unit}"
