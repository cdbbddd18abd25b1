"""The memory that a program works on: NumPy arrays of the host, shared without copies."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
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
        By which rules arrays were made; a target may make them anew instead of reading them.
    """

    instances: int
    extents: Mapping[str, int]
    arrays: Mapping[str, NDArray[Any]]
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def ordered(self, program: Program) -> list[NDArray[Any]]:
        """Return the arrays in the program's order, each checked to be what the program expects.

        Raises
        ------
        ValueError
            If an array has another size or type, or is not contiguous: a mistake of the caller
            that would let compiled code read outside the array.
        """
        return [self._checked(array) for array in program.arrays]

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
    arrays: dict[str, NDArray[Any]] = {}
    for array in program.arrays:
        values = np.ravel(memory.arrays[array.name])
        if array.per_instance:
            arrays[array.name] = np.tile(values, (instances, 1))
        else:
            arrays[array.name] = values.copy()
    return Memory(instances, memory.extents, arrays, memory.rules)
