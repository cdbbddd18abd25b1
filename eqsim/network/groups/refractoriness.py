"""How long neurons do not spike after a spike: what is stored for it, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from eqsim.equations.declarations import EquationBlock
from eqsim.expressions.functions import Function
from eqsim.expressions.kinds import Kind, kind_of
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Expr,
    Literal,
    Name,
)
from eqsim.expressions.traverse import free_names, walk
from eqsim.network.clocks import EXACT_DT
from eqsim.network.variables.variables import Variable
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.runtime.memory import zeros
from eqsim.units.dimensions import DIMENSIONLESS, SECOND

STEP_TOLERANCE = 1e-3
"""The part of a step that the function ``timestep`` forgives."""
_LONG_AGO = -1e4
"""Time of the last spike of a neuron that had none, in seconds."""


class RefractoryKind(Enum):
    """What decides how long a neuron is refractory."""

    TIME = "one time for all neurons"
    EXPRESSION = "an expression, evaluated at each step"
    DRAWN_TIME = "a random expression, evaluated at each spike"
    CONDITION = "a condition, tested at each step"


@dataclass(frozen=True)
class Refractoriness:
    """The refractory period of a group.

    Parameters
    ----------
    period : float or Expr
        A time in seconds, an expression for one, or the condition under which it lasts.
    kind : RefractoryKind
        Which of these.
    """

    period: float | Expr
    kind: RefractoryKind

    @property
    def expression(self) -> Expr | None:
        """The period, if it is the user's text."""
        return self.period if isinstance(self.period, Expr) else None

    @property
    def constants(self) -> Mapping[str, float | int]:
        """The period, if it is one number, under the name that kernels know."""
        return {"refractory": self.period} if isinstance(self.period, float) else {}

    def variables(self, n: int, real: DType) -> dict[str, Variable]:
        """Return what is stored for ``n`` neurons of a precision.

        For a time, whether a neuron is refractory follows from its last spike and is not stored.
        """
        ago = zeros(n, np.float64)
        ago[:] = _LONG_AGO
        stored = [Variable("lastspike", SECOND, DType.FLOAT64, ago, Role.BUILTIN)]
        if self.kind is RefractoryKind.DRAWN_TIME:
            stored.append(Variable("refractory", SECOND, DType.FLOAT64, np.zeros(n), Role.BUILTIN))
        if self.kind is RefractoryKind.CONDITION:
            free = zeros(n, real.numpy)
            free[:] = 1
            stored.append(
                Variable("not_refractory", DIMENSIONLESS, DType.BOOLEAN, free, Role.BUILTIN)
            )
        return {variable.name: variable for variable in stored}

    @property
    def is_over(self) -> Expr | None:
        """The expression for ``not_refractory``, None where it is stored."""
        if self.kind is RefractoryKind.CONDITION:
            return None
        # timestep(t - lastspike, dt) >= timestep(period, dt), solved for the time since the spike:
        # what stands on the right is mostly the same for all neurons, and computed once per step.
        dt = Name(EXACT_DT)
        since = Binary(BinaryOperator.SUBTRACT, Name("t"), Name("lastspike"))
        is_evaluated = self.kind is RefractoryKind.EXPRESSION and isinstance(self.period, Expr)
        needed = self.period if is_evaluated else Name("refractory")
        assert isinstance(needed, Expr)
        steps = Binary(
            BinaryOperator.SUBTRACT, Call("timestep", (needed, dt)), Literal(STEP_TOLERANCE)
        )
        bound = Binary(BinaryOperator.MULTIPLY, steps, dt)
        return Compare(Comparison.GREATER_EQUAL, since, bound)


def refractoriness_of(
    period: float | Expr, block: EquationBlock, functions: Mapping[str, Function]
) -> Refractoriness:
    """Return the refractoriness that a period means in a group with these equations.

    ``functions`` are those that are known when the group is made; others are taken to give times.
    """
    if isinstance(period, float):
        return Refractoriness(period, RefractoryKind.TIME)
    calls = [node for node in walk(period) if isinstance(node, Call)]
    takes_anything = {
        call.function: Function(
            call.function, len(call.arguments), takes=(None,) * len(call.arguments)
        )
        for call in calls
    }
    functions = {**takes_anything, **functions}
    if any(functions[call.function].is_random for call in calls):
        return Refractoriness(period, RefractoryKind.DRAWN_TIME)
    # Names from outside are numbers, so they decide nothing here.
    known = {declared.name: declared.value_kind for declared in block.declarations}
    kinds = dict.fromkeys(free_names(period), Kind.FLOAT) | known
    kinds["not_refractory"] = Kind.BOOLEAN
    is_condition = kind_of(period, kinds, functions) is Kind.BOOLEAN
    kind = RefractoryKind.CONDITION if is_condition else RefractoryKind.EXPRESSION
    return Refractoriness(period, kind)
