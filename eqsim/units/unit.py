"""Named quantities: the units of scripts, and products of their powers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from eqsim.units.dimensions import (
    DIMENSIONLESS,
    Dimension,
    Exponent,
    product_text,
    simple_exponent,
)
from eqsim.units.display import UNITS
from eqsim.units.latex import product_latex
from eqsim.units.quantity import Quantity

Factors = tuple[tuple[str, str, Exponent], ...]


class Unit(Quantity):
    """A scalar quantity with a name.

    Products, quotients and powers of units are units; with numbers they are quantities.

    Parameters
    ----------
    value : float
        In SI base units.
    dimension : Dimension
        What the unit measures.
    factors : tuple of (symbol, code, exponent)
        The powers of named units that the unit is made of.
    name : str, optional
        The code of the unit, if it is not the product of the factors.

    Attributes
    ----------
    name : str
        As written in a script: ``mV``, ``volt/second``.

    Examples
    --------
    >>> from eqsim.units import cm, nS
    >>> nS / cm**2, str(nS / cm**2)
    (nS/cm**2, 'nS/cm^2')
    >>> print(3 * (nS / cm**2))
    3e-05 S/m^2
    """

    __slots__ = ("factors", "name")
    factors: Factors
    name: str

    def __init__(
        self, value: float, dimension: Dimension, factors: Factors, name: str | None = None
    ) -> None:
        self.value = value
        self.dimension = dimension
        self.factors = factors
        self.name = name or product_text(tuple((code, e) for _, code, e in factors), "**")

    @property
    def symbol(self) -> str:
        """As printed: ``mV``, ``V/s``."""
        return product_text(tuple((symbol, e) for symbol, _, e in self.factors), "^")

    def copy(self) -> Unit:
        """Return the unit itself: it cannot change."""
        return self

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Unit):
            return _unit(self, other, 1)
        return super().__mul__(other)

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Unit):
            return _unit(self, other, -1)
        return super().__truediv__(other)

    def __pow__(self, exponent: Any) -> Any:
        if not isinstance(exponent, int | float | Fraction):
            return super().__pow__(exponent)
        power = simple_exponent(exponent)
        if power == 0:
            return 1.0
        factors = tuple((symbol, code, e * power) for symbol, code, e in self.factors)
        scale = self.value ** (power if isinstance(power, int) else float(power))
        return Unit(scale, self.dimension**power, factors)

    def __repr__(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.symbol

    def _repr_latex_(self) -> str:
        return f"${product_latex(self.factors)}$"

    def __format__(self, spec: str) -> str:
        return format(self.symbol, spec)

    def __deepcopy__(self, memo: dict[int, object]) -> Unit:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return unit_from_parts, (self.value, self.dimension, self.factors, self.name)


def unit_from_parts(value: float, dimension: Dimension, factors: Factors, name: str) -> Unit:
    """Return the unit of a name, the one object of the table where it is there."""
    known = UNITS.get(name)
    return Unit(value, dimension, factors, name) if known is None else known


def _unit(left: Unit, right: Unit, sign: int) -> Any:
    dimension = left.dimension * right.dimension if sign > 0 else left.dimension / right.dimension
    scale = left.value * right.value if sign > 0 else left.value / right.value
    if dimension is DIMENSIONLESS:
        return scale
    powers: dict[tuple[str, str], Exponent] = {}
    for symbol, code, exponent in left.factors:
        powers[symbol, code] = exponent
    for symbol, code, exponent in right.factors:
        powers[symbol, code] = powers.get((symbol, code), 0) + sign * exponent
    return Unit(scale, dimension, tuple((s, c, e) for (s, c), e in powers.items() if e))
