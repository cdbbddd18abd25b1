"""Choosing columns of rows at random: laws of chance, and that portions change nothing."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from eqsim.network.synapses.random_pairs import All, ByChance, Selection, Successes, groups
from eqsim.network.synapses.samples import BySize, hypergeometric
from eqsim.network.synapses.uniforms import Purpose, Uniforms

Array = np.ndarray[Any, Any]


def chosen(selection: Selection, lengths: Array, parameter: Array, block: int) -> list[Any]:
    """All that is chosen, with so many rows asked for at a time."""
    found: list[Any] = []
    for first in range(0, len(lengths), block):
        part = slice(first, first + block)
        for rows, columns in selection.chosen(lengths[part], parameter[part]):
            found += zip((rows + first).tolist(), columns.tolist(), strict=True)
    return found


@settings(deadline=None)
@given(
    st.integers(0, 2**64 - 1),
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([0.0, 0.01, 0.25, 0.3, 0.5, 0.9, 1.0])),
        max_size=20,
    ),
    st.integers(1, 50),
    st.integers(1, 10),
)
def test_portions_and_blocks_change_nothing(
    key: int, rows: list[tuple[int, float]], portion: int, block: int
) -> None:
    lengths = np.array([length for length, _ in rows], dtype=np.int64)
    p = np.array([p for _, p in rows], dtype=np.float64)
    sizes = (lengths * p).astype(np.int64)
    common = np.full(len(rows), 0.3)
    for make, parameter in (
        (lambda n: All(lambda: n), p),
        (lambda n: ByChance(key, None, lambda: n), p),
        (lambda n: ByChance(key, 0.3, lambda: n), common),
        (lambda n: BySize(key, lambda: n), sizes),
    ):
        whole = chosen(make(1000), lengths, parameter, max(len(rows), 1))
        assert chosen(make(portion), lengths, parameter, block) == whole
        assert whole == sorted(set(whole))
        assert all(0 <= column < lengths[row] for row, column in whole)


@given(st.lists(st.integers(0, 30), max_size=30), st.integers(1, 40))
def test_groups_are_neighbours_with_a_portion_of_work(work: list[int], portion: int) -> None:
    found = list(groups(np.array(work, dtype=np.int64), lambda: portion))

    assert [first for first, _ in found] == [0, *(stop for _, stop in found)][: len(found)]
    assert not work or found[-1][1] == len(work)
    for first, stop in found:
        assert stop - first == 1 or sum(work[first:stop]) + stop - first <= portion


@pytest.mark.parametrize("p", [0.003, 0.1, 0.5, 0.7, 0.98])
def test_gaps_between_successes_are_geometric(p: float) -> None:
    numbers = Successes(p, Uniforms(1, Purpose.SKIP)).before(int(20_000 / p))
    gaps = np.diff(numbers)
    most = int(np.ceil(stats.geom.ppf(1 - 20 / len(gaps), p)))
    observed = np.bincount(np.minimum(gaps, most + 1), minlength=most + 2)[1:]
    probabilities = [*stats.geom.pmf(np.arange(1, most + 1), p), stats.geom.sf(most, p)]
    assert abs(len(numbers) - 20_000) < 5 * np.sqrt(20_000 * (1 - p))
    assert stats.chisquare(observed, np.array(probabilities) * len(gaps)).pvalue > 1e-4


@pytest.mark.parametrize("p", [1e-300, 5e-324, 1e-18])
def test_what_hardly_ever_happens_costs_nothing(p: float) -> None:
    assert len(Successes(p, Uniforms(1, Purpose.SKIP)).before(10**12)) == 0


@pytest.mark.parametrize("p", [1.0, 1.0 - 2.0**-53])
def test_what_nearly_always_happens(p: float) -> None:
    successes = Successes(p, Uniforms(1, Purpose.SKIP))
    assert successes.before(5).tolist() == [0, 1, 2, 3, 4]
    assert successes.before(5).tolist() == []
    assert successes.before(7).tolist() == [5, 6]


@pytest.mark.parametrize("size", [0, 1, 3, 4, 6])
def test_all_samples_are_equally_likely(size: int) -> None:
    n = 6000
    rows = chosen(BySize(7, lambda: 500), np.full(n, 6), np.full(n, size), n)
    samples: dict[int, tuple[int, ...]] = {}
    for row, column in rows:
        samples[row] = (*samples.get(row, ()), column)
    counted = Counter(samples.get(row, ()) for row in range(n))
    possible = list(itertools.combinations(range(6), size))
    assert set(counted) <= set(possible)
    if len(possible) > 1:
        assert stats.chisquare([counted[sample] for sample in possible]).pvalue > 1e-4


@pytest.mark.parametrize(("length", "size"), [(20_000, 6_000), (20_000, 14_000), (9_000, 4_097)])
def test_pieces_of_large_samples_are_equally_likely(length: int, size: int) -> None:
    # How many of the first tenth are chosen has a hypergeometric distribution.
    found = []
    for key in range(150):
        samples = BySize(key, lambda: 5000).chosen(np.array([length]), np.array([size]))
        columns = np.concatenate([part for _, part in samples])
        assert len(columns) == size
        assert (np.diff(columns) > 0).all()
        found.append(int((columns < length // 10).sum()))
    law = stats.hypergeom(length, size, length // 10)
    assert stats.kstest((np.array(found) - law.mean()) / law.std(), "norm").pvalue > 1e-4


@pytest.mark.parametrize(
    ("chosen_", "others", "draws"),
    [(5, 7, 4), (0, 5, 3), (5, 0, 3), (1, 1, 1), (30, 4, 20), (400, 90_000, 2_000), (7, 3, 0)],
)
def test_hypergeometric_numbers_are_the_inverse_of_their_distribution(
    chosen_: int, others: int, draws: int
) -> None:
    law = stats.hypergeom(chosen_ + others, chosen_, draws)
    for k in range(max(0, draws - others), min(draws, chosen_) + 1):
        low, high = law.cdf(k - 1), law.cdf(k)
        if high - low > 1e-9:
            assert hypergeometric(chosen_, others, draws, low + 1e-3 * (high - low)) == k
            assert hypergeometric(chosen_, others, draws, high - 1e-3 * (high - low)) == k


def test_hypergeometric_numbers_of_large_groups_have_the_right_spread() -> None:
    uniforms = Uniforms(3, Purpose.SPLIT).numbers(2000)
    big = 2**30
    found = np.array([hypergeometric(big, big, 10_000, float(u)) for u in uniforms])
    assert stats.kstest((found - 5000) / 50, "norm").pvalue > 1e-4


def test_streams_are_independent_and_do_not_depend_on_how_they_are_read() -> None:
    def numbers(*parts: int, purpose: Purpose = Purpose.PAIR, number: int = 0) -> list[float]:
        stream = Uniforms(11, purpose, number)
        return np.concatenate([stream.numbers(n) for n in parts]).tolist()

    whole = numbers(100)
    assert numbers(1, 2, 30, 67) == whole
    others = [*numbers(100, purpose=Purpose.SKIP), *numbers(100, number=1)]
    assert set(whole).isdisjoint(others)
    assert 0.0 <= min(whole) <= max(whole) < 1.0


def test_numbers_have_their_distributions() -> None:
    stream = Uniforms(2, Purpose.EXPRESSION)
    assert stats.kstest(stream.numbers(20_000), "uniform").pvalue > 1e-4
    assert stats.kstest(stream.exponentials(20_000), "expon").pvalue > 1e-4
    assert stats.kstest(stream.normals(20_000), "norm").pvalue > 1e-4


def test_first_numbers_of_a_stream_never_change() -> None:
    assert Uniforms(1, Purpose.SKIP).numbers(3).tolist() == [
        0.10557180590910131,
        0.6025067978087735,
        0.0015489827768512265,
    ]
