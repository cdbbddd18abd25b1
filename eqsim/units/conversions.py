"""Conversions of quantities to plain numbers, which would lose the unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError
from eqsim.units.dimensions import Dimension, base_unit_for
from eqsim.units.display import needs_number


@dataclass
class _Setting:
    lose_units: bool = False


_setting = _Setting()


def let_conversions_lose_units(lose_units: bool) -> None:
    """Set whether ``float(x)`` and NumPy's ``asarray(x)`` give a single quantity without its unit.

    They refuse by default, as do functions of NumPy that do not know quantities. Scripts written
    for Brian 2 expect the value in SI base units, so that importing :mod:`eqsim.brian` sets this
    for the process.

    Parameters
    ----------
    lose_units : bool
        Whether they do.
    """
    _setting.lose_units = lose_units


def units_are_lost() -> bool:
    """Return whether what knows no units gets the values of quantities."""
    return _setting.lose_units


class Conversions:
    """What a quantity is where a plain number is wanted; mixed into :class:`Quantity`."""

    __slots__ = ()
    value: Any
    dimension: Dimension

    def __float__(self) -> float:
        return float(self._without_unit("float()"))

    def __int__(self) -> int:
        return int(self._without_unit("int()"))

    def __complex__(self) -> complex:
        return complex(self._without_unit("complex()"))

    def __round__(self, ndigits: int | None = None) -> NoReturn:
        raise self._not_a_number("round()")

    def _without_unit(self, operation: str) -> Any:
        if _setting.lose_units:
            return self.value
        raise self._not_a_number(operation)

    def _not_a_number(self, operation: str) -> DimensionMismatchError:
        return needs_number(operation, self.value, self.dimension)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if not isinstance(self.value, np.ndarray) and not _setting.lose_units:
            unit = base_unit_for(self.dimension)
            raise DimensionMismatchError(
                f"NumPy would lose the unit of {self}\n"
                f"  divide by a unit first, for example by {unit},\n"
                "  or make arrays of quantities by array([...]) of eqsim"
            )
        if copy:
            return np.array(self.value, dtype=dtype, copy=True)
        return np.asarray(self.value, dtype=dtype)
