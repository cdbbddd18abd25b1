"""A contiguous part of a group, seen as a group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.expressions.nodes import Binary, BinaryOperator, Expr, Name
from eqsim.expressions.traverse import substitute
from eqsim.network.events import Event
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.variables.grid_places import is_place, numbers_at
from eqsim.network.variables.linked import Link
from eqsim.network.variables.variables import Variable
from eqsim.units.quantity import si_array

FIRST, LAST, SIZE = "_first", "_last", "_size"


class Subgroup(StateOwner):
    """Neurons ``start`` up to but not including ``stop`` of a group, numbered from 0.

    A view: its variables are the group's. It is made by indexing a group, ``G[10:20]``.
    """

    add_to_magic_network = False
    _own = StateOwner._own | {"source", "start", "stop"}  # noqa: SLF001

    def __init__(self, source: StateOwner, start: int, stop: int) -> None:
        super().__init__(
            "subgroup*", source.order, source.clock, stop - start, source.equations, source.real
        )
        self.source = source
        self.start = start
        self.stop = stop
        self.namespace = source.namespace
        self.variables.update(
            {
                known: variable
                if variable.is_shared
                else replace(variable, values=variable.values[start:stop])
                for known, variable in source.variables.items()
            }
        )

    @property
    def storage(self) -> StateOwner:
        """The whole group."""
        return self.source

    @property
    def stored_size(self) -> int:
        """How many elements the whole group has."""
        return self.source.N

    @property
    def stored_variables(self) -> Mapping[str, Variable]:
        """The variables of the whole group."""
        return self.source.variables

    @property
    def events(self) -> Mapping[str, Event]:
        """The events of the whole group."""
        return self.source.events

    @property
    def links(self) -> Mapping[str, Link]:
        """The linked variables of the whole group."""
        return self.source.links

    def relative(self, expr: Expr) -> Expr:
        """Return an expression over this part as one over the whole group."""
        number = Binary(BinaryOperator.SUBTRACT, Name("i"), Name(FIRST))
        return substitute(expr, {"i": number, "N": Name(SIZE)})

    @property
    def constants(self) -> Mapping[str, float | int]:
        """Where the part begins, ends, how long it is, and the whole group's constants."""
        return {**self.source.constants, FIRST: self.start, LAST: self.stop, SIZE: self.N}

    def substitutable(self, name: str) -> Expr | None:
        """Return the expression that stands for a name where it is used."""
        return self.source.substitutable(name)

    def has_variable(self, name: str) -> bool:
        """Return whether the name can be read by attribute."""
        return self.source.has_variable(name)

    def stored_numbers(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return the numbers of elements in the whole group."""
        return numbers + self.start

    def user_numbers(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return the numbers of elements in this part."""
        return stored - self.start

    @property
    def first_stored(self) -> int:
        """The number of the first element in the whole group."""
        return self.start

    def chosen(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return this part of values for the whole group."""
        return values[self.start : self.stop]

    def run_regularly(self, code: str, *arguments: Any, **options: Any) -> Any:
        """Run statements for these neurons at regular times.

        Parameters
        ----------
        code : str
            Statements, in which ``i`` begins with 0 and ``N`` is the size of this part.
        *arguments, **options
            As for :meth:`NeuronGroup.run_regularly`.

        Examples
        --------
        >>> from eqsim import NeuronGroup, ms, run
        >>> G = NeuronGroup(4, 'x : 1')
        >>> _ = G[2:].run_regularly('x += i + 1', dt=1*ms)
        >>> run(1*ms, target='numpy')
        >>> G.x[:]
        array([0., 0., 1., 2.])
        """
        return self._part_of(self.source.run_regularly(code, *arguments, **options))

    def run_at(self, code: str, *arguments: Any, **options: Any) -> Any:
        """Run statements for these neurons at single times.

        Parameters
        ----------
        code, *arguments, **options
            As for :meth:`run_regularly` and :meth:`NeuronGroup.run_at`.
        """
        return self._part_of(self.source.run_at(code, *arguments, **options))

    def _part_of(self, operation: Any) -> Any:
        operation.part = (self.start, self.stop)
        return operation

    def __getitem__(self, item: Any) -> Subgroup:
        start, stop = _contiguous(item, self.shape, str(self.name))
        return Subgroup(self.source, self.start + start, self.start + stop)


def part_of(group: StateOwner, item: Any) -> Subgroup:
    """Return the part of a group that an index chooses.

    Raises
    ------
    IndexError
        If it chooses no contiguous part.
    """
    return Subgroup(group, *_contiguous(item, group.shape, str(group.name)))


def _contiguous(item: Any, shape: tuple[int, ...], name: str) -> tuple[int, int]:
    """Return the first and one past the last element that an index chooses from a shape.

    Raises
    ------
    IndexError
        If it does not choose at least one element, or others than neighbours in order. What a
        slice says beyond the end, or from the end, is what it says of a list.
    """
    size = math.prod(shape)
    refusal = (
        f"{item!r} chooses no part of {name!r}\n"
        f"  a part is contiguous: {name}[first:last] with 0 <= first < last <= {size}, or one"
        " index"
    )
    if isinstance(item, tuple):
        refusal += "\n  parts of grids are connected by a connector: connect.BetweenParts"
    if isinstance(item, slice):
        start, stop, step = item.indices(size)
        if step != 1 or start >= stop:
            raise IndexError(refusal)
        return start, stop
    numbers = numbers_at(item, shape, name).ravel() if is_place(item, shape) else item
    chosen = np.atleast_1d(si_array(numbers))
    if chosen.dtype.kind not in "iu" or chosen.ndim != 1 or len(chosen) == 0:
        raise IndexError(refusal)
    if (np.diff(chosen) != 1).any() or chosen[0] < 0 or chosen[-1] >= size:
        raise IndexError(refusal)
    return int(chosen[0]), int(chosen[-1]) + 1
