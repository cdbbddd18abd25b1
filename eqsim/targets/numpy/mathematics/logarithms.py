"""Logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsim.targets.numpy.mathematics.arguments import Array, in_double, of_reals
from eqsim.targets.numpy.mathematics.formats import bits_of, format_of, magnitude_of, polynomial
from eqsim.targets.numpy.mathematics.pairs import (
    Pair,
    exact_product,
    exact_sum,
    fast_sum,
    product_of,
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


def scaled(x: Array) -> tuple[Array, Array]:
    """Return the exponent and the significand, which is from sqrt(1/2) to sqrt(2)."""
    f, kind = format_of(x), x.dtype.type
    two_to_mantissa = kind(2.0**f.mantissa)
    subnormal = x < f.smallest_normal
    y = np.where(subnormal, x * 2.0**f.exponents_up_log2, x)
    offset = np.where(subnormal, kind(f.exponents_up_log2), kind(0))
    b = bits_of(y) + f.bits((f.bias << f.mantissa) - f.sqrt_half)
    biased = np.asarray((b >> f.mantissa) | bits_of(two_to_mantissa)).view(x.dtype)
    exponent: Array = (biased - (2.0**f.mantissa + f.bias)) - offset
    significand = np.asarray((b & ((1 << f.mantissa) - 1)) + f.bits(f.sqrt_half)).view(x.dtype)
    return exponent, significand


def log_of_scaled(exponent: Array, significand: Array, correction: Any) -> Array:
    """Return the logarithm of a number in parts, with what was rounded off before."""
    f = format_of(significand)
    m = significand - 1.0
    s, h = m / (2.0 + m), 0.5 * m * m
    z = s * s
    tail = s * (h + polynomial(f.logarithm, z) * z) + (exponent * f.ln2[1] + correction)
    value: Array = exponent * f.ln2[0] - ((h - tail) - m)
    return value


def _log_or_special(x: Array, value: Array) -> Array:
    kind = x.dtype.type
    special = np.where(x == 0, kind(-np.inf), np.where(x > 0, x, kind(np.nan)))
    return np.where((x > 0) & (x < np.inf), value, special)


@of_reals
def log(x: Array) -> Array:
    """Return the natural logarithm; -inf at 0, nan for negative numbers.

    Examples
    --------
    >>> log([1.0, 0.0])
    array([  0., -inf])
    """
    return _log_or_special(x, log_of_scaled(*scaled(x), 0.0))


@of_reals
def log1p(x: Array) -> Array:
    """Return log(1 + x), accurate near 0."""
    u = exact_sum(1.0, x)
    t = u.high - 1.0
    error = (1.0 - (u.high - t)) + (x - t)
    value = _log_or_special(u.high, log_of_scaled(*scaled(u.high), error / u.high))
    return np.where(magnitude_of(x) < format_of(x).linear_below, x, value)


def precise_log(x: Array) -> Pair:
    """Return log(x) to about 2^-64 of itself."""
    k, significand = scaled(x)
    f = significand - 1.0
    d = exact_sum(2.0, f)
    s = f / d.high
    p = exact_product(s, d.high)
    ratio = fast_sum(s, (((f - p.high) - p.low) - s * d.low) / d.high)
    z = product_of(ratio, ratio)
    tail = polynomial(_LOG_TAIL, z.high)
    series = fast_sum(0.6666666666666666, 3.700743415417188e-17 + tail * z.high)
    third = product_of(product_of(ratio, z), series)
    leading = fast_sum(2.0 * ratio.high, third.high)
    low = leading.low + (2.0 * ratio.low + third.low)
    total = exact_sum(k * 0.6931471805592082, leading.high)
    return fast_sum(total.high, total.low + (low + k * 7.371002565167799e-13))


@of_reals
@in_double
def log2(x: Array) -> Array:
    """Return the logarithm to base 2."""
    factor = Pair(1.4426950408889634, 2.0355273740931033e-17)
    product = product_of(precise_log(x), factor)
    return _log_or_special(x, product.high)


@of_reals
@in_double
def log10(x: Array) -> Array:
    """Return the logarithm to base 10.

    Examples
    --------
    >>> log10(1000)
    np.float64(3.0)
    """
    factor = Pair(0.4342944819032518, 1.098319650216765e-17)
    product = product_of(precise_log(x), factor)
    return _log_or_special(x, product.high)
