"""Names of objects: given by the user, or made from what the object is and numbered."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator

from eqsim.errors import ModelError

_numbers: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)


class ObjectName(str):
    """The name of an object, which knows what it was before it got a number.

    Attributes
    ----------
    stem : str
        The name without the number.
    """

    __slots__ = ("stem",)
    stem: str

    def __new__(cls, name: str, stem: str) -> ObjectName:
        """Make the name of one object."""
        made = super().__new__(cls, name)
        made.stem = stem
        return made

    def __reduce__(self) -> tuple[type[ObjectName], tuple[str, str]]:
        """Return what a copy in another process is made from."""
        return ObjectName, (str(self), self.stem)


def new_name(wanted: str) -> ObjectName:
    """Return the name for a new object.

    Parameters
    ----------
    wanted : str
        A name, or a name that ends with ``*``: the first object takes the name without the star,
        the next ones get ``_1``, ``_2`` and so on. What was made by this function is kept.

    Raises
    ------
    ModelError
        If the name is not an identifier.
    """
    if isinstance(wanted, ObjectName):
        return wanted
    stem = wanted.removesuffix("*") if isinstance(wanted, str) else wanted
    check_name(stem, "an object", wanted)
    if not wanted.endswith("*"):
        return ObjectName(wanted, wanted)
    number = next(_numbers[stem])
    return ObjectName(stem if number == 0 else f"{stem}_{number}", stem)


def check_name(name: object, what: str, given: object = None) -> None:
    """Raise if something is no name.

    Parameters
    ----------
    name : object
        What was given as a name.
    what : str
        What it is to be the name of, for the error.
    given : object, optional
        What the error shows if it is not ``name``.

    Raises
    ------
    ModelError
        If the name is not an identifier.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, flags=re.ASCII):
        raise ModelError(
            f"{name if given is None else given!r} is no name for {what}\n"
            "  a name starts with a letter and has only letters, digits and underscores"
        )


def restart_numbering() -> None:
    """Start numbering from the beginning, as in a new process."""
    _numbers.clear()
