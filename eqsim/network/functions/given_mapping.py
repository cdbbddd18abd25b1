"""Values by name, as users give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsim.errors import ModelError


def checked_mapping(given: Any, what: str) -> Mapping[str, Any]:
    """Return what is given as a dict, an empty one for None.

    Raises
    ------
    ModelError
        If it is no dict.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ModelError(f"{what} must be a dict, not {given!r}")
    return given
