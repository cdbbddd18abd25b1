"""The explicit methods that are written as descriptions: one constant each."""

from __future__ import annotations

from eqsim.integrators.base import Interpretation
from eqsim.integrators.description import Description, ExplicitMethod
from eqsim.integrators.structure import NoiseType

_MARUYAMA = (
    "Maruyama G (1955). Continuous Markov processes and stochastic equations. Rendiconti del "
    "Circolo Matematico di Palermo 4:48-90. doi:10.1007/BF02846028"
)
_HIGHAM = (
    "Higham DJ (2001). An algorithmic introduction to numerical simulation of stochastic "
    "differential equations. SIAM Review 43(3):525-546. doi:10.1137/S0036144500378302"
)
_RUEMELIN = (
    "Ruemelin W (1982). Numerical treatment of stochastic differential equations. SIAM Journal on "
    "Numerical Analysis 19(3):604-613. doi:10.1137/0719041"
)
_KLOEDEN_PLATEN = (
    "Kloeden PE, Platen E (1992). Numerical solution of stochastic differential equations. "
    "Springer. doi:10.1007/978-3-662-12616-5"
)
_ROESSLER = (
    "Roessler A (2010). Runge-Kutta methods for the strong approximation of solutions of "
    "stochastic differential equations. SIAM Journal on Numerical Analysis 48(3):922-952. "
    "doi:10.1137/09076636X"
)

EULER = ExplicitMethod(
    name="euler",
    order=1.0,
    references=(_MARUYAMA, _HIGHAM),
    noise=NoiseType.ADDITIVE,
    strong_order=1.0,
    weak_order=1.0,
    interpretation=Interpretation.BOTH,
    suits="it takes any equations with additive noise or none",
    description=Description.from_text("x_new = x + dt*f(x, t) + g(x, t)*dW"),
)

EULER_MARUYAMA = ExplicitMethod(
    name="euler_maruyama",
    order=1.0,
    aliases=("euler_ito",),
    references=(_MARUYAMA, _HIGHAM),
    noise=NoiseType.GENERAL,
    strong_order=0.5,
    additive_order=1.0,
    weak_order=1.0,
    interpretation=Interpretation.ITO,
    suits="it takes any equations with any noise, in the sense of Ito",
    description=Description.from_text("x_new = x + dt*f(x, t) + g(x, t)*dW"),
)

HEUN = ExplicitMethod(
    name="heun",
    order=2.0,
    aliases=("heun2", "heun_stratonovich", "stratonovich_heun"),
    references=(_RUEMELIN, _KLOEDEN_PLATEN),
    noise=NoiseType.GENERAL,
    strong_order=1.0,
    weak_order=1.0,
    interpretation=Interpretation.STRATONOVICH,
    suits="it takes any equations with any noise, in the sense of Stratonovich",
    description=Description.from_text("""
        x_support = x + dt*f(x, t) + g(x, t)*dW
        x_new = x + dt/2*(f(x, t) + f(x_support, t + dt)) + (g(x, t) + g(x_support, t + dt))/2*dW
    """),
)

MILSTEIN = ExplicitMethod(
    name="milstein",
    order=1.0,
    aliases=("milstein_stratonovich", "milstein_stra"),
    references=(_KLOEDEN_PLATEN, _HIGHAM),
    noise=NoiseType.DIAGONAL,
    strong_order=1.0,
    weak_order=1.0,
    interpretation=Interpretation.STRATONOVICH,
    suits="each equation has one noise, in the sense of Stratonovich",
    # With a support at x + sqrt(dt)*g, on one side always, the difference of g would err by
    # O(sqrt(dt)) times a square with a mean of dt: paths and moments of order 1/2 only.
    description=Description.from_text("""
        x_support = x + g(x, t)*dW
        correction = (g(x_support, t) - g(x, t))/2
        x_new = x + dt*f(x, t) + g(x, t)*dW + correction*dW
    """),
)

MILSTEIN_ITO = ExplicitMethod(
    name="milstein_ito",
    order=1.0,
    references=(_KLOEDEN_PLATEN, _HIGHAM),
    noise=NoiseType.DIAGONAL,
    strong_order=1.0,
    weak_order=1.0,
    interpretation=Interpretation.ITO,
    suits="each equation has one noise, in the sense of Ito",
    description=Description.from_text("""
        x_support = x + dt*f(x, t) + sqrt(dt)*g(x, t)
        correction = (g(x_support, t) - g(x, t))/(2*sqrt(dt))
        x_new = x + dt*f(x, t) + g(x, t)*dW + correction*(dW**2 - dt)
    """),
)
