"""The table of all units: names with prefixes, powers and both spellings.

Left out on purpose: one-letter names, which belong to the user's variables; ``celsius``, which is
no unit but a scale with another zero (see ``zero_celsius`` among the constants); ``gray``,
``becquerel`` and the like, which models of neurons do not need; the prefixes d, h, y, z, a, P, E
and Z, Y, whose products collide with names such as ``damp``.
"""

from __future__ import annotations

from typing import NamedTuple

from eqsim.units.dimensions import Dimension, base_unit_for
from eqsim.units.display import STANDARD_UNITS, UNITS
from eqsim.units.unit import Unit

__all__ = ["NAMED_UNITS", "PREFIXES", "STANDARD_UNITS", "UNITS", "NamedUnit", "base_unit_for"]

PREFIXES = {
    "f": 1e-15,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
}
"""Scale by the letter before the name of a unit."""

_METRE_PREFIXES = {**PREFIXES, "c": 1e-2}
_NO_PREFIX = {"": 1.0}


class NamedUnit(NamedTuple):
    """One row of the table: a unit with its spellings and its relation to SI."""

    names: tuple[str, ...]
    symbol: str
    exponents: tuple[int, int, int, int, int, int, int]
    scale: float = 1.0
    prefixes: dict[str, float] = PREFIXES
    short: str = ""
    """The prefixes with which the symbol itself is a name."""


NAMED_UNITS = (
    NamedUnit(
        ("metre", "meter"), "m", (1, 0, 0, 0, 0, 0, 0), prefixes=_METRE_PREFIXES, short="numc"
    ),
    NamedUnit(("kilogram",), "kg", (0, 1, 0, 0, 0, 0, 0), prefixes=_NO_PREFIX),
    NamedUnit(("gram", "gramme"), "g", (0, 1, 0, 0, 0, 0, 0), 1e-3),
    NamedUnit(("second",), "s", (0, 0, 1, 0, 0, 0, 0), short="num"),
    NamedUnit(("amp", "ampere"), "A", (0, 0, 0, 1, 0, 0, 0), short="pnum"),
    NamedUnit(("kelvin",), "K", (0, 0, 0, 0, 1, 0, 0)),
    NamedUnit(("mole", "mol"), "mol", (0, 0, 0, 0, 0, 1, 0)),
    NamedUnit(("candela",), "cd", (0, 0, 0, 0, 0, 0, 1)),
    NamedUnit(("coulomb",), "C", (0, 0, 1, 1, 0, 0, 0)),
    NamedUnit(("farad",), "F", (-2, -1, 4, 2, 0, 0, 0), short="pnum"),
    NamedUnit(("henry",), "H", (2, 1, -2, -2, 0, 0, 0)),
    NamedUnit(("Hz", "hertz"), "Hz", (0, 0, -1, 0, 0, 0, 0)),
    NamedUnit(("joule",), "J", (2, 1, -2, 0, 0, 0, 0)),
    NamedUnit(("katal",), "kat", (0, 0, -1, 0, 0, 1, 0)),
    NamedUnit(("litre", "liter"), "l", (3, 0, 0, 0, 0, 0, 0), 1e-3),
    NamedUnit(("molar",), "M", (-3, 0, 0, 0, 0, 1, 0), 1e3, short="pnum"),
    NamedUnit(("newton",), "N", (1, 1, -2, 0, 0, 0, 0)),
    NamedUnit(("ohm",), "ohm", (2, 1, -3, -2, 0, 0, 0)),
    NamedUnit(("pascal",), "Pa", (-1, 1, -2, 0, 0, 0, 0)),
    NamedUnit(("siemens",), "S", (-2, -1, 3, 2, 0, 0, 0), short="pnum"),
    NamedUnit(("tesla",), "T", (0, 1, -2, -1, 0, 0, 0)),
    NamedUnit(("volt",), "V", (2, 1, -3, -1, 0, 0, 0), short="pnum"),
    NamedUnit(("watt",), "W", (2, 1, -3, 0, 0, 0, 0)),
    NamedUnit(("weber",), "Wb", (2, 1, -2, -1, 0, 0, 0)),
)

_POWERS = (2, 3)
_NOT_PRINTED = frozenset({"gram", "litre", "cmetre", "katal"})
_PRINTED_GRAMS = ("fgram", "pgram", "ngram", "ugram", "mgram", "gram", "kilogram")
_PRINTED_POWERS = ("um", "mm", "metre")
# No reader wants megametres, kiloseconds or kilomolars.
_LARGEST_PRINTED = {"metre": 1e3, "second": 1.0, "molar": 1e3}


def _add(row: NamedUnit, prefix: str, scale: float) -> None:
    # Rounded to the decimal number that is meant: 1e-6*1e-3 is not 1e-9 to the last bit.
    value = float(f"{scale * row.scale:.3g}")
    symbol = prefix + row.symbol
    long_names = [prefix + name for name in row.names]
    short_names = [symbol] if prefix and prefix in row.short else []
    name = (short_names + long_names)[0]
    dimension = Dimension(*row.exponents)
    unit = Unit(value, dimension, ((symbol, name, 1),), name)
    for spelling in long_names + short_names:
        UNITS[spelling] = unit
    raised_names = long_names + (short_names if row.symbol == "m" else [])
    for power in _POWERS:
        raised = Unit(
            float(f"{value**power:.3g}"),
            unit.dimension**power,
            ((symbol, name, power),),
            f"{name if name in raised_names else long_names[0]}{power}",
        )
        for spelling in raised_names:
            UNITS[f"{spelling}{power}"] = raised


def _printed(row: NamedUnit) -> list[Unit]:
    largest = _LARGEST_PRINTED.get(row.names[0], 1e12)
    units = (
        UNITS[prefix + row.names[0]]
        for prefix in row.prefixes
        if prefix + row.names[0] not in _NOT_PRINTED
    )
    return sorted((u for u in units if u.value <= largest), key=lambda u: u.value)


def _fill() -> None:
    for row in NAMED_UNITS:
        for prefix, scale in row.prefixes.items():
            _add(row, prefix, scale)
    for row in NAMED_UNITS:
        if row.names[0] not in ("gram", "kilogram", "litre", "katal"):
            STANDARD_UNITS[Dimension(*row.exponents)] = tuple(_printed(row))
    STANDARD_UNITS[Dimension.of(kilogram=1)] = tuple(UNITS[name] for name in _PRINTED_GRAMS)
    for power in _POWERS:
        units = tuple(UNITS[f"{name}{power}"] for name in _PRINTED_POWERS)
        STANDARD_UNITS[units[0].dimension] = units


_fill()
