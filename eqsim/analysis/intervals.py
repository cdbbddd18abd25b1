"""Expressions to bounds of their values over boxes: interval arithmetic over arrays.

What a solver finds out about a whole box, it need not search: where the bounds of a right side
leave out zero there is no fixed point. Rounding is not directed, so bounds are widened by a few
units in the last place.

References
----------
.. [1] Moore, R. E., Kearfott, R. B. & Cloud, M. J. (2009). Introduction to Interval Analysis.
   SIAM. doi:10.1137/1.9780898717716
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

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
from eqsim.expressions.traverse import walk
from eqsim.targets.numpy import mathematics

Values = NDArray[np.float64]

_ULPS = 4 * np.finfo(float).eps


class Bounds(NamedTuple):
    """The lowest and the highest value that something can have, element by element."""

    low: Values
    high: Values


def bounds_of(exprs: Sequence[Expr], names: Sequence[str], boxes: Bounds) -> Bounds:
    """Return bounds of expressions over boxes.

    Parameters
    ----------
    exprs : sequence of Expr
        What to bound, over ``names``.
    names : sequence of str
        What the rows of the boxes stand for.
    boxes : Bounds
        Of the names, shape (n_names, k).

    Returns
    -------
    Bounds
        Shape (n_exprs, k). Never too narrow; the wider, the more often a name occurs.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.source import Source
    >>> box = Bounds(np.array([[-1.0]]), np.array([[2.0]]))
    >>> found = bounds_of([parse_expression(Source("v**2 - 1"))], ["v"], box)
    >>> np.allclose(found, ([[-1.0]], [[3.0]]))
    True
    """
    environment = {name: Bounds(boxes.low[k], boxes.high[k]) for k, name in enumerate(names)}
    known: dict[Expr, Bounds] = {}
    shape = boxes.low.shape[1:]
    with np.errstate(all="ignore"):
        found = [_widened(_bounds(expr, environment, known)) for expr in exprs]
    low = np.array([np.broadcast_to(each.low, shape) for each in found])
    high = np.array([np.broadcast_to(each.high, shape) for each in found])
    return Bounds(low, high)


def is_continuous(expr: Expr) -> bool:
    """Return whether an expression has no steps, so that its derivatives bound its differences."""
    return not any(_is_step(node) for node in walk(expr))


def _is_step(node: Expr) -> bool:
    match node:
        case Compare() | Logical() | Select():
            return True
        case Binary(BinaryOperator.FLOOR_DIVIDE | BinaryOperator.MODULO, _, _):
            return True
        case Call("floor" | "ceil" | "int" | "sign" | "timestep", _):
            return True
        case _:
            return False


def _is_truth(expr: Expr) -> bool:
    """Whether an expression is a truth value, which has no rounding errors."""
    match expr:
        case Compare() | Logical() | Unary(UnaryOperator.NOT, _) | Literal(bool()):
            return True
        case _:
            return False


def _widened(bounds: Bounds) -> Bounds:
    low, high = bounds
    # An operation that is not defined anywhere in a box says nothing about it.
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    return Bounds(low - _ULPS * np.abs(low), high + _ULPS * np.abs(high))


def _bounds(expr: Expr, names: Mapping[str, Bounds], known: dict[Expr, Bounds]) -> Bounds:
    found = known.get(expr)
    if found is None:
        found = known[expr] = _computed(expr, names, known)
    return found


def _computed(expr: Expr, names: Mapping[str, Bounds], known: dict[Expr, Bounds]) -> Bounds:
    match expr:
        case Literal(value):
            number = np.asarray(float(value))
            return Bounds(number, number)
        case Name(identifier):
            return names[identifier]
        case Unary(operator, operand):
            low, high = _bounds(operand, names, known)
            top = 0.0 if operator is UnaryOperator.NEGATE else 1.0
            return Bounds(top - high, top - low)
        case Binary(BinaryOperator.MULTIPLY, left, right) if left == right:
            return _square(_bounds(left, names, known))
        case Binary(operator_, left, right):
            first, second = _bounds(left, names, known), _bounds(right, names, known)
            return _OPERATIONS[operator_](first, second)
        case Compare(_, left, right) | Logical(_, left, right):
            return _truth(expr, _bounds(left, names, known), _bounds(right, names, known))
        case Call("int", (argument,)) if _is_truth(argument):
            return _bounds(argument, names, known)
        case Call(function, arguments):
            return _FUNCTIONS[function](*(_bounds(a, names, known) for a in arguments))
        case Select(condition, if_true, if_false):
            test = _bounds(condition, names, known)
            return _selected(test, *(_bounds(e, names, known) for e in (if_true, if_false)))
        case _:
            assert_never(expr)


def _selected(test: Bounds, first: Bounds, second: Bounds) -> Bounds:
    may, must = test.high > 0, test.low >= 1
    low = np.minimum(np.where(may, first.low, np.inf), np.where(must, np.inf, second.low))
    high = np.maximum(np.where(may, first.high, -np.inf), np.where(must, -np.inf, second.high))
    return Bounds(low, high)


def _hull(*corners: Values) -> Bounds:
    # 0*inf is 0 here: the infinite bound is never reached.
    finite = [np.where(np.isnan(corner), 0.0, corner) for corner in corners]
    low, high = finite[0], finite[0]
    for corner in finite[1:]:
        low, high = np.minimum(low, corner), np.maximum(high, corner)
    return Bounds(low, high)


def _sum(a: Bounds, b: Bounds) -> Bounds:
    return Bounds(a.low + b.low, a.high + b.high)


def _difference(a: Bounds, b: Bounds) -> Bounds:
    return Bounds(a.low - b.high, a.high - b.low)


def product(a: Bounds, b: Bounds) -> Bounds:
    """Return bounds of a product."""
    return _hull(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)


def _square(a: Bounds) -> Bounds:
    low, high = np.square(a.low), np.square(a.high)
    touches = (a.low <= 0) & (a.high >= 0)
    return Bounds(np.where(touches, 0.0, np.minimum(low, high)), np.maximum(low, high))


def _everything(like: Values) -> Bounds:
    return Bounds(np.full_like(like, -np.inf), np.full_like(like, np.inf))


def _where(condition: NDArray[np.bool_], a: Bounds, b: Bounds) -> Bounds:
    return Bounds(np.where(condition, a.low, b.low), np.where(condition, a.high, b.high))


def _quotient(a: Bounds, b: Bounds) -> Bounds:
    inverse = Bounds(1.0 / b.high, 1.0 / b.low)
    has_pole = (b.low <= 0) & (b.high >= 0)
    found = product(a, inverse)
    return _where(has_pole, _everything(found.low), found)


def _power(a: Bounds, b: Bounds) -> Bounds:
    exponent = float(b.low.flat[0])
    if np.all(b.low == exponent) and np.all(b.high == exponent) and exponent == round(exponent):
        whole = _whole_power(a, abs(round(exponent)))
        return whole if exponent >= 0 else _quotient(Bounds(np.ones(()), np.ones(())), whole)
    logarithm = Bounds(
        mathematics.log(_at_least(a.low, 0.0)), mathematics.log(_at_least(a.high, 0.0))
    )
    exponents = product(logarithm, b)
    return Bounds(mathematics.exp(exponents.low), mathematics.exp(exponents.high))


def _whole_power(a: Bounds, exponent: int) -> Bounds:
    low, high = a.low**exponent, a.high**exponent
    if exponent % 2 or exponent == 0:
        return Bounds(low, high)
    touches = (a.low <= 0) & (a.high >= 0)
    return Bounds(np.where(touches, 0.0, np.minimum(low, high)), np.maximum(low, high))


def _at_least(values: Values, limit: float) -> Values:
    result: Values = np.maximum(np.asarray(values, dtype=float), limit)
    return result


def _floor_quotient(a: Bounds, b: Bounds) -> Bounds:
    return _stepped(np.floor)(_quotient(a, b))


def _modulo(a: Bounds, b: Bounds) -> Bounds:
    widest = Bounds(np.minimum(b.low, 0.0) + 0 * a.low, np.maximum(b.high, 0.0) + 0 * a.low)
    quotient = _quotient(a, b)
    # Quotients that rounding may have moved over a whole number are not told from jumps.
    slack = 1e-12 * (1.0 + np.maximum(np.abs(quotient.low), np.abs(quotient.high)))
    whole = np.floor(quotient.low - slack)
    has_no_jump = np.isfinite(whole) & (whole == np.floor(quotient.high + slack))
    turns = np.where(has_no_jump, whole, 0.0)
    left = _difference(a, product(Bounds(turns, turns), b))
    exact = Bounds(np.maximum(left.low, widest.low), np.minimum(left.high, widest.high))
    return _where(has_no_jump, exact, widest)


_OPERATIONS: Mapping[BinaryOperator, Callable[[Bounds, Bounds], Bounds]] = {
    BinaryOperator.ADD: _sum,
    BinaryOperator.SUBTRACT: _difference,
    BinaryOperator.MULTIPLY: product,
    BinaryOperator.DIVIDE: _quotient,
    BinaryOperator.POWER: _power,
    BinaryOperator.FLOOR_DIVIDE: _floor_quotient,
    BinaryOperator.MODULO: _modulo,
}


def _truth(expr: Compare | Logical, first: Bounds, second: Bounds) -> Bounds:
    if isinstance(expr, Compare):
        return _compared(expr.operator, first, second)
    join = np.minimum if expr.operator is LogicalOperator.AND else np.maximum
    return Bounds(join(first.low, second.low), join(first.high, second.high))


def _compared(comparison: Comparison, a: Bounds, b: Bounds) -> Bounds:
    match comparison:
        case Comparison.LESS:
            surely, never = a.high < b.low, a.low >= b.high
        case Comparison.LESS_EQUAL:
            surely, never = a.high <= b.low, a.low > b.high
        case Comparison.GREATER:
            surely, never = a.low > b.high, a.high <= b.low
        case Comparison.GREATER_EQUAL:
            surely, never = a.low >= b.high, a.high < b.low
        case Comparison.EQUAL | Comparison.NOT_EQUAL:
            apart = (a.high < b.low) | (a.low > b.high)
            same = (a.low == a.high) & (b.low == b.high) & (a.low == b.low)
            surely, never = same, apart
            if comparison is Comparison.NOT_EQUAL:
                surely, never = never, surely
        case _:
            assert_never(comparison)
    return Bounds(np.where(surely, 1.0, 0.0), np.where(never, 0.0, 1.0))


_Function = Callable[..., Bounds]


def _increasing(name: str, domain: tuple[float, float] = (-np.inf, np.inf)) -> _Function:
    compute = getattr(mathematics, name)

    def bounds(a: Bounds) -> Bounds:
        low, high = (np.clip(np.asarray(side, dtype=float), *domain) for side in a)
        return Bounds(compute(low), compute(high))

    return bounds


def _decreasing(name: str, domain: tuple[float, float] = (-np.inf, np.inf)) -> _Function:
    increasing = _increasing(name, domain)

    def bounds(a: Bounds) -> Bounds:
        high, low = increasing(a)
        return Bounds(low, high)

    return bounds


def _wave(name: str, highest_at: float) -> _Function:
    compute = getattr(mathematics, name)

    def bounds(a: Bounds) -> Bounds:
        ends = compute(np.asarray(a.low, dtype=float)), compute(np.asarray(a.high, dtype=float))
        found = _hull(*ends)
        high = np.where(_reaches(a, highest_at), 1.0, found.high)
        low = np.where(_reaches(a, highest_at + np.pi), -1.0, found.low)
        return Bounds(low, high)

    return bounds


def _reaches(a: Bounds, phase: float) -> NDArray[np.bool_]:
    """Return where an interval contains the phase plus whole turns."""
    turns: NDArray[np.bool_] = np.ceil((a.low - phase) / (2 * np.pi)) <= np.floor(
        (a.high - phase) / (2 * np.pi)
    )
    return turns | ~np.isfinite(a.low) | ~np.isfinite(a.high)


def _tangent(a: Bounds) -> Bounds:
    low, high = np.asarray(a.low, dtype=float), np.asarray(a.high, dtype=float)
    found = Bounds(mathematics.tan(low), mathematics.tan(high))
    half = Bounds(2 * low, 2 * high)
    return _where(_reaches(half, np.pi), _everything(low), found)


def _even(name: str) -> _Function:
    compute = getattr(mathematics, name)

    def bounds(a: Bounds) -> Bounds:
        ends = _hull(compute(np.asarray(a.low, float)), compute(np.asarray(a.high, float)))
        touches = (a.low <= 0) & (a.high >= 0)
        least = compute(np.zeros(()))
        return Bounds(np.where(touches, least, ends.low), ends.high)

    return bounds


def _each(compute: Callable[..., Values]) -> _Function:
    """Return bounds of a function that increases, or stays, with all of its arguments."""
    return lambda *bounds: Bounds(
        compute(*(b.low for b in bounds)), compute(*(b.high for b in bounds))
    )


def _clip(x: Bounds, low: Bounds, high: Bounds) -> Bounds:
    return Bounds(
        np.minimum(np.maximum(x.low, low.low), high.low),
        np.minimum(np.maximum(x.high, low.high), high.high),
    )


def _stepped(compute: Callable[[Values], Values]) -> _Function:
    """Return bounds of a function with steps, over which rounding errors may carry."""

    def bounds(a: Bounds) -> Bounds:
        wide = _widened(a)
        return Bounds(compute(wide.low), compute(wide.high))

    return bounds


_FUNCTIONS: Mapping[str, _Function] = {
    **{name: _increasing(name) for name in ("exp", "expm1", "exprel", "sinh", "tanh", "arctan")},
    **{name: _increasing(name, (0.0, np.inf)) for name in ("log", "log10", "sqrt")},
    "log1p": _increasing("log1p", (-1.0, np.inf)),
    "arcsin": _increasing("arcsin", (-1.0, 1.0)),
    "arccos": _decreasing("arccos", (-1.0, 1.0)),
    "inverse_exprel": _decreasing("inverse_exprel"),
    "cosh": _even("cosh"),
    "abs": _even("abs"),
    "sin": _wave("sin", np.pi / 2),
    "cos": _wave("cos", 0.0),
    "tan": _tangent,
    "sign": _each(np.sign),
    "floor": _stepped(np.floor),
    "ceil": _stepped(np.ceil),
    "int": _stepped(np.trunc),
    "minimum": _each(np.minimum),
    "maximum": _each(np.maximum),
    "clip": _clip,
    "timestep": lambda t, dt: _floor_quotient(t, dt),
}
"""Bounds of the functions of the language that draw nothing."""
