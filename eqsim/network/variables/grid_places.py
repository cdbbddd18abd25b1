"""Elements of a group with a shape, chosen by where they are on its grid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError
from eqsim.units.arguments import shown
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.quantity import dimension_of


def is_place(item: Any, shape: tuple[int, ...]) -> bool:
    """Return whether an index says where on a grid: by one index for each of several axes.

    Examples
    --------
    >>> is_place((0, 1), (10, 10)), is_place([0, 1], (10, 10)), is_place((0, 1), (10,))
    (True, False, False)
    """
    return isinstance(item, tuple) and len(item) > 1 and len(shape) > 1


def numbers_at(item: tuple[Any, ...], shape: tuple[int, ...], name: str) -> NDArray[np.int64]:
    """Return the numbers of the elements at places of a grid, which count row by row.

    Parameters
    ----------
    item : tuple
        An index, a slice or an array for each axis, as NumPy takes them.
    shape : tuple of int
        The elements along each axis.
    name : str
        Of the group, for messages.

    Returns
    -------
    ndarray
        In the shape of what is chosen; shape () for one element.

    Raises
    ------
    IndexError
        If an element does not exist.
    DimensionMismatchError
        If an index has a unit.

    Examples
    --------
    >>> numbers_at((1, slice(None)), (2, 3), 'G')
    array([3, 4, 5])
    """
    if any(not isinstance(part, slice | str) and _has_unit(part) for part in item):
        raise DimensionMismatchError(
            f"an index has no unit, as one of {shown(item)} has\n"
            "  expected: for each axis a number, a slice, or an array of numbers"
        )
    try:
        return np.asarray(np.arange(math.prod(shape)).reshape(shape)[item])
    except (IndexError, OverflowError, TypeError, ValueError):
        raise IndexError(
            f"{item!r} is no place on {name!r}, a grid of shape {shape}\n"
            "  expected: for each axis a number below its length, a slice or an array of numbers;"
            " or one index of an element, counted row by row"
        ) from None


def _has_unit(part: Any) -> bool:
    return dimension_of(part) is not DIMENSIONLESS
