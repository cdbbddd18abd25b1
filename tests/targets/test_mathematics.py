import functools
import math
import os
import platform
import shutil
import subprocess
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eqsim
from eqsim.targets.numpy import mathematics as m

HEADERS = next(
    folder
    for folder in (
        Path(eqsim.__file__).parent / "templates" / "common",
        Path(eqsim.__file__).parent.parent / "templates" / "common",
    )
    if folder.is_dir()
)
INF, NAN, LARGEST, TINY = math.inf, math.nan, 1.7976931348623157e308, 5e-324


def reference(name):
    """The function in arbitrary precision."""
    special = {
        "exprel": lambda x: mpmath.expm1(x) / x if x else mpmath.mpf(1),
        "inverse_exprel": lambda x: x / mpmath.expm1(x) if x else mpmath.mpf(1),
        "log2": lambda x: mpmath.log(x) / mpmath.log(2),
        "arcsin": mpmath.asin,
        "arccos": mpmath.acos,
        "arctan": mpmath.atan,
        "power": mpmath.power,
    }
    return special.get(name) or getattr(mpmath, name)


# name: (domain, largest error in ulp for float64, for float32)
UNARY = {
    "exp": ((-750, 712), 2, 2),
    "expm1": ((-750, 712), 2, 2),
    "exprel": ((-1e300, 720), 2, 2),
    "inverse_exprel": ((-1e300, 1e300), 3, 2),
    "log": ((0, LARGEST), 2, 2),
    "log2": ((0, LARGEST), 4, 1),
    "log10": ((0, LARGEST), 4, 1),
    "log1p": ((-1, LARGEST), 2, 2),
    "sqrt": ((0, LARGEST), 0.5, 0.5),
    "sin": ((-(2.0**30), 2.0**30), 2, 2),
    "cos": ((-(2.0**30), 2.0**30), 2, 2),
    "tan": ((-(2.0**30), 2.0**30), 4, 1),
    "sinh": ((-712, 712), 4, 1),
    "cosh": ((-712, 712), 4, 1),
    "tanh": ((-LARGEST, LARGEST), 2, 2),
    "arcsin": ((-1, 1), 4, 1),
    "arccos": ((-1, 1), 4, 1),
    "arctan": ((-LARGEST, LARGEST), 4, 1),
}
EXACT = ["abs", "sign", "floor", "ceil", "to_integer"]
BINARY = ["power", "minimum", "maximum", "floor_divide", "modulo", "timestep"]
INTEGERS = ["abs", "sign", "minimum", "maximum", "floor_divide", "modulo"]
REAL = [np.float64, np.float32]


# ------------------------------------------------------------------------------------- points


def edge_points():
    special = [0.0, TINY, 2.2250738585072014e-308, LARGEST, INF, 1.4e-45, 1.1754944e-38]
    special += [3.4028235e38, 1.0, 0.5, 2.0, math.sqrt(0.5), math.sqrt(2), math.pi, math.e, 1e9]
    special += [2.0**-54, 2.0**-25, 2.0**-28, 22.0, 50.0, 88.72284, 93.2, 709.782712893384]
    special += [
        710.4758600739439,
        716.35,
        720.0,
        745.1332191019412,
        746.0,
        103.97,
        2.0**53,
        2.0**63,
    ]
    special += [k * math.pi / 4 for k in (1, 2, 3, 4, 5, 6, 355, 1000003, 2**29)]
    special += [k * math.log(2) / 2 for k in (1, 2, 3, 33, 1001)]
    special += [6381956970095103.0 * 2.0**-23, math.sqrt(2) - 1, math.sqrt(2) + 1]
    around = [p for s in special for p in (math.nextafter(s, 0), s, math.nextafter(s, INF))]
    around += [float(np.nextafter(np.float32(min(s, 3e38)), np.float32(0))) for s in special]
    around += [float(np.float32(min(s, 3e38))) for s in special]
    return np.array([NAN, *around, *(-p for p in around)])


def points(count, seed=0):
    """Edge points, and `count` each of random bits, dense and logarithmic points."""
    generator = np.random.default_rng(seed)
    bits = generator.integers(0, 2**64, count, dtype=np.uint64).view(np.float64)
    sign = generator.choice([-1.0, 1.0], count)
    return np.concatenate(
        [
            edge_points(),
            bits,
            generator.uniform(-3, 3, count),
            generator.uniform(-800, 800, count),
            sign * 2.0 ** generator.uniform(-60, 31, count),
            1 + sign * 2.0 ** generator.uniform(-52, 0, count),
        ]
    )


