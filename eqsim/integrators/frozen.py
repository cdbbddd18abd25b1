"""Coefficients that are held still over a step, also where they depend on the variable itself."""

from __future__ import annotations

from eqsim.expressions.fold import ONE, is_zero
from eqsim.expressions.linear import Coefficients, linear_coefficients
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Expr,
    Logical,
    Name,
    Select,
)
from eqsim.expressions.traverse import depends_on, map_children, substitute


def frozen_coefficients(expr: Expr, variable: str) -> Coefficients | None:
    """Return ``A`` and ``B`` with ``expr == A * variable + B``, which may have the variable.

    The variable counts where it is a factor of its own, as potentials are in currents. Inside of
    functions, and in sums by which something is divided, it belongs to the coefficients.

    Parameters
    ----------
    expr : Expr
        A right-hand side.
    variable : str
        The variable of the equation.

    Returns
    -------
    (Expr, Expr) or None
        Two expressions, without the variable if there are such; None if it occurs as a factor in
        another power than the first, or in no term at all.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.expressions.printer import to_text
    >>> from eqsim.source import Source
    >>> current = parse_expression(Source("g*tanh(v/k)*(E - v)"))
    >>> [to_text(part) for part in frozen_coefficients(current, "v")]
    ['-(g * tanh(v / k))', 'g * tanh(v / k) * E']
    >>> frozen_coefficients(parse_expression(Source("exp(v)")), "v") is None
    True
    """
    linear = linear_coefficients(expr, variable)
    if linear is not None:
        return linear
    hidden: dict[str, Expr] = {}
    shown = linear_coefficients(_hide(expr, variable, hidden), variable)
    if shown is None or is_zero(shown[0]):
        return None
    slope, rest = (substitute(part, hidden) for part in shown)
    return slope, rest


def _hide(expr: Expr, variable: str, hidden: dict[str, Expr]) -> Expr:
    """Return an expression with names for what counts as a coefficient; note what they are."""
    if not depends_on(expr, (variable,)):
        return expr
    match expr:
        case Call() | Compare() | Logical() | Select():
            return _named(expr, hidden)
        case Binary(BinaryOperator.DIVIDE, left, Binary() as right, span) if _is_sum(right):
            factor = _named(Binary(BinaryOperator.DIVIDE, ONE, right), hidden)
            left = _hide(left, variable, hidden)
            return Binary(BinaryOperator.MULTIPLY, left, factor, span)
        case _:
            return map_children(expr, lambda child: _hide(child, variable, hidden))


def _is_sum(expr: Binary) -> bool:
    return expr.operator in (BinaryOperator.ADD, BinaryOperator.SUBTRACT)


def _named(expr: Expr, hidden: dict[str, Expr]) -> Name:
    """Return the name of a coefficient, one for all that are written alike."""
    for name, known in hidden.items():
        if known == expr:
            return Name(name)
    name = f"_coefficient_{len(hidden)}"
    hidden[name] = expr
    return Name(name)
