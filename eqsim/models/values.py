"""The values that users give for names of a model, checked before anything is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsim.equations.equations import Equations
from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.network.given_values import given_values
from eqsim.network.timedarray import TimedArray
from eqsim.network.variables import Variable, checked_values, with_unit
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.units.dimensions import Dimension, base_unit_for
from eqsim.units.quantity import dimension_of


@dataclass(frozen=True)
class GivenValue:
    """What a name of a model is set to.

    Parameters
    ----------
    value : Quantity, ndarray, str
        One value, one for each element, or an expression that gives them.
    is_single : bool
        Whether it is one value for all.
    """

    value: Any
    is_single: bool


class EquationsField:
    """The field of a model that takes a text or equations, and gives equations."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._key = f"_{name}"

    def __get__(self, instance: object | None, owner: type) -> Equations:
        if instance is None:  # where a dataclass looks for a default
            raise AttributeError(self._key)
        kept: Equations = instance.__dict__[self._key]
        return kept

    def __set__(self, instance: object, value: Equations | str) -> None:
        equations = value if isinstance(value, Equations) else Equations(value)
        instance.__dict__[self._key] = equations


def resolved(
    model: str, name: str, value: Any, dimension: Dimension, shape: tuple[int, ...]
) -> GivenValue:
    """Return a value that fits elements of a shape.

    Parameters
    ----------
    model, name : str
        Whose name it is, and the name, for messages.
    value : object
        A number, an array, an initializer, another callable of the shape, or an expression.
    dimension : Dimension
        What it must have.
    shape : tuple of int
        The elements along each axis.

    Raises
    ------
    ModelError, DimensionMismatchError
        If it does not fit.
    """
    if isinstance(value, str):
        return GivenValue(value, is_single=False)
    n = int(np.prod(shape))
    made = given_values(value, shape)
    wanted = Variable(name, dimension, DType.FLOAT64, np.zeros(1), Role.PARAMETER)
    try:
        numbers = checked_values(wanted, made, n)
    except (ModelError, DimensionMismatchError) as error:
        raise type(error)(f"{model}: {error}") from None
    return GivenValue(with_unit(numbers, dimension), is_single=numbers.ndim == 0)


_ELSEWHERE = {
    "size": "N", "geometry": "N", "num": "N", "input": "I", "Iext": "I", "conn": "connector",
    "prob": "p", "weight": "g_max", "w": "g_max",
}  # fmt: skip
"""What arguments of models are called in other simulators."""

_OTHER_OBJECTS = {"monitors": "record with a monitor: StateMonitor(group, 'V')"}


def _called_here(name: str, names: Iterable[str]) -> str | None:
    """Return the advice for a name that other simulators have."""
    if name in _OTHER_OBJECTS:
        return _OTHER_OBJECTS[name]
    here = _ELSEWHERE.get(name, name.removesuffix("_initializer"))
    return f"it is called {here!r} here" if here != name and here in names else None


def refuse_unknown(
    model: str,
    given: Iterable[str],
    known: Mapping[str, Iterable[str]],
    arguments: Iterable[str] = (),
) -> None:
    """Refuse names that a model does not have.

    Parameters
    ----------
    model : str
        Its name.
    given : iterable of str
        The names that were given.
    known : mapping of str to iterable of str
        The names that it has, by what they are.
    arguments : iterable of str
        Other arguments that it takes, for advice.

    Raises
    ------
    ModelError
        If one is not among them.
    """
    names = [name for kind in known.values() for name in kind]
    for name in given:
        if name not in names:
            hint = _called_here(name, (*names, *arguments)) or did_you_mean(name, names)
            lines = [f"its {kind}: {', '.join(each)}" for kind, each in known.items() if each]
            raise ModelError(message(f"{model} has no {name!r}", *lines, hint))


def declarations(values: Mapping[str, Any], single: Iterable[str]) -> str:
    """Return the lines that declare parameters: one value for all where one is enough."""
    shared = set(single)
    return "\n".join(
        f"{name} : {base_unit_for(dimension_of(value))}{' (shared)' if name in shared else ''}"
        for name, value in values.items()
    )


def is_over_time(value: Any) -> bool:
    """Return whether a value is an array over time, which the equations are to follow."""
    return isinstance(value, TimedArray)


def shown(value: Any) -> str:
    """Return a default value as a reader wants to see it."""
    return str(value) if isinstance(value, str) else f"{value}"
