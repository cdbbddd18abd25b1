"""The names that the caller of eqsim sees: ``tau = 10*ms`` above the equations that use it.

The only module that looks at the stack. The caller is the nearest frame outside this package, so
no function has to count how deep it is called.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

_PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"
_SHOWN = re.compile(r"_{1,3}|_\d+")
"""The names by which IPython remembers what its cells showed: ``_``, ``__``, ``_12``."""


def caller_frame() -> FrameType:
    """Return the nearest frame that runs code outside eqsim."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    last = frame
    while frame is not None:
        last = frame
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return frame
        frame = frame.f_back
    assert last is not None
    return last


def stack_level() -> int:
    """Return the ``stacklevel`` with which the function that asks warns at the caller's line."""
    level = 1
    frame = sys._getframe(1)  # noqa: SLF001
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    return level


_given = threading.local()
"""What replaces the caller's place, and the names that hide the caller's, in each thread."""


@contextmanager
def names_of_a_run(names: Mapping[str, Any]) -> Iterator[None]:
    """Let a run's own constants hide the caller's names in this thread.

    Parameters
    ----------
    names : mapping of str to object
        The constants of one run of many, whose results are looked at.
    """
    before = getattr(_given, "names", {})
    _given.names = names
    try:
        yield
    finally:
        _given.names = before


Place = tuple[Mapping[str, Any], Mapping[str, Any]]
"""The global and the local names that some code sees, as they are whenever they are looked up."""


def caller_place() -> Place:
    """Return where the caller is, to see its names later."""
    frame = caller_frame()
    return frame.f_globals, frame.f_locals


@contextmanager
def seen_from(place: Place) -> Iterator[None]:
    """Let the names of an earlier caller count as those of the caller in this thread.

    Parameters
    ----------
    place : tuple of two mappings
        From :func:`caller_place`.
    """
    before = getattr(_given, "place", None)
    _given.place = place
    try:
        yield
    finally:
        _given.place = before


def caller_names() -> Mapping[str, Any]:
    """Return the local and global names of the caller; local ones hide global ones."""
    around, own = getattr(_given, "place", None) or caller_place()
    return {**around, **own, **getattr(_given, "names", {})}


def given_names() -> Mapping[str, Any]:
    """Return the names of the caller that someone chose, not those that a notebook adds.

    A notebook remembers whatever a cell showed as ``_12`` and the like, for as long as it lives,
    also where the name that the cell used means something else by now.
    """
    names = caller_names()
    if "_oh" not in names:
        return names
    return {name: value for name, value in names.items() if not _SHOWN.fullmatch(name)}