def points_in(domain, dtype, count, seed=0):
    low, high = domain
    with np.errstate(all="ignore"):
        x = points(count, seed).astype(dtype)
    value = x.astype(np.float64)
    return np.unique(x[(value >= low) & (value <= high) & (x != 0) & np.isfinite(x)])


def error_in_ulp(value, exact, dtype):
    """The distance to the exact value in units in the last place of that value."""
    limits = np.finfo(dtype)
    digits, lowest = limits.nmant, limits.minexp - limits.nmant
    if abs(exact) >= mpmath.mpf(2) ** limits.maxexp * (1 - mpmath.mpf(2) ** -(digits + 2)):
        return 0.0 if math.isinf(value) and (value > 0) == (exact > 0) else INF
    if not math.isfinite(value):
        return INF
    unit = mpmath.mpf(2) ** max(mpmath.frexp(exact)[1] - 1 - digits, lowest)
    return float(abs(mpmath.mpf(float(value)) - exact) / unit)


def largest_error(name, dtype, *arguments):
    exact = reference(name)
    values = getattr(m, name)(*arguments)
    assert values.dtype == dtype
    with mpmath.workprec(200):
        return max(
            error_in_ulp(value, exact(*(mpmath.mpf(float(a)) for a in at)), dtype)
            for value, *at in zip(values, *arguments, strict=True)
        )


def same_bits(a, b):
    unsigned = np.dtype(f"u{a.dtype.itemsize}")
    equal = a.view(unsigned) == b.view(unsigned)
    return equal | (np.isnan(a) & np.isnan(b)) if a.dtype.kind == "f" else equal


# ----------------------------------------------------------------------------------- accuracy


@pytest.mark.parametrize("dtype", REAL)
@pytest.mark.parametrize("name", UNARY)
def test_errors_stay_within_the_stated_units_in_the_last_place(name, dtype):
    domain, double, single = UNARY[name]
    if dtype is np.float32 and name in ("sin", "cos"):
        domain = (-(2.0**13), 2.0**13)
    assert largest_error(name, dtype, points_in(domain, dtype, 100)) <= (
        double if dtype is np.float64 else single
    )


def powers(dtype, count, seed=0):
    """Bases and exponents whose powers are spread over the range of the type."""
    generator = np.random.default_rng(seed)
    x = np.abs(points_in((0, LARGEST), dtype, count, seed)).astype(np.float64)
    x = x[x != 1]
    exponent = generator.uniform(-1.1, 1.1, x.size) * np.log(float(np.finfo(dtype).max))
    y = (exponent / np.log(x)).astype(dtype)
    usable = np.isfinite(y)
    return x[usable].astype(dtype), y[usable]


@pytest.mark.parametrize("dtype", REAL)
def test_powers_are_accurate_over_their_whole_range(dtype):
    assert largest_error("power", dtype, *powers(dtype, 200)) <= 1


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("dtype", REAL)
def test_sines_of_huge_angles_stay_bounded(name, dtype):
    with np.errstate(over="ignore"):
        x = points(500).astype(dtype)
    values = getattr(m, name)(x[np.isfinite(x)])
    assert np.all(np.abs(values) <= 1)


def test_powers_of_whole_numbers_are_exact():
    base, exponent = np.meshgrid(np.arange(1.0, 40.0), np.arange(0.0, 10.0))
    exact = [float(int(b) ** int(e)) for b, e in zip(base.flat, exponent.flat, strict=True)]
    assert np.array_equal(m.power(base.ravel(), exponent.ravel()), exact)


def test_logarithms_of_powers_of_ten_and_two_are_exact():
    assert np.array_equal(m.log10(10.0 ** np.arange(23)), np.arange(23.0))
    assert np.array_equal(m.log2(2.0 ** np.arange(-1074.0, 1024.0)), np.arange(-1074.0, 1024.0))


# --------------------------------------------------------------------------------- edge values

