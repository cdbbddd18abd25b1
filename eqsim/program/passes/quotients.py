"""Quotients by ``exprel`` as products with its inverse, which has one division instead of two.

Rates of ion channels are such quotients. Keeps values up to rounding.
"""

from __future__ import annotations

from dataclasses import replace

from eqsim.expressions.nodes import Binary, BinaryOperator, Call, Expr
from eqsim.expressions.traverse import map_children
from eqsim.program.nodes import Kernel, Program
from eqsim.program.traverse import map_expressions


def invert_exprel(program: Program) -> Program:
    """Replace quotients by ``exprel`` by products with ``inverse_exprel``."""
    return replace(program, kernels=tuple(map(_changed, program.kernels)))


def _changed(kernel: Kernel) -> Kernel:
    return replace(
        kernel,
        prologue=tuple(map_expressions(s, inverted) for s in kernel.prologue),
        body=tuple(map_expressions(s, inverted) for s in kernel.body),
    )


def inverted(expr: Expr) -> Expr:
    """Return the expression with its quotients by ``exprel`` replaced."""
    expr = map_children(expr, inverted)
    match expr:
        case Binary(BinaryOperator.DIVIDE, dividend, Call("exprel", arguments, place), span):
            factor = Call("inverse_exprel", arguments, place)
            return Binary(BinaryOperator.MULTIPLY, dividend, factor, span)
        case _:
            return expr
