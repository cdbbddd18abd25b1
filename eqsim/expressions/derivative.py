"""Derivatives: an expression tree to the tree of its derivative, by a table of rules.

This needs no computer algebra, and what the user wrote is still to be seen in the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import assert_never

from eqsim.errors import EquationError
from eqsim.expressions.fold import ONE, ZERO, add, divide, multiply, negate, power, subtract
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Expr,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.traverse import depends_on

_HALF = Literal(0.5)


def _call(function: str, *arguments: Expr) -> Call:
    return Call(function, arguments)


def _indicator(condition: Expr) -> Expr:
    return Select(condition, ONE, ZERO)


def _of_exprel(x: Expr) -> Expr:
    # The difference loses digits near zero, where two terms of the series have 1e-10 left to err.
    away = divide(subtract(_call("exp", x), _call("exprel", x)), x)
    near = add(_HALF, divide(x, Literal(3.0)))
    return Select(Compare(Comparison.LESS, _call("abs", x), Literal(1e-5)), near, away)


def _of_inverse_exprel(x: Expr) -> Expr:
    value = _call("inverse_exprel", x)
    # As above; the third term of the series is that of the third power.
    away = divide(multiply(value, subtract(subtract(ONE, value), x)), x)
    near = subtract(divide(x, Literal(6.0)), _HALF)
    return Select(Compare(Comparison.LESS, _call("abs", x), Literal(1e-4)), near, away)


def _of_clip(x: Expr, low: Expr, high: Expr) -> tuple[Expr, Expr, Expr]:
    below, above = Compare(Comparison.LESS, x, low), Compare(Comparison.GREATER, x, high)
    outside = Logical(LogicalOperator.OR, below, above)
    return Select(outside, ZERO, ONE), _indicator(below), _indicator(above)


def _of_smaller(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    first = Compare(Comparison.LESS, a, b)
    return _indicator(first), Select(first, ZERO, ONE)


def _square(x: Expr) -> Expr:
    return multiply(x, x)


def _flat(_: Expr) -> Expr:
    return ZERO


def _of_root(x: Expr) -> Expr:
    return divide(ONE, _call("sqrt", subtract(ONE, _square(x))))


_SLOPES: Mapping[str, Callable[[Expr], Expr]] = {
    "exp": lambda x: _call("exp", x),
    "log": lambda x: divide(ONE, x),
    "log10": lambda x: divide(ONE, multiply(Literal(math.log(10)), x)),
    "log1p": lambda x: divide(ONE, add(ONE, x)),
    "expm1": lambda x: _call("exp", x),
    "exprel": _of_exprel,
    "inverse_exprel": _of_inverse_exprel,
    "sin": lambda x: _call("cos", x),
    "cos": lambda x: negate(_call("sin", x)),
    "tan": lambda x: add(ONE, _square(_call("tan", x))),
    "sinh": lambda x: _call("cosh", x),
    "cosh": lambda x: _call("sinh", x),
    "tanh": lambda x: subtract(ONE, _square(_call("tanh", x))),
    "arcsin": _of_root,
    "arccos": lambda x: negate(_of_root(x)),
    "arctan": lambda x: divide(ONE, add(ONE, _square(x))),
    "sqrt": lambda x: divide(_HALF, _call("sqrt", x)),
    "abs": lambda x: _call("sign", x),
    "sign": _flat,
    "floor": _flat,
    "ceil": _flat,
    "int": _flat,
}
"""Derivatives of the functions of one argument."""

_PARTIALS: Mapping[str, Callable[..., tuple[Expr, ...]]] = {
    **{name: (lambda x, slope=slope: (slope(x),)) for name, slope in _SLOPES.items()},
    "clip": _of_clip,
    "minimum": _of_smaller,
    "maximum": lambda a, b: _of_smaller(b, a),
    "timestep": lambda *_: (ZERO, ZERO),
}
"""Derivatives of the functions by each of their arguments."""


def derivative(expr: Expr, name: str) -> Expr:
    """Return the derivative of ``expr`` by ``name``, all other names held constant.

    Where a function has a step or a corner, the derivative is the one beside it: comparisons,
    ``floor`` and the like count as constant.

    Parameters
    ----------
    expr : Expr
        What to derive.
    name : str
        By which name.

    Returns
    -------
    Expr
        The derivative, folded but not simplified.

    Raises
    ------
    EquationError
        If a function of ``name`` has no known derivative.

    Examples
    --------
    >>> from eqsim.expressions.printer import to_text
    >>> to_text(derivative(Call("exp", (divide(Name("v"), Name("k")),)), "v"))
    'exp(v / k) * (1.0 / k)'
    """
    if not depends_on(expr, (name,)):
        return ZERO
    match expr:
        case Name():
            return ONE
        case Unary(UnaryOperator.NEGATE, operand, span):
            return negate(derivative(operand, name), span)
        case Binary():
            return _of_binary(expr, name)
        case Call():
            return _of_call(expr, name)
        case Select(condition, if_true, if_false, span):
            branches = derivative(if_true, name), derivative(if_false, name)
            return Select(condition, branches[0], branches[1], span)
        case Literal() | Compare() | Logical() | Unary():
            return ZERO
        case _:
            assert_never(expr)


def _of_call(expr: Call, name: str) -> Expr:
    partials = _PARTIALS.get(expr.function)
    if partials is None:
        raise EquationError(f"the function {expr.function!r} has no known derivative", expr.span)
    total: Expr = ZERO
    for argument, partial in zip(expr.arguments, partials(*expr.arguments), strict=True):
        total = add(total, multiply(partial, derivative(argument, name)))
    return total


def _of_binary(expr: Binary, name: str) -> Expr:
    u, v, span = expr.left, expr.right, expr.span
    if expr.operator is BinaryOperator.POWER:
        return _of_power(expr, name)
    du, dv = derivative(u, name), derivative(v, name)
    match expr.operator:
        case BinaryOperator.ADD:
            return add(du, dv, span)
        case BinaryOperator.SUBTRACT:
            return subtract(du, dv, span)
        case BinaryOperator.MULTIPLY:
            return add(multiply(du, v), multiply(u, dv), span)
        case BinaryOperator.DIVIDE:
            return subtract(divide(du, v), divide(multiply(u, dv), multiply(v, v)), span)
        case BinaryOperator.FLOOR_DIVIDE:
            return ZERO
        case BinaryOperator.MODULO:
            rounds = Binary(BinaryOperator.FLOOR_DIVIDE, u, v)
            return subtract(du, multiply(dv, rounds), span)


def _of_power(expr: Binary, name: str) -> Expr:
    base, exponent = expr.left, expr.right
    lower = subtract(exponent, Literal(1))
    by_base = multiply(multiply(exponent, power(base, lower)), derivative(base, name))
    if not depends_on(exponent, (name,)):
        return by_base
    by_exponent = multiply(multiply(expr, _call("log", base)), derivative(exponent, name))
    return add(by_base, by_exponent)