EDGES = [
    *[(name, (-0.0,), -0.0) for name in ("expm1", "log1p", "sqrt", "sin", "tan", "sinh", "tanh")],
    *[(name, (-0.0,), -0.0) for name in ("arcsin", "arctan", "floor", "ceil")],
    *[(name, (0.0,), 0.0) for name in ("expm1", "log1p", "sqrt", "sin", "tan", "sinh", "tanh")],
    *[(name, (0.0,), 0.0) for name in ("arcsin", "arctan", "sign")],
    *[(name, (zero,), 1.0) for name in ("exp", "exprel", "cos", "cosh") for zero in (0.0, -0.0)],
    *[("inverse_exprel", (near,), 1.0) for near in (0.0, -0.0, TINY, -TINY, 1e-17, -1e-17)],
    *[(name, (NAN,), NAN) for name in [*UNARY, "abs", "sign", "floor", "ceil"]],
    *[(name, (INF,), INF) for name in ("exp", "expm1", "exprel", "log", "log2", "log10")],
    *[(name, (INF,), INF) for name in ("log1p", "sqrt", "sinh", "cosh", "abs", "floor")],
    *[(name, (INF,), NAN) for name in ("sin", "cos", "tan", "arcsin", "arccos")],
    *[(name, (-INF,), NAN) for name in ("sin", "cos", "tan", "arcsin", "arccos", "log", "log1p")],
    *[(name, (0.0,), -INF) for name in ("log", "log2", "log10")],
    *[(name, (-1.0,), NAN) for name in ("log", "log2", "log10", "sqrt")],
    *[(name, (1.5,), NAN) for name in ("arcsin", "arccos")],
    *[(name, (1.0,), 0.0) for name in ("log", "log2", "log10", "arccos")],
    ("exp", (-INF,), 0.0),
    ("exp", (710.0,), INF),
    ("exp", (-745.0,), 5e-324),
    ("exp", (-746.0,), 0.0),
    ("expm1", (-INF,), -1.0),
    ("exprel", (-INF,), 0.0),
    ("exprel", (717.0,), INF),
    ("inverse_exprel", (-INF,), INF),
    ("inverse_exprel", (INF,), 0.0),
    ("inverse_exprel", (LARGEST,), 0.0),
    ("inverse_exprel", (-LARGEST,), LARGEST),
    ("log1p", (-1.0,), -INF),
    ("log1p", (-1.5,), NAN),
    ("sinh", (-INF,), -INF),
    ("cosh", (-INF,), INF),
    ("tanh", (INF,), 1.0),
    ("tanh", (-INF,), -1.0),
    ("arctan", (INF,), math.pi / 2),
    ("arctan", (-INF,), -math.pi / 2),
    ("arcsin", (1.0,), math.pi / 2),
    ("arccos", (-1.0,), math.pi),
    ("power", (0.0, 0.0), 1.0),
    ("power", (NAN, 0.0), 1.0),
    ("power", (1.0, NAN), 1.0),
    ("power", (NAN, 1.0), NAN),
    ("power", (2.0, NAN), NAN),
    ("power", (-0.0, -3.0), -INF),
    ("power", (-0.0, -2.0), INF),
    ("power", (-0.0, 3.0), -0.0),
    ("power", (-0.0, 0.5), 0.0),
    ("power", (-1.0, INF), 1.0),
    ("power", (-1.0, -INF), 1.0),
    ("power", (0.5, INF), 0.0),
    ("power", (0.5, -INF), INF),
    ("power", (2.0, INF), INF),
    ("power", (2.0, -INF), 0.0),
    ("power", (-INF, -3.0), -0.0),
    ("power", (-INF, 3.0), -INF),
    ("power", (-INF, 0.5), INF),
    ("power", (INF, -1.0), 0.0),
    ("power", (-8.0, 1 / 3), NAN),
    ("power", (-2.0, 3.0), -8.0),
    ("power", (-2.0, 1e300), INF),
    ("power", (2.0, -1074.0), 5e-324),
    ("power", (1 + 2.0**-52, 1e300), INF),
    ("minimum", (NAN, 1.0), NAN),
    ("minimum", (1.0, NAN), NAN),
    ("maximum", (NAN, 1.0), NAN),
    ("maximum", (1.0, NAN), NAN),
    ("minimum", (0.0, -0.0), 0.0),
    ("clip", (5.0, -1.0, 1.0), 1.0),
    ("clip", (NAN, -1.0, 1.0), NAN),
    ("modulo", (1.0, 0.0), NAN),
    ("modulo", (INF, 1.0), NAN),
    ("modulo", (1.0, INF), 1.0),
    ("modulo", (-1.0, INF), INF),
    ("modulo", (1e300, 3.0), 0.0),
    ("floor_divide", (1.0, 0.0), INF),
    ("floor_divide", (-1.0, 0.0), -INF),
    ("floor_divide", (0.0, 0.0), NAN),
    ("floor_divide", (-1.0, INF), -1.0),
    ("floor_divide", (1.0, 0.1), 9.0),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), EDGES)
