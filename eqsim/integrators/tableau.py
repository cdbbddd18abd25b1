"""Runge-Kutta methods as data: a Butcher tableau to the statements of a step.

References
----------
.. [1] Butcher JC (1964). On Runge-Kutta processes of high order. Journal of the Australian
   Mathematical Society 4(2):179-194. doi:10.1017/S1446788700023387
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from eqsim.errors import IntegratorError
from eqsim.expressions.fold import ZERO, add, divide, multiply, negate, subtract
from eqsim.expressions.nodes import Expr, Literal, Name
from eqsim.expressions.statements import Assign, Statement
from eqsim.expressions.traverse import depends_on, substitute
from eqsim.integrators.base import Integrator, refused_noise
from eqsim.integrators.system import STEP, TIME, ODESystem, Step, changes, is_at_rest


@dataclass(frozen=True, slots=True)
class ButcherTableau:
    """The coefficients of an explicit Runge-Kutta method with s stages.

    Parameters
    ----------
    nodes : tuple of Fraction
        At which part of the step each stage is, shape (s,); c in the literature.
    matrix : tuple of tuple of Fraction
        How much of the earlier slopes goes into each stage: row i has i entries; A in the
        literature.
    weights : tuple of Fraction
        How much of each slope goes into the result, shape (s,); b in the literature.

    Raises
    ------
    IntegratorError
        If the shapes do not fit, a row does not sum to its node, or the weights not to one.

    Examples
    --------
    >>> midpoint = ButcherTableau.from_text('''
    ...     0   |
    ...     1/2 | 1/2
    ...         | 0   1
    ... ''')
    >>> midpoint.nodes
    (Fraction(0, 1), Fraction(1, 2))
    """

    nodes: tuple[Fraction, ...]
    matrix: tuple[tuple[Fraction, ...], ...]
    weights: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if not len(self.nodes) == len(self.matrix) == len(self.weights) >= 1:
            raise IntegratorError(
                f"the tableau has {len(self.nodes)} nodes, {len(self.matrix)} rows and "
                f"{len(self.weights)} weights\n  expected as many of each"
            )
        for stage, (node, row) in enumerate(zip(self.nodes, self.matrix, strict=True)):
            if len(row) != stage:
                raise IntegratorError(
                    f"row {stage + 1} of the tableau has {len(row)} entries\n"
                    f"  expected {stage}: a stage may only use the slopes before it"
                )
            if sum(row) != node:
                raise IntegratorError(
                    f"row {stage + 1} of the tableau sums to {sum(row)}\n"
                    f"  expected its node, {node}"
                )
        if sum(self.weights) != 1:
            raise IntegratorError(
                f"the weights of the tableau sum to {sum(self.weights)}\n  expected 1"
            )

    @classmethod
    def from_text(cls, text: str) -> ButcherTableau:
        """Read a tableau as books print it: one line per stage, the weights below."""
        lines = [line.split("|") for line in text.splitlines() if line.strip()]
        *stages, (_, weights) = lines
        return cls(
            nodes=tuple(Fraction(node.strip()) for node, _ in stages),
            matrix=tuple(tuple(map(Fraction, row.split())) for _, row in stages),
            weights=tuple(map(Fraction, weights.split())),
        )


_EULER = ButcherTableau((Fraction(0),), ((),), (Fraction(1),))


@dataclass(frozen=True, slots=True)
class ExplicitRungeKutta(Integrator):
    """An explicit Runge-Kutta method for any system without noise.

    Parameters
    ----------
    tableau : ButcherTableau
        The coefficients. The other parameters are those of every `Integrator`.
    """

    tableau: ButcherTableau = field(default=_EULER, kw_only=True)

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noise."""
        return refused_noise(system)

    def step(self, system: ODESystem) -> Step:
        """Return the stages one after the other, and the new values."""
        statements: list[Statement] = []
        rows = zip(self.tableau.nodes, self.tableau.matrix, strict=True)
        for stage, (node, row) in enumerate(rows, start=1):
            statements += _stage(system, stage, node, row)
        moving = (equation for equation in system.equations if not is_at_rest(equation))
        values = ((eq.variable, _advanced(eq.variable, self.tableau.weights)) for eq in moving)
        return tuple(statements), changes(values)


def _stage(
    system: ODESystem, stage: int, node: Fraction, row: Sequence[Fraction]
) -> list[Statement]:
    """Return the state of one stage and the slopes there."""
    moving = [equation for equation in system.equations if not is_at_rest(equation)]
    state: dict[str, Expr] = {}
    statements: list[Statement] = []
    for variable in (equation.variable for equation in moving):
        if any(row) and any(depends_on(equation.drift, (variable,)) for equation in moving):
            local = f"_x{stage}_{variable}"
            statements.append(Assign(local, _advanced(variable, row)))
            state[variable] = Name(local)
    if TIME.identifier not in system.constant_over_step:
        state[TIME.identifier] = add(TIME, _part_of_step(node))
    for equation in moving:
        slope = substitute(equation.drift, state)
        statements.append(Assign(f"_k{stage}_{equation.variable}", slope))
    return statements


def _advanced(variable: str, weights: Sequence[Fraction]) -> Expr:
    """Return the variable moved along a weighted sum of its slopes.

    The weights are brought to integers over one denominator: exact in floating point, and one
    factor for the whole sum.
    """
    if not any(weights):
        return Name(variable)
    scale = Fraction(
        math.gcd(*(weight.numerator for weight in weights)),
        math.lcm(*(weight.denominator for weight in weights)),
    )
    total: Expr = ZERO
    for stage, weight in enumerate(weights, start=1):
        part = weight / scale
        term = multiply(Literal(float(abs(part))), Name(f"_k{stage}_{variable}"))
        total = subtract(total, term) if part < 0 else add(total, term)
    return add(Name(variable), multiply(_part_of_step(scale), total))


def _part_of_step(part: Fraction) -> Expr:
    length = multiply(Literal(float(abs(part.numerator))), STEP)
    scaled = divide(length, Literal(float(part.denominator)))
    return negate(scaled) if part < 0 else scaled
