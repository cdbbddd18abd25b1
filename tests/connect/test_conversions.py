"""Forms of connectivity: each says the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eqsim.connect import (
    ij2mat,
    mat2ij,
    post2pre,
    post2syn,
    post_slice_syn,
    pre2post,
    pre2syn,
    pre_slice_syn,
)
from eqsim.errors import ModelError

Pairs = list[tuple[int, int]]
some_pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), max_size=30)


@given(some_pairs)
def test_every_form_says_who_is_connected(pairs: Pairs) -> None:
    i = np.array([a for a, _ in pairs], dtype=int)
    j = np.array([b for _, b in pairs], dtype=int)
    n, m = 6, 8

    matrix = ij2mat(i, j, n, m)
    assert all(matrix[a, b] == pairs.count((a, b)) for a in range(n) for b in range(m))
    assert set(zip(*map(np.ndarray.tolist, mat2ij(matrix)), strict=True)) == set(pairs)
    assert pre2post(i, j, n).lists() == [[b for a, b in pairs if a == k] for k in range(n)]
    assert post2pre(i, j, m).lists() == [[a for a, b in pairs if b == k] for k in range(m)]
    assert pre2syn(i, n).lists() == [np.flatnonzero(i == k).tolist() for k in range(n)]
    assert post2syn(j, m).lists() == [np.flatnonzero(j == k).tolist() for k in range(m)]
    for slices, by, size in (
        (pre_slice_syn(i, j, n), 0, n),
        (post_slice_syn(i, j, m), 1, m),
    ):
        *ends, bounds = slices
        assert sorted(zip(*map(np.ndarray.tolist, ends), strict=True)) == sorted(pairs)
        assert bounds.shape == (size, 2)
        for k, (begin, end) in enumerate(bounds):
            assert (ends[by][begin:end] == k).all()
            assert end - begin == sum(pair[by] == k for pair in pairs)


@given(some_pairs.filter(len))
def test_sizes_are_as_small_as_the_indices_allow(pairs: Pairs) -> None:
    i, j = map(list, zip(*pairs, strict=True))

    assert ij2mat(i, j).shape == (max(i) + 1, max(j) + 1)
    assert len(pre2post(i, j)) == max(i) + 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pre2post([0, 1], [1]),
         "there are 2 sources and 1 targets\n  each pair has one of both"),
        (lambda: pre2post([0, -1], [1, 1]),
         "-1 is no index\n  indices count from 0, up to 2**31 - 2"),
        (lambda: pre2syn([0.5]),
         "indices are whole numbers in a list\n"
         "  these have the shape (1,) and the type float64"),
        (lambda: pre2syn([0, 4], num_pre=4),
         "num_pre = 4 is too small: there is an index 4\n  expected: at least 5"),
        (lambda: pre2syn([0, 4], num_pre="five"),
         "num_pre is 'five'\n  expected: a whole number, at least 0"),
        (lambda: mat2ij([1, 0]),
         "a connectivity matrix has two axes, not the shape (2,)\n"
         "  expected: (num_pre, num_post)"),
    ],
)  # fmt: skip
def test_what_is_no_connectivity_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ModelError) as raised:
        call()

    assert str(raised.value) == message


def test_rows_that_do_not_exist() -> None:
    with pytest.raises(IndexError, match="there is no row 2: rows are numbered 0 to 1"):
        pre2syn([0, 1])[2]
