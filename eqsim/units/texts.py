"""Quantities as texts: in a unit, to read or as code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eqsim.units.dimensions import Dimension
from eqsim.units.display import best_unit_for, mismatch, number_text, quantity_code, quantity_text
from eqsim.units.latex import scalar_latex

if TYPE_CHECKING:
    from eqsim.units.unit import Unit


def _digits(scaled: Any, precision: int | None) -> str:
    if isinstance(scaled, np.ndarray):
        return np.array2string(scaled, precision=precision)
    return number_text(scaled) if precision is None else f"{scaled:.{precision}f}"


class QuantityTexts:
    """What a quantity prints as; mixed into :class:`Quantity`."""

    __slots__ = ()
    value: Any
    dimension: Dimension

    @property
    def best_unit(self) -> Unit:
        """The unit in which the value prints."""
        return best_unit_for(self.value, self.dimension)

    def in_unit(self, unit: Unit, precision: int | None = None) -> str:
        """Return the value in a unit as text.

        Parameters
        ----------
        unit : Unit
            Of the same dimension.
        precision : int, optional
            Digits after the point.

        Raises
        ------
        DimensionMismatchError
            If the unit measures something else.

        Examples
        --------
        >>> from eqsim.units import mV, volt
        >>> (0.0123 * volt).in_unit(mV), (0.0123 * volt).in_unit(mV, precision=2)
        ('12.3 mV', '12.30 mV')
        """
        symbol = getattr(unit, "symbol", None)
        if symbol is None:
            raise TypeError(f"in_unit needs a unit, but got {unit!r}")
        if unit.dimension is not self.dimension:
            raise mismatch("in_unit", (self.value, unit.value), (self.dimension, unit.dimension))
        return f"{_digits(self.value / unit.value, precision)} {symbol}"

    def in_best_unit(self, precision: int | None = None, python_code: bool = False) -> str:
        """Return the value in the unit that suits its size as text.

        Parameters
        ----------
        precision : int, optional
            Digits after the point.
        python_code : bool, default: False
            Return an expression that evaluates to the quantity.
        """
        if python_code:
            return repr(self)
        return self.in_unit(self.best_unit, precision)

    def __repr__(self) -> str:
        return quantity_code(self.value, self.dimension)

    def __str__(self) -> str:
        return quantity_text(self.value, self.dimension)

    def _repr_latex_(self) -> str | None:
        # A notebook shows arrays as text, which has line breaks and leaves out what is long.
        if isinstance(self.value, np.ndarray):
            return None
        return f"${scalar_latex(self.value, self.best_unit)}$"

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        unit = self.best_unit
        return f"{format(self.value / unit.value, spec)} {unit.symbol}"
