"""Exponential methods, for equations that are each linear in their own variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eqsim.expressions.fold import add, divide, is_zero, multiply
from eqsim.expressions.nodes import Call, Expr, Literal, Name
from eqsim.expressions.statements import Assign
from eqsim.expressions.traverse import substitute
from eqsim.integrators.base import Integrator, Interpretation
from eqsim.integrators.frozen import frozen_coefficients
from eqsim.integrators.noise import draws, normal
from eqsim.integrators.structure import NoiseType
from eqsim.integrators.system import ODE, STEP, TIME, ODESystem, Step, changes

_ACCEPTS = "equations that are each linear in their own variable, with any coefficients"
_ADVICE = (
    "the integration diverged: use a smaller dt, or a method such as 'rosenbrock'; look for rates"
    " that are not finite"
)


@dataclass(frozen=True, slots=True)
class ExponentialEuler(Integrator):
    """Each variable solved exactly with the others, and its coefficients, held still.

    Coefficients may depend on the variable, as a conductance does that follows the potential at
    once. For ``dx/dt = A x + B`` the new value is ``x + dt (A x + B) exprel(A dt)``, with ``exprel(z)``
    being ``(exp(z) - 1) / z``. This form divides by nothing, so ``A`` may be zero; it needs one
    function call; and where the slope is zero the variable stays exactly where it is. Noise with
    the factor ``g`` adds a normal number with the variance that it has after a step with ``A`` and
    ``g`` held still, ``g**2 dt exprel(2 A dt)``.
    """

    @property
    def cost(self) -> str:
        """What one step takes."""
        return "1 f, 1 exponential for each variable"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse equations that are not linear in their own variable."""
        return _refused(system) or self.noise_refusal(system)

    def step(self, system: ODESystem) -> Step:
        """Return the draws, and all new values, computed from the old ones."""
        return draws(system), changes((eq.variable, _noisy(eq)) for eq in system.equations)


@dataclass(frozen=True, slots=True)
class ExponentialMidpoint(Integrator):
    """The exponential Euler method with coefficients from the middle of the step.

    Half a step of the exponential Euler method leads to the state at which the coefficients of
    ``dx/dt = A x + B`` are taken for the whole step.
    """

    @property
    def cost(self) -> str:
        """What one step takes."""
        return "2 f, 2 exponentials for each variable"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noise, and equations that are not linear in their own variable."""
        return _refused(system) or self.noise_refusal(system)

    def step(self, system: ODESystem) -> Step:
        """Return the state in the middle of the step, and the new values."""
        half = divide(STEP, Literal(2.0))
        middle = {eq.variable: Name(f"_middle_{eq.variable}") for eq in system.equations}
        statements = tuple(
            Assign(f"_middle_{eq.variable}", _advanced(eq, half, {})) for eq in system.equations
        )
        state: dict[str, Expr] = dict(middle)
        if TIME.identifier not in system.constant_over_step:
            state[TIME.identifier] = add(TIME, half)
        values = ((eq.variable, _advanced(eq, STEP, state)) for eq in system.equations)
        return statements, changes(values)


def _refused(system: ODESystem) -> str | None:
    for equation in system.equations:
        if frozen_coefficients(equation.drift, equation.variable) is None:
            return f"d{equation.variable}/dt is not linear in {equation.variable!r}"
    return None


def _advanced(equation: ODE, length: Expr, state: Mapping[str, Expr]) -> Expr:
    """Return the solution after a time, with coefficients from another state."""
    coefficients = frozen_coefficients(equation.drift, equation.variable)
    assert coefficients is not None, "refused systems are not integrated"
    slope, rest = (substitute(part, state) for part in coefficients)
    variable, exponent = Name(equation.variable), multiply(slope, length)
    if is_zero(rest):
        return variable if is_zero(slope) else multiply(variable, Call("exp", (exponent,)))
    # The drift as it was written has the least operations, but only where nothing is replaced.
    drift = add(multiply(slope, variable), rest) if state else equation.drift
    change = multiply(length, drift)
    if is_zero(slope):
        return add(variable, change)
    return add(variable, multiply(change, Call("exprel", (exponent,))))


def _noisy(equation: ODE) -> Expr:
    value = _advanced(equation, STEP, {})
    if not equation.noise:
        return value
    coefficients = frozen_coefficients(equation.drift, equation.variable)
    assert coefficients is not None, "refused systems are not integrated"
    twice = multiply(Literal(2.0), multiply(coefficients[0], STEP))
    variance = STEP if is_zero(twice) else multiply(STEP, Call("exprel", (twice,)))
    for noise, factor in equation.noise:
        scale = multiply(factor, Call("sqrt", (variance,)))
        value = add(value, multiply(scale, Name(normal(noise))))
    return value


EXPONENTIAL_EULER = ExponentialEuler(
    name="exponential_euler",
    order=1.0,
    aliases=("exponential", "exp_euler", "exp_euler_auto", "exp_auto"),
    references=(
        "Hochbruck M, Ostermann A (2010). Exponential integrators. Acta Numerica 19:209-286. "
        "doi:10.1017/S0962492910000048",
        "Lord GJ, Tambue A (2013). Stochastic exponential integrators for the finite element "
        "discretization of SPDEs for multiplicative and additive noise. IMA Journal of Numerical "
        "Analysis 33(2):515-543. doi:10.1093/imanum/drr059",
    ),
    noise=NoiseType.GENERAL,
    strong_order=0.5,
    additive_order=1.0,
    weak_order=1.0,
    interpretation=Interpretation.ITO,
    suits="each equation is linear in its own variable",
    accepts=_ACCEPTS,
    advice=_ADVICE,
)

EXPONENTIAL_MIDPOINT = ExponentialMidpoint(
    name="exponential_midpoint",
    order=2.0,
    references=(
        "Boergers C, Nectow AR (2013). Exponential time differencing for Hodgkin-Huxley-like "
        "ODEs. SIAM Journal on Scientific Computing 35(3):B623-B643. doi:10.1137/120883657",
    ),
    suits="each equation is linear in its own variable",
    accepts=_ACCEPTS,
    advice=_ADVICE,
)
