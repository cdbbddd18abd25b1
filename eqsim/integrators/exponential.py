"""The exponential Euler method, for equations that are each linear in their own variable."""

from __future__ import annotations

from dataclasses import dataclass

from eqsim.expressions.fold import add, is_zero, multiply
from eqsim.expressions.linear import linear_coefficients
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.integrators.base import Integrator, refused_noise
from eqsim.integrators.system import ODE, STEP, ODESystem, Step, changes


@dataclass(frozen=True, slots=True)
class ExponentialEuler(Integrator):
    """Each variable solved exactly with the others, and its coefficients, held still.

    For ``dx/dt = A x + B`` the new value is ``x + dt (A x + B) exprel(A dt)``, with ``exprel(z)``
    being ``(exp(z) - 1) / z``. This form divides by nothing, so ``A`` may be zero; it needs one
    function call; and where the slope is zero the variable stays exactly where it is.
    """

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noise, and equations that are not linear in their own variable."""
        for equation in system.equations:
            if linear_coefficients(equation.drift, equation.variable) is None:
                return f"d{equation.variable}/dt is not linear in {equation.variable!r}"
        return refused_noise(system)

    def step(self, system: ODESystem) -> Step:
        """Return all new values, computed from the old ones."""
        return (), changes((eq.variable, _advanced(eq)) for eq in system.equations)


def _advanced(equation: ODE) -> Expr:
    coefficients = linear_coefficients(equation.drift, equation.variable)
    assert coefficients is not None, "refused systems are not integrated"
    slope, rest = coefficients
    variable, exponent = Name(equation.variable), multiply(slope, STEP)
    if is_zero(rest):
        return variable if is_zero(slope) else multiply(variable, Call("exp", (exponent,)))
    change = multiply(STEP, equation.drift)
    if is_zero(slope):
        return add(variable, change)
    return add(variable, multiply(change, Call("exprel", (exponent,))))


EXPONENTIAL_EULER = ExponentialEuler(
    name="exponential_euler",
    order=1.0,
    aliases=("exponential",),
    references=(
        "Hochbruck M, Ostermann A (2010). Exponential integrators. Acta Numerica 19:209-286. "
        "doi:10.1017/S0962492910000048",
    ),
    suits="each equation is linear in its own variable",
)
