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
from eqsim.integrators.attempts import Attempt, StagedMethod, Start, moving
from eqsim.integrators.system import TIME, ODESystem


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
    embedded : tuple of Fraction or None
        Weights of a second result, from which the error of the first is estimated, shape (s,).

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
    embedded: tuple[Fraction, ...] | None = None

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
        for weights in filter(None, (self.weights, self.embedded)):
            if len(weights) != len(self.nodes):
                raise IntegratorError(
                    f"the tableau has {len(self.nodes)} nodes and {len(weights)} embedded weights"
                    "\n  expected as many of each"
                )
            if sum(weights) != 1:
                raise IntegratorError(
                    f"the weights of the tableau sum to {sum(weights)}\n  expected 1"
                )

    @classmethod
    def from_text(cls, text: str) -> ButcherTableau:
        """Read a tableau as books print it: one line per stage, the weights below.

        A second line of weights is that of an embedded method.
        """
        lines = [line.split("|") for line in text.splitlines() if line.strip()]
        stages = [line for line in lines if line[0].strip()]
        weights = [tuple(map(Fraction, row.split())) for _, row in lines[len(stages) :]]
        return cls(
            nodes=tuple(Fraction(node.strip()) for node, _ in stages),
            matrix=tuple(tuple(map(Fraction, row.split())) for _, row in stages),
            weights=weights[0],
            embedded=weights[1] if len(weights) > 1 else None,
        )

    @property
    def evaluations(self) -> int:
        """How often the right sides are evaluated in a step."""
        return len(self.nodes)


_EULER = ButcherTableau((Fraction(0),), ((),), (Fraction(1),))


@dataclass(frozen=True, slots=True)
class ExplicitRungeKutta(StagedMethod):
    """An explicit Runge-Kutta method for any system without noise.

    Parameters
    ----------
    tableau : ButcherTableau
        The coefficients. The other parameters are those of every `Integrator`.
    """

    tableau: ButcherTableau = field(default=_EULER, kw_only=True)

    @property
    def cost(self) -> str:
        """What one step takes."""
        return f"{self.tableau.evaluations} f"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noise."""
        return self.noise_refusal(system)

    def attempt(self, system: ODESystem, start: Start) -> Attempt:
        """Return the stages, the new values, and the estimates of their errors."""
        statements: list[Statement] = []
        rows = zip(self.tableau.nodes, self.tableau.matrix, strict=True)
        for stage, (node, row) in enumerate(rows, start=1):
            statements += _stage(system, start, stage, node, row)
        variables = [equation.variable for equation in moving(system)]
        weights, embedded = self.tableau.weights, self.tableau.embedded or self.tableau.weights
        difference = [b - other for b, other in zip(weights, embedded, strict=True)]
        return Attempt(
            tuple(statements),
            tuple((v, _advanced(start, v, weights)) for v in variables),
            tuple((v, _increment(start, v, difference)) for v in variables),
        )


def _stage(
    system: ODESystem, start: Start, stage: int, node: Fraction, row: Sequence[Fraction]
) -> list[Statement]:
    """Return the state of one stage and the slopes there."""
    equations = moving(system)
    state: dict[str, Expr] = {}
    statements: list[Statement] = []
    for variable in (equation.variable for equation in equations):
        if any(depends_on(equation.drift, (variable,)) for equation in equations):
            state[variable] = start.state[variable]
            if any(row):
                local = f"_x{stage}_{variable}"
                statements.append(Assign(local, _advanced(start, variable, row)))
                state[variable] = Name(local)
    if TIME.identifier not in system.constant_over_step:
        state[TIME.identifier] = add(start.time, _part_of(start, node))
    for equation in equations:
        slope = substitute(equation.drift, state)
        statements.append(Assign(f"_k{stage}_{equation.variable}", slope))
    return statements


def _advanced(start: Start, variable: str, weights: Sequence[Fraction]) -> Expr:
    """Return the variable moved along a weighted sum of its slopes."""
    return add(start.state[variable], _increment(start, variable, weights))


def _increment(start: Start, variable: str, weights: Sequence[Fraction]) -> Expr:
    """Return a weighted sum of slopes times the length of the step.

    The weights are brought to integers over one denominator: exact in floating point, and one
    factor for the whole sum.
    """
    if not any(weights):
        return ZERO
    scale = Fraction(
        math.gcd(*(weight.numerator for weight in weights)),
        math.lcm(*(weight.denominator for weight in weights)),
    )
    total: Expr = ZERO
    for stage, weight in enumerate(weights, start=1):
        part = weight / scale
        term = multiply(Literal(float(abs(part))), Name(f"_k{stage}_{variable}"))
        total = subtract(total, term) if part < 0 else add(total, term)
    return multiply(_part_of(start, scale), total)


def _part_of(start: Start, part: Fraction) -> Expr:
    length = multiply(Literal(float(abs(part.numerator))), start.length)
    scaled = divide(length, Literal(float(part.denominator)))
    return negate(scaled) if part < 0 else scaled
