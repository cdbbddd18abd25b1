"""The summed effect of many random spikes on each neuron of a group."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsim.equations.declarations import (
    Flag,
)
from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.expressions.nodes import Expr
from eqsim.expressions.parser import parse_expression
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.groups.subgroup import Subgroup
from eqsim.network.naming import new_name
from eqsim.network.objects import SteppedObject
from eqsim.network.variables.variables import Variable
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.source import Source
from eqsim.units.arguments import integral
from eqsim.units.dimensions import DIMENSIONLESS, HERTZ, Dimension, base_unit_for
from eqsim.units.quantity import Quantity, dimension_of, si_array, si_value, with_dimension


class PoissonInput(SteppedObject):
    """The summed effect of many random spikes on each neuron of a group.

    Each neuron has ``N`` inputs of its own, each of which spikes with probability ``rate*dt`` in a
    step. How many of them do is drawn from a binomial distribution, and that many weights are
    added to a variable. This is the effect of a :class:`PoissonGroup` with as many neurons and
    synapses, at the cost of one random number for each neuron and step.

    Parameters
    ----------
    target : NeuronGroup or Subgroup
        The neurons that get the input.
    target_var : str
        The variable to which it is added. One that is marked ``(unless refractory)`` gets nothing
        while its neuron is refractory.
    N : int
        How many inputs each neuron has.
    rate : Quantity
        Rate of a single input, in hertz.
    weight : Quantity or str
        What one spike adds, in the unit of the variable: one value, or an expression that is
        evaluated for each neuron in each step, over the names of the group and of the caller.
    when, order : str, int
        Where in the step.
    name : str, optional
        The input's name.

    Raises
    ------
    EquationError
        If the expression does not follow the language.
    ModelError, DimensionMismatchError
        If the target has no such variable or cannot take input there, or a number does not fit.

    Examples
    --------
    >>> from eqsim import Hz, NeuronGroup, PoissonInput, mV, ms, run, second, seed
    >>> seed(1)
    >>> tau = 10*ms
    >>> G = NeuronGroup(1000, 'dv/dt = -v/tau : volt', method='exact')
    >>> P = PoissonInput(G, 'v', N=100, rate=20*Hz, weight=0.5*mV)
    >>> run(100*ms, target='numpy')
    >>> print(f"{G.v.mean()/mV:.0f} mV, in theory {100*20*Hz*0.5*mV*tau/mV:.0f} mV")
    10 mV, in theory 10 mV
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        target: NeuronGroup | Subgroup,
        target_var: str,
        N: int,  # noqa: N803
        rate: Quantity,
        weight: Quantity | str,
        when: str = "synapses",
        order: int = 0,
        *,
        name: str = "poissoninput*",
    ) -> None:
        name = new_name(name)
        if not isinstance(target, NeuronGroup | Subgroup):
            raise ModelError(
                f"{name!r} cannot give input to {target!r}\n  expected: a group of neurons"
            )
        variable = _variable_for_input(target, target_var)
        super().__init__(name, when, order, target.clock)
        self._target = target
        self._target_var = target_var
        self._n = _checked_count(N, name)
        self._rate = _checked_rate(rate, name)
        self._weight = _checked_weight(weight, variable, name)

    @property
    def target(self) -> StateOwner:
        """The group that gets the input."""
        return self._target

    @property
    def target_var(self) -> str:
        """The variable to which it is added."""
        return self._target_var

    @property
    def N(self) -> int:  # noqa: N802 - the field's name for it
        """How many inputs each neuron has."""
        return self._n

    @property
    def rate(self) -> Quantity:
        """The rate of a single input."""
        return Quantity(self._rate, HERTZ)

    @property
    def rate_(self) -> float:
        """The rate of a single input in hertz, without unit."""
        return self._rate

    @property
    def weight(self) -> Any:
        """What one spike adds: a quantity, or the text of an expression."""
        if not isinstance(self._weight, float | int):
            assert self._weight.span is not None
            return self._weight.span.source.text
        return with_dimension(self._weight, self._target.dimension_of_variable(self._target_var))

    @property
    def amount(self) -> Expr | float | int:
        """What one spike adds, as the program has it: an expression, or a number in SI units."""
        return self._weight


def _variable_for_input(target: StateOwner, name: Any) -> Variable:
    """Return the variable of a group to which input can be added."""
    if not isinstance(name, str) or not target.has_variable(name):
        known = sorted(target.variables)
        raise ModelError(
            message(
                f"{target.name!r} has no variable {name!r} for input",
                f"its variables: {', '.join(known)}",
                did_you_mean(str(name), known),
            )
        )
    variable, declared = target.variables.get(name), target.declaration(name)
    flags = frozenset() if declared is None else declared.flags
    reason = None
    if Flag.LINKED in flags:
        reason = "belongs to another group: give the input to that one"
    elif variable is None or variable.is_read_only:
        reason = "is computed from its equation"
    elif variable.is_shared:
        reason = "is shared by the group, and input is drawn for each neuron"
    elif Flag.CONSTANT in flags:
        reason = "is constant"
    elif variable.role is Role.BUILTIN:
        reason = "is set by the simulation only"
    elif variable.dtype is DType.BOOLEAN:
        reason = "is a truth value"
    if reason is not None or variable is None:
        raise ModelError(f"{name!r} of {target.name!r} cannot get input: it {reason}")
    return variable


def _checked_count(count: Any, name: str) -> int:
    number = integral(count)
    if number is None or number < 0:
        raise ModelError(
            f"N of {name!r}, the number of inputs, must be a whole number from 0 on, not {count!r}"
        )
    return number


def _checked_rate(rate: Any, name: str) -> float:
    value = _single(rate, HERTZ, f"the rate of {name!r}")
    if value < 0:
        raise ModelError(f"the rate of {name!r} must not be negative, not {rate!r}")
    return value


def _checked_weight(weight: Any, variable: Variable, name: str) -> Expr | float | int:
    if isinstance(weight, str):
        return parse_expression(Source(weight, f"weight of {name!r}"), functions=None)
    what = f"the weight of {name!r}"
    if np.ndim(si_value(weight)) > 0:
        raise ModelError(
            f"{what} must be one value, not an array\n"
            "  for a weight per neuron write its variable: weight='w'"
        )
    value = _single(weight, variable.dimension, what)
    if variable.dtype.is_float:
        return value
    if value != int(value):
        raise ModelError(f"{what} must be a whole number, as {variable.name!r} is, not {weight!r}")
    return int(value)


def _single(value: Any, dimension: Dimension, what: str) -> float:
    """Return a finite number in SI units."""
    expected = base_unit_for(dimension)
    shown = "have no unit" if dimension is DIMENSIONLESS else f"have the unit {expected}"
    number = si_array(value)
    if number.dtype.kind not in "iuf":
        raise ModelError(f"{what} must be a number, not {value!r}")
    if dimension_of(value) is not dimension:
        raise DimensionMismatchError(f"{what} must {shown}, not {value!r}")
    if number.ndim != 0 or not np.isfinite(number):
        raise ModelError(f"{what} must be one finite number, not {value!r}")
    return float(number)
