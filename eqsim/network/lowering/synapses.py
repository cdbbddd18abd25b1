"""Synapses to kernels: what is integrated, what events do, what is summed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.check_code import assigned_value
from eqsim.equations.code import Assignment
from eqsim.equations.declarations import Declaration, Flag
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
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.statements import Accumulate, Assign, Branch, Emit, Statement
from eqsim.expressions.traverse import free_names, substitute
from eqsim.integrators import integrate
from eqsim.integrators.system import UpdateRule
from eqsim.network.groups import StateOwner
from eqsim.network.lowering.builder import ProgramBuilder
from eqsim.network.lowering.group import GroupLowering, event_buffer, line_of, origin_of
from eqsim.network.lowering.links import follow
from eqsim.network.lowering.names import names_of
from eqsim.network.lowering.synapse_names import Side, SynapseNames, SynapseWriter
from eqsim.network.lowering.traces import TracePlan, in_numbers, plan_traces, trace_rule
from eqsim.network.neurongroup import RegularOperation
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.synapses import LASTUPDATE, Synapses
from eqsim.network.synapses.traces import ELAPSED
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    Array,
    Arrivals,
    Buffer,
    Column,
    Elements,
    Events,
    IndexSpace,
    Lifetime,
    Moments,
    Role,
    Rows,
    Table,
)
from eqsim.program.traverse import expressions, map_expressions

_ALWAYS = -(2**62)


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


class SynapseLowering(GroupLowering):
    """The lowering of one Synapses object."""

    group: Synapses
    names: SynapseNames
    writer: SynapseWriter

    def everywhere(self, body: Iterable[Statement]) -> IndexSpace:
        """Return the index space over all synapses: by rows if their sources matter."""
        sides = {self.writer.side_of_name(name) for name in names_of(body)}
        changed = {s.target for s in body if isinstance(s, Assign | Accumulate)}
        if Side.SOURCE in sides or any(map(self.writer.side_of_name, changed)):
            return Rows(self._table(Side.SOURCE), Side.SOURCE.element)
        return Elements(self.extent)

    def integrated(self) -> tuple[Declaration, ...]:
        """Return the declarations that are integrated in each step."""
        return tuple(d for d in self.group.differential if Flag.EVENT_DRIVEN not in d.flags)

    def statements(self, statements: Iterable[Assignment]) -> list[Statement]:
        """Return the statements of a code block over stored values."""
        body: list[Statement] = []
        for statement in statements:
            target = self.names.stored_name(statement.target)
            added = self._addition(statement)
            if added is None:
                body += self._held(self.writer.assign(target, assigned_value(statement)))
            else:
                value = self.writer.expression(added, body)
                body += self._held([Accumulate(target, value)])
        return self._told_twice(_accumulated_once(body))

    def _addition(self, statement: Assignment) -> Expr | None:
        """Return what a statement adds to a variable of either side, None if it does not."""
        if self.writer.side_of_name(self.names.stored_name(statement.target)) is None:
            return None
        match statement.operator:
            case BinaryOperator.ADD:
                return statement.value
            case BinaryOperator.SUBTRACT:
                return Unary(UnaryOperator.NEGATE, statement.value)
            case _:
                return None

    def _held(self, statements: list[Statement]) -> Iterator[Statement]:
        """Yield statements that leave what is held while a neuron is refractory."""
        for statement in statements:
            if not isinstance(statement, Assign | Accumulate):
                yield statement
                continue
            free = self._freedom_of(statement.target)
            if free is None:
                yield statement
            elif isinstance(statement, Assign):
                value = Select(free, statement.value, Name(statement.target))
                yield Assign(statement.target, value)
            else:
                yield Branch(free, (statement,))

    def _freedom_of(self, target: str) -> Expr | None:
        """Return the condition under which a neuron's variable may change, None if always."""
        found = self.names.side_variable(target)
        if found is None:
            return None
        side, stem = found
        group = self.group.side(side)
        declared = group.declaration(stem)
        flagged = declared is not None and Flag.UNLESS_REFRACTORY in declared.flags
        if not flagged or not group.has_variable("not_refractory"):
            return None
        return self.names.substituted(Name("not_refractory" + side.suffix))

    def _told_twice(self, body: list[Statement]) -> list[Statement]:
        """Return a body in which a neuron that is source and target has one value.

        Where a statement writes ``v_post`` and another uses ``v_pre`` of the same group, a synapse
        from a neuron to itself has one variable under two names.
        """
        if self.group.source.storage is not self.group.target.storage:
            return body
        written = {s.target for part in body for s in _parts(part)}
        used = names_of(body)
        same = Compare(Comparison.EQUAL, Name(Side.SOURCE.element), Name(Side.TARGET.element))
        result: list[Statement] = []
        for statement in body:
            targets = [part.target for part in _parts(statement)]
            twins = [twin for t in targets if (twin := self._twin(t)) in used and twin is not None]
            result += _without_accumulation(statement) if twins else [statement]
            for target in targets:
                other = self._twin(target)
                if other is not None and other in used and target in written:
                    result.append(Assign(other, Select(same, Name(target), Name(other))))
        return result

    def _twin(self, name: str) -> str | None:
        """Return the name by which a variable of one side is known as that of the other side."""
        found = self.names.side_variable(name)
        if found is None:
            return None
        side, stem = found
        other = Side.TARGET if side is Side.SOURCE else Side.SOURCE
        return stem + other.suffix

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
        space = Rows(self._table(Side.SOURCE), Side.SOURCE.element)
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
        kernel = writer.kernel(name, self._arrivals(pathway), body, origin)
        self.builder.kernel(kernel, pathway.when, pathway.order, pathway.creation)
        if len(pathway.deliveries):
            kernel = writer.kernel(f"{name}_on_their_way", self._deliveries(pathway), body, origin)
            self.builder.kernel(kernel, pathway.when, pathway.order, pathway.creation)

    def event_rule(self) -> UpdateRule:
        """Return how event-driven variables change between events."""
        with self.refusals():
            system = self.system(self.group.event_driven)
            return integrate(system, self.group.method or "exact")

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

    def _table(self, side: Side) -> str:
        """Return the table of the synapses of each element of a side."""
        name = f"{self.label}.{'outgoing' if side is Side.SOURCE else 'incoming'}"
        begin, entries = self.group.rows(side)
        return self._add_table(name, name, side, begin, entries)

    def _add_table(
        self,
        name: str,
        arrays: str,
        side: Side,
        begin: NDArray[np.int32],
        entries: NDArray[np.int32] | None,
        delays: NDArray[np.int64] | None = None,
    ) -> str:
        group = self.group.side(side)
        first = np.array([group.first], dtype=np.int64)
        rows = self.builder.extent(f"{self.label}.{side.value}.rows", group.N)
        other = Side.TARGET if side is Side.SOURCE else Side.SOURCE
        table = Table(
            name=name,
            synapses=self.extent,
            rows=rows,
            first=self.index(f"{self.label}.{side.value}.first", first, None),
            begin=self.index(f"{arrays}.begin", begin, f"{arrays}.begin"),
            others=self.side_extent(other) if side is Side.SOURCE else self.extent,
            delays=None
            if delays is None
            else self.index(f"{name}.delays", delays.astype(np.int32), f"{name}.delays"),
            entries=None
            if entries is None
            else self.index(f"{arrays}.entries", entries, self.extent),
            other=self.writer.binding(other.element).array if side is Side.SOURCE else None,
        )
        return self.builder.table(table)

    def side_extent(self, side: Side) -> str:
        """Return the extent of the elements that a side's group stores."""
        group = self.group.side(side)
        return self.builder.extent(self.builder.label(group.storage), group.stored_size)

    def index(self, name: str, values: NDArray[np.generic], extent: str | None) -> str:
        """Add an array of numbers; return its name."""
        if extent is not None:
            self.builder.extent(extent, len(values))
        array = Array(name, DType(values.dtype.name), extent, False, Role.INDEX)
        return self.builder.array(array, np.ascontiguousarray(values))

    def _arrivals(self, pathway: Pathway) -> Arrivals:
        if not pathway.has_delays:
            return self.arriving(pathway, self._table(pathway.side))
        return self.arriving(pathway, self._delayed_table(pathway, pathway.delay_steps()))

    def arriving(self, pathway: Pathway, table: str) -> Arrivals:
        """Return the index space of the rows of a table whose elements' events arrive."""
        group = self.group.side(pathway.side)
        element = pathway.side.element
        if not pathway.has_delays:
            events = event_buffer(self.builder, group.storage, pathway.event)
            return Arrivals(table, events, element)
        steps = pathway.delay_steps()
        history = add_history(
            group.storage, pathway.event, int(steps.max(initial=0)), self.builder
        )
        since = f"{self.label}.{pathway.pathway}.since"
        valid = pathway.valid_steps
        first = np.array([_ALWAYS if valid is None else -valid], dtype=np.int64)
        self.index(since, first, None)
        clock = self.builder.clock(pathway.clock).name
        self.builder.traffic.relative[since] = clock
        self.builder.traffic.follow(clock, pathway.follow)
        return Arrivals(table, history, element, since)

    def _delayed_table(self, pathway: Pathway, steps: NDArray[np.int64]) -> str:
        begin, entries = self.group.rows(pathway.side)
        name = f"{self.label}.{pathway.pathway}"
        if len(steps) == 1:
            shared = f"{self.label}.{'outgoing' if pathway.side is Side.SOURCE else 'incoming'}"
            return self._add_table(name, shared, pathway.side, begin, entries, steps)
        return self._add_table(
            name, name, pathway.side, *_by_delay(begin, entries, steps), np.unique(steps)[::-1]
        )

    def _deliveries(self, pathway: Pathway) -> Moments:
        """Return when what is on its way arrives: a row for each step in which something does."""
        deliveries = pathway.deliveries
        name = f"{self.label}.{pathway.pathway}.on_their_way"
        targets = self.group.stored_sides(Side.TARGET)[deliveries.synapses]
        entries = deliveries.synapses[np.lexsort((targets, deliveries.steps))]
        steps, counts = np.unique(deliveries.steps, return_counts=True)
        begin = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        rows = self.builder.extent(f"{name}.rows", len(steps))
        arrivals = self.index(f"{name}.steps", steps.copy(), rows)
        clock = self.builder.clock(pathway.clock).name
        self.builder.traffic.relative[arrivals] = clock
        if not pathway.has_delays:
            self.builder.traffic.follow(clock, pathway.follow)
        table = Table(
            name=name,
            synapses=self.extent,
            rows=rows,
            first=self.index(f"{name}.first", np.zeros(1, dtype=np.int64), None),
            begin=self.index(f"{name}.begin", begin, f"{name}.begin"),
            others=self.side_extent(Side.TARGET),
            entries=self.index(f"{name}.entries", entries, f"{name}.entries"),
            other=self.writer.binding(Side.TARGET.element).array,
        )
        never = self.index(f"{name}.period", np.zeros(1, dtype=np.int64), None)
        return Moments(self.builder.table(table), arrivals, never)


