"""NumPy arrays to function values, with the same bits as the generated C++ and CUDA code.

The mirror of ``templates/common/mathematics.h``, operation by operation: that header says which
operations are allowed and how accurate each function is. Functions take arrays or scalars and give
the input's type back: float32, float64, or int64 where a function has integers. They never warn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Function = Callable[..., Array]


@dataclass(frozen=True, slots=True)
class _Format:
    """What the two floating formats differ in."""

    bits: type[np.unsignedinteger[Any]]
    mantissa: int
    bias: int
    sqrt_half: int
    smallest_normal: float
    exponents_up_log2: int
    log2_e: float
    ln2: tuple[float, float]
    exp_range: tuple[float, float]
    expm1_range: tuple[float, float]
    ratio_highest: float
    ratio_exponent: int
    linear_below: float
    tanh_one_above: float
    two_over_pi: float
    angle_limit: float
    half_pi: tuple[float, float, float, float, float]
    exponential: tuple[float, ...]
    logarithm: tuple[float, ...]
    sine: tuple[float, ...]
    cosine: tuple[float, ...]
    hyperbolic_tangent: tuple[float, ...]

    @property
    def width(self) -> int:
        return 8 * np.dtype(self.bits).itemsize

    @property
    def shift(self) -> float:
        return 1.5 * 2.0**self.mantissa


_DOUBLE = _Format(
    bits=np.uint64,
    mantissa=52,
    bias=1023,
    sqrt_half=0x3FE6A09E667F3BCD,
    smallest_normal=2.2250738585072014e-308,
    exponents_up_log2=54,
    log2_e=1.4426950408889634,
    ln2=(0.6931471803691238, 1.9082149292705877e-10),
    exp_range=(-746.0, 710.0),
    expm1_range=(-50.0, 720.0),
    ratio_highest=753.0,
    ratio_exponent=64,
    linear_below=5.551115123125783e-17,
    tanh_one_above=22.0,
    two_over_pi=0.6366197723675814,
    angle_limit=0.79,
    half_pi=(
        1.570796251296997,
        7.549789415861596e-08,
        5.390302529957765e-15,
        3.2820031633724233e-22,
        3.7950107727212256e-29,
    ),
    exponential=(
        2.5114445342003633e-08,
        2.762628373690144e-07,
        2.755722804951868e-06,
        2.480150456976045e-05,
        0.00019841269902913254,
        0.0013888888932255927,
        0.008333333333314652,
        0.0416666666665741,
        0.16666666666666685,
        0.5000000000000006,
    ),
    logarithm=(
        0.1461916613488797,
        0.1533150161114533,
        0.18182895750119193,
        0.22222211043776857,
        0.2857142862653362,
        0.3999999999989827,
        0.666666666666667,
    ),
    sine=(
        1.5917848524808262e-10,
        -2.5051127944014188e-08,
        2.755731608381636e-06,
        -0.00019841269836722418,
        0.008333333333330925,
        -0.16666666666666666,
    ),
    cosine=(
        -1.1382456778061306e-11,
        2.0876143827993133e-09,
        -2.7557317260008837e-07,
        2.480158729874307e-05,
        -0.0013888888888887382,
        0.041666666666666664,
    ),
    hyperbolic_tangent=(
        -2.0602760746256897e-05,
        8.511313019276638e-05,
        -0.000234634737024211,
        0.0005889360506386874,
        -0.001455661829823084,
        0.0035921103786542966,
        -0.00886323439781172,
        0.02186948849366683,
        -0.05396825396743401,
        0.13333333333332714,
        -0.3333333333333333,
    ),
)

_SINGLE = _Format(
    bits=np.uint32,
    mantissa=23,
    bias=127,
    sqrt_half=0x3F3504F3,
    smallest_normal=1.17549435e-38,
    exponents_up_log2=25,
    log2_e=1.442695,
    ln2=(0.69311523, 3.1946183e-05),
    exp_range=(-105.0, 89.0),
    expm1_range=(-20.0, 94.0),
    ratio_highest=109.0,
    ratio_exponent=32,
    linear_below=2.9802322e-08,
    tanh_one_above=10.0,
    two_over_pi=0.63661975,
    angle_limit=0.79,
    half_pi=(1.5703125, 0.0004837513, 7.5495336e-08, 2.563283e-12, 6.123234e-17),
    exponential=(0.00019890991, 0.001393365, 0.0083333105, 0.041666467, 0.16666667, 0.5),
    logarithm=(0.23332763, 0.28550735, 0.40000123, 0.6666667),
    sine=(2.7249314e-06, -0.00019840083, 0.008333332, -0.16666667),
    cosine=(2.4547437e-05, -0.00138883, 0.041666664),
    hyperbolic_tangent=(-0.0066102273, 0.021309389, -0.05390943, 0.13333113, -0.3333333),
)

_LOG_TAIL = (
    0.12915929658165393,
    0.13285770192868424,
    0.15385580435394985,
    0.1818180817006874,
    0.22222222271577444,
    0.2857142857133746,
    0.4000000000000003,
)

_ARCTAN = (
    0.01627194475162406,
    -0.034558092551413795,
    0.04551108126325172,
    -0.052303478730160745,
    0.058789145444006215,
    -0.06666423628069258,
    0.0769229630497447,
    -0.09090908751076636,
    0.11111111105106705,
    -0.14285714285659326,
    0.199999999999998,
    -0.3333333333333333,
)

_INVERSE_FACTORIALS = (
    (1.0, 0.0),
    (1.0, 0.0),
    (0.5, 0.0),
    (0.16666666666666666, 9.25185853854297e-18),
    (0.041666666666666664, 2.3129646346357427e-18),
    (0.008333333333333333, 1.1564823173178714e-19),
    (0.001388888888888889, -5.300543954373577e-20),
    (0.0001984126984126984, 1.7209558293420705e-22),
    (2.48015873015873e-05, 2.1511947866775882e-23),
    (2.7557319223985893e-06, -1.858393274046472e-22),
    (2.755731922398589e-07, 2.3767714622250297e-23),
    (2.505210838544172e-08, -1.448814070935912e-24),
    (2.08767569878681e-09, -1.20734505911326e-25),
    (1.6059043836821613e-10, 1.2585294588752098e-26),
    (1.1470745597729725e-11, 2.0655512752830745e-28),
    (7.647163731819816e-13, 7.03872877733453e-30),
    (4.779477332387385e-14, 4.399205485834081e-31),
    (2.8114572543455206e-15, 1.6508842730861433e-31),
    (1.5619206968586225e-16, 1.1910679660273754e-32),
    (8.22063524662433e-18, 2.2141894119604265e-34),
    (4.110317623312165e-19, 1.4412973378659527e-36),
)


# --------------------------------------------------------------------------------- arguments


def _alike(arguments: tuple[ArrayLike, ...], integers: bool) -> list[Array]:
    kind = np.result_type(*(a if isinstance(a, float | int) else np.asarray(a) for a in arguments))
    if kind.kind in "biu":
        kind = np.dtype(np.int64 if integers else np.float64)
    elif kind != np.float32:
        kind = np.dtype(np.float64)
    return [np.asarray(a, dtype=kind) for a in arguments]


def _of_reals(function: Function) -> Callable[..., Any]:
    """Make a function of arrays of one floating type take anything, without warnings."""

    @wraps(function)
    def quiet(*arguments: ArrayLike) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(function(*_alike(arguments, integers=False)))[()]

    return quiet


def _of_numbers(function: Function) -> Callable[..., Any]:
    """Make a function of arrays of one type, int64 included, take anything, without warnings."""

    @wraps(function)
    def quiet(*arguments: ArrayLike) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(function(*_alike(arguments, integers=True)))[()]

    return quiet


def _in_double(function: Function) -> Function:
    """Compute float32 values in float64 and round."""

    @wraps(function)
    def rounded(*arguments: Array) -> Array:
        value = function(*(a.astype(np.float64) for a in arguments))
        return np.asarray(value).astype(arguments[0].dtype)

    return rounded


# --------------------------------------------------------------------------- bits and formats


def _format(x: Array) -> _Format:
    return _SINGLE if x.dtype == np.float32 else _DOUBLE


def _bits(x: Array) -> Array:
    return np.asarray(x).view(_format(x).bits)


def _magnitude(x: Array) -> Array:
    return np.fabs(x)


def _with_sign_of(magnitude: ArrayLike, sign: Array) -> Array:
    return np.copysign(magnitude, sign)


def _power_of_two(k: Array, like: Array) -> Array:
    return np.asarray(k << _format(like).mantissa).view(like.dtype)


def _exponential(f: _Format, r: Array) -> Array:
    """Return (e^r - 1 - r) / r^2, odd and even powers summed beside each other."""
    z = r * r
    odd, even = _polynomial(f.exponential[::2], z), _polynomial(f.exponential[1::2], z)
    value: Array = odd * r + even
    return value


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    value: Array = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        value = value * x + coefficient
    return value


# -------------------------------------------------------------------- signs, limits, rounding


@_of_numbers
def abs(x: Array) -> Array:  # noqa: A001
    """Return the magnitude.

    Examples
    --------
    >>> abs(-2)
    np.int64(2)
    """
    return np.abs(x)


@_of_numbers
def sign(x: Array) -> Array:
    """Return -1, 0 or 1; nan for nan.

    Examples
    --------
    >>> sign([-2.0, -0.0, 3.0])
    array([-1.,  0.,  1.])
    """
    rest = np.where(x == 0, x.dtype.type(0), x)
    return np.where(x > 0, x.dtype.type(1), np.where(x < 0, x.dtype.type(-1), rest))


@_of_numbers
def minimum(x: Array, y: Array) -> Array:
    """Return the smaller value; nan if either is nan, the first of two zeros."""
    return np.where(x <= y, x, np.where(x != x, x, y))


@_of_numbers
def maximum(x: Array, y: Array) -> Array:
    """Return the larger value; nan if either is nan, the first of two zeros."""
    return np.where(x >= y, x, np.where(x != x, x, y))


@_of_numbers
def clip(x: Array, low: Array, high: Array) -> Array:
    """Return x, or the limit that it exceeds.

    Examples
    --------
    >>> clip([1, 5, 9], 2, 6)
    array([2, 5, 6])
    """
    return np.asarray(minimum(maximum(x, low), high))


@_of_reals
def floor(x: Array) -> Array:
    """Return the largest whole number not above x."""
    return np.floor(x)


@_of_reals
def ceil(x: Array) -> Array:
    """Return the smallest whole number not below x."""
    return np.ceil(x)


@_of_reals
def sqrt(x: Array) -> Array:
    """Return the square root; nan for negative numbers."""
    return np.sqrt(x)


@_of_numbers
def to_integer(x: Array) -> Array:
    """Truncate towards zero to int64; the nearest int64 for numbers beyond it, 0 for nan.

    Examples
    --------
    >>> to_integer([-1.7, 1.7, float("nan"), float("inf")])
    array([                 -1,                   1,                   0,
           9223372036854775807])
    """
    if x.dtype == np.int64:
        return x
    above, below = x >= 9223372036854775808.0, x < -9223372036854775808.0
    inside = np.where(above | ~(x >= -9223372036854775808.0), 0.0, x).astype(np.int64)
    limits = np.iinfo(np.int64)
    return np.where(above, limits.max, np.where(below, limits.min, inside))


@_of_reals
def timestep(t: Array, dt: Array) -> Array:
    """Return the step in which time t lies, from 0; a t rounded to just below it still counts.

    Examples
    --------
    >>> timestep(0.3, 0.1)
    np.int64(3)
    """
    t, dt = t.astype(np.float64), dt.astype(np.float64)
    return np.asarray(to_integer((t + 1e-3 * dt) / dt))


# ---------------------------------------------------------------------- double-double numbers


class _Pair(NamedTuple):
    high: Any
    low: Any


def _fast_sum(a: Any, b: Any) -> _Pair:
    s = a + b
    return _Pair(s, b - (s - a))


def _exact_sum(a: Any, b: Any) -> _Pair:
    s = a + b
    t = s - a
    return _Pair(s, (a - (s - t)) + (b - t))


def _exact_product(a: Any, b: Any) -> _Pair:
    p, s, t = a * b, 134217729.0 * a, 134217729.0 * b
    a_high, b_high = s - (s - a), t - (t - b)
    a_low, b_low = a - a_high, b - b_high
    return _Pair(p, a_low * b_low - (((p - a_high * b_high) - a_low * b_high) - a_high * b_low))


def _product(a: _Pair, b: _Pair) -> _Pair:
    p = _exact_product(a.high, b.high)
    return _fast_sum(p.high, p.low + (a.high * b.low + a.low * b.high))


# ------------------------------------------------------------------------------- exponentials


def _clamped(x: Array, limits: tuple[float, float]) -> Array:
    low, high = (x.dtype.type(limit) for limit in limits)
    y = np.where(x < low, low, x)
    return np.where(y > high, high, y)


def _scaled_twice(p: Array, k: Array) -> Array:
    half = k >> 1
    value: Array = p * _power_of_two(half, p) * _power_of_two(k - half, p)
    return value


@_of_reals
def exp(x: Array) -> Array:
    """Return e^x.

    Examples
    --------
    >>> exp([0.0, 1.0])
    array([1.        , 2.71828183])
    """
    f = _format(x)
    shift = f.shift + 2 * f.bias
    y = _clamped(x, f.exp_range)
    z = y * f.log2_e + shift
    n = z - shift
    r = (y - n * f.ln2[0]) - n * f.ln2[1]
    p = 1.0 + (r + r * r * _exponential(f, r))
    return _scaled_twice(p, _bits(z))


def _scaled_expm1(x: Array) -> Array:
    """Return (e^x - 1) / 2^16, which does not overflow where sinh and exprel are finite."""
    f = _format(x)
    shift = f.shift + (f.bias - 16)
    y = _clamped(x, f.expm1_range)
    z = y * f.log2_e + shift
    n = z - shift
    first, second = y - n * f.ln2[0], n * f.ln2[1]
    r = first - second
    low = (first - r) - second
    scale = _power_of_two(_bits(z), r)
    s = _exact_sum(scale - 0.0000152587890625, scale * r)
    value: Array = s.high + (s.low + scale * (r * r * _exponential(f, r) + low))
    return value


@_of_reals
def expm1(x: Array) -> Array:
    """Return e^x - 1, accurate near 0."""
    return np.where(_magnitude(x) < _format(x).linear_below, x, _scaled_expm1(x) * 65536.0)


@_of_reals
def exprel(x: Array) -> Array:
    """Return (e^x - 1) / x, which is 1 at 0.

    Examples
    --------
    >>> exprel([0.0, 1.0])
    array([1.        , 1.71828183])
    """
    f, kind, small = _format(x), x.dtype.type, 2.0**-16
    shift = f.shift + (f.bias - 16)
    lowest, highest = map(kind, f.expm1_range)
    above = np.where(x > highest, highest, x)
    y = np.where(x < lowest, lowest, above)
    z = y * f.log2_e + shift
    n = z - shift
    r = (y - n * f.ln2[0]) - n * f.ln2[1]
    scale = _power_of_two(_bits(z), r)
    dividend = (scale - small) + scale * (r + r * r * _exponential(f, r))
    return np.where(_magnitude(x) < f.linear_below, kind(1), dividend / (above * small))


@_of_reals
def inverse_exprel(x: Array) -> Array:
    """Return x / (e^x - 1), which is 1 at 0.

    Examples
    --------
    >>> inverse_exprel([0.0, 1.0])
    array([1.        , 0.58197671])
    """
    f, kind = _format(x), x.dtype.type
    shift = f.shift + (f.bias - f.ratio_exponent)
    above = np.where(x > kind(f.ratio_highest), kind(f.ratio_highest), x)
    y = np.where(above < kind(f.expm1_range[0]), kind(f.expm1_range[0]), above)
    z = y * f.log2_e + shift
    n = z - shift
    r = (y - n * f.ln2[0]) - n * f.ln2[1]
    scale, small = _power_of_two(_bits(z), r), 2.0**-f.ratio_exponent
    divisor = (scale - small) + scale * (r + r * r * _exponential(f, r))
    return np.where(_magnitude(x) < f.linear_below, kind(1), above * small / divisor)


@_of_reals
def tanh(x: Array) -> Array:
    """Return the hyperbolic tangent."""
    f, a = _format(x), _magnitude(x)
    z, t = a * a, _scaled_expm1(a + a) * 65536.0
    near, far = a + a * z * _polynomial(f.hyperbolic_tangent, z), 1.0 - 2.0 / (t + 2.0)
    y = np.where(a < x.dtype.type(0.55), near, np.where(a > f.tanh_one_above, 1.0, far))
    return _with_sign_of(y.astype(x.dtype), x)


@_of_reals
@_in_double
def sinh(x: Array) -> Array:
    """Return the hyperbolic sine."""
    a = _magnitude(x)
    e = _scaled_expm1(a)
    t = e * 65536.0
    y = np.where(a < 40.0, 0.5 * (t + t / (t + 1.0)), e * 32768.0)
    return _with_sign_of(np.where(a < 3.725290298461914e-09, a, y), x)


@_of_reals
@_in_double
def cosh(x: Array) -> Array:
    """Return the hyperbolic cosine."""
    a = _magnitude(x)
    e = _scaled_expm1(a)
    t = e * 65536.0 + 1.0
    return np.where(a < 40.0, 0.5 * (t + 1.0 / t), e * 32768.0)


# --------------------------------------------------------------------------------- logarithms


def _scaled(x: Array) -> tuple[Array, Array]:
    """Return the exponent and the significand, which is from sqrt(1/2) to sqrt(2)."""
    f, kind = _format(x), x.dtype.type
    two_to_mantissa = kind(2.0**f.mantissa)
    subnormal = x < f.smallest_normal
    y = np.where(subnormal, x * 2.0**f.exponents_up_log2, x)
    offset = np.where(subnormal, kind(f.exponents_up_log2), kind(0))
    b = _bits(y) + f.bits((f.bias << f.mantissa) - f.sqrt_half)
    biased = np.asarray((b >> f.mantissa) | _bits(two_to_mantissa)).view(x.dtype)
    exponent: Array = (biased - (2.0**f.mantissa + f.bias)) - offset
    significand = np.asarray((b & ((1 << f.mantissa) - 1)) + f.bits(f.sqrt_half)).view(x.dtype)
    return exponent, significand


def _log_of_scaled(exponent: Array, significand: Array, correction: Any) -> Array:
    f = _format(significand)
    m = significand - 1.0
    s, h = m / (2.0 + m), 0.5 * m * m
    z = s * s
    tail = s * (h + _polynomial(f.logarithm, z) * z) + (exponent * f.ln2[1] + correction)
    value: Array = exponent * f.ln2[0] - ((h - tail) - m)
    return value


def _log_or_special(x: Array, value: Array) -> Array:
    kind = x.dtype.type
    special = np.where(x == 0, kind(-np.inf), np.where(x > 0, x, kind(np.nan)))
    return np.where((x > 0) & (x < np.inf), value, special)


@_of_reals
def log(x: Array) -> Array:
    """Return the natural logarithm; -inf at 0, nan for negative numbers.

    Examples
    --------
    >>> log([1.0, 0.0])
    array([  0., -inf])
    """
    return _log_or_special(x, _log_of_scaled(*_scaled(x), 0.0))


@_of_reals
def log1p(x: Array) -> Array:
    """Return log(1 + x), accurate near 0."""
    u = _exact_sum(1.0, x)
    t = u.high - 1.0
    error = (1.0 - (u.high - t)) + (x - t)
    value = _log_or_special(u.high, _log_of_scaled(*_scaled(u.high), error / u.high))
    return np.where(_magnitude(x) < _format(x).linear_below, x, value)


def _precise_log(x: Array) -> _Pair:
    """Return log(x) to about 2^-64 of itself."""
    k, significand = _scaled(x)
    f = significand - 1.0
    d = _exact_sum(2.0, f)
    s = f / d.high
    p = _exact_product(s, d.high)
    ratio = _fast_sum(s, (((f - p.high) - p.low) - s * d.low) / d.high)
    z = _product(ratio, ratio)
    tail = _polynomial(_LOG_TAIL, z.high)
    series = _fast_sum(0.6666666666666666, 3.700743415417188e-17 + tail * z.high)
    third = _product(_product(ratio, z), series)
    leading = _fast_sum(2.0 * ratio.high, third.high)
    low = leading.low + (2.0 * ratio.low + third.low)
    total = _exact_sum(k * 0.6931471805592082, leading.high)
    return _fast_sum(total.high, total.low + (low + k * 7.371002565167799e-13))


@_of_reals
@_in_double
def log2(x: Array) -> Array:
    """Return the logarithm to base 2."""
    factor = _Pair(1.4426950408889634, 2.0355273740931033e-17)
    product = _product(_precise_log(x), factor)
    return _log_or_special(x, product.high)


@_of_reals
@_in_double
def log10(x: Array) -> Array:
    """Return the logarithm to base 10.

    Examples
    --------
    >>> log10(1000)
    np.float64(3.0)
    """
    factor = _Pair(0.4342944819032518, 1.098319650216765e-17)
    product = _product(_precise_log(x), factor)
    return _log_or_special(x, product.high)


# ------------------------------------------------------------------------------------- powers


def _exp_of_pair(x: _Pair) -> Array:
    f = _DOUBLE
    shift = f.shift + 2 * f.bias
    y = _clamped(x.high, f.exp_range)
    z = y * f.log2_e + shift
    n = z - shift
    first, second = y - n * f.ln2[0], n * f.ln2[1] - np.where(y == x.high, x.low, 0.0)
    r = first - second
    low = (first - r) - second
    p = 1.0 + (r + (r * r * _exponential(f, r) + low))
    return _scaled_twice(p, _bits(z))


def _power_or_special(x: Array, y: Array, magnitude: Array) -> Array:
    """Return the signs and limits of x^y around |x|^y, given for finite x other than 0."""
    kind, a, half = x.dtype.type, _magnitude(x), 0.5 * y
    whole = np.floor(y) == y
    odd = whole & (np.floor(half) != half)
    at_zero = np.where(y < 0, kind(np.inf), kind(0))
    at_infinity = np.where(y < 0, kind(0), kind(np.inf))
    value = np.where(a == 0, at_zero, np.where(a == np.inf, at_infinity, magnitude))
    value = np.where(np.signbit(x) & odd, -value, value)
    value = np.where((x < 0) & (a < np.inf) & ~whole, kind(np.nan), value)
    value = np.where((x != x) | (y != y), x + y, value)
    return np.where((x == 1) | (y == 0), kind(1), value)


@_of_reals
def power(x: Array, y: Array) -> Array:
    """Return x^y, with the limits and signs of C's pow.

    Examples
    --------
    >>> power([2.0, -2.0, -2.0], [0.5, 3.0, 0.5])
    array([ 1.41421356, -8.        ,         nan])
    """
    a, exponent = _magnitude(x).astype(np.float64), y.astype(np.float64)
    if x.dtype == np.float32:
        limited = _clamped(exponent, (-4294967296.0, 4294967296.0))
        value = exp(limited * _log_of_scaled(*_scaled(a), 0.0)).astype(np.float32)
    else:
        limited = _clamped(exponent, (-36893488147419103232.0, 36893488147419103232.0))
        logarithm = _precise_log(a)
        p = _exact_product(logarithm.high, limited)
        value = _exp_of_pair(_fast_sum(p.high, p.low + logarithm.low * limited))
    return _power_or_special(x, y, value)


# ------------------------------------------------------------------------------- trigonometry


class _Angle(NamedTuple):
    value: Array
    low: Any
    quadrant: Array


def _reduced(x: Array) -> _Angle:
    """Return x less the nearest multiple of pi / 2, and that multiple's low bits."""
    f = _format(x)
    z = x * f.two_over_pi + f.shift
    n = z - f.shift
    a = (x - n * f.half_pi[0]) - n * f.half_pi[1]
    third = n * f.half_pi[2]
    b = a - third
    fourth = n * f.half_pi[3]
    c = b - fourth
    tail = (((a - b) - third) + ((b - c) - fourth)) - n * f.half_pi[4]
    r = c + tail
    low = np.where(_magnitude(r) > f.angle_limit, x.dtype.type(0), (c - r) + tail)
    return _Angle(_clamped(r, (-f.angle_limit, f.angle_limit)), low, _bits(z))


