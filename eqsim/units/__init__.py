"""Numbers with dimensions, the names of units, and NumPy functions that respect them.

>>> from eqsim.units import mV, ms, nS
>>> v = -70 * mV
>>> print(v + 5 * mV, v / ms, 3 * nS * v, sep=", ")
-65 mV, -70 V/s, -210 pA
"""

from eqsim.units import allunits
from eqsim.units import array_functions as _array_functions  # noqa: F401 - fills its table
from eqsim.units.allunits import *  # noqa: F403 - the units
from eqsim.units.checks import (
    check_units,
    declare_types,
    fail_for_dimension_mismatch,
    get_dimensions,
    have_same_dimensions,
    is_dimensionless,
)
from eqsim.units.dimensions import (
    DIMENSIONLESS,
    Dimension,
    base_unit_for,
    dimension_name,
)
from eqsim.units.functions import arange, array, exprel, full
from eqsim.units.names import STANDARD_UNITS, UNITS
from eqsim.units.quantity import Quantity, dimension_of, si_value, with_dimension
from eqsim.units.unit import Unit

__all__ = [
    "DIMENSIONLESS",
    "STANDARD_UNITS",
    "UNITS",
    "Dimension",
    "Quantity",
    "Unit",
    "arange",
    "array",
    "base_unit_for",
    "check_units",
    "declare_types",
    "dimension_name",
    "dimension_of",
    "exprel",
    "fail_for_dimension_mismatch",
    "full",
    "get_dimensions",
    "have_same_dimensions",
    "is_dimensionless",
    "si_value",
    "with_dimension",
]
__all__ += allunits.__all__
