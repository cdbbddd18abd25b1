"""The two ends of a synapse, and which of them names mean."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

_End = TypeVar("_End")


class Side(Enum):
    """The two ends of a synapse; the value is how names of variables end that belong to it."""

    SOURCE = "pre"
    TARGET = "post"

    @property
    def suffix(self) -> str:
        """How names of the side's variables end."""
        return f"_{self.value}"

    @property
    def other(self) -> Side:
        """The other end."""
        return self.of(Side.TARGET, Side.SOURCE)

    def of(self, source: _End, target: _End) -> _End:
        """Return what belongs to this end of the two."""
        return source if self is Side.SOURCE else target

    @property
    def element(self) -> str:
        """The name, in kernels, of the number of the side's element among those stored."""
        return self.of("_source", "_target")

    @property
    def number(self) -> str:
        """The user's name of the number of the side's element."""
        return self.of("i", "j")


def side_of(name: str) -> tuple[Side, str] | None:
    """Return the side that a name's ending stands for and the name without it, None if neither.

    Examples
    --------
    >>> side_of("v_post")
    (<Side.TARGET: 'post'>, 'v')
    """
    for side in Side:
        stem = name.removesuffix(side.suffix)
        if stem not in (name, ""):
            return side, stem
    return None
