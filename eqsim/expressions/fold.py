"""Light algebra that keeps values: an expression tree to one with less to compute.

For all operands that are finite the folded tree has the value of the tree as written (a zero may
have the other sign). With infinite operands or NaN it may differ: ``0 * x`` becomes ``0``, which
is what makes the coefficients of an equation vanish where they should. Folding may turn a number
that was floating point because of a factor ``1.0`` into the integer of the same value.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Compare,
    Expr,
    Literal,
    Logical,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.traverse import map_children
from eqsim.source import Span

ZERO = Literal(0.0)
ONE = Literal(1.0)

_LARGEST_EXACT = 2**53
"""Integers up to here are floating point numbers without rounding, on every target."""


def fold(expr: Expr) -> Expr:
    """Return ``expr`` with constants computed and neutral operations left out.

    Returns
    -------
    Expr
        The new tree; ``expr`` itself if there was nothing to do. What remains keeps its place.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Name
    >>> fold(Binary(BinaryOperator.MULTIPLY, Name("v"), Literal(1)))
    Name(identifier='v')
    """
    changed = map_children(expr, fold)
    match changed:
        case Unary(UnaryOperator.NEGATE, operand, span):
            return _negated(operand, span) or changed
        case Binary(operator, left, right, span) if operator in _RULES:
            return _RULES[operator](left, right, span) or changed
        case _:
            return changed


def add(left: Expr, right: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``left + right``."""
    return _sum(left, right, span) or Binary(BinaryOperator.ADD, left, right, span)


def subtract(left: Expr, right: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``left - right``."""
    return _difference(left, right, span) or Binary(BinaryOperator.SUBTRACT, left, right, span)


def multiply(left: Expr, right: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``left * right``."""
    return _product(left, right, span) or Binary(BinaryOperator.MULTIPLY, left, right, span)


def divide(left: Expr, right: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``left / right``."""
    return _quotient(left, right, span) or Binary(BinaryOperator.DIVIDE, left, right, span)


def power(base: Expr, exponent: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``base ** exponent``."""
    return _power(base, exponent, span) or Binary(BinaryOperator.POWER, base, exponent, span)


def negate(operand: Expr, span: Span | None = None) -> Expr:
    """Return the folded ``-operand``."""
    return _negated(operand, span) or Unary(UnaryOperator.NEGATE, operand, span)


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


def _is_truth(expr: Expr) -> bool:
    """Whether ``expr`` is a truth value by its form, which arithmetic makes a number."""
    match expr:
        case Compare() | Logical() | Unary(UnaryOperator.NOT, _) | Literal(bool()):
            return True
        case _:
            return False


def _sum(left: Expr, right: Expr, span: Span | None) -> Expr | None:
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return _literal(a + b, span)
    if a == 0 and not _is_truth(right):
        return right
    if b == 0 and not _is_truth(left):
        return left
    return None


def _difference(left: Expr, right: Expr, span: Span | None) -> Expr | None:
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return _literal(a - b, span)
    if a == 0 and not _is_truth(right):
        return negate(right, span)
    if b == 0 and not _is_truth(left):
        return left
    return None


def _product(left: Expr, right: Expr, span: Span | None) -> Expr | None:
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return _literal(a * b, span)
    if a is not None:
        return _scaled(a, left, right, span)
    if b is not None:
        return _scaled(b, right, left, span)
    return None


def _scaled(factor: float, literal: Expr, other: Expr, span: Span | None) -> Expr | None:
    if factor == 0:
        return literal
    if _is_truth(other):
        return None
    if factor == 1:
        return other
    return negate(other, span) if factor == -1 else None


def _quotient(left: Expr, right: Expr, span: Span | None) -> Expr | None:
    a, b = _number(left), _number(right)
    if b == 0:
        return None
    if a is not None and b is not None:
        return _literal(float(a) / float(b), span)
    if a == 0:
        return Literal(0.0, span)
    return left if b == 1 and not _is_truth(left) else None


def _power(base: Expr, exponent: Expr, span: Span | None) -> Expr | None:
    # Other powers of literals stay: how a power is rounded is the target's affair.
    number = _number(exponent)
    if number is None:
        return None
    if number == 0:
        return Literal(type(number)(1), span)
    if number > 0 and is_zero(base):
        return base
    return base if number == 1 and not _is_truth(base) else None


def _negated(operand: Expr, span: Span | None) -> Expr | None:
    number = _number(operand)
    if number is not None:
        return Literal(-number, span)
    match operand:
        case Unary(UnaryOperator.NEGATE, inner) if not _is_truth(inner):
            return inner
        case _:
            return None


_RULES: dict[BinaryOperator, Callable[[Expr, Expr, Span | None], Expr | None]] = {
    BinaryOperator.ADD: _sum,
    BinaryOperator.SUBTRACT: _difference,
    BinaryOperator.MULTIPLY: _product,
    BinaryOperator.DIVIDE: _quotient,
    BinaryOperator.POWER: _power,
}
