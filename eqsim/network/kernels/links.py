"""Linked variables as kernels know them: other groups' arrays, through numbers of elements."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsim.equations.declarations import Flag
from eqsim.errors import EquationError
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Call, Expr, Literal, Name
from eqsim.expressions.statements import Assign, Gather
from eqsim.expressions.traverse import free_names, substitute
from eqsim.network.variables.linked import Link
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Elements, Role

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner
    from eqsim.network.kernels.kernel_writer import KernelWriter
    from eqsim.network.kernels.names import GroupNames

_ELEMENT = ":element"
"""How the name of the number of a source's element ends; users' names have no such characters."""
_TIME = frozenset({"t"})


@dataclass(frozen=True)
class LinkedName:
    """What a linked variable means in the kernels of its group.

    Parameters
    ----------
    name : str
        The user's name for it.
    link : Link
        What it is linked to.
    source : GroupNames
        What names mean in the group that holds the values.
    element : str
        The name of the number of the source's element in kernels of the group.
    expression : Expr
        What stands for the variable, over names of the group's kernels.
    stored : str or None
        The source's name of what is stored, if the expression is nothing but the variable.
    """

    name: str
    link: Link
    source: GroupNames
    element: str
    expression: Expr
    stored: str | None

    def local(self, name: str) -> str:
        """Return what kernels of the group call something of the source."""
        return f"{self.name}.{name}"


class LinkedNames:
    """The linked variables of a group, each looked up when it is first needed.

    Parameters
    ----------
    owner : StateOwner
        The group.
    around : mapping of str to object
        The namespace of the run.
    element : str or None
        The name of an element's number in expressions of the group, None if it has none.
    """

    def __init__(self, owner: StateOwner, around: Any, element: str | None) -> None:
        self.owner = owner.storage
        self.around = around
        self.element = element
        self._found: dict[str, LinkedName] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.owner.links

    def __getitem__(self, name: str) -> LinkedName:
        if name not in self._found:
            self._found[name] = self._looked_up(name, self.owner.links[name])
        return self._found[name]

    def _looked_up(self, name: str, link: Link) -> LinkedName:
        source = link.source.names(self.around)
        source.resolve_in(Name(link.target.name))
        inner = source.substituted(Name(link.target.name))
        is_direct = link.is_one_to_one and None not in (self.element, source.element)
        element = str(self.element) if is_direct else name + _ELEMENT
        found = LinkedName(name, link, source, element, Name(name), None)
        if isinstance(inner, Name) and inner.identifier not in _TIME | {"i"}:
            # What a group stores itself has one name in its kernels, which see it change.
            if link.source is self.owner and (is_direct or link.is_single):
                return replace(found, expression=inner)
            return replace(found, stored=inner.identifier)
        local: dict[str, Expr] = {n: Name(found.local(n)) for n in free_names(inner) - _TIME}
        if source.element is not None:
            local[source.element] = Name(element)
        return replace(found, expression=substitute(inner, local))

    def local(self, name: str) -> tuple[LinkedName, str | None] | None:
        """Return what a name of a kernel means, None if it has nothing to do with a link.

        Returns
        -------
        (LinkedName, str or None)
            The linked variable, and the name of something of its source; None for the number of
            the source's element.
        """
        if name in self:
            stored = self[name].stored
            return None if stored is None else (self[name], stored)
        linked, is_inner, inner = name.partition(".")
        if is_inner:
            return (self[linked], inner) if linked in self else None
        linked = name.removesuffix(_ELEMENT)
        return (self[linked], None) if linked != name and linked in self else None


@dataclass
class LinkedBindings:
    """Binds what kernels of a group know of other groups.

    Parameters
    ----------
    writer : KernelWriter
        Of the group.
    """

    writer: KernelWriter
    _sources: dict[str, KernelWriter] = field(default_factory=dict)

    def binding(self, name: str, linked: LinkedName, inner: str | None) -> Binding:
        """Return the binding of one name.

        Parameters
        ----------
        name : str
            The name in the kernel.
        linked, inner : LinkedName, str or None
            What it means, see :meth:`LinkedNames.local`.
        """
        if inner is None:
            return self._element(name, linked)
        if linked.name not in self._sources:
            self._sources[linked.name] = linked.source.writer(self.writer.builder)
        source = self._sources[linked.name]
        bound = source.binding(inner)
        if self.writer.builder.is_single(bound.array):
            index = None
        elif bound.index is None or bound.index == source.element:
            index = linked.element
        else:
            index = linked.local(bound.index)
        return replace(bound, name=name, index=index)

    def _element(self, name: str, linked: LinkedName) -> Binding:
        """Return the binding of the number of the source's element."""
        owner, builder = self.writer.owner.storage, self.writer.builder
        numbers = linked.link.elements(owner)
        array = Array(
            f"{self.writer.label}.{linked.name}.index",
            DType.INT32,
            None if linked.link.is_single else builder.extent(self.writer.label, owner.N),
            isinstance(linked.link.target.index, str),
            Role.INDEX,
        )
        return Binding(name, builder.array(array, numbers.astype(np.int32)), DType.INT64)


def unlinked(owner: StateOwner, among: Collection[str] | None = None) -> Iterator[EquationError]:
    """Yield an error for each variable that is to be linked and is not.

    Parameters
    ----------
    owner : StateOwner
        The group.
    among : collection of str, optional
        Variables that matter; by default all.
    """
    for declared in owner.equations.block.declarations:
        is_meant = among is None or declared.name in among
        if is_meant and Flag.LINKED in declared.flags and declared.name not in owner.links:
            shown = f"{owner.storage.name}.{declared.name}"
            yield EquationError(
                f"{declared.name!r} is linked, but to no other variable",
                declared.span,
                hint=f"link it: {shown} = linked_var(group, 'variable')",
            )


def follow(writer: KernelWriter) -> None:
    """Add the kernels that look up, at the beginning of a step, whose values variables show.

    They keep within the source whatever code, or Python in the midst of a run, makes of a number.
    """
    owner, builder = writer.owner, writer.builder
    for name, link in owner.links.items():
        if not isinstance(link.target.index, str):
            continue
        place = LinkedBindings(writer).binding("_number", writer.names.linked[name], None)
        stored = link.target.source.stored_numbers(np.arange(link.target.source.N))
        extent = builder.extent(f"{place.array}.stored", len(stored))
        order = Array(extent, DType.INT32, extent, False, Role.INDEX)
        builder.array(order, stored.astype(np.int32))
        last, dtype = builder.constant(f"{place.array}.last", len(stored) - 1)
        within = Call("clip", (Name(link.target.index), Literal(0), Name("_last")))
        kernel = writer.kernel(
            f"{writer.label}_{name}_index",
            Elements(builder.extent(writer.label, owner.N)),
            [
                Gather("_stored", order.name, within, Kind.INTEGER),
                Assign("_number", Name("_stored")),
            ],
            (f"{name} is linked through {link.target.index}",),
            also=(place, Binding("_last", last, dtype)),
        )
        builder.kernel(kernel, "before_start", -1, owner.creation)
