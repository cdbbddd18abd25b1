"""Arithmetic, comparison, indexing, conversion and printing of quantities."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.units import (
    DIMENSIONLESS,
    UNITS,
    Dimension,
    Hz,
    Quantity,
    amp,
    array,
    dimension_of,
    metre,
    ms,
    mV,
    nA,
    nS,
    ohm,
    second,
    si_value,
    uV,
    volt,
)

units = st.sampled_from(sorted(UNITS)).map(UNITS.__getitem__)
moderate = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6)
ARITHMETIC = [operator.add, operator.sub, operator.mod, operator.floordiv]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


# -- properties ---------------------------------------------------------------------------------


@given(moderate, moderate, units)
def test_a_sum_has_the_sum_of_the_values(a, b, unit):
    total = a * unit + b * unit
    assert total.dimension is unit.dimension
    assert total.value == a * unit.value + b * unit.value


@given(moderate, moderate, units, units)
def test_products_and_quotients_multiply_values_and_dimensions(a, b, first, second_unit):
    product = (a * first) * (b * second_unit)
    assert si_value(product) == (a * first.value) * (b * second_unit.value)
    assert dimension_of(product) is first.dimension * second_unit.dimension
    if b:
        quotient = (a * first) / (b * second_unit)
        assert dimension_of(quotient) is first.dimension / second_unit.dimension


@given(st.floats(allow_nan=False), units)
def test_the_code_of_a_quantity_gives_it_back_to_the_last_bit(number, unit):
    q = number * unit
    again = eval(repr(q), {**UNITS, "inf": math.inf, "nan": math.nan})
    assert again.dimension is q.dimension
    assert again.value == q.value


@given(moderate, units)
def test_the_text_is_the_value_in_the_unit_it_names(number, unit):
    q = number * unit
    shown, _ = str(q).split(" ")
    assert float(shown) * q.best_unit.value == pytest.approx(q.value, rel=1e-9)


@given(moderate, units)
def test_equal_quantities_have_equal_hashes(number, unit):
    q, again = number * unit, Quantity(number * unit.value, unit.dimension)
    assert q == again
    assert hash(q) == hash(again)


@given(moderate, units)
def test_copies_and_pickles_are_equal(number, unit):
    q = number * unit
    assert copy.copy(q) == copy.deepcopy(q) == pickle.loads(pickle.dumps(q)) == q


# -- decay --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [10 * mV / volt, mV / volt, (3 * mV) * (2 / volt), (2 * Hz) * second, (3 * mV) ** 0,
     (4 * mV) // mV, np.float64(2) * mV / mV, array([3, 4])[0] * mV / mV],
)  # fmt: skip
def test_a_scalar_without_dimension_is_a_python_float(number):
    assert type(number) is float


def test_an_array_without_dimension_is_an_ndarray():
    ratio = array([1, 2]) * mV / volt
    assert type(ratio) is np.ndarray
    assert ratio == pytest.approx([0.001, 0.002])


def test_a_quantity_without_dimension_cannot_be_made():
    with pytest.raises(ModelError, match="use the plain number"):
        Quantity(3)
    with pytest.raises(ModelError, match="use the plain number"):
        Quantity(3, DIMENSIONLESS)


# -- mismatches ---------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ARITHMETIC + COMPARISONS)
@pytest.mark.parametrize("other", [1, 2.5, np.float64(1), Fraction(1, 2), nA, [1, 2], np.ones(2)])
def test_units_that_differ_raise_and_are_named(operation, other):
    v = 10 * mV
    with pytest.raises(
        DimensionMismatchError, match=r"needs equal units, but got (V and (1|A)|A and V)\n"
    ):
        operation(v, other)
    with pytest.raises(DimensionMismatchError, match=r"needs equal units, but got"):
        operation(other, v)


def test_the_error_names_operation_operands_and_remedy():
    with pytest.raises(DimensionMismatchError) as caught:
        10 * mV + 1
    assert str(caught.value) == (
        "add needs equal units, but got V and 1\n"
        "  10 mV has the unit V\n"
        "  1 has no unit: multiply it by one, for example volt"
    )


@pytest.mark.parametrize("name", ["iadd", "isub"])
def test_a_plain_number_does_not_go_into_a_quantity_in_place(name):
    tau = 10 * ms
    with pytest.raises(DimensionMismatchError, match="s and 1"):
        getattr(operator, name)(tau, 1)
    taus = array([1, 2]) * ms
    with pytest.raises(DimensionMismatchError, match="s and 1"):
        getattr(operator, name)(taus, 1)
    assert taus.tolist() == [1 * ms, 2 * ms]


def test_a_quantity_does_not_go_into_a_plain_array():
    plain = np.ones(2)
    with pytest.raises(DimensionMismatchError, match="add needs equal units"):
        plain += mV
    with pytest.raises(DimensionMismatchError, match="cannot be stored in 1"):
        plain *= mV
    assert plain.tolist() == [1, 1]


@pytest.mark.parametrize("neutral", [0, 0.0, math.inf, -math.inf, math.nan, np.float64(0), False])
def test_zero_infinity_and_nan_fit_every_unit(neutral):
    v = 10 * mV
    for operation in (operator.add, operator.sub, *COMPARISONS):
        expected = operation(v.value, float(neutral))
        np.testing.assert_equal(si_value(operation(v, neutral)), expected)
        np.testing.assert_equal(
            si_value(operation(neutral, v)), operation(float(neutral), v.value)
        )


def test_an_array_of_zeros_fits_and_one_other_number_does_not():
    v = array([1, 2]) * mV
    assert (v + np.zeros(2)).tolist() == v.tolist()
    assert (v < [math.inf, math.nan]).tolist() == [True, False]
    with pytest.raises(DimensionMismatchError):
        v + np.array([0, 1])


def test_a_quantity_that_is_zero_still_has_its_unit():
    with pytest.raises(DimensionMismatchError, match="V and s"):
        0 * mV + 0 * second


def test_other_objects_are_neither_equal_nor_an_error():
    assert (mV == "mV") is False
    assert (mV == None) is False  # noqa: E711
    assert mV != "mV"
    with pytest.raises(TypeError, match="unsupported operand"):
        mV + "mV"


def test_an_object_that_knows_quantities_is_asked():
    class View:
        def __radd__(self, other):
            return "asked"

        __rmul__ = __radd__

    assert 3 * mV + View() == "asked"
    assert 3 * mV * View() == "asked"


# -- powers, division with rest -------------------------------------------------------------------


@pytest.mark.parametrize(
    "exponent", [2, -1, 0.5, 1 / 3, Fraction(1, 3), np.float64(2), np.int64(3)]
)
def test_powers_raise_value_and_dimension(exponent):
    q = (8 * metre) ** exponent
    assert q.dimension is metre.dimension**exponent
    assert q.value == pytest.approx(8 ** float(exponent))
    assert np.power(8 * metre, exponent) == q


def test_a_cube_root_of_a_cube_is_a_length():
    assert ((8 * metre**3) ** (1 / 3)).dimension is metre.dimension


def test_an_exponent_is_a_number_without_unit():
    with pytest.raises(DimensionMismatchError, match=r"exponent of .* without unit, but got V"):
        2 ** (3 * mV)
    with pytest.raises(DimensionMismatchError, match=r"exponent of .* without unit, but got V"):
        (2 * mV) ** (3 * mV)
    with pytest.raises(DimensionMismatchError, match="array of exponents"):
        (2 * mV) ** np.array([1, 2])
    assert 2 ** (mV / uV) == pytest.approx(2.0**1000)


def test_division_with_rest():
    assert (7 * ms) // (2 * ms) == 3.0
    assert ((7 * ms) % (2 * ms)) / ms == pytest.approx(1)
    count, rest = divmod(7 * ms, 2 * ms)
    assert (count, rest.dimension) == (3.0, second.dimension)


# -- numbers of every kind ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", [3, 3.0, np.float64(3), np.int32(3), np.array(3), np.array(3.0), Fraction(3)]
)
def test_scalars_of_every_kind_make_the_same_quantity(number):
    for q in (number * volt, volt * number):
        assert q == 3 * volt
        assert type(q.value) is float
    assert volt / number == volt / 3
    assert number / second == 3 * Hz
    assert type((number / second).value) is float


def test_whole_numbers_become_floats():
    v = np.array([1, 2]) * volt
    assert v.dtype == np.float64
    v += 0.5 * volt
    assert si_value(v).tolist() == [1.5, 2.5]
    assert (array([True, False]) * mV).tolist() == [mV, 0 * mV]
    assert ([1, 2] * volt).tolist() == [volt, 2 * volt]


def test_complex_numbers_keep_their_imaginary_part():
    z = (1 + 2j) * ohm
    assert z.imag == 2 * ohm
    assert abs(z) == math.sqrt(5) * ohm
    assert eval(repr(z), dict(UNITS)) == z


# -- conversions that would lose a unit -----------------------------------------------------------


@pytest.mark.parametrize("conversion", [float, int, complex, round, math.exp, math.floor])
def test_a_conversion_to_a_plain_number_says_to_divide(conversion):
    with pytest.raises(TypeError, match=r"V|must be real"):
        conversion(3 * mV)


def test_float_says_what_to_do():
    with pytest.raises(DimensionMismatchError, match=r"divide it by a unit first, .* volt"):
        float(3 * mV)


@pytest.mark.parametrize("make", [np.array, np.asarray, np.sum, np.mean, np.sqrt, np.stack])
def test_numpy_on_a_list_of_scalar_quantities_raises(make):
    with pytest.raises(DimensionMismatchError, match="lose the unit of 1 mV"):
        make([1 * mV, 2 * mV]) if make is not np.stack else np.array((1 * mV, [2 * mV]), float)


def test_numpy_sees_an_array_in_si_units():
    assert np.asarray(array([1, 2]) * mV).tolist() == [0.001, 0.002]
    q = array([1, 2]) * mV
    assert np.shares_memory(np.asarray(q), q.value)
    assert not np.shares_memory(np.array(q), q.value)


def test_the_si_value_and_dimension_of_whatever_is_given():
    assert si_value([1 * mV, 0, 2 * mV]).tolist() == [0.001, 0.0, 0.002]
    assert si_value([[1 * mV], [2 * mV]]).shape == (2, 1)
    assert dimension_of([[1 * mV], [2 * mV]]) is volt.dimension
    assert type(si_value(3)) is int
    assert si_value(True) is True
    assert dimension_of("text") is DIMENSIONLESS
    with pytest.raises(DimensionMismatchError, match="a list needs equal units"):
        dimension_of([1 * mV, 1 * ms])
    with pytest.raises(DimensionMismatchError, match="a list needs equal units"):
        si_value([1 * mV, 1])


# -- containers -----------------------------------------------------------------------------------


def test_items_slices_and_masks_keep_the_unit():
    v = array([1, 2, 3]) * mV
    assert v[1] == 2 * mV
    assert v[1:].tolist() == [2 * mV, 3 * mV]
    assert v[v > 1.5 * mV].tolist() == [2 * mV, 3 * mV]
    assert v[[0, 2]].shape == (2,)
    assert v[:, None].shape == (3, 1)
    assert list(v) == v.tolist()
    assert len(v) == v.size == 3
    assert 2 * mV in v


def test_assignment_checks_the_unit_and_a_failure_changes_nothing():
    v = array([1.0, 2.0, 3.0]) * mV
    v[1] = 10 * mV
    v[2] = 0
    assert v.tolist() == [1 * mV, 10 * mV, 0 * mV]
    for wrong in (5, 1 * ms, [1, 2, 3]):
        with pytest.raises(DimensionMismatchError, match="assignment needs equal units"):
            v[:] = wrong
    assert v.tolist() == [1 * mV, 10 * mV, 0 * mV]
    v[:2] = [4 * mV, 5 * mV]
    assert v.tolist() == [4 * mV, 5 * mV, 0 * mV]


def test_arrays_change_in_place_and_views_see_it():
    v = array([1.0, 2.0]) * mV
    view, memory = v[:1], v.value
    v += 1 * mV
    v *= 2
    v /= 4
    v -= 0.5 * mV
    assert v.value is memory
    assert view / mV == pytest.approx([0.5])


def test_a_new_unit_in_place_leaves_views_alone():
    v = array([1.0, 2.0]) * mV
    view = v[:1]
    v *= 2 * amp
    assert v.dimension is (volt * amp).dimension
    assert view.tolist() == [1 * mV]


def test_scalars_are_no_containers():
    for use in (len, iter, lambda q: q[0]):
        with pytest.raises(TypeError, match="1 mV is a single quantity, not an array"):
            use(1 * mV)


def test_arrays_have_no_hash_and_no_truth():
    v = array([1.0, 2.0]) * mV
    with pytest.raises(TypeError, match="no hash"):
        hash(v)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(v)
    assert bool(1 * mV)
    assert not 0 * mV


@pytest.mark.parametrize("zero", [0, 0.0, math.inf])
def test_what_equals_a_plain_number_has_its_hash(zero):
    assert zero * mV == zero
    assert hash(zero * mV) == hash(zero)


def test_units_as_keys():
    assert {10 * mV: "a", 10 * ms: "b"}[0.01 * volt] == "a"


# -- methods --------------------------------------------------------------------------------------

MATRIX = [[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]]


@pytest.mark.parametrize(
    ("name", "args", "power"),
    [
        ("sum", (), 1), ("mean", (), 1), ("std", (), 1), ("var", (), 2), ("min", (), 1),
        ("max", (), 1), ("argmin", (), 0), ("argmax", (), 0), ("cumsum", (), 1),
        ("prod", (), 6), ("trace", (), 1), ("diagonal", (), 1), ("sum", (0,), 1),
        ("mean", (1,), 1), ("reshape", (3, 2), 1), ("reshape", ((6,),), 1), ("flatten", (), 1),
        ("ravel", (), 1), ("transpose", (), 1), ("squeeze", (), 1), ("repeat", (2,), 1),
        ("take", ([1, 0],), 1), ("argsort", (), 0), ("any", (), 0), ("all", (), 0),
        ("copy", (), 1), ("conj", (), 1), ("nonzero", (), 0), ("astype", (np.float32,), 1),
        ("view", (), 1), ("item", (2,), 1), ("prod", (0,), 2),
    ],
)  # fmt: skip
def test_methods_of_arrays(name, args, power):
    plain = np.array(MATRIX)
    result = getattr(plain * volt, name)(*args)
    np.testing.assert_array_equal(si_value(result), getattr(plain, name)(*args))
    if power:
        assert result.dimension is volt.dimension**power
    else:
        assert not isinstance(result, Quantity)


def test_attributes_of_arrays():
    q = array(MATRIX) * mV
    assert (q.shape, q.ndim, q.size, q.T.shape, q.dtype) == ((2, 3), 2, 6, (3, 2), np.float64)
    assert (mV.shape, mV.ndim, mV.size) == ((), 0, 1)
    assert next(q.flat) == 3 * mV
    assert q.real.tolist() == q.tolist()
    assert q.tolist()[1][0] == 6 * mV
    assert (3 * mV).tolist() == 3 * mV
    assert q.ptp() / mV == pytest.approx(5)
    assert q.dim is q.dimension


def test_methods_with_units_for_arguments():
    q = array([1.0, 2.0, 3.0]) * mV
    assert q.clip(1.5 * mV, None).tolist() == [1.5 * mV, 2 * mV, 3 * mV]
    assert q.searchsorted(2.5 * mV) == 2
    assert q.dot(q).dimension is (volt**2).dimension
    q.fill(7 * mV)
    assert q.tolist() == [7 * mV] * 3
    with pytest.raises(DimensionMismatchError, match="copyto needs equal units"):
        q.fill(7)
    q[:] = [3 * mV, 1 * mV, 2 * mV]
    q.sort()
    assert q.tolist() == [1 * mV, 2 * mV, 3 * mV]
    with pytest.raises(DimensionMismatchError, match="round needs a number without unit"):
        q.round(1)


def test_a_copy_has_its_own_memory():
    q = array([1.0, 2.0]) * mV
    for other in (q.copy(), copy.copy(q), copy.deepcopy(q), q.flatten()):
        assert not np.shares_memory(other.value, q.value)
    assert np.shares_memory(q.ravel().value, q.value)


# -- making ---------------------------------------------------------------------------------------


def test_quantities_from_values_and_dimensions():
    assert Quantity(2, volt.dimension) == 2 * volt
    assert Quantity([1 * mV, 2 * mV]).tolist() == [mV, 2 * mV]
    assert Quantity(3 * mV, volt.dimension) == 3 * mV
    assert Quantity.with_dimensions(2, metre=1) == 2 * metre
    assert Quantity.with_dimensions(2, Dimension.of(metre=2)) == 2 * metre**2
    assert Quantity.with_dimensions(2) == 2
    with pytest.raises(DimensionMismatchError, match="Quantity needs equal units"):
        Quantity(3 * mV, second.dimension)
    with pytest.raises(TypeError, match="not both"):
        Quantity.with_dimensions(2, Dimension.of(metre=2), metre=1)
    assert (3 * mV).has_same_dimensions(volt)


# -- printing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "text", "code"),
    [
        (10 * mV, "10 mV", "10*mV"),
        (-70 * mV, "-70 mV", "-70*mV"),
        (0.1 * mV * 3, "300 uV", "300.00000000000006*uV"),
        (0 * mV, "0 V", "0*volt"),
        (1000 * mV, "1 V", "1*volt"),
        (300 * Hz, "300 Hz", "300*Hz"),
        (1 / ms, "1 kHz", "1*kHz"),
        (20000 * UNITS["umetre"] ** 2, "20000 um^2", "20000*um2"),
        (2 * nS * (3 * mV), "6 pA", "6*pA"),
        (3 * volt / second, "3 V/s", "3*volt/second"),
        (5 * UNITS["mM"], "5 mM", "5*mM"),
        (1.5 * UNITS["kgram"], "1.5 kg", "1.5*kilogram"),
        (100 * UNITS["Mohm"], "100 Mohm", "100*Mohm"),
        (math.inf * mV, "inf V", "inf*volt"),
        (math.nan * mV, "nan V", "nan*volt"),
        (volt / 3, "333.3333333 mV", "333.3333333333333*mV"),
        (array([10, 20]) * mV, "[10. 20.] mV", "array([10., 20.])*mV"),
        (array([0, math.nan]) * mV, "[ 0. nan] V", "array([ 0., nan])*volt"),
        (array([]) * mV, "[] V", "array([], dtype=float64)*volt"),
    ],
)
def test_text_and_code(q, text, code):
    assert str(q) == f"{q}" == text
    assert repr(q) == code == q.in_best_unit(python_code=True)


def test_a_format_applies_to_the_value_in_the_best_unit():
    assert f"{10 * mV:.2f}" == "10.00 mV"
    assert f"{0.00123 * volt:8.3f}" == "   1.230 mV"
    assert f"{mV:>4}" == "  mV"


def test_a_value_in_a_chosen_unit():
    v = 12.345 * mV
    assert v.in_unit(volt) == "0.012345 V"
    assert v.in_unit(uV, precision=1) == "12345.0 uV"
    assert v.in_best_unit() == "12.345 mV"
    assert v.in_best_unit(precision=1) == "12.3 mV"
    assert v.best_unit is mV
    assert (array([1.25, 2]) * mV).in_unit(uV, precision=0) == "[1250. 2000.] uV"
    assert (3 * nS / metre**2).in_unit(nS / UNITS["cm"] ** 2) == "0.0003 nS/cm^2"
    with pytest.raises(DimensionMismatchError, match="in_unit needs equal units, but got V and s"):
        v.in_unit(ms)
    with pytest.raises(TypeError, match="in_unit needs a unit, but got 3"):
        v.in_unit(3)


@pytest.mark.parametrize(
    ("shown", "latex"),
    [
        (3 * mV, r"$3\,\mathrm{mV}$"),
        (-0.07 * volt, r"$-70\,\mathrm{mV}$"),
        (12.5 * uV, r"$12.5\,\mathrm{\mu V}$"),
        (2e6 * ohm, r"$2\,\mathrm{M\Omega}$"),
        (3e-5 * amp / metre**2, r"$3 \times 10^{-5}\,\mathrm{A}\,\mathrm{m}^{-2}$"),
        (np.inf * second, r"$\infty\,\mathrm{s}$"),
        ((1 + 2j) * volt, r"$(1+2j)\,\mathrm{V}$"),
        (mV, r"$\mathrm{mV}$"),
        (nS / second**2, r"$\mathrm{nS}\,\mathrm{s}^{-2}$"),
        (second**-0.5, r"$\mathrm{s}^{-1/2}$"),
        ([1, 2] * mV, None),
        (array([3]) * mV, None),
    ],
    ids=str,
)
def test_notebooks_show_scalars_and_units_as_mathematics_and_arrays_as_text(shown, latex):
    assert shown._repr_latex_() == latex
