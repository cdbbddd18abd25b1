"""Values of one name in many runs: what they have in common, and how they become one array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import SweepError

Column = Sequence[NDArray[Any] | None]
"""The values of consecutive runs; None for runs that failed or are not done."""


@dataclass(frozen=True)
class Form:
    """What the values of one name have in common.

    Parameters
    ----------
    unit : str
        The SI unit in which they are.
    is_complex : bool
        Whether they are complex numbers.
    extent : tuple of int
        The longest that they are along each of their own axes.
    """

    unit: str
    is_complex: bool
    extent: tuple[int, ...]

    @property
    def dtype(self) -> str:
        """The type of the array in which they are."""
        return "complex128" if self.is_complex else "float64"

    def joined(self, name: str, other: Form) -> Form:
        """Return the form of both.

        Raises
        ------
        SweepError
            If no array can hold both.
        """
        if self.unit != other.unit:
            one, two = f"in {self.unit}", f"in {other.unit}"
        elif len(self.extent) != len(other.extent):
            one, two = _told(self.extent), _told(other.extent)
        elif self.is_complex != other.is_complex:
            one, two = "complex", "real"
        else:
            return replace(self, extent=tuple(map(max, self.extent, other.extent)))
        first, second = sorted((one, two))
        raise SweepError(
            f"{name!r} of 'record' is {first} in some runs, and {second} in others\n"
            "  let it be the same kind of value in each run"
        )


def _told(extent: tuple[int, ...]) -> str:
    n = len(extent)
    return f"an array with {n} {'axis' if n == 1 else 'axes'}" if n else "a single number"


def padded(
    column: Column, origin: Sequence[int], shape: Sequence[int], dtype: str
) -> NDArray[Any] | None:
    """Return a part of the values of runs as one array, with nan where they have none.

    Parameters
    ----------
    column : sequence of ndarray or None
        The values.
    origin, shape : sequence of int
        Which part, along the axes of a run's own values.
    dtype : str
        The type of the array.

    Returns
    -------
    ndarray or None
        Shape (n_runs, ...); None if no run has a value in that part.

    Examples
    --------
    >>> padded([np.array([1, 2]), np.array([3]), None], (0,), (2,), 'float64')
    array([[ 1.,  2.],
           [ 3., nan],
           [nan, nan]])
    """
    made = np.full((len(column), *shape), np.nan, dtype=dtype)
    part = tuple(slice(at, at + n) for at, n in zip(origin, shape, strict=True))
    is_empty = True
    for place, values in enumerate(column):
        if values is None:
            continue
        cut = values[part]
        if cut.size:
            where: tuple[int | slice, ...] = (place, *(slice(n) for n in cut.shape))
            made[where] = cut
            is_empty = False
    return None if is_empty else made