def _sine_of(angle: _Angle, quadrants: int) -> Array:
    f = _format(angle.value)
    quadrant = angle.quadrant + f.bits(quadrants)
    r = angle.value
    z = r * r
    h = 0.5 * z
    w = 1.0 - h
    s = r + (r * z * _polynomial(f.sine, z) + angle.low)
    c = w + (((1.0 - w) - h) + (z * z * _polynomial(f.cosine, z) - r * angle.low))
    y = np.where((quadrant & 1) == 1, c, s)
    return np.asarray(_bits(y) ^ ((quadrant & 2) << (f.width - 2))).view(r.dtype)


@_of_reals
def sin(x: Array) -> Array:
    """Return the sine of an angle in radians."""
    return np.where(x == 0, x, _sine_of(_reduced(x), 0))


@_of_reals
def cos(x: Array) -> Array:
    """Return the cosine of an angle in radians."""
    return _sine_of(_reduced(x), 1)


@_of_reals
@_in_double
def tan(x: Array) -> Array:
    """Return the tangent of an angle in radians."""
    angle = _reduced(x)
    return np.where(x == 0, x, _sine_of(angle, 0) / _sine_of(angle, 1))


@_of_reals
def cosine_of_turns(u: Array) -> Array:
    """Return cos(2 pi u) for 0 <= u < 1."""
    z = 4.0 * u + _DOUBLE.shift
    n = z - _DOUBLE.shift
    return _sine_of(_Angle((u - 0.25 * n) * 6.283185307179586, 0.0, _bits(z)), 1)


