"""Linear systems with constant coefficients, without error.

A variable that depends on itself only, or besides on such variables, is solved in closed form:
sums of products of exponentials with the old values. So are neurons with exponential synaptic
currents. Everything else (cycles, longer chains) goes through the exponential of the matrix of
the system, which asks for no eigenvalues and so has no special cases.

The closed forms are divided differences of the exponential function, written so that they divide
by nothing that may be zero: equal time constants and rates of zero are values like any others.

References
----------
.. [1] Rotter S, Diesmann M (1999). Exact digital simulation of time-invariant linear systems with
   applications to neuronal modeling. Biological Cybernetics 81:381-402. doi:10.1007/s004220050570
.. [2] Moler C, Van Loan C (2003). Nineteen dubious ways to compute the exponential of a matrix,
   twenty-five years later. SIAM Review 45(1):3-49. doi:10.1137/S00361445024180
.. [3] McCurdy A, Ng KC, Parlett BN (1984). Accurate computation of divided differences of the
   exponential function. Mathematics of Computation 43(168):501-528.
   doi:10.1090/S0025-5718-1984-0758198-0
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eqsim.expressions.fold import ONE, ZERO, add, divide, is_zero, multiply, negate, subtract
from eqsim.expressions.nodes import Call, Compare, Comparison, Expr, Literal, Name, Select
from eqsim.expressions.statements import MatrixExponential, Statement
from eqsim.integrators.base import Integrator
from eqsim.integrators.options import Option, switch
from eqsim.integrators.system import ODE, STEP, ODESystem, Step, changes


@dataclass(frozen=True, slots=True)
class Exact(Integrator):
    """The solution itself, for linear equations with coefficients that keep their value."""

    @property
    def options(self) -> Mapping[str, Option]:
        """The option of Brian 2, which solutions that are found without SymPy do not need."""
        return {"simplify": switch("accepted, without effect: there is nothing to simplify")}

    def _with_options(self, values: Mapping[str, Any]) -> Exact:
        del values
        return self

    @property
    def cost(self) -> str:
        """What one step takes."""
        return "products with numbers that are computed once where coefficients are shared"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noise, and equations that are not linear or whose coefficients may change."""
        reasons = (_refused(system, equation) for equation in system.equations)
        return next(filter(None, reasons), None) or self.noise_refusal(system)

    def step(self, system: ODESystem) -> Step:
        """Return one matrix exponential if there must be one, and the new values."""
        form = system.linear_form()
        assert form is not None, "refused systems are not integrated"
        linear = _Linear(system.variables, *form)
        closed = [i for i in linear.indices if linear.is_closed(i)]
        open_ = [i for i in linear.indices if i not in closed]
        block = _Block(linear, open_)
        values = (
            (name, linear.solution(i) if i in closed else block.solution(i))
            for i, name in enumerate(system.variables)
        )
        return block.statements(), changes(values)


def _refused(system: ODESystem, equation: ODE) -> str | None:
    row = system.linear_row(equation)
    if row is None:
        return f"d{equation.variable}/dt is not linear in the variables of the system"
    changing = sorted({name for part in (*row[0], row[1]) for name in system.varying(part)})
    if changing:
        names = ", ".join(map(repr, changing))
        why = system.jumps(equation.drift)
        return f"d{equation.variable}/dt contains {names}, which may change within a step{why}"
    return None


@dataclass(frozen=True, slots=True)
class _Linear:
    """``dx/dt = matrix x + vector``."""

    variables: tuple[str, ...]
    matrix: tuple[tuple[Expr, ...], ...]
    vector: tuple[Expr, ...]

    @property
    def indices(self) -> range:
        return range(len(self.variables))

    def sources(self, i: int) -> list[int]:
        """Return the other variables in the equation of variable i."""
        return [j for j in self.indices if j != i and not is_zero(self.matrix[i][j])]

    def ancestors(self, i: int) -> set[int]:
        """Return all variables on which variable i depends, itself included."""
        found, waiting = {i}, [i]
        while waiting:
            new = set(self.sources(waiting.pop())) - found
            found |= new
            waiting += new
        return found

    def is_closed(self, i: int) -> bool:
        """Whether variable i depends on itself and on variables that depend on themselves."""
        return not any(self.sources(j) for j in self.sources(i))

    def exponent(self, i: int) -> Expr:
        return multiply(self.matrix[i][i], STEP)

    def solution(self, i: int) -> Expr:
        """Return the value of a closed variable after a step."""
        own = self.exponent(i)
        value = multiply(Name(self.variables[i]), _exp(own))
        constant = multiply(multiply(STEP, _exprel(own)), self.vector[i])
        for j in self.sources(i):
            other = self.exponent(j)
            reach = multiply(self.matrix[i][j], STEP)
            weight = multiply(reach, _first_difference(own, other))
            value = add(value, multiply(weight, Name(self.variables[j])))
            if not is_zero(self.vector[j]):
                weight = multiply(multiply(reach, STEP), _second_difference(own, other))
                constant = add(constant, multiply(weight, self.vector[j]))
        return add(value, constant)


