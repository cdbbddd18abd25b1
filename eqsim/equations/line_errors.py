"""What is wrong with a line that is no declaration."""

from __future__ import annotations

import re

from eqsim.errors import EquationSyntaxError
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.tokens import foreign_character
from eqsim.source import Source, Span

DERIVATIVE = re.compile(r"d(?P<name>[A-Za-z_]\w*)\s*/\s*dt\b", re.ASCII)
"""The left side of a differential equation."""

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_GAP = re.compile(r"(?:\s|#[^\n]*)*")
_RIGHT = re.compile(r"(?:#[^\n]*|[=<>!]=|[^:=#])*")
_OTHER_DERIVATIVE = re.compile(r"d?\^?\d?\w*\s*/\s*d\w+", re.ASCII)
_SECOND_DERIVATIVE = re.compile(r"d\^?\d(?P<name>[A-Za-z_]\w*)\s*/\s*dt", re.ASCII)
_AUGMENTED = re.compile(r"(?:\*\*|//|[-+*/%:])=")
_NEXT_LEFT = re.compile(r"\n\s*(?:d[A-Za-z_]\w*\s*/\s*dt|[A-Za-z_]\w*)\s*\Z", re.ASCII)


def broken_line(source: Source, position: int) -> tuple[EquationSyntaxError, int]:
    """Return what is wrong with the line at ``position``, and where to go on after it."""
    text = source.text
    left = DERIVATIVE.match(text, position) or _NAME.match(text, position)
    if left is None:
        return _bad_start(source, position), _line_end(text, position)
    place = source.span(left.start(), left.end())
    name = left.group("name") if left.re is DERIVATIVE else left.group()
    after = _past(_GAP, text, left.end())
    if text.startswith(("=",), after) and not text.startswith("==", after):
        return _bad_right(place, name, after + 1)
    if text.startswith(":", after) and not text.startswith(":=", after):
        return _bad_unit(place, name, after + 1)
    return _bad_left(place, name, after), _line_end(text, position)


def missing_unit(left: Span, name: str) -> EquationSyntaxError:
    """Return the error for a declaration without its unit."""
    return EquationSyntaxError(
        f"the unit of {name!r} is missing",
        left,
        hint=f"end the line with it: {left.text} ... : volt; a pure number has the unit 1",
    )


def _bad_start(source: Source, position: int) -> EquationSyntaxError:
    character = source.span(position, position + 1)
    if not character.text.isascii() or not character.text.isprintable():
        return foreign_character(character)
    if character.text.isdigit():
        return EquationSyntaxError("a name cannot start with a digit", character)
    return EquationSyntaxError(
        f"a line of equations cannot start with {character.text!r}",
        character,
        details=("expected: dx/dt = ... : unit, x = ... : unit, or x : unit",),
    )


def _bad_left(left: Span, name: str, after: int) -> EquationSyntaxError:
    source = left.source
    text = source.text
    next_character = text[after : after + 1]
    other = _OTHER_DERIVATIVE.match(text, left.start)
    if other is not None and DERIVATIVE.match(left.text) is None:
        return _other_derivative(left, source.span(left.start, other.end()))
    if next_character == "'":
        return EquationSyntaxError(
            "derivatives are not written with a prime",
            source.span(after, after + 1),
            hint=f"the derivative is written d{name}/dt",
        )
    if not next_character or "\n" in text[left.stop : after]:
        return missing_unit(left, name)
    augmented = _AUGMENTED.match(text, after)
    if augmented is not None or text.startswith("==", after):
        stop = augmented.end() if augmented else after + 2
        return EquationSyntaxError(
            f"equations define a variable with '=', not with {text[after:stop]!r}",
            source.span(after, stop),
        )
    if next_character == "(":
        return EquationSyntaxError(
            f"the left side {name!r} cannot have arguments", source.span(after, after + 1)
        )
    if not next_character.isascii():
        return foreign_character(source.span(after, after + 1))
    return EquationSyntaxError(
        f"'=' or ':' is missing after {left.text!r}",
        left,
        details=("expected: dx/dt = ... : unit, x = ... : unit, or x : unit",),
    )


def _other_derivative(left: Span, place: Span) -> EquationSyntaxError:
    second = _SECOND_DERIVATIVE.match(place.text)
    if second is not None:
        name = second.group("name")
        hint = f"write two equations of first order: d{name}/dt = y and dy/dt = ..."
    else:
        hint = f"the derivative is written d{left.text.removeprefix('d') or 'x'}/dt"
    return EquationSyntaxError(f"{place.text!r} is not a derivative by time", place, hint=hint)


def _bad_right(left: Span, name: str, start: int) -> tuple[EquationSyntaxError, int]:
    text = left.source.text
    stop = _past(_RIGHT, text, start)
    if stop == len(text):
        return missing_unit(left, name), stop
    if text[stop] == ":":
        if not text[start:stop].strip():
            problem = f"the right side of {left.text!r} is empty"
            return EquationSyntaxError(problem, left), _line_end(text, stop)
        try:
            parse_expression(left.source, start, stop, functions=None)
        except EquationSyntaxError as error:
            return error, _line_end(text, stop)
        return _bad_unit(left, name, stop + 1)
    next_left = _NEXT_LEFT.search(text, start, stop)
    if next_left is not None:
        return missing_unit(left, name), next_left.start()
    return EquationSyntaxError(
        "an expression cannot assign",
        left.source.span(stop, stop + 1),
        hint="a comparison is written '=='",
    ), _line_end(text, stop)


def _bad_unit(left: Span, name: str, start: int) -> tuple[EquationSyntaxError, int]:
    """Return what is wrong from the colon on; the grammar has refused this line."""
    source = left.source
    stop = _line_end(source.text, start)
    rest = source.text[start:stop].split("#")[0].rstrip()
    bare = rest.strip()
    if not bare:
        return missing_unit(left, name), stop
    first = start + len(rest) - len(rest.lstrip())
    if bare.startswith("("):
        return EquationSyntaxError(
            f"the unit of {name!r} is missing before the flags",
            source.span(first, start + len(rest)),
            hint="a pure number has the unit 1",
        ), stop
    if ";" in re.split("[=:]", rest)[0]:
        at = start + rest.index(";")
        return EquationSyntaxError(
            "';' cannot separate equations",
            source.span(at, at + 1),
            hint="write each equation on a line of its own",
        ), stop
    for sign in ("=", ":"):
        if sign in rest:
            at = start + rest.index(sign)
            return EquationSyntaxError(
                f"{sign!r} cannot follow the unit",
                source.span(at, at + 1),
                hint="write each equation on a line of its own",
            ), stop
    opened = start + max(rest.find("("), 0)
    if rest.count("(") > rest.count(")"):
        return EquationSyntaxError(
            "a bracket after the unit is never closed", source.span(opened, start + len(rest))
        ), stop
    if rest.count(")") > rest.count("("):
        at = start + rest.rindex(")")
        return EquationSyntaxError(
            "a bracket is closed that was never opened", source.span(at, at + 1)
        ), stop
    return EquationSyntaxError(
        "this cannot be read as a unit with flags",
        source.span(first, start + len(rest)),
        hint="expected: unit, or unit (flag, flag)",
    ), stop


def _past(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return position if found is None else found.end()


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end
