"""The words of an expression: a scan that finds what the language does not have.

The scan runs before the text is handed to Python's parser, for three reasons: its errors speak of
equations and not of Python, they stand at the right place, and what is left over for the parser is
plain ASCII without anything that could warn, overflow or do something.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass

from eqsim.errors import EquationSyntaxError
from eqsim.source import Source, Span

LONGEST = 100_000
"""Expressions with more characters are refused."""

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
_INDEX = ("expressions have no indexing or lists", "a variable stands for the value of one element")
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
    "?": ("expressions have no conditional value", "write int(condition)*a + int(not condition)*b"),
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

_BASES = {"x": "hexadecimal", "X": "hexadecimal", "o": "octal", "O": "octal", "b": "binary"}


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
    if stop - start > LONGEST:
        raise EquationSyntaxError(
            f"an expression has more than {LONGEST} characters",
            source.span(start, start + 1),
            hint="split it into subexpressions",
        )
    _Scan(source, start, stop).run()
    text = source.text[start:stop]
    if "#" in text:
        text = re.sub(r"#[^\n]*", lambda found: " " * len(found.group()), text)
    return text.translate(_LINE_ENDS)


_LINE_ENDS = str.maketrans("\r\n\f\v", "    ")


def foreign_character(span: Span) -> EquationSyntaxError:
    """Return the error for a character that the language does not use."""
    character = span.text
    if character.isprintable() and not character.isascii():
        name = unicodedata.name(character, "unknown").lower()
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


@dataclass(slots=True)
class _Scan:
    """One pass over the words; knows what came before and which brackets are open."""

    source: Source
    start: int
    stop: int

    def run(self) -> None:
        handlers = {
            "number": self._number,
            "word": self._word,
            "open": self._open,
            "close": self._close,
            "operator": self._operator,
            "foreign": self._foreign,
            "other": self._other,
        }
        self._brackets: list[Span] = []
        self._before: Span | None = None
        self._wants_value = True
        for found in _TOKEN.finditer(self.source.text, self.start, self.stop):
            kind = str(found.lastgroup)
            if kind in ("space", "comment"):
                continue
            place = self.source.span(*found.span())
            handlers[kind](place)
            self._before = place
        self._end()

    __slots__ = ("_before", "_brackets", "_wants_value", "source", "start", "stop")
