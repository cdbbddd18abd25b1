"""Methods of the user: from the text of a description, or from a function."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from eqsim.equations.check_code import assigned_value
from eqsim.equations.code import CodeBlock, parse_code
from eqsim.errors import EqsimError, EquationError, IntegratorError, UnknownNameError, did_you_mean
from eqsim.expressions.functions import FUNCTIONS, Function
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import Assign, Statement
from eqsim.expressions.traverse import free_names, map_children, substitute, walk
from eqsim.integrators.base import Integrator, Interpretation
from eqsim.integrators.description import Description, ExplicitMethod
from eqsim.integrators.noise import draws, increment
from eqsim.integrators.structure import NoiseType
from eqsim.integrators.system import STEP, TIME, ODESystem, Step, changes
from eqsim.source import Source

StepFunction = Callable[["SystemText"], str]
"""A function from the equations of a system to the statements of one step."""


@dataclass(frozen=True, slots=True)
class SystemText:
    """The equations of a group as texts, for functions that make a step of them.

    Units are gone: all values are in SI units, and subexpressions are put in.

    Parameters
    ----------
    drifts : dict of str to str
        For each variable its right-hand side without noise.
    noises : dict of str to dict of str to str
        For each variable, for each noise in its equation, what the noise is multiplied with.
    """

    drifts: dict[str, str]
    noises: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class FunctionMethod(Integrator):
    """A method whose step is the text that a function of the user returns.

    Parameters
    ----------
    function : callable
        Called with a `SystemText`. The other parameters are those of every `Integrator`.
    """

    function: StepFunction = field(kw_only=True)

    @property
    def cost(self) -> str:
        """What one step takes."""
        return "what its text says"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse nothing: the function raises an error where it cannot."""
        return self.noise_refusal(system)

    def step(self, system: ODESystem) -> Step:
        """Return the statements of the text, one after the other."""
        texts = SystemText(
            {eq.variable: to_text(eq.drift) for eq in system.equations},
            {eq.variable: {n: to_text(g) for n, g in eq.noise} for eq in system.equations},
        )
        try:
            text = self.function(texts)
        except EqsimError:
            raise
        except Exception as failure:
            raise IntegratorError(
                f"the function of the method {self.name!r} failed\n"
                f"  {type(failure).__name__}: {failure}\n"
                "  it is called with a SystemText and returns the statements of a step"
            ) from failure
        if not isinstance(text, str):
            raise IntegratorError(
                f"the function of the method {self.name!r} returned {text!r}\n"
                "  expected: the statements of a step as a text, such as 'v = v + dt*(-v/tau)'"
            )
        code = parse_code(Source(text, f"the step of the method {self.name!r}"))
        return _sequence(code, system)


def _sequence(code: CodeBlock, system: ODESystem) -> Step:
    """Return statements that run one after the other as definitions of locals and new values."""
    definitions = _definitions(system)
    for noise in system.noises:
        if f"dW_{noise}" in _readable(system):
            raise IntegratorError(
                f"'dW_{noise}' is a name of the model and the increment of the noise {noise!r}\n"
                "  rename the one in the equations"
            )
    current: dict[str, Expr] = {f"dW_{noise}": increment(noise) for noise in system.noises}
    known = set(_readable(system)) | current.keys()
    statements: list[Statement] = list(draws(system))
    for position, statement in enumerate(code.statements):
        value = _with_definitions(assigned_value(statement), definitions)
        _check_names(value, known)
        local = f"_line{position}_{statement.target}"
        statements.append(Assign(local, substitute(value, current)))
        current[statement.target] = Name(local)
        known.add(statement.target)
    unset = [name for name in system.variables if name not in current]
    if len(unset) == len(system.variables):
        raise EquationError(
            "the step changes none of the variables",
            code.source.whole,
            details=(f"variables: {', '.join(system.variables)}",),
        )
    values = ((name, current[name]) for name in system.variables if name in current)
    return tuple(statements), changes(values)


def _readable(system: ODESystem) -> Iterator[str]:
    yield from (*system.variables, TIME.identifier, STEP.identifier)
    for equation in system.equations:
        for term in (equation.drift, *(factor for _, factor in equation.noise)):
            yield from free_names(term)


def _definitions(system: ODESystem) -> dict[str, Function]:
    """Return the functions from outside the language that the equations call, by name."""
    terms = [
        term for eq in system.equations for term in (eq.drift, *(factor for _, factor in eq.noise))
    ]
    calls = (node for term in terms for node in walk(term) if isinstance(node, Call))
    return {call.function: call.definition for call in calls if call.definition is not None}


