"""The functions and constants of the language: one table, read by every stage.

A function is described by how many arguments it takes, what it does to units, what it does to
kinds (boolean, integer, floating point), and which random distribution it draws from, if any. How
a target computes it is the target's affair. Functions from outside the language are described in
the same way; which there are is said by what surrounds a text, and handed to the checks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from eqsim.expressions.nodes import Call, Kind
from eqsim.expressions.statements import Distribution
from eqsim.units.dimensions import Dimension


class DimensionRule(Enum):
    """What a function asks of the dimensions of its arguments, and what it returns.

    ``NUMBER`` takes and returns pure numbers. ``SAME`` takes arguments of one common dimension
    and returns it. ``RATIO`` takes arguments of one common dimension and returns a number.
    ``SQUARE_ROOT`` takes any dimension and returns its root.
    """

    NUMBER = "number"
    SAME = "same"
    RATIO = "ratio"
    SQUARE_ROOT = "square root"


class KindRule(Enum):
    """The kind of number that a function returns; ``HIGHEST`` is that of its highest argument."""

    FLOAT = "float"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    HIGHEST = "highest"

    @classmethod
    def of(cls, kind: Kind) -> KindRule:
        """Return the rule of a function that returns one kind whatever its arguments."""
        return cls(kind.value)

    @property
    def returned(self) -> Kind | None:
        """The kind that is returned whatever the arguments, None if it follows from them."""
        return _RETURNED.get(self)


_RETURNED = {KindRule.of(kind): kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Signature:
    """Dimensions of the arguments and of the result, one by one.

    Parameters
    ----------
    arguments : tuple of Dimension, int or None
        What each argument must have; the number of an earlier argument, from 0, for the dimension
        of that one; None takes anything.
    result : Dimension or callable
        What the function returns, or a function that gives it from the dimensions of all
        arguments. What fits everywhere, as 0 does, counts there as having no dimension.
    """

    arguments: tuple[Dimension | int | None, ...]
    result: Dimension | Callable[..., Dimension]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that expressions may call.

    Parameters
    ----------
    name : str
        The user's name for it.
    n_arguments : int
        How many arguments a call has.
    dimensions : DimensionRule or Signature
        What it does to dimensions.
    kind : KindRule
        What kind of number it returns.
    distribution : Distribution, optional
        What it draws from, if it is random: every use is a new number.
    takes : tuple of Kind or None, optional
        What each argument may be: ``FLOAT`` for numbers, ``INTEGER``, ``BOOLEAN``, or None for
        anything. By default all are numbers.
    is_stateless : bool
        Whether equal arguments give equal results; random functions do not.
    parameters : tuple of str, optional
        Names of the arguments, for messages.
    """

    name: str
    n_arguments: int = 1
    dimensions: DimensionRule | Signature = DimensionRule.NUMBER
    kind: KindRule = KindRule.FLOAT
    distribution: Distribution | None = None
    takes: tuple[Kind | None, ...] | None = None
    is_stateless: bool = True
    parameters: tuple[str, ...] | None = None

    @property
    def is_random(self) -> bool:
        """Whether each use gives a new number."""
        return self.distribution is not None or not self.is_stateless

    @property
    def taken(self) -> tuple[Kind | None, ...]:
        """What each argument may be."""
        return (Kind.FLOAT,) * self.n_arguments if self.takes is None else self.takes


_NUMBER_FUNCTIONS = (
    "exp", "log", "log10", "log1p", "expm1", "exprel", "inverse_exprel",
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan",
    "floor", "ceil",
)  # fmt: skip

_SAME, _HIGHEST, _INTEGER = DimensionRule.SAME, KindRule.HIGHEST, KindRule.INTEGER

_TABLE = (
    *(Function(name) for name in _NUMBER_FUNCTIONS),
    Function("rand", 0, distribution=Distribution.UNIFORM),
    Function("randn", 0, distribution=Distribution.NORMAL),
    Function("poisson", 1, kind=_INTEGER, distribution=Distribution.POISSON),
    Function(
        "binomial", 2, kind=_INTEGER, distribution=Distribution.BINOMIAL,
        takes=(Kind.INTEGER, Kind.FLOAT),
    ),
    Function("sqrt", 1, DimensionRule.SQUARE_ROOT),
    Function("abs", 1, _SAME, _HIGHEST),
    Function("sign", 1, DimensionRule.RATIO, _HIGHEST),
    Function("clip", 3, _SAME, _HIGHEST),
    Function("minimum", 2, _SAME, _HIGHEST),
    Function("maximum", 2, _SAME, _HIGHEST),
    Function("int", 1, kind=_INTEGER, takes=(None,)),
    Function("timestep", 2, DimensionRule.RATIO, _INTEGER),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = MappingProxyType({f.name: f for f in _TABLE})
"""Every function that is always there, by name."""

CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e, "inf": math.inf})
"""Every constant that is always there, by name."""


def function_of(call: Call) -> Function | None:
    """Return what a call calls, None if its name has not been looked up."""
    return call.definition or FUNCTIONS.get(call.function)


def is_random(name: str) -> bool:
    """Return whether each use of a function gives a new number; False if it is unknown.

    Examples
    --------
    >>> is_random("rand"), is_random("exp"), is_random("my_function")
    (True, False, False)
    """
    function = FUNCTIONS.get(name)
    return function is not None and function.is_random
