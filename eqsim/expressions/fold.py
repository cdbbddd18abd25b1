"""Light algebra that keeps values: an expression tree to one with less to compute.

For all operands that are finite the folded tree has the value of the tree as written (a zero may
have the other sign). With infinite operands or NaN it may differ: ``0 * x`` becomes zero, which
is what makes the coefficients of an equation vanish where they should.

Folding keeps the kind of every value. A factor ``1.0`` goes only where the other factor is a
floating-point number: it is what lets ``1.0*i*i*i*i`` grow beyond the largest integer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

from eqsim.expressions.kinds import Kind, certain_kind
from eqsim.expressions.nodes import Binary, BinaryOperator, Expr, Literal, Unary, UnaryOperator
from eqsim.expressions.traverse import map_children
from eqsim.source import Span

ZERO = Literal(0.0)
ONE = Literal(1.0)

_LARGEST_EXACT = 2**53
"""Integers up to here are floating point numbers without rounding, on every target."""


Kinds = Mapping[str, Kind] | None


def fold(expr: Expr, kinds: Kinds = None) -> Expr:
    """Return ``expr`` with constants computed and neutral operations left out.

    Parameters
    ----------
    expr : Expr
        What to fold.
    kinds : mapping of str to Kind, optional
        Kinds of names. A name that is not in it may be of any kind, so that less can be left out;
        without a mapping all names are floating-point numbers.

    Returns
    -------
    Expr
        The new tree; ``expr`` itself if there was nothing to do. What remains keeps its place.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Name
    >>> product = Binary(BinaryOperator.MULTIPLY, Name("v"), Literal(1.0))
    >>> fold(product)
    Name(identifier='v')
    >>> fold(product, {"v": Kind.INTEGER}) is product
    True
    """
    changed = map_children(expr, partial(fold, kinds=kinds))
    match changed:
        case Unary(UnaryOperator.NEGATE, operand, span):
            return _negated(operand, span, kinds) or changed
        case Binary(operator, left, right, span) if operator in _RULES:
            return _RULES[operator](left, right, span, kinds) or changed
        case _:
            return changed


def add(left: Expr, right: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``left + right``, names being floating-point numbers."""
    return _sum(left, right, span, None) or Binary(BinaryOperator.ADD, left, right, span)


