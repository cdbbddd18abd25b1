"""Equations of one variable each, in closed form: linear ones and quadratic ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

from eqsim.expressions.fold import ONE, ZERO, add, divide, is_zero, multiply, negate, subtract
from eqsim.expressions.linear import linear_coefficients, quadratic_coefficients
from eqsim.expressions.nodes import Call, Compare, Comparison, Expr, Literal, Name, Select
from eqsim.expressions.statements import Assign, Statement
from eqsim.expressions.traverse import depends_on
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
    the fraction is expanded with the cosine, or with ``1 + exp(-2 s dt)``, and half of that.
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
                statements += _definitions(equation.variable, coefficients, equation.drift)
                values.append((equation.variable, _solution(equation, coefficients)))
        return tuple(statements), changes(values)


def _quadratic(equation: ODE) -> Quadratic | None:
    """Return the coefficients of a drift that is a polynomial of at most second degree."""
    variable = equation.variable
    linear = linear_coefficients(equation.drift, variable)
    if linear is not None:
        return ZERO, *linear
    return quadratic_coefficients(equation.drift, variable)


def _definitions(variable: str, coefficients: Quadratic, drift: Expr) -> list[Statement]:
    """Return the locals of a solution, with the change over the step as the last."""
    a, b, c = coefficients
    slope, root, square, decay, reach, left = (
        Name(f"_{stem}_{variable}")
        for stem in ("slope", "root", "square", "decay", "reach", "left")
    )
    discriminant = subtract(multiply(b, b), multiply(Literal(4.0), multiply(a, c)))
    quarter = multiply(Literal(0.25), discriminant)
    is_near = Compare(Comparison.LESS, Call("abs", (square,)), Literal(_NEAR))
    is_turning = Compare(Comparison.LESS_EQUAL, square, Literal(-_NEAR))
    angle = multiply(root, STEP)
    # From half a turn on, infinity was passed wherever the solution began.
    turned = Call("minimum", (angle, Literal(math.pi)))
    definitions = {
        slope: add(multiply(a, Name(variable)), divide(b, Literal(2.0))),
        root: Call("sqrt", (Call("abs", (quarter,)),)),
        square: multiply(multiply(STEP, STEP), quarter),
        decay: Call("exp", (negate(multiply(Literal(2.0), angle)),)),
        reach: Select(
            is_near,
            multiply(STEP, _series(square)),
            Select(
                is_turning,
                divide(Call("sin", (turned,)), root),
                subtract(ONE, decay),
            ),
        ),
        left: Select(
            is_near,
            subtract(ONE, multiply(slope, reach)),
            Select(
                is_turning,
                subtract(Call("cos", (turned,)), multiply(slope, reach)),
                _apart(slope, root, decay, negate(multiply(a, drift))),
            ),
        ),
    }
    return [Assign(name.identifier, value) for name, value in definitions.items()]


_NEAR = 1e-3
_SERIES = (1.0, -1 / 3, 2 / 15, -17 / 315, 62 / 2835)
"""Of ``tanh(z)/z`` in powers of ``z**2``; below ``_NEAR`` what is left out is less than 1e-16."""


def _series(square: Expr) -> Expr:
    total: Expr = ZERO
    for coefficient in reversed(_SERIES):
        total = add(Literal(coefficient), multiply(square, total))
    return total


def _apart(slope: Expr, root: Expr, decay: Expr, product: Expr) -> Expr:
    """Return ``(root - slope) + (root + slope) decay`` from ``root**2 - slope**2 = product``.

    The smaller of the two brackets follows from the larger, so that no digits cancel where the
    solution begins near one of the two points at which it rests.
    """
    is_above = Compare(Comparison.GREATER, slope, ZERO)
    larger = add(root, Call("abs", (slope,)))
    smaller = divide(product, larger)
    return Select(
        is_above,
        add(smaller, multiply(larger, decay)),
        add(larger, multiply(smaller, decay)),
    )


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
    advice="the solution itself is not finite: look at the values of parameters and constants",
)
