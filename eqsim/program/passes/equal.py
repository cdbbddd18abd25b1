"""Arrays whose values are all equal as single values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from eqsim.expressions.nodes import Literal
from eqsim.expressions.statements import Gather
from eqsim.program.nodes import Elements, Kernel, Program
from eqsim.program.traverse import written


def take_first(program: Program, equal: Collection[str]) -> Program:
    """Have kernels over elements take the first value of an array for all of its values.

    The program is then right for arrays with equal values only; they stay where they are.

    Parameters
    ----------
    program : Program
        A program.
    equal : collection of str
        Arrays with equal values in each instance. Those that the program changes stay as they are.
    """
    changed = {
        binding.array
        for kernel in program.kernels
        for binding in kernel.bindings
        if binding.name in written(kernel)
    }
    fixed = frozenset(equal) - changed
    if not fixed:
        return program
    return replace(program, kernels=tuple(_changed(kernel, fixed) for kernel in program.kernels))


def _changed(kernel: Kernel, fixed: frozenset[str]) -> Kernel:
    taken = [b for b in kernel.bindings if b.array in fixed and b.dtype is kernel.real]
    if not isinstance(kernel.space, Elements) or not taken:
        return kernel
    gathered = (Gather(binding.name, binding.array, Literal(0)) for binding in taken)
    bindings = tuple(binding for binding in kernel.bindings if binding not in taken)
    return replace(kernel, bindings=bindings, body=(*gathered, *kernel.body))
