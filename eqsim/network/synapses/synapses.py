"""Synapses between two groups: their model, their pathways, their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.code import CodeBlock
from eqsim.equations.declarations import Declaration, Flag, VariableKind
from eqsim.equations.equations import Equations
from eqsim.equations.scope import Origin, Symbol
from eqsim.errors import ModelError
from eqsim.expressions.kinds import Kind
from eqsim.expressions.traverse import free_names
from eqsim.network.caller import caller_names
from eqsim.network.clocks import Clock, choose_clock
from eqsim.network.events import SPIKE
from eqsim.network.functions.given_mapping import checked_mapping
from eqsim.network.groups.group_arguments import own_namespace, precisions
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.synapse_names import PRE_DELAY
from eqsim.network.kernels.traffic import PastEvents
from eqsim.network.messages import LOGGER
from eqsim.network.naming import new_name
from eqsim.network.objects import NetworkObject
from eqsim.network.randomness import one_key
from eqsim.network.sides import Side, side_of
from eqsim.network.synapses.connect_arguments import ConnectArguments
from eqsim.network.synapses.connected import COUNTS
from eqsim.network.synapses.connecting import new_synapses
from eqsim.network.synapses.connectivity import (
    NewSynapses,
)
from eqsim.network.synapses.connectors import (
    Connector,
    Sides,
    checked_weights,
    connector_of,
    new_synapses_of,
)
from eqsim.network.synapses.delays import (
    check_delay,
    check_one_delay,
    delay_names,
    delayed_pathway,
    set_given_delays,
)
from eqsim.network.synapses.deliveries import undelivered
from eqsim.network.synapses.given_texts import given_equations, given_pathways
from eqsim.network.synapses.pair_expressions import Between
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.stored import LASTUPDATE, StoredSynapses
from eqsim.network.variables.methods import GivenMethod, given_method, memory_variables
from eqsim.network.variables.variables import Variable, VariableView
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.units.dimensions import DIMENSIONLESS, SECOND
from eqsim.units.quantity import Quantity


class Synapses(StoredSynapses):
    """Synapses from the elements of one group to those of another.

    Parameters
    ----------
    source : NeuronGroup or other group
        Whose events arrive at the synapses; a part of a group too, and synapses too.
    target : NeuronGroup or other group, optional
        The group on the other side; by default the source.
    model : str or Equations, optional
        Variables of each synapse; ``x_post = ... : unit (summed)`` sums into the target.
    on_pre, on_post : str or dict of str to str, optional
        Statements that run when an event of the source, of the target arrives; several, with
        names, as a dict.
    delay : Quantity or dict of str to Quantity, optional
        How long events take to arrive, one value for all synapses of ``pre``, or of pathways by
        name. Without it each synapse has a delay of its own, ``S.delay``, zero at first.
    on_event : str or dict of str to str
        Which event, for all pathways or by name.
    multisynaptic_index : str, optional
        Name of a variable that numbers the synapses of a pair.
    namespace, dtype, dt, clock, order, method, method_options, name
        As for :class:`~eqsim.NeuronGroup`.

    Raises
    ------
    EquationError
        If a text does not follow the language.
    ModelError
        If an argument does not fit.

    Examples
    --------
    >>> from eqsim import NeuronGroup, Synapses, mV, ms, run
    >>> A = NeuronGroup(2, 'v : volt', threshold='v > 10*mV', reset='v = 0*mV')
    >>> B = NeuronGroup(3, 'v : volt')
    >>> S = Synapses(A, B, 'w : volt', on_pre='v_post += w')
    >>> S.connect(j='k for k in range(i, i + 2)')
    >>> S.w = '(1 + j)*mV'
    >>> A.v = 20*mV
    >>> run(1*ms, target='numpy')
    >>> B.v / mV
    array([1., 4., 3.])
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        source: StateOwner,
        target: StateOwner | None = None,
        model: str | Equations | None = None,
        on_pre: str | Mapping[str, str] | None = None,
        on_post: str | Mapping[str, str] | None = None,
        *,
        delay: Quantity | Mapping[str, Quantity] | None = None,
        on_event: str | Mapping[str, str] = SPIKE,
        multisynaptic_index: str | None = None,
        namespace: Mapping[str, Any] | None = None,
        dtype: Any = None,
        dt: Quantity | None = None,
        clock: Clock | None = None,
        order: int = 0,
        method: Any = None,
        method_options: Mapping[str, Any] | None = None,
        name: str = "synapses*",
    ) -> None:
        name = new_name(name)
        target = source if target is None else target
        for side in (source, target):
            if not isinstance(side, StateOwner):
                raise ModelError(f"{name!r} must connect groups, not {side!r}")
        equations = given_equations(model, name, source, target, multisynaptic_index)
        real, dtypes = precisions(dtype, equations)
        own_clock = choose_clock(dt, clock, name)
        super().__init__(source, target, name, order, own_clock, equations, real)
        self._integration = given_method(method, method_options, equations, name)
        self._multisynaptic_index = multisynaptic_index
        self._pathways = given_pathways(self, on_pre, on_post, on_event)
        self.namespace.update(own_namespace(namespace, name))
        self.add_declared(dtypes)
        self.variables.update(memory_variables(self._integration, real, self._initial_length))
        self._add_built_in()
        set_given_delays(self, delay)
        self._advise()

    def _add_built_in(self) -> None:
        """Add the variables that no line of the equations declares."""
        if self.needs_lastupdate:
            self.variables[LASTUPDATE] = Variable(
                LASTUPDATE, SECOND, DType.FLOAT64, np.zeros(1), Role.BUILTIN
            )
        if self._multisynaptic_index is not None:
            number = np.zeros(1, dtype=np.int32)
            name = self._multisynaptic_index
            self.variables[name] = Variable(
                name, DIMENSIONLESS, DType.INT32, number, Role.BUILTIN, is_read_only=True
            )
        for pathway in self._pathways.values():
            key = pathway.delay_name
            self.variables[key] = Variable(key, SECOND, DType.FLOAT64, np.zeros(1), Role.PARAMETER)

    def _advise(self) -> None:
        unmarked = [
            d.name
            for d in self.differential
            if not d.flags & {Flag.EVENT_DRIVEN, Flag.CLOCK_DRIVEN}
        ]
        if unmarked:
            LOGGER.info(
                "%s: %s is integrated in each step; add the flag (event-driven) if it is only"
                " needed when events arrive, or (clock-driven) to say that this is meant",
                self.name,
                ", ".join(unmarked),
            )

    @property
    def differential(self) -> tuple[Declaration, ...]:
        """The declarations with a differential equation."""
        return self.equations.block.of_kind(VariableKind.DIFFERENTIAL)

    @property
    def event_driven(self) -> tuple[Declaration, ...]:
        """The declarations that are integrated from one event to the next."""
        return tuple(d for d in self.differential if Flag.EVENT_DRIVEN in d.flags)

    @property
    def summed(self) -> tuple[Declaration, ...]:
        """The declarations of what is summed into variables of the source or target."""
        return tuple(d for d in self.equations.block.declarations if Flag.SUMMED in d.flags)

    @property
    def needs_lastupdate(self) -> bool:
        """Whether it matters when the last event arrived at a synapse."""
        if LASTUPDATE in self.equations.names:
            return False
        expressions = [
            *(d.expression for d in self.equations.block.declarations if d.expression is not None),
            *(s.value for p in self._pathways.values() for s in p.code.statements),
        ]
        return bool(self.event_driven) or any(LASTUPDATE in free_names(e) for e in expressions)

    @property
    def latest_event(self) -> float:
        """The time of the last event at a synapse, if it matters."""
        last = self.times_of_events()
        return float(last.max()) if self.needs_lastupdate and last.size else super().latest_event

    def declaration(self, name: str) -> Declaration | None:
        """Return the line that declares a variable of the synapses themselves."""
        found = super().declaration(name)
        return None if found is not None and Flag.SUMMED in found.flags else found

    @property
    def extra_symbols(self) -> Mapping[str, Symbol]:
        """What names mean that neither the equations nor all synapses define."""
        symbols = {}
        for name, variable in self.variables.items():
            if self.declaration(name) is None:
                kind = Kind.FLOAT if variable.dtype.is_float else Kind.INTEGER
                shared = variable.is_shared
                symbols[name] = Symbol(
                    name, kind, variable.dimension, Origin.BUILTIN, shared=shared
                )
        if PRE_DELAY in symbols:
            symbols["delay"] = replace(symbols[PRE_DELAY], name="delay")
        return symbols

    @property
    def integration(self) -> GivenMethod:
        """The integration method as given, with its options."""
        return self._integration

    @property
    def multisynaptic_index(self) -> str | None:
        """Name of the variable that numbers the synapses of a pair, None if there is none."""
        return self._multisynaptic_index

    @property
    def regular_codes(self) -> tuple[CodeBlock, ...]:
        """The statements of the regular operations."""
        return tuple(operation.code for operation in self._operations)

    @property
    def pathways(self) -> Mapping[str, Pathway]:
        """What events do, by name."""
        return self._pathways

    @property
    def contained_objects(self) -> tuple[NetworkObject, ...]:
        """The pathways and the operations of ``run_regularly``."""
        return (*self._pathways.values(), *self._operations)

    def connect(  # noqa: PLR0913 - the field's users know these names
        self,
        condition: str | bool | Connector | None = None,
        i: Any = None,
        j: Any = None,
        p: float | str = 1.0,
        n: int | str = 1,
        *,
        skip_if_invalid: bool = False,
        weight: str | None = None,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        """Make synapses.

        Parameters
        ----------
        condition : str, bool or Connector, optional
            For which pairs; without any argument, all. Or a connector, which says all by itself.
        i, j : int, array of int, or str, optional
            Sources and targets one by one; or an expression for the targets of each source
            (``j='k for k in range(i - 1, i + 2)'``), for the sources of each target.
        p : float or str
            Probability with which each of these is made.
        n : int or str
            How many synapses each pair gets.
        skip_if_invalid : bool
            Whether to leave out what an expression gives beyond the group.
        weight : str, optional
            The variable that gets the weights of a connector that has any.
        namespace : mapping of str to object, optional
            Constants; by default the names that the caller sees.

        Raises
        ------
        EquationError
            If a text does not follow the language.
        ModelError
            If the arguments do not fit together.
        IndexError
            If a number is not that of an element.
        """
        of = f"the namespace of connect of {self.name!r}"
        around = caller_names() if namespace is None else checked_mapping(namespace, of)
        self.check_unused()
        arguments = ConnectArguments(condition, i, j, p, n, skip_if_invalid)
        connector = connector_of(arguments, weight)
        try:
            if connector is not None:
                self._connect_by(connector, weight)
                return
            between = Between(self.source, self.target, self.name, around, self.namespace)
            with one_key() as key:
                self._extend(new_synapses(arguments, between, key))
        except MemoryError:
            raise ModelError(
                f"there is not enough memory for the new synapses of {self.name!r}\n"
                "  connect fewer pairs"
            ) from None

    def _connect_by(self, connector: Connector, weight: str | None) -> None:
        with one_key() as key:
            made = connector.made(Sides.of_groups(self.source, self.target), key)
            values = checked_weights(self, made, weight)
            for name in values.keys() & delay_names(self):
                check_delay(self, name, values[name])
            self._extend(new_synapses_of(made), values)

    def _extend(
        self, new: NewSynapses, values: Mapping[str, NDArray[Any]] = MappingProxyType({})
    ) -> None:
        before = self.connectivity if self.N else self.unconnected()
        after = before.extended(self.stored_ends(new))
        self._settle_all()
        kept = {
            pathway: after.stored(before.created(pathway.deliveries.synapses)).astype(np.int32)
            for pathway in self._pathways.values()
            if len(pathway.deliveries)
        }
        is_numbered = self._multisynaptic_index is not None
        numbers = after.number_in_pair() if is_numbered else None
        self.arrange(after, values)
        for pathway, synapses in kept.items():
            pathway.deliveries = replace(pathway.deliveries, synapses=synapses)
        if self._multisynaptic_index is not None and numbers is not None:
            number = self.variables[self._multisynaptic_index]
            self.variables[number.name] = replace(number, values=numbers)

    def _settle_all(self) -> None:
        for pathway in self._pathways.values():
            self.settle(pathway)

    def settle(self, pathway: Pathway, dt: float | None = None) -> None:
        """Turn what is on its way along a pathway into single deliveries.

        Delays and synapses can change then; events that happened before arrive as they would have.

        Parameters
        ----------
        pathway : Pathway
            One of these synapses.
        dt : float, optional
            The step in seconds with which events were counted, if it was another.
        """
        if len(pathway.past) and pathway.has_delays:
            new = undelivered(pathway, pathway.delay_steps(dt))
            pathway.deliveries = pathway.deliveries.joined(new)
        pathway.past = PastEvents.none()
        pathway.valid_steps = 0

    def __getattr__(self, name: str) -> Any:
        pathways = self.__dict__.get("_pathways", {})
        if name in pathways:
            return pathways[name]
        if name in ("delay", "delay_") and pathways:
            pathway = delayed_pathway(self)
            return VariableView(self, pathway.delay_name, unitless=name == "delay_")
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("delay", "delay_") and self.__dict__.get("_pathways"):
            key = delayed_pathway(self).delay_name
            self.write(key, slice(None), value, unitless=name == "delay_")
            return
        super().__setattr__(name, value)

    def write(self, name: str, item: Any, value: Any, *, unitless: bool = False) -> None:
        """Set values of a variable of the synapses; see :meth:`StateOwner.write`."""
        if name in self.variables and not self.variables[name].is_shared:
            self.check_connected()
        elif name in delay_names(self):
            check_one_delay(self, name, item, value)
        elif name in ("i", "j", *COUNTS):
            raise ModelError(
                f"{name!r} of {self.name!r} follows from its connections and cannot be set\n"
                f"  make synapses with {self.name}.connect(...)"
            )
        elif not self._is_own(name) and self.has_variable(name):
            side, stem = side_of(name) or (Side.TARGET, name)
            raise ModelError(
                f"{name!r} belongs to {self.side(side).name!r} and is set there\n"
                f"  write {self.side(side).name}.{stem} = ..."
            )
        super().write(name, item, value, unitless=unitless)

    def _store(self, variable: Variable, index: Any, values: NDArray[Any]) -> None:
        if variable.name in delay_names(self):
            check_delay(self, variable.name, values)
            self._settle_all()
        super()._store(variable, index, values)
