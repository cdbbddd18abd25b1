"""Columns of rows, chosen by any number of threads: against NumPy's own streams."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Philox

from eqsim.runtime.choosing import Rows, Samples, Trials, choose_all, grow, rows_ascend
from eqsim.targets.numpy import mathematics

Array = np.ndarray[Any, Any]
PLACES = [(0, 1, 0), (3, 2, 0), (100, -1, 0), (0, 1, 1), (7, 3, 2)]
"""``start``, ``step`` and ``slope``."""

keys = st.integers(0, 2**64 - 1)
threads = st.integers(1, 5)
lengths_of_rows = st.lists(st.integers(0, 60), max_size=30)


def uniforms(key: int, stream: int, n: int) -> Array:
    """The first numbers of a stream, by NumPy."""
    words = Philox(key=np.array([key, stream], dtype=np.uint64)).random_raw(n)
    return np.asarray((words >> np.uint64(11)) * 2.0**-53)


def partners_of(
    chosen: list[list[int]], first: int, place: tuple[int, int, int], without_self: bool
) -> tuple[list[int], list[int]]:
    """What rows with chosen columns should become, by Python's own loops."""
    start, step, slope = place
    found, counts = [], []
    for row, columns in enumerate(chosen, first):
        partners = [start + step * column + slope * row for column in columns]
        partners = [p for p in partners if not (without_self and p == row)]
        found += partners
        counts.append(len(partners))
    return found, counts


@settings(deadline=None)
@given(
    lengths_of_rows, st.integers(0, 20), st.sampled_from(PLACES), st.booleans(), threads,
    st.sampled_from([np.uint16, np.int32, np.int64]),
)  # fmt: skip
def test_all_columns_are_written(
    lengths: list[int], first: int, place: tuple[int, int, int], without: bool, n: int, dtype: Any
) -> None:
    rows = Rows(np.array(lengths, dtype=np.int64), first, *place, without)
    room = np.zeros(sum(lengths), dtype=dtype)
    counts = choose_all(rows, room, n)

    expected = partners_of([list(range(length)) for length in lengths], first, place, without)
    assert (room[: counts.sum()].tolist(), counts.tolist()) == expected


@settings(deadline=None)
@given(
    keys, keys, st.sampled_from([0.001, 0.02, 0.3, 0.9]), lengths_of_rows, st.integers(1, 30),
    st.sampled_from(PLACES), st.booleans(), threads,
)  # fmt: skip
def test_trials_are_those_of_gaps_from_numpys_stream(
    key: int, stream: int, p: float, lengths: list[int], block: int,
    place: tuple[int, int, int], without: bool, n: int,
) -> None:  # fmt: skip
    rate = float(-mathematics.log1p(np.float64(-p)))
    gaps = -mathematics.log(1.0 - uniforms(key, stream, sum(lengths) + 1)) / rate
    successes = np.cumsum(gaps.astype(np.int64) + 1) - 1
    ends = np.cumsum([0, *lengths])
    chosen = [
        (successes[(successes >= begin) & (successes < end)] - begin).tolist()
        for begin, end in itertools.pairwise(ends)
    ]
    trials = Trials(key, stream, rate)
    found: list[int] = []
    counted: list[int] = []
    for first in range(0, len(lengths), block):
        part = np.array(lengths[first : first + block], dtype=np.int64)
        room = np.zeros(int(part.sum()), dtype=np.int32)
        counts = trials.choose(Rows(part, first, *place, without), room, n)
        assert counts is not None
        found += room[: counts.sum()].tolist()
        counted += counts.tolist()

    assert (found, counted) == partners_of(chosen, 0, place, without)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_threads_choose_the_same(n: int) -> None:
    lengths = np.array([70_000, 0, 130_000, 5, 900_000])
    alone, shared = np.zeros(200_000, np.int32), np.zeros(200_000, np.int32)
    counts = Trials(1, 2, 0.1).choose(Rows(lengths), alone, 1)
    again = Trials(1, 2, 0.1).choose(Rows(lengths), shared, n)

    assert counts is not None
    assert again is not None
    assert counts.tolist() == again.tolist()
    assert np.array_equal(alone, shared)


