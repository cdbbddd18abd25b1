"""Values by name, as users give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsim.errors import ModelError
from eqsim.units.arguments import shown


def checked_mapping(given: Any, what: str) -> Mapping[str, Any]:
    """Return what is given as a dict, an empty one for None.

    Raises
    ------
    ModelError
        If it is no dict, or a key is no text.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ModelError(f"{what} must be a dict, not {shown(given)}")
    for name in given:
        if not isinstance(name, str):
            raise ModelError(f"{shown(name)} is no name for what is in {what}\n  a name is a text")
    return given
