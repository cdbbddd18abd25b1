"""The exact value of a constant exponent, such as ``-1/2``, which decides on a dimension."""

from __future__ import annotations

from fractions import Fraction

from eqsim.expressions.nodes import Binary, BinaryOperator, Expr, Literal, Unary, UnaryOperator


def constant_value(expr: Expr) -> Fraction | None:
    """Return the value of an expression of plain numbers, None if it is not one.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.source import Source
    >>> constant_value(parse_expression(Source("-1/2.")))
    Fraction(-1, 2)
    """
    match expr:
        case Literal(value):
            return None if isinstance(value, bool) or value - value != 0 else Fraction(value)
        case Unary(UnaryOperator.NEGATE, operand):
            inner = constant_value(operand)
            return None if inner is None else -inner
        case Binary(operator, left, right):
            values = constant_value(left), constant_value(right)
            if values[0] is None or values[1] is None:
                return None
            return _calculated(operator, values[0], values[1])
        case _:
            return None


def _calculated(operator: BinaryOperator, a: Fraction, b: Fraction) -> Fraction | None:
    match operator:
        case BinaryOperator.ADD:
            return a + b
        case BinaryOperator.SUBTRACT:
            return a - b
        case BinaryOperator.MULTIPLY:
            return a * b
        case BinaryOperator.DIVIDE if b:
            return a / b
        case _:
            return None
