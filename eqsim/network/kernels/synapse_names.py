"""What each name in the text of synapses means: their own variables, and those of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.scope import SYNAPSE_SYMBOLS, Symbol, block_scope
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Expr, Name
from eqsim.expressions.traverse import free_names, substitute
from eqsim.network.clocks import AnyClock
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.kernel_writer import KernelWriter
from eqsim.network.kernels.names import GroupNames
from eqsim.network.sides import Side, side_of
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Role

if TYPE_CHECKING:
    from eqsim.network.synapses.owner import SynapticOwner

PRE_DELAY = "pre.delay"
"""The key of the delays that texts call ``delay``: those of the pathway ``pre``."""

SYNAPSE = "_synapse"
"""The number of a synapse, as it is stored, in kernels over synapses."""

_OTHER = "_of_"
"""How names begin that mean a constant of a side's group, or its step: they may not be mistaken
for constants of the user that end like the side's variables."""

_TIMES = frozenset({"t", "t_in_timesteps"})


class SynapseNames(GroupNames):
    """The names of synapses in one run.

    Parameters
    ----------
    owner : SynapticOwner
        The synapses.
    around : mapping of str to object
        The namespace of the run.
    sides : mapping of Side to GroupNames
        The names of the groups on both sides.
    """

    owner: SynapticOwner
    element = None

    def __init__(
        self, owner: SynapticOwner, around: Mapping[str, Any], sides: Mapping[Side, GroupNames]
    ) -> None:
        self.sides = sides
        super().__init__(owner, around)

    def _symbols(self) -> dict[str, Symbol]:
        symbols: dict[str, Symbol] = {}
        for name, symbol in self.sides[Side.TARGET].scope.items():
            if _is_of_group(self.sides[Side.TARGET], name):
                symbols[name] = symbol
        for side, names in self.sides.items():
            for name, symbol in names.scope.items():
                if _is_of_group(names, name):
                    symbols[name + side.suffix] = replace(symbol, name=name + side.suffix)
        own = block_scope(self.owner.equations.block)
        return {**symbols, **SYNAPSE_SYMBOLS, **self.owner.extra_symbols, **own}

    @property
    def kinds(self) -> dict[str, Kind]:
        """What kinds of values names have, as kernels know them."""
        kinds = super().kinds
        for side, names in self.sides.items():
            kinds[side.element] = kinds[_created(side)] = Kind.INTEGER
            for name, kind in names.kinds.items():
                kinds[_OTHER + name + side.suffix] = kind
        return kinds

    def own(self, name: str) -> bool:
        """Return whether a name is a variable or subexpression of the synapses themselves."""
        return name in self.owner.variables or self.owner.declaration(name) is not None

    def writer(self, builder: ProgramBuilder, clock: AnyClock | None = None) -> SynapseWriter:
        """Return what writes kernels over the synapses."""
        return SynapseWriter(builder, self, clock)

    def stored_name(self, name: str) -> str:
        """Return the name by which kernels know a variable: the target's ``v`` is ``v_post``."""
        known = name in SYNAPSE_SYMBOLS or self.own(name) or name in self.externals
        if known or name not in self.scope or side_of(name) is not None:
            return name
        return name + Side.TARGET.suffix

    def side_variable(self, name: str) -> tuple[Side, str] | None:
        """Return the side that a name's variable belongs to and its name there, None if none."""
        if self.own(name) or name in self.externals or name in SYNAPSE_SYMBOLS:
            return None
        return side_of(self.stored_name(name)) if name in self.scope else None

    def resolve_in(self, expr: Expr) -> dict[str, Expr]:
        """Look up what an expression needs, directly or through subexpressions of any side."""
        used = super().resolve_in(expr)
        for each in (expr, *used.values()):
            for name in sorted(free_names(each)):
                found = self.side_variable(name)
                if found is not None:
                    side, stem = found
                    self.sides[side].resolve_in(Name(stem))
        return used

    def substituted_name(self, name: Name) -> Expr:
        """Return a name over stored values only."""
        for side, names in self.sides.items():
            if name.identifier == side.number and isinstance(names, SynapseNames):
                return Name(_created(side), name.span)
            if name.identifier == side.number:
                return self._relative(side, names.owner.relative(Name("i", name.span)))
        if name.identifier == "delay" and PRE_DELAY in self.owner.variables:
            return Name(PRE_DELAY, name.span)
        found = self.side_variable(name.identifier)
        if found is None:
            return super().substituted_name(name)
        side, stem = found
        return self._relative(side, self.sides[side].substituted(Name(stem, name.span)))

    def _relative(self, side: Side, expr: Expr) -> Expr:
        """Return an expression over a side's stored values as one over those of a synapse."""
        names = self.sides[side]
        mapping: dict[str, Expr] = {}
        for name in free_names(expr) - _TIMES:
            own = names.owner.has_variable(name) or name in names.owner.extra_symbols
            mapping[name] = Name((name if own else _OTHER + name) + side.suffix)
        mapping["i"] = Name(side.element)
        return substitute(expr, mapping)


def _created(side: Side) -> str:
    """Return the name, in kernels, of the user's number of a side's element that is a synapse."""
    return f"_created{side.suffix}"


def _is_of_group(names: GroupNames, name: str) -> bool:
    """Whether a name of a group's scope is a variable that synapses see under its name."""
    return name not in names.externals and (
        names.owner.has_variable(name) or name in names.owner.extra_symbols
    )


