"""Kernels of pathways whose event-driven variables are stored with the neurons."""

from __future__ import annotations

from dataclasses import replace

from eqsim.equations.check_code import assigned_value
from eqsim.expressions.nodes import Expr, Name
from eqsim.expressions.statements import Assign, Statement
from eqsim.expressions.traverse import free_names, substitute
from eqsim.network.kernels.kernel_writer import names_of
from eqsim.network.kernels.synapse_names import SynapseWriter
from eqsim.network.lowering.synapse_lowering import SynapseLowering, difference
from eqsim.network.lowering.traces import TracePlan, in_numbers, trace_constants, trace_rule
from eqsim.network.sides import Side
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.traces import ELAPSED
from eqsim.program.traverse import map_expressions


class TraceLowering:
    """The lowering of pathways whose event-driven variables are stored with the neurons.

    The neuron that has an event changes its traces once; the synapses that it has then use them,
    and those of the neurons on their other side as of now.
    """

    def __init__(self, lowering: SynapseLowering, plan: TracePlan) -> None:
        self.lowering = lowering
        self.plan = plan
        self.synapses = lowering.group
        self.names = lowering.names
        rules = trace_rule(lowering.event_rule(), plan.sides, ("dt", self.names.exact_dt))
        self.rules = rules
        numbers = {
            name: in_numbers(rule, plan.sides, self.synapses, self.names)
            for name, rule in rules.items()
        }
        constants = trace_constants(self.synapses, self.names)
        self.traces = self.synapses.store_by(plan.sides, numbers, constants)
        self._name_constants()

    def _name_constants(self) -> None:
        used = set().union(*map(free_names, self.rules.values())) - {ELAPSED, *self.plan.sides}
        writer = self.lowering.writer
        arrays = {name: writer.binding(name).array for name in sorted(used)}
        self.synapses.name_constants(self.rules, arrays)

    def pathway(self, pathway: Pathway) -> None:
        """Add the kernels that run when events arrive: of neurons, then of synapses, or so."""
        first = self.plan.changed_first[pathway.pathway]
        if first:
            self._change(pathway)
        self._use(pathway, first)
        if not first:
            self._change(pathway)

    def _change(self, pathway: Pathway) -> None:
        """Add the kernel in which neurons with an event change their traces."""
        side, lowering = pathway.side, self.lowering
        writer = self._writer(pathway)
        changed = self.plan.statements[pathway.pathway]
        body: list[Statement] = writer.assign(ELAPSED, difference("t", _last(side)))
        ruled = [name for name in self.plan.of(side) if name in self.rules]
        body += [Assign(f"_new_{name}", self.rules[name]) for name in ruled]
        body += [Assign(name, Name(f"_new_{name}")) for name in ruled]
        for statement in changed:
            body += writer.assign(statement.target, assigned_value(statement))
        body.append(Assign(_last(side), Name("t")))
        name = f"{lowering.label}_{pathway.pathway}_traces"
        space = lowering.tables.arriving(pathway, lowering.tables.neurons(pathway))
        origin = [" ".join(statement.span.text.split()) for statement in changed]
        kernel = replace(writer.kernel(name, space, body, origin), index="_neuron")
        lowering.builder.kernel(kernel, pathway.when, pathway.order, pathway.creation)

    def _use(self, pathway: Pathway, changed_first: bool) -> None:
        """Add the kernel that runs the other statements for each synapse."""
        rest = [s for s in pathway.code.statements if s.target not in self.plan.sides]
        statements = self.lowering.statements(rest)
        read = names_of(statements) & self.plan.sides.keys()
        body: list[Statement] = []
        now: dict[str, Expr] = {}
        for side in Side:
            traces = [name for name in self.plan.of(side) if name in read]
            ruled = [name for name in traces if name in self.rules]
            # What has just changed is as of now.
            if not ruled or (side is pathway.side and changed_first):
                continue
            elapsed = f"{ELAPSED}_{side.value}"
            body.append(Assign(elapsed, difference("t", _last(side))))
            for name in ruled:
                rule = substitute(self.rules[name], {ELAPSED: Name(elapsed)})
                body.append(Assign(f"_now_{name}", rule))
                now[name] = Name(f"_now_{name}")
        body += [map_expressions(s, lambda e: substitute(e, now)) for s in statements]
        self.lowering.visit(pathway, body)

    def _writer(self, pathway: Pathway) -> SynapseWriter:
        return self.names.writer(self.lowering.builder, pathway.clock)


def _last(side: Side) -> str:
    return f"_last{side.suffix}"
