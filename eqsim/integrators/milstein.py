"""Milstein's method with the derivatives of the noise taken symbolically."""

from __future__ import annotations

from dataclasses import dataclass, field

from eqsim.errors import EquationError
from eqsim.expressions.fold import add, divide, multiply, subtract
from eqsim.expressions.nodes import Expr, Literal, Name
from eqsim.integrators.base import Integrator, Interpretation
from eqsim.integrators.noise import draws, increment
from eqsim.integrators.structure import NoiseType, along
from eqsim.integrators.system import ODE, STEP, ODESystem, Step, changes


@dataclass(frozen=True, slots=True)
class Milstein(Integrator):
    """Milstein's method for noises that commute.

    With ``L^j`` the derivative along the factors of noise ``j``, what is added to the method of
    Euler and Maruyama is half the sum over all pairs of noises of ``L^j g_l dW_j dW_l``, in the
    sense of Ito with ``dt`` subtracted from each square. The products of increments stand for the
    double integrals, which is right where ``L^j g_l`` equals ``L^l g_j``.

    Parameters
    ----------
    is_ito : bool
        Whether integrals are in the sense of Ito. The other parameters are those of every
        `Integrator`.
    """

    is_ito: bool = field(default=True, kw_only=True)

    @property
    def cost(self) -> str:
        """What one step takes."""
        return "1 f, derivatives of g, normal numbers"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noises that do not commute, or have factors without a known derivative."""
        try:
            for equation in system.equations:
                for noise in system.noises:
                    for _, factor in equation.noise:
                        along(system, noise, factor)
        except EquationError as error:
            where = f"the factors of noise in d{equation.variable}/dt have no known derivative"
            return f"{where}: {error.problem}"
        return self.noise_refusal(system)

    def step(self, system: ODESystem) -> Step:
        """Return the draws and the new values."""
        return draws(system), changes(
            (equation.variable, self._advanced(system, equation)) for equation in system.equations
        )

    def _advanced(self, system: ODESystem, equation: ODE) -> Expr:
        value = add(Name(equation.variable), multiply(STEP, equation.drift))
        for noise, factor in equation.noise:
            value = add(value, multiply(factor, increment(noise)))
            for other in system.noises:
                slope = divide(along(system, other, factor), Literal(2.0))
                value = add(value, multiply(slope, self._double_integral(noise, other)))
        return value

    def _double_integral(self, first: str, second: str) -> Expr:
        product = multiply(increment(first), increment(second))
        return subtract(product, STEP) if self.is_ito and first == second else product


_MILSTEIN = (
    "Milstein GN (1975). Approximate integration of stochastic differential equations. Theory of "
    "Probability and Its Applications 19(3):557-562. doi:10.1137/1119062"
)
_ACCEPTS = "equations in which the factors of noise have known derivatives"

MILSTEIN_SYMBOLIC_ITO = Milstein(
    name="milstein_symbolic_ito",
    order=1.0,
    references=(_MILSTEIN,),
    noise=NoiseType.COMMUTATIVE,
    strong_order=1.0,
    weak_order=1.0,
    interpretation=Interpretation.ITO,
    suits="the noises commute, in the sense of Ito",
    accepts=_ACCEPTS,
    is_ito=True,
)

MILSTEIN_SYMBOLIC_STRATONOVICH = Milstein(
    name="milstein_symbolic_stratonovich",
    order=1.0,
    aliases=("milstein_symbolic",),
    references=(_MILSTEIN,),
    noise=NoiseType.COMMUTATIVE,
    strong_order=1.0,
    weak_order=1.0,
    interpretation=Interpretation.STRATONOVICH,
    suits="the noises commute, in the sense of Stratonovich",
    accepts=_ACCEPTS,
    is_ito=False,
)
