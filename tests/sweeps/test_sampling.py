"""Spaces of parameters: which points they have, in which units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim import ms, mV, sampling
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.sweeps.sampling import space_of


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_a_grid_has_all_combinations_in_order(sizes):
    axes = {f"p{k}": list(range(size)) for k, size in enumerate(sizes)}

    space = sampling.grid(axes)

    assert len(space) == np.prod(sizes)
    expected = list(np.ndindex(*sizes))
    assert [tuple(space.point(k).values()) for k in range(len(space))] == expected
    assert space.shape == {name: len(values) for name, values in axes.items()}


@settings(deadline=None, max_examples=20)
@given(n=st.integers(1, 40), seed=st.integers(0, 99))
@pytest.mark.parametrize("draw", [sampling.random, sampling.latin_hypercube, sampling.sobol])
def test_samples_stay_in_their_ranges_and_repeat(draw, n, seed):
    space = draw(tau=(5 * ms, 10 * ms), v=(-70 * mV, -50 * mV), n=n, seed=seed)

    assert len(space) == n
    assert space.shape == {"point": n}
    tau, v = np.asarray(space.columns["tau"] / ms), np.asarray(space.columns["v"] / mV)
    assert ((tau >= 5) & (tau <= 10)).all()
    assert ((v >= -70.0001) & (v <= -50)).all()
    again = draw(tau=(5 * ms, 10 * ms), v=(-70 * mV, -50 * mV), n=n, seed=seed)
    np.testing.assert_array_equal(tau, np.asarray(again.columns["tau"] / ms))


@pytest.mark.parametrize("n", [1, 7, 16])
def test_a_latin_hypercube_has_one_point_in_each_part(n):
    space = sampling.latin_hypercube(a=(0, 1), b=(0, 1), n=n, seed=3)

    for values in space.columns.values():
        assert sorted(np.floor(values * n).astype(int)) == list(range(n))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2**63 - 1], "int64"),
        ([1, 2**64 - 1], "uint64"),
        ([2**64 - 1, np.uint64(7), np.int8(3)], "uint64"),
        ([-1, 2**63], "float64"),
        ([1, 2.5], "float64"),
        ([True, False], "bool"),
    ],
)
def test_whole_numbers_stay_what_they_are(values, kind):
    column = sampling.grid(seed=values).columns["seed"]
    assert column.dtype == kind
    assert kind == "float64" or column.tolist() == values


def test_spaces_multiply():
    space = sampling.zipped(a=[1, 2], b=[3, 4]) * {"c": [5, 6, 7]}

    assert space.shape == {"point": 6}
    assert space.point(4) == {"a": 2, "b": 4, "c": 6}
    assert (sampling.grid(a=[1]) * {"b": [1, 2]}).shape == {"a": 1, "b": 2}


WRONG = [
    (lambda: sampling.grid({}), "the space of parameters has no parameter"),
    (lambda: sampling.grid(tau=[]), "'tau' has no value: the space is empty"),
    (lambda: sampling.grid(tau=5 * ms), "'tau' needs a list of values, not 5.ms"),
    (lambda: sampling.grid({3: [1]}), "parameters are named by texts such as 'tau'"),
    (lambda: sampling.zipped(a=[1, 2], b=[1]), "not 2 of 'a', 1 of 'b'"),
    (lambda: sampling.points([]), "the space of parameters has no point"),
    (lambda: sampling.points([{"a": 1}, {"b": 1}]), "point 1 has other parameters than point 0"),
    (lambda: sampling.random(a=(0, 1), n=0), "the number of points is a whole number from 1 on"),
    (lambda: sampling.random(a=3, n=2), "the range of 'a' is .lowest, highest., not 3"),
    (lambda: sampling.grid(a=[1]) * {"a": [2]}, "'a' is a parameter of both spaces"),
    (lambda: space_of(7), "a space of parameters is a dict of values, or a list of dicts"),
]


@pytest.mark.parametrize(("make", "message"), WRONG)
def test_wrong_spaces_are_told(make, message):
    with pytest.raises(ModelError, match=message):
        make()


@pytest.mark.parametrize(
    "make",
    [lambda: sampling.grid(a=[1 * ms, 2 * mV]), lambda: sampling.random(a=(1 * ms, 2 * mV), n=2)],
)
def test_values_of_one_parameter_have_one_unit(make):
    with pytest.raises(DimensionMismatchError, match="the values of 'a' have different units"):
        make()
