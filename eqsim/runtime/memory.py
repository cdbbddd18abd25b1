"""The memory that a program works on: NumPy arrays of the host, shared without copies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from eqsim.program.nodes import Array, Program
from eqsim.runtime.rules import Rule

_LINE = 64
"""Bytes of a cache line, which no load or store of a vector should straddle."""
_PAGE, _WAYS, _APART = 4096, 8, 512
"""Arrays begin at different places of a page: a processor takes a load for one that waits for a
store to another whose address within its page is the same."""
_made = itertools.count()


def zeros(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return zeros, shape (size,), that begin where a processor loads vectors best."""
    kind = np.dtype(dtype)
    if size * kind.itemsize < _PAGE:
        return np.zeros(size, dtype=kind)
    spare = _LINE + _WAYS * _APART
    room = np.zeros(size * kind.itemsize + spare, dtype=np.uint8)
    first = -room.ctypes.data % _LINE + next(_made) % _WAYS * _APART
    return room[first : first + size * kind.itemsize].view(kind)


class Arrays(Mapping[str, NDArray[Any]]):
    """Arrays by their names, of which some are made when they are first asked for.

    Parameters
    ----------
    made : mapping of str to ndarray
        Those that there are.
    to_make : mapping of str to callable
        What makes each of the others.

    Examples
    --------
    >>> arrays = Arrays({"a": np.zeros(2)}, {"b": lambda: np.ones(3)})
    >>> list(arrays), arrays.is_made("b"), arrays["b"], arrays.is_made("b")
    (['a', 'b'], False, array([1., 1., 1.]), True)
    """

    def __init__(
        self,
        made: Mapping[str, NDArray[Any]],
        to_make: Mapping[str, Callable[[], NDArray[Any]]],
    ) -> None:
        self._names = (*made, *to_make)
        self._made = dict(made)
        self._to_make = dict(to_make)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._made and name in self._to_make:
            self._made[name] = self._to_make[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def is_made(self, name: str) -> bool:
        """Return whether an array is there."""
        return name in self._made

    def changed(self, change: Callable[[str, NDArray[Any]], NDArray[Any]]) -> Arrays:
        """Return other arrays in place of all that are made when they are, the same for the rest.

        Parameters
        ----------
        change : callable
            From the name and the array to what takes its place.
        """
        made = {n: change(n, self._made[n]) for n in self._names if n not in self._to_make}
        return Arrays(made, {name: partial(self.__getitem__, name) for name in self._to_make})


@dataclass(frozen=True)
class Memory:
    """Arrays and sizes for one run of a program.

    Parameters
    ----------
    instances : int
        How many parameter sets run at once.
    extents : mapping of str to int
        The size of each extent of the program.
    arrays : mapping of str to ndarray
        One array for each of the program's; C-contiguous, of shape (instances, extent) or what
        holds as many values. They are read and changed in place.
    rules : mapping of str to Rule, optional
        By which rules arrays are made, which no program changes. A target may make them itself,
        and does not ask for them then.
    """

    instances: int
    extents: Mapping[str, int]
    arrays: Mapping[str, NDArray[Any]]
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def copied(self, change: Callable[[str, NDArray[Any]], NDArray[Any]]) -> Arrays:
        """Return other arrays in place of these; those that are made by rules are the same.

        Parameters
        ----------
        change : callable
            From the name and the array to what takes its place.
        """
        if isinstance(self.arrays, Arrays):
            return self.arrays.changed(change)
        return Arrays({name: change(name, each) for name, each in self.arrays.items()}, {})

    def ordered(
        self, program: Program, without: Collection[str] = ()
    ) -> list[NDArray[Any] | None]:
        """Return the arrays in the program's order, each checked to be what the program expects.

        Parameters
        ----------
        program : Program
            The program.
        without : collection of str
            Arrays that are not asked for; there is None in place of them.

        Raises
        ------
        ValueError
            If an array has another size or type, or is not contiguous: a mistake of the caller
            that would let compiled code read outside the array.
        """
        return [
            None if array.name in without else self._checked(array) for array in program.arrays
        ]

    def size(self, array: Array) -> int:
        """Return how many values an array of the program has."""
        per_instance = self.instances if array.per_instance else 1
        return per_instance * (1 if array.extent is None else self.extents[array.extent])

    def _checked(self, array: Array) -> NDArray[Any]:
        values = self.arrays[array.name]
        if values.dtype != array.dtype.numpy:
            raise ValueError(f"{array.name}: {values.dtype} instead of {array.dtype.value}")
        if values.size != self.size(array):
            raise ValueError(f"{array.name}: {values.size} values instead of {self.size(array)}")
        if not values.flags.c_contiguous or not values.flags.writeable:
            raise ValueError(f"{array.name}: not contiguous or not writeable")
        return values


def replicate(program: Program, memory: Memory, instances: int) -> Memory:
    """Return memory for several instances, each a copy of the one in ``memory``.

    Parameters
    ----------
    program : Program
        The program that will run.
    memory : Memory
        Memory of one instance.
    instances : int
        How many copies.
    """
    apart = {array.name for array in program.arrays if array.per_instance}

    def of_instances(name: str, values: NDArray[Any]) -> NDArray[Any]:
        return np.tile(np.ravel(values), (instances, 1)) if name in apart else np.ravel(values).copy()

    return Memory(instances, memory.extents, memory.copied(of_instances), memory.rules)
