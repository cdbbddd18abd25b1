"""Dimensions form a commutative group, are interned, and have readable names."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eqsim.errors import ModelError
from eqsim.units import (
    DIMENSIONLESS,
    UNITS,
    Dimension,
    amp,
    base_unit_for,
    cm,
    dimension_name,
    metre,
    mM,
    ms,
    mV,
    second,
    siemens,
    volt,
)

exponents = st.one_of(
    st.integers(-4, 4), st.fractions(min_value=-3, max_value=3, max_denominator=6)
)
dimensions = st.builds(Dimension, *[exponents] * 7)


@given(dimensions, dimensions, dimensions)
def test_products_are_associative_and_commutative(a, b, c):
    assert (a * b) * c is a * (b * c)
    assert a * b is b * a


@given(dimensions, dimensions)
def test_quotients_undo_products(a, b):
    assert (a * b) / b is a
    assert a / a is DIMENSIONLESS
    assert a * DIMENSIONLESS is a


@given(dimensions, st.integers(1, 6))
def test_roots_undo_powers(a, n):
    assert (a**n) ** Fraction(1, n) is a
    assert (a**n) ** (1 / n) is a
    assert a**0 is DIMENSIONLESS
    assert a**-1 is DIMENSIONLESS / a


@given(dimensions)
def test_copies_and_pickles_are_the_same_object(a):
    assert pickle.loads(pickle.dumps(a)) is a
    assert copy.copy(a) is a
    assert copy.deepcopy(a) is a
    assert eval(repr(a), {"Dimension": Dimension}) is a


@given(dimensions)
def test_the_unit_of_a_declaration_has_the_dimension(a):
    text = base_unit_for(a)
    unit = eval(text, dict(UNITS))
    assert (unit if text == "1" else unit.value) == 1
    assert a is DIMENSIONLESS if text == "1" else unit.dimension is a


@pytest.mark.parametrize(
    ("unit", "name", "code"),
    [
        (volt, "V", "volt"),
        (amp, "A", "amp"),
        (siemens, "S", "siemens"),
        (mV / ms, "V/s", "volt/second"),
        (second**-1, "1/s", "hertz"),
        (amp / metre**2, "A/m^2", "amp/metre**2"),
        (siemens / cm**2, "S/m^2", "siemens/metre**2"),
        (UNITS["uF"] / cm**2, "F/m^2", "farad/metre**2"),
        (UNITS["Mohm"], "ohm", "ohm"),
        (UNITS["ohm"] * cm, "ohm*m", "ohm*metre"),
        (volt**-1, "1/V", "1/volt"),
        (volt**2 / second, "V^2/s", "volt**2/second"),
        (second**-0.5, "1/s^0.5", "1/second**0.5"),
        (volt / second**0.5, "V/s^0.5", "volt/second**0.5"),
        (second ** (1 / 3), "s^(1/3)", "second**(1/3)"),
        (metre**2, "m^2", "metre**2"),
        (metre / second, "m/s", "metre/second"),
        (mM, "mol/m^3", "mM"),
        (UNITS["coulomb"] / UNITS["mole"], "C/mol", "coulomb/mole"),
        (siemens / volt, "S/V", "siemens/volt"),
        (UNITS["watt"], "W", "watt"),
        (amp * second, "C", "coulomb"),
    ],
)
def test_names_are_those_that_a_modeller_writes(unit, name, code):
    assert dimension_name(unit.dimension) == str(unit.dimension) == name
    assert base_unit_for(unit.dimension) == code


def test_numbers_without_unit_are_named_one():
    assert dimension_name(DIMENSIONLESS) == base_unit_for(DIMENSIONLESS) == "1"


def test_base_units_give_dimensions_in_either_spelling():
    assert Dimension.of(meter=1, amp=2, mol=3) is Dimension.of(metre=1, ampere=2, mole=3)


def test_a_base_unit_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="'volt' is not a base unit"):
        Dimension.of(volt=1)


def test_a_dimension_has_seven_exponents():
    with pytest.raises(TypeError, match="7 exponents"):
        Dimension(1, 2)


@pytest.mark.parametrize("exponent", [3.14159265358979, float("nan"), float("inf")])
def test_an_exponent_that_is_no_simple_fraction_is_refused(exponent):
    with pytest.raises(ModelError, match="exponent"):
        volt**exponent
    with pytest.raises(ModelError, match="exponent"):
        (2 * volt) ** exponent
