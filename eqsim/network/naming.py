"""Names of objects: given by the user, or made from what the object is and numbered."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator

from eqsim.errors import ModelError

_numbers: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)


def new_name(wanted: str) -> str:
    """Return the name for a new object.

    Parameters
    ----------
    wanted : str
        A name, or a name that ends with ``*``: the first object takes the name without the star,
        the next ones get ``_1``, ``_2`` and so on.

    Raises
    ------
    ModelError
        If the name is not an identifier.
    """
    stem = wanted.removesuffix("*") if isinstance(wanted, str) else wanted
    if not isinstance(stem, str) or not re.fullmatch(r"[A-Za-z]\w*", stem, flags=re.ASCII):
        raise ModelError(
            f"{wanted!r} is no name for an object\n"
            "  a name starts with a letter and has only letters, digits and underscores"
        )
    if not wanted.endswith("*"):
        return wanted
    number = next(_numbers[stem])
    return stem if number == 0 else f"{stem}_{number}"


def restart_numbering() -> None:
    """Number new objects from the beginning, as in a new process."""
    _numbers.clear()
