"""Expression trees back to text, with no more brackets than needed.

Parsing the text gives the same tree: brackets that change the order of evaluation are kept, even
where arithmetic on real numbers would not need them (``a + (b + c)``).
"""

from __future__ import annotations

import math
from typing import assert_never

from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Expr,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
    Unary,
    UnaryOperator,
)

# How tightly each form holds its operands, as in Python.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(1, 10)

_BINARY_STRENGTH = {
    BinaryOperator.ADD: _SUM,
    BinaryOperator.SUBTRACT: _SUM,
    BinaryOperator.MULTIPLY: _PRODUCT,
    BinaryOperator.DIVIDE: _PRODUCT,
    BinaryOperator.FLOOR_DIVIDE: _PRODUCT,
    BinaryOperator.MODULO: _PRODUCT,
    BinaryOperator.POWER: _POWER,
}


def to_text(expr: Expr) -> str:
    """Return the text of ``expr``, which parses to the same tree.

    A ``Select`` has no form that a user could write; it is shown as ``select(condition, a, b)``.
    A literal that is negative is bracketed as ``(-1)`` where its sign could be misread; parsing
    gives the sign back as an operator. Trees that came from the parser have no such literals.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Binary, BinaryOperator, Name
    >>> difference = Binary(BinaryOperator.SUBTRACT, Name("E"), Name("v"))
    >>> to_text(Binary(BinaryOperator.DIVIDE, difference, Name("tau")))
    '(E - v) / tau'
    """
    return _printed(expr)[0]


def _printed(expr: Expr) -> tuple[str, int]:
    """Return the text of ``expr`` and how tightly it holds together."""
    match expr:
        case Literal(value):
            return _literal(value)
        case Name(identifier):
            return identifier, _ATOM
        case Unary(operator, operand):
            strength = _NOT if operator is UnaryOperator.NOT else _SIGN
            sign = "not " if operator is UnaryOperator.NOT else "-"
            return sign + _operand(operand, strength), strength
        case Binary():
            return _binary(expr)
        case Compare(comparison, left, right):
            # A comparison beside a comparison would read as a chain.
            sides = _operand(left, _SUM), _operand(right, _SUM)
            return f"{sides[0]} {comparison.value} {sides[1]}", _COMPARE
        case Logical(logical, left, right):
            strength = _AND if logical is LogicalOperator.AND else _OR
            before, after = _operand(left, strength), _operand(right, strength + 1)
            return f"{before} {logical.value} {after}", strength
        case Call(function, arguments):
            return f"{function}({', '.join(map(to_text, arguments))})", _ATOM
        case Select(condition, if_true, if_false):
            inner = ", ".join(map(to_text, (condition, if_true, if_false)))
            return f"select({inner})", _ATOM
        case _:
            assert_never(expr)


def _binary(expr: Binary) -> tuple[str, int]:
    strength = _BINARY_STRENGTH[expr.operator]
    if expr.operator is BinaryOperator.POWER:
        # The only operator that groups from the right; its exponent may carry a sign.
        base, exponent = _operand(expr.left, _ATOM), _operand(expr.right, _SIGN)
        return f"{base}**{exponent}", strength
    before, after = _operand(expr.left, strength), _operand(expr.right, strength + 1)
    return f"{before} {expr.operator.value} {after}", strength


def _operand(expr: Expr, needed: int) -> str:
    text, strength = _printed(expr)
    return text if strength >= needed else f"({text})"


def _literal(value: float) -> tuple[str, int]:
    if isinstance(value, float) and not math.isfinite(value):
        # No literal means infinity: 1e999 is how Python spells it without a name.
        text = "-1e999" if value < 0 else "(1e999 - 1e999)" if math.isnan(value) else "1e999"
    else:
        text = repr(value)
    return text, (_SIGN if text.startswith("-") else _ATOM)


def short_text(expr: Expr, longest: int = 24) -> str:
    """Return ``expr`` in quotes as a message shows it, cut if it is long."""
    text = to_text(expr)
    return repr(text if len(text) <= longest else f"{text[: longest - 3]}...")
