"""Equations of one variable each, in closed form: linear ones and quadratic ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eqsim.errors import EquationError
from eqsim.expressions.derivative import derivative
from eqsim.expressions.fold import ONE, ZERO, add, divide, fold, is_zero, multiply, subtract
from eqsim.expressions.linear import linear_coefficients
from eqsim.expressions.nodes import Call, Compare, Comparison, Expr, Literal, Name, Select
from eqsim.expressions.statements import Assign, Statement
from eqsim.expressions.traverse import depends_on, substitute
from eqsim.integrators.base import Integrator
from eqsim.integrators.exact import EXACT
from eqsim.integrators.system import ODE, STEP, ODESystem, Step, changes

Quadratic = tuple[Expr, Expr, Expr]
"""``a``, ``b`` and ``c`` of ``a x**2 + b x + c``."""


@dataclass(frozen=True, slots=True)
class Independent(Integrator):
    """The solution itself, for equations that each contain their own variable only.

    Linear equations are solved as by `exact`. For ``dx/dt = q(x) = a x**2 + b x + c`` with the
    discriminant ``D = b**2 - 4 a c`` the new value is ``x + q(x) T/(1 - (a x + b/2) T)``, where
    ``T`` is ``tanh(s dt)/s`` with ``s = sqrt(D)/2``, or ``tan(s dt)/s`` with ``s = sqrt(-D)/2``;
    the fraction is then expanded with the cosine.
    A solution that reaches infinity within the step becomes infinite, which a threshold finds.
    """

    @property
    def cost(self) -> str:
        """What one step takes."""
        return "1 exponential or tangent for each variable"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse equations that contain other variables, or have no closed form here."""
        for equation in system.equations:
            others = [
                name
                for name in system.variables
                if name != equation.variable and depends_on(equation.drift, (name,))
            ]
            if others:
                return f"d{equation.variable}/dt contains the variable {others[0]!r}"
            coefficients = _quadratic(equation)
            if coefficients is None:
                return (
                    f"d{equation.variable}/dt is neither linear nor quadratic in"
                    f" {equation.variable!r}"
                )
            changing = sorted({name for part in coefficients for name in system.varying(part)})
            if changing:
                names = ", ".join(map(repr, changing))
                why = system.jumps(equation.drift)
                return f"d{equation.variable}/dt contains {names}, which may change{why}"
        return self.noise_refusal(system)

    def step(self, system: ODESystem) -> Step:
        """Return the new values, each by itself."""
        statements: list[Statement] = []
        values: list[tuple[str, Expr]] = []
        for equation in system.equations:
            coefficients = _quadratic(equation)
            assert coefficients is not None, "refused systems are not integrated"
            if is_zero(coefficients[0]):
                alone = ODESystem((equation,), system.constant_over_step, system.piecewise)
                values += EXACT.step(alone)[1]
            else:
                statements += _definitions(equation.variable, coefficients)
                values.append((equation.variable, _solution(equation, coefficients)))
        return tuple(statements), changes(values)


def _quadratic(equation: ODE) -> Quadratic | None:
    """Return the coefficients of a drift that is a polynomial of at most second degree."""
    variable = equation.variable
    linear = linear_coefficients(equation.drift, variable)
    if linear is not None:
        return ZERO, *linear
    try:
        slope = derivative(equation.drift, variable)
    except EquationError:
        return None
    bent = linear_coefficients(slope, variable)
    if bent is None:
        return None
    # The derivative is linear on both sides of a step or a corner too: there is none in these.
    constant = fold(substitute(equation.drift, {variable: ZERO}))
    return divide(bent[0], Literal(2.0)), bent[1], constant


def _definitions(variable: str, coefficients: Quadratic) -> list[Statement]:
    """Return the locals of a solution: how far it reaches, and by what that is divided."""
    a, b, c = coefficients
    scaled = multiply(multiply(STEP, STEP), Literal(0.25))
    discriminant = subtract(multiply(b, b), multiply(Literal(4.0), multiply(a, c)))
    square, angle, reach = (f"_{stem}_{variable}" for stem in ("square", "angle", "reach"))
    size = Call("abs", (Name(square),))
    is_near = Compare(Comparison.LESS, size, Literal(_NEAR))
    # From half a turn on, infinity was passed wherever the solution began.
    half_turn = Compare(Comparison.LESS, Name(square), Literal(-(math.pi**2)))
    bounded = Select(half_turn, Literal(math.pi), Call("sqrt", (Select(is_near, ONE, size),)))
    slope = add(multiply(a, Name(variable)), divide(b, Literal(2.0)))
    return [
        Assign(square, multiply(scaled, discriminant)),
        Assign(angle, bounded),
        Assign(reach, multiply(STEP, _reach(Name(square), Name(angle), is_near))),
        Assign(
            f"_left_{variable}",
            subtract(_turned(Name(square), Name(angle)), multiply(slope, Name(reach))),
        ),
    ]


_NEAR = 1e-3
_SERIES = (1.0, -1 / 3, 2 / 15, -17 / 315, 62 / 2835)
"""Of ``tanh(z)/z`` in powers of ``z**2``; below ``_NEAR`` what is left out is less than 1e-16."""


def _reach(square: Expr, angle: Expr, is_near: Expr) -> Expr:
    """Return ``tanh(z)/z`` for ``z = sqrt(square)``, and ``sin(z)/z`` for ``z = sqrt(-square)``.

    Near zero it is ``tan(z)/z`` in the second case.
    """
    is_real = Compare(Comparison.GREATER, square, ZERO)
    away = Select(is_real, Call("tanh", (angle,)), Call("sin", (angle,)))
    series: Expr = ZERO
    for coefficient in reversed(_SERIES):
        series = add(Literal(coefficient), multiply(square, series))
    return Select(is_near, series, divide(away, angle))


def _turned(square: Expr, angle: Expr) -> Expr:
    """Return the cosine that goes with the sine, 1 with the tangents."""
    is_turning = Compare(Comparison.LESS_EQUAL, square, Literal(-_NEAR))
    return Select(is_turning, Call("cos", (angle,)), ONE)


def _solution(equation: ODE, coefficients: Quadratic) -> Expr:
    variable, left = equation.variable, Name(f"_left_{equation.variable}")
    is_finite = Compare(Comparison.GREATER, left, ZERO)
    change = divide(multiply(equation.drift, Name(f"_reach_{variable}")), left)
    towards = multiply(Call("sign", (coefficients[0],)), Literal(math.inf))
    return Select(is_finite, add(Name(variable), change), towards)


INDEPENDENT = Independent(
    name="independent",
    order=math.inf,
    references=(
        "Ermentrout GB, Kopell N (1986). Parabolic bursting in an excitable system coupled with a "
        "slow oscillation. SIAM Journal on Applied Mathematics 46(2):233-253. doi:10.1137/0146017",
    ),
    suits="each equation contains its own variable only and has a solution in closed form",
    accepts="linear or quadratic equations that contain their own variable only",
)
