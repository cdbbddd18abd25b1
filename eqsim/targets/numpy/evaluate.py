"""Expressions to functions over NumPy arrays, with the program's rules of types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, assert_never

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
from eqsim.program.dtypes import DType, promote
from eqsim.program.types import Types, argument_type, expression_type, operation_type
from eqsim.targets.numpy import mathematics

Values = NDArray[Any]
Environment = dict[str, Values]
Evaluate = Callable[[Environment], Values]

_OPERATIONS: Mapping[BinaryOperator, Callable[[Any, Any], Any]] = {
    BinaryOperator.ADD: np.add,
    BinaryOperator.SUBTRACT: np.subtract,
    BinaryOperator.MULTIPLY: np.multiply,
    BinaryOperator.DIVIDE: np.true_divide,
    BinaryOperator.FLOOR_DIVIDE: mathematics.floor_divide,
    BinaryOperator.MODULO: mathematics.modulo,
    BinaryOperator.POWER: mathematics.power,
}
_COMPARISONS: Mapping[Comparison, Callable[[Any, Any], Any]] = {
    Comparison.LESS: np.less,
    Comparison.LESS_EQUAL: np.less_equal,
    Comparison.GREATER: np.greater,
    Comparison.GREATER_EQUAL: np.greater_equal,
    Comparison.EQUAL: np.equal,
    Comparison.NOT_EQUAL: np.not_equal,
}
_NAMED: Mapping[str, str] = {"int": "to_integer"}


def convert(values: Values, dtype: DType) -> Values:
    """Return values in another type, converted as the compiled targets do.

    A fraction becomes the whole number towards zero; what no integer holds becomes the nearest
    one that it does.
    """
    if values.dtype == dtype.numpy:
        return values
    if dtype is DType.BOOLEAN:
        return np.not_equal(values, 0)
    if not dtype.is_float and values.dtype.kind == "f":
        values = mathematics.to_integer(values)
    return values.astype(dtype.numpy)


def compile_expression(expr: Expr, types: Types, real: DType) -> Evaluate:
    """Return a function that evaluates an expression.

    Parameters
    ----------
    expr : Expr
        What to evaluate.
    types : mapping of str to DType
        Types of the names.
    real : DType
        Type of literals with a fraction.

    Returns
    -------
    callable
        From an environment (name to array) to an array of the expression's type.
    """
    own = expression_type(expr, types, real)
    match expr:
        case Literal(value):
            constant: Values = np.asarray(value, dtype=own.numpy)
            return lambda _: constant
        case Name(identifier):
            return lambda environment: environment[identifier]
        case Unary(operator, operand):
            return _unary(operator, operand, own, types, real)
        case Binary(operator_, left, right):
            dtype = operation_type(operator_, left, right, types, real)
            return _pair(_OPERATIONS[operator_], left, right, dtype, types, real)
        case Compare(comparison, left, right):
            widest = promote(
                expression_type(left, types, real), expression_type(right, types, real)
            )
            return _pair(_COMPARISONS[comparison], left, right, widest, types, real)
        case Logical(logical, left, right):
            join = np.logical_and if logical is LogicalOperator.AND else np.logical_or
            return _pair(join, left, right, DType.BOOLEAN, types, real)
        case Call(function, arguments):
            return _call(function, arguments, types, real)
        case Select(condition, if_true, if_false):
            test = _converted(condition, DType.BOOLEAN, types, real)
            first = _converted(if_true, own, types, real)
            second = _converted(if_false, own, types, real)
            return lambda e: np.where(test(e), first(e), second(e))
        case _:
            assert_never(expr)


def _converted(expr: Expr, dtype: DType, types: Types, real: DType) -> Evaluate:
    evaluate = compile_expression(expr, types, real)
    if expression_type(expr, types, real) is dtype:
        return evaluate
    return lambda environment: convert(evaluate(environment), dtype)


def _unary(
    operator: UnaryOperator, operand: Expr, own: DType, types: Types, real: DType
) -> Evaluate:
    if operator is UnaryOperator.NOT:
        truth = _converted(operand, DType.BOOLEAN, types, real)
        return lambda environment: np.logical_not(truth(environment))
    number = _converted(operand, own, types, real)
    return lambda environment: np.negative(number(environment))


def _pair(
    operation: Callable[[Any, Any], Any],
    left: Expr,
    right: Expr,
    dtype: DType,
    types: Types,
    real: DType,
) -> Evaluate:
    first = _converted(left, dtype, types, real)
    second = _converted(right, dtype, types, real)
    return lambda environment: operation(first(environment), second(environment))


def _call(function: str, arguments: tuple[Expr, ...], types: Types, real: DType) -> Evaluate:
    dtype = argument_type(function, arguments, types, real)
    evaluated = [_converted(argument, dtype, types, real) for argument in arguments]
    compute = getattr(mathematics, _NAMED.get(function, function))
    return lambda environment: compute(*(e(environment) for e in evaluated))
