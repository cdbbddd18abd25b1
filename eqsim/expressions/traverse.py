"""Walking and rebuilding expression trees.

Rebuilding keeps what did not change: a function that changes nothing returns the very same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import assert_never

from eqsim.expressions.nodes import (
    Binary,
    Call,
    Compare,
    Expr,
    Literal,
    Logical,
    Name,
    Select,
    Unary,
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions directly below ``expr``, from left to right."""
    # The order is that of frequency, and nothing is taken apart: every pass comes here.
    match expr:
        case Literal() | Name():
            return ()
        case Binary() | Compare() | Logical():
            return (expr.left, expr.right)
        case Call():
            return expr.arguments
        case Unary():
            return (expr.operand,)
        case Select():
            return (expr.condition, expr.if_true, expr.if_false)
        case _:
            assert_never(expr)


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield ``expr`` and everything below it, parents first, from left to right."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def map_children(expr: Expr, function: Callable[[Expr], Expr]) -> Expr:
    """Return ``expr`` with ``function`` applied to each expression directly below it.

    The place (span) stays that of ``expr``; if nothing changes, ``expr`` itself is returned.
    """
    old = children(expr)
    new = tuple(function(child) for child in old)
    if all(a is b for a, b in zip(old, new, strict=True)):
        return expr
    match expr:
        case Literal() | Name():
            return expr
        case Unary(operator, _, span):
            return Unary(operator, new[0], span)
        case Binary(arithmetic, _, _, span):
            return Binary(arithmetic, new[0], new[1], span)
        case Compare(comparison, _, _, span):
            return Compare(comparison, new[0], new[1], span)
        case Logical(logical, _, _, span):
            return Logical(logical, new[0], new[1], span)
        case Call(name, _, span, definition):
            return Call(name, new, span, definition)
        case Select(_, _, _, span):
            return Select(new[0], new[1], new[2], span)
        case _:
            assert_never(expr)


def substitute(expr: Expr, mapping: Mapping[str, Expr]) -> Expr:
    """Return ``expr`` with names replaced, all at once; what is put in is not searched again.

    Parameters
    ----------
    expr : Expr
        Where to replace.
    mapping : mapping of str to Expr
        What to put for each name. Names of functions are not replaced.

    Returns
    -------
    Expr
        The new tree; ``expr`` itself if none of the names is in it.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Literal, Name
    >>> substitute(Name("v"), {"v": Literal(2)})
    Literal(value=2)
    """
    if isinstance(expr, Name):
        return mapping.get(expr.identifier, expr)
    return map_children(expr, lambda child: substitute(child, mapping))


def free_names(expr: Expr) -> frozenset[str]:
    """Return every name that ``expr`` reads; functions are not among them."""
    found: set[str] = set()
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Name):
            found.add(node.identifier)
        else:
            waiting.extend(children(node))
    return frozenset(found)


def called_functions(expr: Expr) -> frozenset[str]:
    """Return every function that ``expr`` calls."""
    return frozenset(node.function for node in walk(expr) if isinstance(node, Call))


def depends_on(expr: Expr, names: Collection[str]) -> bool:
    """Whether ``expr`` reads one of ``names``."""
    return any(isinstance(node, Name) and node.identifier in names for node in walk(expr))
