"""The kernels of synapses: what is integrated, what events do, what is summed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from eqsim.equations.code import Assignment
from eqsim.equations.declarations import Declaration, Flag
from eqsim.errors import IntegratorError
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Compare,
    Comparison,
    Expr,
    Literal,
    Logical,
    LogicalOperator,
    Name,
)
from eqsim.expressions.statements import Accumulate, Assign, Branch, Statement
from eqsim.expressions.traverse import substitute
from eqsim.integrators import by_name, integrate
from eqsim.integrators.system import UpdateRule
from eqsim.network.clocks import AnyClock
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.kernel_writer import names_of
from eqsim.network.kernels.problems import NOT_FINITE_BETWEEN_EVENTS, Problem
from eqsim.network.kernels.synapse_names import SynapseNames, SynapseWriter
from eqsim.network.lowering.group import GroupLowering
from eqsim.network.lowering.origins import line_of, origin_of
from eqsim.network.lowering.synapse_tables import SynapseTables
from eqsim.network.lowering.synaptic_code import SynapticCode
from eqsim.network.lowering.systems import EquationSystems
from eqsim.network.sides import Side
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.stored import LASTUPDATE
from eqsim.network.synapses.synapses import Synapses
from eqsim.network.synapses.traces import ELAPSED
from eqsim.program.nodes import Arrivals, Elements, IndexSpace, Kernel, Rows
from eqsim.program.partition import is_aliased
from eqsim.program.traverse import map_expressions, used, written


class SynapseLowering(GroupLowering):
    """The lowering of one Synapses object."""

    group: Synapses
    names: SynapseNames
    writer: SynapseWriter

    def __init__(
        self,
        group: Synapses,
        names: SynapseNames,
        builder: ProgramBuilder,
        clock: AnyClock | None = None,
    ) -> None:
        super().__init__(group, names, builder, clock)
        self.systems = EquationSystems(group, names)
        self.tables = SynapseTables(group, self.writer, builder)
        self.code = SynapticCode(group, names, self.writer)

    def everywhere(self, body: Iterable[Statement]) -> IndexSpace:
        """Return the index space over all synapses: by rows if their sources matter."""
        sides = {self.writer.side_of_name(name) for name in names_of(body)}
        changed = {s.target for s in body if isinstance(s, Assign | Accumulate)}
        if Side.SOURCE in sides or any(map(self.writer.side_of_name, changed)):
            return Rows(self.tables.rows(Side.SOURCE), Side.SOURCE.element)
        return Elements(self.extent)

    def integrated(self) -> tuple[Declaration, ...]:
        """Return the declarations that are integrated in each step."""
        return tuple(d for d in self.group.differential if Flag.EVENT_DRIVEN not in d.flags)

    def statements(self, statements: Iterable[Assignment]) -> list[Statement]:
        """Return the statements of a code block over stored values."""
        return self.code.statements(statements)

    def event_driven_variables(self) -> None:
        """Say that what is integrated from event to event must be finite when a run ends."""
        text = NOT_FINITE_BETWEEN_EVENTS.format(synapses=str(self.group.name))
        key = f"{self.label}.not_finite_between_events"
        traces = self.group.traces
        with_neurons = {} if traces is None else traces.sides
        names = [d.name for d in self.group.event_driven if d.name not in with_neurons]
        if names:
            self.builder.problem(key, Problem(self.group, text, tuple(names)))
        for side in dict.fromkeys(with_neurons.values()):
            assert traces is not None
            stored = {n: v for n, v in traces.values.items() if with_neurons[n] is side}
            problem = Problem(self.group.side(side).storage, text, tuple(stored), stored)
            self.builder.problem(f"{key}.{side.value}", problem)

    def sum(self, declared: Declaration) -> None:
        """Add the kernels that sum an expression over the synapses of each neuron."""
        found = self.names.side_variable(declared.name)
        assert found is not None
        assert declared.expression is not None
        side, stem = found
        group = self.group.side(side)
        self._zero(side, stem)
        writer = self.names.writer(self.builder, group.clock)
        body: list[Statement] = []
        value = writer.expression(declared.expression, body)
        body.append(Accumulate(declared.name, value))
        space = Rows(self.tables.rows(Side.SOURCE), Side.SOURCE.element)
        name = f"{self.label}_sum_{stem}"
        kernel = writer.kernel(name, space, body, [line_of(declared)])
        self.builder.kernel(kernel, "groups", group.storage.order - 1, self.group.creation)

    def _zero(self, side: Side, stem: str) -> None:
        """Add the kernel that begins a sum, before all sums of the slot."""
        group, names = self.group.side(side), self.names.sides[side]
        writer = names.writer(self.builder)
        body: list[Statement] = [Assign(stem, Literal(0.0))]
        if group.storage is not group:
            inside = Logical(
                LogicalOperator.AND,
                Compare(Comparison.GREATER_EQUAL, Name("i"), Name("_first")),
                Compare(Comparison.LESS, Name("i"), Name("_last")),
            )
            body = [Branch(inside, tuple(body))]
        extent = self.builder.extent(writer.label, group.stored_size)
        kernel = writer.kernel(f"{self.label}_zero_{stem}", Elements(extent), body, ())
        self.builder.kernel(kernel, "groups", group.storage.order - 1, -1)

    def pathway(self, pathway: Pathway) -> None:
        """Add the kernels that run when events arrive."""
        body = [*self._elapsed_update(), *self.statements(pathway.code.statements)]
        if self.group.needs_lastupdate:
            body.append(Assign(LASTUPDATE, Name("t")))
        self.visit(pathway, body)

    def visit(self, pathway: Pathway, body: list[Statement]) -> None:
        """Add the kernels that run a body for the synapses at which events arrive."""
        if not body:
            return
        writer = self.names.writer(self.builder, pathway.clock)
        name = f"{self.label}_{pathway.pathway}"
        origin = origin_of(pathway.code)
        if len(pathway.deliveries):
            # They are older than all that the table of delays describes.
            late = self.tables.deliveries(pathway)
            kernel = writer.kernel(f"{name}_on_their_way", late, body, origin)
            if _depends_on_order(kernel):
                self.tables.keep_order(pathway)
            self.builder.kernel(kernel, pathway.when, pathway.order, pathway.creation)
        space = self.tables.arrivals(pathway)
        if pathway.side is Side.SOURCE:
            kernel = writer.kernel(name, space, body, origin)
        else:
            kernel = self._with_sources(writer, name, space, body, origin)
        self.builder.kernel(kernel, pathway.when, pathway.order, pathway.creation)

    def _with_sources(
        self,
        writer: SynapseWriter,
        name: str,
        space: Arrivals,
        body: list[Statement],
        origin: Iterable[str],
    ) -> Kernel:
        """Return a kernel that reads sources, if it needs them, in the order of its visits."""
        sources = self.tables.sources_in_order(space)
        kernel = writer.kernel(name, space, body, origin, [sources])
        if sources.name in used(kernel):
            self.tables.add_sources_in_order(space)
            return kernel
        return replace(kernel, bindings=tuple(b for b in kernel.bindings if b != sources))

    def event_rule(self) -> UpdateRule:
        """Return how event-driven variables change between events, which is always exact."""
        system = self.systems.system(self.group.event_driven)
        with self.systems.refusals():
            refusal = by_name("exact").refusal(system)
            if refusal is not None:
                raise IntegratorError(
                    "event-driven equations need an exact solution, and these have none\n"
                    f"  {refusal}\n  make them (clock-driven)"
                )
            return integrate(system, "exact")

    def _elapsed_update(self) -> list[Statement]:
        """Return the integration of event-driven variables from the last event to this one."""
        if not self.group.event_driven:
            return []
        elapsed: dict[str, Expr] = dict.fromkeys(("dt", self.names.exact_dt), Name(ELAPSED))
        since = self.writer.assign(ELAPSED, difference("t", LASTUPDATE))
        statements = self.event_rule().statements
        return [
            *since,
            *(map_expressions(s, lambda e: substitute(e, elapsed)) for s in statements),
        ]


def _depends_on_order(kernel: Kernel) -> bool:
    """Return whether one worker must visit single deliveries in the order of their events."""
    changed = written(kernel)
    of_sources = any(b.index == Side.SOURCE.element for b in kernel.bindings if b.name in changed)
    return of_sources or is_aliased(kernel)


def difference(left: str, right: str) -> Expr:
    """Return the difference of two names."""
    return Binary(BinaryOperator.SUBTRACT, Name(left), Name(right))
