"""Synapses as they are stored: who is connected to whom, and values in the users' order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.equations import Equations
from eqsim.errors import ModelError
from eqsim.expressions.nodes import Expr
from eqsim.network.clocks import Clock
from eqsim.network.groups import StateOwner
from eqsim.network.lowering.synapse_names import Side
from eqsim.network.snapshots import Part, Parts
from eqsim.network.synapses.connectivity import (
    Connectivity,
    NewSynapses,
    sources_of,
    target_type,
)
from eqsim.network.synapses.indexing import SynapticSelection, chosen_by_pairs
from eqsim.network.synapses.owner import SynapticOwner
from eqsim.network.synapses.traces import Traces
from eqsim.network.variables import Variable, VariableView
from eqsim.program.dtypes import DType
from eqsim.runtime.rules import Rule

LASTUPDATE = "lastupdate"
_GROWING = ("connectivity.targets", "connectivity.order")
COUNTS = {"N_incoming": Side.TARGET, "N_outgoing": Side.SOURCE}
"""Names of how many synapses the element on a side has."""


class StoredSynapses(SynapticOwner):
    """Synapses in rows by their source, seen by users in the order in which they made them.

    A variable has one value for all synapses until it needs more, or one for each; traces may
    have one for each neuron.
    """

    _own = SynapticOwner._own | {"connectivity"}  # noqa: SLF001

    def __init__(  # noqa: PLR0913
        self,
        source: StateOwner,
        target: StateOwner,
        name: str,
        order: int,
        clock: Clock,
        equations: Equations,
        real: DType,
    ) -> None:
        super().__init__(source, target, name, order, clock, equations, real)
        self._users: WeakSet[StoredSynapses] = WeakSet()
        self._is_connected = False
        self._traces: Traces | None = None
        self.connectivity = self.unconnected()
        for side in (source, target):
            if isinstance(side, StoredSynapses):
                side.used_by(self)

    @property
    def is_connected(self) -> bool:
        """Whether ``connect`` was called, even if it made no synapse."""
        return self._is_connected

    @property
    def traces(self) -> Traces | None:
        """The variables that are stored with the neurons, None if none is."""
        return self._traces

    def is_stored_by(self, name: str, side: Side) -> bool:
        """Return whether a variable has one value for all synapses of a neuron of a side."""
        if self._traces is not None and name in self._traces.sides:
            return self._traces.sides[name] is side
        return len(self.variables[name].values) == 1

    def store_by(
        self, sides: Mapping[str, Side], rules: Mapping[str, Expr], constants: Mapping[str, float]
    ) -> Traces:
        """Store variables with the neurons of their sides.

        Parameters
        ----------
        sides : mapping of str to Side
            The variables, all of which have one value for the synapses of a neuron.
        rules : mapping of str to Expr
            How they change between events; see :class:`Traces`.
        constants : mapping of str to float
            What the rules follow from.
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
        self._traces = Traces(dict(sides), values, last, dict(rules), dict(constants))
        return self._traces

    def name_constants(self, rules: Mapping[str, Expr], arrays: Mapping[str, str]) -> None:
        """Say which numbers in the rules of traces instances of a program may have others of.

        Parameters
        ----------
        rules : mapping of str to Expr
            The rules with names in place of these numbers.
        arrays : mapping of str to str
            The arrays of the program that hold them.
        """
        assert self._traces is not None
        self._traces = replace(self._traces, named_rules=dict(rules), arrays=dict(arrays))

    def follow_constants(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Let what is stored with the neurons change by the numbers of one instance."""
        if self._traces is not None and self._traces.arrays:
            self._traces = self._traces.following(arrays)

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
            return self.connectivity.sources() + np.int32(self.source.first_stored)
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
        first = self.source.first_stored
        counts[first : first + self.source.N] = self.connectivity.n_outgoing()
        return counts

    def stored_numbers(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return where synapses, numbered by their creation, are stored."""
        return self.connectivity.stored(numbers)

    def user_numbers(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return as which synapse each of the stored ones was made."""
        return self.connectivity.created(stored)

    def element_phrase(self, name: str) -> str:
        """Return how messages call a synapse; ``{source}``, ``{target}`` are what it connects."""
        source, target = (
            "synapse" if isinstance(self.side(side), StoredSynapses) else "neuron" for side in Side
        )
        own = f"synapse {{number}} of {name!r}"
        return f"{own} (from {source} {{source}} to {target} {{target}})"

    def element_text(self, stored: int) -> str:
        """Return how messages call a synapse, with the elements that it connects."""
        source, target = (
            int(self.side(side).user_numbers(self.stored_sides(side)[stored : stored + 1])[0])
            for side in Side
        )
        number = int(self.user_numbers(np.array([stored]))[0])
        return self.element_phrase(str(self.name)).format(
            number=number, source=source, target=target
        )

    def chosen(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values of the stored synapses in the order of creation."""
        return self.connectivity.in_order(values)

    def unconnected(self) -> Connectivity:
        """Return no connections between the groups as they are now."""
        return Connectivity.empty(self.source.N, self.target.stored_size)

    def used_by(self, other: StoredSynapses) -> None:
        """Note that other synapses have these as their source or target."""
        self._users.add(other)

    def check_unused(self) -> None:
        """Refuse to number synapses anew that are ends of other synapses."""
        users = sorted(each.name for each in self._users if each.is_connected)
        if users:
            raise ModelError(
                f"{users[0]!r} connects synapses of {self.name!r}, which cannot grow any more\n"
                f"  make all synapses of {self.name!r} before those of {users[0]!r}"
            )

    def stored_ends(self, new: NewSynapses) -> NewSynapses:
        """Return new synapses between elements as their groups store them."""
        targets = self.target.stored_numbers(new.targets.astype(_wide(self.target), copy=False))
        targets = targets.astype(target_type(self.target.stored_size), copy=False)
        numbers = np.arange(self.source.N)
        rows = self.source.stored_numbers(numbers) - self.source.first_stored
        if np.array_equal(rows, numbers):
            return replace(new, targets=targets, rule=self._stored_rule(new.rule))
        return NewSynapses(targets, rows[sources_of(new)].astype(np.int32), None)

    def _stored_rule(self, rule: Rule | None) -> Rule | None:
        """Return the rule of targets as their group stores them, if it stores them in order."""
        if rule is None or isinstance(self.target.storage, StoredSynapses):
            return None
        numbers = np.arange(self.target.N)
        first = self.target.first_stored
        if not np.array_equal(self.target.stored_numbers(numbers), numbers + first):
            return None
        return replace(rule, first_target=first)

    def rule_of(self, side: Side) -> Rule | None:
        """Return the rule by which the numbers of a side's ends were made, if it is known."""
        return self.connectivity.rule if side is Side.TARGET else None

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
        first = self.target.first_stored
        return begin[first : first + self.target.N + 1], entries

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
            self.connectivity,
            targets=targets,
            begin=begin,
            order=order if len(order) else None,
            rule=None,
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

    def __getitem__(self, item: Any) -> SynapticSelection:
        self.check_connected()
        indices = np.arange(self.N)[self.resolve_index(item, "i")]
        return SynapticSelection(self, np.atleast_1d(indices))

    def check_connected(self) -> None:
        """Refuse what needs synapses where none were made.

        Raises
        ------
        ModelError
            If ``connect`` was never called.
        """
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
        if name in COUNTS:
            side = COUNTS[name]
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

    def arrange(self, after: Connectivity) -> None:
        """Arrange the values of variables for synapses of which new ones were made."""
        self.spread_traces()
        before = self.connectivity
        moved = after.stored(np.arange(len(before)))
        for name, variable in self.variables.items():
            old = variable.values
            if variable.is_shared or (len(old) == 1 and old[0] == 0):
                continue
            values = np.zeros(len(after) if len(before) else 1, dtype=old.dtype)
            if len(before):
                values[moved] = old[0] if len(old) == 1 else before.in_order(old)
            self.variables[name] = replace(variable, values=values)
        self.connectivity = after
        self._is_connected = True

    def _store(self, variable: Variable, index: Any, values: NDArray[Any]) -> None:
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


def _is_everything(index: Any) -> bool:
    return isinstance(index, slice) and index == slice(None)


def _are_equal(values: NDArray[Any]) -> bool:
    return values.size > 0 and bool((values == values.reshape(-1)[0]).all())


def _wide(target: StateOwner) -> Any:
    """Return a type in which numbers of a part can be counted from the whole group's first."""
    whole = target_type(target.stored_size)
    return whole if target.stored_size == target.N else np.promote_types(whole, np.int32)
