"""The values that users give for names of a model, checked before anything is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsim.equations.equations import Equations
from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.models.usual_units import example_of
from eqsim.network.functions.given_values import given_values
from eqsim.network.variables.variables import Variable, checked_values, with_unit
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for
from eqsim.units.quantity import dimension_of, si_value


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
    model: str,
    name: str,
    value: Any,
    dimension: Dimension,
    shape: tuple[int, ...],
    is_input: bool = False,
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
    is_input : bool
        Whether it may follow an array over time.

    Raises
    ------
    ModelError, DimensionMismatchError
        If it does not fit.
    """
    if isinstance(value, str):
        return GivenValue(value, is_single=False)
    n = int(np.prod(shape))
    wanted = Variable(name, dimension, DType.FLOAT64, np.zeros(1), Role.PARAMETER)
    made = value
    try:
        made = given_values(name, value, shape)
        numbers = checked_values(wanted, made, n)
    except (ModelError, DimensionMismatchError) as error:
        advice = _advice(name, made, dimension, shape, is_input=is_input)
        raise type(error)(message(f"{model}: {error}", advice)) from None
    return GivenValue(with_unit(numbers, dimension), is_single=numbers.ndim == 0)


def _advice(
    name: str, value: Any, dimension: Dimension, shape: tuple[int, ...], *, is_input: bool
) -> str | None:
    """Return what to write in place of a value that does not fit, None if that is not known."""
    try:
        numbers = np.asarray(si_value(value))
    except ValueError:  # NumPy's, for lists of lists of different lengths
        return None
    if numbers.dtype.kind not in "biuf":
        return None
    if dimension_of(value) is not dimension:
        if dimension_of(value) is not DIMENSIONLESS:
            return None
        shown = f"{numbers:g}" if numbers.ndim == 0 else "values"
        return f"for example {name}={example_of(shown, dimension)}"
    if is_input and numbers.ndim and numbers.shape not in ((1,), (int(np.prod(shape)),)):
        return (
            f"values over time, a row for each step: {name}=TimedArray(values, dt=...), or what"
            " eqsim.inputs makes, such as ramp_current"
        )
    return None


_ELSEWHERE = {
    "size": "N", "geometry": "N", "num": "N", "input": "I", "Iext": "I", "conn": "connector",
    "prob": "p", "weight": "g_max", "w": "g_max",
}  # fmt: skip
"""What arguments of models are called in other simulators."""

_OTHERWISE = {
    "monitors": "record with a monitor: StateMonitor(group, 'V')",
    "keep_size": "leave it out: a group keeps the shape that it is made with, and group.V[0, 1] is"
    " the value at a place; what it gives has one axis: group.V[:].reshape(group.shape)",
}
"""What other simulators have arguments for, and models here none."""


def _called_here(name: str, names: Iterable[str]) -> str | None:
    """Return the advice for a name that other simulators have."""
    if name in _OTHERWISE:
        return _OTHERWISE[name]
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


def shown(value: Any) -> str:
    """Return a default value as a reader wants to see it."""
    return str(value) if isinstance(value, str) else f"{value}"
