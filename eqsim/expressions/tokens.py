"""The words of an expression: a scan that finds what the language does not have.

The scan runs before the text is handed to Python's parser, for three reasons: its errors speak of
equations and not of Python, they stand at the right place, and what is left over for the parser is
plain ASCII without anything that could warn, overflow or do something.
"""

from __future__ import annotations

import keyword
import re
import unicodedata

from eqsim.errors import EquationSyntaxError
from eqsim.expressions.length import LONGEST_EXPRESSION, check_length
from eqsim.source import Source, Span

DEEPEST_BRACKETS = 100
"""Expressions with more brackets inside each other are refused."""

_LARGEST_INTEGER = 2**63 - 1

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n\f\v]+)
    | (?P<comment>\#[^\n]*)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<foreign><<=?|>>=?|<>|=<|=>|&&|\|\||:=|->|(?:\*\*|//|[-+*/%@&|^])=(?!=)|=(?!=)|!(?!=)
        |[][^&|~@{}"'`;:?$\\.])
    | (?P<operator>\*\*|//|<=|>=|==|!=|[-+*/%<>,])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBER_TAIL = re.compile(r"[A-Za-z0-9_.]+")

_ASSIGNMENT = ("an expression cannot assign", "a comparison is written '=='")
_BITS_AND = ("expressions have no bit operations", "'and' joins two conditions")
_BITS_OR = ("expressions have no bit operations", "'or' joins two conditions")
_NEGATION = ("expressions have no bit operations", "'not' negates a condition")
_SHIFT = ("expressions have no bit operations", "use a product with a power of two")
_INDEX = (
    "expressions have no indexing or lists",
    "a variable stands for the value of one element",
)
_STRING = ("expressions have no strings", "leave the quotes out")
_UNEQUAL = ("'<>' is not an operator", "'different from' is written '!='")

_FOREIGN: dict[str, tuple[str, str]] = {
    "^": ("'^' is not an operator", "powers are written '**'"),
    "&": _BITS_AND,
    "&&": ("'&&' is not an operator", "'and' joins two conditions"),
    "|": _BITS_OR,
    "||": ("'||' is not an operator", "'or' joins two conditions"),
    "~": _NEGATION,
    "!": ("'!' is not an operator", "'not' negates a condition"),
    "<<": _SHIFT,
    ">>": _SHIFT,
    "<>": _UNEQUAL,
    "=<": ("'=<' is not an operator", "'at most' is written '<='"),
    "=>": ("'=>' is not an operator", "'at least' is written '>='"),
    "=": _ASSIGNMENT,
    ":=": _ASSIGNMENT,
    "[": _INDEX,
    "]": _INDEX,
    "{": ("expressions have no curly brackets", "use round brackets"),
    "}": ("expressions have no curly brackets", "use round brackets"),
    '"': _STRING,
    "'": _STRING,
    "@": ("'@' is not an operator", "products are written '*'"),
    ".": ("expressions have no attributes", "a name is letters, digits and underscores"),
    "?": (
        "expressions have no conditional value",
        "write int(condition)*a + int(not condition)*b",
    ),
    "\\": ("a backslash has no meaning here", "an expression goes on by itself on the next line"),
}

_CONDITIONAL = (
    "expressions have no conditional value",
    "write int(condition)*a + int(not condition)*b",
)
_KEYWORDS: dict[str, tuple[str, str | None]] = {
    "if": _CONDITIONAL,
    "else": _CONDITIONAL,
    "lambda": ("expressions cannot define functions", None),
    "is": ("'is' is not an operator", "equality is written '=='"),
    "in": ("'in' is not an operator", "a range is written a <= x and x <= b"),
    "None": ("expressions have no 'None'", None),
}

_LOOKALIKES = {
    "\N{MINUS SIGN}": "use '-'",
    "\N{EN DASH}": "use '-'",
    "\N{MULTIPLICATION SIGN}": "use '*'",
    "\N{MIDDLE DOT}": "use '*'",
    "\N{DOT OPERATOR}": "use '*'",
    "\N{DIVISION SIGN}": "use '/'",
    "\N{SUPERSCRIPT TWO}": "use '**2'",
    "\N{SUPERSCRIPT THREE}": "use '**3'",
    "\N{LESS-THAN OR EQUAL TO}": "use '<='",
    "\N{GREATER-THAN OR EQUAL TO}": "use '>='",
    "\N{NOT EQUAL TO}": "use '!='",
    "\N{NO-BREAK SPACE}": "use a plain space",
    "\N{MICRO SIGN}": "use 'u' for micro, as in 'uA'",
    "\N{GREEK SMALL LETTER MU}": "use 'u' for micro, as in 'uA'",
}


def clean(source: Source, start: int, stop: int) -> str:
    """Return the text of an expression without comments and line ends, checked word by word.

    Parameters
    ----------
    source : Source
        The text in which the expression stands.
    start, stop : int
        Where it stands.

    Returns
    -------
    str
        As many characters as the text has, so that places stay true.

    Raises
    ------
    EquationSyntaxError
        At the first word that does not belong, or where something is missing.
    """
    whole = source.span(start, stop)
    check_length(whole, "an expression", LONGEST_EXPRESSION, "split it into subexpressions")
    _Scan(source, start, stop).run()
    text = source.text[start:stop]
    if "#" in text:
        text = re.sub(r"#[^\n]*", lambda found: " " * len(found.group()), text)
    return text.translate(_LINE_ENDS)


_LINE_ENDS = str.maketrans("\r\n\f\v", "    ")


_LONGEST_NAME = 50
"""Characters with longer names are told by their numbers: a message begins with a short line."""


def foreign_character(span: Span) -> EquationSyntaxError:
    """Return the error for a character that the language does not use."""
    character = span.text
    if character.isprintable() and not character.isascii():
        name = unicodedata.name(character, "").lower()
        if not 0 < len(name) <= _LONGEST_NAME:
            name = f"U+{ord(character):04X}"
        if character.isalnum():
            hint = "names are made of the letters a to z, digits and underscores"
        else:
            hint = "leave it out"
        return EquationSyntaxError(
            f"the character {character!r} ({name}) cannot be used here",
            span,
            hint=_LOOKALIKES.get(character, hint),
        )
    return EquationSyntaxError(
        f"the character {character!r} cannot be used here",
        span,
        hint=_LOOKALIKES.get(character, "leave it out"),
    )


class _Scan:
    """One pass over the words; knows what came before and which brackets are open."""

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self.source = source
        self.start = start
        self.stop = stop
        self.brackets: list[Span] = []
        self.calls: list[bool] = []
        self.before: Span | None = None
        self.wants_value = True

    def run(self) -> None:
        """Look at every word; raise at the first that does not belong."""
        handlers = {
            "number": self.number,
            "word": self.word,
            "open": self.open,
            "close": self.close,
            "operator": self.operator,
            "foreign": self.foreign,
            "other": self.other,
        }
        for found in _TOKEN.finditer(self.source.text, self.start, self.stop):
            kind = str(found.lastgroup)
            if kind in ("space", "comment"):
                continue
            place = self.source.span(*found.span())
            handlers[kind](place)
            self.before = place
        self.end()

    def number(self, place: Span) -> None:
        tail = _NUMBER_TAIL.match(self.source.text, place.stop, self.stop)
        if tail is not None:
            raise _broken_number(self.source.span(place.start, tail.end()), place)
        text = place.text
        if text.isdigit():
            if len(text) > 1 and text.startswith("0"):
                raise EquationSyntaxError(
                    f"the number {text!r} starts with a zero", place, hint="leave the zero out"
                )
            if len(text) > 19 or int(text) > _LARGEST_INTEGER:
                raise EquationSyntaxError(
                    "a whole number is larger than 2**63 - 1",
                    place,
                    hint=f"write it with a decimal point: {_shortened(text)}",
                )
        self.value(place)

    def word(self, place: Span) -> None:
        text = place.text
        if text in ("and", "or"):
            self.operator(place)
        elif text == "not":
            if self.wants_value and self.before is not None and not self.after_logical():
                raise EquationSyntaxError(
                    f"'not' cannot follow {self.before.text!r}",
                    place,
                    hint="put brackets around the negation: (not ...)",
                )
            self.value(place)
            self.wants_value = True
        elif text in ("True", "False") or not keyword.iskeyword(text):
            self.value(place)
        else:
            known = (f"{text!r} is a word of Python that expressions do not have", None)
            problem, hint = _KEYWORDS.get(text, known)
            raise EquationSyntaxError(problem, place, hint=hint)

    def after_logical(self) -> bool:
        return self.before is not None and self.before.text in ("and", "or", "not", "(", ",")

    def value(self, place: Span) -> None:
        """Take a value; there must be an operator between two of them."""
        if not self.wants_value and self.before is not None:
            raise EquationSyntaxError(
                f"an operator is missing between {_short(self.before)} and {_short(place)}",
                self.before.to(place),
                hint="a product is written with '*'",
            )
        self.wants_value = False

    def open(self, place: Span) -> None:
        is_call = not self.wants_value and self.before is not None and _is_name(self.before.text)
        if not is_call:
            self.value(place)
        if len(self.brackets) >= DEEPEST_BRACKETS:
            raise EquationSyntaxError(
                f"more than {DEEPEST_BRACKETS} brackets are open at once",
                place,
                hint="split the expression into subexpressions",
            )
        self.brackets.append(place)
        self.calls.append(is_call)
        self.wants_value = True

    def close(self, place: Span) -> None:
        if not self.brackets:
            raise EquationSyntaxError("a bracket is closed that was never opened", place)
        is_call = self.calls.pop()
        opened = self.brackets.pop()
        if self.wants_value and not (is_call and self.before == opened):
            if self.before == opened:
                raise EquationSyntaxError("there is nothing in the brackets", opened.to(place))
            raise self.missing_after(place)
        self.wants_value = False

    def operator(self, place: Span) -> None:
        text = place.text
        if self.wants_value:
            if text in ("+", "-"):
                return
            if self.before is None or self.before.text == "(":
                raise EquationSyntaxError(f"a value is missing before {text!r}", place)
            raise self.missing_after(place)
        if text == "," and not (self.calls and self.calls[-1]):
            raise EquationSyntaxError(
                "a comma outside of the arguments of a function",
                place,
                hint="the decimal point is '.'",
            )
        self.wants_value = True

    def foreign(self, place: Span) -> None:
        text = place.text
        if text == "=" and self.calls and self.calls[-1]:
            raise EquationSyntaxError(
                "arguments of functions have no names", place, hint="give them in their order"
            )
        problem, hint = _FOREIGN.get(text, (f"{text!r} cannot be used here", None))
        if len(text) > 1 and text.endswith("=") and text not in _FOREIGN:
            problem, hint = _ASSIGNMENT
        raise EquationSyntaxError(problem, place, hint=hint)

    def other(self, place: Span) -> None:
        raise foreign_character(place)

    def end(self) -> None:
        """Look at what is left over when the text ends."""
        if self.before is None:
            raise EquationSyntaxError(
                "the expression is empty", self.source.span(self.start, self.stop)
            )
        if self.brackets:
            raise EquationSyntaxError("a bracket is never closed", self.brackets[-1])
        if self.wants_value:
            raise self.missing_after(self.before)

    def missing_after(self, place: Span) -> EquationSyntaxError:
        before = self.before or place
        return EquationSyntaxError(f"a value is missing after {before.text!r}", before)


def _is_name(text: str) -> bool:
    return text[0].isalpha() or text[0] == "_"


def _short(place: Span) -> str:
    text = place.text
    return repr(text) if len(text) <= 20 else repr(text[:17] + "...")


def _shortened(digits: str) -> str:
    return f"{digits[0]}.{digits[1:4]}e{len(digits) - 1}"


def _broken_number(whole: Span, number: Span) -> EquationSyntaxError:
    """Return the error for a number that goes on with letters, digits or points."""
    text, tail = whole.text, whole.text[number.stop - number.start :]
    if number.text == "0" and tail[0] in "xXobB" and len(tail) > 1:
        return EquationSyntaxError(
            f"{_short(whole)} is not a decimal number", whole, hint="write it in decimal digits"
        )
    if tail[0] == "_":
        return EquationSyntaxError(
            f"the number {_short(whole)} contains an underscore", whole, hint="leave it out"
        )
    if tail in ("j", "J"):
        return EquationSyntaxError(
            f"the number {text!r} is complex", whole, hint="numbers are real"
        )
    if tail[0] == "." or tail[0].isdigit():
        return EquationSyntaxError(
            f"{_short(whole)} is not a number", whole, hint="a number has one decimal point"
        )
    return EquationSyntaxError(
        f"an operator is missing after the number {_short(number)}",
        whole,
        hint=f"a product is written with '*': {_short(number)[1:-1]}*{tail[:20]}",
    )
