"""Text to expression tree.

Python's parser does the reading; a closed table says which of its nodes the language has. Nothing
is ever evaluated, so a text can do no more than fail.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from eqsim.errors import EquationSyntaxError, UnknownNameError, did_you_mean
from eqsim.expressions.functions import FUNCTIONS, Function, is_random
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
    Unary,
    UnaryOperator,
)
from eqsim.expressions.tokens import clean
from eqsim.expressions.traverse import called_functions
from eqsim.source import Source, Span

DEEPEST = 200
"""Trees that are deeper are refused, so that no later stage runs out of stack."""

_BINARY: dict[type[ast.operator], BinaryOperator] = {
    ast.Add: BinaryOperator.ADD,
    ast.Sub: BinaryOperator.SUBTRACT,
    ast.Mult: BinaryOperator.MULTIPLY,
    ast.Div: BinaryOperator.DIVIDE,
    ast.FloorDiv: BinaryOperator.FLOOR_DIVIDE,
    ast.Mod: BinaryOperator.MODULO,
    ast.Pow: BinaryOperator.POWER,
}
_COMPARISON: dict[type[ast.cmpop], Comparison] = {
    ast.Lt: Comparison.LESS,
    ast.LtE: Comparison.LESS_EQUAL,
    ast.Gt: Comparison.GREATER,
    ast.GtE: Comparison.GREATER_EQUAL,
    ast.Eq: Comparison.EQUAL,
    ast.NotEq: Comparison.NOT_EQUAL,
}


def parse_expression(
    source: Source,
    start: int = 0,
    stop: int | None = None,
    *,
    functions: Mapping[str, Function] | None = FUNCTIONS,
) -> Expr:
    """Parse the text of one expression; it may run over several lines and hold comments.

    Parameters
    ----------
    source : Source
        The text in which the expression stands.
    start : int
        The first character of the expression.
    stop : int, optional
        The character after its last; the end of the text if not given.
    functions : mapping of str to Function, optional
        The functions that may be called; None if they are not known yet, so that calls of other
        names are left to a later check.

    Returns
    -------
    Expr
        The tree; every node knows its place in ``source``.

    Raises
    ------
    EquationSyntaxError
        If the text is not an expression of the language.
    UnknownNameError
        If it calls a function that is not in ``functions``.

    Examples
    --------
    >>> parse_expression(Source("2*v"))  # doctest: +NORMALIZE_WHITESPACE
    Binary(operator=<BinaryOperator.MULTIPLY: '*'>,
           left=Literal(value=2), right=Name(identifier='v'))
    """
    if stop is None:
        stop = len(source.text)
    text = clean(source, start, stop)
    bare = text.lstrip()
    offset = start + len(text) - len(bare)
    try:
        tree = ast.parse(bare, mode="eval")
    except (RecursionError, MemoryError):
        raise _too_deep(source.span(start, stop)) from None
    except SyntaxError as error:
        at = min(offset + max((error.offset or 1) - 1, 0), stop)
        raise EquationSyntaxError(
            "this cannot be read as an expression", source.span(at, stop)
        ) from None
    return _Conversion(source, offset, functions).convert(tree.body, 1)


def _too_deep(span: Span) -> EquationSyntaxError:
    return EquationSyntaxError(
        f"an expression is nested more than {DEEPEST} levels deep",
        Span(span.source, span.start, span.start + 1),
        hint="split it into subexpressions",
    )


class _Conversion:
    """Python's tree of one expression to ours."""

    def __init__(
        self, source: Source, offset: int, functions: Mapping[str, Function] | None
    ) -> None:
        self.source = source
        self.offset = offset
        self.functions = functions
        self.converters: dict[type[ast.expr], Callable[..., Expr]] = {
            ast.Constant: self.constant,
            ast.Name: self.name,
            ast.UnaryOp: self.unary,
            ast.BinOp: self.binary,
            ast.Compare: self.compare,
            ast.BoolOp: self.logical,
            ast.Call: self.call,
        }

    def span(self, node: ast.expr) -> Span:
        # The text is one line of ASCII, so columns are characters.
        stop = node.end_col_offset if node.end_col_offset is not None else node.col_offset + 1
        return Span(self.source, self.offset + node.col_offset, self.offset + stop)

    def convert(self, node: ast.expr, depth: int) -> Expr:
        if depth > DEEPEST:
            raise _too_deep(self.source.span(self.offset, len(self.source.text)))
        converter = self.converters.get(type(node))
        if converter is None:
            raise EquationSyntaxError("this has no meaning in an expression", self.span(node))
        return converter(node, depth)

    def constant(self, node: ast.Constant, _depth: int) -> Expr:
        if not isinstance(node.value, bool | int | float):
            raise EquationSyntaxError("this has no meaning in an expression", self.span(node))
        return Literal(node.value, self.span(node))

    def name(self, node: ast.Name, _depth: int) -> Expr:
        function = FUNCTIONS.get(node.id)
        if function is not None:
            raise not_called(function, node.id, self.span(node))
        return Name(node.id, self.span(node))

    def unary(self, node: ast.UnaryOp, depth: int) -> Expr:
        operand = self.convert(node.operand, depth + 1)
        if isinstance(node.op, ast.Not):
            return Unary(UnaryOperator.NOT, operand, self.span(node))
        if isinstance(node.op, ast.USub):
            return Unary(UnaryOperator.NEGATE, operand, self.span(node))
        return operand

    def binary(self, node: ast.BinOp, depth: int) -> Expr:
        operator = _BINARY[type(node.op)]
        left, right = self.convert(node.left, depth + 1), self.convert(node.right, depth + 1)
        return Binary(operator, left, right, self.span(node))

    def compare(self, node: ast.Compare, depth: int) -> Expr:
        below = depth + len(node.comparators)
        values = [self.convert(value, below) for value in (node.left, *node.comparators)]
        for middle in values[1:-1]:
            self.check_used_twice(middle)
        pairs = [
            Compare(_COMPARISON[type(op)], left, right, _joined(left, right, self.span(node)))
            for op, left, right in zip(node.ops, values[:-1], values[1:], strict=True)
        ]
        return self.folded(LogicalOperator.AND, pairs, self.span(node))

    def check_used_twice(self, middle: Expr) -> None:
        if any(map(is_random, called_functions(middle))):
            raise random_in_chain(middle)

    def logical(self, node: ast.BoolOp, depth: int) -> Expr:
        operator = LogicalOperator.AND if isinstance(node.op, ast.And) else LogicalOperator.OR
        below = depth + len(node.values) - 1
        values = [self.convert(value, below) for value in node.values]
        return self.folded(operator, values, self.span(node))

    def folded(self, operator: LogicalOperator, values: Sequence[Expr], span: Span) -> Expr:
        result = values[0]
        for value in values[1:]:
            result = Logical(operator, result, value, _joined(result, value, span))
        return result

    def call(self, node: ast.Call, depth: int) -> Expr:
        if not isinstance(node.func, ast.Name):
            raise EquationSyntaxError(
                "an operator is missing before a bracket",
                self.span(node),
                hint="a product is written with '*'",
            )
        if node.keywords:
            raise EquationSyntaxError("arguments of functions have no names", self.span(node))
        name = node.func.id
        arguments = tuple(self.convert(argument, depth + 1) for argument in node.args)
        call = Call(name, arguments, self.span(node))
        self.check_call(call, self.span(node.func))
        return call

    def check_call(self, call: Call, name_span: Span) -> None:
        function = (FUNCTIONS if self.functions is None else self.functions).get(call.function)
        if function is None:
            if self.functions is not None:
                raise unknown_function(call.function, name_span, self.functions)
            return
        if len(call.arguments) != function.n_arguments:
            raise wrong_number_of_arguments(call, function)


