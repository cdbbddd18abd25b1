"""The choice of a method: from names and options to the first that can treat a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eqsim.errors import IntegratorError, did_you_mean, message
from eqsim.integrators.base import Integrator, Interpretation
from eqsim.integrators.methods import ALL
from eqsim.integrators.structure import NoiseType, noise_type
from eqsim.integrators.system import ODESystem, UpdateRule
from eqsim.integrators.user import checked_name, explicit_method, method_of

DEFAULT = ("exact", "euler", "heun")
"""The order in which methods are tried if the user names none."""

_SHOWN = 8
"""How many methods a message lists."""

_registered: dict[str, Integrator] = {}
"""What the user has added, by name."""

Method = str | Integrator
"""What names a method: a name, or the method itself."""


def _known() -> dict[str, Integrator]:
    own = {n: integrator for integrator in ALL for n in (integrator.name, *integrator.aliases)}
    return own | _registered


def by_name(name: str) -> Integrator:
    """Return the method with a name or an alias.

    Raises
    ------
    IntegratorError
        If there is no such method.

    Examples
    --------
    >>> by_name("linear").name
    'exact'
    """
    known = _known()
    if name in known:
        return known[name]
    problem = f"unknown integration method {name!r}"
    raise IntegratorError(message(problem, did_you_mean(name, known), f"known: {_all()}"))


def register_method(name: str, method: Any) -> None:
    """Give a method of one's own a name by which groups can choose it.

    Parameters
    ----------
    name : str
        The name.
    method : str, Integrator or callable
        The description of a step, as for :func:`explicit_method`; a method; or a function that
        takes the equations as a :class:`SystemText` and returns the statements of a step.

    Raises
    ------
    IntegratorError
        If the name is that of another method, or nothing of this kind is given.
    EquationError
        If the description is wrong.

    Examples
    --------
    >>> register_method('euler_by_hand', 'x_new = x + dt*f(x, t)')
    >>> by_name('euler_by_hand').cost
    '1 f'
    """
    if not checked_name(name).isidentifier():
        raise IntegratorError(f"{name!r} cannot be the name of a method\n  expected: a word")
    made = as_method(method, name)
    if _known().get(name, made) != made:
        raise IntegratorError(f"there is a method {name!r} already\n  give yours another name")
    _registered[name] = made


def as_method(given: Any, name: str | None = None) -> Integrator:
    """Return the method that a user gives: a description, a function, or the method itself."""
    if isinstance(given, str):
        return explicit_method(given, name=name or "explicit method")
    if isinstance(given, Integrator):
        return replace(given, name=name or given.name)
    if callable(given):
        return method_of(given, name)
    raise IntegratorError(
        f"{given!r} is no integration method\n"
        "  expected: its name, explicit_method(...), or a function that returns the statements of"
        " a step"
    )


def configured(method: Any, options: Mapping[str, Any]) -> tuple[Integrator, ...]:
    """Return the methods that a user asks for, with options, in the order of preference.

    Parameters
    ----------
    method : str, Integrator, callable or sequence of these
        A method by name or by itself, or several.
    options : mapping of str to object
        Options of the method.

    Raises
    ------
    IntegratorError
        If there is no such method or option, a value does not fit, or options are given and
        several methods.
    """
    is_single = isinstance(method, str | Integrator) or callable(method)
    given = [method] if is_single else list(method)
    found = tuple(by_name(each) if isinstance(each, str) else as_method(each) for each in given)
    if options and len(found) != 1:
        raise IntegratorError(
            f"options ({', '.join(map(repr, options))}) without a single method to take them\n"
            "  name one: method='rk2', method_options={'beta': 2/3}"
        )
    return tuple(integrator.configured(options) for integrator in found)


def choose(system: ODESystem, candidates: Sequence[Method] = DEFAULT) -> tuple[Integrator, str]:
    """Return the first of several methods that can treat a system, and why it was chosen.

    Parameters
    ----------
    system : ODESystem
        What to integrate.
    candidates : sequence of str or Integrator, optional
        Methods in the order of preference.

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
    for candidate in candidates:
        integrator = by_name(candidate) if isinstance(candidate, str) else candidate
        refusal = integrator.refusal(system)
        if refusal is None:
            why = "; ".join(refusals) or integrator.suits
            return integrator, f"{integrator.name!r}{_sense(integrator, system)} because {why}"
        refusals.append(f"{integrator.name!r} cannot: {refusal}")
    problem = "no method can integrate these equations"
    raise IntegratorError(message(problem, *refusals, _able(system)))


def integrate(system: ODESystem, method: Method | Sequence[Method] | None = None) -> UpdateRule:
    """Return the update rule of a system.

    Parameters
    ----------
    system : ODESystem
        What to integrate.
    method : str, Integrator or sequence of these, optional
        The method, or methods of which the first that fits is taken. By default ``exact`` where
        it fits, else ``euler``, else ``heun``.

    Raises
    ------
    IntegratorError
        If a name is not known, or the method cannot treat the system.

    Examples
    --------
    >>> from eqsim.expressions.nodes import Name
    >>> from eqsim.integrators import ODE
    >>> rule = integrate(ODESystem((ODE("x", Name("speed")),), frozenset({"speed"})))
    >>> rule.reason
    "'exact' because the equations are linear with coefficients constant over a step"
    >>> integrate(ODESystem((ODE("x", Name("speed")),)), "rk4").reason
    "'rk4' because it was asked for"
    """
    candidates = [method] if isinstance(method, str | Integrator) else method
    integrator, reason = selected(system, candidates)
    return integrator.rule(system, reason)


def selected(
    system: ODESystem, candidates: Sequence[Method] | None = None
) -> tuple[Integrator, str]:
    """Return the method for a system, and why it is that one.

    Parameters
    ----------
    system : ODESystem
        What to integrate.
    candidates : sequence of str or Integrator, optional
        The only method, or several of which the first that fits is taken.

    Returns
    -------
    integrator : Integrator
        The method.
    reason : str
        One sentence that names the method and says why.

    Raises
    ------
    IntegratorError
        If a name is not known, or the method cannot treat the system.
    """
    if candidates is None or len(candidates) != 1:
        return choose(system, DEFAULT if candidates is None else candidates)
    (only,) = candidates
    integrator = by_name(only) if isinstance(only, str) else only
    refusal = integrator.refusal(system)
    if refusal is not None:
        shown = only if isinstance(only, str) else only.name
        problem = f"{shown!r} cannot integrate these equations"
        raise IntegratorError(message(problem, refusal, _able(system)))
    return integrator, f"{integrator.name!r}{_sense(integrator, system)} because it was asked for"


def _sense(integrator: Integrator, system: ODESystem) -> str:
    """Return in which sense a method takes noise, to follow its name."""
    meaning = integrator.interpretation
    has_one_sense = noise_type(system) in (NoiseType.NONE, NoiseType.ADDITIVE)
    if meaning is None or meaning is Interpretation.BOTH or has_one_sense:
        return ""
    return f" (noise in the sense of {meaning.value})"


def _able(system: ODESystem) -> str:
    """Return the line that says which methods can treat a system."""
    every = (*ALL, *_registered.values())
    able = [repr(integrator.name) for integrator in every if integrator.refusal(system) is None]
    more = f" and {len(able) - _SHOWN} more" if len(able) > _SHOWN else ""
    return f"methods that can: {', '.join(able[:_SHOWN]) or 'none'}{more}"


def _all() -> str:
    return ", ".join(repr(name) for name in (*(each.name for each in ALL), *_registered))
