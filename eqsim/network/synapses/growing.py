"""Arrays that grow in place, so that making synapses needs little more memory than they do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError

MOST_SYNAPSES = 2**31 - 1
"""One object has no more synapses."""

_LEAST = 1024
_FRACTION = 8
"""The space that is added when an array is full is this part of it."""


class Growing:
    """An array to whose end values are added.

    Parameters
    ----------
    dtype : dtype
        Type of the values.
    expected : int
        For how many values there is space at first.

    Examples
    --------
    >>> grown = Growing(np.dtype(np.int32), 0)
    >>> grown.append(np.array([3, 1]), 2)
    >>> grown.append(np.array(7), 3)
    >>> grown.finished()
    array([3, 1, 7, 7, 7], dtype=int32)
    """

    def __init__(self, dtype: np.dtype[Any], expected: int) -> None:
        self._size = 0
        try:
            self._values = np.empty(expected, dtype=dtype)
        except MemoryError:
            raise _no_memory(expected) from None

    def __len__(self) -> int:
        return self._size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        dtype: np.dtype[Any] = self._values.dtype
        return dtype

    def append(self, values: NDArray[Any], n: int) -> None:
        """Add ``n`` values, or one value ``n`` times.

        Raises
        ------
        ModelError
            If there are too many, or there is not enough memory.
        """
        self.room(n)[:n] = values
        self.fill(n)

    def room(self, n: int) -> NDArray[Any]:
        """Return the space after the values, for ``n`` more at least; until there are more.

        Raises
        ------
        ModelError
            If there are too many, or there is not enough memory.
        """
        size = self._size + n
        if size > MOST_SYNAPSES:
            raise too_many()
        if size > len(self._values):
            self._resize(max(size, len(self._values) + len(self._values) // _FRACTION + _LEAST))
        return self._values[self._size :]

    def fill(self, n: int) -> None:
        """Count ``n`` values that were written to :meth:`room`."""
        self._size += n

    def finished(self) -> NDArray[Any]:
        """Return the array; nothing can be added any more."""
        self._resize(self._size)
        return self._values

    def _resize(self, size: int) -> None:
        try:
            # There are no views of it that are still used.
            self._values.resize(size, refcheck=False)
        except MemoryError:
            raise _no_memory(size) from None


def too_many(n: float | None = None) -> ModelError:
    """Return the error for more synapses than an object can have, about ``n`` of them."""
    about = "" if n is None else f": about {n:.3g}"
    return ModelError(
        f"there would be more than 2**31 - 1 synapses{about}\n"
        "  make several Synapses, for parts of the groups"
    )


def _no_memory(n: int) -> ModelError:
    return ModelError(f"there is not enough memory for {n} synapses\n  connect fewer pairs")
