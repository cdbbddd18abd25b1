"""Code blocks (resets, synaptic actions, regular operations) and conditions to trees."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from eqsim.errors import EquationError, EquationSyntaxError, raise_together
from eqsim.expressions.length import LONGEST_BLOCK, check_length
from eqsim.expressions.nodes import BinaryOperator, Expr
from eqsim.expressions.parser import parse_expression
from eqsim.source import Source, Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """``target = value``, or ``target += value`` and alike.

    Parameters
    ----------
    target : str
        The variable, or a local that this statement defines.
    operator : BinaryOperator or None
        What joins the old value with the new one; None for plain ``=``.
    value : Expr
        The right side.
    span, target_span : Span
        Where the statement and its target stand.
    """

    target: str
    operator: BinaryOperator | None
    value: Expr
    span: Span = field(compare=False, repr=False)
    target_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Assignments that are carried out one after the other, for each element.

    Parameters
    ----------
    statements : tuple of Assignment
        In the order of the text.
    source : Source
        The text.
    """

    statements: tuple[Assignment, ...]
    source: Source = field(compare=False, repr=False)


_PIECE = re.compile(r"#[^\n]*|[();\n]|[^#();\n]+")
_ASSIGNMENT = re.compile(
    r"(?P<target>[A-Za-z_]\w*)\s*(?P<operator>\*\*|//|[-+*/%])?=(?!=)", re.ASCII
)
_CHAINED = re.compile(r"\s*[A-Za-z_]\w*\s*=(?!=)", re.ASCII)

_NO_STATEMENT = ("expected: variable = expression, or variable += expression",)


def parse_code(source: Source) -> CodeBlock:
    """Parse statements, separated by line ends or semicolons.

    Parameters
    ----------
    source : Source
        The text; it may hold comments, and expressions in brackets may go on on the next line.

    Returns
    -------
    CodeBlock
        The statements. Functions that are called, and names that are read, are not looked up.

    Raises
    ------
    EquationError
        For all statements that are wrong, together.

    Examples
    --------
    >>> parse_code(Source("v = El; w += b")).statements  # doctest: +NORMALIZE_WHITESPACE
    (Assignment(target='v', operator=None, value=Name(identifier='El')),
     Assignment(target='w', operator=<BinaryOperator.ADD: '+'>, value=Name(identifier='b')))
    """
    check_length(source.whole, "a code block", LONGEST_BLOCK)
    errors: list[EquationError] = []
    statements: list[Assignment] = []
    for place in _statements(source):
        try:
            statements.append(_assignment(place))
        except EquationError as error:
            errors.append(error)
    raise_together(errors)
    return CodeBlock(tuple(statements), source)


def parse_condition(source: Source) -> Expr:
    """Parse an expression that must be a truth value; that it is one is checked later.

    Parameters
    ----------
    source : Source
        The text of a threshold, an event or a refractory condition.

    Raises
    ------
    EquationSyntaxError
        If the text is not an expression.

    Examples
    --------
    >>> from eqsim.expressions.printer import to_text
    >>> to_text(parse_condition(Source("v>Vt")))
    'v > Vt'
    """
    assignment = _ASSIGNMENT.match(source.text.lstrip())
    if assignment is not None and assignment.group("operator") is None:
        start = len(source.text) - len(source.text.lstrip())
        at = start + assignment.end() - 1
        raise EquationSyntaxError(
            "a condition cannot assign",
            source.span(at, at + 1),
            hint="a comparison is written '=='",
        )
    return parse_expression(source, functions=None)


def _statements(source: Source) -> Iterator[Span]:
    """Yield the place of each statement, without blanks and comments at its ends."""
    start = stop = None
    depth = 0
    for piece in _PIECE.finditer(source.text):
        text = piece.group()
        if text == ";" or (text == "\n" and depth <= 0):
            if start is not None and stop is not None:
                yield source.span(start, stop)
            start, depth = None, 0
            continue
        depth += (text == "(") - (text == ")")
        bare = text.strip()
        if bare and not bare.startswith("#"):
            if start is None:
                start = piece.start() + len(text) - len(text.lstrip())
            stop = piece.start() + len(text.rstrip())
    if start is not None and stop is not None:
        yield source.span(start, stop)


def _assignment(place: Span) -> Assignment:
    found = _ASSIGNMENT.match(place.text)
    if found is None or keyword.iskeyword(found.group("target")):
        raise _no_assignment(place)
    source, text = place.source, place.text
    start = place.start + found.end()
    if not text[found.end() :].strip():
        raise EquationSyntaxError(f"a value is missing after {found.group()!r}", place)
    chained = _CHAINED.match(text, found.end())
    if chained is not None:
        raise EquationSyntaxError(
            "one statement assigns to one variable",
            source.span(place.start, place.start + chained.end()),
            hint="write a second statement",
        )
    operator = found.group("operator")
    return Assignment(
        target=found.group("target"),
        operator=None if operator is None else BinaryOperator(operator),
        value=parse_expression(source, start, place.stop, functions=None),
        span=place,
        target_span=source.span(place.start, place.start + found.end("target")),
    )


_INSTEAD = {
    "if": "multiply with a condition: x += int(condition)*a",
    "else": "multiply with a condition: x += int(not condition)*a",
    "for": "code is carried out for each element by itself",
    "while": "code is carried out once per event for each element",
}

# Patterns of what users write instead of an assignment, with what to tell them.
_MISTAKES: tuple[tuple[str, str, str | None], ...] = (
    (r"d\w+\s*/\s*dt\b", "code cannot hold a differential equation", "write it in the equations"),
    (r"\w+\s*:=", "an assignment is written '=', not ':='", None),
    (r"\w+\s*:", "code has no types or units", "write variable = expression"),
    (r"\w+\s*==", "'==' compares and does not assign", "an assignment is written '='"),
    (r"\w+\s*(\+\+|--)", "'++' and '--' are not operators", "write x += 1 or x -= 1"),
    (r"\w+\s*(<<|>>|[&|^@])=", "this is not an operator for assignments", None),
    (r"\(?\s*\w+\s*,[\w\s,]*\)?\s*=", "one statement assigns to one variable", None),
    (r"\w+\s*\[", "code has no indexing", "a variable stands for the value of one element"),
    (r"\w+\s*\.", "code has no attributes", None),
    (r"\w+\s*\([^=]*\)\s*\Z", "a call by itself does nothing", "assign its value to a variable"),
    (r"\d\w*\s*=", "a name cannot start with a digit", None),
)


def _no_assignment(place: Span) -> EquationSyntaxError:
    """Return what is wrong with a statement that does not assign."""
    text = place.text
    word = re.match(r"\w+", text, re.ASCII)
    if word is not None and keyword.iskeyword(word.group()):
        return EquationSyntaxError(
            f"code has no {word.group()!r}",
            Span(place.source, place.start, place.start + word.end()),
            details=_NO_STATEMENT,
            hint=_INSTEAD.get(word.group()),
        )
    for pattern, problem, hint in _MISTAKES:
        found = re.match(pattern, text, re.ASCII)
        if found is not None:
            return EquationSyntaxError(
                problem, Span(place.source, place.start, place.start + found.end()), hint=hint
            )
    try:
        parse_expression(place.source, place.start, place.stop, functions=None)
    except EquationSyntaxError as error:
        return error
    return EquationSyntaxError("a statement must assign", place, details=_NO_STATEMENT)
