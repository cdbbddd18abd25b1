"""Numerical integration: a system of differential equations to the statements of one step.

A method is named in one place, the tuple `ALL`.
"""

from __future__ import annotations

from collections.abc import Sequence

from eqsim.errors import IntegratorError, did_you_mean
from eqsim.integrators.base import Integrator as Integrator
from eqsim.integrators.base import Interpretation as Interpretation
from eqsim.integrators.euler import EULER
from eqsim.integrators.exact import EXACT
from eqsim.integrators.exponential import EXPONENTIAL_EULER
from eqsim.integrators.runge_kutta import RK2, RK4
from eqsim.integrators.system import ODE as ODE
from eqsim.integrators.system import ODESystem as ODESystem
from eqsim.integrators.system import UpdateRule as UpdateRule
from eqsim.integrators.tableau import ButcherTableau as ButcherTableau
from eqsim.integrators.tableau import ExplicitRungeKutta as ExplicitRungeKutta

ALL: tuple[Integrator, ...] = (
    EXACT,
    EXPONENTIAL_EULER,
    EULER,
    RK2,
    RK4,
)
"""Every method."""

DEFAULT = ("exact", "euler")
"""The order in which methods are tried if the user names none."""


def by_name(name: str) -> Integrator:
    """Return the method with a name or an alias.

    Raises
    ------
    IntegratorError
        If there is no such method.

    Examples
    --------
    >>> by_name("midpoint").name
    'rk2'
    """
    known = {n: integrator for integrator in ALL for n in (integrator.name, *integrator.aliases)}
    if name in known:
        return known[name]
    lines = [f"unknown integration method {name!r}", did_you_mean(name, known), f"known: {_all()}"]
    raise IntegratorError("\n  ".join(filter(None, lines)))


def choose(system: ODESystem, candidates: Sequence[str] = DEFAULT) -> tuple[Integrator, str]:
    """Return the first of several methods that can treat a system, and why it was chosen.

    Parameters
    ----------
    system : ODESystem
        What to integrate.
    candidates : sequence of str, optional
        Names of methods in the order of preference.

    Returns
    -------
    integrator : Integrator
        The method.
    reason : str
        One sentence that names the method and says why.

    Raises
    ------
    IntegratorError
        If a name is not known, or no candidate can treat the system.
    """
    refusals: list[str] = []
    for integrator in map(by_name, candidates):
        refusal = integrator.refusal(system)
        if refusal is None:
            why = "; ".join(refusals) or integrator.suits
            return integrator, f"{integrator.name!r} because {why}"
        refusals.append(f"{integrator.name!r} cannot: {refusal}")
    lines = ["no method can integrate these equations", *refusals, _able(system)]
    raise IntegratorError("\n  ".join(lines))


def integrate(system: ODESystem, method: str | Sequence[str] | None = None) -> UpdateRule:
    """Return the update rule of a system.

    Parameters
    ----------
    system : ODESystem
        What to integrate.
    method : str or sequence of str, optional
        The method, or methods of which the first that fits is taken. By default ``exact`` where
        it fits, else ``euler``.

    Raises
    ------
    IntegratorError
        If a name is not known, or the method cannot treat the system.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Name
    >>> rule = integrate(ODESystem((ODE("x", Name("speed")),), frozenset({"speed"})))
    >>> rule.reason
    "'exact' because the equations are linear with coefficients constant over a step"
    >>> integrate(ODESystem((ODE("x", Name("speed")),)), "rk4").reason
    "'rk4' because it was asked for"
    """
    if not isinstance(method, str):
        integrator, reason = choose(system, DEFAULT if method is None else method)
        return integrator.integrate(system, reason)
    integrator = by_name(method)
    refusal = integrator.refusal(system)
    if refusal is not None:
        lines = [f"{method!r} cannot integrate these equations", refusal, _able(system)]
        raise IntegratorError("\n  ".join(lines))
    return integrator.integrate(system, f"{integrator.name!r} because it was asked for")


def _able(system: ODESystem) -> str:
    """Return the line that says which methods can treat a system."""
    able = [repr(integrator.name) for integrator in ALL if integrator.refusal(system) is None]
    return f"methods that can: {', '.join(able) or 'none'}"


def _all() -> str:
    shown = []
    for integrator in ALL:
        aliases = f" ({', '.join(map(repr, integrator.aliases))})" if integrator.aliases else ""
        shown.append(f"{integrator.name!r}{aliases}")
    return ", ".join(shown)
