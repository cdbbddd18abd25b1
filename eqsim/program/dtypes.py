"""The types of numbers in a program, and how they mix."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np


class DType(Enum):
    """A type of number; the value is NumPy's name for it."""

    BOOLEAN = "bool"
    UINT16 = "uint16"
    """For arrays only: small numbers of elements, where there are many."""
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"

    def __init__(self, name: str) -> None:
        self.numpy: np.dtype[Any] = np.dtype(name)
        """The same type in NumPy."""

    @property
    def is_float(self) -> bool:
        """Whether the type holds fractions."""
        return self in (DType.FLOAT32, DType.FLOAT64)

    @property
    def loaded(self) -> DType:
        """The type in which a value of this type is computed with: integers are 64 bits wide."""
        return DType.INT64 if self in (DType.UINT16, DType.INT32) else self


_RANK = {dtype: rank for rank, dtype in enumerate(DType)}


def promote(left: DType, right: DType) -> DType:
    """Return the type in which an operation on both is done.

    Unlike NumPy, an integer does not widen a float: what is an integer count in a model of single
    precision stays in single precision. Truth values count as integers.

    Examples
    --------
    >>> promote(DType.INT64, DType.FLOAT32)
    <DType.FLOAT32: 'float32'>
    >>> promote(DType.BOOLEAN, DType.BOOLEAN)
    <DType.INT64: 'int64'>
    """
    highest = max(left, right, key=_RANK.__getitem__)
    return highest if highest.is_float else DType.INT64
