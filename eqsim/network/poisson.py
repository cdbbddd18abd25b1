"""Random input: neurons that spike with given rates, and the summed effect of many of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from eqsim.equations.block_parser import parse_block
from eqsim.equations.declarations import (
    NEURON_FLAGS,
    Declaration,
    EquationBlock,
    Flag,
    VariableKind,
)
from eqsim.equations.equations import Equations
from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Expr
from eqsim.expressions.parser import parse_expression
from eqsim.network.caller import caller_names
from eqsim.network.clocks import Clock
from eqsim.network.events import SPIKE
from eqsim.network.groups import StateOwner
from eqsim.network.lowering.externals import functions_in
from eqsim.network.messages import LOGGER
from eqsim.network.naming import new_name
from eqsim.network.neurongroup import NeuronGroup
from eqsim.network.objects import SteppedObject
from eqsim.network.synapses.owner import SynapticOwner
from eqsim.network.variables import Variable
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS, HERTZ, Dimension, base_unit_for
from eqsim.units.quantity import Quantity, dimension_of, si_array, si_value, with_dimension


class PoissonGroup(NeuronGroup):
    """Neurons that spike at random, each independently of the others and of its past.

    In each step a neuron spikes with probability ``rates*dt``, at most once.

    Parameters
    ----------
    N : int
        How many neurons, at least one.
    rates : Quantity or str
        The rates, in hertz: one, or one for each neuron; or an expression that is evaluated in
        each step, over ``t``, ``i`` and what the caller defines. One rate for all costs nothing
        for neurons that do not spike.
    dt, clock : Quantity, Clock, optional
        Time step, or clock, of its own.
    when, order : str, int
        Where in the step it is found who spikes.
    namespace : dict, optional
        Constants of the expression; those that are not in it are taken from where ``run`` is
        called.
    name : str, optional
        The group's name.

    Attributes
    ----------
    rates : VariableView
        The rates, shape (N,), in hertz; they can be set unless an expression gives them.

    Raises
    ------
    EquationError
        If the expression does not follow the language.
    ModelError, DimensionMismatchError
        If rates are negative, have another unit or another length, or another argument does not
        fit.

    Examples
    --------
    >>> from eqsim import Hz, PoissonGroup, SpikeMonitor, run, second, seed
    >>> seed(1)
    >>> P = PoissonGroup(3, rates=[0, 50, 500]*Hz)
    >>> M = SpikeMonitor(P)
    >>> run(1*second, target='numpy')
    >>> M.count
    array([  0,  49, 477])
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        N: int,  # noqa: N803
        rates: Quantity | str,
        dt: Quantity | None = None,
        clock: Clock | None = None,
        when: str = "thresholds",
        order: int = 0,
        namespace: Mapping[str, Any] | None = None,
        name: str = "poissongroup*",
    ) -> None:
        name = new_name(name)
        super().__init__(
            N,
            _rate_equation(rates, name, namespace),
            threshold="rand() < rates*dt",
            namespace=namespace,
            dt=dt,
            clock=clock,
            order=order,
            name=name,
        )
        self.set_event_schedule(SPIKE, when, order)
        self._is_told = False
        self._is_given_one = not isinstance(rates, str) and np.ndim(si_value(rates)) == 0
        if not isinstance(rates, str):
            stored = self.variables["rates"]
            self.variables["rates"] = replace(stored, is_nonnegative=True)
            self.write("rates", slice(None), rates)

    def write(self, name: str, item: Any, value: Any, *, unitless: bool = False) -> None:
        """Set values of a variable, as in every group."""
        declared = self.declaration(name)
        if declared is not None and declared.expression is not None:
            raise ModelError(
                f"{name!r} of {self.name!r} is an expression, evaluated in each step, and cannot"
                " be set\n  make the group with numbers, rates=10*Hz, to set them"
            )
        super().write(name, item, value, unitless=unitless)

    @property
    def equal_variables(self) -> tuple[str, ...]:
        """The rates, if one was given for all neurons, and all have the same."""
        rates = self.variables.get("rates")
        if rates is None or not self._is_given_one or (rates.values != rates.values[0]).any():
            return ()
        return ("rates",)

    def give_each(self) -> None:
        """Take the rates for one of each neuron from now on, even if they are equal."""
        self._is_given_one = False

    @property
    def lowered_from(self) -> tuple[object, ...]:
        """What a program is made from: whether all neurons have the same rate too."""
        return (*super().lowered_from, bool(self.equal_variables))

    @property
    def given_names(self) -> frozenset[str]:
        """The rates, which stand in the threshold without the user's doing."""
        return super().given_names | {"rates"}

    def advise(self, start: float) -> None:
        """Tell of rates that no sequence of steps can have."""
        del start
        rates = self.variables.get("rates")
        if rates is None or self._is_told or rates.values.max() * self.clock.dt_ <= 1:
            return
        self._is_told = True
        LOGGER.warning(
            "%s: a rate of %s means more than one spike in a step of %s; there is at most one",
            self.name,
            Quantity(rates.values.max(), HERTZ),
            self.clock.dt,
        )


def _rate_equation(
    rates: Quantity | str, name: str, namespace: Mapping[str, Any] | None
) -> Equations:
    """Return the equation that declares the rates of a group."""
    if not isinstance(rates, str):
        text = Source("rates : hertz", f"equations of {name!r}")
        return Equations(parse_block(text, NEURON_FLAGS))
    expression = parse_expression(Source(rates, f"rates of {name!r}"), functions=None)
    span = expression.span
    assert span is not None
    # What is random differs from use to use, unless it is computed once in each step.
    called = functions_in(expression, namespace or {}, caller_names())
    once = any(function.is_random for function in called.values())
    flags = frozenset({Flag.CONSTANT_OVER_DT} if once else ())
    declaration = Declaration(
        "rates", VariableKind.SUBEXPRESSION, Kind.FLOAT, HERTZ, expression, flags, span, span
    )
    return Equations(EquationBlock((declaration,), (span.source,)))


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
        target: StateOwner,
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
        if not isinstance(target, StateOwner) or isinstance(target, SynapticOwner):
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
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0:
        raise ModelError(
            f"N of {name!r}, the number of inputs, must be a whole number from 0 on, not {count!r}"
        )
    return int(count)


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
