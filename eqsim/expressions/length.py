"""How long the texts are that the language takes."""

from __future__ import annotations

from eqsim.errors import EquationSyntaxError
from eqsim.source import Span

LONGEST_EXPRESSION = 100_000
"""Expressions, and generators, with more characters are refused."""

LONGEST_BLOCK = 1_000_000
"""Blocks of equations, or of code, with more characters are refused."""


def check_length(text: Span, what: str, longest: int, hint: str | None = None) -> None:
    """Refuse a text that is too long.

    Parameters
    ----------
    text : Span
        The text.
    what : str
        What it is, for the error.
    longest : int
        How many characters it may have.
    hint : str, optional
        What to do, for the error.

    Raises
    ------
    EquationSyntaxError
        If it has more characters.
    """
    if text.stop - text.start > longest:
        start = text.source.span(text.start, text.start + 1)
        raise EquationSyntaxError(f"{what} has more than {longest} characters", start, hint=hint)
