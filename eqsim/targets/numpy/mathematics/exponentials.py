"""Exponential and hyperbolic functions."""

from __future__ import annotations

import numpy as np

from eqsim.runtime import fused
from eqsim.runtime.fused import multiply_add
from eqsim.targets.numpy.mathematics.arguments import Array, in_double, of_reals
from eqsim.targets.numpy.mathematics.formats import (
    Format,
    bits_of,
    format_of,
    magnitude_of,
    polynomial,
    power_of_two,
    with_sign_of,
)
from eqsim.targets.numpy.mathematics.pairs import exact_sum


def exponential_series(f: Format, r: Array) -> Array:
    """Return (e^r - 1 - r) / r^2, odd and even powers summed beside each other."""
    z = r * r
    odd, even = fused.polynomial(f.exponential[::2], z), fused.polynomial(f.exponential[1::2], z)
    return multiply_add(odd, r, even)


def clamped(x: Array, limits: tuple[float, float]) -> Array:
    """Return x, or the limit that it exceeds; nan for nan."""
    low, high = (x.dtype.type(limit) for limit in limits)
    y = np.where(x < low, low, x)
    return np.where(y > high, high, y)


def scaled_twice(p: Array, k: Array) -> Array:
    """Return p 2^k, in two steps so that neither factor overflows."""
    half = k >> 1
    value: Array = p * power_of_two(half, p) * power_of_two(k - half, p)
    return value


@of_reals
def exp(x: Array) -> Array:
    """Return e^x.

    Examples
    --------
    >>> exp([0.0, 1.0])
    array([1.        , 2.71828183])
    """
    f = format_of(x)
    shift = f.shift + 2 * f.bias
    y = clamped(x, f.exp_range)
    z = multiply_add(y, f.log2_e, shift)
    n = z - shift
    r = multiply_add(-n, f.ln2[1], multiply_add(-n, f.ln2[0], y))
    p = 1.0 + multiply_add(r * r, exponential_series(f, r), r)
    return scaled_twice(p, bits_of(z))


def _scaled_expm1(x: Array) -> Array:
    """Return (e^x - 1) / 2^16, which does not overflow where sinh and exprel are finite."""
    f = format_of(x)
    shift = f.shift + (f.bias - 16)
    y = clamped(x, f.expm1_range)
    z = multiply_add(y, f.log2_e, shift)
    n = z - shift
    first, second = multiply_add(-n, f.ln2[0], y), n * f.ln2[1]
    r = first - second
    low = (first - r) - second
    scale = power_of_two(bits_of(z), r)
    s = exact_sum(scale - 0.0000152587890625, scale * r)
    series = multiply_add(r * r, exponential_series(f, r), low)
    value: Array = s.high + multiply_add(scale, series, s.low)
    return value


@of_reals
def expm1(x: Array) -> Array:
    """Return e^x - 1, accurate near 0."""
    return np.where(magnitude_of(x) < format_of(x).linear_below, x, _scaled_expm1(x) * 65536.0)


@of_reals
def exprel(x: Array) -> Array:
    """Return (e^x - 1) / x, which is 1 at 0.

    Examples
    --------
    >>> exprel([0.0, 1.0])
    array([1.        , 1.71828183])
    """
    f, kind, small = format_of(x), x.dtype.type, 2.0**-16
    shift = f.shift + (f.bias - 16)
    lowest, highest = map(kind, f.expm1_range)
    above = np.where(x > highest, highest, x)
    y = np.where(x < lowest, lowest, above)
    z = multiply_add(y, f.log2_e, shift)
    n = z - shift
    r = multiply_add(-n, f.ln2[1], multiply_add(-n, f.ln2[0], y))
    scale = power_of_two(bits_of(z), r)
    series = multiply_add(r * r, exponential_series(f, r), r)
    dividend, divisor = multiply_add(scale, series, scale - small), above * small
    return np.where(divisor == 0, kind(1), dividend / divisor)


@of_reals
def inverse_exprel(x: Array) -> Array:
    """Return x / (e^x - 1), which is 1 at 0.

    Examples
    --------
    >>> inverse_exprel([0.0, 1.0])
    array([1.        , 0.58197671])
    """
    f, kind = format_of(x), x.dtype.type
    shift = f.shift + (f.bias - f.ratio_exponent)
    above = np.where(x > kind(f.ratio_highest), kind(f.ratio_highest), x)
    y = np.where(above < kind(f.expm1_range[0]), kind(f.expm1_range[0]), above)
    z = multiply_add(y, f.log2_e, shift)
    n = z - shift
    r = multiply_add(-n, f.ln2[1], multiply_add(-n, f.ln2[0], y))
    scale, small = power_of_two(bits_of(z), r), 2.0**-f.ratio_exponent
    series = multiply_add(r * r, exponential_series(f, r), r)
    divisor = multiply_add(scale, series, scale - small)
    value: Array = np.where(divisor == 0, kind(1), above * small / divisor)
    return value


@of_reals
def tanh(x: Array) -> Array:
    """Return the hyperbolic tangent."""
    f, a = format_of(x), magnitude_of(x)
    z, t = a * a, _scaled_expm1(a + a) * 65536.0
    near, far = a + a * z * polynomial(f.hyperbolic_tangent, z), 1.0 - 2.0 / (t + 2.0)
    y = np.where(a < x.dtype.type(0.55), near, np.where(a > f.tanh_one_above, 1.0, far))
    return with_sign_of(y.astype(x.dtype), x)


@of_reals
@in_double
def sinh(x: Array) -> Array:
    """Return the hyperbolic sine."""
    a = magnitude_of(x)
    e = _scaled_expm1(a)
    t = e * 65536.0
    y = np.where(a < 40.0, 0.5 * (t + t / (t + 1.0)), e * 32768.0)
    return with_sign_of(np.where(a < 3.725290298461914e-09, a, y), x)


@of_reals
@in_double
def cosh(x: Array) -> Array:
    """Return the hyperbolic cosine."""
    a = magnitude_of(x)
    e = _scaled_expm1(a)
    t = e * 65536.0 + 1.0
    return np.where(a < 40.0, 0.5 * (t + 1.0 / t), e * 32768.0)