def _angle_of_point(y: Array, x: ArrayLike) -> Array:
    """Return the angle from 0 to pi / 2 of the point (x, y), neither of them negative."""
    x = np.asarray(x)
    steep, middle = y > 2.414213562373095 * x, y > 0.41421356237309503 * x
    above = np.where(steep, -x, np.where(middle, y - x, y))
    below = np.where(steep, y, np.where(middle, y + x, x))
    base = np.where(steep, 1.5707963267948966, np.where(middle, 0.7853981633974483, 0.0))
    low = np.where(steep, 6.123233995736766e-17, np.where(middle, 3.061616997868383e-17, 0.0))
    t = above / below
    z = t * t
    value: Array = base + (t + (t * z * _polynomial(_ARCTAN, z) + low))
    return value


@_of_reals
@_in_double
def arctan(x: Array) -> Array:
    """Return the angle whose tangent is x."""
    return _with_sign_of(_angle_of_point(_magnitude(x), 1.0), x)


@_of_reals
@_in_double
def arcsin(x: Array) -> Array:
    """Return the angle whose sine is x; nan beyond -1 and 1."""
    a = _magnitude(x)
    return _with_sign_of(_angle_of_point(a, np.sqrt((1.0 - a) * (1.0 + a))), x)


@_of_reals
@_in_double
def arccos(x: Array) -> Array:
    """Return the angle whose cosine is x; nan beyond -1 and 1."""
    value: Array = 2.0 * _angle_of_point(np.sqrt(1.0 - x), np.sqrt(1.0 + x))
    return value


