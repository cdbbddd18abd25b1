"""How much of a device's memory a simulation takes, before anything is made."""

from __future__ import annotations

from dataclasses import dataclass

from eqsim.program.nodes import Array, Buffer, Lifetime, Program, Rows
from eqsim.program.traverse import emitted, table_of
from eqsim.runtime.memory import Memory
from eqsim.targets.c_rules import rules_to_follow
from eqsim.targets.cuda.connections import bytes_while_made
from eqsim.targets.cuda.sharing import Sharing, sharing

RECORDS = 2**28
"""Bytes that all records may take between two drains, as in ``engine.h``."""
SCHEDULE = 2**23
"""Bytes for the times of the steps between two drains, at most."""
_INDEX = 4
_COUNT = 8
_SORTING = 12
"""Bytes for each element while a table is sorted by them, as in ``segments.h``."""


@dataclass(frozen=True)
class DeviceMemory:
    """What a simulation takes.

    Parameters
    ----------
    common : int
        Bytes however many instances there are.
    each : int
        Bytes for each instance.
    """

    common: int
    each: int

    def instances(self, free: float) -> int:
        """Return how many instances have room in so many bytes, at least one."""
        return max(1, int((free - self.common) // max(1, self.each)))


def memory_on_device(program: Program, memory: Memory) -> DeviceMemory:
    """Return how much memory of a device a program takes, at most.

    Parameters
    ----------
    program : Program
        The program.
    memory : Memory
        Of any number of instances: sizes and depths of histories are asked for.

    Returns
    -------
    DeviceMemory
        What ``device_memory.h`` will ask for, rounded up.
    """
    sizes = memory.extents
    apart = [array for array in program.arrays if array.per_instance]
    shared = [array for array in program.arrays if not array.per_instance]
    common = SCHEDULE + RECORDS + sum(_bytes_of(array, memory) for array in shared)
    each = sum(_bytes_of(array, memory) for array in apart)
    for buffer in program.buffers:
        each += _bytes_of_buffer(buffer, memory)
    n_of = {array.name: memory.size(array) for array in program.arrays}
    rules = rules_to_follow(program, memory)
    before = max((bytes_while_made(rule, n_of[name]) for name, rule in rules.items()), default=0)
    for kernel in program.kernels:
        # An element appends one row at most; what has room for several steps is in RECORDS.
        rows = sizes.get(program.extent_of(kernel.space) or "", 1)
        each += rows * sum(_width(program.buffer(name)) for name in emitted(kernel))
        table = table_of(program, kernel.space)
        if isinstance(kernel.space, Rows) and table is not None:
            in_segments = sharing(program, kernel, "fixed") is Sharing.SEGMENTS
            common += in_segments * _INDEX * (sizes[table.others] + 1 + 2 * sizes[table.synapses])
            before = max(before, in_segments * (_SORTING * (sizes[table.others] + 1) + _COUNT))
    return DeviceMemory(common + before, each)


def _bytes_of(array: Array, memory: Memory) -> int:
    values = 1 if array.extent is None else memory.extents[array.extent]
    return max(1, values) * array.dtype.numpy.itemsize


def _width(buffer: Buffer) -> int:
    return sum(column.dtype.numpy.itemsize for column in buffer.columns)


def _bytes_of_buffer(buffer: Buffer, memory: Memory) -> int:
    """Return the bytes of an instance's events, without rows of records."""
    if buffer.lifetime is Lifetime.RUN:
        return _COUNT
    n = memory.extents[str(buffer.extent)]
    if buffer.lifetime is Lifetime.STEP:
        return 2 * _INDEX * n + _INDEX * (n // 32 + 2) + _COUNT
    steps = memory.arrays[f"{buffer.name}.{buffer.columns[0].name}"]
    kept = int(steps.max() - steps.min()) if steps.size else 0
    slots = max(int(memory.arrays[buffer.depth].flat[0]), kept) + 1
    return slots * (_INDEX * n + 2 * _COUNT) + _COUNT
