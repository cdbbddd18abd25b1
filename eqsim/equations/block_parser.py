"""A block of equations to its declarations.

pyparsing reads the lines: left side, the text of the right side, unit, flags, comments, and where
a line goes on. The right sides themselves are parsed by :mod:`eqsim.expressions.parser`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from eqsim.equations.declarations import (
    ALL_FLAGS,
    EXCLUSIVE_FLAGS,
    Declaration,
    EquationBlock,
    Flag,
    FlagTable,
    VariableKind,
    forbidden_flag,
    possible_flags,
)
from eqsim.equations.identifiers import NEURON_RESERVED, check_identifier
from eqsim.equations.line_errors import DERIVATIVE, broken_line, missing_unit
from eqsim.equations.unit_parser import parse_unit
from eqsim.errors import EquationError, EquationSyntaxError, did_you_mean, raise_together
from eqsim.expressions.kinds import Kind
from eqsim.expressions.length import LONGEST_BLOCK, check_length
from eqsim.expressions.nodes import Expr
from eqsim.expressions.parser import parse_expression
from eqsim.source import Source, Span

if TYPE_CHECKING:
    from pyparsing import ParserElement

_LONGEST_FLAG = 60
_BLANK = re.compile(r"(?:\s+|#[^\n]*)*")


class _Line(NamedTuple):
    """The places of the parts of one declaration."""

    left: Span
    name: Span
    is_derivative: bool
    right: Span | None
    unit: Span
    flags: tuple[Span, ...]
    last: Span
    stop: int


def parse_block(
    source: Source,
    allowed: FlagTable = ALL_FLAGS,
    *,
    reserved: Mapping[str, str] = NEURON_RESERVED,
) -> EquationBlock:
    """Parse a block of equations.

    Parameters
    ----------
    source : Source
        The text: ``dx/dt = expression : unit (flags)``, ``x = expression : unit (flags)`` and
        ``x : unit (flags)``, each on a line of its own; expressions may go on over several lines.
    allowed : mapping of VariableKind to frozenset of Flag, optional
        The flags that each kind of declaration may have.
    reserved : mapping of str to str, optional
        Names that the group defines itself, with what they are.

    Returns
    -------
    EquationBlock
        The declarations in their order. Functions that are called, and names that are read, are
        not looked up.

    Raises
    ------
    EquationError
        For everything that is wrong in the block, together.

    Examples
    --------
    >>> block = parse_block(Source('''dv/dt = (E - v)/tau : volt (unless refractory)
    ...                               E : volt'''))
    >>> [str(d) for d in block.declarations]
    ['dv/dt = (E - v) / tau : volt (unless refractory)', 'E : volt']
    """
    check_length(source.whole, "a block of equations", LONGEST_BLOCK)
    errors: list[EquationError] = []
    declarations: dict[str, Declaration] = {}
    for line in _lines(source, errors):
        try:
            declaration = _declaration(line, allowed, reserved)
        except EquationError as error:
            errors.append(error)
            continue
        first = declarations.setdefault(declaration.name, declaration)
        if first is not declaration:
            errors.append(_twice(declaration, first))
    raise_together(errors)
    return EquationBlock(tuple(declarations.values()), (source,))


def _lines(source: Source, errors: list[EquationError]) -> list[_Line]:
    """Cut the text into declarations; what cannot be cut is an error, and is skipped."""
    from pyparsing import ParseException

    grammar = _grammar()
    lines: list[_Line] = []
    position = _after_blank(source.text, 0)
    while position < len(source.text):
        try:
            lines.append(_cut(grammar, source, position))
            position = lines[-1].stop
        except ParseException:
            error, position = broken_line(source, position)
            errors.append(error)
        position = _after_blank(source.text, position)
    return lines


def _after_blank(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
    return position if blank is None else blank.end()


def _cut(grammar: ParserElement, source: Source, position: int) -> _Line:
    """Cut off one declaration; raises pyparsing's exception if there is none."""
    found = grammar.parse_string(source.text[position:])
    places = {
        name: source.span(position + start, position + stop)
        for name, (start, stop) in found.as_dict().items()
    }
    left = places["left"]
    derivative = DERIVATIVE.match(left.text)
    start, stop = derivative.span("name") if derivative else (0, len(left.text))
    return _Line(
        left=left,
        name=source.span(left.start + start, left.start + stop),
        is_derivative=derivative is not None,
        right=places.get("right"),
        unit=_stripped(places["unit"]),
        flags=_split(places["flags"]) if "flags" in places else (),
        last=places.get("flags", _stripped(places["unit"])),
        stop=places["end"].stop,
    )


