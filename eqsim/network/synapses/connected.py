"""Synapses as connections: who is connected to whom, in the order in which users made them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.equations import Equations
from eqsim.equations.scope import SYNAPSE_SYMBOLS
from eqsim.errors import ModelError
from eqsim.network.clocks import Clock
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.sides import Side, side_of
from eqsim.network.synapses.connectivity import (
    Connectivity,
    NewSynapses,
    sources_of,
    target_type,
)
from eqsim.network.synapses.indexing import SynapticSelection, chosen_by_pairs
from eqsim.network.synapses.owner import SynapticOwner
from eqsim.network.variables.variables import VariableView
from eqsim.program.dtypes import DType
from eqsim.runtime.rules import Rule
from eqsim.units.dimensions import Dimension

COUNTS = {"N_incoming": Side.TARGET, "N_outgoing": Side.SOURCE}
"""Names of how many synapses the element on a side has."""


class ConnectedSynapses(SynapticOwner):
    """Synapses in rows by their source, numbered by users in the order in which they made them."""

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
        self._users: WeakSet[ConnectedSynapses] = WeakSet()
        self._is_connected = False
        self.connectivity = self.unconnected()
        for side in (source, target):
            if isinstance(side, ConnectedSynapses):
                side.used_by(self)

    def __getstate__(self) -> dict[str, Any]:
        # Weak references do not travel to other processes; strong ones do, with what they are to.
        return {**self.__dict__, "_users": list(self._users)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _users=WeakSet(state["_users"]))

    @property
    def is_connected(self) -> bool:
        """Whether ``connect`` was called, even if it made no synapse."""
        return self._is_connected

    @property
    def N(self) -> int:  # noqa: N802 - the field's name for it
        """How many synapses there are."""
        return len(self.connectivity)

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
            "synapse" if isinstance(self.side(side), ConnectedSynapses) else "neuron"
            for side in Side
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

    def used_by(self, other: ConnectedSynapses) -> None:
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
        numbers = np.arange(self.source.N)
        rows = self.source.stored_numbers(numbers) - self.source.first_stored
        is_in_rows = np.array_equal(rows, numbers)
        rule = self._stored_rule(new.rule) if is_in_rows else None
        if new.made is None and rule is not None:
            return replace(new, rule=rule)
        targets = self.target.stored_numbers(new.targets.astype(_wide(self.target), copy=False))
        targets = targets.astype(target_type(self.target.stored_size), copy=False)
        if rule is not None:
            return replace(new, made=targets, rule=rule)
        if new.rule is None and is_in_rows:
            return replace(new, made=targets)
        return NewSynapses(targets, rows[sources_of(new)].astype(np.int32), None)

    def _stored_rule(self, rule: Rule | None) -> Rule | None:
        """Return the rule of targets as their group stores them, if it stores them in order."""
        if rule is None or isinstance(self.target.storage, ConnectedSynapses):
            return None
        numbers = np.arange(self.target.N)
        first = self.target.first_stored
        if not np.array_equal(self.target.stored_numbers(numbers), numbers + first):
            return None
        return replace(rule, first_target=first)

    def side_type(self, side: Side) -> np.dtype[Any]:
        """Return the type of what :meth:`stored_sides` returns."""
        return self.connectivity.target_type if side is Side.TARGET else np.dtype(np.int32)

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

    def resolve_index(self, item: Any, name: str) -> Any:
        """Return an index for NumPy, into the order of creation, from what is in brackets."""
        shared = name in self.variables and self.variables[name].is_shared
        if isinstance(item, tuple) and not shared:
            return chosen_by_pairs(self, item)
        if isinstance(item, SynapticSelection):
            item = item.indices
        return super().resolve_index(item, name)

    def dimension_of_variable(self, name: str) -> Dimension:
        """Return the dimension of a variable or subexpression, of both sides' too."""
        if name in SYNAPSE_SYMBOLS:
            return SYNAPSE_SYMBOLS[name].dimension
        found = self._at_side(name)
        if found is not None:
            return self.side(found[0]).dimension_of_variable(found[1])
        return super().dimension_of_variable(name)

    def dtype_of_variable(self, name: str) -> DType:
        """Return the type of the values of a variable or subexpression, of both sides' too."""
        if name in SYNAPSE_SYMBOLS:
            return DType.INT64
        found = self._at_side(name)
        if found is not None:
            return self.side(found[0]).dtype_of_variable(found[1])
        return super().dtype_of_variable(name)

    def _is_own(self, name: str) -> bool:
        return name in self.variables or self.declaration(name) is not None

    def _at_side(self, name: str) -> tuple[Side, str] | None:
        """Return which side has a variable, and its name there; without suffix the target has."""
        if self._is_own(name):
            return None
        return side_of(name) or (Side.TARGET, name)

    def has_variable(self, name: str) -> bool:
        """Return whether the name can be read by attribute."""
        return self.has_named(name) or self.target.has_variable(name)

    def has_named(self, name: str) -> bool:
        """Return whether the name is that of a variable here, or of a side's with its suffix."""
        if name in COUNTS or self._is_own(name):
            return True
        found = side_of(name)
        return found is not None and self.side(found[0]).has_variable(found[1])


def _wide(target: StateOwner) -> Any:
    """Return a type in which numbers of a part can be counted from the whole group's first."""
    whole = target_type(target.stored_size)
    return whole if target.stored_size == target.N else np.promote_types(whole, np.int32)
