"""Expressions and statements to text in the C family, shared by C++ and CUDA.

Every conversion between types is written out, so that the text computes exactly what
:mod:`eqsim.program.types` says, whatever the language's own rules of promotion.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Expr,
    Kind,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Check,
    Distribution,
    Draw,
    Emit,
    Gather,
    Invoke,
    MatrixExponential,
    Statement,
    While,
)
from eqsim.program.dtypes import DType, promote
from eqsim.program.functions import ProgramFunction
from eqsim.program.traverse import flatten, targets
from eqsim.program.types import (
    argument_type,
    drawn_type,
    expression_type,
    kind_type,
    operation_type,
)

C_TYPES = {
    DType.BOOLEAN: "bool",
    DType.UINT16: "uint16_t",
    DType.INT32: "int32_t",
    DType.INT64: "int64_t",
    DType.FLOAT32: "float",
    DType.FLOAT64: "double",
}

_INFIX = {
    BinaryOperator.ADD: "+",
    BinaryOperator.SUBTRACT: "-",
    BinaryOperator.MULTIPLY: "*",
    BinaryOperator.DIVIDE: "/",
}
_CALLED = {
    BinaryOperator.FLOOR_DIVIDE: "floor_divide",
    BinaryOperator.MODULO: "modulo",
    BinaryOperator.POWER: "power",
}
_FUNCTIONS = {"int": "to_integer"}
"""Functions whose name in the headers is not the user's."""
_DISTRIBUTIONS = {
    Distribution.UNIFORM: "uniform",
    Distribution.NORMAL: "normal",
    Distribution.POISSON: "poisson",
    Distribution.BINOMIAL: "binomial",
    Distribution.BERNOULLI: "bernoulli",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The lines in which the languages of the C family part.

    Parameters
    ----------
    target : str
        Name of the target.
    addition : str
        Add ``{value}`` to ``{place}``, which elements may share.
    event : str
        List the element ``{value}`` among those with an event.
    column : str
        Give column ``{number}`` of the row that is appended to a record a ``{value}`` of
        ``{c_type}``.
    row : str
        Append the row that the lines before made.
    check : str
        Note the problem ``{problem}`` of the element ``{element}``, of ``{size}``, in the step
        ``{step}`` unless ``{fine}`` holds.
    counted_check : str
        The same where elements are visited in vectors: add one of ``{c_type}`` to ``failed_`` for
        each element for which ``{fine}`` does not hold. Empty if that never happens.
    has_blocks : bool
        Whether a thread visits many elements, one after the other, so that it pays to do things
        for a block of them at once, and to add nothing instead of to branch.
    """

    target: str
    addition: str
    event: str
    column: str
    row: str
    check: str
    counted_check: str
    has_blocks: bool = False


@dataclass
class _Locals:
    """The names that exist at a place, and those that are assigned in one place only."""

    declared: set[str]
    once: frozenset[str]


@dataclass(frozen=True)
class CPrinter:
    """Print the expressions and statements of one kernel.

    Parameters
    ----------
    types : mapping of str to DType
        Types of the kernel's names.
    real : DType
        Type of literals with a fraction.
    names : mapping of str to str
        The identifier that stands for each name.
    streams : mapping of str to int
        Keys of the random streams.
    columns : mapping of str to tuple of DType
        Types of the columns of each buffer.
    declared : frozenset of str
        Names that exist before the first statement.
    branch_stores : mapping of str to str
        For names that only branches change, the line that stores the new value.
    fills : str or None
        The buffer of events that the kernel fills; all others are records.
    dialect : Dialect
        How to add and append.
    gathered : mapping of str to str
        The identifier that points to each array from which elements are gathered.
    functions : mapping of str to (str, ProgramFunction)
        What each function from outside is called by, and what it takes.
    problems : mapping of str to int
        Numbers of the problems that checks note.
    check : str
        The line of a check, over ``{fine}`` and ``{problem}``.
    drawn : mapping of str to str
        The place of each random number that is drawn before, by the name that it gets.
    deferred : mapping of str to str
        For names to which is added later, the place of what is added.
    """

    types: Mapping[str, DType]
    real: DType
    names: Mapping[str, str]
    streams: Mapping[str, int]
    columns: Mapping[str, tuple[DType, ...]]
    declared: frozenset[str]
    branch_stores: Mapping[str, str]
    fills: str | None
    dialect: Dialect
    gathered: Mapping[str, str]
    functions: Mapping[str, tuple[str, ProgramFunction]]
    problems: Mapping[str, int]
    check: str
    drawn: Mapping[str, str] = field(default_factory=dict)
    deferred: Mapping[str, str] = field(default_factory=dict)

    def expression(self, expr: Expr, wanted: DType | None = None) -> str:
        """Return the text of an expression, converted to the wanted type."""
        own = self._type(expr)
        if wanted is None or wanted is own:
            return self._text(expr)
        if isinstance(expr, Literal) and wanted.is_float and not isinstance(expr.value, bool):
            # As the value would be converted: first rounded to its own type.
            value = np.asarray(expr.value, own.numpy).astype(wanted.numpy)
            return literal(value.item(), wanted)
        return converted(self._text(expr), own, wanted)

    def _type(self, expr: Expr) -> DType:
        return expression_type(expr, self.types, self.real)

    def _text(self, expr: Expr) -> str:
        match expr:
            case Literal(value):
                return literal(value, self._type(expr))
            case Name(identifier):
                return self.names[identifier]
            case Unary(UnaryOperator.NOT, operand):
                return f"(!{self.expression(operand, DType.BOOLEAN)})"
            case Unary(_, operand):
                return f"(-{self.expression(operand, self._type(expr))})"
            case Binary():
                return self._operation(expr)
            case Compare(comparison, left, right):
                widest = promote(self._type(left), self._type(right))
                sides = self.expression(left, widest), self.expression(right, widest)
                return f"({sides[0]} {comparison.value} {sides[1]})"
            case Logical(operator, left, right):
                # Both sides are cheap and free of effects; & and | keep loops free of branches.
                sign = "&" if operator is LogicalOperator.AND else "|"
                sides = (
                    self.expression(left, DType.BOOLEAN),
                    self.expression(right, DType.BOOLEAN),
                )
                return f"({sides[0]} {sign} {sides[1]})"
            case Call(function, arguments):
                return self._call(function, arguments)
            case Select(condition, if_true, if_false):
                own = self._type(expr)
                return (
                    f"({self.expression(condition, DType.BOOLEAN)}"
                    f" ? {self.expression(if_true, own)} : {self.expression(if_false, own)})"
                )
            case _:
                assert_never(expr)

    def _operation(self, expr: Binary) -> str:
        dtype = operation_type(expr.operator, expr.left, expr.right, self.types, self.real)
        left, right = self.expression(expr.left, dtype), self.expression(expr.right, dtype)
        if expr.operator in _CALLED:
            return f"eqsim::{_CALLED[expr.operator]}({bare(left)}, {bare(right)})"
        return f"({left} {_INFIX[expr.operator]} {right})"

    def _call(self, function: str, arguments: tuple[Expr, ...]) -> str:
        dtype = argument_type(function, arguments, self.types, self.real)
        if function == "int" and not dtype.is_float:
            return self.expression(arguments[0], dtype)
        printed = ", ".join(bare(self.expression(a, dtype)) for a in arguments)
        return f"eqsim::{_FUNCTIONS.get(function, function)}({printed})"

    def statements(self, statements: Iterable[Statement]) -> list[str]:
        """Return the lines of a sequence of statements."""
        statements = tuple(statements)
        counts = Counter(target for s in flatten(statements) for target in targets(s))
        once = frozenset(name for name, count in counts.items() if count == 1)
        locals_ = _Locals(set(self.declared), once)
        return [line for statement in statements for line in self._lines(statement, locals_)]

    def _lines(self, statement: Statement, locals_: _Locals) -> Iterator[str]:
        match statement:
            case Assign(target, value):
                yield self._define(target, self.expression(value, self.types[target]), locals_)
            case Accumulate(target, value):
                printed = bare(self.expression(value, self.types[target]))
                if target in self.deferred:
                    yield f"{self.deferred[target]} = {printed};"
                    return
                yield self.dialect.addition.format(place=self.names[target], value=printed)
            case Draw() | Gather() | Invoke():
                yield self._define(statement.target, self._taken(statement), locals_)
            case MatrixExponential():
                yield from self._matrix_exponential(statement, locals_)
            case Branch(condition, body) if self._only_adds(body):
                yield f"const bool adds_ = {bare(self.expression(condition, DType.BOOLEAN))};"
                yield from (self._add_or_not(s) for s in body if isinstance(s, Accumulate))
            case Branch() | While():
                yield from self._with_body(statement, locals_)
            case Check(fine, problem):
                yield self.checked(fine, self.problems[problem], self.check)
            case Emit(buffer, values):
                yield from self._append(buffer, values)
            case _:
                assert_never(statement)

    def _only_adds(self, body: tuple[Statement, ...]) -> bool:
        """Return whether all that a branch does is to add numbers that are there anyway."""
        return self.dialect.has_blocks and all(
            isinstance(s, Accumulate)
            and isinstance(s.value, Name | Literal)
            and self.types[s.target].is_float
            for s in body
        )

    def _add_or_not(self, addition: Accumulate) -> str:
        # Which elements take part follows no pattern that a processor could foresee. To add -0.0
        # leaves any number as it is.
        dtype = self.types[addition.target]
        value = f"adds_ ? {self.expression(addition.value, dtype)} : {literal(-0.0, dtype)}"
        return self.dialect.addition.format(place=self.names[addition.target], value=value)

    def _with_body(self, statement: Branch | While, locals_: _Locals) -> Iterator[str]:
        keyword = "if" if isinstance(statement, Branch) else "while"
        yield f"{keyword} ({bare(self.expression(statement.condition, DType.BOOLEAN))}) {{"
        inner = _Locals(set(locals_.declared), locals_.once)
        for part in statement.body:
            yield from (f"    {line}" for line in self._lines(part, inner))
        stored = _stored_after(statement.body) if isinstance(statement, Branch) else ()
        for name in dict.fromkeys(stored):
            if name in self.branch_stores:
                yield f"    {self.branch_stores[name]}"
        yield "}"

    def checked(self, fine: Expr, problem: int, line: str) -> str:
        """Return the line of a check, given its text over ``{fine}`` and ``{problem}``."""
        return line.format(fine=self.expression(fine, DType.BOOLEAN), problem=problem)

    def _append(self, buffer: str, values: tuple[Expr, ...]) -> Iterator[str]:
        typed = enumerate(zip(values, self.columns[buffer], strict=True))
        line = self.dialect.event if buffer == self.fills else self.dialect.column
        for number, (value, dtype) in typed:
            printed = bare(self.expression(value, dtype))
            yield line.format(number=number, c_type=C_TYPES[dtype], value=printed)
        if buffer != self.fills:
            yield self.dialect.row

    def _define(self, target: str, text: str, locals_: _Locals) -> str:
        name = self.names[target]
        if target in locals_.declared:
            return f"{name} = {bare(text)};"
        locals_.declared.add(target)
        constant = "const " if target in locals_.once else ""
        return f"{constant}{C_TYPES[self.types[target]]} {name} = {bare(text)};"

    def _taken(self, statement: Draw | Gather | Invoke) -> str:
        match statement:
            case Draw():
                return self._draw(statement)
            case Gather():
                return self._gather(statement)
            case Invoke():
                return self._invoke(statement)
            case _:
                assert_never(statement)

    def _gather(self, gather: Gather) -> str:
        index = bare(self.expression(gather.index, DType.INT64))
        stored = kind_type(gather.kind, DType.FLOAT64)
        place = f"{self.gathered[gather.array]}[{index}]"
        return converted(place, stored, self.types[gather.target])

    def _draw(self, draw: Draw) -> str:
        if draw.target in self.drawn:
            drawn = drawn_type(draw.distribution, DType.FLOAT64)
            return converted(self.drawn[draw.target], drawn, self.types[draw.target])
        arguments = [f"key_, {self.streams[draw.stream]}u, step_, element_"]
        arguments += [bare(self.expression(a, DType.FLOAT64)) for a in draw.arguments]
        text = f"eqsim::{_DISTRIBUTIONS[draw.distribution]}({', '.join(arguments)})"
        return f"(float){text}" if self.types[draw.target] is DType.FLOAT32 else text

    def _invoke(self, invoke: Invoke) -> str:
        called, function = self.functions[invoke.function]
        printed = (
            bare(self.expression(argument, kind_type(kind or Kind.FLOAT, DType.FLOAT64)))
            for argument, kind in zip(invoke.arguments, function.arguments, strict=True)
        )
        result = kind_type(function.result, DType.FLOAT64)
        return converted(f"{called}({', '.join(printed)})", result, self.types[invoke.target])

    def _matrix_exponential(self, statement: MatrixExponential, locals_: _Locals) -> Iterator[str]:
        c_type = C_TYPES[self.real]
        entries = ", ".join(bare(self.expression(e, self.real)) for e in statement.entries)
        name = self.names[statement.targets[0]]
        yield f"const {c_type} {name}_entries_[{len(statement.entries)}] = {{{entries}}};"
        yield f"{c_type} {name}_result_[{len(statement.entries)}];"
        yield (f"eqsim::matrix_exponential<{statement.size}>({name}_entries_, {name}_result_);")
        for position, target in enumerate(statement.targets):
            defined = self._define(target, f"{name}_result_[{position}]", locals_)
            # The last row of an affine system's matrix is known, and nobody asks for it.
            yield f"[[maybe_unused]] {defined}" if defined.startswith("const ") else defined


def _stored_after(body: Iterable[Statement]) -> Iterator[str]:
    """Yield the names that a branch changes, but for those that branches in it store."""
    for statement in body:
        yield from targets(statement)
        if isinstance(statement, While):
            yield from _stored_after(statement.body)


def converted(text: str, own: DType, wanted: DType) -> str:
    """Return the text of a value in another type.

    Truth values become numbers by selection: compilers do that in vectors, and not a cast.
    """
    if own is wanted:
        return text
    if wanted is DType.BOOLEAN:
        return f"({text} != 0)"
    if own is DType.BOOLEAN:
        return f"({text} ? {literal(1, wanted)} : {literal(0, wanted)})"
    return f"({C_TYPES[wanted]})({bare(text)})"


def literal(value: float | int | bool, dtype: DType) -> str:
    """Return the text of a number so that reading it gives the same bits.

    Examples
    --------
    >>> literal(0.1, DType.FLOAT64), literal(2, DType.FLOAT32), literal(True, DType.BOOLEAN)
    ('0.1', '2.0f', 'true')
    >>> literal(1e300, DType.FLOAT32)
    '__builtin_inff()'
    """
    if dtype is DType.BOOLEAN:
        return "true" if value else "false"
    if not dtype.is_float:
        # The smallest integer has no literal: its digits alone are one too many.
        least = -(2**63)
        return "INT64_MIN" if value == least else f"INT64_C({int(value)})"
    suffix = "f" if dtype is DType.FLOAT32 else ""
    with np.errstate(over="ignore"):
        number = float(np.float32(value)) if suffix else float(value)
    if math.isinf(number):
        infinity = f"__builtin_inf{suffix}()"
        return infinity if number > 0 else f"(-{infinity})"
    text = f"{number!r}{suffix}"
    return text if number >= 0 else f"({text})"


def bare(text: str) -> str:
    """Return the text without a pair of brackets around the whole of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and position < len(text) - 1:
            return text
    return text[1:-1]
