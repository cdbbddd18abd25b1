"""What kind of equations a system consists of: how its variables and its noise enter."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from eqsim.errors import EquationError
from eqsim.expressions.derivative import derivative
from eqsim.expressions.fold import ZERO, add, multiply, subtract
from eqsim.expressions.linear import is_identically_zero, linear_coefficients
from eqsim.expressions.nodes import Expr
from eqsim.expressions.traverse import depends_on
from eqsim.integrators.system import ODE, TIME, ODESystem

_TIMES = (TIME.identifier, "t_in_timesteps")


class NoiseType(Enum):
    """How noise enters a system, from the simplest to the most general."""

    NONE = "none"
    ADDITIVE = "additive"
    """All factors keep their value over a step."""
    DIAGONAL = "diagonal"
    """One noise for each equation, with factors that no variable driven by another noise moves."""
    COMMUTATIVE = "commutative"
    """It does not matter in which order two noises act, so their increments say all about them."""
    GENERAL = "general"
    """Anything that is linear in the noise."""

    @property
    def rank(self) -> int:
        """The place in the order, from 0."""
        return list(NoiseType).index(self)


@dataclass(frozen=True, slots=True)
class EquationStructure:
    """What is found about one equation of a system.

    Parameters
    ----------
    variable : str
        Whose equation it is.
    is_linear : bool
        Whether the right side is linear in all variables of the system together.
    is_linear_in_itself : bool
        Whether it is linear in its own variable, the others held still ("conditionally linear").
    has_constant_coefficients : bool
        Whether all else that is in the right side keeps its value over a step.
    is_autonomous : bool
        Whether the time does not occur in it.
    noise : NoiseType
        How noise enters this equation, taken together with the others.
    """

    variable: str
    is_linear: bool
    is_linear_in_itself: bool
    has_constant_coefficients: bool
    is_autonomous: bool
    noise: NoiseType


def structure(system: ODESystem) -> tuple[EquationStructure, ...]:
    """Return what is found about each equation of a system."""
    kind = noise_type(system)
    return tuple(_of_equation(system, equation, kind) for equation in system.equations)


def _of_equation(system: ODESystem, equation: ODE, kind: NoiseType) -> EquationStructure:
    terms = (equation.drift, *(factor for _, factor in equation.noise))
    others = set(system.varying(equation.drift)).difference(system.variables)
    is_additive = not any(system.driven_by(factor) for _, factor in equation.noise)
    noise = NoiseType.ADDITIVE if is_additive else kind
    return EquationStructure(
        variable=equation.variable,
        is_linear=system.linear_row(equation) is not None,
        is_linear_in_itself=linear_coefficients(equation.drift, equation.variable) is not None,
        has_constant_coefficients=not others,
        is_autonomous=not any(depends_on(term, _TIMES) for term in terms),
        noise=noise if equation.noise else NoiseType.NONE,
    )


def noise_type(system: ODESystem) -> NoiseType:
    """Return the simplest type that the noise of a system has."""
    factors = [factor for equation in system.equations for _, factor in equation.noise]
    if not factors:
        return NoiseType.NONE
    if not any(system.driven_by(factor) for factor in factors):
        return NoiseType.ADDITIVE
    if all(len(equation.noise) <= 1 for equation in system.equations) and not _meet(system):
        return NoiseType.DIAGONAL
    return NoiseType.COMMUTATIVE if _commute(system) else NoiseType.GENERAL


def _meet(system: ODESystem) -> bool:
    """Return whether a factor depends on a variable that another noise drives."""
    driving = {equation.variable: {n for n, _ in equation.noise} for equation in system.equations}
    return any(
        depends_on(factor, (variable,))
        for equation in system.equations
        for noise, factor in equation.noise
        for variable, noises in driving.items()
        if noises - {noise}
    )


def _commute(system: ODESystem) -> bool:
    try:
        return all(is_identically_zero(difference) for difference in _commutators(system))
    except EquationError:  # a factor without a known derivative
        return False


def _commutators(system: ODESystem) -> Iterator[Expr]:
    for first, second in itertools.combinations(system.noises, 2):
        for equation in system.equations:
            factors = dict(equation.noise)
            yield subtract(
                along(system, first, factors.get(second, ZERO)),
                along(system, second, factors.get(first, ZERO)),
            )


def along(system: ODESystem, noise: str, expr: Expr) -> Expr:
    """Return the derivative of an expression along the factors of a noise.

    Parameters
    ----------
    system : ODESystem
        The system.
    noise : str
        One of its noises, with the factor ``g_k`` in the equation of variable ``x_k``.
    expr : Expr
        What to derive.

    Returns
    -------
    Expr
        The sum over all variables of ``g_k`` times the derivative of ``expr`` by ``x_k``.

    Raises
    ------
    EquationError
        If a function has no known derivative.
    """
    total: Expr = ZERO
    for equation in system.equations:
        for name, factor in equation.noise:
            if name == noise:
                slope = derivative(expr, equation.variable)
                total = add(total, multiply(factor, slope))
    return total
