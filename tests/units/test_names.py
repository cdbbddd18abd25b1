"""Every unit, by every name."""

from __future__ import annotations

import copy
import pickle

import pytest

import eqsim.units
from eqsim.units import (
    STANDARD_UNITS,
    UNITS,
    Unit,
    allunits,
    cm,
    constants,
    mV,
    nS,
    ohm,
    second,
    volt,
)
from eqsim.units.names import NAMED_UNITS, PREFIXES

PREFIXED = [
    (row, prefix, name) for row in NAMED_UNITS for prefix in row.prefixes for name in row.names
]

# Names that scripts in the field use, with their SI values.
SCRIPT_NAMES = {
    "amp": 1, "ampere": 1, "kilogram": 1, "second": 1, "metre": 1, "meter": 1, "kelvin": 1,
    "mole": 1, "mol": 1, "candela": 1, "gram": 1e-3, "gramme": 1e-3, "kgram": 1, "mgram": 1e-6,
    "coulomb": 1, "farad": 1, "hertz": 1, "joule": 1, "liter": 1e-3, "litre": 1e-3, "molar": 1e3,
    "pascal": 1, "ohm": 1, "siemens": 1, "volt": 1, "watt": 1, "newton": 1, "weber": 1,
    "tesla": 1, "henry": 1, "katal": 1, "mvolt": 1e-3, "uvolt": 1e-6, "nvolt": 1e-9,
    "pvolt": 1e-12, "kvolt": 1e3, "Mvolt": 1e6, "Gvolt": 1e9, "Tvolt": 1e12, "fvolt": 1e-15,
    "cmetre": 1e-2, "cmeter": 1e-2, "cmetre3": 1e-6, "umetre2": 1e-12, "mmeter3": 1e-9,
    "metre2": 1, "metre3": 1, "second2": 1, "kilogram2": 1, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9,
    "mA": 1e-3, "uA": 1e-6, "nA": 1e-9, "pA": 1e-12, "mF": 1e-3, "uF": 1e-6, "nF": 1e-9,
    "pF": 1e-12, "mS": 1e-3, "uS": 1e-6, "nS": 1e-9, "pS": 1e-12, "ms": 1e-3, "us": 1e-6,
    "ns": 1e-9, "Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "mM": 1, "uM": 1e-3, "nM": 1e-6,
    "Mohm": 1e6, "kohm": 1e3, "Gohm": 1e9, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "nm": 1e-9,
    "cm2": 1e-4, "cm3": 1e-6, "mm2": 1e-6, "mm3": 1e-9, "um2": 1e-12, "um3": 1e-18,
    "nsiemens": 1e-9, "psiemens": 1e-12, "ufarad": 1e-6, "pfarad": 1e-12, "namp": 1e-9,
    "msecond": 1e-3, "usecond": 1e-6, "umolar": 1e-3, "mmolar": 1,
}  # fmt: skip


@pytest.mark.parametrize(("name", "scale"), SCRIPT_NAMES.items())
def test_every_name_of_a_script_has_its_scale(name, scale):
    assert UNITS[name].value == scale


@pytest.mark.parametrize(("row", "prefix", "name"), PREFIXED)
def test_a_prefix_scales_and_powers_follow(row, prefix, name):
    unit = UNITS[prefix + name]
    base = UNITS[name]
    assert unit.dimension is base.dimension
    assert unit.value == pytest.approx(row.prefixes[prefix] * base.value, rel=1e-15)
    assert unit.value == float(f"{unit.value:.3g}")
    for power in (2, 3):
        raised = UNITS[f"{prefix}{name}{power}"]
        assert raised.dimension is base.dimension**power
        assert raised.value == pytest.approx(unit.value**power, rel=1e-14)


@pytest.mark.parametrize("row", [row for row in NAMED_UNITS if len(row.names) > 1])
@pytest.mark.parametrize("power", ["", "2", "3"])
def test_both_spellings_are_the_same_object(row, power):
    for prefix in row.prefixes:
        spellings = {id(UNITS[prefix + name + power]) for name in row.names}
        assert len(spellings) == 1


