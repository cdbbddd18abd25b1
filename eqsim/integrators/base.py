"""What every integration method tells and does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum

from eqsim.errors import IntegratorError
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
        ``O(dt**order)``. Infinite for a method without error. With noise it is the weak order.
    aliases : tuple of str, optional
        Further names.
    references : tuple of str, optional
        Where it is described, each with its DOI.
    strong_order : float, optional
        Order of convergence of single paths, for methods that accept noise.
    interpretation : Interpretation, optional
        What the stochastic integrals mean, for methods that accept noise.
    suits : str, optional
        What is special about the systems that it accepts, to follow "because".
    """

    name: str
    order: float
    aliases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    strong_order: float | None = None
    interpretation: Interpretation | None = None
    suits: str = "it accepts these equations"

    @abstractmethod
    def refusal(self, system: ODESystem) -> str | None:
        """Return why the method cannot treat a system, naming the equation, or None if it can."""

    @abstractmethod
    def step(self, system: ODESystem) -> Step:
        """Return the locals and the values of one step of a system that is not refused."""

    def integrate(self, system: ODESystem, reason: str | None = None) -> UpdateRule:
        """Return the update rule of this method for a system.

        Parameters
        ----------
        system : ODESystem
            What to integrate.
        reason : str, optional
            Why this method, as one sentence.

        Raises
        ------
        IntegratorError
            If the method cannot treat the system.
        """
        refusal = self.refusal(system)
        if refusal is not None:
            raise IntegratorError(f"{self.name!r} cannot integrate these equations\n  {refusal}")
        why = reason or f"{self.name!r} because {self.suits}"
        return UpdateRule(self.name, self.order, *self.step(system), why)


def refused_noise(system: ODESystem) -> str | None:
    """Return the refusal of methods without noise."""
    for equation in system.equations:
        for noise, _ in equation.noise:
            return f"d{equation.variable}/dt contains the noise {noise!r}"
    return None
