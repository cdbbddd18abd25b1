"""The unit at the end of a declaration to a dimension and a kind of value."""

from __future__ import annotations

from eqsim.equations.declarations import Flag
from eqsim.errors import DimensionError, EquationSyntaxError, UnknownNameError, did_you_mean
from eqsim.expressions.exponents import constant_value
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Binary, BinaryOperator, Expr, Literal, Name
from eqsim.expressions.parser import parse_expression
from eqsim.source import Span
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for
from eqsim.units.names import UNITS

_KINDS = {"boolean": Kind.BOOLEAN, "integer": Kind.INTEGER}
_ANGLES = ("radian", "steradian")
"""Units that say what a number is for, and have no dimension."""
_MEANT = {
    "bool": "boolean",
    "int": "integer",
    "float": "1",
    "double": "1",
    "real": "1",
    "number": "1",
    "dimensionless": "1",
}
_SYMBOLS = {
    "A": "amp",
    "C": "coulomb",
    "F": "farad",
    "H": "henry",
    "J": "joule",
    "K": "kelvin",
    "M": "molar",
    "N": "newton",
    "S": "siemens",
    "V": "volt",
    "W": "watt",
    "g": "gram",
    "kg": "kilogram",
    "m": "metre",
    "s": "second",
    "sec": "second",
}
_LARGEST_EXPONENT = 100


def parse_unit(span: Span) -> tuple[Dimension, Kind]:
    """Return the dimension and the kind of value that a unit stands for.

    Parameters
    ----------
    span : Span
        Where the unit stands: ``volt``, ``amp/metre**2``, ``1``, ``boolean``, ``integer``.

    Raises
    ------
    EquationSyntaxError
        If the text is not a product of powers of units.
    UnknownNameError
        If a name in it is not a unit.
    DimensionError
        If a unit is scaled, as ``mV`` is.

    Examples
    --------
    >>> from eqsim.source import Source
    >>> parse_unit(Source("boolean").whole)
    (Dimension.of(), <Kind.BOOLEAN: 'boolean'>)
    """
    text = span.text.strip()
    if text in _KINDS:
        return DIMENSIONLESS, _KINDS[text]
    if text in _MEANT:
        raise EquationSyntaxError(
            f"{text!r} is not a unit", span, hint=f"did you mean {_MEANT[text]!r}?"
        )
    if ";" in text:
        raise EquationSyntaxError(
            "';' cannot separate equations", span, hint="write each equation on a line of its own"
        )
    _refuse_bare_flag(span)
    expr = parse_expression(span.source, span.start, span.stop, functions=None)
    return _dimension(expr, span), Kind.FLOAT


def _refuse_bare_flag(span: Span) -> None:
    for flag in Flag:
        unit = span.text.removesuffix(flag.value)
        if unit != span.text and unit.rstrip() != unit:
            raise EquationSyntaxError(
                f"the flag {flag.value!r} needs brackets",
                span.source.span(span.start + len(unit), span.stop),
                hint=f"write {unit.strip()} ({flag.value})",
            )


def _dimension(expr: Expr, span: Span) -> Dimension:
    match expr:
        case Literal(1):
            return DIMENSIONLESS
        case Name(identifier):
            return _named(identifier, expr.span or span)
        case Binary(BinaryOperator.MULTIPLY, left, right):
            return _dimension(left, span) * _dimension(right, span)
        case Binary(BinaryOperator.DIVIDE, left, right):
            return _dimension(left, span) / _dimension(right, span)
        case Binary(BinaryOperator.POWER, left, right):
            exponent = constant_value(right)
            if exponent is None or abs(exponent) > _LARGEST_EXPONENT:
                raise EquationSyntaxError("the exponent of a unit must be a number", right.span)
            return _dimension(left, span) ** exponent
        case _:
            raise EquationSyntaxError(
                "a unit is a product of powers of units",
                expr.span,
                details=("for example: volt, 1, amp/metre**2, volt*second**-0.5",),
            )


def _named(name: str, span: Span) -> Dimension:
    if name in _KINDS:
        raise EquationSyntaxError(f"{name!r} cannot be part of a product of units", span)
    if name in _ANGLES:
        return DIMENSIONLESS
    unit = UNITS.get(name)
    if unit is None:
        meant = _MEANT.get(name) or _SYMBOLS.get(name)
        raise UnknownNameError(
            f"{name!r} is not a unit",
            span,
            hint=f"did you mean {meant!r}?" if meant else did_you_mean(name, (*UNITS, *_KINDS)),
        )
    if float(unit.value) != 1.0:
        raise DimensionError(
            f"variables are declared in unscaled units, not in {name!r}",
            span,
            hint=f"write {base_unit_for(unit.dimension)!r}; values can be given in {name!r}",
        )
    return unit.dimension
