"""Quantities and units as mathematics for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eqsim.units.dimensions import Exponent
from eqsim.units.display import number_text

if TYPE_CHECKING:
    from eqsim.units.unit import Unit


def scalar_latex(value: Any, unit: Unit) -> str:
    r"""Return a number of SI units, shown in a unit, as LaTeX.

    Examples
    --------
    >>> from eqsim.units import mV, siemens
    >>> print(scalar_latex(-0.07, mV))
    -70\,\mathrm{mV}
    >>> print(scalar_latex(3e-5, siemens))
    3 \times 10^{-5}\,\mathrm{S}
    """
    return rf"{_number(value / unit.value)}\,{product_latex(unit.factors)}"


def product_latex(factors: tuple[tuple[str, str, Exponent], ...]) -> str:
    r"""Return a product of powers of units as LaTeX.

    Examples
    --------
    >>> from eqsim.units import cm, uF
    >>> print(product_latex((uF / cm**2).factors))
    \mathrm{\mu F}\,\mathrm{cm}^{-2}
    """
    return r"\,".join(
        _symbol(symbol) + ("" if exponent == 1 else f"^{{{exponent}}}")
        for symbol, _, exponent in factors
    )


def _symbol(symbol: str) -> str:
    if symbol.startswith("u"):  # no unit begins with it
        symbol = rf"\mu {symbol[1:]}"
    return rf"\mathrm{{{symbol.replace('ohm', chr(92) + 'Omega')}}}"


def _number(number: Any) -> str:
    text = number_text(number)
    digits, e, power = text.partition("e")
    if not e or isinstance(number, complex):
        return {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}.get(text, text)
    return rf"{digits} \times 10^{{{int(power)}}}"
