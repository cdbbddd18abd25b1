"""Generators, which say whom one element connects to, to trees.

``'k for k in range(i - 5, i + 6) if k != i'`` reads as in Python, and is read by our own scan and
parser: nothing of the text is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from eqsim.equations.identifiers import SYNAPSE_RESERVED, check_identifier
from eqsim.errors import EquationSyntaxError, did_you_mean
from eqsim.expressions.functions import FUNCTIONS, Function
from eqsim.expressions.length import LONGEST_EXPRESSION, check_length
from eqsim.expressions.nodes import Expr, Literal
from eqsim.expressions.parser import parse_expression
from eqsim.source import Source, Span


@dataclass(frozen=True, slots=True)
class RangeCall:
    """``range(start, stop, step)``: the numbers that Python's range gives.

    Parameters
    ----------
    start, stop, step : Expr
        The arguments; 0 and 1 for a start and a step that are not given.
    span : Span
        Where the call stands.
    """

    start: Expr
    stop: Expr
    step: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SampleCall:
    """``sample(start, stop, step, p=...)`` or ``size=...``: a random choice from a range.

    Parameters
    ----------
    start, stop, step : Expr
        The range, as in :class:`RangeCall`.
    probability : Expr or None
        With what probability each number is chosen, independently of the others.
    size : Expr or None
        How many different numbers are chosen; given if ``probability`` is not.
    span : Span
        Where the call stands.
    """

    start: Expr
    stop: Expr
    step: Expr
    probability: Expr | None
    size: Expr | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Generator:
    """The partners of one element, one after the other.

    Parameters
    ----------
    element : Expr
        The number of a partner.
    variable : str or None
        The name of the iteration variable; None if there is no iteration, and one partner.
    iterable : RangeCall, SampleCall or None
        What the variable runs through.
    condition : Expr or None
        Which partners are taken; all if not given.
    source : Source
        The text.
    """

    element: Expr
    variable: str | None
    iterable: RangeCall | SampleCall | None
    condition: Expr | None
    source: Source = field(compare=False, repr=False)


_EXPECTED = "expected: NUMBER for NAME in range(...) or sample(...) if CONDITION"
_EXAMPLE = "for example: 'k for k in range(i - 5, i + 6) if k != i'"
_ITERABLES = ("range", "sample")
_EXAMPLES = {
    "range": "write range(stop), range(start, stop) or range(start, stop, step)",
    "sample": "write sample(N_post, p=0.1) or sample(N_post, size=100)",
}
_MOST_ARGUMENTS = 3
_PIECE = re.compile(r"#[^\n]*|\w[\w.]*|[<>=!]=|[^\s\w]")


def parse_generator(
    source: Source, *, functions: Mapping[str, Function] | None = FUNCTIONS
) -> Generator:
    """Parse the text of a generator.

    Parameters
    ----------
    source : Source
        ``NUMBER for NAME in RANGE if CONDITION``; the loop, the condition or both may be left
        out. ``RANGE`` is ``range(stop)``, ``range(start, stop)``, ``range(start, stop, step)``,
        or ``sample`` with the same arguments and either ``p=...`` or ``size=...``.
    functions : mapping of str to Function, optional
        The functions that may be called; None if calls are left to a later check.

    Returns
    -------
    Generator
        The tree; every expression knows its place in ``source``.

    Raises
    ------
    EquationError
        If the text is no generator.

    Examples
    --------
    >>> from eqsim.expressions.printer import to_text
    >>> generator = parse_generator(Source("k+1 for k in sample(N_post, p=0.1) if k != i"))
    >>> generator.variable, to_text(generator.element), to_text(generator.condition)
    ('k', 'k + 1', 'k != i')
    >>> generator.iterable.probability
    Literal(value=0.1)
    """
    check_length(source.whole, "a generator", LONGEST_EXPRESSION)
    return _Reading(source, functions).generator()


def loop_in(source: Source) -> Span | None:
    """Return where ``for`` stands in a text, None if it has none and so is no generator with one.

    Examples
    --------
    >>> loop_in(Source("k for k in range(3)")).column
    3
    """
    return next((word.span for word in _words(source) if word.text == "for"), None)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word or sign, and inside how many round brackets it stands."""

    text: str
    span: Span
    depth: int


def _words(source: Source) -> Iterator[_Word]:
    depth = 0
    for found in _PIECE.finditer(source.text):
        text = found.group()
        if text.startswith("#"):
            continue
        # Brackets count as outside of themselves.
        depth -= text == ")"
        yield _Word(text, source.span(*found.span()), depth)
        depth += text == "("


