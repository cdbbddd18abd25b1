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

from eqsim.network.synapses.random_pairs import Chosen, Portion, Whole, groups, merged
from eqsim.network.synapses.uniforms import Purpose, Uniforms

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
        self._key = key
        self._portion = portion
        self._rounds: list[Uniforms] = []
        self._splitting = Uniforms(key, Purpose.SPLIT)

    def chosen(self, lengths: Whole, parameter: NDArray[Any]) -> Iterator[Chosen]:
        """Yield the columns chosen of the next rows; the parameter is how many are chosen."""
        begin = 0
        # Whether a row is cut depends on its own sample only, so portions change nothing.
        for large in [*np.flatnonzero(parameter > _LARGEST_PIECE).tolist(), len(lengths)]:
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
            begin = large + 1

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
        few = np.minimum(sizes, lengths - sizes)
        rows = np.repeat(np.arange(len(lengths)), few)
        columns = self._different(lengths, few) - np.repeat(np.cumsum(lengths) - lengths, few)
        inverted = few < sizes
        if not inverted.any():
            return rows, columns
        plain = ~inverted[rows]
        left_out = rows[~plain], columns[~plain]
        return merged([(rows[plain], columns[plain]), _others(lengths, inverted, left_out)])

    def _different(self, lengths: Whole, sizes: Whole) -> Whole:
        """Return different columns of each row, numbered through all rows, in ascending order.

        Columns are drawn with repetition until there are enough different ones. Each round of
        drawing has a stream of its own, so that it does not matter which rows are drawn together.
        """
        ends = np.cumsum(lengths)
        found = np.zeros(0, dtype=np.int64)
        missing = sizes
        number = 0
        while missing.any():
            rows = np.repeat(np.arange(len(lengths)), missing)
            columns = (self._round(number).numbers(len(rows)) * lengths[rows]).astype(np.int64)
            found = _united(found, np.unique(columns + (ends - lengths)[rows]))
            missing = sizes - np.diff(np.searchsorted(found, ends), prepend=0)
            number += 1
        return found

    def _round(self, number: int) -> Uniforms:
        if number == len(self._rounds):
            self._rounds.append(Uniforms(self._key, Purpose.SAMPLE, number))
        return self._rounds[number]


def _united(found: Whole, new: Whole) -> Whole:
    """Return two ascending series of different numbers as one."""
    if len(found) == 0:
        return new
    places = np.searchsorted(found, new)
    fresh = found[np.minimum(places, len(found) - 1)] != new
    return np.insert(found, places[fresh], new[fresh])


def _others(lengths: Whole, chosen: NDArray[np.bool_], left_out: Chosen) -> Chosen:
    """Return the columns of chosen rows that are not left out."""
    lengths = np.where(chosen, lengths, 0)
    starts = np.cumsum(lengths) - lengths
    is_left = np.ones(int(lengths.sum()), dtype=bool)
    is_left[starts[left_out[0]] + left_out[1]] = False
    kept = np.flatnonzero(is_left)
    rows = np.repeat(np.arange(len(lengths)), lengths)[kept]
    return rows, kept - starts[rows]


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
