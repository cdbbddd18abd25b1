"""Kernels that change what they see of other elements: these see values as they were before.

A group may be linked to itself, or to a group that is linked to it. Without a copy it would
depend on the order of the elements whether one sees another's old or new value.
"""

from __future__ import annotations

from dataclasses import replace

from eqsim.expressions.nodes import Name
from eqsim.expressions.statements import Assign
from eqsim.program.nodes import Array, Binding, Elements, Events, Kernel
from eqsim.program.traverse import written


def changed_and_seen(kernel: Kernel) -> list[str]:
    """Return the arrays that a kernel changes and of which it reads other elements.

    Kernels over synapses do so in a certain order, and need no copies.
    """
    if not isinstance(kernel.space, Elements | Events):
        return []
    names = written(kernel)
    changed = {b.array for b in kernel.bindings if b.name in names and b.index is None}
    return sorted(changed & {b.array for b in kernel.bindings if _is_elsewhere(b, kernel)})


def _is_elsewhere(binding: Binding, kernel: Kernel) -> bool:
    return binding.index is not None and binding.index != kernel.index


def copying(kernel: Kernel, array: Array, copy: Array) -> Kernel:
    """Return the kernel that copies an array before another kernel runs."""
    assert array.extent is not None
    dtype = array.dtype.loaded
    return Kernel(
        name=f"{kernel.name}_before",
        space=Elements(array.extent),
        index="i",
        clock=kernel.clock,
        real=kernel.real,
        bindings=(Binding("_now", array.name, dtype), Binding("_before", copy.name, dtype)),
        prologue=(),
        body=(Assign("_before", Name("_now")),),
    )


def seeing(kernel: Kernel, array: str, copy: str) -> Kernel:
    """Return a kernel that reads other elements of an array from a copy."""
    bindings = (
        replace(binding, array=copy)
        if binding.array == array and _is_elsewhere(binding, kernel)
        else binding
        for binding in kernel.bindings
    )
    return replace(kernel, bindings=tuple(bindings))
