"""Code that users give as text, parsed; ``what`` it is tells messages."""

from __future__ import annotations

from typing import Any

from eqsim.equations.code import CodeBlock, parse_code, parse_condition
from eqsim.errors import ModelError
from eqsim.expressions.nodes import Expr
from eqsim.source import Source


def given_code(text: Any, what: str) -> CodeBlock:
    """Return statements, parsed.

    Raises
    ------
    ModelError
        If they are no text.
    EquationError
        If they do not follow the language.
    """
    return parse_code(_source(text, what))


def given_condition(text: Any, what: str) -> Expr:
    """Return a condition, parsed.

    Raises
    ------
    ModelError
        If it is no text.
    EquationError
        If it does not follow the language.
    """
    return parse_condition(_source(text, what))


def _source(text: Any, what: str) -> Source:
    if not isinstance(text, str):
        raise ModelError(f"the {what} must be a text, not {text!r}")
    return Source(text, what)
