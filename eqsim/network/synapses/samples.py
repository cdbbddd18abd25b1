"""So many different columns of each row, chosen at random.

The time taken is proportional to what is chosen. Where more than half of a row is chosen, what is
left out is drawn instead. A large sample is taken in parts: a row is cut into pieces, and how much
of the sample falls into each piece is drawn first; so memory is needed for one piece only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.network.synapses.growing import Growing
from eqsim.network.synapses.random_pairs import (
    Chosen,
    Layout,
    Portion,
    Whole,
    groups,
    threads_for,
)
from eqsim.network.synapses.uniforms import Purpose, Uniforms, stream_key
from eqsim.runtime.choosing import Samples

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

    law = None

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

    def write(self, layout: Layout, parameter: NDArray[Any], partners: Growing) -> Whole:
        """Add the partners chosen of the next rows; the parameter is how many are chosen."""
        counts = np.zeros(len(layout.lengths), dtype=np.int64)
        for begin, large in _stretches(parameter):
            small = replace(
                layout, lengths=layout.lengths[begin:large], first=layout.first + begin
            )
            counts[begin:large] = self._written(small, parameter[begin:large], partners)
            if large < len(counts):
                for start, length, size in self._pieces(
                    int(layout.lengths[large]), int(parameter[large])
                ):
                    piece = replace(
                        layout,
                        lengths=np.array([length]),
                        first=layout.first + large,
                        start=layout.start + layout.step * start,
                    )
                    (count,) = self._written(piece, np.array([size]), partners)
                    counts[large] += count
        return counts

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
        partners = Growing(np.dtype(np.int64), int(sizes.sum()))
        counts = self._written(Layout(lengths), sizes, partners)
        return np.repeat(np.arange(len(lengths)), counts), partners.finished()

    def _written(self, layout: Layout, sizes: Whole, partners: Growing) -> Whole:
        """Add samples, each from its row; return how many partners each row has."""
        n = int(sizes.sum())
        counts = self._samples.choose(layout.rows(), sizes, partners.room(n), threads_for(n))
        partners.fill(int(counts.sum()))
        return counts


def _stretches(sizes: Whole) -> Iterator[tuple[int, int]]:
    """Yield where neighbouring small samples begin, and the large one or the end behind them.

    Whether a row is cut depends on its own sample only, so portions change nothing.
    """
    begin = 0
    for large in [*np.flatnonzero(sizes > _LARGEST_PIECE).tolist(), len(sizes)]:
        yield begin, large
        begin = large + 1


def hypergeometric(chosen: int, others: int, draws: int, uniform: float) -> int:
    """Return how many chosen things are among those drawn without replacement.

    Parameters
    ----------
    chosen, others : int
        How many things are chosen and how many are not.
    draws : int
        How many of them all are drawn.
    uniform : float
        A random number in [0, 1), which is turned into the result by inversion.

    Notes
    -----
    Probabilities follow from their ratios to that of the most likely result. Beyond twelve
    standard deviations they are taken for 0; they are below 1e-30 there.

    Examples
    --------
    >>> hypergeometric(5, 5, 10, 0.3), hypergeometric(50, 50, 20, 0.5)
    (5, 10)
    """
    total = chosen + others
    least, most = max(0, draws - others), min(draws, chosen)
    mode = (draws + 1) * (chosen + 1) // (total + 2)
    share = chosen / total if total else 0.0
    spread = math.sqrt(draws * share * (1.0 - share)) * 12.0 + 40.0
    first, last = max(least, mode - int(spread)), min(most, mode + int(spread))
    up, down = np.arange(mode, last, dtype=float), np.arange(mode, first, -1, dtype=float)
    above = (chosen - up) * (draws - up) / ((up + 1.0) * (others - draws + up + 1.0))
    below = down * (others - draws + down) / ((chosen - down + 1.0) * (draws - down + 1.0))
    weights = np.concatenate([np.cumprod(below)[::-1], [1.0], np.cumprod(above)])
    sums = np.cumsum(weights)
    return first + int(np.searchsorted(sums, uniform * sums[-1], side="right"))
