"""What an object keeps of itself when a network is stored: plain arrays by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError

Part = NDArray[Any] | float | int | bool
"""One array or number."""
Parts = Mapping[str, Part]
"""What an object keeps, by names that are its own affair."""


def check_parts(
    name: str,
    present: Parts,
    saved: Parts,
    may_resize: Callable[[str], bool],
    may_lack: Callable[[str], bool],
) -> None:
    """Refuse parts that are not those of an object.

    Parameters
    ----------
    name : str
        The object's name.
    present : mapping of str to ndarray or number
        What it would keep now.
    saved : mapping of str to ndarray or number
        What is to be put back.
    may_resize, may_lack : callable
        Return whether a part may have another length, or not be there at all.

    Raises
    ------
    ModelError
        If parts are missing or superfluous, or differ in shape or type.
    """
    problems = [
        *_other_names(present, saved, may_lack),
        *_other_kinds(present, saved, may_resize),
    ]
    if problems:
        raise ModelError("\n".join((f"{name!r} is not as it was in the snapshot", *problems)))


def _other_names(present: Parts, saved: Parts, may_lack: Callable[[str], bool]) -> Iterator[str]:
    for part in sorted(saved.keys() - present.keys()):
        if not may_lack(part):
            yield f"  it has no {_shown(part)!r}, which the snapshot has"
    for part in sorted(present.keys() - saved.keys()):
        if not may_lack(part):
            yield f"  the snapshot has no {_shown(part)!r}"


def _other_kinds(present: Parts, saved: Parts, may_resize: Callable[[str], bool]) -> Iterator[str]:
    for part in sorted(present.keys() & saved.keys()):
        new, old = np.asarray(present[part]), np.asarray(saved[part])
        if new.dtype != old.dtype:
            yield f"  {_shown(part)!r} is {new.dtype}, in the snapshot {old.dtype}"
        elif new.ndim != old.ndim or (new.shape != old.shape and not may_resize(part)):
            yield f"  {_shown(part)!r} has {_size(new)}, in the snapshot {_size(old)}"


def _shown(part: str) -> str:
    """Return the name that the user knows a part by."""
    for prefix in ("variable.", "recorded."):
        part = part.removeprefix(prefix)
    return part


def _size(values: NDArray[Any]) -> str:
    return "1 value" if values.size == 1 else f"{values.size} values"