@functools.cache
def _grammar() -> ParserElement:
    """Build the grammar of one declaration; importing pyparsing costs more than using it."""
    from pyparsing import Opt, Regex, Suppress

    def part(pattern: str) -> ParserElement:
        # Line ends mean something, so only blanks are skipped.
        return (
            Regex(pattern, re.ASCII)
            .set_whitespace_chars(" \t\r")
            .set_parse_action(lambda _, start, found: ((start, start + len(found[0])),))
        )

    gap = Suppress(part(r"(?:\s|#[^\n]*)*"))
    left = part(r"d[A-Za-z_]\w*[ \t]*/[ \t]*dt\b|[A-Za-z_]\w*")("left")
    right = part(r"(?:#[^\n]*|[=<>!]=|[^:=#])+")("right")
    unit = part(r"(?:[*/][ \t]*\((?:[^()\n#]|\([^()\n#]*\))*\)|[^()\n#:=])+")("unit")
    flags = part(r"\([^()\n#]*\)")("flags")
    end = part(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")("end")
    equals, colon = Suppress(part("=(?!=)")), Suppress(part(":"))
    line = left + gap + Opt(equals + right) + colon + unit + Opt(flags) + end
    return line.parse_with_tabs()


def _stripped(span: Span) -> Span:
    text = span.text
    start = span.start + len(text) - len(text.lstrip())
    return Span(span.source, start, max(start, span.start + len(text.rstrip())))


def _split(brackets: Span) -> tuple[Span, ...]:
    """Return the places of the words between commas in brackets."""
    words = re.finditer(r"[^,]*", brackets.text[1:-1])
    offset = brackets.start + 1
    places = [
        _stripped(Span(brackets.source, offset + word.start(), offset + word.end()))
        for word in words
    ]
    # The pattern also matches the empty text before each comma's successor.
    return tuple(place for place in places if place.text) or (brackets,)


def _declaration(line: _Line, allowed: FlagTable, reserved: Mapping[str, str]) -> Declaration:
    if line.is_derivative:
        kind = VariableKind.DIFFERENTIAL
    else:
        kind = VariableKind.PARAMETER if line.right is None else VariableKind.SUBEXPRESSION
    dimension, value_kind = parse_unit(line.unit)
    expression = _expression(line)
    flags = _flags(line.flags, kind, allowed)
    name = line.name.text
    _check_name(line.name, flags, reserved)
    if kind is VariableKind.DIFFERENTIAL:
        if expression is None:
            raise EquationSyntaxError(
                f"the differential equation of {name!r} has no right side",
                line.left,
                hint=f"write {line.left.text} = ... : {line.unit.text}",
            )
        if value_kind is not Kind.FLOAT:
            raise EquationError(
                f"{name!r} is {value_kind.value} and cannot have a differential equation",
                line.unit,
            )
    return Declaration(
        name, kind, value_kind, dimension, expression, flags, line.left.to(line.last), line.name
    )


def _expression(line: _Line) -> Expr | None:
    if line.right is None:
        return None
    place = _stripped(line.right)
    if not place.text:
        raise EquationSyntaxError(f"the right side of {line.left.text!r} is empty", line.left)
    try:
        return parse_expression(place.source, place.start, place.stop, functions=None)
    except EquationSyntaxError as error:
        # Two values on two lines without an operator: the second begins another declaration.
        if error.span is not None and "\n" in error.span.text and "missing" in error.problem:
            raise missing_unit(line.left, line.name.text) from None
        raise


def _check_name(name: Span, flags: frozenset[Flag], reserved: Mapping[str, str]) -> None:
    text = name.text
    if Flag.SUMMED not in flags:
        check_identifier(text, name, reserved=reserved)
        return
    bare = text.removesuffix("_pre").removesuffix("_post")
    if bare == text:
        raise EquationError(
            f"the target {text!r} of a summed variable has no side",
            name,
            hint=f"write {text}_post or {text}_pre for the variable of the target or the source",
        )
    check_identifier(bare, name, reserved=reserved)


def _flags(places: tuple[Span, ...], kind: VariableKind, allowed: FlagTable) -> frozenset[Flag]:
    flags: set[Flag] = set()
    for place in places:
        flag = _flag(place, kind, allowed[kind])
        if flag in flags:
            raise EquationError(f"the flag {flag.value!r} is given twice", place)
        flags.add(flag)
        for pair in EXCLUSIVE_FLAGS:
            if pair <= flags:
                both = " and ".join(repr(f.value) for f in sorted(pair, key=lambda f: f.value))
                raise EquationError(f"the flags {both} exclude each other", place)
    return frozenset(flags)


def _flag(place: Span, kind: VariableKind, allowed: frozenset[Flag]) -> Flag:
    text = " ".join(place.text.split())
    known = {flag.value: flag for flag in Flag}
    flag = known.get(text)
    if flag in allowed:
        return flag
    if flag is None:
        raise EquationError(
            f"{text[:_LONGEST_FLAG]!r} is not a flag",
            place,
            details=(possible_flags(kind, allowed),),
            hint=did_you_mean(text, known),
        )
    raise forbidden_flag(flag, kind, allowed, place)


def _twice(second: Declaration, first: Declaration) -> EquationError:
    return EquationError(
        f"{second.name!r} is declared twice",
        second.name_span,
        details=(f"first in line {first.name_span.line}: {first}",),
        hint="leave one of them out, or give it another name",
    )
