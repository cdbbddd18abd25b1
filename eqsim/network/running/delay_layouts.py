"""Which tables of a lowered network were laid out by delays, for programs that change steps."""

from __future__ import annotations

from collections.abc import Iterator

from eqsim.network.kernels.builder import Lowered
from eqsim.network.sides import Side
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.nodes import Arrivals
from eqsim.targets.cpp.delays import DelayLayout


def delay_layouts(lowered: Lowered) -> Iterator[DelayLayout]:
    """Yield the tables with delays of a network.

    Parameters
    ----------
    lowered : Lowered
        The network.
    """
    for label, synapses in lowered.labels.items():
        if not isinstance(synapses, Synapses):
            continue
        for pathway in synapses.pathways.values():
            if pathway.has_delays:
                yield from _of_pathway(lowered, label, pathway)


def _of_pathway(lowered: Lowered, label: str, pathway: Pathway) -> Iterator[DelayLayout]:
    program = lowered.program
    labels = {id(named): name for name, named in lowered.labels.items()}
    known = {array.name for array in program.arrays}
    own = (f"{label}.{pathway.pathway}", f"{label}.{pathway.side.value}.neurons.{pathway.pathway}")
    visited = {
        kernel.space.table: kernel.space
        for kernel in program.kernels
        if isinstance(kernel.space, Arrivals) and kernel.space.table in own
    }
    values = pathway.synapses.variables[pathway.delay_name].values
    for table, space in visited.items():
        in_order = f"{table}.{Side.SOURCE.element}s"
        yield DelayLayout(
            name=str(pathway.name),
            clock=labels[id(pathway.clock)],
            table=table,
            seconds=f"{label}.{pathway.delay_name}",
            is_single=len(values) == 1,
            in_order=(in_order,) if in_order in known else (),
            depth=program.buffer(space.events).depth,
        )
