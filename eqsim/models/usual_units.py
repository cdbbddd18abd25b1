"""The units that the field writes quantities in, for examples in messages."""

from __future__ import annotations

from eqsim.units import (
    Mohm,
    Quantity,
    cm,
    ms,
    msiemens,
    mV,
    nA,
    nS,
    pF,
    uA,
    ufarad,
)
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for
from eqsim.units.quantity import dimension_of

_USUAL: dict[str, Quantity] = {
    "mV": mV,
    "ms": ms,
    "nA": nA,
    "nS": nS,
    "pF": pF,
    "Mohm": Mohm,
    "uA/cm**2": uA / cm**2,
    "msiemens/cm**2": msiemens / cm**2,
    "ufarad/cm**2": ufarad / cm**2,
}
_BY_DIMENSION = {dimension_of(unit): text for text, unit in _USUAL.items()}


def example_of(number: str, dimension: Dimension) -> str:
    """Return how a number is written with a unit.

    Examples
    --------
    >>> from eqsim import siemens, metre, hertz
    >>> example_of('120', (siemens / metre**2).dimension), example_of('5', hertz.dimension)
    ('120*msiemens/cm**2', '5*hertz')
    """
    unit = _BY_DIMENSION.get(dimension) or str(base_unit_for(dimension))
    return number if unit == "1" else f"{number}*{unit}"


def unit_phrase(dimension: Dimension) -> str:
    """Return which unit something has: ``'is in volt'``.

    Examples
    --------
    >>> from eqsim import volt
    >>> unit_phrase(volt.dimension), unit_phrase(DIMENSIONLESS)
    ('is in volt', 'has no unit')
    """
    if dimension is DIMENSIONLESS:
        return "has no unit"
    return f"is in {base_unit_for(dimension)}"
