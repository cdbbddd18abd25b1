"""Brian's functions about units, and names of NumPy 1 that scripts use."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsim.units import base_unit_for
from eqsim.units.dimensions import Dimension
from eqsim.units.names import UNITS
from eqsim.units.quantity import Quantity, dimension_of, si_value
from eqsim.units.unit import Unit


def in_unit(x: Any, u: Unit, precision: int | None = None) -> str:
    """Return a quantity as a text in a unit.

    Examples
    --------
    >>> from eqsim import mV
    >>> in_unit(0.003*mV*1000, mV)
    '3 mV'
    """
    if isinstance(x, Quantity):
        return x.in_unit(u, precision)
    return str(x / u)


def in_best_unit(x: Any, precision: int | None = None) -> str:
    """Return a quantity as a text in the unit that suits it best.

    Examples
    --------
    >>> from eqsim import amp
    >>> in_best_unit(0.00002*amp)
    '20 uA'
    """
    return x.in_best_unit(precision) if isinstance(x, Quantity) else str(x)


def get_unit(d: Dimension) -> Any:
    """Return the unit of a dimension that has the value 1, 1 for plain numbers.

    Examples
    --------
    >>> from eqsim import mV
    >>> get_unit(mV.dim)
    volt
    """
    name = base_unit_for(d)
    return UNITS[name] if name in UNITS else Quantity(1.0, d) if name != "1" else 1.0


def get_or_create_dimension(*exponents: Any, **named: Any) -> Dimension:
    """Return a dimension, by the exponents of the base units: ``length=1, time=-1``."""
    if exponents:
        given = exponents[0] if len(exponents) == 1 else exponents
        order = ("metre", "kilogram", "second", "ampere", "kelvin", "mole", "candela")
        return Dimension.of(**dict(zip(order, given, strict=True)))
    return dimension_of(Quantity.with_dimensions(1.0, **named))


def is_scalar_type(obj: Any) -> bool:
    """Return whether something is one number, with or without a unit."""
    value = si_value(obj)
    return np.ndim(value) == 0 and isinstance(value, int | float | complex | np.number)


def register_new_unit(u: Unit) -> None:
    """Do nothing: what quantities are shown in is one of the units that eqsim has."""


NUMPY_1 = {
    "Inf": np.inf, "Infinity": np.inf, "PINF": np.inf, "infty": np.inf, "NINF": -np.inf,
    "NAN": np.nan, "NaN": np.nan, "NZERO": -0.0, "PZERO": 0.0,
    "alltrue": np.all, "sometrue": np.any, "product": np.prod, "cumproduct": np.cumprod,
    "round_": np.round, "in1d": np.isin, "trapz": np.trapezoid,
    "msort": lambda a: np.sort(a, axis=0),
    "asfarray": lambda a, dtype=np.float64: np.asarray(a, dtype=dtype), "mat": np.asmatrix,
    "float_": np.float64, "complex_": np.complex128, "cfloat": np.complex128,
    "singlecomplex": np.complex64, "longfloat": np.longdouble, "longcomplex": np.clongdouble,
    "clongfloat": np.clongdouble, "string_": np.bytes_, "unicode_": np.str_,
}  # fmt: skip
"""Names that NumPy 2 took away, and what they meant."""
