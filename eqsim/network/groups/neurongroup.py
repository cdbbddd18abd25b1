"""Groups of neurons: equations, threshold, reset, refractoriness, events."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from eqsim.equations.block_parser import parse_block
from eqsim.equations.check_declarations import check_declarations
from eqsim.equations.declarations import NEURON_FLAGS
from eqsim.equations.equations import Equations
from eqsim.equations.identifiers import NEURON_RESERVED
from eqsim.errors import EquationError, ModelError, did_you_mean, message, raise_together
from eqsim.expressions.functions import Function
from eqsim.expressions.nodes import Expr
from eqsim.expressions.traverse import called_functions
from eqsim.network.caller import caller_names
from eqsim.network.clocks import Clock, choose_clock, seconds
from eqsim.network.events import SPIKE, ConditionalEvent, EventCode
from eqsim.network.functions.given_code import given_code, given_condition
from eqsim.network.functions.given_mapping import checked_mapping
from eqsim.network.groups.group_arguments import checked_shape, own_namespace, precisions
from eqsim.network.groups.refractoriness import Refractoriness, refractoriness_of
from eqsim.network.groups.regular_operations import OperatedGroup
from eqsim.network.groups.subgroup import Subgroup, part_of
from eqsim.network.kernels.externals import functions_in
from eqsim.network.messages import LOGGER
from eqsim.network.naming import check_name, new_name
from eqsim.network.objects import NetworkObject, check_order, check_slot
from eqsim.network.variables.methods import GivenMethod, given_method, memory_variables
from eqsim.source import Source
from eqsim.units.quantity import Quantity


class NeuronGroup(OperatedGroup):
    """A group of neurons that follow the same equations.

    Parameters
    ----------
    N : int or tuple of int
        How many neurons, at least one; or how many along each axis of a grid, which are numbered
        row by row.
    model : str or Equations
        The equations.
    method : str, method, callable or sequence of these, optional
        The integration method, or several in the order of preference; by default the first of
        ``'exact'``, ``'euler'``, ``'heun'`` that can treat the equations, which is told.
    method_options : dict of str to object, optional
        Options of the method.
    threshold : str, optional
        Condition for a spike.
    reset : str, optional
        Statements that run for the neurons that spiked.
    refractory : Quantity or str, optional
        How long a neuron does not spike after a spike: a time, an expression for one, or the
        condition under which it stays refractory.
    events : dict of str to str, optional
        Conditions of further events by name.
    namespace : dict, optional
        Constants of the equations; those that are not in it are taken from where ``run`` is
        called.
    dtype : dtype or dict of str to dtype, optional
        Precision of all floating-point variables (``float64`` by default), or of some.
    dt, clock : Quantity, Clock, optional
        Time step, or clock, of its own.
    order : int
        Place within the slots of the schedule.
    name : str, optional
        The group's name.

    Raises
    ------
    EquationError
        If a text does not follow the language.
    ModelError
        If an argument does not fit.

    Examples
    --------
    >>> from eqsim import NeuronGroup, SpikeMonitor, mV, ms, run
    >>> tau = 10*ms
    >>> model = 'dv/dt = (20*mV - v)/tau : volt'
    >>> G = NeuronGroup(2, model, threshold='v > 15*mV', reset='v = 0*mV')
    >>> M = SpikeMonitor(G)
    >>> run(50*ms, target='numpy')
    >>> M.count
    array([3, 3])
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        N: int | tuple[int, ...],  # noqa: N803
        model: str | Equations,
        method: Any = None,
        *,
        method_options: Mapping[str, Any] | None = None,
        threshold: str | None = None,
        reset: str | None = None,
        refractory: Quantity | str | bool = False,
        events: Mapping[str, str] | None = None,
        namespace: Mapping[str, Any] | None = None,
        dtype: Any = None,
        dt: Quantity | None = None,
        clock: Clock | None = None,
        order: int = 0,
        name: str = "neurongroup*",
    ) -> None:
        shape = checked_shape(N)
        size = math.prod(shape)
        name = new_name(name)
        equations = _equations(model, name)
        real, dtypes = precisions(dtype, equations)
        super().__init__(name, order, choose_clock(dt, clock, name), size, equations, real)
        self._shape = shape
        self._integration = given_method(method, method_options, equations, name)
        self._codes: dict[str, EventCode] = {}
        self._events = self._parse_events(threshold, events)
        self.namespace.update(own_namespace(namespace, name))
        self._refractoriness = self._parse_refractory(refractory)
        if reset is not None:
            if SPIKE not in self._events:
                raise ModelError(f"{name!r} has a reset but no threshold that would trigger it")
            code = given_code(reset, f"reset of {name!r}")
            self._codes[SPIKE] = EventCode(code, "resets", 0)
        self.add_declared(dtypes)
        self.variables.update(memory_variables(self._integration, real, size))
        if self._refractoriness is not None:
            self.variables.update(self._refractoriness.variables(self.N, real))
        self._advise()

    @property
    def shape(self) -> tuple[int, ...]:
        """How many neurons there are along each axis: ``(N,)`` unless the group is a grid."""
        return self._shape

    def _advise(self) -> None:
        """Tell of a threshold that nothing takes the neurons away from."""
        spike = self._events.get(SPIKE)
        if spike is None or SPIKE in self._codes or self._refractoriness is not None:
            return
        known = self._functions(spike.condition)
        called = called_functions(spike.condition)
        if not any(name not in known or known[name].is_random for name in called):
            LOGGER.warning(
                "%s has a threshold, and neither reset nor refractory period: its neurons spike"
                " in each step in which the condition holds",
                self.name,
            )

    def _parse_events(
        self, threshold: str | None, events: Mapping[str, str] | None
    ) -> dict[str, ConditionalEvent]:
        parsed = {}
        if threshold is not None:
            condition = given_condition(threshold, f"threshold of {self.name!r}")
            parsed[SPIKE] = ConditionalEvent(SPIKE, "thresholds", self.order, condition)
        for event, condition_text in checked_mapping(
            events, f"the events of {self.name!r}"
        ).items():
            check_name(event, "an event")
            if event == SPIKE and threshold is not None:
                raise ModelError(f"{self.name!r} has both a threshold and an event 'spike'")
            when = "thresholds" if event == SPIKE else "after_thresholds"
            condition = given_condition(condition_text, f"event {event!r} of {self.name!r}")
            parsed[event] = ConditionalEvent(event, when, self.order, condition)
        return parsed

    def _functions(self, expr: Expr) -> Mapping[str, Function]:
        """Return the functions that a text calls, as far as they are known by now."""
        return functions_in(expr, self.namespace, caller_names())

    def _parse_refractory(self, refractory: Any) -> Refractoriness | None:
        if refractory is False or refractory is None:
            return None
        if SPIKE not in self._events:
            raise ModelError(f"{self.name!r} is refractory but has no threshold")
        if isinstance(refractory, str):
            expression = given_condition(refractory, f"refractory period of {self.name!r}")
            return refractoriness_of(expression, self.equations.block, self._functions(expression))
        time = seconds(refractory, f"the refractory period of {self.name!r}")
        if time < 0:
            raise ModelError(
                f"the refractory period of {self.name!r} must not be negative, not {refractory!r}"
            )
        return refractoriness_of(time, self.equations.block, {})

    def substitutable(self, name: str) -> Expr | None:
        """Return the expression that stands for a name where it is used."""
        if name == "not_refractory" and self._refractoriness is not None:
            return self._refractoriness.is_over
        return super().substitutable(name)

    @property
    def constants(self) -> Mapping[str, float | int]:
        """The refractory period, if it is one number."""
        return {} if self._refractoriness is None else self._refractoriness.constants

    def has_variable(self, name: str) -> bool:
        """Return whether the name can be read by attribute."""
        return super().has_variable(name) or (
            name == "not_refractory" and self._refractoriness is not None
        )

    @property
    def latest_event(self) -> float:
        """The time of the last spike, if neurons are refractory after it."""
        last = self.variables.get("lastspike")
        return super().latest_event if last is None else float(last.values.max())

    @property
    def integration(self) -> GivenMethod:
        """The integration method as given, with its options."""
        return self._integration

    @property
    def events(self) -> Mapping[str, ConditionalEvent]:
        """The conditions that make events, by name."""
        return self._events

    @property
    def event_codes(self) -> Mapping[str, EventCode]:
        """What is done on events, by name of the event."""
        return self._codes

    @property
    def refractoriness(self) -> Refractoriness | None:
        """How long neurons are refractory, None if they are not."""
        return self._refractoriness

    @property
    def equal_variables(self) -> tuple[str, ...]:
        """Variables whose values are all equal, which programs rely on for as long as it is so."""
        return ()

    @property
    def lowered_from(self) -> tuple[object, ...]:
        """What a program is made from: conditions of events and what is done on them too."""
        return (*super().lowered_from, *self._events.values(), *self._codes.values())

    @property
    def contained_objects(self) -> tuple[NetworkObject, ...]:
        """The operations of ``run_regularly``."""
        return tuple(self._operations)

    def run_on_event(
        self, event: str, code: str, when: str = "after_resets", order: int = 0
    ) -> None:
        """Run statements for the neurons that had an event.

        Parameters
        ----------
        event : str
            Name of one of the group's events.
        code : str
            Statements.
        when, order : str, int
            Where in the step.

        Raises
        ------
        EquationError
            If the code does not follow the language.
        ModelError
            If there is no such event or slot, or the event has code already.
        """
        self._known_event(event)
        if event in self._codes:
            raise ModelError(
                f"event {event!r} of {self.name!r} already has code\n"
                "  put all statements into one text"
            )
        parsed = given_code(code, f"code for {event!r} of {self.name!r}")
        slot = check_slot(when, self.name)
        self._codes[event] = EventCode(parsed, slot, check_order(order))

    def set_event_schedule(self, event: str, when: str, order: int = 0) -> None:
        """Choose where in the step the condition of an event is tested.

        Parameters
        ----------
        event : str
            Name of one of the group's events; ``'spike'`` for the threshold.
        when, order : str, int
            Where in the step.

        Raises
        ------
        ModelError
            If there is no such event or slot.
        """
        known = self._known_event(event)
        slot = check_slot(when, self.name)
        self._events[event] = ConditionalEvent(event, slot, check_order(order), known.condition)

    def _known_event(self, event: str) -> ConditionalEvent:
        if event not in self._events:
            raise ModelError(
                message(
                    f"{self.name!r} has no event {event!r}",
                    f"its events: {', '.join(map(repr, self._events)) or 'none'}",
                    did_you_mean(str(event), self._events),
                )
            )
        return self._events[event]

    def __getitem__(self, item: Any) -> Subgroup:
        return part_of(self, item)


def _equations(model: Any, name: str) -> Equations:
    if isinstance(model, str):
        return Equations(parse_block(Source(model, f"equations of {name!r}"), NEURON_FLAGS))
    if not isinstance(model, Equations):
        raise ModelError(f"the equations of {name!r} must be a text or Equations, not {model!r}")
    errors: list[EquationError] = []
    check_declarations(model.block, errors, allowed=NEURON_FLAGS, reserved=NEURON_RESERVED)
    raise_together(errors)
    return model
