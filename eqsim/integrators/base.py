"""What every integration method tells and does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from eqsim.errors import IntegratorError, did_you_mean, message
from eqsim.expressions.nodes import Kind
from eqsim.integrators.options import Option
from eqsim.integrators.structure import NoiseType, noise_type
from eqsim.integrators.system import ODESystem, Step, UpdateRule


class Interpretation(Enum):
    """What the stochastic integrals mean to which a method converges."""

    ITO = "Ito"
    STRATONOVICH = "Stratonovich"
    BOTH = "Ito = Stratonovich"
    """Noise is additive, where both are the same."""


@dataclass(frozen=True, slots=True)
class Integrator(ABC):
    """A method of numerical integration.

    Parameters
    ----------
    name : str
        The user's name for it.
    order : float
        Order of convergence for systems without noise: the error at a fixed time is
        ``O(dt**order)``. Infinite for a method without error.
    aliases : tuple of str, optional
        Further names.
    references : tuple of str, optional
        Where it is described, each with its DOI.
    noise : NoiseType, optional
        The most general noise that it accepts.
    strong_order : float, optional
        Order of convergence of single paths, for methods that accept noise. It is 1/2 where
        noises do not commute, whatever the method: their increments do not say enough.
    additive_order : float, optional
        The same where noise is additive, if that is another.
    weak_order : float, optional
        Order of convergence of the moments, for methods that accept noise.
    interpretation : Interpretation, optional
        What the stochastic integrals mean, for methods that accept noise.
    suits : str, optional
        What is special about the systems that it accepts, to follow "because".
    accepts : str, optional
        Which equations it accepts, in a few words.
    advice : str, optional
        What to do where values are no longer finite.
    """

    name: str
    order: float
    aliases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    noise: NoiseType = NoiseType.NONE
    strong_order: float | None = None
    additive_order: float | None = None
    weak_order: float | None = None
    interpretation: Interpretation | None = None
    suits: str = "it accepts these equations"
    accepts: str = "any equations"
    advice: str = (
        "the integration diverged: use a smaller dt, or a method for stiff equations such as"
        " 'rosenbrock' or 'exponential_euler'"
    )

    @property
    @abstractmethod
    def cost(self) -> str:
        """What one step takes, in a few words."""

    @property
    def options(self) -> Mapping[str, Option]:
        """The options that the method takes, by name."""
        return {}

    @property
    def memory(self) -> Mapping[str, Kind]:
        """What the method keeps for each element from one step to the next, by name."""
        return {}

    @abstractmethod
    def refusal(self, system: ODESystem) -> str | None:
        """Return why the method cannot treat a system, naming the equation, or None if it can."""

    @abstractmethod
    def step(self, system: ODESystem) -> Step:
        """Return the locals and the values of one step of a system that is not refused."""

    @property
    def constants(self) -> Mapping[str, float | int]:
        """Values of names that a step reads beside those of the system."""
        return {}

    def configured(self, given: Mapping[str, Any]) -> Integrator:
        """Return the method with options.

        Parameters
        ----------
        given : mapping of str to object
            Values of options by name.

        Raises
        ------
        IntegratorError
            If the method has no such option, a value does not fit, or two contradict each other.
        """
        for name in given:
            if name not in self.options:
                raise IntegratorError(
                    message(
                        f"{self.name!r} has no option {name!r}",
                        did_you_mean(str(name), self.options),
                        f"its options: {', '.join(map(repr, self.options)) or 'none'}",
                    )
                )
        values = {name: self.options[name].checked(self.name, name, given[name]) for name in given}
        return self._with_options(values) if values else self

    def _with_options(self, values: Mapping[str, Any]) -> Integrator:
        return replace(self, **values)

    def rule(self, system: ODESystem, reason: str) -> UpdateRule:
        """Return the update rule for a system that is known not to be refused."""
        locals_, values = self.step(system)
        constants = dict(self.constants)
        return UpdateRule(self.name, locals_, values, reason, constants, self.advice)

    def noise_refusal(self, system: ODESystem) -> str | None:
        """Return why the noise of a system is more general than the method accepts, or None."""
        found = noise_type(system)
        if found.rank <= self.noise.rank:
            return None
        if self.noise is NoiseType.NONE:
            return _any_noise(system)
        if self.noise is NoiseType.ADDITIVE:
            return _multiplicative_noise(system)
        if found is NoiseType.GENERAL and self.noise is NoiseType.COMMUTATIVE:
            return (
                f"the noises {_listed(system.noises)} do not commute: it matters in which order"
                " they act, which their increments do not say"
            )
        return _shared_noise(system)


def _any_noise(system: ODESystem) -> str | None:
    for equation in system.equations:
        for noise, _ in equation.noise:
            return f"d{equation.variable}/dt contains the noise {noise!r}"
    return None


def _multiplicative_noise(system: ODESystem) -> str | None:
    for equation in system.equations:
        for noise, factor in equation.noise:
            moving = system.driven_by(factor)
            if moving:
                return (
                    f"the noise {noise!r} in d{equation.variable}/dt is multiplied with a "
                    f"factor that depends on {_listed(moving)}{system.jumps(factor)}"
                )
    return None


def _shared_noise(system: ODESystem) -> str:
    for equation in system.equations:
        if len(equation.noise) > 1:
            names = [noise for noise, _ in equation.noise]
            return f"d{equation.variable}/dt contains {len(names)} noises: {_listed(names)}"
    driving = {e.variable: noise for e in system.equations for noise, _ in e.noise}
    for equation in system.equations:
        for noise, factor in equation.noise:
            for variable in system.driven_by(factor):
                if driving.get(variable, noise) != noise:
                    return (
                        f"the noise {noise!r} in d{equation.variable}/dt is multiplied with a"
                        f" factor that depends on {variable!r}, which another noise drives"
                    )
    raise AssertionError("noise that is not diagonal has one of these forms")


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(map(repr, names))
