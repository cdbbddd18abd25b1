"""The text that a user wrote, and places in it."""

from __future__ import annotations

from dataclasses import dataclass, field

_LONGEST_LINE = 200
"""Of longer lines an error shows only so many characters around the place."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text with the name under which errors show it.

    Parameters
    ----------
    text : str
        What the user wrote, unchanged.
    name : str
        What the text is to the user: ``"equations of 'neurongroup'"``.
    """

    text: str
    name: str = "equations"

    def span(self, start: int, stop: int) -> Span:
        """Return the place from character ``start`` up to but not including ``stop``."""
        return Span(self, start, stop)

    @property
    def whole(self) -> Span:
        """The place that is the whole text."""
        return Span(self, 0, len(self.text))


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source: characters ``start`` to ``stop``, the latter excluded.

    Examples
    --------
    >>> source = Source("dv/dt = (E - v) / tua : volt", "lif")
    >>> print(source.span(18, 21).pointed())
      lif, line 1, column 19
        dv/dt = (E - v) / tua : volt
                          ^^^
    """

    source: Source = field(repr=False)
    start: int
    stop: int

    @property
    def text(self) -> str:
        """The characters at this place."""
        return self.source.text[self.start : self.stop]

    @property
    def line(self) -> int:
        """The number of the first line of this place, from 1."""
        return self.source.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """The number of the first character in its line, from 1."""
        return self.start - self.source.text.rfind("\n", 0, self.start)

    def to(self, other: Span) -> Span:
        """Return the smallest place that covers this one and ``other``."""
        return Span(self.source, min(self.start, other.start), max(self.stop, other.stop))

    def pointed(self) -> str:
        """Return the line with a caret under each character of this place."""
        first = self.source.text.rfind("\n", 0, self.start) + 1
        last = self.source.text.find("\n", first)
        line = self.source.text[first : None if last < 0 else last].rstrip()
        indent = len(line) - len(line.lstrip())
        start = min(self.start - first, len(line))
        width = max(1, min(self.stop - first, len(line)) - start)
        shown = line[indent:]
        if len(shown) > _LONGEST_LINE:
            indent = max(indent, start - _LONGEST_LINE // 2)
            shown = line[indent : indent + _LONGEST_LINE]
            width = min(width, indent + _LONGEST_LINE - start)
        # A tab before the caret stays a tab, so that the caret stands under its character.
        before = "".join("\t" if c == "\t" else " " for c in line[indent:start])
        return (
            f"  {self.source.name}, line {self.line}, column {self.column}\n"
            f"    {_visible(shown)}\n"
            f"    {before}{'^' * width}"
        )


def _visible(line: str) -> str:
    """Return a line without characters that would move the cursor, as many as it has."""
    return "".join(
        c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line
    )
