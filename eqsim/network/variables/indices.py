"""Which of a number of elements an index chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.units.arguments import shown


def chosen_by(item: Any, size: int, owner: str) -> NDArray[np.bool_]:
    """Return an array, of no meaning, in the shape of what an index chooses.

    Parameters
    ----------
    item : object
        What a user wrote in brackets.
    size : int
        How many elements there are.
    owner : str
        Whose, for the message.

    Raises
    ------
    IndexError
        If it is no index for one axis, or an element does not exist.

    Examples
    --------
    >>> chosen_by([0, 2], 3, "G").shape, chosen_by(1, 3, "G").shape
    ((2,), ())
    >>> chosen_by([0, 3], 3, "G")
    Traceback (most recent call last):
        ...
    IndexError: [0, 3] is no index for the 3 elements of 'G'
    """
    try:
        chosen = np.empty(size, dtype=bool)[item]
    except (IndexError, OverflowError, TypeError, ValueError):
        chosen = None
    if chosen is None or np.ndim(chosen) > 1:
        raise IndexError(f"{shown(item)} is no index for the {size} elements of {owner!r}")
    return np.asarray(chosen)
