"""Neurons that spike at random, with given rates."""

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
from eqsim.errors import ModelError
from eqsim.expressions.kinds import Kind
from eqsim.expressions.parser import parse_expression
from eqsim.network.caller import caller_names
from eqsim.network.clocks import Clock
from eqsim.network.events import SPIKE
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.kernels.externals import functions_in
from eqsim.network.messages import LOGGER
from eqsim.network.naming import new_name
from eqsim.source import Source
from eqsim.units.dimensions import HERTZ
from eqsim.units.quantity import Quantity, si_value


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
