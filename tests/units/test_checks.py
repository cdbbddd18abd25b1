"""Questions about dimensions and the decorator ``check_units``."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.units import (
    DIMENSIONLESS,
    amp,
    check_units,
    fail_for_dimension_mismatch,
    get_dimensions,
    have_same_dimensions,
    is_dimensionless,
    ms,
    mV,
    nA,
    ohm,
    volt,
)
from eqsim.units.arguments import integral, whole


@check_units(current=amp, resistance=ohm, result=volt)
def drop(current, resistance=2 * ohm):
    return current * resistance


@check_units(x=1, y="z", result=volt**2)
def several(x, y, z=1 * mV):
    return y * z * x


def test_right_units_pass():
    assert drop(3 * amp) == 6 * volt
    assert drop(current=3 * nA, resistance=ohm) == 3 * 1e-9 * volt
    assert drop(np.array([1, 2]) * amp).shape == (2,)


def test_zero_fits_every_argument():
    with pytest.raises(DimensionMismatchError, match="the result"):
        check_units(result=volt)(lambda: 1)()
    assert check_units(v=volt)(lambda v: v)(0) == 0
    assert check_units(v=volt)(lambda v: v)(math.inf) == math.inf
    assert check_units(v=volt)(lambda v: v)(None) is None


def test_a_wrong_argument_is_named_with_its_function():
    with pytest.raises(DimensionMismatchError) as caught:
        drop(3 * mV)
    assert str(caught.value) == (
        "argument 'current' of drop() needs the unit A, but got V\n  got 3 mV\n  give it in amp"
    )


def test_a_number_where_a_unit_is_needed_and_the_other_way_round():
    with pytest.raises(DimensionMismatchError, match="needs the unit A, but got 1"):
        drop(3)
    with pytest.raises(DimensionMismatchError, match=r"'x' .* a number without unit, but got V"):
        several(mV, mV)


def test_a_wrong_result_is_named():
    wrong = check_units(x=volt, result=amp)(lambda x: x)
    with pytest.raises(
        DimensionMismatchError, match=r"the result of <lambda>\(\) needs the unit A"
    ):
        wrong(mV)


def test_truth_values_other_arguments_and_computed_results():
    same = check_units(y="z", flag=bool)(lambda y, z, flag=True: (y, z, flag))
    assert same(mV, volt) == (mV, volt, True)
    with pytest.raises(TypeError, match=r"'flag' .* needs True or False, but got 1"):
        same(mV, volt, 1)
    with pytest.raises(DimensionMismatchError, match=r"'y' .* needs the unit s, but got V"):
        same(mV, ms)
    squared = check_units(x=volt, result=lambda x: x**2)(lambda x: x * x)
    assert squared(2 * volt) == 4 * volt**2


def test_an_unknown_argument_is_refused_at_once():
    with pytest.raises(TypeError, match=r"f\(\) has no argument 'y'\n  it has: x"):

        @check_units(y=volt)
        def f(x):
            return x


def test_name_and_docstring_survive():
    assert drop.__name__ == "drop"


def test_dimensions_are_compared():
    assert get_dimensions(3 * mV) is volt.dimension
    assert get_dimensions(3) is DIMENSIONLESS
    assert is_dimensionless(np.ones(3))
    assert not is_dimensionless([mV])
    assert have_same_dimensions([1 * mV], volt)
    assert not have_same_dimensions(1, volt)


def test_a_mismatch_fails():
    assert fail_for_dimension_mismatch(mV, volt) == (volt.dimension, volt.dimension)
    assert fail_for_dimension_mismatch(mV, 0) == (volt.dimension, DIMENSIONLESS)
    with pytest.raises(DimensionMismatchError, match="equal units, but got V and 1"):
        fail_for_dimension_mismatch(mV)
    with pytest.raises(
        DimensionMismatchError, match=r"^the delay is wrong\n  1 mV has the unit V"
    ):
        fail_for_dimension_mismatch(mV, ms, "the delay is wrong")


@pytest.mark.parametrize("given", [100, 100.0, np.float32(100), np.int8(100), 0.1 * 1000])
def test_sizes_are_whole_numbers_of_any_type(given):
    assert whole(given, "the size") == integral(given) == 100
    assert type(whole(given, "the size")) is int


@pytest.mark.parametrize("given", [2.5, np.nan, np.inf, True, "3", None, -1.0])
def test_what_is_no_size_is_refused(given):
    with pytest.raises(ModelError, match="expected: a whole number, at least 0"):
        whole(given, "the size")