def test_limits_are_those_of_the_c_standard(name, arguments, expected):
    value = np.array([getattr(m, name)(*arguments)])
    assert same_bits(value, np.array([expected]))[0]


@given(st.floats(-1e15, 1e15), st.floats(-1e6, 1e6).filter(lambda y: abs(y) > 1))
def test_division_of_reals_is_that_of_python(x, y):
    quotient, remainder = np.array([x // y]), np.array([x % y])
    assert same_bits(np.array([m.floor_divide(x, y)]), quotient)[0]
    assert same_bits(np.array([m.modulo(x, y)]), remainder)[0]


INTEGER = st.integers(-(2**63), 2**63 - 1)


@given(INTEGER, INTEGER | st.integers(-3, 3))
def test_division_of_integers_is_that_of_python_and_never_traps(x, y):
    quotient, remainder = (x // y, x % y) if y else (0, 0)
    wrapped = (quotient + 2**63) % 2**64 - 2**63
    assert (m.floor_divide(x, y), m.modulo(x, y)) == (wrapped, remainder)


def test_conversion_to_integers_truncates_and_saturates():
    reals = [-1.9, 1.9, NAN, INF, -INF, 2.0**63, -(2.0**63), 1e300, 2.0**62]
    expected = [-1, 1, 0, 2**63 - 1, -(2**63), 2**63 - 1, -(2**63), 2**63 - 1, 2**62]
    assert m.to_integer(np.array(reals)).tolist() == expected


def test_steps_are_counted_in_spite_of_rounding():
    steps = np.arange(100_000)
    assert np.array_equal(m.timestep(steps * 1e-4, 1e-4), steps)


def test_types_are_kept():
    for dtype in (np.float32, np.float64):
        assert m.power(np.ones(2, dtype), 2.0).dtype == dtype
        assert m.exp(dtype(1)).dtype == dtype
        assert m.matrix_exponential(np.eye(2, dtype=dtype)).dtype == dtype
    assert m.clip(np.array([1, 2]), 0, 1).dtype == np.int64
    assert m.exp(np.array([1, 2])).dtype == np.float64


# ---------------------------------------------------------------------------------- properties

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.floats(2.2250738585072014e-308, LARGEST))
def test_exp_undoes_log(x):
    assert m.exp(m.log(x)) == pytest.approx(x, rel=2e-16 * (2 + abs(math.log(x))))


@given(st.floats(-(2.0**30), 2.0**30))
def test_squares_of_sine_and_cosine_sum_to_one(x):
    assert m.sin(x) ** 2 + m.cos(x) ** 2 == pytest.approx(1, abs=1e-15)


@given(st.floats(-700, 700), st.floats(1e-6, 10))
def test_exprel_rises(x, step):
    assert m.exprel(x + step) >= m.exprel(x)


@pytest.mark.parametrize("dtype", REAL)
@given(x=FINITE)
def test_symmetry_is_exact(dtype, x):
    with np.errstate(over="ignore"):
        positive, negative = np.array([x, -x]).astype(dtype)[:, None]
    reducible = abs(x) <= (2**30 if dtype is np.float64 else 2**13)
    for odd in ("sinh", "tanh", "arcsin", "arctan", *(("sin", "tan") if reducible else ())):
        function = getattr(m, odd)
        assert same_bits(function(negative), -function(positive))[0], odd
    for even in ("cosh", "abs", *(("cos",) if reducible else ())):
        assert same_bits(getattr(m, even)(negative), getattr(m, even)(positive))[0], even


# ------------------------------------------------------------------------- matrix exponentials


def matrices(size, norm, seed):
    matrix = np.random.default_rng(seed).normal(size=(size, size))
    return matrix * norm / np.abs(matrix).sum(axis=1).max()


@pytest.mark.parametrize("norm", [1e-8, 0.5, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_matrix_exponentials_are_accurate(size, norm):
    for seed, damping in ((0, 0.0), (1, norm / 2)):
        matrix = matrices(size, norm, seed) - damping * np.eye(size)
        with mpmath.workprec(400):
            exact = np.array(mpmath.expm(mpmath.matrix(matrix.tolist())).tolist(), dtype=object)
            error = m.matrix_exponential(matrix).astype(object) - exact.reshape(size, size)
            relative = max(map(abs, error.flat)) / max(map(abs, exact.flat))
        assert relative < 3e-16


def relative_errors(matrix):
    """Of each entry of the exponential for itself, against that in 200 digits."""
    with mpmath.workdps(200):
        exact = np.array(mpmath.expm(mpmath.matrix(matrix.tolist())).tolist(), dtype=object)
        exact = exact.reshape(matrix.shape)
        error = m.matrix_exponential(matrix).astype(object) - exact
        return np.array([[float(abs(e / x)) if x else 0.0 for e, x in zip(*row, strict=True)]
                         for row in zip(error, exact, strict=True)])  # fmt: skip


@pytest.mark.parametrize("dt", [1e-6, 1e-4, 1e-3])
def test_matrix_exponentials_are_accurate_in_units_of_any_size(dt):
    # Membrane potential in volt, adaptation current in ampere, and the constant parts:
    # dv/dt = (g (E - v) - w + I)/C, dw/dt = (a (v - E) - w)/tau
    capacitance, conductance, rest, a, tau, current = 200e-12, 10e-9, -70e-3, 2e-9, 0.1, 5e-10
    model = np.array(
        [
            [-conductance, -1.0, conductance * rest + current],
            [a * capacitance / tau, -capacitance / tau, -a * rest * capacitance / tau],
            [0.0, 0.0, 0.0],
        ]
    )
    assert relative_errors(model / capacitance * dt).max() < 4e-16
    assert relative_errors(model[:2, :2] / capacitance * dt).max() < 4e-16


@pytest.mark.parametrize("size", [2, 4, 7, 12])
def test_matrix_exponentials_do_not_depend_on_the_units(size):
    # Powers of two, so that the scaled matrix is exactly what it is said to be.
    generator = np.random.default_rng(size)
    for norm in (0.01, 1.0, 20.0):
        matrix = matrices(size, norm, size)
        scale = 2.0 ** generator.integers(-60, 60, size)
        scaled = m.matrix_exponential(matrix * scale / scale[:, None]) / scale * scale[:, None]
        expected = m.matrix_exponential(matrix)
        assert np.abs(scaled - expected).max() < 3e-16 * np.abs(expected).max()


@pytest.mark.parametrize("size", [3, 7, 12])
def test_matrix_exponentials_of_badly_scaled_chains_are_accurate(size):
    # Each variable drives the next and decays; every coupling has another unit.
    generator = np.random.default_rng(size)
    chain = -np.diag(generator.uniform(0.5, 2.0, size))
    chain[np.arange(1, size), np.arange(size - 1)] = 10.0 ** generator.uniform(-15, 15, size - 1)
    assert relative_errors(chain).max() < 4e-16


def test_matrix_exponentials_of_stacks_are_those_of_their_members():
    stack = np.stack([matrices(3, norm, 2) for norm in (0.1, 7.0, 90.0)], axis=-1)
    result = m.matrix_exponential(stack)
    for k in range(3):
        assert np.array_equal(result[..., k], m.matrix_exponential(stack[..., k]))


@pytest.mark.parametrize("entry", [NAN, INF, -INF])
def test_matrix_exponentials_of_what_is_not_finite_are_nan(entry):
    assert np.isnan(m.matrix_exponential([[0.0, entry], [0.0, 0.0]])).all()


def test_matrix_exponentials_overflow_and_vanish_quietly():
    assert np.array_equal(m.matrix_exponential([[1e5]]), [[INF]])
    assert np.array_equal(m.matrix_exponential(np.diag([-1e300, 0.0])), np.diag([0.0, 1.0]))


# --------------------------------------------------------------------------- the same bits in C

# Without vectors of neighbouring statements, in which GCC 12 drops conversions to float and back.
FLAGS = [
    "-O3",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
    "-fno-tree-slp-vectorize",
]
BUILDS = {
    "plain": ["-O0", "-ffp-contract=off"],
    "baseline": FLAGS,
    "native": [*FLAGS, "-march=native"],
    **(
        {
            "avx2": [*FLAGS, "-mavx2"],
            "fused": [*FLAGS, "-mavx2", "-mfma"],
            "contracted": [*FLAGS, "-mavx2", "-mfma", "-ffp-contract=fast"],
        }
        if platform.machine() in ("x86_64", "AMD64")
        else {}
    ),
}
MATRICES = (1, 2, 3, 7)
LENGTH = 3001


def cases():
    """What the driver computes: the name of each result, its type and its loop."""
    for real, dtype in (("double", np.float64), ("float", np.float32)):
        for name in [*UNARY, *EXACT, *BINARY]:
            result = "int64_t" if name in ("to_integer", "timestep") else real
            y = f", ({real})y[i]" if name in BINARY else ""
            yield name, dtype, result, f"eqsim::{name}(({real})x[i]{y})"
        yield "clip", dtype, real, f"eqsim::clip(({real})x[i], ({real})-1.5, ({real})y[i])"
    yield "cosine_of_turns", np.float64, "double", "eqsim::cosine_of_turns(u[i])"
    for name in INTEGERS:
        y = ", k[i]" if name in BINARY else ""
        yield name, np.int64, "int64_t", f"eqsim::{name}(j[i]{y})"


def driver():
    loops, calls = [], []
    inputs = "const double* __restrict x, const double* __restrict y, const double* __restrict u, "
    inputs += "const int64_t* __restrict j, const int64_t* __restrict k"
    for number, (_, _, result, call) in enumerate(cases()):
        loops.append(
            f"static __attribute__((noinline)) void loop{number}({inputs}, {result}* __restrict r,"
            f" int n) {{ (void)x, (void)y, (void)u, (void)j, (void)k;"
            f" for (int i = 0; i < n; i++) r[i] = {call}; }}"
        )
        calls.append(
            f"{{ static {result} r[{LENGTH}]; for (int i = 0; i < n; i += step) "
            f"loop{number}(x + i, y + i, u + i, j + i, k + i, r + i, i + step < n ? step : n - i);"
            f" fwrite(r, sizeof r[0], n, out); }}"
        )
    for size in MATRICES:
        for real in ("double", "float"):
            calls.append(
                f"{{ {real} a[{size * size}]; for (int q = 0; q < 40; q++) {{ for (int i = 0; i < "
                f"{size * size}; i++) a[i] = ({real})a_of[q * {size * size} + i];"
                f" eqsim::matrix_exponential<{size}>(a, a); fwrite(a, sizeof a, 1, out); }} }}"
            )
    return "\n".join(
        [
            '#include "mathematics.h"',
            "#include <stdio.h>",
            "#include <stdlib.h>",
            *loops,
            "int main(int, char** argument) {",
            f"const int n = {LENGTH}, step = atoi(argument[3]);",
            "static double x[n], y[n], u[n], a_of[4000]; static int64_t j[n], k[n];",
            'FILE* in = fopen(argument[1], "rb"); FILE* out = fopen(argument[2], "wb");',
            "size_t got = fread(x, 8, n, in) + fread(y, 8, n, in) + fread(u, 8, n, in);",
            "got += fread(j, 8, n, in) + fread(k, 8, n, in) + fread(a_of, 8, 4000, in);",
            *calls,
            "return got == 5 * n + 4000 && fclose(out) == 0 ? 0 : 1; }",
        ]
    )


@functools.cache
def arguments():
    generator = np.random.default_rng(5)
    pool = points(600, seed=3)
    edges = edge_points()
    x = generator.permutation(pool)[:LENGTH]
    x[: edges.size] = edges
    y = generator.choice(np.concatenate([pool, np.arange(-9.0, 10.0)]), LENGTH)
    y[::3] = generator.choice(np.arange(-4.0, 5.0) / 2, y[::3].size)
    u = generator.integers(0, 2**53, LENGTH) * 2.0**-53
    j = generator.integers(-(2**63), 2**63 - 1, LENGTH, endpoint=True)
    k = generator.choice([0, -1, 1, 3, -7, 2**63 - 1, -(2**63), 10**12], LENGTH)
    j[::50] = -(2**63)
    a = generator.normal(size=4000) * 10.0 ** generator.uniform(-3, 2.5, 4000)
    a[::7] *= 1e-30
    a[::11] = 0.0
    return x, y, u, j, k, a


@functools.cache
def expected():
    """The mirror's results, in the driver's order."""
    x, y, u, j, k, a = arguments()
    results = []
    for name, dtype, _, _ in cases():
        function = getattr(m, name)
        with np.errstate(all="ignore"):
            at = {np.int64: (j, k)}.get(dtype) or (x.astype(dtype), y.astype(dtype))
        if name == "cosine_of_turns":
            at = (u, u)
        elif name == "clip":
            at = (at[0], dtype(-1.5), at[1])
        if name not in (*BINARY, "clip"):
            at = at[:1]
        results.append((f"{name} {dtype.__name__}", function(*at)))
    for size in MATRICES:
        for dtype in REAL:
            stack = a[: 40 * size * size].reshape(40, size, size).astype(dtype)
            result = np.moveaxis(m.matrix_exponential(np.moveaxis(stack, 0, -1)), -1, 0)
            results.append((f"matrix_exponential {size} {dtype.__name__}", result.ravel()))
    return results


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """The driver, compiled once with each set of flags."""
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    folder = tmp_path_factory.mktemp("mathematics")
    source = folder / "driver.cpp"
    source.write_text(driver())
    warnings = ["-Wall", "-Wextra", "-Werror", "-std=c++17", f"-I{HEADERS}"]
    running = {
        name: subprocess.Popen([compiler, *warnings, *flags, source, "-o", folder / name])
        for name, flags in BUILDS.items()
    }
    assert all(process.wait() == 0 for process in running.values())
    np.concatenate([part.view(np.uint64) for part in arguments()]).tofile(folder / "in")
    return folder


def different(folder, build, step):
    """The names of the results of which a bit differs from the mirror's."""
    out = folder / f"{build}.out"
    subprocess.run([folder / build, folder / "in", out, str(step)], check=True)
    data, offset, names = out.read_bytes(), 0, []
    for name, values in expected():
        found = np.frombuffer(data, values.dtype, values.size, offset)
        offset += values.nbytes
        if not same_bits(found, values).all():
            names.append(name)
    assert offset == len(data)
    return names


@pytest.mark.compiler
@pytest.mark.parametrize("step", [LENGTH, 13, 1])
@pytest.mark.parametrize("build", [name for name in BUILDS if name != "contracted"])
def test_compiled_functions_have_the_bits_of_the_mirror(programs, build, step):
    assert different(programs, build, step) == []


@pytest.mark.compiler
@pytest.mark.skipif("contracted" not in BUILDS, reason="needs x86-64")
def test_products_and_sums_that_a_compiler_fuses_would_be_noticed(programs):
    names = different(programs, "contracted", LENGTH)
    assert {"log float64", "sin float64", "log float32"} <= set(names)


@pytest.mark.nvcc
def test_the_header_compiles_for_cuda_without_warnings(tmp_path):
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("there is no nvcc")
    calls = [
        f"{{ {result}* r = ({result}*)out + i; *r = {call}; }}" for _, _, result, call in cases()
    ]
    source = tmp_path / "kernel.cu"
    source.write_text(
        '#include "mathematics.h"\n'
        "__global__ void kernel(const double* x, const double* y, const double* u, "
        "const int64_t* j, const int64_t* k, void* out) {\n"
        "int i = threadIdx.x;\n" + "\n".join(calls) + "\n"
        "eqsim::matrix_exponential<3>(x, (double*)out);\n}\n"
        "double on_host(double x) { return eqsim::exp(x) + eqsim::power(x, x); }\n"
    )
    flags = ["-std=c++17", "-arch=sm_90", "-fmad=false", "-Werror=all-warnings"]
    subprocess.run(
        [nvcc, *flags, f"-I{HEADERS}", "-c", source, "-o", tmp_path / "kernel.o"], check=True
    )