def subtract(left: Expr, right: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``left - right``, names being floating-point numbers."""
    return _difference(left, right, span, None) or Binary(
        BinaryOperator.SUBTRACT, left, right, span
    )


def multiply(left: Expr, right: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``left * right``, names being floating-point numbers."""
    return _product(left, right, span, None) or Binary(BinaryOperator.MULTIPLY, left, right, span)


def divide(left: Expr, right: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``left / right``, names being floating-point numbers."""
    return _quotient(left, right, span, None) or Binary(BinaryOperator.DIVIDE, left, right, span)


def power(base: Expr, exponent: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``base ** exponent``, names being floating-point numbers."""
    return _power(base, exponent, span, None) or Binary(BinaryOperator.POWER, base, exponent, span)


def negate(operand: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``-operand``, names being floating-point numbers."""
    return _negated(operand, span, None) or Unary(UnaryOperator.NEGATE, operand, span)


def is_zero(expr: Expr) -> bool:
    """Whether ``expr`` is the literal number zero."""
    return _number(expr) == 0


def _number(expr: Expr) -> float | None:
    """Return the value of a literal number that is exact on every target."""
    if not isinstance(expr, Literal) or isinstance(expr.value, bool):
        return None
    if isinstance(expr.value, int):
        return expr.value if abs(expr.value) <= _LARGEST_EXACT else None
    return expr.value if math.isfinite(expr.value) else None


def _literal(value: float, span: Span | None) -> Expr | None:
    # None where the run would compute an infinity or round an integer: it shall do so itself.
    made = Literal(value, span)
    return None if _number(made) is None else made


def _zero(kind: Kind | None, span: Span | None) -> Expr | None:
    """Return the zero of a kind, None where the kind is not known."""
    if kind is None:
        return None
    return Literal(0.0, span) if kind is Kind.FLOAT else Literal(0, span)


def _remains(other: Expr, literal: Expr, kinds: Kinds) -> bool:
    """Whether a sum or product with ``literal`` is of the kind that ``other`` has by itself."""
    kind = certain_kind(other, kinds)
    if kind is None or kind is Kind.BOOLEAN:
        return False
    return kind is Kind.FLOAT or certain_kind(literal, kinds) is Kind.INTEGER


def _sum(left: Expr, right: Expr, span: Span | None, kinds: Kinds) -> Expr | None:
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return _literal(a + b, span)
    if a == 0 and _remains(right, left, kinds):
        return right
    if b == 0 and _remains(left, right, kinds):
        return left
    return None


def _difference(left: Expr, right: Expr, span: Span | None, kinds: Kinds) -> Expr | None:
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return _literal(a - b, span)
    if a == 0:
        return _opposite(left, right, span, kinds)
    if b == 0 and _remains(left, right, kinds):
        return left
    return None


def _opposite(zero: Expr, other: Expr, span: Span | None, kinds: Kinds) -> Expr | None:
    if _remains(other, zero, kinds):
        return _negative(other, span, kinds)
    if certain_kind(zero, kinds) is Kind.FLOAT:
        # Compilers differ in the sign of 0.0 - i where the integer i is zero.
        return Binary(BinaryOperator.MULTIPLY, Literal(-1.0, span), other, span)
    return None


def _product(left: Expr, right: Expr, span: Span | None, kinds: Kinds) -> Expr | None:
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return _literal(a * b, span)
    if a == 0 or b == 0:
        product = Binary(BinaryOperator.MULTIPLY, left, right)
        return _zero(certain_kind(product, kinds), span)
    if a is not None:
        return _scaled(a, left, right, span, kinds)
    if b is not None:
        return _scaled(b, right, left, span, kinds)
    return None


def _scaled(
    factor: float, literal: Expr, other: Expr, span: Span | None, kinds: Kinds
) -> Expr | None:
    if abs(factor) != 1 or not _remains(other, literal, kinds):
        return None
    return other if factor == 1 else _negative(other, span, kinds)


def _quotient(left: Expr, right: Expr, span: Span | None, kinds: Kinds) -> Expr | None:
    a, b = _number(left), _number(right)
    if b == 0:
        return None
    if a is not None and b is not None:
        return _literal(float(a) / float(b), span)
    if a == 0:
        return Literal(0.0, span)
    return left if b == 1 and certain_kind(left, kinds) is Kind.FLOAT else None


def _power(base: Expr, exponent: Expr, span: Span | None, kinds: Kinds) -> Expr | None:
    # Other powers of literals stay: how a power is rounded is the target's affair.
    number = _number(exponent)
    if number is None:
        return None
    if number == 0:
        return Literal(1.0, span)
    if number > 0 and is_zero(base):
        return Literal(0.0, span)
    return base if number == 1 and certain_kind(base, kinds) is Kind.FLOAT else None


def _negated(operand: Expr, span: Span | None, kinds: Kinds) -> Expr | None:
    number = _number(operand)
    if number is not None:
        return Literal(-number, span)
    match operand:
        case Unary(UnaryOperator.NEGATE, inner) if certain_kind(inner, kinds) in _NUMBERS:
            return inner
        case _:
            return None


def _negative(operand: Expr, span: Span | None, kinds: Kinds) -> Expr:
    return _negated(operand, span, kinds) or Unary(UnaryOperator.NEGATE, operand, span)


_NUMBERS = (Kind.INTEGER, Kind.FLOAT)
_RULES: dict[BinaryOperator, Callable[[Expr, Expr, Span | None, Kinds], Expr | None]] = {
    BinaryOperator.ADD: _sum,
    BinaryOperator.SUBTRACT: _difference,
    BinaryOperator.MULTIPLY: _product,
    BinaryOperator.DIVIDE: _quotient,
    BinaryOperator.POWER: _power,
}
