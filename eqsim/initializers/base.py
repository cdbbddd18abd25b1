"""What all initializers do: from a shape to values with a unit, reproducibly."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.randomness import one_key
from eqsim.network.synapses.uniforms import Purpose, Uniforms
from eqsim.network.variables.variables import with_unit
from eqsim.units import arguments
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for
from eqsim.units.quantity import dimension_of

_KEYS = 2**64


class Initializer(ABC):
    """From a shape to values.

    Parameters
    ----------
    dimension : Dimension
        That of the values.
    seed : int, optional
        Gives the same values in each call. Without it they follow from :func:`eqsim.seed`, and
        each call gives others.

    Raises
    ------
    ModelError
        If the seed is no whole number from 0 up to 2**64 - 1.
    """

    def __init__(self, dimension: Dimension = DIMENSIONLESS, seed: int | None = None) -> None:
        is_number = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
        if seed is not None and not (is_number and 0 <= seed < _KEYS):
            raise ModelError(f"a seed is a whole number from 0 up to 2**64 - 1, not {seed!r}")
        self.dimension = dimension
        self.seed = seed

    def __call__(self, shape: int | tuple[int, ...]) -> Any:
        """Return values.

        Parameters
        ----------
        shape : int or tuple of int
            How many, along each axis.

        Returns
        -------
        Quantity or ndarray of float64
            The values, of this shape.

        Raises
        ------
        ModelError
            If this is no shape.
        """
        axes = _axes(shape)
        if self.seed is not None:
            values = self._numbers(math.prod(axes), int(self.seed))
        else:
            with one_key() as key:
                values = self._numbers(math.prod(axes), key)
        return with_unit(values.reshape(axes), self.dimension)

    @abstractmethod
    def _numbers(self, n: int, key: int) -> NDArray[np.float64]:
        """Return ``n`` values in SI units that follow from a key."""

    def __repr__(self) -> str:
        given = ", ".join(
            f"{name}={value!r}" for name, value in self.parameters().items() if value is not None
        )
        return f"{type(self).__name__}({given})"

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Return what it was made with, by name."""


def _axes(shape: Any) -> tuple[int, ...]:
    axes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    for axis in axes:
        is_number = isinstance(axis, int | np.integer) and not isinstance(axis, bool)
        if not is_number or axis < 0:
            raise ModelError(
                f"a shape is a whole number from 0 on, or a tuple of them, not {shape!r}"
            )
    arguments.whole(math.prod(axes), "the number of values")
    return axes


def stream(key: int) -> Uniforms:
    """Return the random numbers that an initializer draws with a key."""
    return Uniforms(key, Purpose.INITIALIZER)


def common_dimension(name: str, **given: Any) -> Dimension:
    """Return the dimension that all parameters of a distribution have; zero fits any.

    Parameters
    ----------
    name : str
        The initializer, for the message.
    **given : number or Quantity
        Its parameters.

    Raises
    ------
    ModelError
        If one is no single finite number.
    DimensionMismatchError
        If they differ.
    """
    found: dict[str, Dimension] = {}
    for parameter, value in given.items():
        number = single_number(name, parameter, value)
        dimension = dimension_of(value)
        if number != 0 or dimension is not DIMENSIONLESS:
            found[parameter] = dimension
    different = dict.fromkeys(found.values())
    if len(different) > 1:
        units = ", ".join(f"{p} in {base_unit_for(d)}" for p, d in found.items())
        raise DimensionMismatchError(
            f"the parameters of {name} have different units: {units}\n"
            "  give all of them the unit of the values"
        )
    return next(iter(different), DIMENSIONLESS)


def single_number(name: str, parameter: str, value: Any) -> float:
    """Return a parameter in SI units.

    Raises
    ------
    ModelError
        If it is no single finite number.
    """
    return arguments.number(value, f"{parameter!r} of {name}", "one finite number")
