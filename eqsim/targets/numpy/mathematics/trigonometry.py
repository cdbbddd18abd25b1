"""Trigonometric functions and their inverses."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from eqsim.targets.numpy.mathematics.arguments import Array, in_double, of_reals
from eqsim.targets.numpy.mathematics.exponentials import clamped
from eqsim.targets.numpy.mathematics.formats import (
    DOUBLE,
    bits_of,
    format_of,
    magnitude_of,
    polynomial,
    with_sign_of,
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


class _Angle(NamedTuple):
    value: Array
    low: Any
    quadrant: Array


def _reduced(x: Array) -> _Angle:
    """Return x less the nearest multiple of pi / 2, and that multiple's low bits."""
    f = format_of(x)
    z = x * f.two_over_pi + f.shift
    n = z - f.shift
    a = (x - n * f.half_pi[0]) - n * f.half_pi[1]
    third = n * f.half_pi[2]
    b = a - third
    fourth = n * f.half_pi[3]
    c = b - fourth
    tail = (((a - b) - third) + ((b - c) - fourth)) - n * f.half_pi[4]
    r = c + tail
    low = np.where(magnitude_of(r) > f.angle_limit, x.dtype.type(0), (c - r) + tail)
    return _Angle(clamped(r, (-f.angle_limit, f.angle_limit)), low, bits_of(z))


def _sine_of(angle: _Angle, quadrants: int) -> Array:
    f = format_of(angle.value)
    quadrant = angle.quadrant + f.bits(quadrants)
    r = angle.value
    z = r * r
    h = 0.5 * z
    w = 1.0 - h
    s = r + (r * z * polynomial(f.sine, z) + angle.low)
    c = w + (((1.0 - w) - h) + (z * z * polynomial(f.cosine, z) - r * angle.low))
    y = np.where((quadrant & 1) == 1, c, s)
    return np.asarray(bits_of(y) ^ ((quadrant & 2) << (f.width - 2))).view(r.dtype)


@of_reals
def sin(x: Array) -> Array:
    """Return the sine of an angle in radians."""
    return np.where(x == 0, x, _sine_of(_reduced(x), 0))


@of_reals
def cos(x: Array) -> Array:
    """Return the cosine of an angle in radians."""
    return _sine_of(_reduced(x), 1)


@of_reals
@in_double
def tan(x: Array) -> Array:
    """Return the tangent of an angle in radians."""
    angle = _reduced(x)
    return np.where(x == 0, x, _sine_of(angle, 0) / _sine_of(angle, 1))


@of_reals
def cosine_of_turns(u: Array) -> Array:
    """Return cos(2 pi u) for 0 <= u < 1."""
    z = 4.0 * u + DOUBLE.shift
    n = z - DOUBLE.shift
    return _sine_of(_Angle((u - 0.25 * n) * 6.283185307179586, 0.0, bits_of(z)), 1)


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
    value: Array = base + (t + (t * z * polynomial(_ARCTAN, z) + low))
    return value


@of_reals
@in_double
def arctan(x: Array) -> Array:
    """Return the angle whose tangent is x."""
    return with_sign_of(_angle_of_point(magnitude_of(x), 1.0), x)


@of_reals
@in_double
def arcsin(x: Array) -> Array:
    """Return the angle whose sine is x; nan beyond -1 and 1."""
    a = magnitude_of(x)
    return with_sign_of(_angle_of_point(a, np.sqrt((1.0 - a) * (1.0 + a))), x)


@of_reals
@in_double
def arccos(x: Array) -> Array:
    """Return the angle whose cosine is x; nan beyond -1 and 1."""
    value: Array = 2.0 * _angle_of_point(np.sqrt(1.0 - x), np.sqrt(1.0 + x))
    return value
