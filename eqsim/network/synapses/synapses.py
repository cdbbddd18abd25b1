"""Synapses between two groups: their model, their pathways, their state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.block_parser import parse_block
from eqsim.equations.check_declarations import check_declarations
from eqsim.equations.code import CodeBlock, parse_code
from eqsim.equations.declarations import SYNAPSE_FLAGS, Declaration, Flag, VariableKind
from eqsim.equations.equations import Equations
from eqsim.equations.identifiers import SYNAPSE_RESERVED
from eqsim.equations.scope import SYNAPSE_SYMBOLS, Origin, Symbol
from eqsim.errors import EquationError, ModelError, did_you_mean, raise_together
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Expr
from eqsim.expressions.traverse import free_names
from eqsim.network.caller import caller_names
from eqsim.network.clocks import SECOND, AnyClock, Clock, EventClock, choose_clock, seconds
from eqsim.network.events import SPIKE
from eqsim.network.groups import StateOwner
from eqsim.network.lowering.synapse_names import Side, side_of
from eqsim.network.messages import LOGGER
from eqsim.network.naming import check_name, new_name
from eqsim.network.neurongroup import (
    RegularOperation,
    checked_method,
    clock_of_operation,
    name_of_operation,
    own_namespace,
    precisions,
)
from eqsim.network.objects import NetworkObject
from eqsim.network.randomness import one_key
from eqsim.network.snapshots import Part, Parts
from eqsim.network.synapses.connect_arguments import ConnectArguments
from eqsim.network.synapses.connecting import new_synapses
from eqsim.network.synapses.connectivity import (
    Connectivity,
    NewSynapses,
    sources_of,
    target_type,
)
from eqsim.network.synapses.indexing import SynapticSelection, chosen_by_pairs
from eqsim.network.synapses.model import check_model
from eqsim.network.synapses.owner import SynapticOwner
from eqsim.network.synapses.pair_expressions import Between
from eqsim.network.synapses.pathways import Deliveries, Pathway, delay_name
from eqsim.network.synapses.traces import Traces
from eqsim.network.variables import Variable, VariableView
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS, Dimension
from eqsim.units.quantity import Quantity

LASTUPDATE = "lastupdate"
_GROWING = ("connectivity.targets", "connectivity.order")
_COUNTS = {"N_incoming": Side.TARGET, "N_outgoing": Side.SOURCE}


class Synapses(SynapticOwner):
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
    namespace, dtype, dt, clock, order, method, name
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

    _own = SynapticOwner._own | {"connectivity"}  # noqa: SLF001

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
        method: str | None = None,
        name: str = "synapses*",
    ) -> None:
        name = new_name(name)
        target = source if target is None else target
        for side in (source, target):
            if not isinstance(side, StateOwner):
                raise ModelError(f"{name!r} must connect groups, not {side!r}")
        equations = _equations(model, name, source, target, multisynaptic_index)
        real, dtypes = precisions(dtype, equations)
        own_clock = choose_clock(dt, clock, name)
        super().__init__(source, target, name, order, own_clock, equations, real)
        self._method = checked_method(method, name)
        self._users: WeakSet[Synapses] = WeakSet()
        for side in (source, target):
            if isinstance(side, Synapses):
                side.used_by(self)
        self.connectivity = Connectivity.empty(source.N, target.stored_size)
        self._is_connected = False
        self._traces: Traces | None = None
        self._operations: list[RegularOperation] = []
        self._multisynaptic_index = multisynaptic_index
        self._pathways = self._make_pathways(on_pre, on_post, on_event)
        self.namespace.update(own_namespace(namespace, name))
        self.add_declared(dtypes)
        self._add_built_in()
        self._set_given_delays(delay)
        self._advise()

    def _make_pathways(self, on_pre: Any, on_post: Any, on_event: Any) -> dict[str, Pathway]:
        pathways: dict[str, Pathway] = {}
        for side, given in ((Side.SOURCE, on_pre), (Side.TARGET, on_post)):
            for pathway, text in _by_name(given, side, self.name).items():
                check_name(pathway, f"a pathway of {self.name!r}")
                if pathway in pathways or self._is_taken(pathway):
                    raise ModelError(
                        f"{pathway!r} cannot be the name of a pathway of {self.name!r}:"
                        " it is taken"
                    )
                source = Source(text, f"{pathway!r} of {self.name!r}")
                pathways[pathway] = Pathway(self, pathway, side, parse_code(source), "")
        events = _events_by_pathway(on_event, pathways, self.name)
        for pathway, event in events.items():
            pathways[pathway].event = self._known_event(pathways[pathway].side, event)
        return pathways

    def _is_taken(self, pathway: str) -> bool:
        return (
            self.declaration(pathway) is not None
            or hasattr(type(self), pathway)
            or pathway in self.__dict__
        )

    def _known_event(self, side: Side, event: str) -> str:
        known = list(self.side(side).events)
        if event in known:
            return event
        group = self.side(side).name
        what = "has no threshold" if event == SPIKE else f"has no event {event!r}"
        hint = did_you_mean(str(event), known)
        raise ModelError(
            f"{group!r} {what} that {self.name!r} could react to\n"
            f"  its events: {', '.join(map(repr, known)) or 'none'}"
            + (f"\n  {hint}" if hint else "")
        )

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

    def _set_given_delays(self, delay: Any) -> None:
        if delay is None:
            return
        given = delay if isinstance(delay, Mapping) else {Side.SOURCE.value: delay}
        for pathway, value in given.items():
            if pathway not in self._pathways:
                known = ", ".join(map(repr, self._pathways)) or "none"
                raise ModelError(
                    f"{self.name!r} has no pathway {pathway!r} that could have a delay\n"
                    f"  its pathways: {known}"
                )
            time = seconds(value, f"the delay of {pathway!r} of {self.name!r}")
            key = delay_name(pathway)
            self._check_delay(key, np.asarray(time))
            self.variables[key] = replace(
                self.variables[key], values=np.array([time]), is_shared=True
            )

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
        expressions = [
            *(d.expression for d in self.equations.block.declarations if d.expression is not None),
            *(s.value for p in self._pathways.values() for s in p.code.statements),
        ]
        return bool(self.event_driven) or any(LASTUPDATE in free_names(e) for e in expressions)

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
        return symbols

    @property
    def is_connected(self) -> bool:
        """Whether ``connect`` was called, even if it made no synapse."""
        return self._is_connected

    @property
    def method(self) -> str | None:
        """The integration method as given, None if it is chosen."""
        return self._method

    @property
    def multisynaptic_index(self) -> str | None:
        """Name of the variable that numbers the synapses of a pair, None if there is none."""
        return self._multisynaptic_index

    @property
    def regular_codes(self) -> tuple[CodeBlock, ...]:
        """The statements of the regular operations."""
        return tuple(operation.code for operation in self._operations)

    @property
    def traces(self) -> Traces | None:
        """The variables that are stored with the neurons, None if none is."""
        return self._traces

    def is_stored_by(self, name: str, side: Side) -> bool:
        """Return whether a variable has one value for all synapses of a neuron of a side."""
        if self._traces is not None and name in self._traces.sides:
            return self._traces.sides[name] is side
        return len(self.variables[name].values) == 1

    def store_by(self, sides: Mapping[str, Side], rules: Mapping[str, Expr]) -> Traces:
        """Store variables with the neurons of their sides.

        Parameters
        ----------
        sides : mapping of str to Side
            The variables, all of which have one value for the synapses of a neuron.
        rules : mapping of str to Expr
            How they change between events; see :class:`Traces`.
        """
        before = self._traces
        if before is None or before.sides != sides:
            self.spread_traces()
            before = None
        values = {}
        for name, side in sides.items():
            stored = self.variables[name].values
            size = self.side(side).stored_size
            values[name] = np.full(size, stored[0]) if before is None else before.values[name]
        since = self.variables[LASTUPDATE].values[0]
        last = {
            side: np.full(self.side(side).stored_size, since)
            if before is None
            else before.last[side]
            for side in Side
        }
        self._traces = Traces(dict(sides), values, last, dict(rules))
        return self._traces

    def spread_traces(self) -> None:
        """Give each synapse values of its own of what is stored with the neurons."""
        if self._traces is None:
            return
        traces, self._traces = self._traces, None
        for name in traces.sides:
            values = traces.of_synapses(name, self.stored_sides)
            self.variables[name] = replace(self.variables[name], values=np.array(values))
        times = traces.lastupdate(self.stored_sides)
        self.variables[LASTUPDATE] = replace(self.variables[LASTUPDATE], values=times)

    @property
    def pathways(self) -> Mapping[str, Pathway]:
        """What events do, by name."""
        return self._pathways

    @property
    def contained_objects(self) -> tuple[NetworkObject, ...]:
        """The pathways and the operations of ``run_regularly``."""
        return (*self._pathways.values(), *self._operations)

    @property
    def N(self) -> int:  # noqa: N802 - the field's name for it
        """How many synapses there are."""
        return len(self.connectivity)

    @property
    def _initial_length(self) -> int:
        return 1

    @property
    def j(self) -> VariableView:
        """The numbers of the synapses' targets, shape (N,)."""
        return VariableView(self, "j")

    @property
    def N_pre(self) -> int:  # noqa: N802
        """How many elements the source has."""
        return self.source.N

    @property
    def N_post(self) -> int:  # noqa: N802
        """How many elements the target has."""
        return self.target.N

    @property
    def N_outgoing_pre(self) -> NDArray[np.int32]:  # noqa: N802
        """How many synapses each element of the source has, shape (N_pre,)."""
        return self.source.chosen(self.n_synapses(Side.SOURCE))

    @property
    def N_incoming_post(self) -> NDArray[np.int32]:  # noqa: N802
        """How many synapses each element of the target has, shape (N_post,)."""
        return self.target.chosen(self.connectivity.n_incoming())

    def stored_sides(self, side: Side) -> NDArray[Any]:
        """Return for each stored synapse its end's number among all that a side's group stores."""
        if side is Side.SOURCE:
            return self.connectivity.sources() + np.int32(self.source.first)
        return self.connectivity.targets

    def user_sides(self, side: Side) -> NDArray[np.int32]:
        """Return for each synapse, as it was made, the number of its end as users know it."""
        stored = self.chosen(self.stored_sides(side)).astype(np.int32)
        return self.side(side).user_numbers(stored).astype(np.int32)

    def n_synapses(self, side: Side) -> NDArray[np.int32]:
        """Return how many synapses each element has that a side's group stores."""
        if side is Side.TARGET:
            return self.connectivity.n_incoming()
        counts = np.zeros(self.source.stored_size, dtype=np.int32)
        first = self.source.first
        counts[first : first + self.source.N] = self.connectivity.n_outgoing()
        return counts

    def stored_numbers(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return where synapses, numbered by their creation, are stored."""
        return self.connectivity.stored(numbers)

    def user_numbers(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return as which synapse each of the stored ones was made."""
        return self.connectivity.created(stored)

    def chosen(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values of the stored synapses in the order of creation."""
        return self.connectivity.in_order(values)

    def connect(  # noqa: PLR0913 - the field's users know these names
        self,
        condition: str | bool | None = None,
        i: Any = None,
        j: Any = None,
        p: float | str = 1.0,
        n: int | str = 1,
        *,
        skip_if_invalid: bool = False,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        """Make synapses.

        Parameters
        ----------
        condition : str or bool, optional
            For which pairs; without any argument, all.
        i, j : int, array of int, or str, optional
            Sources and targets one by one; or an expression for the targets of each source
            (``j='k for k in range(i - 1, i + 2)'``), for the sources of each target.
        p : float or str
            Probability with which each of these is made.
        n : int or str
            How many synapses each pair gets.
        skip_if_invalid : bool
            Whether to leave out what an expression gives beyond the group.
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
        around = caller_names() if namespace is None else namespace
        self._check_unused()
        arguments = ConnectArguments(condition, i, j, p, n, skip_if_invalid)
        between = Between(self.source, self.target, self.name, around, self.namespace)
        with one_key() as key:
            self._extend(new_synapses(arguments, between, key))

    def used_by(self, other: Synapses) -> None:
        """Note that other synapses have these as their source or target."""
        self._users.add(other)

    def _check_unused(self) -> None:
        """Refuse to number synapses anew that are ends of other synapses."""
        users = sorted(each.name for each in self._users if each.is_connected)
        if users:
            raise ModelError(
                f"{users[0]!r} connects synapses of {self.name!r}, which cannot grow any more\n"
                f"  make all synapses of {self.name!r} before those of {users[0]!r}"
            )

    def _extend(self, new: NewSynapses) -> None:
        self.spread_traces()
        before = self.connectivity
        after = before.extended(self._stored_ends(new))
        self._settle_all()
        moved = after.stored(np.arange(len(before)))
        for name, variable in self.variables.items():
            old = variable.values
            if variable.is_shared or (len(old) == 1 and old[0] == 0):
                continue
            values = np.zeros(len(after) if len(before) else 1, dtype=old.dtype)
            if len(before):
                values[moved] = old[0] if len(old) == 1 else before.in_order(old)
            self.variables[name] = replace(variable, values=values)
        for pathway in self._pathways.values():
            if len(pathway.deliveries):
                kept = after.stored(before.created(pathway.deliveries.synapses)).astype(np.int32)
                pathway.deliveries = replace(pathway.deliveries, synapses=kept)
        self.connectivity = after
        self._is_connected = True
        if self._multisynaptic_index is not None:
            number = self.variables[self._multisynaptic_index]
            values = after.number_in_pair()
            self.variables[number.name] = replace(number, values=values)

    def _stored_ends(self, new: NewSynapses) -> NewSynapses:
        """Return new synapses between elements as their groups store them."""
        targets = self.target.stored_numbers(new.targets.astype(_wide(self.target), copy=False))
        targets = targets.astype(target_type(self.target.stored_size), copy=False)
        numbers = np.arange(self.source.N)
        rows = self.source.stored_numbers(numbers) - self.source.first
        if np.array_equal(rows, numbers):
            return replace(new, targets=targets)
        return NewSynapses(targets, rows[sources_of(new)].astype(np.int32), None)

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
        side = self.side(pathway.side)
        flight = side.storage.events_in_flight.get(pathway.event)
        if flight is not None and pathway.has_delays:
            new = self._undelivered(pathway, pathway.delay_steps(dt), *flight)
            pathway.deliveries = pathway.deliveries.joined(new)
        pathway.valid_steps = 0

    def _undelivered(
        self,
        pathway: Pathway,
        steps_of_delay: NDArray[np.int64],
        ages: NDArray[np.int64],
        numbers: NDArray[np.int32],
    ) -> Deliveries:
        begin, entries = self.rows(pathway.side)
        delays = np.broadcast_to(steps_of_delay, len(self))
        first = self.side(pathway.side).first
        rows = numbers.astype(np.int64) - first
        valid = pathway.valid_steps
        counts = (rows >= 0) & (rows < len(begin) - 1)
        counts &= True if valid is None else ages <= valid
        steps, synapses = [], []
        # The oldest come first, as where they are delivered by a table.
        for row, age in zip(rows[counts], ages[counts], strict=True):
            part = np.arange(begin[row], begin[row + 1])
            part = part if entries is None else entries[part]
            left = delays[part] - age
            steps.append(left[left >= 0])
            synapses.append(part[left >= 0].astype(np.int32))
        if not steps:
            return Deliveries.none()
        return Deliveries.none().joined(
            Deliveries(np.concatenate(steps).astype(np.int64), np.concatenate(synapses))
        )

    def rows(self, side: Side) -> tuple[NDArray[np.int32], NDArray[np.int32] | None]:
        """Return the stored synapses of each element of a side.

        Returns
        -------
        begin : ndarray of int32
            Where each element's part begins, shape (elements + 1,).
        entries : ndarray of int32 or None
            The numbers of synapses in parts; None if they are 0, 1, 2 and so on.
        """
        if side is Side.SOURCE:
            return self.connectivity.begin, None
        begin, entries = self.connectivity.incoming
        first = self.target.first
        return begin[first : first + self.target.N + 1], entries

    def run_regularly(
        self,
        code: str,
        dt: Quantity | None = None,
        clock: AnyClock | None = None,
        *,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements for all synapses at regular times.

        Parameters
        ----------
        code, dt, clock, when, order, name
            As for :meth:`~eqsim.NeuronGroup.run_regularly`.
        """
        parsed = _code(code, f"regular operation of {self.name!r}")
        own = clock_of_operation(self, dt, clock)
        operation = RegularOperation(
            self, parsed, name_of_operation(self, name, "run_regularly"), when, order, own
        )
        self._operations.append(operation)
        return operation

    def run_at(
        self,
        code: str,
        times: Quantity,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements for all synapses at single times.

        Parameters
        ----------
        code, times, when, order, name
            As for :meth:`~eqsim.NeuronGroup.run_at`.
        """
        parsed = _code(code, f"operation at single times of {self.name!r}")
        clock = EventClock(times)
        operation = RegularOperation(
            self, parsed, name_of_operation(self, name, "run_at"), when, order, clock
        )
        self._operations.append(operation)
        return operation

    @property
    def lowered_from(self) -> tuple[object, ...]:
        """What a program is made from: variables, and who is connected to whom."""
        return (*super().lowered_from, self.connectivity, self._traces)

    def snapshot(self) -> dict[str, Part]:
        """Return the values of the variables, and who is connected to whom."""
        kept = super().snapshot()
        kept["connected"] = self._is_connected
        kept["connectivity.targets"] = self.connectivity.targets
        kept["connectivity.begin"] = self.connectivity.begin
        order = self.connectivity.order
        kept["connectivity.order"] = np.zeros(0, dtype=np.int32) if order is None else order
        return kept if self._traces is None else kept | self._traces.snapshot()

    def may_resize(self, part: str) -> bool:
        """Return whether a part of a snapshot may have another length, as synapses are made."""
        shared = {f"variable.{name}" for name, v in self.variables.items() if v.is_shared}
        grows = part.startswith("variable.") or part in _GROWING
        return (
            super().may_resize(part) or part.startswith("trace") or (grows and part not in shared)
        )

    def may_lack(self, part: str) -> bool:
        """Return whether a part of a snapshot may be missing: those of traces."""
        return super().may_lack(part) or part.startswith("trace")

    def check_snapshot(self, saved: Parts) -> None:
        """Refuse what is not the state of these synapses."""
        super().check_snapshot(saved)
        connectivity = self._saved_connectivity(saved)
        lengths = {
            len(np.asarray(saved[f"variable.{name}"]))
            for name, variable in self.variables.items()
            if not variable.is_shared
        }
        fits = lengths <= {1, len(connectivity)} and self._fit(Traces.restored(saved))
        if not connectivity.is_valid() or not fits:
            raise ModelError(
                f"{self.name!r} is not as it was in the snapshot\n"
                "  the snapshot has connections that cannot be"
            )

    def _fit(self, traces: Traces | None) -> bool:
        """Whether saved traces have one value for each neuron."""
        if traces is None:
            return True
        sizes = [(len(v), traces.sides[n]) for n, v in traces.values.items()]
        sizes += [(len(times), side) for side, times in traces.last.items()]
        known = traces.sides.keys() <= self.variables.keys()
        return known and all(size == self.side(side).stored_size for size, side in sizes)

    def _saved_connectivity(self, saved: Parts) -> Connectivity:
        targets, begin, order = (
            np.array(saved[f"connectivity.{part}"]) for part in ("targets", "begin", "order")
        )
        return replace(
            self.connectivity, targets=targets, begin=begin, order=order if len(order) else None
        )

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back values and connections."""
        self.connectivity = self._saved_connectivity(saved)
        self._is_connected = bool(saved["connected"])
        self._traces = Traces.restored(saved)
        super().restore_snapshot(saved)

    def set_states(
        self,
        values: Mapping[str, Any],
        units: bool = True,
        format: str = "dict",  # noqa: A002 - the field's users know the name
    ) -> None:
        """Set several variables at once; see :meth:`StateOwner.set_states`."""
        traces = self._traces
        try:
            super().set_states(values, units, format)
        except BaseException:
            self._traces = traces
            raise

    def _put_back(self, name: str, values: NDArray[Any]) -> None:
        self.variables[name] = replace(self.variables[name], values=np.array(values))

    def dimension_of_variable(self, name: str) -> Dimension:
        """Return the dimension of a variable or subexpression, of both sides' too."""
        if name in SYNAPSE_SYMBOLS:
            return SYNAPSE_SYMBOLS[name].dimension
        found = None if self._is_own(name) else side_of(name)
        if found is not None:
            return self.side(found[0]).dimension_of_variable(found[1])
        return super().dimension_of_variable(name)

    def dtype_of_variable(self, name: str) -> DType:
        """Return the type of the values of a variable or subexpression, of both sides' too."""
        if name in SYNAPSE_SYMBOLS:
            return DType.INT64
        found = None if self._is_own(name) else side_of(name)
        if found is not None:
            return self.side(found[0]).dtype_of_variable(found[1])
        return super().dtype_of_variable(name)

    def _is_own(self, name: str) -> bool:
        return name in self.variables or self.declaration(name) is not None

    def has_variable(self, name: str) -> bool:
        """Return whether the name can be read by attribute."""
        if name in _COUNTS or self._is_own(name):
            return True
        found = side_of(name)
        return found is not None and self.side(found[0]).has_variable(found[1])

    def __getattr__(self, name: str) -> Any:
        pathways = self.__dict__.get("_pathways", {})
        if name in pathways:
            return pathways[name]
        if name in ("delay", "delay_") and pathways:
            pathway = self._delayed_pathway()
            return VariableView(self, pathway.delay_name, unitless=name == "delay_")
        return super().__getattr__(name)

    def _delayed_pathway(self) -> Pathway:
        if Side.SOURCE.value in self._pathways:
            return self._pathways[Side.SOURCE.value]
        known = ", ".join(f"{self.name}.{p}.delay" for p in self._pathways)
        raise AttributeError(
            f"{self.name!r} has no pathway 'pre' whose delay this could be\n  its delays: {known}"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("delay", "delay_") and self.__dict__.get("_pathways"):
            key = self._delayed_pathway().delay_name
            self.write(key, slice(None), value, unitless=name == "delay_")
            return
        super().__setattr__(name, value)

    def __getitem__(self, item: Any) -> SynapticSelection:
        self._check_connected()
        indices = np.arange(self.N)[self.resolve_index(item, "i")]
        return SynapticSelection(self, np.atleast_1d(indices))

    def _check_connected(self) -> None:
        if not self._is_connected:
            raise ModelError(
                f"{self.name!r} has no synapses yet\n  call {self.name}.connect(...) first"
            )

    def read(self, name: str) -> Any:
        """Return the values of a variable in the order of creation, without unit."""
        if name == "i":
            return self.user_sides(Side.SOURCE)
        if name == "j":
            return self.user_sides(Side.TARGET)
        if name in _COUNTS:
            side = _COUNTS[name]
            return self.chosen(self.n_synapses(side)[self.stored_sides(side)])
        if self._traces is not None and name in (LASTUPDATE, *self._traces.sides):
            return self.chosen(self._read_trace(self._traces, name))
        variable = self.variables.get(name)
        if variable is None or variable.is_shared:
            return super().read(name)
        values = variable.values
        values = np.broadcast_to(values, self.N) if len(values) == 1 else self.chosen(values)
        return values != 0 if variable.dtype is DType.BOOLEAN else values

    def _read_trace(self, traces: Traces, name: str) -> NDArray[Any]:
        if name == LASTUPDATE:
            return traces.lastupdate(self.stored_sides)
        return traces.of_synapses(name, self.stored_sides)

    def resolve_index(self, item: Any, name: str) -> Any:
        """Return an index for NumPy, into the order of creation, from what is in brackets."""
        shared = name in self.variables and self.variables[name].is_shared
        if isinstance(item, tuple) and not shared:
            return chosen_by_pairs(self, item)
        if isinstance(item, SynapticSelection):
            item = item.indices
        return super().resolve_index(item, name)

    def write(self, name: str, item: Any, value: Any, *, unitless: bool = False) -> None:
        """Set values of a variable of the synapses; see :meth:`StateOwner.write`."""
        if name in self.variables and not self.variables[name].is_shared:
            self._check_connected()
        elif name not in self.variables and not self._is_own(name) and side_of(name) is not None:
            side, stem = side_of(name) or (Side.TARGET, name)
            raise ModelError(
                f"{name!r} belongs to {self.side(side).name!r} and is set there\n"
                f"  write {self.side(side).name}.{stem} = ..."
            )
        super().write(name, item, value, unitless=unitless)

    def _store(self, variable: Variable, index: Any, values: NDArray[Any]) -> None:
        if variable.name in (p.delay_name for p in self._pathways.values()):
            self._check_delay(variable.name, values)
            self._settle_all()
        if self._traces is not None and variable.name in (LASTUPDATE, *self._traces.sides):
            self.spread_traces()
            variable = self.variables[variable.name]
        if variable.is_shared:
            super()._store(variable, index, values)
        elif _is_everything(index) and _are_equal(values):
            one = values.reshape(-1)[:1].astype(variable.values.dtype)
            # In place where a run works on one value; a new array where each had its own.
            if len(variable.values) == 1:
                variable.values[:] = one
            else:
                self.variables[variable.name] = replace(variable, values=one)
        else:
            numbers = self.stored_numbers(np.arange(self.N))[index]
            self.expanded(variable.name).values[numbers] = values

    def expanded(self, name: str) -> Variable:
        """Return a variable after giving each synapse a value of its own."""
        if self._traces is not None and name in (LASTUPDATE, *self._traces.sides):
            self.spread_traces()
        variable = self.variables[name]
        if variable.is_shared or len(variable.values) == self.N:
            return variable
        values = np.full(self.N, variable.values[0], dtype=variable.values.dtype)
        self.variables[name] = replace(variable, values=values)
        return self.variables[name]

    def _check_delay(self, name: str, values: NDArray[Any]) -> None:
        wrong = np.flatnonzero(np.atleast_1d(values) < 0)
        if len(wrong):
            value = Quantity(float(np.atleast_1d(values)[wrong[0]]), SECOND)
            where = "" if np.ndim(values) == 0 else f" at position {wrong[0]}"
            raise ModelError(
                f"the delay of {name.removesuffix('.delay')!r} of {self.name!r} must not be"
                f" negative, but is {value}{where}"
            )


def _code(text: Any, what: str) -> CodeBlock:
    if not isinstance(text, str):
        raise ModelError(f"the {what} must be a text, not {text!r}")
    return parse_code(Source(text, what))


def _is_everything(index: Any) -> bool:
    return isinstance(index, slice) and index == slice(None)


def _are_equal(values: NDArray[Any]) -> bool:
    return values.size > 0 and bool((values == values.reshape(-1)[0]).all())


def _wide(target: StateOwner) -> Any:
    """Return a type in which numbers of a part can be counted from the whole group's first."""
    whole = target_type(target.stored_size)
    return whole if target.stored_size == target.N else np.promote_types(whole, np.int32)


def _by_name(given: Any, side: Side, name: str) -> Mapping[str, str]:
    argument = f"on_{side.value}"
    if given is None:
        return {}
    pathways = given if isinstance(given, Mapping) else {side.value: given}
    for pathway, text in pathways.items():
        if not isinstance(text, str):
            raise ModelError(
                f"{argument} of {name!r} must be a text, or a dict of texts, not {text!r}"
                + ("" if pathway == side.value else f" for {pathway!r}")
            )
    return pathways


def _events_by_pathway(given: Any, pathways: Iterable[str], name: str) -> Mapping[str, str]:
    if isinstance(given, str):
        return dict.fromkeys(pathways, given)
    if not isinstance(given, Mapping):
        raise ModelError(f"on_event of {name!r} must be a name or a dict of names, not {given!r}")
    for pathway in given:
        if pathway not in pathways:
            raise ModelError(
                f"on_event names the pathway {pathway!r}, which {name!r} does not have\n"
                f"  its pathways: {', '.join(map(repr, pathways)) or 'none'}"
            )
    return {pathway: given.get(pathway, SPIKE) for pathway in pathways}


def _equations(
    model: Any, name: str, source: StateOwner, target: StateOwner, number: str | None
) -> Equations:
    if model is None:
        model = ""
    if isinstance(model, str):
        equations = Equations(parse_block(Source(model, f"equations of {name!r}"), SYNAPSE_FLAGS))
    elif isinstance(model, Equations):
        equations = model
    else:
        raise ModelError(f"the equations of {name!r} must be a text or Equations, not {model!r}")
    errors: list[EquationError] = []
    reserved = dict(SYNAPSE_RESERVED)
    if number is not None:
        check_name(number, "the number of a synapse within its pair")
        reserved[number] = "the number of the synapse within its pair"
    check_declarations(equations.block, errors, allowed=SYNAPSE_FLAGS, reserved=reserved)
    check_model(equations, source, target, errors)
    raise_together(errors)
    return equations
