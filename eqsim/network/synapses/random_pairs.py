"""Which columns of which rows are chosen: all, or each with a probability.

A row is one element, its columns are the partners that it may have. Rows are gone through in
order, and the columns of a row in order. Where a column is chosen with a probability, the time
taken is proportional to what is chosen: what is not chosen is skipped over. How many columns are
handled at a time makes no difference to the result, because the numbers of every stream are used
one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eqsim.build.machine import usable_processors
from eqsim.network.synapses.uniforms import Purpose, Uniforms
from eqsim.runtime.choosing import Rows, Trials, choose_all
from eqsim.targets.numpy import mathematics

Whole = NDArray[np.int64]
Chosen = tuple[Whole, Whole]
"""Numbers of rows, which ascend, and for each the number of a column."""

Portion = Callable[[], int]
"""Tells how many columns are to be handled at a time."""

_WORK_OF_THREAD = 1 << 16
"""So many chosen columns pay for a thread."""


def threads_for(n: float) -> int:
    """Return how many threads choose so many columns."""
    return max(min(usable_processors(), int(n // _WORK_OF_THREAD)), 1)


class Selection(Protocol):
    """Chooses columns of rows."""

    def chosen(self, lengths: Whole, parameter: NDArray[Any]) -> Iterator[Chosen]:
        """Yield what is chosen of the next rows, in portions.

        Parameters
        ----------
        lengths : ndarray of int64
            How many columns each row has.
        parameter : ndarray
            A number for each row: its probability, or how many of its columns are chosen.
        """
        ...


def groups(work: NDArray[Any], portion: Portion) -> Iterator[tuple[int, int]]:
    """Yield the first and one past the last of neighbouring rows that make up one portion.

    Parameters
    ----------
    work : ndarray
        How much there is to do in each row.
    portion : callable
        How much is done at a time; a row that has more is alone in its group.

    Examples
    --------
    >>> list(groups(np.array([3, 3, 50, 0, 0]), lambda: 10))
    [(0, 2), (2, 3), (3, 5)]
    """
    # One for each row, so that rows without work are not without limit.
    ends = np.cumsum(work + 1)
    first, before = 0, 0
    while first < len(ends):
        stop = int(np.searchsorted(ends, before + portion(), side="right"))
        stop = max(stop, first + 1)
        yield first, stop
        first, before = stop, ends[stop - 1]


def windows(length: int, width: Portion) -> Iterator[tuple[int, int]]:
    """Yield the first and one past the last column of parts of a row.

    Examples
    --------
    >>> list(windows(5, lambda: 2))
    [(0, 2), (2, 4), (4, 5)]
    """
    first = 0
    while first < length:
        stop = min(first + width(), length)
        yield first, stop
        first = stop


class All:
    """Chooses all columns.

    Parameters
    ----------
    portion : callable
        How many columns are handled at a time.

    Examples
    --------
    >>> for rows, columns in All(lambda: 5).chosen(np.array([2, 0, 3])):
    ...     print(rows, columns)
    [0 0] [0 1]
    [2 2 2] [0 1 2]
    """

    def __init__(self, portion: Portion) -> None:
        self._portion = portion

    def chosen(self, lengths: Whole, parameter: NDArray[Any] | None = None) -> Iterator[Chosen]:
        """Yield all columns of the next rows; there is no parameter."""
        del parameter
        for first, stop in groups(lengths, self._portion):
            if stop - first == 1:
                for begin, end in windows(int(lengths[first]), self._portion):
                    yield np.full(end - begin, first), np.arange(begin, end)
            else:
                yield _spread(first, lengths[first:stop])


def _spread(first: int, lengths: Whole) -> Chosen:
    rows = np.repeat(np.arange(first, first + len(lengths)), lengths)
    columns = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return rows, columns


class Successes:
    """Numbers of the successful ones in a series of independent trials.

    Failures cost nothing: the gap to the next success has a geometric distribution, which is an
    exponential one rounded down.

    Parameters
    ----------
    probability : float
        That one trial succeeds, from 0 to 1.
    uniforms : Uniforms
        The stream that chance comes from.

    References
    ----------
    Devroye, L. (1986). Non-Uniform Random Variate Generation. Springer, chapter X.2.
    doi:10.1007/978-1-4613-8643-8

    Examples
    --------
    >>> trials = Successes(0.1, Uniforms(1, Purpose.SKIP))
    >>> early, late = trials.before(20), trials.before(1000)
    >>> early, len(early) + len(late)
    (array([ 1, 10, 11]), 121)
    """

    def __init__(self, probability: float, uniforms: Uniforms) -> None:
        self._probability = probability
        self._trials: Trials | None = None
        self._done = 0
        if 0.0 < probability < 1.0:
            rate = float(-mathematics.log1p(np.float64(-probability)))
            self._trials = Trials(*uniforms.keys, rate)

    def before(self, limit: int) -> Whole:
        """Return the successes with numbers below ``limit`` that were not returned before."""
        first, self._done = self._done, max(self._done, limit)
        columns, _ = self.of(np.array([self._done - first]))
        return columns + first

    def of(self, lengths: Whole) -> tuple[Whole, Whole]:
        """Return the successes among the next trials, which are the columns of some rows.

        Returns
        -------
        columns : ndarray of int64
            The columns that succeed, row by row.
        counts : ndarray of int64
            How many of each row do.
        """
        rows = Rows(lengths)
        if self._trials is None:
            columns = np.empty(rows.columns if self._probability else 0, dtype=np.int64)
            if len(columns):
                choose_all(rows, columns, threads_for(rows.columns))
            return columns, lengths if self._probability else np.zeros_like(lengths)
        expected = self._probability * rows.columns
        # Almost always enough; otherwise there is space for more and the trials are made again.
        room = int(expected + 6.0 * math.sqrt(expected)) + 16
        while True:
            columns = np.empty(room, dtype=np.int64)
            counts = self._trials.choose(rows, columns, threads_for(expected))
            if counts is not None:
                return columns[: counts.sum()], counts
            room *= 2


@dataclass(slots=True)
class _Trials:
    """Rows of one probability, or of similar ones, as one series of trials."""

    successes: Successes
    bound: float
    accepting: Uniforms | None

    def found(self, lengths: Whole, probabilities: NDArray[np.float64]) -> Chosen:
        """Return the successes in the next rows."""
        columns, counts = self.successes.of(lengths)
        rows = np.repeat(np.arange(len(lengths)), counts)
        if self.accepting is None:
            return rows, columns
        accepted = self.accepting.numbers(len(rows)) * self.bound < probabilities[rows]
        return rows[accepted], columns[accepted]


class ByChance:
    """Chooses each column with the probability of its row, independently of the others.

    Rows of one probability are one series of trials. Where rows differ, those with probabilities
    from half of a power of two up to it are one series with that power, and of its successes
    at least every second one is kept.

    Parameters
    ----------
    key : int
        The key of everything random.
    probability : float or None
        The probability, if it is the same in all rows.
    portion : callable
        How many columns are chosen at a time.

    Examples
    --------
    >>> chance = ByChance(3, None, lambda: 100)
    >>> ((rows, columns),) = chance.chosen(np.array([4, 2, 3]), np.array([0.5, 0.0, 1.0]))
    >>> rows, columns
    (array([0, 2, 2, 2]), array([3, 0, 1, 2]))
    """

    def __init__(self, key: int, probability: float | None, portion: Portion) -> None:
        self._key = key
        self._portion = portion
        self._series: dict[int, _Trials] = {}
        self._common: _Trials | None = None
        if probability is not None:
            successes = Successes(probability, Uniforms(key, Purpose.SKIP))
            self._common = _Trials(successes, probability, None)

    def chosen(self, lengths: Whole, parameter: NDArray[Any]) -> Iterator[Chosen]:
        """Yield the columns chosen of the next rows; the parameter is their probability."""
        for first, stop in groups(lengths * parameter, self._portion):
            part = slice(first, stop)
            if stop - first > 1:
                rows, columns = self._found(lengths[part], parameter[part])
                rows += first
                yield rows, columns
            elif parameter[first] > 0.0:
                yield from self._in_windows(first, int(lengths[first]), parameter[part])

    def _in_windows(
        self, row: int, length: int, probability: NDArray[np.float64]
    ) -> Iterator[Chosen]:
        def width() -> int:
            return int(min(self._portion() / probability[0], 2.0**62)) + 1

        for begin, end in windows(length, width):
            rows, columns = self._found(np.array([end - begin]), probability)
            rows += row
            columns += begin
            yield rows, columns

    def _found(self, lengths: Whole, probabilities: NDArray[np.float64]) -> Chosen:
        if self._common is not None:
            return self._common.found(lengths, probabilities)
        exponents = np.minimum(np.frexp(probabilities)[1], 0)
        parts = []
        for exponent in np.unique(exponents[probabilities > 0.0]).tolist():
            members = np.flatnonzero((exponents == exponent) & (probabilities > 0.0))
            rows, columns = self._trials(exponent).found(lengths[members], probabilities[members])
            parts.append((members[rows], columns))
        return merged(parts)

    def _trials(self, exponent: int) -> _Trials:
        """Return the series of the rows whose probabilities are at most a power of two."""
        if exponent not in self._series:
            bound = 2.0**exponent
            successes = Successes(bound, Uniforms(self._key, Purpose.SKIP, 1 - exponent))
            accepting = Uniforms(self._key, Purpose.ACCEPT, 1 - exponent)
            self._series[exponent] = _Trials(successes, bound, accepting)
        return self._series[exponent]


def merged(parts: list[Chosen]) -> Chosen:
    """Return what was chosen of different rows as one, in the order of rows."""
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate([rows for rows, _ in parts])
    columns = np.concatenate([columns for _, columns in parts])
    order = np.argsort(rows, kind="stable")
    return rows[order], columns[order]
