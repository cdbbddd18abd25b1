"""Variables whose values are those of another group: read where they are, never copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.declarations import Declaration, Flag
from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.expressions.kinds import Kind
from eqsim.expressions.traverse import free_names
from eqsim.network.variables.variables import VariableView
from eqsim.program.dtypes import DType
from eqsim.units.dimensions import DIMENSIONLESS, base_unit_for
from eqsim.units.quantity import dimension_of, si_array

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner

Index = NDArray[np.int64] | str | None
_KINDS = {Kind.BOOLEAN: "a truth value", Kind.INTEGER: "an integer", Kind.FLOAT: "a number"}


@dataclass(frozen=True, slots=True, eq=False)
class LinkedVariable:
    """A variable of a group, for a linked variable of another: what :func:`linked_var` returns.

    Parameters
    ----------
    source : StateOwner
        The group, or a part of one, that has the variable.
    name : str
        A variable or subexpression of it.
    index : ndarray of int, str or None
        Whose value each element sees: numbers of the source's elements, or the name of an integer
        variable that holds them. None if element ``k`` sees element ``k``, or all see the only
        one.
    """

    source: StateOwner
    name: str
    index: Index


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """A linked variable and what it is linked to.

    Parameters
    ----------
    target : LinkedVariable
        What it is linked to, with an index that fits.
    is_single : bool
        Whether all elements see one value.
    """

    target: LinkedVariable
    is_single: bool

    @property
    def source(self) -> StateOwner:
        """The whole group that holds the values."""
        return self.target.source.storage

    @property
    def is_one_to_one(self) -> bool:
        """Whether each element sees the value that is stored under its own number."""
        is_whole = self.target.source is self.source
        return self.target.index is None and not self.is_single and is_whole

    def elements(self, owner: StateOwner) -> NDArray[np.int64]:
        """Return the numbers of the elements that the owner's see, as they are stored.

        Parameters
        ----------
        owner : StateOwner
            The group with the linked variable.

        Returns
        -------
        ndarray of int64
            Shape (N,), or (1,) if all see one.

        Raises
        ------
        ModelError
            If the group has another number of elements than when it was linked.
        IndexError
            If an integer variable holds numbers of elements that do not exist.
        """
        source, index = self.target.source, self.target.index
        if self.is_single:
            return source.stored_numbers(np.zeros(1, dtype=np.int64))
        if isinstance(index, str):
            numbers = np.broadcast_to(owner.variables[index].values, owner.N).astype(np.int64)
            _check_range(numbers, source, f"{index!r} of {owner.name!r}")
            return source.stored_numbers(numbers)
        numbers = np.arange(source.N) if index is None else index
        if len(numbers) != owner.N:
            raise ModelError(
                f"{owner.name!r} has {owner.N} elements, and had {len(numbers)} when a variable of"
                f" {source.name!r} was linked to one of its own\n  link it again"
            )
        arranged = np.empty_like(numbers)
        arranged[owner.stored_numbers(np.arange(owner.N))] = source.stored_numbers(numbers)
        return arranged


def linked_var(
    group_or_variable: Any, name: str | None = None, index: Any = None
) -> LinkedVariable:
    """Return a variable of a group, to be assigned to a linked variable of another.

    The values are not copied: whoever reads the linked variable, at any time, reads the other
    group's. Both groups must be in a network that uses them.

    Parameters
    ----------
    group_or_variable : NeuronGroup, Subgroup or VariableView
        A group, or its variable: ``linked_var(H, 'x')`` and ``linked_var(H.x)`` are the same.
    name : str, optional
        Name of a variable or subexpression of the group; it may be linked itself.
    index : sequence of int or str, optional
        Whose value each element sees, shape (N,); or the name of an integer variable of the group
        that is linked, which is looked at in the beginning of each step: where it goes beyond the
        source while a run is under way, it means the first or last element. Not needed if both
        groups are of one size, or all elements see one value: that of a shared variable, or of a
        group with one element.

    Raises
    ------
    ModelError
        If the group has no such variable.

    Examples
    --------
    >>> from eqsim import NeuronGroup, linked_var, ms, run
    >>> source = NeuronGroup(2, 'dx/dt = (1 + i)/ms : 1', method='euler')
    >>> G = NeuronGroup(3, '''y : 1 (linked)
    ...                       dz/dt = y/ms : 1''', method='euler')
    >>> G.y = linked_var(source, 'x', index=[1, 0, 1])
    >>> run(1*ms, target='numpy')
    >>> G.y[:]
    array([2., 1., 2.])
    """
    view = group_or_variable
    if not isinstance(view, VariableView):
        if not hasattr(view, "has_variable"):
            raise ModelError(f"{view!r} has no variables to link to\n  expected: a group")
        if not isinstance(name, str) or not view.has_variable(name):
            _refuse_name(view, name)
        view = VariableView(view, name)
    elif name is not None:
        raise ModelError(f"{view.name!r} is a variable already: leave out the name {name!r}")
    elif not view.owner.has_variable(view.name):
        _refuse_name(view.owner, view.name)
    view.owner.check_has_values(view.name)
    return LinkedVariable(view.owner, view.name, index if index is None else _copied(index))


def _refuse_name(source: StateOwner, name: Any) -> NoReturn:
    known = sorted({*source.variables, *source.equations})
    raise ModelError(
        message(
            f"{source.name!r} has no variable {name!r} to link to",
            f"its variables: {', '.join(known)}",
            did_you_mean(str(name), known),
        )
    )


def _copied(index: Any) -> Index:
    """Return what was given as an index, as whole numbers that do not change any more."""
    if isinstance(index, str):
        return index
    numbers = si_array(index)
    is_whole = numbers.dtype.kind in "iu" and dimension_of(index) is DIMENSIONLESS
    if not is_whole or numbers.ndim != 1:
        raise ModelError(
            f"the index of a link must be a list of whole numbers, or the name of an integer"
            f" variable, not {index!r}"
        )
    return numbers.astype(np.int64)


def link(owner: StateOwner, name: str, target: LinkedVariable) -> Link:
    """Return the link of a group's variable to another.

    Parameters
    ----------
    owner : StateOwner
        The group with the linked variable.
    name : str
        The variable.
    target : LinkedVariable
        What it is to be linked to.

    Raises
    ------
    ModelError, DimensionMismatchError, IndexError
        If they do not fit.
    """
    declared = owner.declaration(name)
    if owner.storage is not owner:
        raise ModelError(
            f"a variable of a part of {owner.storage.name!r} cannot be linked\n"
            f"  link that of the whole group: {owner.storage.name}.{name} = linked_var(...)"
        )
    if declared is None or Flag.LINKED not in declared.flags:
        unit = "1" if declared is None else declared.unit
        raise ModelError(
            f"{name!r} of {owner.name!r} is not declared as linked\n"
            f"  write '{name} : {unit} (linked)' in the equations of {owner.name!r}"
        )
    _check_kind(owner, declared, target)
    if (owner, name) in set(_needed(target.source.storage, target.name, set())):
        raise ModelError(
            f"{name!r} of {owner.name!r} would be linked to itself, through"
            f" {target.name!r} of {target.source.name!r}"
        )
    is_shared = _is_shared(target.source.storage, target.name)
    if target.index is None:
        if not is_shared and target.source.N not in (1, owner.N):
            raise ModelError(
                f"{name!r} of {owner.name!r} has {owner.N} elements, and {target.name!r} of"
                f" {target.source.name!r} has {target.source.N}\n"
                "  say whose value each element sees: linked_var(..., index=...)"
            )
        return Link(target, is_shared or (target.source.N == 1 and owner.N != 1))
    if is_shared:
        raise ModelError(
            f"{target.name!r} of {target.source.name!r} is one value for all: a link to it takes"
            " no index"
        )
    _check_index(owner, name, target)
    return Link(target, is_single=False)


def _check_kind(owner: StateOwner, declared: Declaration, target: LinkedVariable) -> None:
    names = (f"{declared.name!r} of {owner.name!r}", f"{target.name!r} of {target.source.name!r}")
    dimension = target.source.dimension_of_variable(target.name)
    if dimension is not declared.dimension:
        units = [base_unit_for(d) for d in (declared.dimension, dimension)]
        shown = ["no unit" if unit == "1" else f"the unit {unit}" for unit in units]
        raise DimensionMismatchError(f"{names[0]} has {shown[0]}, and {names[1]} has {shown[1]}")
    kind = _kind_of(target.source.dtype_of_variable(target.name))
    if kind is not declared.value_kind:
        unit = {Kind.FLOAT: "1"}.get(kind, kind.value)
        raise ModelError(
            f"{names[0]} is {_KINDS[declared.value_kind]}, and {names[1]} is {_KINDS[kind]}\n"
            f"  write '{declared.name} : {unit} (linked)' in the equations of {owner.name!r}"
        )


def _kind_of(dtype: DType) -> Kind:
    if dtype is DType.BOOLEAN:
        return Kind.BOOLEAN
    return Kind.FLOAT if dtype.is_float else Kind.INTEGER


def _needed(
    owner: StateOwner, name: str, found: set[tuple[StateOwner, str]]
) -> Iterator[tuple[StateOwner, str]]:
    """Yield the variables from which a variable is computed, itself included."""
    if (owner, name) in found or not owner.has_variable(name):
        return
    found.add((owner, name))
    yield owner, name
    made = owner.links.get(name)
    expression = owner.substitutable(name)
    if made is not None:
        yield from _needed(made.source, made.target.name, found)
    elif expression is not None:
        for used in sorted(free_names(expression)):
            yield from _needed(owner, used, found)


def _is_shared(source: StateOwner, name: str) -> bool:
    """Return whether a variable is one value for all elements of its group."""
    if name in source.links:
        return source.links[name].is_single
    if name in source.variables:
        return source.variables[name].is_shared
    declared = source.declaration(name)
    return declared is not None and Flag.SHARED in declared.flags


def _check_index(owner: StateOwner, name: str, target: LinkedVariable) -> None:
    index = target.index
    if isinstance(index, str):
        variable = owner.variables.get(index)
        if variable is None or variable.dtype.is_float or variable.dtype is DType.BOOLEAN:
            raise ModelError(
                f"{owner.name!r} has no integer variable {index!r} that says whose {target.name!r}"
                f" each element sees\n  write '{index} : integer' in its equations"
            )
        return
    assert index is not None
    what = f"the index of {name!r} of {owner.name!r}"
    if len(index) != owner.N:
        raise ModelError(
            f"{what} must have {owner.N} numbers, one for each element, not {len(index)}"
        )
    _check_range(index, target.source, what)


def _check_range(numbers: NDArray[np.int64], source: StateOwner, what: str) -> None:
    wrong = np.flatnonzero((numbers < 0) | (numbers >= source.N))
    if len(wrong):
        raise IndexError(
            f"{what} is {numbers[wrong[0]]} at position {wrong[0]}, and {source.name!r} has"
            f" elements 0 to {source.N - 1}"
        )
