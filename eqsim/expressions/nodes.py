"""The one expression tree, used by every stage from the parser to the printers.

Nodes compare by value: two nodes that say the same are equal wherever they were written, because
the place (``span``) is left out of comparisons. So equal subtrees can be shared and a digest of a
tree is a cache key.

Not expressible on purpose: indexing, attributes, keyword arguments, assignment, strings. What a
tree can do to the world is nothing, which is why text from a user is safe to evaluate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from eqsim.source import Span

if TYPE_CHECKING:
    from eqsim.expressions.functions import Function


class UnaryOperator(Enum):
    """Operators with one operand."""

    NEGATE = "-"
    NOT = "not"


class BinaryOperator(Enum):
    """Arithmetic operators; ``//`` and ``%`` round towards minus infinity, as in Python."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    FLOOR_DIVIDE = "//"
    MODULO = "%"
    POWER = "**"


class Comparison(Enum):
    """Operators that compare two numbers."""

    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    EQUAL = "=="
    NOT_EQUAL = "!="


class LogicalOperator(Enum):
    """Operators that join two truth values; both sides are always evaluated."""

    AND = "and"
    OR = "or"


class Kind(Enum):
    """Kinds of values, from the lowest to the highest; the value is the user's word."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"

    @property
    def rank(self) -> int:
        """The place in the order, from 0."""
        return _RANKS[self]

    def __lt__(self, other: Kind) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Kind) -> bool:
        return self.rank <= other.rank


_RANKS = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a truth value as written."""

    value: float | int | bool
    span: Span | None = field(default=None, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        # 1, 1.0 and True are equal in Python and different here.
        return (
            isinstance(other, Literal)
            and type(self.value) is type(other.value)
            and repr(self.value) == repr(other.value)
        )

    def __hash__(self) -> int:
        return hash((type(self.value), repr(self.value)))


@dataclass(frozen=True, slots=True)
class Name:
    """A name: a variable, a constant, or a local of the code block."""

    identifier: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """An operator in front of its operand."""

    operator: UnaryOperator
    operand: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """An arithmetic operator between its operands."""

    operator: BinaryOperator
    left: Expr
    right: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison; a chain ``a < b < c`` is parsed as ``a < b and b < c``."""

    operator: Comparison
    left: Expr
    right: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Logical:
    """``and`` or ``or`` between two truth values."""

    operator: LogicalOperator
    left: Expr
    right: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments.

    Parameters
    ----------
    function : str
        Its name in the text.
    arguments : tuple of Expr
        What it is called with.
    span : Span or None
        Where the call stands.
    definition : Function or None
        For a function from outside the language what it is, once that has been looked up.
    """

    function: str
    arguments: tuple[Expr, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    definition: Function | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Select:
    """One of two values; both are evaluated.  Made by stages, not written by users."""

    condition: Expr
    if_true: Expr
    if_false: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


Expr = Literal | Name | Unary | Binary | Compare | Logical | Call | Select
