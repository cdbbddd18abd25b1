"""Binomial random numbers whose parameters are fixed, as a function that equations call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.expressions.functions import KindRule
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.statements import Distribution, Statement
from eqsim.network.functions.calls import Callee, ExternalFunction
from eqsim.network.naming import new_name
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Role
from eqsim.units.arguments import flag, integral, shown
from eqsim.units.dimensions import DIMENSIONLESS, dimension_name
from eqsim.units.quantity import dimension_of, si_value

if TYPE_CHECKING:
    from eqsim.network.kernels.kernel_writer import KernelWriter


class BinomialFunction(Callee):
    """The number of successes in trials: each use is a new number, for each element and step.

    Equations call it without arguments. The function ``binomial(n, p)`` of the language does the
    same with parameters that may change.

    Parameters
    ----------
    n : int
        How many trials there are, not negative.
    p : float
        The probability of success in each, from 0 to 1.
    approximate : bool
        Accepted for scripts that say whether a normal distribution will do. Numbers are exactly
        binomial whatever it says.
    name : str, optional
        Its name.

    Raises
    ------
    ModelError
        If a parameter is out of its range.

    Examples
    --------
    >>> from eqsim import BinomialFunction, NeuronGroup, seed
    >>> released = BinomialFunction(10, 0.25)
    >>> G = NeuronGroup(8, 'x : 1')
    >>> seed(2)
    >>> G.x = 'released()'
    >>> G.x[:]
    array([2., 4., 0., 1., 4., 0., 2., 3.])
    """

    def __init__(
        self, n: int, p: float, approximate: bool = True, name: str | None = None
    ) -> None:
        self._name = new_name("binomial*" if name is None else name)
        self._n = _checked_trials(n, self._name)
        self._p = _checked_probability(p, self._name)
        self.approximate = flag(approximate, f"approximate of {self._name!r}")

    @property
    def name(self) -> str:
        """The name of the function."""
        return self._name

    @property
    def stem(self) -> str:
        """The name, without the number that it was given because others have the same."""
        return self._name.stem

    @property
    def n(self) -> int:
        """How many trials there are."""
        return self._n

    @property
    def p(self) -> float:
        """The probability of success in each."""
        return self._p

    def __repr__(self) -> str:
        return f"<BinomialFunction {self._name!r}, n = {self._n}, p = {self._p}>"

    def __call__(self) -> int:
        """Return one number, drawn from NumPy's generator."""
        return int(np.random.binomial(self._n, self._p))  # noqa: NPY002 - the one that seed() sets

    @cached_property
    def external(self) -> ExternalFunction:
        """What equations see of it."""
        return _BinomialCall(
            name=self._name,
            n_arguments=0,
            kind=KindRule.INTEGER,
            distribution=Distribution.BINOMIAL,
            owner=self,
        )


@dataclass(frozen=True, slots=True)
class _BinomialCall(ExternalFunction):
    """A draw with parameters that are contents of the program's arrays."""

    owner: BinomialFunction | None = None

    def lowered(self, call: Call, writer: KernelWriter, before: list[Statement]) -> Expr:
        """Return the local that holds the number."""
        assert self.owner is not None
        label = writer.builder.label(self.owner)
        given = {"n": float(self.owner.n), "p": self.owner.p}
        arguments = []
        for what, value in given.items():
            array = Array(f"{label}.{what}", DType.FLOAT64, None, True, Role.CONSTANT)
            writer.builder.array(array, np.array([value]))
            binding = Binding(f"_{label}_{what}", array.name, DType.FLOAT64)
            arguments.append(Name(writer.builder.bind(binding)))
        return writer.drawn(call, Distribution.BINOMIAL, tuple(arguments), before)


def _checked_trials(n: Any, name: str) -> int:
    _check_unit(n, "n", name)
    number = integral(n)
    if number is None or not 0 <= number < 2**53:
        raise ModelError(
            f"the number n of trials of {name!r} is {shown(n)}\n"
            "  expected: a whole number from 0 up to 2**53 - 1"
        )
    return number


def _checked_probability(p: Any, name: str) -> float:
    _check_unit(p, "p", name)
    number = si_value(p)
    if (
        isinstance(number, bool)
        or not isinstance(number, int | float | np.integer | np.floating)
        or not 0 <= number <= 1
    ):
        raise ModelError(
            f"the probability p of {name!r} is {shown(p)}\n  expected: a number from 0 to 1"
        )
    return float(number)


def _check_unit(value: Any, what: str, name: str) -> None:
    if dimension_of(value) is not DIMENSIONLESS:
        raise DimensionMismatchError(
            f"{what} of {name!r} has the unit {dimension_name(dimension_of(value))}\n"
            "  expected: a number without unit"
        )