@dataclass(frozen=True, slots=True)
class _Block:
    """The variables that need a matrix exponential, with those on which they depend.

    The constant parts are one more variable, of value 1, that does not change.
    """

    linear: _Linear
    variables: list[int]

    @property
    def members(self) -> list[int]:
        found: set[int] = set()
        return sorted(found.union(*map(self.linear.ancestors, self.variables)))

    @property
    def has_constants(self) -> bool:
        return any(not is_zero(self.linear.vector[i]) for i in self.members)

    @property
    def size(self) -> int:
        return len(self.members) + self.has_constants

    def statements(self) -> tuple[Statement, ...]:
        if not self.variables:
            return ()
        rows = [
            [self.linear.matrix[i][j] for j in self.members] + [self.linear.vector[i]]
            for i in self.members
        ]
        rows.append([ZERO] * (len(self.members) + 1))
        size = range(self.size)
        targets = tuple(_propagator(row, column) for row in size for column in size)
        entries = tuple(multiply(rows[row][column], STEP) for row in size for column in size)
        return (MatrixExponential(targets, entries),)

    def solution(self, i: int) -> Expr:
        members, ancestors = self.members, self.linear.ancestors(i)
        row = members.index(i)
        value: Expr = ZERO
        for column, j in enumerate(members):
            if j in ancestors:
                term = multiply(Name(_propagator(row, column)), Name(self.linear.variables[j]))
                value = add(value, term)
        if any(not is_zero(self.linear.vector[j]) for j in ancestors):
            value = add(value, Name(_propagator(row, len(members))))
        return value


def _propagator(row: int, column: int) -> str:
    return f"_propagator{row}_{column}"


def _exp(x: Expr) -> Expr:
    return ONE if is_zero(x) else Call("exp", (x,))


def _exprel(x: Expr) -> Expr:
    return ONE if is_zero(x) else Call("exprel", (x,))


def _first_difference(x: Expr, y: Expr) -> Expr:
    """Return ``(exp(x) - exp(y)) / (x - y)``, which is ``exp(x)`` where they are equal.

    The larger exponential is taken out, so that neither factor overflows before the result does.
    """
    if x == y:
        return _exp(x)
    if is_zero(x) or is_zero(y):
        return _exprel(y if is_zero(x) else x)
    distance = Call("abs", (subtract(x, y),))
    return multiply(_exp(Call("maximum", (x, y))), _exprel(negate(distance)))


_NEAR = 0.1
_N_TERMS = 10
"""Within ``_NEAR`` of zero this many terms of the series leave an error below 1e-16."""


def _second_difference(x: Expr, y: Expr) -> Expr:
    """Return ``(exprel(x) - exprel(y)) / (x - y)``: the response to a constant through two rates.

    It is symmetric in ``x``, ``y`` and 0, so the division may be by the larger of ``x`` and ``y``
    instead of their difference. Where both are small the series is summed.
    """
    x_is_larger = Compare(Comparison.GREATER_EQUAL, _abs(x), _abs(y))
    larger = Select(x_is_larger, x, y)
    smaller = Select(x_is_larger, y, x)
    is_near = Compare(Comparison.LESS, _abs(larger), Literal(_NEAR))
    divisor = Select(is_near, ONE, larger)
    far = divide(subtract(_first_difference(x, y), _exprel(smaller)), divisor)
    return Select(is_near, _series(x, y), far)


def _abs(x: Expr) -> Expr:
    return Call("abs", (x,))


def _series(x: Expr, y: Expr) -> Expr:
    """Return the divided difference of the series of ``exprel`` by Horner's rule.

    With ``p(x) = c + x q(x)`` the difference of ``p`` is ``q(x)`` plus ``y`` times that of ``q``.
    """
    coefficients = [1.0 / math.factorial(n + 1) for n in range(_N_TERMS)]
    difference: Expr = ZERO
    for n in range(1, _N_TERMS)[::-1]:
        difference = add(_horner(coefficients[n:], x), multiply(y, difference))
    return difference


def _horner(coefficients: Iterable[float], x: Expr) -> Expr:
    value: Expr = ZERO
    for coefficient in list(coefficients)[::-1]:
        value = add(Literal(coefficient), multiply(x, value))
    return value


EXACT = Exact(
    name="exact",
    order=math.inf,
    aliases=("linear",),
    references=(
        "Rotter S, Diesmann M (1999). Exact digital simulation of time-invariant linear systems "
        "with applications to neuronal modeling. Biological Cybernetics 81:381-402. "
        "doi:10.1007/s004220050570",
    ),
    suits="the equations are linear with coefficients constant over a step",
    accepts="linear equations with coefficients constant over a step",
    advice="the solution itself is not finite: look at the values of parameters and constants",
)
