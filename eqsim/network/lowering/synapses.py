"""Synapses to their part of a program."""

from __future__ import annotations

from collections.abc import Collection

from eqsim.equations.declarations import Flag
from eqsim.network.groups.regular_operations import RegularOperation
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.links import follow
from eqsim.network.kernels.synapse_names import SynapseNames
from eqsim.network.lowering.synapse_lowering import SynapseLowering
from eqsim.network.lowering.trace_kernels import TraceLowering
from eqsim.network.lowering.traces import TracePlan, plan_traces
from eqsim.network.synapses.stored import LASTUPDATE
from eqsim.network.synapses.synapses import Synapses
from eqsim.network.variables.methods import memory_names


def prepare(synapses: Synapses, names: SynapseNames, watched: Collection[str]) -> TracePlan | None:
    """Give synapses the memory that the network needs for what it changes.

    Parameters
    ----------
    synapses : Synapses
        The synapses.
    names : SynapseNames
        Their names, resolved.
    watched : collection of str
        Variables of theirs that something else in the network looks at.

    Returns
    -------
    TracePlan or None
        How traces are stored with the neurons, None if each synapse has its own.
    """
    plan = plan_traces(synapses, names, watched)
    if plan is None:
        synapses.spread_traces()
    _expand_written(synapses, names, () if plan is None else plan.sides)
    return plan


def _expand_written(synapses: Synapses, names: SynapseNames, traces: Collection[str]) -> None:
    """Give each synapse a value of its own of what the network changes for single synapses."""
    written = {d.name for d in synapses.differential}
    codes = [p.code for p in synapses.pathways.values()]
    codes += [
        each.code for each in synapses.contained_objects if isinstance(each, RegularOperation)
    ]
    written |= {names.stored_name(s.target) for code in codes for s in code.statements}
    written |= {d.name for d in synapses.equations.block.declarations
                if Flag.CONSTANT_OVER_DT in d.flags}  # fmt: skip
    written |= {d.name for d in synapses.summed}
    written |= memory_names(synapses.integration)
    if synapses.needs_lastupdate and not traces:
        written.add(LASTUPDATE)
    for name in written.difference(traces):
        if name in synapses.variables:
            synapses.expanded(name)
        found = names.side_variable(name)
        if found is not None:
            side, stem = found
            synapses.side(side).storage.expanded(stem)


def lower_synapses(
    synapses: Synapses, names: SynapseNames, plan: TracePlan | None, builder: ProgramBuilder
) -> None:
    """Add the kernels of synapses to a program.

    Parameters
    ----------
    synapses : Synapses
        The synapses.
    names : SynapseNames
        Their names, resolved and checked.
    plan : TracePlan or None
        How traces are stored.
    builder : ProgramBuilder
        Takes the kernels.
    """
    lowering = SynapseLowering(synapses, names, builder)
    follow(lowering.writer)
    lowering.constant_subexpressions()
    lowering.state_update()
    for declared in synapses.summed:
        lowering.sum(declared)
    traces = None if plan is None else TraceLowering(lowering, plan)
    lowering.event_driven_variables()
    for pathway in synapses.pathways.values():
        if not pathway.active:
            continue
        if traces is None:
            lowering.pathway(pathway)
        else:
            traces.pathway(pathway)


def lower_synaptic_operation(
    operation: RegularOperation, names: SynapseNames, builder: ProgramBuilder
) -> None:
    """Add a regular operation of synapses to a program."""
    assert isinstance(operation.group, Synapses)
    SynapseLowering(operation.group, names, builder, operation.clock).operation(operation)
