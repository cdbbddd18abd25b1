"""Removable singularities: an expression tree to one that is finite where it was 0/0.

The rates of Hodgkin and Huxley [1]_ are quotients such as ``(v - E)/(1 - exp(-(v - E)/k))``, which
have a limit at ``E`` and no value. As ``exprel`` has one, they are written with that.

References
----------
.. [1] Hodgkin AL, Huxley AF (1952). A quantitative description of membrane current and its
   application to conduction and excitation in nerve. The Journal of Physiology 117(4):500-544.
   doi:10.1113/jphysiol.1952.sp004764
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from eqsim.expressions.fold import ONE, divide, multiply
from eqsim.expressions.functions import function_of
from eqsim.expressions.linear import decimal, linear_coefficients, same_root
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Expr,
    Literal,
    Name,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.traverse import called_functions, free_names, map_children, walk

_EXPONENTIAL = Name("exp()")
"""Stands for a call while the rest of a sum is looked at; no user can write this name."""

_EXPONENTIAL_LESS_ONE = Binary(BinaryOperator.SUBTRACT, _EXPONENTIAL, ONE)

_LARGEST_NUMBER = 10**30
"""Beyond this, or below its inverse, numbers are left alone: float32 ends not far away."""


def without_singularities(expr: Expr) -> Expr:
    """Return ``expr`` with ``exprel`` in quotients whose two sides vanish together.

    These are ``a/(exp(z) - 1)`` and ``(exp(z) - 1)/a``, where ``a`` and ``z`` are linear in some
    name and have the same root, so that their ratio does not depend on it. The sides may have
    further factors and either sign, and ``exp(z) - 1`` may be ``expm1(z)``.

    Parameters
    ----------
    expr : Expr
        Any expression; its names are floating-point numbers.

    Returns
    -------
    Expr
        A tree with the same value, but for rounding, and with the limit at the singularity;
        ``expr`` itself if there is no such quotient.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.expressions.printer import to_text
    >>> from eqsim.source import Source
    >>> rate = parse_expression(Source("0.1*(v + 40)/(1 - exp(-(v + 40)/k))/ms"))
    >>> to_text(without_singularities(rate))
    '0.1 * k / exprel(-(v + 40) / k) / ms'
    """
    if not called_functions(expr) & {"exp", "expm1"}:
        return expr
    if not _is_product(expr):
        return map_children(expr, without_singularities)
    factors = list(_factors(expr))
    while (regular := _regular(factors)) is not None:
        factors = regular
    return _with_factors(expr, iter([without_singularities(f.expr) for f in factors]))


@dataclass(frozen=True, slots=True)
class _Factor:
    """One factor of a product, or what the product is divided by."""

    expr: Expr
    is_divisor: bool


def _is_product(expr: Expr) -> bool:
    match expr:
        case Unary(UnaryOperator.NEGATE, _):
            return True
        case Binary(BinaryOperator.MULTIPLY | BinaryOperator.DIVIDE, _, _):
            return True
        case _:
            return False


def _factors(expr: Expr, is_divisor: bool = False) -> Iterator[_Factor]:
    """Yield the factors of a product from left to right; signs are not among them."""
    match expr:
        case Unary(UnaryOperator.NEGATE, operand):
            yield from _factors(operand, is_divisor)
        case Binary(BinaryOperator.MULTIPLY | BinaryOperator.DIVIDE as operator, left, right):
            yield from _factors(left, is_divisor)
            yield from _factors(right, is_divisor ^ (operator is BinaryOperator.DIVIDE))
        case _:
            yield _Factor(expr, is_divisor)


def _with_factors(expr: Expr, factors: Iterator[Expr]) -> Expr:
    """Return a product with other factors in the places of its own."""
    if not _is_product(expr):
        return next(factors)
    return map_children(expr, lambda child: _with_factors(child, factors))


def _regular(factors: Sequence[_Factor]) -> list[_Factor] | None:
    """Return the factors with two exchanged that vanished together, None if there are no two.

    There may be several ways to do that. All give the same values; the one that divides by the
    fewest names has the fewest ways to be 0/0 itself.
    """
    fewest, regular = math.inf, None
    for n_names, changed in _ways(factors):
        if n_names < fewest:
            fewest, regular = n_names, changed
        if not fewest:
            break
    return regular


def _ways(factors: Sequence[_Factor]) -> Iterator[tuple[int, list[_Factor]]]:
    for place, factor in enumerate(factors):
        scaled = _scaled_expm1(factor.expr)
        if scaled is None:
            continue
        scale, exponent = scaled
        for other, line in enumerate(factors):
            if line.is_divisor is factor.is_divisor:
                continue
            for ratio in _ratios(line.expr, exponent, scale):
                regular = list(factors)
                regular[place] = _Factor(Call("exprel", (exponent,)), factor.is_divisor)
                yield _put(ratio, regular, other)


def _put(ratio: _Ratio, factors: list[_Factor], place: int) -> tuple[int, list[_Factor]]:
    """Put a ratio in the place of a factor; return how many names it divides by, and all."""
    is_divisor, powers = factors[place].is_divisor, ratio.powers.copy()
    for other, factor in enumerate(factors):
        if other != place and factor.is_divisor is is_divisor and powers[factor.expr] < 0:
            powers[factor.expr] += 1
            factors[other] = _Factor(ONE, is_divisor)
    changed = _Ratio(ratio.number, powers)
    factors[place] = _Factor(divide(changed.upper, changed.lower), is_divisor)
    return len(free_names(changed.lower)), factors


@dataclass(frozen=True, slots=True)
class _Ratio:
    """A number times powers of expressions."""

    number: Fraction
    powers: Counter[Expr]

    @property
    def upper(self) -> Expr:
        return _product(Literal(float(self.number)), self.powers.elements())

    @property
    def lower(self) -> Expr:
        return _product(ONE, (-self.powers).elements())


def _product(first: Expr, others: Iterable[Expr]) -> Expr:
    return reduce(multiply, others, first)


def _ratios(left: Expr, right: Expr, scale: Expr) -> Iterator[_Ratio]:
    """Yield forms of ``left/(right*scale)`` if left and right are multiples of each other.

    There is one for each name in which both are linear. Left out are those that still have a name
    on both sides: they might be 0/0 for a value of it that is no root of the lines.
    """
    if _is_random(left) or _is_random(right) or _is_random(scale):
        return
    for name in sorted(free_names(left) & free_names(right)):
        slopes = _slopes(left, right, name)
        if slopes is None:
            continue
        ratio = _cancelled(slopes[0], multiply(slopes[1], scale))
        shared = free_names(ratio.upper) & free_names(ratio.lower)
        if _is_moderate(ratio.number) and not shared:
            yield ratio


def _cancelled(above: Expr, below: Expr) -> _Ratio:
    """Return a quotient without common factors."""
    number = Fraction(_sign(above) * _sign(below))
    powers: Counter[Expr] = Counter()
    for factor in (*_factors(above), *_factors(below, is_divisor=True)):
        power = -1 if factor.is_divisor else 1
        value = _number(factor.expr)
        if value is None:
            powers[factor.expr] += power
        else:
            number *= value**power
    return _Ratio(number, powers)


def _scaled_expm1(expr: Expr) -> tuple[Expr, Expr] | None:
    """Return ``k`` and ``z`` if an expression is ``k*(exp(z) - 1)``."""
    match expr:
        case Call("expm1", (exponent,)):
            return ONE, exponent
        case Binary(BinaryOperator.ADD | BinaryOperator.SUBTRACT, _, _):
            calls = dict.fromkeys(walk(expr))
            scaled = (_scaled_difference(expr, call) for call in calls)
            return next(filter(None, scaled), None)
        case _:
            return None


def _scaled_difference(expr: Expr, call: Expr) -> tuple[Expr, Expr] | None:
    match call:
        case Call("exp", (exponent,)):
            line = _replaced(expr, call, _EXPONENTIAL)
            slopes = _slopes(line, _EXPONENTIAL_LESS_ONE, _EXPONENTIAL.identifier)
            return slopes and (slopes[0], exponent)
        case _:
            return None


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    return new if expr == old else map_children(expr, lambda child: _replaced(child, old, new))


def _slopes(left: Expr, right: Expr, name: str) -> tuple[Expr, Expr] | None:
    """Return the slopes of two lines that have the same root, None if they are not such."""
    if not same_root(left, right, name):
        return None
    first, second = linear_coefficients(left, name), linear_coefficients(right, name)
    return first and second and (first[0], second[0])


def _number(expr: Expr) -> Fraction | None:
    """Return the value of a literal as it was written, None if it is best left alone."""
    if not isinstance(expr, Literal) or not math.isfinite(expr.value):
        return None
    number = decimal(expr.value)
    return number if _is_moderate(number) else None


def _is_moderate(number: Fraction) -> bool:
    return 1 < abs(number) * _LARGEST_NUMBER < _LARGEST_NUMBER**2


def _sign(expr: Expr) -> int:
    match expr:
        case Unary(UnaryOperator.NEGATE, operand):
            return -_sign(operand)
        case Binary(BinaryOperator.MULTIPLY | BinaryOperator.DIVIDE, left, right):
            return _sign(left) * _sign(right)
        case _:
            return 1


def _is_random(expr: Expr) -> bool:
    """Whether an expression is another number wherever it is used."""
    called = (function_of(node) for node in walk(expr) if isinstance(node, Call))
    return any(function is not None and function.is_random for function in called)
