"""The increments of noise over a step."""

from __future__ import annotations

from eqsim.expressions.fold import multiply
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.statements import Distribution, Draw
from eqsim.integrators.system import STEP, ODESystem


def draws(system: ODESystem) -> tuple[Draw, ...]:
    """Return one normal number for each noise of a system."""
    return tuple(
        Draw(normal(noise), Distribution.NORMAL, (), stream=noise) for noise in system.noises
    )


def normal(noise: str) -> str:
    """Return the local with the normal number of a noise."""
    return f"_normal_{noise}"


def root_of_step() -> Expr:
    """Return the standard deviation of the increments."""
    return Call("sqrt", (STEP,))


def increment(noise: str) -> Expr:
    """Return the increment of a noise over the step."""
    return multiply(root_of_step(), Name(normal(noise)))
