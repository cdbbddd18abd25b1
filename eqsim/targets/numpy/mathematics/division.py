"""Division that rounds down, and its remainder."""

from __future__ import annotations

import numpy as np

from eqsim.targets.numpy.mathematics.arguments import Array, in_double, of_numbers
from eqsim.targets.numpy.mathematics.formats import magnitude_of, with_sign_of
from eqsim.targets.numpy.mathematics.pairs import exact_product


def _divide(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the quotient, rounded down, and the remainder, which has the sign of y."""
    a, b = magnitude_of(x), magnitude_of(y)
    tiny = np.where(a < 1e-240, 1.6069380442589903e60, 1.0)
    scale = np.where(a > 1e270, 6.223015277861142e-61, tiny)
    q = np.floor(x / y)
    p = exact_product(q, y * scale)
    r = ((x * scale - p.high) - p.low) / scale
    r, q = np.where(a < b, x, r), np.where(a < b, 0.0, q)
    wrong_sign = (r != 0) & ((r < 0) != (y < 0))
    too_large = (r != 0) & (magnitude_of(r) >= b) & ~wrong_sign
    q = np.where(wrong_sign, q - 1.0, np.where(too_large, q + 1.0, q))
    r = np.where(wrong_sign, r + y, np.where(too_large, r - y, r))
    coarse = magnitude_of(q) >= 9007199254740992.0
    r = np.where((r == 0) | coarse, with_sign_of(0.0, y), r)
    q = np.where(q == 0, with_sign_of(0.0, x / y), q)
    infinite, no_divisor = x - x != 0, (y == 0) | (y != y)
    q = np.where(infinite, np.nan, np.where(no_divisor, x / y, q))
    return q, np.where(infinite | no_divisor, np.nan, r)


def _divide_integers(x: Array, y: Array) -> tuple[Array, Array]:
    safe = np.where((y == 0) | (y == -1), 1, y)
    return np.where(y == 0, 0, np.where(y == -1, -x, x // safe)), x % safe


@of_numbers
def floor_divide(x: Array, y: Array) -> Array:
    """Return x / y rounded down; integers by zero are 0.

    Examples
    --------
    >>> floor_divide([7, -7], 2)
    array([ 3, -4])
    """
    if x.dtype == np.int64:
        return _divide_integers(x, y)[0]
    return in_double(lambda a, b: _divide(a, b)[0])(x, y)


@of_numbers
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
    return in_double(lambda a, b: _divide(a, b)[1])(x, y)
