"""Euler's method, with additive noise that of Euler and Maruyama."""

from __future__ import annotations

from dataclasses import dataclass

from eqsim.expressions.fold import add, multiply
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.statements import Distribution, Draw
from eqsim.integrators.base import Integrator, Interpretation
from eqsim.integrators.system import ODE, STEP, ODESystem, Step, changes


@dataclass(frozen=True, slots=True)
class Euler(Integrator):
    """``x + f(x, t) dt + g dW`` with one normal increment per noise, element and step.

    With additive noise there is no difference between the calculi of Ito and of Stratonovich, and
    the paths converge with order one instead of one half.
    """

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noise whose factor depends on the variables or on the time."""
        for equation in system.equations:
            for noise, factor in equation.noise:
                moving = system.driven_by(factor)
                if moving:
                    names = ", ".join(map(repr, moving))
                    return (
                        f"the noise {noise!r} in d{equation.variable}/dt is multiplied with a "
                        f"factor that depends on {names}{system.jumps(factor)}"
                    )
        return None

    def step(self, system: ODESystem) -> Step:
        """Return the draws, and the new values."""
        draws = tuple(
            Draw(_normal(noise), Distribution.NORMAL, (), stream=noise) for noise in system.noises
        )
        return draws, changes((eq.variable, _advanced(eq)) for eq in system.equations)


def _normal(noise: str) -> str:
    return f"_normal_{noise}"


def _advanced(equation: ODE) -> Expr:
    value = add(Name(equation.variable), multiply(STEP, equation.drift))
    for noise, factor in equation.noise:
        # In this order the scale of the noise is one number where the factor is a constant.
        scale = multiply(factor, Call("sqrt", (STEP,)))
        value = add(value, multiply(scale, Name(_normal(noise))))
    return value


EULER = Euler(
    name="euler",
    order=1.0,
    aliases=("euler_maruyama",),
    strong_order=1.0,
    interpretation=Interpretation.BOTH,
    references=(
        "Maruyama G (1955). Continuous Markov processes and stochastic equations. Rendiconti del "
        "Circolo Matematico di Palermo 4:48-90. doi:10.1007/BF02846028",
        "Higham DJ (2001). An algorithmic introduction to numerical simulation of stochastic "
        "differential equations. SIAM Review 43(3):525-546. doi:10.1137/S0036144500378302",
    ),
    suits="it takes any equations with additive noise or none",
)
