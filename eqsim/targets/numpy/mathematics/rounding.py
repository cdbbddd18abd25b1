"""Signs, limits, rounding."""

from __future__ import annotations

import numpy as np

from eqsim.targets.numpy.mathematics.arguments import Array, of_numbers, of_reals


@of_numbers
def abs(x: Array) -> Array:  # noqa: A001
    """Return the magnitude.

    Examples
    --------
    >>> abs(-2)
    np.int64(2)
    """
    return np.abs(x)


@of_numbers
def sign(x: Array) -> Array:
    """Return -1, 0 or 1; nan for nan.

    Examples
    --------
    >>> sign([-2.0, -0.0, 3.0])
    array([-1.,  0.,  1.])
    """
    rest = np.where(x == 0, x.dtype.type(0), x)
    return np.where(x > 0, x.dtype.type(1), np.where(x < 0, x.dtype.type(-1), rest))


@of_numbers
def minimum(x: Array, y: Array) -> Array:
    """Return the smaller value; nan if either is nan, the first of two zeros."""
    return np.where(x <= y, x, np.where(x != x, x, y))


@of_numbers
def maximum(x: Array, y: Array) -> Array:
    """Return the larger value; nan if either is nan, the first of two zeros."""
    return np.where(x >= y, x, np.where(x != x, x, y))


@of_numbers
def clip(x: Array, low: Array, high: Array) -> Array:
    """Return x, or the limit that it exceeds.

    Examples
    --------
    >>> clip([1, 5, 9], 2, 6)
    array([2, 5, 6])
    """
    return np.asarray(minimum(maximum(x, low), high))


@of_reals
def floor(x: Array) -> Array:
    """Return the largest whole number not above x."""
    return np.floor(x)


@of_reals
def ceil(x: Array) -> Array:
    """Return the smallest whole number not below x."""
    return np.ceil(x)


@of_reals
def sqrt(x: Array) -> Array:
    """Return the square root; nan for negative numbers."""
    return np.sqrt(x)


@of_numbers
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


@of_reals
def timestep(t: Array, dt: Array) -> Array:
    """Return the step in which time t lies, from 0; a t rounded to just below it still counts.

    Examples
    --------
    >>> timestep(0.3, 0.1)
    np.int64(3)
    """
    t, dt = t.astype(np.float64), dt.astype(np.float64)
    return np.asarray(to_integer((t + 1e-3 * dt) / dt))
