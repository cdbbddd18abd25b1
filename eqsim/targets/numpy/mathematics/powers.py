"""Powers with any exponent."""

from __future__ import annotations

import numpy as np

from eqsim.runtime.fused import multiply_add
from eqsim.targets.numpy.mathematics.arguments import Array, of_reals
from eqsim.targets.numpy.mathematics.exponentials import (
    clamped,
    exp,
    exponential_series,
    scaled_twice,
)
from eqsim.targets.numpy.mathematics.formats import DOUBLE, bits_of, magnitude_of
from eqsim.targets.numpy.mathematics.logarithms import log_of_scaled, precise_log, scaled
from eqsim.targets.numpy.mathematics.pairs import Pair, exact_product, fast_sum


def _exp_of_pair(x: Pair) -> Array:
    f = DOUBLE
    shift = f.shift + 2 * f.bias
    y = clamped(x.high, f.exp_range)
    z = multiply_add(y, f.log2_e, shift)
    n = z - shift
    first = multiply_add(-n, f.ln2[0], y)
    second = multiply_add(n, f.ln2[1], np.where(y == x.high, -x.low, 0.0))
    r = first - second
    low = (first - r) - second
    p = 1.0 + (r + multiply_add(r * r, exponential_series(f, r), low))
    return scaled_twice(p, bits_of(z))


def _power_or_special(x: Array, y: Array, magnitude: Array) -> Array:
    """Return the signs and limits of x^y around |x|^y, given for finite x other than 0."""
    kind, a, half = x.dtype.type, magnitude_of(x), 0.5 * y
    whole = np.floor(y) == y
    odd = whole & (np.floor(half) != half)
    at_zero = np.where(y < 0, kind(np.inf), kind(0))
    at_infinity = np.where(y < 0, kind(0), kind(np.inf))
    value = np.where(a == 0, at_zero, np.where(a == np.inf, at_infinity, magnitude))
    value = np.where(np.signbit(x) & odd, -value, value)
    value = np.where((x < 0) & (a < np.inf) & ~whole, kind(np.nan), value)
    value = np.where((x != x) | (y != y), x + y, value)
    return np.where((x == 1) | (y == 0), kind(1), value)


@of_reals
def power(x: Array, y: Array) -> Array:
    """Return x^y, with the limits and signs of C's pow.

    Examples
    --------
    >>> power([2.0, -2.0, -2.0], [0.5, 3.0, 0.5])
    array([ 1.41421356, -8.        ,         nan])
    """
    a, exponent = magnitude_of(x).astype(np.float64), y.astype(np.float64)
    if x.dtype == np.float32:
        limited = clamped(exponent, (-4294967296.0, 4294967296.0))
        value = exp(limited * log_of_scaled(*scaled(a), 0.0)).astype(np.float32)
    else:
        limited = clamped(exponent, (-36893488147419103232.0, 36893488147419103232.0))
        logarithm = precise_log(a)
        p = exact_product(logarithm.high, limited)
        value = _exp_of_pair(fast_sum(p.high, p.low + logarithm.low * limited))
    return _power_or_special(x, y, value)
