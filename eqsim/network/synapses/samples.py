"""So many different columns of each row, chosen at random.

The time taken is proportional to what is chosen. Where more than half of a row is chosen, what is
left out is drawn instead. A large sample is taken in parts: a row is cut into pieces, and how much
of the sample falls into each piece is drawn first; so memory is needed for one piece only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.network.synapses.random_pairs import (
    Chosen,
    Portion,
    Whole,
    groups,
    threads_for,
)
from eqsim.network.synapses.uniforms import Purpose, Uniforms, stream_key
from eqsim.runtime.choosing import Rows, Samples, hypergeometric

_LARGEST_PIECE = 4096


class BySize:
    """Chooses as many columns of each row as are asked for, all sets of them equally likely.

    Parameters
    ----------
    key : int
        The key of everything random.
    portion : callable
        How many columns are chosen at a time.

    Examples
    --------
    >>> samples = BySize(3, lambda: 100)
    >>> ((rows, columns),) = samples.chosen(np.array([9, 2, 5]), np.array([3, 0, 4]))
    >>> rows, columns
    (array([0, 0, 0, 2, 2, 2, 2]), array([4, 7, 8, 0, 1, 3, 4]))
    """

    def __init__(self, key: int, portion: Portion) -> None:
        self._portion = portion
        self._samples = Samples(stream_key(key, Purpose.SAMPLE))
        self._splitting = Uniforms(key, Purpose.SPLIT)

    def chosen(self, lengths: Whole, parameter: NDArray[Any]) -> Iterator[Chosen]:
        """Yield the columns chosen of the next rows; the parameter is how many are chosen."""
        for begin, large in _stretches(parameter):
            for first, stop in groups(parameter[begin:large], self._portion):
                part = slice(begin + first, begin + stop)
                rows, columns = self._drawn(lengths[part], parameter[part])
                yield rows + (begin + first), columns
            if large < len(lengths):
                for start, length, size in self._pieces(
                    int(lengths[large]), int(parameter[large])
                ):
                    _, columns = self._drawn(np.array([length]), np.array([size]))
                    yield np.full(len(columns), large), columns + start

    def _pieces(self, length: int, size: int) -> Iterator[tuple[int, int, int]]:
        """Yield start, length and size of the sample of each piece of a row."""
        start = 0
        for left in range(math.ceil(size / _LARGEST_PIECE), 0, -1):
            piece = length // left
            uniform = float(self._splitting.numbers(1)[0])
            inside = hypergeometric(size, length - size, piece, uniform)
            yield start, piece, inside
            start, length, size = start + piece, length - piece, size - inside

    def _drawn(self, lengths: Whole, sizes: Whole) -> Chosen:
        """Return samples, each from its row."""
        n = int(sizes.sum())
        columns = np.empty(n, dtype=np.int64)
        counts = self._samples.choose(Rows(lengths), sizes, columns, threads_for(n))
        return np.repeat(np.arange(len(lengths)), counts), columns


def _stretches(sizes: Whole) -> Iterator[tuple[int, int]]:
    """Yield where neighbouring small samples begin, and the large one or the end behind them.

    Whether a row is cut depends on its own sample only, so portions change nothing.
    """
    begin = 0
    for large in [*np.flatnonzero(sizes > _LARGEST_PIECE).tolist(), len(sizes)]:
        yield begin, large
        begin = large + 1
