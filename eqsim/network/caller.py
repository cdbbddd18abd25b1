"""The names that the caller of eqsim sees: ``tau = 10*ms`` above the equations that use it.

The only module that looks at the stack. The caller is the nearest frame outside this package, so
no function has to count how deep it is called.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

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


def is_of_caller(error: BaseException) -> bool:
    """Return whether an error that eqsim caught comes from a function of the user that it called.

    NumPy, which eqsim calls itself, and where the caller called eqsim do not count.
    """
    modules = (
        str(frame.f_globals.get("__name__", "")).partition(".")[0]
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )
    return any(module not in ("eqsim", "numpy") for module in modules)


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


_CONSTANTS = (int, float, complex, np.generic)


class Place:
    """Some code of the user, to see later which names it sees.

    It keeps no frame, and of local names only those that may be constants or functions: whatever
    else a function had is free when it returns.

    Parameters
    ----------
    code : code, optional
        The code, where it may still run.
    around : mapping of str to object
        The names of its module.
    own : mapping of str to object
        Its local names.
    """

    __slots__ = ("_around", "_code", "_own")

    def __init__(
        self, code: CodeType | None, around: Mapping[str, Any], own: Mapping[str, Any]
    ) -> None:
        self._code = code
        self._around = around
        self._own = _kept(own)

    def names(self) -> dict[str, Any]:
        """Return the names, with their present values while the code still runs.

        Local names of a function of the same module that asks now hide those of the place.
        """
        asking = caller_frame()
        own: Mapping[str, Any] = self._own
        place: FrameType | None = asking
        while place is not None and place.f_code is not self._code:
            place = place.f_back
        if place is not None:
            own = _locals(place)
        nearer = _locals(asking) if asking.f_globals is self._around else {}
        return {**self._around, **own, **nearer}

    def __deepcopy__(self, memo: dict[int, Any]) -> Place:
        """Be the same place for a copy of a view."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep in a file the names of numbers: code and modules are not kept."""
        found = {**self._around, **self._own}
        return Place, (None, {}, {n: v for n, v in found.items() if _is_number(v)})


def _locals(frame: FrameType) -> Mapping[str, Any]:
    """Return the names that are the frame's own, as they are now; those of modules are global."""
    return {} if frame.f_locals is frame.f_globals else frame.f_locals


def _is_number(value: Any) -> bool:
    return isinstance(value, _CONSTANTS) or (isinstance(value, np.ndarray) and value.size == 1)


def _kept(names: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in names.items() if _is_number(v) or callable(v)}


def caller_place() -> Place:
    """Return where the caller is, to see its names later."""
    frame = caller_frame()
    return Place(frame.f_code, frame.f_globals, _locals(frame))


@contextmanager
def seen_from(place: Place) -> Iterator[None]:
    """Let the names of an earlier caller count as those of the caller in this thread.

    Parameters
    ----------
    place : Place
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
    place = getattr(_given, "place", None)
    if place is not None:
        return {**place.names(), **getattr(_given, "names", {})}
    frame = caller_frame()
    return {**frame.f_globals, **frame.f_locals, **getattr(_given, "names", {})}


def given_names() -> Mapping[str, Any]:
    """Return the names of the caller that someone chose, not those that a notebook adds.

    A notebook remembers whatever a cell showed as ``_12`` and the like, for as long as it lives,
    also where the name that the cell used means something else by now.
    """
    names = caller_names()
    if "_oh" not in names:
        return names
    return {name: value for name, value in names.items() if not _SHOWN.fullmatch(name)}