# ------------------------------------------------------------------ division that rounds down


def _divide(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the quotient, rounded down, and the remainder, which has the sign of y."""
    a, b = _magnitude(x), _magnitude(y)
    tiny = np.where(a < 1e-240, 1.6069380442589903e60, 1.0)
    scale = np.where(a > 1e270, 6.223015277861142e-61, tiny)
    q = np.floor(x / y)
    p = _exact_product(q, y * scale)
    r = ((x * scale - p.high) - p.low) / scale
    r, q = np.where(a < b, x, r), np.where(a < b, 0.0, q)
    wrong_sign = (r != 0) & ((r < 0) != (y < 0))
    too_large = (r != 0) & (_magnitude(r) >= b) & ~wrong_sign
    q = np.where(wrong_sign, q - 1.0, np.where(too_large, q + 1.0, q))
    r = np.where(wrong_sign, r + y, np.where(too_large, r - y, r))
    coarse = _magnitude(q) >= 9007199254740992.0
    r = np.where((r == 0) | coarse, _with_sign_of(0.0, y), r)
    q = np.where(q == 0, _with_sign_of(0.0, x / y), q)
    infinite, no_divisor = x - x != 0, (y == 0) | (y != y)
    q = np.where(infinite, np.nan, np.where(no_divisor, x / y, q))
    return q, np.where(infinite | no_divisor, np.nan, r)


def _divide_integers(x: Array, y: Array) -> tuple[Array, Array]:
    safe = np.where((y == 0) | (y == -1), 1, y)
    return np.where(y == 0, 0, np.where(y == -1, -x, x // safe)), x % safe


@_of_numbers
def floor_divide(x: Array, y: Array) -> Array:
    """Return x / y rounded down; integers by zero are 0.

    Examples
    --------
    >>> floor_divide([7, -7], 2)
    array([ 3, -4])
    """
    if x.dtype == np.int64:
        return _divide_integers(x, y)[0]
    return _in_double(lambda a, b: _divide(a, b)[0])(x, y)


@_of_numbers
def modulo(x: Array, y: Array) -> Array:
    """Return the remainder of `floor_divide`; real numbers by zero are nan, integers 0.

    Examples
    --------
    >>> modulo([7, -7], 2)
    array([1, 1])
    >>> modulo(-0.5, 2.0)
    np.float64(1.5)
    """
    if x.dtype == np.int64:
        return _divide_integers(x, y)[1]
    return _in_double(lambda a, b: _divide(a, b)[1])(x, y)


# ------------------------------------------------------------------------- matrix exponential


def _multiply(a: _Pair, b: _Pair) -> _Pair:
    total = _Pair(np.zeros_like(a.high), np.zeros_like(a.high))
    for k in range(len(a.high)):
        column = _Pair(a.high[:, k, None], a.low[:, k, None])
        row = _Pair(b.high[None, k], b.low[None, k])
        p = _exact_product(column.high, row.high)
        s = _exact_sum(total.high, p.high)
        cross = column.high * row.low + column.low * row.high
        low = (s.low + total.low) + (p.low + cross)
        total = _fast_sum(s.high, np.where(low - low == 0, low, 0.0))
    return total


_BALANCING_SWEEPS = 6
_LARGEST_SCALING = 500


def _balancing_exponent(column: Array, row: Array) -> Array:
    of_column, of_row = (_bits(x).view(np.int64) >> 52 for x in (column, row))
    one = 1023
    without_row = np.where(column == 0, 0, one - 2 - of_column)
    with_row = np.where(column == 0, of_row - (one - 2), (of_row - of_column) >> 1)
    return np.asarray(np.where(row == 0, without_row, with_row))


def _balanced(entries: Array) -> tuple[Array, Array]:
    a, k = entries.copy(), np.zeros(entries.shape[1:], dtype=np.int64)
    for i in list(range(len(a))) * _BALANCING_SWEEPS:
        column, row = np.zeros(entries.shape[2:]), np.zeros(entries.shape[2:])
        others = [j for j in range(len(a)) if j != i]
        for j in others:
            column = np.asarray(column + _magnitude(a[j, i]))
            row = np.asarray(row + _magnitude(a[i, j]))
        wanted = _balancing_exponent(column, row)
        shift = np.clip(wanted, -_LARGEST_SCALING - k[i], _LARGEST_SCALING - k[i])
        up, down = (_power_of_two(1023 + e, a) for e in (shift, -shift))
        better = column * up + row * down < 0.95 * (column + row)
        k[i] += np.where(better, shift, 0)
        a[others, i] *= np.where(better, up, 1.0)
        a[i, others] *= np.where(better, down, 1.0)
    return a, k


def _largest_row_sum(entries: Array) -> Array:
    norm = np.zeros(entries.shape[2:])
    for row in entries:
        total = np.zeros_like(norm)
        for entry in row:
            total = total + _magnitude(entry)
        norm = np.asarray(maximum(norm, total))
    return norm


def _taylor_polynomial(a: Array) -> _Pair:
    diagonal = np.arange(len(a))
    power = _Pair(np.zeros_like(a), np.zeros_like(a))
    power.high[diagonal, diagonal], power.low[diagonal, diagonal] = _INVERSE_FACTORIALS[20]
    for high, low in reversed(_INVERSE_FACTORIALS[:20]):
        power = _multiply(_Pair(a, np.zeros_like(a)), power)
        s = _exact_sum(power.high[diagonal, diagonal], high)
        renewed = _fast_sum(s.high, s.low + (power.low[diagonal, diagonal] + low))
        power.high[diagonal, diagonal], power.low[diagonal, diagonal] = renewed
    return power


def matrix_exponential(entries: ArrayLike) -> Array:
    """Return e^A for small square matrices.

    Parameters
    ----------
    entries : array_like, shape (n, n, ...)
        Rows and columns first; the other axes count matrices.

    Returns
    -------
    ndarray, shape (n, n, ...)
        float32 for float32, else float64; all nan where the row sums of A are not finite.

    References
    ----------
    Moler, C. and Van Loan, C. (2003). Nineteen dubious ways to compute the exponential of a
    matrix, twenty-five years later. SIAM Review 45, 3-49. doi:10.1137/S00361445024180

    Parlett, B. N. and Reinsch, C. (1969). Balancing a matrix for calculation of eigenvalues and
    eigenvectors. Numerische Mathematik 13, 293-304. doi:10.1007/BF02165404

    Examples
    --------
    >>> matrix_exponential([[0.0, 1.0], [0.0, 0.0]])
    array([[1., 1.],
           [0., 1.]])
    """
    (given,) = _alike((entries,), integers=False)
    matrix = given.astype(np.float64)
    with np.errstate(all="ignore"):
        norm = _largest_row_sum(matrix)
        finite = norm - norm == 0
        matrix, exponents = _balanced(matrix)
        norm = _largest_row_sum(matrix)
        finite &= norm - norm == 0
        squarings, scale = np.zeros(norm.shape, dtype=np.int64), np.ones(norm.shape)
        while np.any(large := finite & (norm > 0.5)):
            squarings = squarings + large
            scale = np.where(large, scale * 0.5, scale)
            norm = np.where(large, norm * 0.5, norm)
        power = _taylor_polynomial(matrix * scale)
        for done in range(int(np.max(squarings, initial=0))):
            square = _multiply(power, power)
            more = squarings > done
            power = _Pair(
                *(np.where(more, new, old) for new, old in zip(square, power, strict=True))
            )
        back = _power_of_two(1023 + exponents[:, None] - exponents[None], matrix)
        return np.asarray(np.where(finite, power.high * back, np.nan).astype(given.dtype))
