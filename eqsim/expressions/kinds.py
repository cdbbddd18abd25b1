"""The kind of value that an expression has: truth value, integer or floating-point number.

Kinds are ordered; arithmetic gives the highest kind of its operands, except that ``/`` and ``**``
always give floating-point numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from eqsim.errors import EquationError
from eqsim.expressions.functions import FUNCTIONS, Function, function_of
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Expr,
    Literal,
    Logical,
    Name,
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.nodes import Kind as Kind
from eqsim.expressions.parser import unknown_function
from eqsim.expressions.printer import short_text

_EQUALITY = (Comparison.EQUAL, Comparison.NOT_EQUAL)
_ALWAYS_FLOAT = (BinaryOperator.DIVIDE, BinaryOperator.POWER)


Functions = Mapping[str, Function]


def kind_of(expr: Expr, kinds: Mapping[str, Kind], functions: Functions = FUNCTIONS) -> Kind:
    """Return the kind of value that ``expr`` has, and check the kinds inside it.

    Parameters
    ----------
    expr : Expr
        The expression.
    kinds : mapping of str to Kind
        Kinds of names; a name that is not in it is a floating-point number.
    functions : mapping of str to Function, optional
        What may be called; by default the functions of the language.

    Returns
    -------
    Kind
        The kind of its value.

    Raises
    ------
    EquationError
        If truth values and numbers are mixed up; the place is in the error.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.source import Source
    >>> kind_of(parse_expression(Source("2*i")), {"i": Kind.INTEGER})
    <Kind.INTEGER: 'integer'>
    """
    return _Kinds(kinds, functions).of(expr)


def certain_kind(expr: Expr, kinds: Mapping[str, Kind] | None) -> Kind | None:
    """Return the kind of a checked expression as far as it is certain.

    Parameters
    ----------
    expr : Expr
        An expression in which truth values and numbers are not mixed up.
    kinds : mapping of str to Kind or None
        Kinds of names, and of the results of functions that are not of the language; a name that
        is not in it may be of any kind. Without a mapping all names and such functions are
        floating-point numbers.

    Returns
    -------
    Kind or None
        None if it depends on what is not known.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.source import Source
    >>> certain_kind(parse_expression(Source("k/2")), {})
    <Kind.FLOAT: 'float'>
    >>> certain_kind(parse_expression(Source("2*k")), {}) is None
    True
    """
    unknown = Kind.FLOAT if kinds is None else None
    match expr:
        case Literal(value):
            return kind_of_value(value)
        case Name(identifier):
            return (kinds or {}).get(identifier, unknown)
        case Compare() | Logical() | Unary(UnaryOperator.NOT, _):
            return Kind.BOOLEAN
        case Unary(_, operand):
            return certain_kind(operand, kinds)
        case Binary(operator, left, right):
            if operator in _ALWAYS_FLOAT:
                return Kind.FLOAT
            return _certain_number((left, right), kinds)
        case Call(function, arguments):
            known = function_of(expr)
            if known is None:
                return (kinds or {}).get(function, unknown)
            return known.kind.returned or _certain_number(arguments, kinds)
        case Select(_, if_true, if_false):
            return _certain_highest((if_true, if_false), kinds)
        case _:
            assert_never(expr)


def _certain_highest(operands: Sequence[Expr], kinds: Mapping[str, Kind] | None) -> Kind | None:
    found = [certain_kind(operand, kinds) for operand in operands]
    if Kind.FLOAT in found:
        return Kind.FLOAT
    known = [kind for kind in found if kind is not None]
    return max(known) if len(known) == len(found) else None


def _certain_number(operands: Sequence[Expr], kinds: Mapping[str, Kind] | None) -> Kind | None:
    # Arithmetic makes numbers of truth values.
    highest = _certain_highest(operands, kinds)
    return Kind.INTEGER if highest is Kind.BOOLEAN else highest


class _Kinds:
    """Kinds of the names of one expression."""

    def __init__(self, kinds: Mapping[str, Kind], functions: Functions) -> None:
        self.kinds = kinds
        self.functions = functions

    def of(self, expr: Expr) -> Kind:
        match expr:
            case Literal(value):
                return kind_of_value(value)
            case Name(identifier):
                return self.kinds.get(identifier, Kind.FLOAT)
            case Unary():
                return self.unary(expr)
            case Binary():
                return self.binary(expr)
            case Compare():
                return self.compare(expr)
            case Logical(operator, left, right):
                self.check_condition(left, operator.value)
                self.check_condition(right, operator.value)
                return Kind.BOOLEAN
            case Call():
                return self.call(expr)
            case Select():
                return self.select(expr)
            case _:
                assert_never(expr)

    def unary(self, expr: Unary) -> Kind:
        if expr.operator is UnaryOperator.NOT:
            self.check_condition(expr.operand, "not")
            return Kind.BOOLEAN
        kind = self.of(expr.operand)
        if kind is Kind.BOOLEAN:
            raise EquationError(
                f"{short_text(expr.operand)} is a truth value and has no negative",
                expr.span,
                hint="negate it with 'not', or make it 0 or 1 with int(...)",
            )
        return kind

    def binary(self, expr: Binary) -> Kind:
        highest = max(self.of(expr.left), self.of(expr.right))
        if highest is Kind.BOOLEAN:
            raise EquationError(
                f"{expr.operator.value!r} between two truth values",
                expr.span,
                hint="join them with 'and' or 'or', or make each 0 or 1 with int(...)",
            )
        return Kind.FLOAT if expr.operator in _ALWAYS_FLOAT else highest

    def compare(self, expr: Compare) -> Kind:
        for side in (expr.left, expr.right):
            if self.of(side) is Kind.BOOLEAN and expr.operator not in _EQUALITY:
                raise EquationError(
                    f"{short_text(side)} is a truth value and has no order",
                    side.span,
                    hint="join conditions with 'and', or make it 0 or 1 with int(...)",
                )
        return Kind.BOOLEAN

    def check_condition(self, expr: Expr, operator: str) -> None:
        kind = self.of(expr)
        if kind is not Kind.BOOLEAN:
            raise EquationError(
                f"{operator!r} needs truth values, but {short_text(expr)} is a number",
                expr.span,
                hint="compare it with something: x > 0, x != 0",
            )

    def call(self, expr: Call) -> Kind:
        function = self.functions.get(expr.function)
        if function is None:
            raise unknown_function(expr.function, expr.span, self.functions)
        kinds = [self.of(argument) for argument in expr.arguments]
        for argument, kind, taken in zip(expr.arguments, kinds, function.taken, strict=True):
            _check_argument(expr.function, argument, kind, taken)
        return function.kind.returned or max(kinds)

    def select(self, expr: Select) -> Kind:
        self.check_condition(expr.condition, "select")
        return max(self.of(expr.if_true), self.of(expr.if_false))


def _check_argument(function: str, argument: Expr, kind: Kind, taken: Kind | None) -> None:
    if taken is None or taken is kind or (taken is Kind.FLOAT and kind is Kind.INTEGER):
        return
    if kind is Kind.BOOLEAN:
        needed = "numbers" if taken is Kind.FLOAT else "an integer here"
        problem, hint = "a truth value", "make it 0 or 1 with int(...)"
    elif taken is Kind.BOOLEAN:
        needed = "a truth value here"
        problem, hint = "a number", "compare it with something: x > 0"
    else:
        needed, problem = "an integer here", "a floating-point number"
        hint = "round it with int(...), which drops what follows the decimal point"
    raise EquationError(
        f"{function!r} takes {needed}, but {short_text(argument)} is {problem}",
        argument.span,
        hint=hint,
    )


def kind_of_value(value: float | int | bool) -> Kind:
    """Return the kind of a number or truth value."""
    if isinstance(value, bool):
        return Kind.BOOLEAN
    return Kind.INTEGER if isinstance(value, int) else Kind.FLOAT
