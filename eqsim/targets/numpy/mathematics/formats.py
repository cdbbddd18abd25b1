"""The two floating formats: their constants, the bits of their numbers, polynomials in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from eqsim.targets.numpy.mathematics.arguments import Array


@dataclass(frozen=True, slots=True)
class Format:
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
        """How many bits a number has."""
        return 8 * np.dtype(self.bits).itemsize

    @property
    def shift(self) -> float:
        """What a number is added to so that its low bits are a whole number."""
        return 1.5 * 2.0**self.mantissa


DOUBLE = Format(
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

SINGLE = Format(
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


def format_of(x: Array) -> Format:
    """Return the format of the numbers of an array."""
    return SINGLE if x.dtype == np.float32 else DOUBLE


def bits_of(x: Array) -> Array:
    """Return the bits of floating numbers as unsigned integers."""
    return np.asarray(x).view(format_of(x).bits)


def magnitude_of(x: Array) -> Array:
    """Return the magnitude of floating numbers."""
    return np.fabs(x)


def with_sign_of(magnitude: ArrayLike, sign: Array) -> Array:
    """Return a magnitude with the sign of another number."""
    return np.copysign(magnitude, sign)


def power_of_two(k: Array, like: Array) -> Array:
    """Return the number whose biased exponent is k, in the format of another."""
    return np.asarray(k << format_of(like).mantissa).view(like.dtype)


def polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """Return the value of a polynomial, whose highest coefficient comes first."""
    value: Array = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        value = value * x + coefficient
    return value
