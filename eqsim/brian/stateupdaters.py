"""Integration methods under Brian's names, as objects that ``method=`` takes."""

from __future__ import annotations

from typing import Any

from eqsim.integrators import explicit_method, register_method
from eqsim.integrators.base import Integrator

euler = "euler"
exact = "exact"
exponential_euler = "exponential_euler"
gsl_rk2 = "gsl_rk2"
gsl_rk4 = "gsl_rk4"
gsl_rk8pd = "gsl_rk8pd"
gsl_rkck = "gsl_rkck"
gsl_rkf45 = "gsl_rkf45"
heun = "heun"
independent = "independent"
linear = "linear"
milstein = "milstein"
rk2 = "rk2"
rk4 = "rk4"


def ExplicitStateUpdater(  # noqa: N802 - Brian's name
    description: str, stochastic: str | None = None, custom_check: Any = None
) -> Integrator:
    """Return a method that is written as a description of one step.

    Parameters
    ----------
    description : str
        The step, as for :func:`eqsim.explicit_method`.
    stochastic : {'additive', 'multiplicative'}, optional
        Which noise it can treat.
    custom_check : None
        A function that checks equations cannot be given: those are checked by the description.
    """
    if custom_check is not None:
        raise TypeError("custom_check is not supported: methods refuse by what they describe")
    return explicit_method(description, stochastic=stochastic)


class StateUpdateMethod:
    """Where methods of one's own get names."""

    @staticmethod
    def register(name: str, stateupdater: Any) -> None:
        """Give a method a name: see :func:`eqsim.register_method`."""
        register_method(name, stateupdater)