class SynapseWriter(KernelWriter):
    """Writes kernels over synapses.

    Parameters
    ----------
    builder : ProgramBuilder
        Where kernels, arrays and streams go.
    names : SynapseNames
        What names mean.
    clock : AnyClock, optional
        The clock that the kernels run on, by default that of the synapses.
    """

    element = SYNAPSE
    names: SynapseNames
    owner: SynapticOwner

    def __init__(
        self, builder: ProgramBuilder, names: SynapseNames, clock: AnyClock | None = None
    ) -> None:
        super().__init__(builder, names, clock)
        self.sides = {side: own.writer(builder) for side, own in names.sides.items()}

    def _is_bound(self, name: str) -> bool:
        own = (*(side.element for side in Side), *map(_created, Side), *_COUNTS)
        if name in own:
            return True
        if name in ("_last_pre", "_last_post") and self.owner.traces is not None:
            return True
        found = self._of_side(name)
        if found is None:
            return super()._is_bound(name)
        side, stem = found
        return self.sides[side]._is_bound(stem)  # noqa: SLF001 - another one of this class

    def _of_side(self, name: str) -> tuple[Side, str] | None:
        """Return the side to which a name of a kernel belongs, and its name there."""
        if self.names.own(name) or name in self.names.externals or name in SYNAPSE_SYMBOLS:
            return None
        if self.names.linked.local(name) is not None:
            return None
        found = side_of(name)
        return None if found is None else (found[0], found[1].removeprefix(_OTHER))

    def side_of_name(self, name: str) -> Side | None:
        """Return the side whose element's value a name of a kernel stands for, if one's."""
        for side in Side:
            if name in (side.element, _created(side)):
                return side
        if name in _COUNTS:
            side, is_size = _COUNTS[name]
            return None if is_size else side
        found = self._of_side(name)
        if found is None or not self._is_bound(name):
            return None
        return None if self.builder.is_single(self.binding(name).array) else found[0]

    def binding(self, name: str) -> Binding:
        """Return the binding of one name of the synapses or of a group."""
        for side in Side:
            if name == side.element:
                return self._side(side)
        if name in _COUNTS:
            return self._count(name)
        for side in Side:
            if name == _created(side):
                return self._created(side)
        traces = self.owner.traces
        if traces is not None:
            for side in Side:
                if name == f"_last{side.suffix}":
                    return self._with_neurons(name, side, traces.last[side])
            if name in traces.sides:
                return self._with_neurons(name, traces.sides[name], traces.values[name])
        found = self._of_side(name)
        return super().binding(name) if found is None else self._side_variable(name, *found)

    def _with_neurons(self, name: str, side: Side, values: NDArray[Any]) -> Binding:
        """Return the binding of what is stored for each neuron of a side."""
        extent = self.sides[side].label
        self.builder.extent(extent, self.sides[side].owner.stored_size)
        dtype = DType(values.dtype.name)
        array = Array(f"{self.label}.{name}", dtype, extent, True, Role.STATE)
        return Binding(name, self.builder.array(array, values), dtype, side.element)

    def _side(self, side: Side) -> Binding:
        """Return the binding of the number of each synapse's source or target."""
        name = f"{self.label}.{side.of('sources', 'targets')}"
        make, rule = partial(self.owner.stored_sides, side), self.owner.rule_of(side)
        if rule is None:
            values = make()
            array = Array(name, DType(values.dtype.name), self.label, False, Role.INDEX)
            self.builder.array(array, values)
        else:
            dtype = DType(self.owner.side_type(side).name)
            array = Array(name, dtype, self.label, False, Role.INDEX)
            self.builder.array_by_rule(array, rule, make)
        return Binding(side.element, name, DType.INT64)

    def _created(self, side: Side) -> Binding:
        """Return the binding of the user's numbers of a side's elements that are synapses."""
        group, label = self.sides[side].owner, self.sides[side].label
        numbers = group.user_numbers(np.arange(group.stored_size)).astype(np.int32)
        extent = self.builder.extent(label, group.stored_size)
        array = Array(f"{label}.created", DType.INT32, extent, False, Role.INDEX)
        return Binding(
            _created(side), self.builder.array(array, numbers), DType.INT64, side.element
        )

    def _side_variable(self, name: str, side: Side, stem: str) -> Binding:
        """Return the binding of what belongs to the source or target."""
        bound = self.sides[side].binding(stem)
        if bound.index not in (None, self.sides[side].element):
            return replace(bound, name=name, index=f"{bound.index}{side.suffix}")
        if self.builder.is_single(bound.array):
            return replace(bound, name=name)
        return replace(bound, name=name, index=side.element)

    def _count(self, name: str) -> Binding:
        """Return the binding of how many elements a side has, or synapses an element has."""
        side, is_size = _COUNTS[name]
        if is_size:
            size = np.array([self.names.sides[side].owner.N], dtype=np.int64)
            array = Array(f"{self.label}.{name}", DType.INT64, None, False, Role.BUILTIN)
            return Binding(name, self.builder.array(array, size), DType.INT64)
        values = self.owner.n_synapses(side)
        extent = self.builder.extent(self.sides[side].label, len(values))
        array = Array(f"{self.label}.{name}", DType.INT32, extent, False, Role.BUILTIN)
        self.builder.array(array, values)
        return Binding(name, array.name, DType.INT64, side.element)


_COUNTS: Mapping[str, tuple[Side, bool]] = {
    "N_pre": (Side.SOURCE, True),
    "N_post": (Side.TARGET, True),
    "N_outgoing": (Side.SOURCE, False),
    "N_incoming": (Side.TARGET, False),
}