@pytest.mark.parametrize("name", sorted(UNITS))
def test_every_unit_is_exported_copied_and_printed_as_itself(name):
    unit = UNITS[name]
    assert getattr(eqsim.units, name) is unit
    assert name in eqsim.units.__all__
    assert UNITS[unit.name] is unit
    assert eval(repr(unit), dict(UNITS)) is unit
    assert copy.copy(unit) is unit
    assert copy.deepcopy(unit) is unit
    assert pickle.loads(pickle.dumps(unit)) is unit


def test_the_module_of_names_is_the_table():
    assert sorted(allunits.__all__) == sorted(UNITS)


def test_all_is_without_duplicates_and_leaves_builtins_alone():
    names = eqsim.units.__all__
    assert len(set(names)) == len(names)
    assert not {"max", "min", "sum", "abs", "round", "any", "all", "pow"} & set(names)


def test_no_unit_has_a_name_of_one_letter():
    assert min(map(len, UNITS)) > 1


@pytest.mark.parametrize(
    "name", ["celsius", "damp", "camp", "V", "s", "m", "mkilogram", "kkilogram"]
)
def test_names_left_to_the_user_are_no_units(name):
    assert name not in UNITS


def test_units_for_printing_rise_and_measure_the_same():
    for dimension, units in STANDARD_UNITS.items():
        assert all(unit.dimension is dimension for unit in units)
        assert [u.value for u in units] == sorted({u.value for u in units})
        assert any(u.value == 1.0 for u in units)


@pytest.mark.parametrize(
    ("unit", "code", "symbol"),
    [
        (nS / cm**2, "nS/cm**2", "nS/cm^2"),
        (volt / second, "volt/second", "V/s"),
        (second**-1, "1/second", "1/s"),
        (second**-0.5, "1/second**0.5", "1/s^0.5"),
        (second ** (1 / 3), "second**(1/3)", "s^(1/3)"),
        (ohm * cm, "ohm*cm", "ohm*cm"),
        (mV / second / cm, "mV/(second*cm)", "mV/(s*cm)"),
        (mV * mV, "mV**2", "mV^2"),
    ],
)
def test_products_of_units_are_named_units(unit, code, symbol):
    assert isinstance(unit, Unit)
    assert (unit.name, unit.symbol) == (code, symbol)
    assert eval(code, dict(UNITS)) == unit
    assert pickle.loads(pickle.dumps(unit)) == unit


@pytest.mark.parametrize("unit", [mV / volt, mV**0, mV * volt**-1])
def test_units_that_cancel_are_numbers(unit):
    assert type(unit) is float


def test_every_prefix_is_a_power_of_ten():
    assert all(value == float(f"{value:.0e}") for value in PREFIXES.values())


CODATA = {
    "avogadro_constant": (6.02214076e23, "1/mol"),
    "boltzmann_constant": (1.380649e-23, "J/K"),
    "electric_constant": (8.8541878188e-12, "F/m"),
    "electron_mass": (9.1093837139e-31, "kg"),
    "elementary_charge": (1.602176634e-19, "C"),
    "faraday_constant": (96485.33212331, "C/mol"),
    "gas_constant": (8.31446261815324, "J/(K*mol)"),
    "magnetic_constant": (1.25663706127e-6, "ohm*s/m"),
    "molar_mass_constant": (1.00000000105e-3, "kg/mol"),
    "zero_celsius": (273.15, "K"),
}


@pytest.mark.parametrize("name", constants.__all__)
def test_constants_have_the_recommended_values(name):
    value, unit = CODATA[name]
    constant = getattr(constants, name)
    assert constant.value == pytest.approx(value, rel=1e-12)
    assert eqsim.units.dimension_name(constant.dimension) == unit


def test_the_product_of_the_field_constants_is_the_speed_of_light():
    speed = (constants.electric_constant * constants.magnetic_constant) ** -0.5
    assert speed / (UNITS["metre"] / second) == pytest.approx(299792458, rel=1e-9)
