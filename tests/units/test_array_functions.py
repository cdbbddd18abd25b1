"""NumPy functions and ufuncs: right numbers with the right unit, or an error."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim.errors import DimensionMismatchError
from eqsim.units import (
    DIMENSIONLESS,
    Hz,
    Quantity,
    arange,
    array,
    dimension_of,
    exprel,
    full,
    mA,
    metre,
    ms,
    mV,
    nA,
    second,
    si_value,
    volt,
)
from eqsim.units.quantity import ARRAY_FUNCTIONS
from eqsim.units.ufuncs import UFUNC_RULES

V, A = volt.dimension, mA.dimension
DATA = np.array([[3.0, 1.0, 2.0], [6.0, 5.0, 4.5]])
ROW = np.array([1.0, 2.0, 4.0])
SQUARE = np.array([[2.0, 1.0], [1.0, 3.0]])

# Function of numpy, its arguments (all arrays and floats get the unit), power of the unit in
# every output.
ONE_ARGUMENT = [
    (name, (DATA,), 1)
    for name in ["sum", "mean", "median", "max", "amax", "min", "amin", "ptp", "nansum", "nanmean",
        "nanmedian", "nanmax", "nanmin", "std", "nanstd", "cumsum", "nancumsum", "ravel",
        "transpose", "squeeze", "flip", "fliplr", "flipud", "rot90", "copy", "real", "imag",
        "sort", "diagonal", "diag", "tril", "triu", "trace", "zeros_like", "real_if_close",
        "atleast_1d", "atleast_2d", "atleast_3d"]
] + [
    (name, (DATA,), 0)
    for name in ["argmax", "argmin", "argsort", "nanargmax", "nanargmin", "shape", "ndim", "size",
        "count_nonzero", "nonzero", "argwhere", "flatnonzero", "any", "all", "iscomplexobj",
        "isrealobj", "isreal", "iscomplex", "ones_like", "corrcoef", "isfinite", "isnan", "isinf",
        "sign", "signbit", "logical_not", "isneginf", "isposinf"]
] + [
    (name, (DATA,), 1) for name in ["negative", "positive", "absolute", "abs", "fabs", "conjugate",
        "unique"]
] + [
    ("var", (DATA,), 2), ("nanvar", (DATA,), 2), ("cov", (DATA,), 2), ("prod", (DATA,), 6),
    ("sqrt", (DATA,), 0.5), ("square", (DATA,), 2), ("reciprocal", (DATA,), -1),
    ("cbrt", (DATA,), 1 / 3), ("trim_zeros", (ROW,), 1), ("ediff1d", (ROW,), 1),
    ("diff", (DATA,), 1), ("average", (DATA,), 1), ("gradient", (ROW,), 1),
    ("trapezoid", (ROW,), 1), ("diagflat", (ROW,), 1), ("meshgrid", (ROW, ROW), 1),
    ("broadcast_arrays", (ROW, DATA), 1), ("linalg.norm", (DATA,), 1),
    ("linalg.inv", (SQUARE,), -1), ("linalg.pinv", (SQUARE,), -1), ("linalg.det", (SQUARE,), 2),
    ("fft.fft", (ROW,), 1), ("fft.rfft", (ROW,), 1), ("fft.ifft", (ROW,), 1),
]  # fmt: skip
SEVERAL_ARGUMENTS = [
    ("concatenate", ([ROW, ROW],), 1), ("stack", ([ROW, ROW],), 1), ("hstack", ([ROW, ROW],), 1),
    ("vstack", ([ROW, ROW],), 1), ("dstack", ([ROW, ROW],), 1), ("append", (ROW, ROW), 1),
    ("column_stack", ([ROW, ROW],), 1), ("block", ([[DATA, DATA]],), 1), ("add", (ROW, 1.0), 1),
    ("subtract", (ROW, 1.0), 1), ("maximum", (ROW, 2.0), 1), ("minimum", (ROW, 2.0), 1),
    ("fmax", (ROW, 2.0), 1), ("fmin", (ROW, 2.0), 1), ("hypot", (ROW, 1.0), 1),
    ("mod", (ROW, 3.0), 1), ("fmod", (ROW, 3.0), 1), ("less", (ROW, 2.0), 0),
    ("equal", (ROW, 2.0), 0), ("greater_equal", (ROW, 2.0), 0), ("arctan2", (ROW, 2.0), 0),
    ("floor_divide", (ROW, 2.0), 0), ("searchsorted", (ROW, 2.5), 0), ("digitize", (ROW, ROW), 0),
    ("isin", (ROW, ROW), 0), ("array_equal", (ROW, ROW), 0), ("allclose", (ROW, ROW), 0),
    ("isclose", (ROW, ROW), 0), ("clip", (ROW, 1.5, 3.0), 1), ("intersect1d", (ROW, ROW), 1),
    ("union1d", (ROW, ROW), 1), ("setdiff1d", (ROW, ROW[:1]), 1), ("linspace", (1.0, 2.0), 1),
    ("geomspace", (1.0, 2.0), 1), ("multiply", (ROW, ROW), 2), ("divide", (ROW, ROW), 0),
    ("dot", (ROW, ROW), 2), ("vdot", (ROW, ROW), 2), ("inner", (ROW, ROW), 2),
    ("outer", (ROW, ROW), 2), ("matmul", (DATA, ROW), 2), ("cross", (ROW, ROW), 2),
    ("kron", (ROW, ROW), 2), ("convolve", (ROW, ROW), 2), ("correlate", (ROW, ROW), 2),
    ("tensordot", (DATA, DATA), 2), ("linalg.solve", (SQUARE, ROW[:2]), 0),
    ("interp", (1.5, ROW, ROW), 1), ("histogram_bin_edges", (ROW,), 1),
    ("cov", (ROW, ROW), 2), ("gradient", (ROW, ROW), 0),
    ("trapezoid", (ROW, ROW), 2),
]  # fmt: skip
CASES = ONE_ARGUMENT + SEVERAL_ARGUMENTS


def _function(name):
    function = np
    for part in name.split("."):
        function = getattr(function, part)
    return function


def _with_unit(argument):
    if isinstance(argument, list | tuple):
        return type(argument)(_with_unit(item) for item in argument)
    return argument * volt


def _assert_same(result, expected, dimension):
    if isinstance(expected, list | tuple):
        assert len(result) == len(expected)
        for one, other in zip(result, expected, strict=True):
            _assert_same(one, other, dimension)
        return
    assert dimension_of(result) is dimension
    np.testing.assert_allclose(si_value(result), expected)


@pytest.mark.parametrize(("name", "arguments", "power"), CASES)
def test_a_function_gives_the_numbers_of_numpy_with_a_power_of_the_unit(name, arguments, power):
    function = _function(name)
    result = function(*_with_unit(arguments))
    _assert_same(result, function(*arguments), V**power if power else DIMENSIONLESS)


SAME_UNITS_NEEDED = [
    case for case in SEVERAL_ARGUMENTS
    if case[0] in ["append", "add", "subtract", "maximum", "minimum", "fmax", "fmin", "hypot",
        "mod", "fmod", "less", "equal", "greater_equal", "arctan2", "floor_divide", "searchsorted",
        "digitize", "isin", "array_equal", "allclose", "isclose", "clip", "intersect1d", "union1d",
        "setdiff1d", "linspace", "geomspace", "interp"]
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "_power"), SAME_UNITS_NEEDED)
@pytest.mark.parametrize("unit", [1, nA])
def test_a_function_that_compares_needs_equal_units(name, arguments, _power, unit):
    first, second_argument, *rest = arguments
    with pytest.raises(DimensionMismatchError, match="equal units, but got"):
        _function(name)(first * volt, second_argument * unit, *_with_unit(rest))


@pytest.mark.parametrize(
    "name", ["concatenate", "stack", "hstack", "vstack", "dstack", "column_stack"]
)
def test_arrays_that_are_joined_need_equal_units(name):
    with pytest.raises(DimensionMismatchError, match=f"{name} needs equal units, but got V and A"):
        getattr(np, name)([ROW * volt, ROW * nA])
    joined = getattr(np, name)([ROW * volt, np.zeros(3)])
    assert joined.dimension is V


TRANSCENDENTAL = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "deg2rad",
    "rad2deg",
    "logaddexp",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "invert",
    "gcd",
    "modf",
    "frexp",
]


@pytest.mark.parametrize("name", TRANSCENDENTAL)
def test_a_function_of_numbers_refuses_a_unit_and_names_itself(name):
    function = getattr(np, name)
    arguments = [0.5 * mV] * function.nin
    with pytest.raises(
        DimensionMismatchError,
        match=f"^{function.__name__} needs a number without unit, but got V",
    ):
        function(*arguments)


def _all_ufuncs():
    found = {f for f in vars(np).values() if isinstance(f, np.ufunc)}
    return sorted(found, key=lambda f: f.__name__)


@pytest.mark.parametrize("ufunc", _all_ufuncs(), ids=lambda f: f.__name__)
def test_every_ufunc_has_a_rule_or_refuses(ufunc):
    arguments = [array([1.0, 2.0]) * volt] * ufunc.nin
    if ufunc.__name__ not in UFUNC_RULES:
        with pytest.raises(DimensionMismatchError, match="without unit"):
            ufunc(*arguments)


def _all_array_functions():
    modules = (np, np.linalg, np.fft)
    found = {
        (f"{m.__name__}.{name}", getattr(m, name))
        for m in modules
        for name in m.__all__
        if hasattr(getattr(m, name), "_implementation")
    }
    return sorted(found, key=lambda pair: pair[0])


@pytest.mark.parametrize(("_name", "function"), _all_array_functions())
def test_every_function_that_asks_is_known_or_refuses(_name, function):
    q = array([1.0, 2.0]) * volt
    if function not in ARRAY_FUNCTIONS:
        with pytest.raises(
            DimensionMismatchError, match=r"does not know quantities\n.*\n.*divide"
        ):
            q.__array_function__(function, (Quantity,), (q,), {})


@pytest.mark.parametrize("name", ["polyfit", "nan_to_num", "savetxt", "cumprod", "unwrap", "sinc"])
def test_an_unknown_function_says_to_divide_by_a_unit(name):
    arguments = {"polyfit": (ROW * mV, ROW, 1), "savetxt": ("x.txt", ROW * mV)}
    with pytest.raises(DimensionMismatchError, match=r"(divide|without unit)"):
        getattr(np, name)(*arguments.get(name, (ROW * mV,)))


@pytest.mark.parametrize("function", [np.round, np.fix])
def test_rounding_depends_on_the_unit_and_is_refused(function):
    with pytest.raises(DimensionMismatchError, match="without unit, but got V"):
        function(ROW * mV)


# -- several units in one call --------------------------------------------------------------------


def test_where_and_select():
    v = ROW * mV
    assert np.where(v > 1.5 * mV, v, 0).tolist() == [0 * mV, 2 * mV, 4 * mV]
    assert np.where(v > 1.5 * mV, np.nan, v).dimension is V
    assert np.where(v)[0].tolist() == [0, 1, 2]
    assert np.select([ROW > 3, ROW > 1], [v, 2 * v], -1 * mV).tolist() == [-mV, 4 * mV, 4 * mV]
    with pytest.raises(DimensionMismatchError, match="where needs equal units, but got V and 1"):
        np.where(ROW > 1, v, 1)


def test_interp_keeps_both_units_apart():
    assert np.interp(1.5 * ms, ROW * ms, ROW * mV) / mV == pytest.approx(1.5)
    assert np.interp(9 * ms, ROW * ms, ROW * mV, right=-1 * mV) == -1 * mV
    assert type(np.interp(1.5 * ms, ROW * ms, ROW)) is float
    with pytest.raises(DimensionMismatchError, match="interp needs equal units, but got 1 and s"):
        np.interp(1.5, ROW * ms, ROW * mV)
    with pytest.raises(DimensionMismatchError, match="interp needs equal units, but got V and 1"):
        np.interp(1.5 * ms, ROW * ms, ROW * mV, left=1)


def test_histograms():
    counts, edges = np.histogram(ROW * ms, bins=3, range=(0 * ms, 6 * ms))
    assert not isinstance(counts, Quantity)
    np.testing.assert_allclose(edges / ms, [0, 2, 4, 6])
    counts, edges = np.histogram(ROW * ms, bins=[0, 3, 6] * ms)
    assert counts.tolist() == [2, 1]
    density, _ = np.histogram(ROW * ms, bins=[0, 3, 6] * ms, density=True)
    assert density.dimension is Hz.dimension
    weighted, _ = np.histogram(ROW * ms, bins=[0, 3, 6] * ms, weights=ROW * mV)
    assert weighted.tolist() == [3 * mV, 4 * mV]
    with pytest.raises(DimensionMismatchError, match="histogram needs equal units, but got s and"):
        np.histogram(ROW * ms, bins=[0, 3, 6])
    assert np.bincount([0, 1, 1], weights=ROW * mV).tolist() == [mV, 6 * mV]


def test_integrals_and_slopes():
    assert np.trapezoid(ROW * mV, dx=2 * ms).dimension is V * second.dimension
    assert np.trapezoid(ROW * mV, ROW * ms).dimension is V * second.dimension
    assert np.gradient(ROW * mV, 2 * ms)[0] / (volt / second) == pytest.approx(0.5)
    rows, columns = np.gradient(DATA * mV, 1 * ms, 1 * metre)
    assert rows.dimension is V / second.dimension
    assert columns.dimension is V / metre.dimension
    assert np.average(ROW * mV, weights=ROW * ms) / mV == pytest.approx(3)
    assert np.average(ROW * mV, weights=ROW * ms, returned=True)[1] == 7 * ms
    assert np.einsum("i,i", ROW * mV, ROW * nA).dimension is V * A


def test_percentiles_take_plain_ranks():
    assert np.percentile(ROW * mV, 50) == 2 * mV
    assert np.percentile(ROW * mV, [0, 100]).tolist() == [1 * mV, 4 * mV]
    with pytest.raises(DimensionMismatchError, match="argument of percentile"):
        np.percentile(ROW * mV, 50 * mV)


def test_a_tolerance_has_a_unit_and_none_by_default():
    # 1 nA and 10 nA are close by the absolute tolerance of NumPy if that were in amperes.
    assert not np.allclose(1 * nA, 10 * nA)
    assert np.isclose(1 * nA, 10 * nA, atol=20 * nA)
    with pytest.raises(DimensionMismatchError, match="isclose needs equal units"):
        np.isclose(1 * nA, 10 * nA, atol=1e-8)


def test_memory_is_that_of_the_numbers():
    q = ROW * mV
    assert np.shares_memory(q, q[1:])
    assert not np.may_share_memory(q, q.copy())


def test_arrays_like_another():
    q = np.array([1, 2]) * mV
    assert np.zeros_like(q).dimension is V
    assert np.ones_like(q).tolist() == [1.0, 1.0]
    assert np.full_like(q, 3 * nA).tolist() == [3 * nA, 3 * nA]
    with pytest.raises(DimensionMismatchError, match="copyto needs equal units"):
        np.full_like(np.array([1, 2]), 3 * nA)
    assert np.full_like(q, 3).tolist() == [3.0, 3.0]


def test_targets_are_checked():
    q, plain = ROW * mV, ROW.copy()
    np.copyto(q, 5 * mV)
    np.put(q, [0], 6 * mV)
    np.putmask(q, [False, False, True], 0)
    assert q.tolist() == [6 * mV, 5 * mV, 0 * mV]
    for wrong in (lambda: np.put(q, [0], 6), lambda: np.copyto(plain, 5 * mV)):
        with pytest.raises(DimensionMismatchError, match="needs equal units"):
            wrong()
    square = np.zeros((2, 2)) * mV
    np.fill_diagonal(square, 1 * mV)
    assert square.trace() == 2 * mV
    np.add(q, 1 * mV, out=q)
    assert q[0] / mV == pytest.approx(7)
    with pytest.raises(DimensionMismatchError, match=r"multiply gives V\^2, which cannot"):
        np.multiply(q, q, out=q)
    with pytest.raises(DimensionMismatchError, match="out="):
        np.sum(q, out=np.zeros(()))


# -- methods of ufuncs ----------------------------------------------------------------------------


def test_reductions():
    q = DATA * mV
    assert np.add.reduce(q, axis=0).tolist() == (DATA.sum(axis=0) * mV).tolist()
    assert np.maximum.accumulate(q[0]).tolist() == [3 * mV] * 3
    assert np.add.reduceat(q[0], [0, 2]).dimension is V
    assert np.add.outer(q[0], q[0]).shape == (3, 3)
    assert np.multiply.outer(q[0], ROW * nA).dimension is V * A
    assert np.sum(q, initial=1 * mV) / mV == pytest.approx(22.5)
    assert np.max(q, initial=0) == 6 * mV
    assert np.logical_or.reduce(q[0])
    with pytest.raises(DimensionMismatchError, match=r"multiply.reduce needs a number"):
        np.multiply.reduce(q)
    with pytest.raises(DimensionMismatchError, match=r"sum needs equal units|add needs equal"):
        np.sum(q, initial=1)


def test_additions_at_indices():
    q = np.zeros(3) * mV
    np.add.at(q, [0, 0, 2], 1 * mV)
    assert q.tolist() == [2 * mV, 0 * mV, 1 * mV]
    with pytest.raises(DimensionMismatchError, match="add needs equal units"):
        np.add.at(q, [0], 1)
    with pytest.raises(DimensionMismatchError, match=r"multiply\.at"):
        np.multiply.at(q, [0], mV)
    plain = np.zeros(3)
    with pytest.raises(DimensionMismatchError):
        np.add.at(plain, [0], 1 * mV)


# -- own functions --------------------------------------------------------------------------------


def test_array_collects_quantities():
    assert array([1 * mV, 2 * mV]).tolist() == [mV, 2 * mV]
    assert array([[1 * mV, 0], [2 * mV, np.nan]]).shape == (2, 2)
    assert array([ROW * mV, ROW * mV]).shape == (2, 3)
    assert array([1, 2]).dtype.kind == "i"
    assert array(ROW * mV, copy=True).dimension is V
    with pytest.raises(DimensionMismatchError, match=r"a list needs equal units, but got V and A"):
        array([1 * mV, 2 * nA])


def test_arange_needs_a_step_with_a_unit():
    assert arange(3).tolist() == [0, 1, 2]
    assert arange(1, 3, 0.5).tolist() == [1, 1.5, 2, 2.5]
    np.testing.assert_allclose(arange(0 * ms, 2 * ms, 0.5 * ms) / ms, [0, 0.5, 1, 1.5])
    np.testing.assert_allclose(arange(2 * ms, step=1 * ms) / ms, [0, 1])
    np.testing.assert_allclose(arange(0, 2 * ms, 1 * ms) / ms, [0, 1])
    for wrong in ((3 * ms,), (0 * ms, 3 * ms), (0 * ms, 3 * ms, 1), (0, 3, 1 * ms)):
        with pytest.raises(DimensionMismatchError, match="arange needs equal units"):
            arange(*wrong)


def test_full_keeps_the_unit():
    assert full((2, 2), 3 * mV).dimension is V
    assert full(2, 7).tolist() == [7, 7]
    with pytest.raises(DimensionMismatchError, match="lose the unit"):
        np.full(2, 3 * mV)


def test_exprel():
    x = np.array([0.0, 1e-9, 1.0, -1.0])
    np.testing.assert_allclose(exprel(x), [1.0, 1 + 5e-10, np.e - 1, 1 - 1 / np.e], rtol=1e-14)
    assert type(exprel(0)) is float
    assert exprel(1000.0) == np.inf
    with pytest.raises(DimensionMismatchError, match="exprel needs a number without unit"):
        exprel(1 * mV)