def _with_definitions(expr: Expr, definitions: dict[str, Function]) -> Expr:
    changed = map_children(expr, lambda child: _with_definitions(child, definitions))
    if not isinstance(changed, Call):
        return changed
    if changed.function in definitions:
        return replace(changed, definition=definitions[changed.function])
    function = FUNCTIONS.get(changed.function)
    if function is None or function.is_random:
        names = [*definitions, *(name for name, each in FUNCTIONS.items() if not each.is_random)]
        raise UnknownNameError(
            f"{changed.function!r} is no function that a step can call",
            changed.span,
            details=("random numbers come from the noise: dW_xi is the increment of xi",),
            hint=did_you_mean(changed.function, names),
        )
    return changed


def _check_names(expr: Expr, known: set[str]) -> None:
    for node in walk(expr):
        if isinstance(node, Name) and node.identifier not in known:
            raise UnknownNameError(
                f"{node.identifier!r} is unknown here",
                node.span,
                details=(f"known: {', '.join(sorted(known))}",),
                hint=did_you_mean(node.identifier, known),
            )


_STOCHASTIC = {"additive": NoiseType.ADDITIVE, "multiplicative": NoiseType.GENERAL}


def explicit_method(
    description: str,
    *,
    name: str = "explicit method",
    order: float = math.nan,
    stochastic: str | None = None,
    interpretation: Interpretation | str | None = None,
) -> ExplicitMethod:
    """Return a method that is written as a description of one step.

    Parameters
    ----------
    description : str
        Statements about the system ``dx = f(x, t) dt + g(x, t) dW``: intermediate results, and
        last ``x_new``. ``x`` is the state, ``dt`` the step, ``t`` the time at its start.
    name : str, optional
        What it is called in messages.
    order : float, optional
        Order of convergence for systems without noise, for messages.
    stochastic : {'additive', 'multiplicative'}, optional
        Which noise it accepts; by default any for which the description has a meaning.
    interpretation : {'Ito', 'Stratonovich'}, optional
        To which stochastic integral it converges, for messages.

    Raises
    ------
    EquationError
        If the description is no such text.
    IntegratorError
        If it says nothing about noise that it is to accept.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms, run
    >>> second_order = explicit_method('''
    ...     k = dt*f(x, t)
    ...     x_new = x + dt*f(x + k/2, t + dt/2)
    ... ''', order=2)
    >>> G = NeuronGroup(1, 'dx/dt = -x/(10*ms) : 1', method=second_order, dt=1*ms)
    >>> G.x = 1
    >>> run(1*ms, target='numpy')
    >>> round(float(G.x[0]), 6)
    0.905
    """
    if not isinstance(description, str):
        raise IntegratorError(
            f"the description of a method must be a text, not {description!r}\n"
            "  for example 'x_new = x + dt*f(x, t)'"
        )
    parsed = Description.from_text(description)
    noise = parsed.noise
    if stochastic is not None:
        wanted = _STOCHASTIC.get(stochastic) if isinstance(stochastic, str) else None
        if wanted is None:
            known = ", ".join(map(repr, _STOCHASTIC))
            raise IntegratorError(f"{stochastic!r} is no kind of noise\n  known: {known}")
        if noise is NoiseType.NONE:
            raise IntegratorError(
                f"the method is to accept {stochastic} noise, but its description has none\n"
                "  write where it enters: g(x, t)*dW"
            )
        noise = min(noise, wanted, key=lambda kind: kind.rank)
    return ExplicitMethod(
        name=checked_name(name),
        order=_order(order),
        noise=noise,
        interpretation=None if interpretation is None else _interpretation(interpretation),
        suits="it was given",
        description=parsed,
    )


def checked_name(name: Any) -> str:
    """Return the name of a method after a look at whether it can be one.

    Raises
    ------
    IntegratorError
        If it is no text of letters, digits and signs that every terminal has.
    """
    if not isinstance(name, str) or not name or not name.isascii() or not name.isprintable():
        raise IntegratorError(
            f"{name!r} cannot be the name of a method\n  expected: a word in ASCII"
        )
    return name


def _order(order: Any) -> float:
    if isinstance(order, bool) or not isinstance(order, numbers.Real) or order <= 0:
        raise IntegratorError(
            f"the order of a method cannot be {order!r}\n  expected: a number above 0"
        )
    return float(order)


def _interpretation(given: Any) -> Interpretation:
    try:
        return Interpretation(given)
    except ValueError:
        known = ", ".join(repr(each.value) for each in Interpretation)
        raise IntegratorError(f"{given!r} is no stochastic integral\n  known: {known}") from None


def method_of(function: Any, name: str | None = None) -> Integrator:
    """Return the method of a function that makes the statements of a step.

    Parameters
    ----------
    function : callable
        Takes a `SystemText` and returns statements, as a text.
    name : str, optional
        What it is called in messages, by default the function's name.
    """
    return FunctionMethod(
        name=checked_name(name or ascii(getattr(function, "__name__", "function")).strip("'")),
        order=math.nan,
        noise=NoiseType.GENERAL,
        suits="it was given",
        function=function,
    )
