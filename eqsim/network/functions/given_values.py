"""Values as users give them: arrays of a grid's shape, and callables that make values."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from eqsim.errors import ModelError
from eqsim.network.functions.calls import Callee
from eqsim.units.quantity import si_value


def given_values(name: str, value: Any, shape: tuple[int, ...]) -> Any:
    """Return values with one axis, from what a user gives for elements of a shape.

    Parameters
    ----------
    name : str
        What they are given for, for messages.
    value : object
        A number, an array, or a callable that makes one of a shape, such as an initializer.
    shape : tuple of int
        The elements along each axis.

    Returns
    -------
    object
        What was given or made; an array of the shape has one axis, row by row.

    Raises
    ------
    ModelError
        If a callable takes no shape.

    Examples
    --------
    >>> import numpy as np
    >>> given_values('x', lambda shape: np.ones(shape), (2, 2))
    array([1., 1., 1., 1.])
    """
    if callable(value) and not isinstance(value, Callee):
        _check_takes_shape(name, value)
        value = value(shape)
    if isinstance(value, str) or len(shape) <= 1:
        return value
    try:
        is_grid = np.shape(si_value(value)) == shape
    except ValueError:  # NumPy's, for lists of lists of different lengths
        return value
    if not is_grid:
        return value
    return (value if hasattr(value, "reshape") else np.asarray(value)).reshape(math.prod(shape))


def _check_takes_shape(name: str, value: Callable[..., Any]) -> None:
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # some callables of extensions do not tell
        return
    try:
        signature.bind(())
    except TypeError:
        called = getattr(value, "__name__", type(value).__name__)
        raise ModelError(
            f"{name!r} is given by the callable {called}{signature}, which cannot be called with"
            " the shape of what it gives values for\n"
            f"  expected: one argument, as in {name} = lambda shape: np.zeros(shape); a value for"
            " all is given without lambda"
        ) from None