def add_history(owner: StateOwner, event: str, depth: int, builder: ProgramBuilder) -> str:
    """Add what keeps the events of a group for some steps; return its name.

    Parameters
    ----------
    owner : StateOwner
        The whole group.
    event : str
        Which event.
    depth : int
        For how many steps at least.
    builder : ProgramBuilder
        Takes the buffer.
    """
    label = builder.label(owner)
    columns = (Column("timestep", DType.INT64), Column("i", DType.INT32))
    extent = builder.extent(label, owner.stored_size)
    buffer = Buffer(f"{label}.history.{event}", columns, Lifetime.HISTORY, extent)
    clock = builder.clock(owner.clock)
    if not builder.has_buffer(buffer.name):
        builder.buffer(buffer)
        ages, elements = owner.events_in_flight.get(
            event, (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32))
        )
        builder.extent(buffer.name, len(ages))
        depth_array, step_array, element_array = buffer.arrays
        builder.array(depth_array, np.zeros(1, dtype=np.int64))
        builder.array(step_array, -ages)
        builder.array(element_array, elements.copy())
        builder.traffic.add_history(buffer.name, owner, event, clock.name)
        _remember(owner, event, buffer, builder)
    longest = builder.values(buffer.depth)
    longest[0] = max(longest[0], depth)
    return buffer.name


