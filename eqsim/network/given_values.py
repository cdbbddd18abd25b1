"""Values as users give them: arrays of a grid's shape, and callables that make values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsim.network.lowering.calls import Callee
from eqsim.units.quantity import si_value


def given_values(value: Any, shape: tuple[int, ...]) -> Any:
    """Return values with one axis, from what a user gives for elements of a shape.

    Parameters
    ----------
    value : object
        A number, an array, or a callable that makes one of a shape, such as an initializer.
    shape : tuple of int
        The elements along each axis.

    Returns
    -------
    object
        What was given or made; an array of the shape has one axis, row by row.

    Examples
    --------
    >>> import numpy as np
    >>> given_values(lambda shape: np.ones(shape), (2, 2))
    array([1., 1., 1., 1.])
    """
    if callable(value) and not isinstance(value, Callee):
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