@pytest.mark.parametrize("n", [1, 3])
def test_what_finds_no_room_changes_nothing(n: int) -> None:
    trials, rows = Trials(5, 0, 0.2), Rows(np.array([40_000, 50_000]))
    assert trials.choose(rows, np.zeros(0, np.int32), n) is None
    assert trials.choose(rows, np.zeros(9000, np.int32), n) is None
    assert trials.drawn == 0
    late, early = np.zeros(30_000, np.int32), np.zeros(30_000, np.int32)
    counts = trials.choose(rows, late, n)
    first = Trials(5, 0, 0.2).choose(rows, early, n)

    assert counts is not None
    assert first is not None
    assert counts.tolist() == first.tolist()
    assert np.array_equal(late, early)


@settings(deadline=None)
@given(
    keys, st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), max_size=20),
    st.integers(1, 20), st.booleans(), threads,
)  # fmt: skip
def test_samples_are_columns_that_differ(
    key: int, given_rows: list[tuple[int, float]], block: int, without: bool, n: int
) -> None:
    lengths = np.array([length for length, _ in given_rows], dtype=np.int64)
    sizes = np.array([round(length * part) for length, part in given_rows], dtype=np.int64)
    whole, parts = Samples(key), Samples(key)
    expected = np.zeros(sizes.sum(), np.int64)
    assert whole.choose(Rows(lengths), sizes, expected, 1).tolist() == sizes.tolist()
    parts_of_all = np.split(expected, np.cumsum(sizes))[: len(sizes)]
    chosen = [row.tolist() for row in parts_of_all]
    assert all(sorted(set(row)) == row for row in chosen)
    assert all(0 <= c < length for row, length in zip(chosen, lengths, strict=True) for c in row)

    found: list[int] = []
    counted: list[int] = []
    for first in range(0, len(lengths), block):
        part = slice(first, first + block)
        room = np.zeros(sizes[part].sum(), np.uint16)
        rows = Rows(lengths[part], first, without_self=without)
        counts = parts.choose(rows, sizes[part], room, n)
        found += room[: counts.sum()].tolist()
        counted += counts.tolist()
    assert (found, counted) == partners_of(chosen, 0, (0, 1, 0), without)
    assert whole.drawn == parts.drawn


def test_room_is_checked_before_anything_is_written() -> None:
    room = np.full(9, 7, np.int32)
    with pytest.raises(ValueError, match="there is room for 9 numbers, and 10 are needed"):
        choose_all(Rows(np.array([10])), room, 1)
    with pytest.raises(ValueError, match="there is room for 9 numbers, and 10 are needed"):
        Samples(1).choose(Rows(np.array([20])), np.array([10]), room, 1)
    assert (room == 7).all()


@given(keys, keys, st.integers(2, 30), st.data())
def test_graphs_grow_by_entries_of_numpys_streams(
    key: int, again: int, n: int, data: st.DataObject
) -> None:
    m = data.draw(st.integers(1, n - 1))
    numbers = iter(uniforms(key, 0, m * n).tolist())
    further = iter(uniforms(again, 0, 100_000).tolist())
    older = [0] * m
    entries = [*range(1, m + 1), *older]
    for element in range(m + 1, n):
        chosen = dict.fromkeys(entries[int(next(numbers) * len(entries))] for _ in range(m))
        while len(chosen) < m:
            chosen[entries[int(next(further) * len(entries))]] = None
        older += chosen
        entries += [element] * m + list(chosen)

    assert grow(key, again, n, m).tolist() == older


@given(st.lists(st.lists(st.integers(0, 3), max_size=5), max_size=8), threads)
def test_rows_that_ascend_are_told_from_others(rows: list[list[int]], n: int) -> None:
    begin = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    numbers = np.array([number for row in rows for number in row], dtype=np.uint16)
    assert rows_ascend(numbers, begin, n) == all(sorted(row) == row for row in rows)
