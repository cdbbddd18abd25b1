"""Steps of any length from any state, with an estimate of their error where there is one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from eqsim.expressions.nodes import Expr, Name
from eqsim.expressions.statements import Statement
from eqsim.integrators.base import Integrator
from eqsim.integrators.system import ODE, STEP, TIME, ODESystem, Step, changes, is_at_rest


@dataclass(frozen=True, slots=True)
class Start:
    """From where a step goes, and how far.

    Parameters
    ----------
    state : mapping of str to Expr
        The value of each variable.
    time : Expr
        The time.
    length : Expr
        The length of the step.
    """

    state: Mapping[str, Expr]
    time: Expr
    length: Expr


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step that may be taken.

    Parameters
    ----------
    statements : tuple of Statement
        Definitions of locals.
    values : tuple of (str, Expr)
        The new value of each variable that changes.
    errors : tuple of (str, Expr)
        What a second method finds for it, as a difference; zero if there is no second method.
    """

    statements: tuple[Statement, ...]
    values: tuple[tuple[str, Expr], ...]
    errors: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class StagedMethod(Integrator):
    """A method whose step consists of stages, and can be taken from any state with any length."""

    @abstractmethod
    def attempt(self, system: ODESystem, start: Start) -> Attempt:
        """Return the stages, the new values, and the estimates of their errors."""

    def step(self, system: ODESystem) -> Step:
        """Return the stages one after the other, and the new values."""
        attempt = self.attempt(system, of_step(system))
        return attempt.statements, changes(attempt.values)


def of_step(system: ODESystem) -> Start:
    """Return the start of a whole step."""
    return Start({name: Name(name) for name in system.variables}, TIME, STEP)


def moving(system: ODESystem) -> list[ODE]:
    """Return the equations whose variables change."""
    return [equation for equation in system.equations if not is_at_rest(equation)]
