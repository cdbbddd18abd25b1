"""What connectors of users give as connections, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.units import arguments


def numbers_below(end: int, given: Any, what: str) -> NDArray[Any]:
    """Return whole numbers from 0 up to an end, which is none of them, shape (n,).

    Raises
    ------
    ModelError
        If they are something else.
    """
    numbers: NDArray[Any] = arguments.array(given, what, "whole numbers")
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
        raise ModelError(
            f"{what} have the shape {numbers.shape} and the type {numbers.dtype}\n"
            "  expected: whole numbers, shape (n,)"
        )
    if not numbers.size:
        return numbers.astype(np.int64)
    least, most = int(numbers.min()), int(numbers.max())
    if least < 0 or most >= end:
        raise ModelError(
            f"{what} have the number {least if least < 0 else most}\n"
            f"  expected: numbers from 0 to {end - 1}"
        )
    return numbers


def count_of_weights(weights: Any) -> int:
    """Return how many weights there are.

    Raises
    ------
    ModelError
        If they are no finite numbers or quantities, shape (n,).
    """
    numbers = arguments.array(weights, "weights", "finite numbers or quantities", finite=True)
    if numbers.ndim != 1:
        raise ModelError(f"weights have the shape {numbers.shape}\n  expected: (n,)")
    return len(numbers)
