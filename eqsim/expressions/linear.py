"""Linearity: an expression to its coefficients in a variable, or in its noise terms.

The coefficients are read off the tree as it is written. Where the variable occurs in products
with itself that cancel (``v**2 - v*v + v``), the coefficients of all its powers are computed in
exact arithmetic with random numbers for all other names; if only the first two are not zero, the
coefficients are the derivative and the value at zero.

References
----------
.. [1] Schwartz JT (1980). Fast probabilistic algorithms for verification of polynomial
   identities. Journal of the ACM 27(4):701-717. doi:10.1145/322217.322225
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import zip_longest

from eqsim.errors import EquationError, IntegratorError
from eqsim.expressions.derivative import derivative
from eqsim.expressions.fold import (
    ONE,
    ZERO,
    add,
    divide,
    fold,
    is_zero,
    multiply,
    negate,
    subtract,
)
from eqsim.expressions.functions import function_of
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
from eqsim.expressions.printer import to_text
from eqsim.expressions.traverse import depends_on, substitute

Coefficients = tuple[Expr, Expr]
"""``A`` and ``B`` of ``A * variable + B``."""

_LARGEST_EXPONENT = 16
"""Powers beyond this are not multiplied out: nobody writes models in which they cancel."""


def linear_coefficients(expr: Expr, variable: str) -> Coefficients | None:
    """Return ``A`` and ``B`` with ``expr == A * variable + B``.

    Parameters
    ----------
    expr : Expr
        Any expression.
    variable : str
        The name in which it may be linear.

    Returns
    -------
    (Expr, Expr) or None
        Two expressions without the variable, or None if ``expr`` is not linear in it. Cancelling
        fractions such as ``(v*v - 1)/(v - 1)`` count as not linear.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Name
    >>> v, tau = Name("v"), Name("tau")
    >>> expr = Binary(BinaryOperator.DIVIDE, Binary(BinaryOperator.SUBTRACT, Name("E"), v), tau)
    >>> [to_text(part) for part in linear_coefficients(expr, "v")]
    ['-1.0 / tau', 'E / tau']
    >>> linear_coefficients(Binary(BinaryOperator.MULTIPLY, v, v), "v") is None
    True
    """
    return _as_written(expr, variable) or _after_cancelling(expr, variable)


def quadratic_coefficients(expr: Expr, variable: str) -> tuple[Expr, Expr, Expr] | None:
    """Return ``a``, ``b`` and ``c`` with ``expr == a*variable**2 + b*variable + c``.

    None if the expression is no polynomial of at most second degree in the variable.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.source import Source
    >>> product = parse_expression(Source("(v - E)*(v - 2)/tau"))
    >>> [to_text(part) for part in quadratic_coefficients(product, "v")]
    ['2.0 / tau / 2.0', '(-2.0 + -E) / tau', '-E * -2.0 / tau']
    """
    powers = _Powers(variable).of(expr)
    if powers is None or any(powers[3:]):
        return None
    try:
        slope = derivative(expr, variable)
        bend = derivative(slope, variable)
    except EquationError:
        return None
    curvature, tilt, value = (
        fold(substitute(each, {variable: ZERO})) for each in (bend, slope, expr)
    )
    return divide(curvature, Literal(2.0)), tilt, value


def same_root(left: Expr, right: Expr, variable: str) -> bool:
    """Whether two expressions are lines over a variable that meet in their root.

    Neither is constant, and this holds whatever other names are. Numbers are the decimals that
    were written: ``0.1*v + 0.3`` and ``v + 3`` have the same root.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.source import Source
    >>> lines = (parse_expression(Source(text)) for text in ("0.1*(v - E)", "E/k - v/k"))
    >>> same_root(*lines, "v")
    True
    """
    powers = _Powers(variable, decimal)
    first, second = powers.of(left), powers.of(right)
    if first is None or second is None or any((*first[2:], *second[2:])):
        return False
    (b, a), (d, c) = ((*line, Fraction(0))[:2] for line in (first, second))
    return a != 0 and c != 0 and a * d == b * c


def decimal(number: float) -> Fraction:
    """Return the number that a literal is written as, which may be no floating-point number.

    Examples
    --------
    >>> decimal(0.1)
    Fraction(1, 10)
    """
    return Fraction(repr(number) if isinstance(number, float) else number)


def split_noise(
    expr: Expr, noise_names: Sequence[str]
) -> tuple[Expr, tuple[tuple[str, Expr], ...]]:
    """Return the drift of ``expr`` and the factor of each noise term in it.

    Parameters
    ----------
    expr : Expr
        A right-hand side.
    noise_names : sequence of str
        Names of white noise, such as ``xi``.

    Returns
    -------
    drift : Expr
        The expression without noise.
    factors : tuple of (str, Expr)
        What each noise term is multiplied with, in the order of ``noise_names``; terms that do
        not occur are left out.

    Raises
    ------
    IntegratorError
        If the expression is not linear in the noise, or multiplies two noise terms.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Name
    >>> noise = Binary(BinaryOperator.MULTIPLY, Name("sigma"), Name("xi"))
    >>> split_noise(Binary(BinaryOperator.SUBTRACT, Name("I"), noise), ["xi"])
    (Name(identifier='I'), (('xi', Unary(operator=<UnaryOperator.NEGATE: '-'>, \
operand=Name(identifier='sigma'))),))
    """
    drift = expr
    factors = []
    for name in noise_names:
        if not depends_on(drift, (name,)):
            continue
        coefficients = linear_coefficients(drift, name)
        if coefficients is None:
            raise IntegratorError(
                f"the noise {name!r} does not enter linearly\n"
                f"  in {to_text(expr)}\n"
                f"  noise may only be multiplied with a factor and added"
            )
        factor, drift = coefficients
        others = sorted(other for other in noise_names if depends_on(factor, (other,)))
        if others:
            raise IntegratorError(
                f"the noise {name!r} is multiplied with the noise {others[0]!r}\n"
                f"  in {to_text(expr)}\n"
                f"  noise may only be multiplied with a factor and added"
            )
        if not is_zero(factor):
            factors.append((name, factor))
    return drift, tuple(factors)


def is_identically_zero(expr: Expr) -> bool:
    """Return whether an expression is zero whatever the values of its names.

    What is not made by adding, subtracting, multiplying and dividing counts as a value of its
    own, equal where it is written alike: ``exp(a + b) - exp(a)*exp(b)`` is not found to be zero.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Name
    >>> a, b = Name("a"), Name("b")
    >>> is_identically_zero(subtract(multiply(a, b), multiply(b, a)))
    True
    >>> is_identically_zero(subtract(a, b))
    False
    """
    powers = _Powers("").of(expr)
    return powers is not None and not any(powers)


def _as_written(expr: Expr, variable: str) -> Coefficients | None:
    if not depends_on(expr, (variable,)):
        return ZERO, expr
    match expr:
        case Name():
            return ONE, ZERO
        case Unary(UnaryOperator.NEGATE, operand, span):
            inner = _as_written(operand, variable)
            return inner and (negate(inner[0], span), negate(inner[1], span))
        case Binary(BinaryOperator.ADD | BinaryOperator.SUBTRACT):
            return _of_sum(expr, variable)
        case Binary(BinaryOperator.MULTIPLY | BinaryOperator.DIVIDE):
            return _of_product(expr, variable)
        case Binary(BinaryOperator.POWER):
            folded = fold(expr)
            return None if folded == expr else _as_written(folded, variable)
        case _:
            return None


def _of_sum(expr: Binary, variable: str) -> Coefficients | None:
    left, right = _as_written(expr.left, variable), _as_written(expr.right, variable)
    if left is None or right is None:
        return None
    combine = add if expr.operator is BinaryOperator.ADD else subtract
    return combine(left[0], right[0], expr.span), combine(left[1], right[1], expr.span)


def _of_product(expr: Binary, variable: str) -> Coefficients | None:
    span = expr.span
    left, right = _as_written(expr.left, variable), _as_written(expr.right, variable)
    if left is None or right is None:
        return None
    if expr.operator is BinaryOperator.DIVIDE:
        if not is_zero(right[0]):
            return None
        return divide(left[0], right[1], span), divide(left[1], right[1], span)
    if is_zero(right[0]):
        return multiply(left[0], right[1], span), multiply(left[1], right[1], span)
    if is_zero(left[0]):
        return multiply(left[1], right[0], span), multiply(left[1], right[1], span)
    return None


def _after_cancelling(expr: Expr, variable: str) -> Coefficients | None:
    powers = _Powers(variable).of(expr)
    if powers is None or any(powers[2:]):
        return None
    try:
        slope = derivative(expr, variable)
    except EquationError:
        return None
    at_zero = {variable: ZERO}
    return fold(substitute(slope, at_zero)), fold(substitute(expr, at_zero))


class _Powers:
    """Coefficients of all powers of a variable, with random numbers for everything else.

    Equal trees get equal numbers, so what cancels for all values cancels here. Arithmetic is
    exact; that something cancels by chance has a probability below 1e-16.
    """

    def __init__(self, variable: str, value_of: Callable[[float], Fraction] = Fraction) -> None:
        self.variable = variable
        self.value_of = value_of
        self.random = random.Random(0)
        self.numbers: dict[Expr, Fraction] = {}

    def of(self, expr: Expr) -> tuple[Fraction, ...] | None:
        """Return the coefficients from power zero upwards, or None for no polynomial."""
        match expr:
            case Literal(float() | int() as value) if abs(value) < float("inf"):
                return (self.value_of(value),)
            case Name(self.variable):
                return (Fraction(0), Fraction(1))
            case Unary(UnaryOperator.NEGATE, operand):
                powers = self.of(operand)
                return powers and tuple(-power for power in powers)
            case Binary():
                return self._arithmetic(expr) or self._opaque(expr)
            case _:
                return self._opaque(expr)

    def _opaque(self, expr: Expr) -> tuple[Fraction, ...] | None:
        if depends_on(expr, (self.variable,)):
            return None
        known = function_of(expr) if isinstance(expr, Call) else None
        if known is not None and known.is_random:
            return (self._new(),)  # every use is another number
        return (self.numbers.setdefault(expr, self._new()),)

    def _new(self) -> Fraction:
        return Fraction(self.random.randrange(1, 2**61), self.random.randrange(1, 2**61))

    def _arithmetic(self, expr: Binary) -> tuple[Fraction, ...] | None:
        left, right = self.of(expr.left), self.of(expr.right)
        if left is None or right is None:
            return None
        match expr.operator:
            case BinaryOperator.ADD:
                return tuple(a + b for a, b in zip_longest(left, right, fillvalue=Fraction(0)))
            case BinaryOperator.SUBTRACT:
                return tuple(a - b for a, b in zip_longest(left, right, fillvalue=Fraction(0)))
            case BinaryOperator.MULTIPLY:
                return _multiplied(left, right)
            case BinaryOperator.DIVIDE if not any(right[1:]) and right[0]:
                return tuple(a / right[0] for a in left)
            case BinaryOperator.POWER if not any(right[1:]):
                return self._power(left, right[0])
            case _:
                return None

    def _power(
        self, base: tuple[Fraction, ...], exponent: Fraction
    ) -> tuple[Fraction, ...] | None:
        if exponent.denominator != 1 or not 0 <= exponent <= _LARGEST_EXPONENT:
            return None
        result: tuple[Fraction, ...] = (Fraction(1),)
        for _ in range(int(exponent)):
            result = _multiplied(result, base)
        return result


def _multiplied(left: tuple[Fraction, ...], right: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    result = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            result[i + j] += a * b
    return tuple(result)
