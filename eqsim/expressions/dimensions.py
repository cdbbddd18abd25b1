"""The dimension of an expression, and what is wrong where dimensions do not fit.

The dimension that is expected is passed down, sums are looked at as a whole, and the term that
differs from the rest is the one that is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import assert_never

from eqsim.errors import DimensionError, EquationError, ModelError, UnknownNameError, did_you_mean
from eqsim.expressions.exponents import constant_value
from eqsim.expressions.functions import CONSTANTS, FUNCTIONS, DimensionRule, Function, Signature
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Expr,
    Literal,
    Logical,
    Name,
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.parser import unknown_function
from eqsim.expressions.printer import short_text
from eqsim.source import Span
from eqsim.units.dimensions import DIMENSIONLESS, SECOND, Dimension, dimension_name
from eqsim.units.names import UNITS

NOISE = SECOND**-0.5
"""The dimension of ``xi``, white noise."""


class _Open(Enum):
    """Where no single dimension can be given."""

    ANY = "zero and infinity fit everywhere"
    UNKNOWN = "an error was found, and is not to be reported again"


_Found = Dimension | _Open

_LARGEST_EXPONENT = 1000
_DERIVATIVE_HINT = "divide by a time constant"
_SUMS = (BinaryOperator.ADD, BinaryOperator.SUBTRACT)


def is_noise(name: str) -> bool:
    """Whether a name stands for white noise: ``xi`` and ``xi_...``."""
    return name == "xi" or name.startswith("xi_")


def check_dimensions(
    expr: Expr,
    dimensions: Mapping[str, Dimension],
    expected: Dimension | None,
    errors: list[EquationError],
    *,
    left: str | None = None,
    functions: Mapping[str, Function] = FUNCTIONS,
) -> Dimension | None:
    """Return the dimension of ``expr``; append what does not fit to ``errors``.

    Parameters
    ----------
    expr : Expr
        The expression.
    dimensions : mapping of str to Dimension
        Dimensions of names. Names that are not in it are looked up among the constants, the
        units and the noise terms.
    expected : Dimension, optional
        What it must have; not given if anything will do.
    errors : list of EquationError
        Where errors are added.
    left : str, optional
        The left side of the equation, as its error message names it.
    functions : mapping of str to Function, optional
        What may be called; by default the functions of the language.

    Returns
    -------
    Dimension or None
        None for what fits everywhere (0 and infinity), and where an error leaves it open.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.source import Source
    >>> errors = []
    >>> expr = parse_expression(Source("v + 3"))
    >>> check_dimensions(expr, {"v": UNITS["volt"].dimension}, None, errors)
    Dimension.of(metre=2, kilogram=1, second=-3, ampere=-1)
    >>> print(errors[0])
    '3' has no dimension but is added to 'v', which has dimension V
      equations, line 1, column 5
        v + 3
            ^
      a factor with dimension V is missing here
    """
    try:
        found = _Dimensions(dimensions, errors, functions).of(expr, expected)
    except ModelError as error:
        # Roots of roots end at exponents that are no simple fractions.
        problem, *details = str(error).splitlines()
        errors.append(DimensionError(problem, expr.span, details=[d.strip() for d in details]))
        return None
    if not isinstance(found, Dimension):
        return None
    if expected is not None and found is not expected:
        errors.append(_wrong_side(expr, found, expected, left))
    return found


def _wrong_side(
    expr: Expr, found: Dimension, expected: Dimension, left: str | None
) -> DimensionError:
    if left is None:
        problem = f"this must have {named(expected)}, but has {named(found)}"
    else:
        problem = f"left side {left!r} has {named(expected)} but right side has {named(found)}"
    forgotten_time = expected is found / SECOND
    return DimensionError(
        problem,
        expr.span,
        details=(f"a factor with dimension {dimension_name(expected / found)} is missing",),
        hint=_DERIVATIVE_HINT if forgotten_time and left is not None else None,
    )


def named(dimension: Dimension) -> str:
    """Return how a message names a dimension."""
    if dimension is DIMENSIONLESS:
        return "no dimension"
    return f"dimension {dimension_name(dimension)}"


class _Dimensions:
    """Dimensions of the names of one expression."""

    def __init__(
        self,
        dimensions: Mapping[str, Dimension],
        errors: list[EquationError],
        functions: Mapping[str, Function],
    ) -> None:
        self.dimensions = dimensions
        self.errors = errors
        self.functions = functions

    def of(self, expr: Expr, want: Dimension | None = None) -> _Found:
        match expr:
            case Literal(value):
                return _literal(value)
            case Name():
                return self.name(expr)
            case Unary(UnaryOperator.NEGATE, operand):
                return self.of(operand, want)
            case Unary(_, operand):
                self.of(operand)
                return DIMENSIONLESS
            case Binary():
                return self.binary(expr, want)
            case Compare(_, left, right):
                self.common((left, right), None, ("compared with",))
                return DIMENSIONLESS
            case Logical(_, left, right):
                self.of(left)
                self.of(right)
                return DIMENSIONLESS
            case Call():
                return self.call(expr, want)
            case Select(condition, if_true, if_false):
                self.of(condition)
                return self.common((if_true, if_false), want, ("an alternative to",))
            case _:
                assert_never(expr)

    def name(self, expr: Name) -> _Found:
        identifier = expr.identifier
        if identifier in self.dimensions:
            return self.dimensions[identifier]
        if identifier == "inf":
            return _Open.ANY
        if identifier in CONSTANTS:
            return DIMENSIONLESS
        if identifier in UNITS:
            return UNITS[identifier].dimension
        if is_noise(identifier):
            return NOISE
        self.errors.append(unknown_name(expr, self.dimensions))
        return _Open.UNKNOWN

    def binary(self, expr: Binary, want: Dimension | None) -> _Found:
        match expr.operator:
            case BinaryOperator.ADD | BinaryOperator.SUBTRACT:
                terms, verbs = _terms(expr)
                return self.common(terms, want, verbs)
            case BinaryOperator.MULTIPLY:
                return self.product(expr, want)
            case BinaryOperator.DIVIDE:
                return self.quotient(expr, want)
            case BinaryOperator.FLOOR_DIVIDE:
                self.common((expr.left, expr.right), None, ("divided by",))
                return DIMENSIONLESS
            case BinaryOperator.MODULO:
                return self.common((expr.left, expr.right), want, ("taken modulo",))
            case BinaryOperator.POWER:
                return self.power(expr)
            case _:
                assert_never(expr.operator)

    def common(
        self, terms: Sequence[Expr], want: Dimension | None, verbs: Sequence[str]
    ) -> _Found:
        """Return the one dimension that all terms have; report the first that differs.

        ``verbs`` tells what joins each term but the first with those before it.
        """
        found = [self.of(term, want) for term in terms]
        known = [dimension for dimension in found if isinstance(dimension, Dimension)]
        if not known:
            return _Open.UNKNOWN if _Open.UNKNOWN in found else _Open.ANY
        reference = want if want in known else Counter(known).most_common(1)[0][0]
        if all(dimension is reference for dimension in known):
            return reference
        odd = next(
            place
            for place, dimension in enumerate(found)
            if isinstance(dimension, Dimension) and dimension is not reference
        )
        verb = verbs[min(max(odd - 1, 0), len(verbs) - 1)]
        self.report(terms[odd], found[odd], verb, terms[found.index(reference)], reference)
        return reference

    def report(
        self, term: Expr, found: _Found, verb: str, other: Expr, reference: Dimension
    ) -> None:
        assert isinstance(found, Dimension)
        self.errors.append(
            DimensionError(
                f"{short_text(term)} has {named(found)} but is {verb} {short_text(other)}, "
                f"which has {named(reference)}",
                term.span,
                details=(
                    f"a factor with dimension {dimension_name(reference / found)} is missing here",
                ),
            )
        )

    def product(self, expr: Binary, want: Dimension | None) -> _Found:
        # The side that is no sum tells what the sum should have.
        if _is_sum(expr.left) and not _is_sum(expr.right):
            right = self.of(expr.right)
            left = self.of(expr.left, _divided(want, right))
        else:
            left = self.of(expr.left)
            right = self.of(expr.right, _divided(want, left))
        if left is _Open.UNKNOWN or right is _Open.UNKNOWN:
            return _Open.UNKNOWN
        return _certain(left) * _certain(right)

    def quotient(self, expr: Binary, want: Dimension | None) -> _Found:
        right = self.of(expr.right)
        above = None
        if want is not None and isinstance(right, Dimension):
            above = want * right
        left = self.of(expr.left, above)
        if left is _Open.UNKNOWN or right is _Open.UNKNOWN:
            return _Open.UNKNOWN
        return _certain(left) / _certain(right)

    def power(self, expr: Binary) -> _Found:
        base = self.of(expr.left)
        exponent = self.of(expr.right, DIMENSIONLESS)
        if isinstance(exponent, Dimension) and exponent is not DIMENSIONLESS:
            self.errors.append(
                DimensionError(
                    f"the exponent {short_text(expr.right)} has {named(exponent)}",
                    expr.right.span,
                    hint="an exponent is a number; divide by a unit first",
                )
            )
            return _Open.UNKNOWN
        if base is DIMENSIONLESS or not isinstance(base, Dimension):
            return base
        return self.raised(expr, base)

    def raised(self, expr: Binary, base: Dimension) -> _Found:
        exponent = constant_value(expr.right)
        if exponent is not None and abs(exponent) <= _LARGEST_EXPONENT:
            return base**exponent
        self.errors.append(
            DimensionError(
                f"{short_text(expr.left)} has {named(base)}, so its exponent must be a number",
                expr.right.span,
                details=("simple fractions will do: 2, 0.5, 1/3",),
                hint=f"for other exponents divide {short_text(expr.left)} by a unit first",
            )
        )
        return _Open.UNKNOWN

    def call(self, expr: Call, want: Dimension | None) -> _Found:
        function = self.functions.get(expr.function)
        if function is None:
            self.errors.append(unknown_function(expr.function, expr.span, self.functions))
            return _Open.UNKNOWN
        match function.dimensions:
            case DimensionRule.NUMBER:
                for argument in expr.arguments:
                    self.argument(expr.function, argument, DIMENSIONLESS)
                return DIMENSIONLESS
            case DimensionRule.SAME:
                return self.common(expr.arguments, want, (f"in {expr.function}() beside",))
            case DimensionRule.RATIO:
                self.common(expr.arguments, None, (f"in {expr.function}() beside",))
                return DIMENSIONLESS
            case DimensionRule.SQUARE_ROOT:
                inner = self.of(expr.arguments[0], None if want is None else want**2)
                return inner**0.5 if isinstance(inner, Dimension) else inner
            case Signature():
                return self.signature(expr, function.dimensions)
            case _:
                assert_never(function.dimensions)

    def signature(self, expr: Call, signature: Signature) -> _Found:
        found: list[_Found] = []
        for argument, wanted in zip(expr.arguments, signature.arguments, strict=True):
            if isinstance(wanted, int):
                other = found[wanted]
                wanted = other if isinstance(other, Dimension) else None
            found.append(self.argument(expr.function, argument, wanted))
        if isinstance(signature.result, Dimension):
            return signature.result
        if _Open.UNKNOWN in found:
            return _Open.UNKNOWN
        return signature.result(*map(_certain, found))

    def argument(self, function: str, argument: Expr, expected: Dimension | None) -> _Found:
        found = self.of(argument, expected)
        if expected is None or found is expected or not isinstance(found, Dimension):
            return found
        if expected is DIMENSIONLESS:
            hint = f"divide by a quantity with {named(found)}"
        else:
            hint = f"a factor with dimension {dimension_name(expected / found)} is missing"
        self.errors.append(
            DimensionError(
                f"{function!r} takes an argument with {named(expected)}, "
                f"but {short_text(argument)} has {named(found)}",
                argument.span,
                hint=hint,
            )
        )
        return _Open.UNKNOWN


def unknown_name(expr: Name, defined: Mapping[str, object]) -> UnknownNameError:
    """Return the error for a name that is not among those defined."""
    return unknown_identifier(expr.identifier, expr.span, defined)


def unknown_identifier(
    name: str, span: Span | None, defined: Mapping[str, object]
) -> UnknownNameError:
    """Return the error for a name that nothing defines, with what was probably meant."""
    # The keys of what texts cannot name have dots.
    known = sorted(each for each in defined if each.isidentifier())
    shown = ", ".join(known) or "nothing"
    hint = did_you_mean(name, known)
    if hint is None:
        # Units have short names, to which almost everything is a little similar.
        hint = did_you_mean(name, (*UNITS, *CONSTANTS), similarity=0.75)
    return UnknownNameError(
        f"{name!r} is not defined", span, details=(f"defined here: {shown}",), hint=hint
    )


def _literal(value: float) -> _Found:
    if isinstance(value, bool):
        return DIMENSIONLESS
    return _Open.ANY if value == 0 or value - value != 0 else DIMENSIONLESS


def _terms(expr: Expr) -> tuple[list[Expr], list[str]]:
    """Return the terms of a sum from left to right, and what joins each with those before."""
    terms: list[Expr] = []
    verbs: list[str] = []
    while isinstance(expr, Binary) and expr.operator in _SUMS:
        terms.append(expr.right)
        verbs.append("added to" if expr.operator is BinaryOperator.ADD else "subtracted from")
        expr = expr.left
    terms.append(expr)
    return terms[::-1], verbs[::-1]


def _is_sum(expr: Expr) -> bool:
    while isinstance(expr, Unary):
        expr = expr.operand
    return isinstance(expr, Binary) and expr.operator in _SUMS


def _certain(found: _Found) -> Dimension:
    return found if isinstance(found, Dimension) else DIMENSIONLESS


def _divided(want: Dimension | None, by: _Found) -> Dimension | None:
    return want / by if want is not None and isinstance(by, Dimension) else None
