"""Synapses as they are stored: one value for all of them, for each, or for each neuron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.expressions.nodes import Expr
from eqsim.network.sides import Side
from eqsim.network.snapshots import Part, Parts
from eqsim.network.synapses.connected import COUNTS, ConnectedSynapses
from eqsim.network.synapses.connectivity import (
    Connectivity,
)
from eqsim.network.synapses.traces import Traces
from eqsim.network.variables.variables import Variable
from eqsim.program.dtypes import DType

LASTUPDATE = "lastupdate"
_GROWING = ("connectivity.targets", "connectivity.order")


class StoredSynapses(ConnectedSynapses):
    """Connected synapses with values of variables, seen by users in the order of creation.

    A variable has one value for all synapses until it needs more, or one for each; traces may
    have one for each neuron.
    """

    _traces: Traces | None = None

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

    def times_of_events(self) -> NDArray[np.float64]:
        """Return when events arrived, in seconds: no more often than they are stored."""
        if self._traces is not None:
            return np.concatenate([*self._traces.last.values()])
        last = self.variables.get(LASTUPDATE)
        return np.zeros(0) if last is None else last.values

    @property
    def _initial_length(self) -> int:
        return 1

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
        before = self.connectivity
        return Connectivity(
            before.n_sources, before.n_targets, begin, targets, order if len(order) else None
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
            if self._traces is not traces:
                self._traces = traces
            raise

    def _put_back(self, name: str, values: NDArray[Any]) -> None:
        self.variables[name] = replace(self.variables[name], values=np.array(values))

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

    def arrange(self, after: Connectivity, given: Mapping[str, NDArray[Any]]) -> None:
        """Arrange the values of variables for synapses of which new ones were made.

        Parameters
        ----------
        after : Connectivity
            The synapses, with the new ones.
        given : mapping of str to ndarray
            Values of the new ones, shape () or (n,), for variables that are not to begin with 0.
        """
        self.spread_traces()
        before = self.connectivity
        # The order of synapses that are the first is not asked for: it may have to be made.
        moved = after.stored(np.arange(len(before))) if len(before) else None
        arranged = {}
        for name, variable in self.variables.items():
            old = variable.values
            if variable.is_shared or (len(old) == 1 and old[0] == 0 and name not in given):
                continue
            is_one = not len(before) and (name not in given or _are_equal(given[name]))
            values = np.zeros(1 if is_one else len(after), dtype=old.dtype)
            if len(before):
                values[moved] = old[0] if len(old) == 1 else before.in_order(old)
            if name in given and is_one:
                values[:] = given[name].reshape(-1)[:1]
            elif name in given:
                values[after.stored(np.arange(len(before), len(after)))] = given[name]
            arranged[name] = replace(variable, values=values)
        # Only now, as there may not be enough memory for all of them.
        self.variables.update(arranged)
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