def not_called(function: Function, name: str, span: Span | None) -> EquationSyntaxError:
    """Return the error for the name of a function without its brackets."""
    return EquationSyntaxError(
        f"{name!r} is a function and is not called",
        span,
        hint=f"write {_example_call(function, name)}",
    )


def random_in_chain(middle: Expr) -> EquationSyntaxError:
    """Return the error for what is random and stands between two comparisons."""
    return EquationSyntaxError(
        "a random number in the middle of a chain of comparisons",
        middle.span,
        details=("a < b < c means a < b and b < c, and each use is a new number",),
        hint="give the number a name first",
    )


def wrong_number_of_arguments(call: Call, function: Function) -> EquationSyntaxError:
    """Return the error for a call with more or fewer arguments than its function takes."""
    return EquationSyntaxError(
        f"{call.function!r} takes {_counted(function.n_arguments)}, not {len(call.arguments)}",
        call.span,
        hint=f"write {_example_call(function, call.function)}",
    )


def unknown_function(
    name: str, span: Span | None, functions: Mapping[str, Function]
) -> UnknownNameError:
    """Return the error for a call of something that is not a known function."""
    hint = did_you_mean(name, functions) or f"if {name!r} is a variable, an operator is missing"
    return UnknownNameError(
        f"{name!r} is not a function",
        span,
        details=(f"functions: {', '.join(sorted(functions))}",),
        hint=hint,
    )


def _joined(left: Expr, right: Expr, otherwise: Span) -> Span:
    if left.span is None or right.span is None:
        return otherwise
    return left.span.to(right.span)


def _counted(n_arguments: int) -> str:
    match n_arguments:
        case 0:
            return "no arguments"
        case 1:
            return "1 argument"
        case _:
            return f"{n_arguments} arguments"


def _example_call(function: Function, name: str) -> str:
    names = function.parameters or "xyz"[: function.n_arguments]
    return f"{name}({', '.join(names)})"
