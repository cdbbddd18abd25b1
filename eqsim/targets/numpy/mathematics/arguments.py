"""What functions take: anything like an array, made an array of one type."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Function = Callable[..., Array]


def alike(arguments: tuple[ArrayLike, ...], integers: bool) -> list[Array]:
    """Return arguments as arrays of one type: integers as int64, or as float64 with the rest."""
    kind = np.result_type(*(a if isinstance(a, float | int) else np.asarray(a) for a in arguments))
    if kind.kind in "biu":
        kind = np.dtype(np.int64 if integers else np.float64)
    elif kind != np.float32:
        kind = np.dtype(np.float64)
    return [np.asarray(a, dtype=kind) for a in arguments]


def of_reals(function: Function) -> Callable[..., Any]:
    """Make a function of arrays of one floating type take anything, without warnings."""

    @wraps(function)
    def quiet(*arguments: ArrayLike) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(function(*alike(arguments, integers=False)))[()]

    return quiet


def of_numbers(function: Function) -> Callable[..., Any]:
    """Make a function of arrays of one type, int64 included, take anything, without warnings."""

    @wraps(function)
    def quiet(*arguments: ArrayLike) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(function(*alike(arguments, integers=True)))[()]

    return quiet


def in_double(function: Function) -> Function:
    """Compute float32 values in float64 and round."""

    @wraps(function)
    def rounded(*arguments: Array) -> Array:
        value = function(*(a.astype(np.float64) for a in arguments))
        return np.asarray(value).astype(arguments[0].dtype)

    return rounded
