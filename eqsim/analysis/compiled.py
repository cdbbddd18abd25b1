"""Expressions to one Python function over NumPy arrays, as fast as they are written by hand.

The interpreter of the target ``'numpy'`` computes each function with the bits of the compiled
targets, which takes dozens of array operations. An analysis evaluates a few points at a time,
hundreds of thousands of times, and needs no certain bits: here they are NumPy's own functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from eqsim.expressions.fold import is_zero
from eqsim.expressions.nodes import (
    Binary,
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
from eqsim.expressions.statements import Assign
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Kernel, Once, Program
from eqsim.program.passes.powers import expand
from eqsim.program.passes.sharing import share_subexpressions

Values = NDArray[np.float64]
Compiled = Callable[[Values], Values]

_REAL = DType.FLOAT64


def _exprel(x: Any) -> Any:
    return np.where(np.abs(x) < 1e-5, 1 + x / 2 + x * x / 6, np.expm1(x) / x)


def _inverse_exprel(x: Any) -> Any:
    return np.where(np.abs(x) < 1e-5, 1 - x / 2 + x * x / 12, x / np.expm1(x))


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{
        name: getattr(np, name)
        for name in (
            "exp", "log", "log10", "log1p", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh",
            "arcsin", "arccos", "arctan", "floor", "ceil", "sqrt", "abs", "sign", "clip",
            "minimum", "maximum",
        )
    },
    "exprel": _exprel,
    "inverse_exprel": _inverse_exprel,
    "int": np.trunc,
}  # fmt: skip
"""The functions of the language that an analysis can have."""


def compile_together(exprs: Sequence[Expr], names: Sequence[str]) -> Compiled:
    """Return one function for several expressions that computes what they share once.

    Parameters
    ----------
    exprs : sequence of Expr
        What to compute, over ``names`` only.
    names : sequence of str
        The names that the rows of the argument stand for.

    Returns
    -------
    callable
        From values of shape (n_names, k) to values of shape (n_exprs, k).

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.source import Source
    >>> f = compile_together([parse_expression(Source("v**2 - w"))], ["v", "w"])
    >>> f(np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 2.0]]))
    array([[1., 3., 7.]])
    """
    types = dict.fromkeys(names, _REAL)
    body = tuple(
        Assign(f"_value_{row}", expand(expr, types, _REAL))
        for row, expr in enumerate(exprs)
        if not is_zero(expr)
    )
    kernel = Kernel("values", Once(), "_element", "_clock", _REAL, (), (), body)
    program = Program("analysis", (), (), (), (), (), (kernel,), ())
    # Numbered, so that no name of the user is a word of Python.
    places = {name: f"x{k}" for k, name in enumerate(names)}
    lines = [f"    {place} = values[{k}]" for k, place in enumerate(places.values())]
    for k, statement in enumerate(share_subexpressions(program).kernels[0].body):
        assert isinstance(statement, Assign)
        text = _text(statement.value, places)
        places[statement.target] = f"s{k}"
        lines.append(f"    s{k} = {text}")
    lines += [
        f"    result[{row}] = {places[f'_value_{row}']}"
        for row, expr in enumerate(exprs)
        if not is_zero(expr)
    ]
    code = "\n".join(["def evaluate(values, result):", *lines, "    return result", ""])
    namespace: dict[str, Any] = {f"f_{name}": f for name, f in _FUNCTIONS.items()}
    namespace["where"] = np.where
    exec(compile(code, "<equations>", "exec"), namespace)  # a tree's text holds nothing else
    evaluate, count = namespace["evaluate"], len(exprs)

    def evaluated(values: Values) -> Values:
        with np.errstate(all="ignore"):
            made: Values = evaluate(values, np.zeros((count, values.shape[1])))
        return made

    return evaluated


def _text(expr: Expr, places: Mapping[str, str]) -> str:
    match expr:
        case Literal(value):
            return f"({float(value)!r})" if np.isfinite(value) else f"float('{float(value)}')"
        case Name(identifier):
            return places[identifier]
        case Unary(UnaryOperator.NEGATE, operand):
            return f"(-{_text(operand, places)})"
        case Unary(_, operand):
            return f"(1.0 * ({_text(operand, places)} == 0.0))"
        case Binary(operator, left, right):
            return f"({_text(left, places)} {operator.value} {_text(right, places)})"
        case Compare(comparison, left, right):
            # As a number: truth values of NumPy cannot be subtracted.
            return f"(1.0 * ({_text(left, places)} {comparison.value} {_text(right, places)}))"
        case Logical(logical, left, right):
            joined = "minimum" if logical is LogicalOperator.AND else "maximum"
            return f"f_{joined}({_text(left, places)}, {_text(right, places)})"
        case Call(function, arguments):
            return f"f_{function}({', '.join(_text(a, places) for a in arguments)})"
        case Select(condition, if_true, if_false):
            parts = (_text(part, places) for part in (if_true, if_false))
            return f"where({_text(condition, places)} != 0.0, {', '.join(parts)})"
        case _:
            assert_never(expr)
