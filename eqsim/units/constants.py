"""Physical constants, with the values recommended by CODATA in 2022.

Not part of a star import: ``from eqsim.units.constants import *``.

References
----------
P. J. Mohr, D. B. Newell, B. N. Taylor and E. Tiesinga, CODATA recommended values of the
fundamental physical constants: 2022. Reviews of Modern Physics 97, 025002 (2025).
https://doi.org/10.1103/RevModPhys.97.025002
"""

from __future__ import annotations

from eqsim.units.dimensions import Dimension
from eqsim.units.quantity import Quantity

__all__ = [
    "avogadro_constant",
    "boltzmann_constant",
    "electric_constant",
    "electron_mass",
    "elementary_charge",
    "faraday_constant",
    "gas_constant",
    "magnetic_constant",
    "molar_mass_constant",
    "zero_celsius",
]

avogadro_constant = Quantity(6.02214076e23, Dimension.of(mole=-1))
"""Particles in a mole; exact."""

boltzmann_constant = Quantity(
    1.380649e-23, Dimension.of(metre=2, kilogram=1, second=-2, kelvin=-1)
)
"""Energy of a particle by its temperature; exact."""

electric_constant = Quantity(
    8.8541878188e-12, Dimension.of(metre=-3, kilogram=-1, second=4, ampere=2)
)
"""Permittivity of empty space."""

electron_mass = Quantity(9.1093837139e-31, Dimension.of(kilogram=1))
"""Mass of an electron at rest."""

elementary_charge = Quantity(1.602176634e-19, Dimension.of(second=1, ampere=1))
"""Charge of a proton; exact."""

faraday_constant = elementary_charge * avogadro_constant
"""Charge of a mole of protons; exact."""

gas_constant = boltzmann_constant * avogadro_constant
"""Energy of a mole by its temperature; exact."""

magnetic_constant = Quantity(
    1.25663706127e-6, Dimension.of(metre=1, kilogram=1, second=-2, ampere=-2)
)
"""Permeability of empty space."""

molar_mass_constant = Quantity(1.00000000105e-3, Dimension.of(kilogram=1, mole=-1))
"""Mass of a mole of particles with the relative mass one."""

zero_celsius = Quantity(273.15, Dimension.of(kelvin=1))
"""The temperature at which water freezes: 20 degrees Celsius are ``zero_celsius + 20*kelvin``."""
