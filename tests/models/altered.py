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
        What the number is multiplied with; zero becomes ``factor - 1``, and an exponent is one
        more.

    Yields
    ------
    tuple of str and callable
        The place and value of the number, and the function with another one.
    """
    assert isinstance(function, FunctionType)
    source = textwrap.dedent(inspect.getsource(function))
    for k, (number, is_power) in enumerate(_numbers(ast.parse(source))):
        tree = ast.parse(source)
        other = number.value + 1 if is_power else number.value * factor or factor - 1
        _numbers(tree)[k][0].value = other
        names = dict(function.__globals__)
        exec(compile(tree, "<altered>", "exec"), names)
        place = source.splitlines()[number.lineno - 1].strip()
        yield f"{number.value} in {place!r}", names[function.__name__]


def _numbers(tree: ast.AST) -> list[tuple[Any, bool]]:
    """Return the numbers that are not indices, and whether each is an exponent."""
    nodes = list(ast.walk(tree))
    indices = {id(n) for each in nodes if isinstance(each, ast.Subscript)
               for n in ast.walk(each.slice)}  # fmt: skip
    powers = {id(each.right) for each in nodes
              if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Pow)}  # fmt: skip
    return [
        (node, id(node) in powers)
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and id(node) not in indices
    ]
