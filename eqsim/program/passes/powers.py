"""Small constant powers as products: ``m**3`` costs two multiplications, a general power fifty.

Keeps values up to rounding: a product of rounded factors instead of one rounded power.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Expr,
    Literal,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.traverse import map_children
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Kernel, Program
from eqsim.program.traverse import map_expressions
from eqsim.program.types import Types, expression_type, name_types

LARGEST_EXPONENT = 8
"""Beyond this the products' rounding errors add up to more than those of a general power."""


def expand_powers(program: Program) -> Program:
    """Replace powers with small constant exponents by products, quotients and square roots."""
    return replace(program, kernels=tuple(map(_expanded, program.kernels)))


def _expanded(kernel: Kernel) -> Kernel:
    change = partial(expand, types=name_types(kernel), real=kernel.real)
    return replace(
        kernel,
        prologue=tuple(map_expressions(s, change) for s in kernel.prologue),
        body=tuple(map_expressions(s, change) for s in kernel.body),
    )


def expand(expr: Expr, types: Types, real: DType) -> Expr:
    """Return the expression with its small constant powers expanded.

    Parameters
    ----------
    expr : Expr
        Any expression of a kernel.
    types : mapping of str to DType
        Types of the names.
    real : DType
        Type of literals with a fraction.
    """
    expr = map_children(expr, partial(expand, types=types, real=real))
    if not (isinstance(expr, Binary) and expr.operator is BinaryOperator.POWER):
        return expr
    exponent = _constant(expr.right)
    # A product has the type of its base, a power of integers is double precision.
    if exponent is None or _type_changes(expr, types, real):
        return expr
    if exponent == 0.5:
        return Call("sqrt", (expr.left,), expr.span)
    if exponent == -0.5:
        return _reciprocal(Call("sqrt", (expr.left,), expr.span))
    # The range goes first: infinity and nan are no whole numbers, and int() refuses them.
    if not 1 <= abs(exponent) <= LARGEST_EXPONENT or exponent != int(exponent):
        return expr
    product = _product(expr.left, abs(int(exponent)))
    return product if exponent > 0 else _reciprocal(product)


def _type_changes(power: Binary, types: Types, real: DType) -> bool:
    return expression_type(power, types, real) is not expression_type(power.left, types, real)


def _constant(expr: Expr) -> float | None:
    match expr:
        case Literal(value) if not isinstance(value, bool):
            return float(value)
        case Unary(UnaryOperator.NEGATE, Literal(value)) if not isinstance(value, bool):
            return -float(value)
        case _:
            return None


def _product(base: Expr, exponent: int) -> Expr:
    # By squaring: equal halves are equal trees, which later become one value.
    if exponent == 1:
        return base
    half = _product(base, exponent // 2)
    square = Binary(BinaryOperator.MULTIPLY, half, half, base.span)
    if exponent % 2 == 0:
        return square
    return Binary(BinaryOperator.MULTIPLY, square, base, base.span)


def _reciprocal(expr: Expr) -> Expr:
    return Binary(BinaryOperator.DIVIDE, Literal(1), expr, expr.span)
