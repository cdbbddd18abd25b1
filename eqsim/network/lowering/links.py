"""Linked variables as kernels know them: other groups' arrays, through numbers of elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsim.equations.declarations import Flag
from eqsim.errors import EquationError
from eqsim.expressions.nodes import Binary, BinaryOperator, Call, Expr, Name
from eqsim.expressions.statements import Assign
from eqsim.expressions.traverse import free_names, substitute
from eqsim.network.linked import Link
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Binding, Elements, Role

if TYPE_CHECKING:
    from eqsim.network.groups import StateOwner
    from eqsim.network.lowering.names import GroupNames, KernelWriter

_LOCAL = re.compile(r"_linked_(\d+)(?:_(.+))?")
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
    prefix : str
        How names of the source begin in kernels of the group; by itself the name of the number of
        the source's element.
    element : str
        The name of the number of the source's element.
    expression : Expr
        What stands for the variable, over names of the group's kernels.
    stored : str or None
        The source's name of what is stored, if the expression is nothing but the variable.
    """

    name: str
    link: Link
    source: GroupNames
    prefix: str
    element: str
    expression: Expr
    stored: str | None


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
        block = owner.equations.block
        self.names = [d.name for d in block.declarations if Flag.LINKED in d.flags]
        self._found: dict[str, LinkedName] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.owner.links

    def __getitem__(self, name: str) -> LinkedName:
        if name not in self._found:
            self._found[name] = self._looked_up(name, self.owner.links[name])
        return self._found[name]

    def _looked_up(self, name: str, link: Link) -> LinkedName:
        prefix = f"_linked_{self.names.index(name)}"
        direct = link.is_one_to_one and self.element is not None
        element = self.element if direct and self.element is not None else prefix
        source = link.source.names(self.around)
        source.resolve_in(Name(link.target.name))
        inner = source.substituted(Name(link.target.name))
        if isinstance(inner, Name) and inner.identifier not in _TIME | {"i"}:
            # What a group stores itself has one name in its kernels, which see it change.
            is_own = link.source is self.owner and (direct or link.is_single)
            shown = inner if is_own else Name(name)
            stored = None if is_own else inner.identifier
            return LinkedName(name, link, source, prefix, element, shown, stored)
        local: dict[str, Expr] = {n: Name(f"{prefix}_{n}") for n in free_names(inner) - _TIME}
        local["i"] = Name(element)
        expression = substitute(inner, local)
        return LinkedName(name, link, source, prefix, element, expression, None)

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
        match = _LOCAL.fullmatch(name)
        if match is None or int(match[1]) >= len(self.names):
            return None
        return self[self.names[int(match[1])]], match[2]

    def unlinked(self) -> Iterator[EquationError]:
        """Yield an error for each variable that is declared as linked and is not."""
        for name in self.names:
            declared = self.owner.declaration(name)
            if name not in self.owner.links and declared is not None:
                yield EquationError(
                    f"{name!r} is linked, but to no other variable",
                    declared.span,
                    hint=f"link it: {self.owner.name}.{name} = linked_var(other_group, 'variable')",
                )


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
        elif bound.index in (None, source.element):
            index = linked.element
        else:
            index = f"{linked.prefix}_{bound.index}"
        return replace(bound, name=name, index=index)

    def _element(self, name: str, linked: LinkedName) -> Binding:
        """Return the binding of the number of the source's element."""
        owner, builder = self.writer.owner.storage, self.writer.builder
        numbers = linked.link.elements(owner)
        index = linked.link.target.index
        if isinstance(index, str) and not follows(owner, linked.link):
            return replace(self.writer.binding(index), name=name)
        array = Array(
            index_array(self.writer.label, linked.name),
            DType.INT32,
            None if linked.link.is_single else builder.extent(self.writer.label, owner.N),
            isinstance(index, str),
            Role.INDEX,
        )
        return Binding(name, builder.array(array, numbers.astype(np.int32)), DType.INT64)


def index_array(label: str, name: str) -> str:
    """Return the name of the array that holds whose values a linked variable shows."""
    return f"{label}.{name}.index"


def follows(owner: StateOwner, link: Link) -> bool:
    """Return whether the numbers of elements are taken from an integer variable step by step.

    They need not be if it is constant and counts as the source's elements are stored.
    """
    index = link.target.index
    if not isinstance(index, str):
        return False
    declared = owner.declaration(index)
    constant = declared is not None and Flag.CONSTANT in declared.flags
    own = not owner.variables[index].is_shared
    return not (constant and own and link.target.source is link.source)


def follow(writer: KernelWriter) -> None:
    """Add the kernels that look up, at the beginning of a step, whose values variables show."""
    owner, builder = writer.owner, writer.builder
    for name, link in owner.links.items():
        if not follows(owner, link):
            continue
        assert isinstance(link.target.index, str)
        linked = writer.names.linked[name]
        place = LinkedBindings(writer).binding("_number", linked, None)
        given = [place]
        limits = link.target.source.stored_numbers(np.array([0, link.target.source.N - 1]))
        for bound, value in zip(("_first", "_last"), limits, strict=True):
            array, dtype = builder.constant(f"{place.array}.{bound[1:]}", int(value))
            given.append(Binding(bound, array, dtype))
        stored = Binary(BinaryOperator.ADD, Name(link.target.index), Name("_first"))
        within = Call("clip", (stored, Name("_first"), Name("_last")))
        kernel = writer.kernel(
            f"{writer.label}_{name}_index",
            Elements(builder.extent(writer.label, owner.N)),
            [Assign("_number", within)],
            (f"{name} is linked through {link.target.index}",),
            also=given,
        )
        builder.kernel(kernel, "before_start", -1, owner.creation)
