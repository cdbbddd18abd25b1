"""Every integration method, in one list."""

from __future__ import annotations

from eqsim.integrators.base import Integrator
from eqsim.integrators.exact import EXACT
from eqsim.integrators.explicit import EULER, EULER_MARUYAMA, HEUN, MILSTEIN, MILSTEIN_ITO
from eqsim.integrators.exponential import EXPONENTIAL_EULER, EXPONENTIAL_MIDPOINT
from eqsim.integrators.independent import INDEPENDENT
from eqsim.integrators.milstein import MILSTEIN_SYMBOLIC_ITO, MILSTEIN_SYMBOLIC_STRATONOVICH
from eqsim.integrators.pairs import (
    BOGACKI_SHAMPINE,
    CASH_KARP,
    DORMAND_PRINCE,
    RKF45,
    RODAS3_ADAPTIVE,
    RODAS4_ADAPTIVE,
)
from eqsim.integrators.rosenbrock import BACKWARD_EULER, RODAS3, RODAS4, ROSENBROCK
from eqsim.integrators.runge_kutta import (
    HEUN3,
    MIDPOINT,
    RALSTON,
    RALSTON3,
    RK2,
    RK3,
    RK4,
    RK4_ALTERNATIVE,
    SSPRK3,
)

ALL: tuple[Integrator, ...] = (
    EXACT,
    INDEPENDENT,
    EXPONENTIAL_EULER,
    EXPONENTIAL_MIDPOINT,
    EULER,
    MIDPOINT,
    RK2,
    RALSTON,
    RK3,
    HEUN3,
    RALSTON3,
    SSPRK3,
    RK4,
    RK4_ALTERNATIVE,
    BOGACKI_SHAMPINE,
    RKF45,
    CASH_KARP,
    DORMAND_PRINCE,
    BACKWARD_EULER,
    ROSENBROCK,
    RODAS3,
    RODAS4,
    RODAS3_ADAPTIVE,
    RODAS4_ADAPTIVE,
    EULER_MARUYAMA,
    HEUN,
    MILSTEIN,
    MILSTEIN_ITO,
    MILSTEIN_SYMBOLIC_ITO,
    MILSTEIN_SYMBOLIC_STRATONOVICH,
)
"""Every method."""
