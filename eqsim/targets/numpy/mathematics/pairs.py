"""Double-double numbers: pairs of numbers whose exact sum is meant."""

from __future__ import annotations

from typing import Any, NamedTuple


class Pair(NamedTuple):
    """A number as the sum of two, the lower of which is what the higher was rounded by."""

    high: Any
    low: Any


def fast_sum(a: Any, b: Any) -> Pair:
    """Return the exact sum of two numbers, the first of which has the larger magnitude."""
    s = a + b
    return Pair(s, b - (s - a))


def exact_sum(a: Any, b: Any) -> Pair:
    """Return the exact sum of two numbers."""
    s = a + b
    t = s - a
    return Pair(s, (a - (s - t)) + (b - t))


def exact_product(a: Any, b: Any) -> Pair:
    """Return the exact product of two numbers."""
    p, s, t = a * b, 134217729.0 * a, 134217729.0 * b
    a_high, b_high = s - (s - a), t - (t - b)
    a_low, b_low = a - a_high, b - b_high
    return Pair(p, a_low * b_low - (((p - a_high * b_high) - a_low * b_high) - a_high * b_low))


def product_of(a: Pair, b: Pair) -> Pair:
    """Return the product of two pairs to about twice the digits of a number."""
    p = exact_product(a.high, b.high)
    return fast_sum(p.high, p.low + (a.high * b.low + a.low * b.high))
