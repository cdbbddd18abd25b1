"""How much there is to do in a step, and how many threads that keeps busy."""

from __future__ import annotations

from collections.abc import Mapping

from eqsim.expressions.nodes import Call
from eqsim.expressions.statements import Invoke
from eqsim.expressions.traverse import walk
from eqsim.program.nodes import (
    Arrivals,
    Elements,
    Events,
    IndexSpace,
    Kernel,
    Moments,
    Once,
    Program,
    Rows,
)
from eqsim.program.partition import is_serial
from eqsim.program.traverse import expressions, flatten, table_of

WORK_PER_THREAD = 200_000
"""Operations per step that pay for a thread: less is done sooner than shared out."""
_PER_CALL = 25
"""What a mathematical function costs beside an addition."""
_PER_ENTRY = 10
"""What it costs to reach the elements that a synapse connects."""
_VISITED = 1e-3
"""Which part of all rows a step visits: that of elements with ten events per second, at steps of
0.1 ms."""


def operations(program: Program) -> dict[str, float]:
    """Return how many operations of a step threads can share, for each element of each extent.

    Examples
    --------
    >>> from eqsim import Network, NeuronGroup, ms
    >>> G = NeuronGroup(10, 'dx/dt = 1/ms : 1', method='euler', name='cells')
    >>> operations(Network(G).lower({}).program)
    {'cells': 9.0}
    """
    found = dict.fromkeys(program.extents, 0.0)
    for kernel in program.kernels:
        table = table_of(program, kernel.space)
        extent = program.extent_of(kernel.space)
        if extent is None or is_serial(program, kernel):
            continue
        each = _of_body(kernel) + (0 if table is None else _PER_ENTRY)
        found[extent] += _visited(kernel.space) * each
    return found


def _visited(space: IndexSpace) -> float:
    """Return which part of an extent's elements a kernel visits in a step, roughly."""
    match space:
        case Elements() | Rows():
            return 1.0
        case Arrivals():
            return _VISITED
        case Once() | Events() | Moments():
            return 0.0


def _of_body(kernel: Kernel) -> int:
    invoked = sum(isinstance(statement, Invoke) for statement in flatten(kernel.body))
    return _PER_CALL * invoked + sum(
        _PER_CALL if isinstance(node, Call) else 1
        for statement in flatten(kernel.body)
        for expression in expressions(statement)
        for node in walk(expression)
    )


def useful_threads(program: Program, instances: int, extents: Mapping[str, int]) -> int:
    """Return how many threads the work of a step keeps busy, however many processors there are.

    Parameters
    ----------
    program : Program
        The program.
    instances : int
        How many parameter sets run at once.
    extents : mapping of str to int
        The size of each extent.
    """
    work = sum(extents[name] * each for name, each in operations(program).items())
    return max(1, int(instances * work / WORK_PER_THREAD))