def _remember(owner: StateOwner, event: str, buffer: Buffer, builder: ProgramBuilder) -> None:
    """Add the kernel that appends the events of a step as soon as they are found."""
    writer = owner.names({}).writer(builder)
    space = Events(event_buffer(builder, owner, event))
    rows = [Emit(buffer.name, (Name("t_in_timesteps"), Name(writer.element)))]
    kernel = writer.kernel(f"{writer.label}_remember_{event}", space, rows, ())
    found = owner.events[event]
    builder.kernel(kernel, found.when, found.order, owner.creation)


def _by_delay(
    begin: NDArray[np.int32], entries: NDArray[np.int32] | None, steps: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return rows in parts by delay, the longest first, and the synapses in their order."""
    rows = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
    synapses = np.arange(len(steps)) if entries is None else entries
    delays, part = np.unique(steps, return_inverse=True)
    part = len(delays) - 1 - part[synapses]
    order = np.lexsort((part, rows))
    counts = np.bincount(rows * len(delays) + part, minlength=(len(begin) - 1) * len(delays))
    parts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return parts, synapses[order].astype(np.int32)


def _parts(statement: Statement) -> Iterator[Assign | Accumulate]:
    """Yield the assignments and additions of a statement."""
    if isinstance(statement, Assign | Accumulate):
        yield statement
    if isinstance(statement, Branch):
        for inner in statement.body:
            yield from _parts(inner)


def _accumulated_once(body: list[Statement]) -> list[Statement]:
    """Return a body whose additions are to what it neither reads nor changes otherwise."""
    targets = [part.target for statement in body for part in _parts(statement)]
    read = {
        name
        for statement in body
        for part in (statement, *_parts(statement))
        for expression in expressions(part)
        for name in free_names(expression)
    }
    result: list[Statement] = []
    for statement in body:
        added = [p.target for p in _parts(statement) if isinstance(p, Accumulate)]
        plain = any(t in read or targets.count(t) > 1 for t in added)
        result += _without_accumulation(statement) if plain else [statement]
    return result


def _without_accumulation(statement: Statement) -> list[Statement]:
    """Return a statement with additions written as assignments."""
    match statement:
        case Accumulate(target, value):
            return [Assign(target, Binary(BinaryOperator.ADD, Name(target), value))]
        case Branch(condition, (Accumulate(target, value),)):
            total = Binary(BinaryOperator.ADD, Name(target), value)
            return [Assign(target, Select(condition, total, Name(target)))]
        case _:
            return [statement]


def difference(left: str, right: str) -> Expr:
    """Return the difference of two names."""
    return Binary(BinaryOperator.SUBTRACT, Name(left), Name(right))


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
        self.traces = self.synapses.store_by(plan.sides, numbers)

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
        space = lowering.arriving(pathway, self._neurons(pathway))
        origin = [" ".join(statement.span.text.split()) for statement in changed]
        kernel = replace(writer.kernel(name, space, body, origin), index="_neuron")
        lowering.builder.kernel(kernel, pathway.when, pathway.order, pathway.creation)

    def _neurons(self, pathway: Pathway) -> str:
        """Return a table in which each neuron of a side has one entry, itself."""
        lowering, side = self.lowering, pathway.side
        group = self.synapses.side(side)
        name = f"{lowering.label}.{side.value}.neurons"
        first = np.array([group.first], dtype=np.int64)
        begin = np.arange(group.N + 1, dtype=np.int32)
        entries = None
        extent = lowering.side_extent(side)
        if group.storage is not group:
            numbers = group.stored_numbers(np.arange(group.N)).astype(np.int32)
            entries = lowering.index(f"{name}.entries", numbers, f"{name}.entries")
        delays = None
        if pathway.has_delays:
            name = f"{name}.{pathway.pathway}"
            steps = pathway.delay_steps().astype(np.int32)
            delays = lowering.index(f"{name}.delays", steps, f"{name}.delays")
        table = Table(
            name=name,
            synapses=extent,
            rows=lowering.builder.extent(f"{lowering.label}.{side.value}.rows", group.N),
            first=lowering.index(f"{lowering.label}.{side.value}.first", first, None),
            begin=lowering.index(f"{name}.begin", begin, f"{name}.begin"),
            others=extent,
            delays=delays,
            entries=entries,
        )
        return lowering.builder.table(table)

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