def _wrong(
    problem: str,
    span: Span,
    *,
    details: Sequence[str] = (_EXPECTED,),
    hint: str | None = None,
) -> EquationSyntaxError:
    return EquationSyntaxError(problem, span, details=details, hint=hint or _EXAMPLE)


class _Reading:
    """One text, word by word."""

    def __init__(self, source: Source, functions: Mapping[str, Function] | None) -> None:
        self.source = source
        self.functions = functions
        self.words = list(_words(source))

    def generator(self) -> Generator:
        """Return the whole text as a tree."""
        if not self.words:
            raise _wrong("the generator is empty", self.source.whole)
        self.check_brackets()
        for_, if_ = self.only("for"), self.only("if")
        self.check_keywords(for_, if_)
        end = len(self.words)
        condition_at = end if if_ is None else if_
        in_ = None if for_ is None else self.variable_end(for_, condition_at)
        self.check_calls()
        element = self.expression(
            0, condition_at if for_ is None else for_, "the number of the partner"
        )
        variable = iterable = condition = None
        if for_ is not None and in_ is not None:
            variable = self.variable(for_ + 1, in_)
            iterable = self.iterable(in_ + 1, condition_at)
        if if_ is not None:
            condition = self.expression(if_ + 1, end, "the condition")
        return Generator(element, variable, iterable, condition, self.source)

    def check_brackets(self) -> None:
        """Refuse brackets that do not match, and those around everything."""
        opened: list[_Word] = []
        for word in self.words:
            if word.text == "(":
                opened.append(word)
            elif word.text == ")" and not opened:
                raise _wrong("a bracket is closed that was never opened", word.span)
            elif word.text == ")":
                opened.pop()
        if opened:
            raise _wrong("a bracket is never closed", opened[-1].span)
        loop = next((word for word in self.words if word.text == "for"), None)
        if loop is not None and (loop.depth > 0 or self.words[0].text in "[{"):
            raise _wrong(
                "a generator has no brackets around it",
                self.words[0].span if self.words[0].text in "([{" else loop.span,
            )

    def only(self, keyword: str) -> int | None:
        """Return the place of a word that may be there once, None if it is not."""
        places = self.places(keyword)
        if len(places) > 1:
            second = self.words[places[1]].span
            if keyword == "for":
                raise _wrong(
                    "a generator has one loop",
                    second,
                    hint="compute both numbers from one: k // 10 and k % 10 for k in range(100)",
                )
            raise _wrong(
                "a generator has one condition", second, hint="join conditions with 'and'"
            )
        return places[0] if places else None

    def places(self, keyword: str) -> list[int]:
        """Return where a word stands outside of brackets."""
        return [
            at for at, word in enumerate(self.words) if word.text == keyword and word.depth == 0
        ]

    def check_keywords(self, for_: int | None, if_: int | None) -> None:
        """Refuse words at places where Python has them and generators do not."""
        otherwise = self.places("else")
        if otherwise:
            raise _wrong(
                "a generator has no 'else'",
                self.words[otherwise[0]].span,
                details=("where the condition does not hold there is no synapse",),
            )
        if for_ is not None and if_ is not None and if_ < for_:
            raise _wrong("the condition comes last", self.words[if_].span)
        in_ = self.places("in")
        if in_ and for_ is None:
            raise _wrong("'for' and a name are missing before 'in'", self.words[in_[0]].span)

    def check_calls(self) -> None:
        """Refuse ranges anywhere but after ``in``."""
        for at, word in enumerate(self.words[:-1]):
            is_call = word.text in _ITERABLES and self.words[at + 1].text == "("
            if is_call and (at == 0 or self.words[at - 1].text != "in"):
                raise _wrong(f"{word.text!r} can only stand after 'in'", word.span)

    def variable_end(self, for_: int, stop: int) -> int:
        """Return the place of ``in``."""
        for at in range(for_ + 1, stop):
            if self.words[at].text == "in":
                return at
        raise _wrong(
            "'in' is missing after 'for'", self.words[for_].span.to(self.words[stop - 1].span)
        )

    def variable(self, start: int, stop: int) -> str:
        """Return the name between ``for`` and ``in``."""
        if start == stop:
            raise _wrong("a name is missing after 'for'", self.words[start - 1].span)
        span = self.words[start].span.to(self.words[stop - 1].span)
        if stop - start > 1 or not span.text[0].isidentifier():
            raise _wrong("a generator has one variable, which is a name", span)
        # As in Python, what nobody asks for is called by an underscore.
        if span.text != "_":
            check_identifier(span.text, span, reserved=SYNAPSE_RESERVED)
        return span.text

    def iterable(self, start: int, stop: int) -> RangeCall | SampleCall:
        """Return what stands between ``in`` and the condition."""
        if start == stop:
            raise _wrong("a range is missing after 'in'", self.words[start - 1].span)
        first = self.words[start]
        if first.text not in _ITERABLES:
            raise _wrong(
                "a generator runs through a range or a sample",
                first.span.to(self.words[stop - 1].span),
                hint=did_you_mean(first.text, _ITERABLES),
            )
        if start + 1 == stop or self.words[start + 1].text != "(":
            raise _wrong(
                f"the arguments of {first.text!r} are missing",
                first.span,
                hint=_EXAMPLES[first.text],
            )
        close = next(at for at in range(start + 2, stop) if self.words[at].depth == 0)
        if close + 1 < stop:
            raise _wrong(
                f"{self.words[close + 1].text!r} cannot follow the range",
                self.words[close + 1].span,
                details=("expected: 'if' and a condition, or the end",),
            )
        return self.call(first, start + 1, close)

    def call(self, name: _Word, opening: int, close: int) -> RangeCall | SampleCall:
        """Return a call of ``range`` or ``sample``."""
        span = name.span.to(self.words[close].span)
        given: list[Expr] = []
        named: dict[str, Expr] = {}
        for start, stop in self.arguments(opening, close):
            if stop - start >= 2 and self.words[start + 1].text == "=":
                self.check_named(name, self.words[start], named)
                value = self.expression(start + 2, stop, f"{self.words[start].text!r}")
                named[self.words[start].text] = value
            elif named:
                raise _wrong(
                    f"an argument without a name after {next(iter(named))!r}",
                    self.place(start, stop),
                    hint=_EXAMPLES[name.text],
                )
            else:
                given.append(self.expression(start, stop, f"an argument of {name.text!r}"))
        if not 1 <= len(given) <= _MOST_ARGUMENTS:
            raise _wrong(
                f"{name.text!r} takes 1 to {_MOST_ARGUMENTS} bounds, not {len(given)}",
                span,
                hint=_EXAMPLES[name.text],
            )
        first, stop_, step = _bounds(given)
        if name.text == "range":
            return RangeCall(first, stop_, step, span)
        if len(named) != 1:
            problem = "takes p or size, not both" if named else "needs p or size"
            raise _wrong(f"'sample' {problem}", span, hint=_EXAMPLES["sample"])
        return SampleCall(first, stop_, step, named.get("p"), named.get("size"), span)

    def arguments(self, opening: int, close: int) -> Iterator[tuple[int, int]]:
        """Yield where each argument begins and ends."""
        inside = self.words[opening].depth + 1
        start = opening + 1
        if start == close:
            return
        for at in range(start, close + 1):
            word = self.words[at]
            if at == close or (word.text == "," and word.depth == inside):
                if start == at:
                    raise _wrong("an argument is missing", word.span)
                yield start, at
                start = at + 1

    def check_named(self, name: _Word, argument: _Word, named: Mapping[str, Expr]) -> None:
        """Refuse a named argument that the call does not have."""
        if name.text == "range":
            raise _wrong(
                "the arguments of 'range' have no names", argument.span, hint=_EXAMPLES["range"]
            )
        if argument.text not in ("p", "size"):
            raise _wrong(
                f"'sample' has no argument {argument.text!r}",
                argument.span,
                details=("its arguments with a name: p, size",),
                hint=_EXAMPLES["sample"],
            )
        if argument.text in named:
            raise _wrong(f"{argument.text!r} is given twice", argument.span)

    def place(self, start: int, stop: int) -> Span:
        """Return where the words from one up to but not including another stand."""
        return self.words[start].span.to(self.words[stop - 1].span)

    def expression(self, start: int, stop: int, what: str) -> Expr:
        """Return some words as an expression."""
        if start == stop:
            at = start if start < len(self.words) and start == 0 else start - 1
            raise _wrong(f"{what} is missing", self.words[at].span)
        place = self.place(start, stop)
        try:
            return parse_expression(self.source, place.start, place.stop, functions=self.functions)
        except EquationSyntaxError as error:
            raise _wrong(
                error.problem,
                error.span or place,
                details=error.details or (_EXPECTED,),
                hint=error.hint,
            ) from None


def _bounds(given: Sequence[Expr]) -> tuple[Expr, Expr, Expr]:
    """Return start, stop and step of a range."""
    match given:
        case [stop]:
            return Literal(0), stop, Literal(1)
        case [start, stop]:
            return start, stop, Literal(1)
        case _:
            start, stop, step = given
            return start, stop, step
