"""Physical dimensions as interned exponents, and their names in units a user knows.

Two dimensions are equal exactly if they are the same object, so that checks are ``is`` and the
product of two dimensions is one look-up in a dictionary.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from eqsim.errors import ModelError

Exponent = int | Fraction

BASE_NAMES = ("metre", "kilogram", "second", "ampere", "kelvin", "mole", "candela")
_SPELLINGS = {
    "meter": "metre", "amp": "ampere", "mol": "mole", "length": "metre", "mass": "kilogram",
    "time": "second", "current": "ampere", "temperature": "kelvin", "substance": "mole",
    "luminosity": "candela",
}  # fmt: skip
_LARGEST_DENOMINATOR = 1000
_EXPONENT_TOLERANCE = 1e-9


def simple_exponent(exponent: float | Fraction) -> Exponent:
    """Return the simple fraction that an exponent stands for, as an int where possible.

    Raises
    ------
    ModelError
        If no fraction with a denominator up to 1000 is close to the number.

    Examples
    --------
    >>> simple_exponent(1 / 3)
    Fraction(1, 3)
    >>> simple_exponent(2.0)
    2
    """
    if isinstance(exponent, int):
        return int(exponent)
    if exponent - exponent != 0:
        raise ModelError(f"the exponent {exponent!r} of a quantity is not finite")
    fraction = Fraction(exponent).limit_denominator(_LARGEST_DENOMINATOR)
    if abs(float(fraction) - float(exponent)) > _EXPONENT_TOLERANCE:
        raise ModelError(
            f"the exponent {exponent!r} of a quantity is not a simple fraction\n"
            "  a dimension can be raised to fractions such as 0.5 or 1/3\n"
            "  divide by a unit first: (x/unit)**exponent"
        )
    return fraction.numerator if fraction.denominator == 1 else fraction


class Dimension:
    """A product of powers of the seven SI base dimensions; interned.

    Parameters
    ----------
    exponents : int or Fraction
        Seven of them: metre, kilogram, second, ampere, kelvin, mole, candela.

    Examples
    --------
    >>> speed = Dimension(1, 0, -1, 0, 0, 0, 0)
    >>> speed is Dimension.of(metre=1) / Dimension.of(second=1)
    True
    >>> print(speed)
    m/s
    """

    __slots__ = ("exponents",)
    _known: dict[tuple[Exponent, ...], Dimension] = {}  # noqa: RUF012 - the intern table
    exponents: tuple[Exponent, ...]

    def __new__(cls, *exponents: Exponent) -> Dimension:
        """Return the one object with these exponents."""
        if len(exponents) != len(BASE_NAMES):
            raise TypeError(f"a dimension has {len(BASE_NAMES)} exponents, not {len(exponents)}")
        key = tuple(simple_exponent(e) for e in exponents)
        known = cls._known.get(key)
        if known is None:
            known = super().__new__(cls)
            known.exponents = key
            known = cls._known.setdefault(key, known)
        return known

    @classmethod
    def of(cls, **exponents: float | Fraction) -> Dimension:
        """Return the dimension with exponents given by the names of the base units.

        Parameters
        ----------
        **exponents : float or Fraction
            ``metre`` (``meter``), ``kilogram``, ``second``, ``ampere`` (``amp``), ``kelvin``,
            ``mole`` (``mol``), ``candela``; or of the dimensions: ``length``, ``mass``, ``time``,
            ``current``, ``temperature``, ``substance``, ``luminosity``.

        Raises
        ------
        TypeError
            If a name is not that of a base unit.
        """
        given = {_SPELLINGS.get(name, name): simple_exponent(e) for name, e in exponents.items()}
        unknown = [name for name in given if name not in BASE_NAMES]
        if unknown:
            known = ", ".join(BASE_NAMES)
            raise TypeError(f"{unknown[0]!r} is not a base unit\n  known: {known}")
        return cls(*(given.get(name, 0) for name in BASE_NAMES))

    def get_dimension(self, name: str) -> Exponent:
        """Return the exponent of a base dimension.

        Parameters
        ----------
        name : str
            As for :meth:`of`: ``"length"``, ``"metre"``.

        Examples
        --------
        >>> Dimension.of(metre=1, second=-1).get_dimension("time")
        -1
        """
        base = _SPELLINGS.get(name, name)
        if base not in BASE_NAMES:
            known = ", ".join((*_SPELLINGS, *BASE_NAMES))
            raise TypeError(f"{name!r} is not a base dimension\n  known: {known}")
        return self.exponents[BASE_NAMES.index(base)]

    def __mul__(self, other: Dimension) -> Dimension:
        if not isinstance(other, Dimension):
            return NotImplemented
        product = _PRODUCTS.get((self, other))
        if product is None:
            pairs = zip(self.exponents, other.exponents, strict=True)
            product = _PRODUCTS[self, other] = Dimension(*(a + b for a, b in pairs))
        return product

    def __truediv__(self, other: Dimension) -> Dimension:
        if not isinstance(other, Dimension):
            return NotImplemented
        quotient = _QUOTIENTS.get((self, other))
        if quotient is None:
            pairs = zip(self.exponents, other.exponents, strict=True)
            quotient = _QUOTIENTS[self, other] = Dimension(*(a - b for a, b in pairs))
        return quotient

    def __pow__(self, exponent: float | Fraction) -> Dimension:
        power = simple_exponent(exponent)
        return Dimension(*(e * power for e in self.exponents))

    def __copy__(self) -> Dimension:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Dimension:
        return self

    def __reduce__(self) -> tuple[type[Dimension], tuple[Exponent, ...]]:
        return Dimension, self.exponents

    def __repr__(self) -> str:
        given = zip(BASE_NAMES, self.exponents, strict=True)
        return f"Dimension.of({', '.join(f'{name}={e!s}' for name, e in given if e)})"

    def __str__(self) -> str:
        return dimension_name(self)


_PRODUCTS: dict[tuple[Dimension, Dimension], Dimension] = {}
_QUOTIENTS: dict[tuple[Dimension, Dimension], Dimension] = {}

DIMENSIONLESS: Dimension = Dimension(0, 0, 0, 0, 0, 0, 0)
SECOND: Dimension = Dimension.of(second=1)
HERTZ: Dimension = Dimension.of(second=-1)


class NamedDimension(NamedTuple):
    """A coherent SI unit that can stand in the name of a dimension.

    Attributes
    ----------
    symbol : str
        As printed: ``"V"``.
    code : str
        As written in a script: ``"volt"``.
    dimension : Dimension
        What it measures.
    weight : int
        How far from what a modeller writes: the lightest product is the name.
    """

    symbol: str
    code: str
    dimension: Dimension
    weight: int


Factor = tuple[NamedDimension, Exponent]

# The order breaks ties.
NAMED_DIMENSIONS = (
    NamedDimension("V", "volt", Dimension(2, 1, -3, -1, 0, 0, 0), 4),
    NamedDimension("A", "amp", Dimension(0, 0, 0, 1, 0, 0, 0), 4),
    NamedDimension("S", "siemens", Dimension(-2, -1, 3, 2, 0, 0, 0), 4),
    NamedDimension("s", "second", Dimension(0, 0, 1, 0, 0, 0, 0), 4),
    NamedDimension("m", "metre", Dimension(1, 0, 0, 0, 0, 0, 0), 4),
    NamedDimension("F", "farad", Dimension(-2, -1, 4, 2, 0, 0, 0), 4),
    NamedDimension("ohm", "ohm", Dimension(2, 1, -3, -2, 0, 0, 0), 4),
    NamedDimension("C", "coulomb", Dimension(0, 0, 1, 1, 0, 0, 0), 5),
    NamedDimension("mol", "mole", Dimension(0, 0, 0, 0, 0, 1, 0), 4),
    NamedDimension("K", "kelvin", Dimension(0, 0, 0, 0, 1, 0, 0), 4),
    NamedDimension("kg", "kilogram", Dimension(0, 1, 0, 0, 0, 0, 0), 4),
    NamedDimension("cd", "candela", Dimension(0, 0, 0, 0, 0, 0, 1), 4),
    NamedDimension("W", "watt", Dimension(2, 1, -3, 0, 0, 0, 0), 7),
    NamedDimension("J", "joule", Dimension(2, 1, -2, 0, 0, 0, 0), 7),
    NamedDimension("N", "newton", Dimension(1, 1, -2, 0, 0, 0, 0), 7),
    NamedDimension("Pa", "pascal", Dimension(-1, 1, -2, 0, 0, 0, 0), 7),
    NamedDimension("Wb", "weber", Dimension(2, 1, -2, -1, 0, 0, 0), 15),
    NamedDimension("T", "tesla", Dimension(0, 1, -2, -1, 0, 0, 0), 15),
    NamedDimension("H", "henry", Dimension(2, 1, -2, -2, 0, 0, 0), 15),
)
_BASE = tuple(
    named for named in NAMED_DIMENSIONS if sum(e != 0 for e in named.dimension.exponents) == 1
)
_BASE_IN_ORDER = tuple(
    min(_BASE, key=lambda named: named.dimension.exponents[place] != 1)
    for place in range(len(BASE_NAMES))
)
_DERIVED = tuple(named for named in NAMED_DIMENSIONS if named not in _BASE)
_POWERS = (1, -1, 2, -2, Fraction(1, 2), Fraction(-1, 2))
_NEGATIVE_PENALTY = 0.5
_ROOT_PENALTY = 8


def _weight(factors: tuple[Factor, ...]) -> float:
    return sum(
        named.weight * (1 + abs(float(power)))
        + _NEGATIVE_PENALTY * (power < 0)
        + _ROOT_PENALTY * (not isinstance(power, int))
        for named, power in factors
    )


def _with_base(derived: tuple[Factor, ...], dimension: Dimension) -> tuple[Factor, ...]:
    """Return factors that give the dimension: some derived units, the rest in base units."""
    rest = list(dimension.exponents)
    for named, power in derived:
        rest = [e - power * u for e, u in zip(rest, named.dimension.exponents, strict=True)]
    base = zip(_BASE_IN_ORDER, rest, strict=True)
    return derived + tuple((named, simple_exponent(e)) for named, e in base if e)


def _candidates(dimension: Dimension) -> Iterator[tuple[Factor, ...]]:
    yield _with_base((), dimension)
    for named in _DERIVED:
        for power in _POWERS:
            yield _with_base(((named, power),), dimension)
    for first, second in itertools.combinations(_DERIVED, 2):
        for powers in itertools.product((1, -1), repeat=2):
            yield _with_base(((first, powers[0]), (second, powers[1])), dimension)


@functools.lru_cache(maxsize=1024)
def dimension_factors(dimension: Dimension) -> tuple[Factor, ...]:
    """Return the powers of named units whose product is the nicest name of the dimension.

    Tried are up to two derived units times whatever base units are left over.
    """
    best = min(_candidates(dimension), key=_weight)
    return tuple(sorted(best, key=lambda factor: factor[1] < 0))


def power_text(name: str, exponent: Exponent, sign: str) -> str:
    """Return ``name`` raised to a positive exponent: ``m^2``, ``second**0.5``."""
    if exponent == 1:
        return name
    if isinstance(exponent, int):
        return f"{name}{sign}{exponent}"
    decimal = f"{float(exponent):.6g}"
    exact = Fraction(decimal) == exponent
    return f"{name}{sign}{decimal}" if exact else f"{name}{sign}({exponent})"


def product_text(factors: tuple[tuple[str, Exponent], ...], sign: str) -> str:
    """Return a product of powers as text: ``A/(m^2*s)``; ``1`` if there is no factor."""
    above = [power_text(name, e, sign) for name, e in factors if e > 0]
    below = [power_text(name, -e, sign) for name, e in factors if e < 0]
    numerator = "*".join(above) or "1"
    if not below:
        return numerator
    denominator = below[0] if len(below) == 1 else f"({'*'.join(below)})"
    return f"{numerator}/{denominator}"


def dimension_name(dimension: Dimension) -> str:
    """Return the nicest unit expression for a dimension, as errors show it.

    Parameters
    ----------
    dimension : Dimension
        What is to be named.

    Examples
    --------
    >>> volt, second = Dimension(2, 1, -3, -1, 0, 0, 0), Dimension.of(second=1)
    >>> dimension_name(volt**2 / second), dimension_name(DIMENSIONLESS / second**0.5)
    ('V^2/s', '1/s^0.5')
    >>> dimension_name(DIMENSIONLESS)
    '1'
    """
    factors = dimension_factors(dimension)
    return product_text(tuple((named.symbol, e) for named, e in factors), "^")


_PREFERRED_CODE = {
    Dimension.of(second=-1): "hertz",
    Dimension.of(mole=1, metre=-3): "mM",
}


def base_unit_for(dimension: Dimension) -> str:
    """Return the unscaled unit that a user writes to declare a variable.

    Parameters
    ----------
    dimension : Dimension
        What the variable measures.

    Examples
    --------
    >>> base_unit_for(Dimension.of(metre=2)), base_unit_for(DIMENSIONLESS)
    ('metre**2', '1')
    >>> base_unit_for(Dimension(2, 1, -4, -1, 0, 0, 0))
    'volt/second'
    """
    preferred = _PREFERRED_CODE.get(dimension)
    if preferred is not None:
        return preferred
    factors = dimension_factors(dimension)
    return product_text(tuple((named.code, e) for named, e in factors), "**")
