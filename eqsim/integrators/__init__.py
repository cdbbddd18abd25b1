"""Numerical integration: a system of differential equations to the statements of one step.

A method is named in one place, the tuple `ALL`.
"""

from eqsim.integrators.adaptive import STEP_LIMIT as STEP_LIMIT
from eqsim.integrators.adaptive import UNDEFINED as UNDEFINED
from eqsim.integrators.adaptive import Adaptive as Adaptive
from eqsim.integrators.base import Integrator as Integrator
from eqsim.integrators.base import Interpretation as Interpretation
from eqsim.integrators.choice import DEFAULT as DEFAULT
from eqsim.integrators.choice import as_method as as_method
from eqsim.integrators.choice import by_name as by_name
from eqsim.integrators.choice import choose as choose
from eqsim.integrators.choice import configured as configured
from eqsim.integrators.choice import integrate as integrate
from eqsim.integrators.choice import register_method as register_method
from eqsim.integrators.choice import selected as selected
from eqsim.integrators.methods import ALL as ALL
from eqsim.integrators.structure import NoiseType as NoiseType
from eqsim.integrators.system import ODE as ODE
from eqsim.integrators.system import ODESystem as ODESystem
from eqsim.integrators.system import UpdateRule as UpdateRule
from eqsim.integrators.tableau import ButcherTableau as ButcherTableau
from eqsim.integrators.tableau import ExplicitRungeKutta as ExplicitRungeKutta
from eqsim.integrators.user import SystemText as SystemText
from eqsim.integrators.user import explicit_method as explicit_method
