"""References with one number altered, to show that a test would see a wrong number."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any


def altered(function: Callable[..., Any], factor: float = 1.01) -> Iterator[tuple[str, Any]]:
    """Yield copies of a function in each of which one number is multiplied.

    Parameters
    ----------
    function : callable
        A function of a module.
    factor : float
        What the number is multiplied with; zero becomes ``factor - 1``.

    Yields
    ------
    tuple of str and callable
        The place and value of the number, and the function with another one.
    """
    assert isinstance(function, FunctionType)
    source = textwrap.dedent(inspect.getsource(function))
    for k, (line, column, value) in enumerate(_numbers(ast.parse(source))):
        tree = ast.parse(source)
        node = _nodes(tree)[k]
        node.value = value * factor if value else factor - 1
        names = dict(function.__globals__)
        exec(compile(ast.fix_missing_locations(tree), "<altered>", "exec"), names)  # noqa: S102
        place = source.splitlines()[line - 1].strip()
        yield f"{value} at column {column} of {place!r}", names[function.__name__]


def _nodes(tree: ast.AST) -> list[ast.Constant]:
    """Return the numbers that are not indices, in order."""
    indices = {id(n) for each in ast.walk(tree) if isinstance(each, ast.Subscript)
               for n in ast.walk(each.slice)}  # fmt: skip
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and id(node) not in indices
    ]


def _numbers(tree: ast.AST) -> list[tuple[int, int, float]]:
    return [(n.lineno, n.col_offset, n.value) for n in _nodes(tree)]
