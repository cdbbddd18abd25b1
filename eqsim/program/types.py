"""The type in which each expression of a kernel is computed, the same on every target.

Rules: an operation on two types is done in the wider one (:func:`eqsim.program.dtypes.promote`);
a quotient or power of integers is double precision; a literal with a fraction has the kernel's
``real`` type; assigning converts to the type of the target. What a loop carries from one pass to
the next keeps the type that it has before the loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from eqsim.expressions.functions import FUNCTIONS, KindRule
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Expr,
    Kind,
    Literal,
    Logical,
    Name,
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.statements import (
    Assign,
    Branch,
    Distribution,
    Draw,
    Gather,
    Invoke,
    MatrixExponential,
    Statement,
    While,
)
from eqsim.program.dtypes import DType, promote
from eqsim.program.nodes import Kernel
from eqsim.program.traverse import event_of, targets

Types = Mapping[str, DType]

COUNTS = (Distribution.POISSON, Distribution.BINOMIAL)
"""Distributions of whole numbers."""


def drawn_type(distribution: Distribution, real: DType) -> DType:
    """Return the type of a random number, where ``real`` is that of numbers with a fraction."""
    if distribution is Distribution.BERNOULLI:
        return DType.BOOLEAN
    return DType.INT64 if distribution in COUNTS else real


def expression_type(expr: Expr, types: Types, real: DType) -> DType:
    """Return the type of an expression.

    Parameters
    ----------
    expr : Expr
        Any expression of a kernel.
    types : mapping of str to DType
        Types of the names.
    real : DType
        Type of literals with a fraction.
    """
    match expr:
        case Literal(value):
            return literal_type(value, real)
        case Name(identifier):
            return types[identifier]
        case Unary(UnaryOperator.NOT, _) | Compare() | Logical():
            return DType.BOOLEAN
        case Unary(_, operand):
            kind = expression_type(operand, types, real)
            return promote(kind, kind)
        case Binary(operator, left, right):
            return operation_type(operator, left, right, types, real)
        case Call(function, arguments):
            return call_type(function, arguments, types, real)
        case Select(_, if_true, if_false):
            first = expression_type(if_true, types, real)
            second = expression_type(if_false, types, real)
            return first if first is second else promote(first, second)
        case _:
            assert_never(expr)


def literal_type(value: float | int | bool, real: DType) -> DType:
    """Return the type of a literal."""
    if isinstance(value, bool):
        return DType.BOOLEAN
    return DType.INT64 if isinstance(value, int) else real


def kind_type(kind: Kind, real: DType) -> DType:
    """Return the type of a value from outside the kernel."""
    return {Kind.BOOLEAN: DType.BOOLEAN, Kind.INTEGER: DType.INT64, Kind.FLOAT: real}[kind]


def operation_type(
    operator: BinaryOperator, left: Expr, right: Expr, types: Types, real: DType
) -> DType:
    """Return the type in which an arithmetic operation is done."""
    widest = promote(expression_type(left, types, real), expression_type(right, types, real))
    if operator in (BinaryOperator.DIVIDE, BinaryOperator.POWER) and not widest.is_float:
        return DType.FLOAT64
    return widest


def argument_type(function: str, arguments: tuple[Expr, ...], types: Types, real: DType) -> DType:
    """Return the type to which the arguments of a function are converted."""
    widest = DType.BOOLEAN
    for argument in arguments:
        widest = promote(widest, expression_type(argument, types, real))
    if function == "timestep":
        # The number of a step must not depend on the precision of the model.
        return DType.FLOAT64
    if FUNCTIONS[function].kind is KindRule.HIGHEST or function == "int":
        # An integer stays as it is: not all of them are floating-point numbers.
        return widest
    return widest if widest.is_float else real


def call_type(function: str, arguments: tuple[Expr, ...], types: Types, real: DType) -> DType:
    """Return the type of a function's result."""
    if FUNCTIONS[function].kind is KindRule.INTEGER:
        return DType.INT64
    return argument_type(function, arguments, types, real)


def name_types(kernel: Kernel) -> dict[str, DType]:
    """Return the types of all names of a kernel: bound ones as declared, locals as inferred."""
    bound = {binding.name: binding.dtype for binding in kernel.bindings}
    types: dict[str, DType] = {kernel.index: DType.INT64, **bound}
    event = event_of(kernel)
    if event is not None:
        types[event] = DType.INT64
    statements = (*with_carried(kernel.prologue), *with_carried(kernel.body))
    # A local that is widened late widens what was computed from it before.
    while True:
        before = dict(types)
        for statement, carried in statements:
            for target, dtype in definitions(statement, types, kernel.real):
                if target not in bound and target not in carried:
                    known = types.get(target, dtype)
                    types[target] = dtype if known is dtype else promote(known, dtype)
        if types == before:
            return types


def with_carried(
    statements: Iterable[Statement],
    known: Iterable[str] = (),
    carried: frozenset[str] = frozenset(),
) -> Iterator[tuple[Statement, frozenset[str]]]:
    """Yield all statements, each with the names that the loop around it may carry.

    Parameters
    ----------
    statements : iterable of Statement
        Statements in order.
    known : iterable of str
        Locals that are defined before them.
    carried : frozenset of str
        Locals that are defined before the loop around them, if there is one.
    """
    defined = set(known)
    for statement in statements:
        yield statement, carried
        if isinstance(statement, Branch):
            yield from with_carried(statement.body, defined, carried)
        if isinstance(statement, While):
            yield from with_carried(statement.body, defined, frozenset(defined))
        defined.update(targets(statement))


def definitions(statement: Statement, types: Types, real: DType) -> list[tuple[str, DType]]:
    """Return what one statement defines, each name with the type of its value."""
    match statement:
        case Assign(target, value):
            return [(target, expression_type(value, types, real))]
        case Draw(target, distribution, _, _):
            return [(target, drawn_type(distribution, real))]
        case Gather(target, _, _, kind) | Invoke(target, _, _, kind):
            return [(target, kind_type(kind, real))]
        case MatrixExponential(names, _):
            return [(name, real) for name in names]
        case _:
            return []
