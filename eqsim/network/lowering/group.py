"""A group of neurons to kernels: state update, events, what events do, regular operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from eqsim.equations.check_code import assigned_value
from eqsim.equations.code import Assignment
from eqsim.equations.declarations import Declaration, Flag, VariableKind
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
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import Assign, Branch, Emit, Statement
from eqsim.expressions.traverse import free_names, substitute
from eqsim.network.clocks import AnyClock
from eqsim.network.events import SPIKE, ConditionalEvent, EventCode
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.refractoriness import RefractoryKind
from eqsim.network.groups.regular_operations import RegularOperation
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.groups.subgroup import FIRST, LAST
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.links import follow
from eqsim.network.kernels.names import GroupNames
from eqsim.network.lowering.event_buffers import add_event_buffers, event_buffer
from eqsim.network.lowering.integration import Integration
from eqsim.network.lowering.origins import line_of, origin_of
from eqsim.program.nodes import Array, Binding, Elements, Events, IndexSpace, Kernel, Once, Role
from eqsim.program.types import name_types


def lower_group(group: NeuronGroup, names: GroupNames, builder: ProgramBuilder) -> None:
    """Add the kernels of a group to a program.

    Parameters
    ----------
    group : NeuronGroup
        The group.
    names : GroupNames
        Its names, resolved and checked.
    builder : ProgramBuilder
        Takes the kernels.
    """
    add_event_buffers(group, builder)
    for name in group.equal_variables:
        builder.rely_on_equality(f"{builder.label(group)}.{name}")
    lowering = GroupLowering(group, names, builder)
    follow(lowering.writer)
    lowering.constant_subexpressions()
    lowering.state_update()
    for event in group.events:
        lowering.event(event)
    for event, code in group.event_codes.items():
        lowering.event_code(event, code)


def lower_operation(
    operation: RegularOperation, names: GroupNames, builder: ProgramBuilder
) -> None:
    """Add a regular operation of a group to a program."""
    lowering = GroupLowering(operation.group, names, builder, operation.clock)
    lowering.operation(operation)


class GroupLowering:
    """The lowering of one group: of neurons, or of what is made like them."""

    def __init__(
        self,
        group: StateOwner,
        names: GroupNames,
        builder: ProgramBuilder,
        clock: AnyClock | None = None,
    ) -> None:
        self.group = group
        self.names = names
        self.builder = builder
        self.writer = names.writer(builder, clock)
        self.label = builder.label(group)
        self.extent = builder.extent(builder.label(group), group.N)
        self.block = group.equations.block

    def everywhere(self, body: Iterable[Statement]) -> IndexSpace:
        """Return the index space over all elements for a body."""
        del body
        return Elements(self.extent)

    def integrated(self) -> tuple[Declaration, ...]:
        """Return the declarations that are integrated in each step."""
        return self.block.of_kind(VariableKind.DIFFERENTIAL)

    def constant_subexpressions(self) -> None:
        """Add the kernels for what is computed once at the start of each step."""
        for shared in (True, False):
            body: list[Statement] = []
            origin = []
            for declared in self._stored_subexpressions():
                if (Flag.SHARED in declared.flags) is shared:
                    assert declared.expression is not None
                    body += self.writer.assign(declared.name, declared.expression)
                    origin.append(line_of(declared))
            if body:
                name = f"{self.label}_subexpressions{'_shared' if shared else ''}"
                space = Once() if shared else self.everywhere(body)
                kernel = self.writer.kernel(name, space, body, origin)
                self.builder.kernel(kernel, "before_start", 0, self.group.creation)

    def _stored_subexpressions(self) -> list[Declaration]:
        """Return what is computed once per step, each after those that it needs."""
        declared = {d.name: d for d in self.block.of_kind(VariableKind.SUBEXPRESSION)}
        needs = self.group.equations.dependencies
        ordered = sorted(declared.values(), key=lambda d: len(needs[d.name] & declared.keys()))
        return [d for d in ordered if Flag.CONSTANT_OVER_DT in d.flags]

    def state_update(self) -> None:
        """Add the kernel that integrates the equations over one step."""
        body = self._refractoriness()
        origin = [line_of(declared) for declared in self.integrated()]
        if origin:
            step = Integration(self.group, self.names, self.builder, self.integrated())
            body += step.statements()
        if body:
            space = self.everywhere(body)
            kernel = self.writer.kernel(f"{self.label}_state_update", space, body, origin)
            self.builder.kernel(kernel, "groups", self.group.order, self.group.creation)

    def _refractoriness(self) -> list[Statement]:
        """Return the statements that let neurons leave their refractory state on a condition."""
        refractoriness = self.group.refractoriness
        if refractoriness is None or refractoriness.kind is not RefractoryKind.CONDITION:
            return []
        stays = refractoriness.expression
        assert stays is not None
        body: list[Statement] = []
        condition = self.writer.expression(stays, body)
        over = Unary(UnaryOperator.NOT, condition)
        free = Logical(LogicalOperator.OR, Name("not_refractory"), over)
        return [*body, Assign("not_refractory", free)]

    def event(self, event: str) -> None:
        """Add the kernel that finds the neurons that have an event."""
        declared = self.group.events[event]
        assert isinstance(declared, ConditionalEvent)
        buffer = event_buffer(self.builder, self.group, event)
        body: list[Statement] = []
        condition = self.writer.expression(declared.condition, body)
        effects: list[Statement] = []
        if event == SPIKE and self.group.refractoriness is not None:
            free = self.writer.expression(Name("not_refractory"), body)
            effects = self._becoming_refractory(body)
            effects.append(Emit(buffer, (Name("i"),)))
            # Inside, so that only the few neurons beyond the threshold are looked at again.
            effects = [Branch(free, tuple(effects))]
        else:
            effects.append(Emit(buffer, (Name("i"),)))
        body.append(Branch(condition, tuple(effects)))
        name = f"{self.label}_{'threshold' if event == SPIKE else f'event_{event}'}"
        origin = [f"{event}: {to_text(declared.condition)}"]
        kernel = self.writer.kernel(name, Elements(self.extent), body, origin)
        self.builder.kernel(kernel, declared.when, declared.order, self.group.creation)

    def _becoming_refractory(self, before: list[Statement]) -> list[Statement]:
        refractoriness = self.group.refractoriness
        assert refractoriness is not None
        effects: list[Statement] = [Assign("lastspike", Name("t"))]
        if refractoriness.kind is RefractoryKind.CONDITION:
            effects.append(Assign("not_refractory", Literal(False)))
        if refractoriness.kind is RefractoryKind.DRAWN_TIME:
            assert refractoriness.expression is not None
            drawn = self.writer.expression(refractoriness.expression, before)
            effects.append(Assign("refractory", drawn))
        return effects

    def event_code(self, event: str, code: EventCode) -> None:
        """Add the kernel that runs code for the neurons that had an event."""
        space = Events(event_buffer(self.builder, self.group, event))
        body = self.statements(code.code.statements)
        name = f"{self.label}_{'reset' if event == SPIKE else f'on_{event}'}"
        kernel = self.writer.kernel(name, space, body, origin_of(code.code))
        self.builder.kernel(kernel, code.when, code.order, self.group.creation)

    def operation(self, operation: RegularOperation) -> None:
        """Add the kernels of a regular operation: shared variables first, then each neuron's."""
        scope = self.names.scope
        statements = operation.code.statements
        last_shared = max(
            (n for n, s in enumerate(statements) if s.target in scope and scope[s.target].shared),
            default=-1,
        )
        shared, own = statements[: last_shared + 1], statements[last_shared + 1 :]
        name = self.builder.label(operation)
        origin = origin_of(operation.code)
        kernels = []
        passed: tuple[Binding, ...] = ()
        if shared:
            body = self.statements(shared)
            kernel = self.writer.kernel(f"{name}_shared", Once(), body, origin)
            passed = self._passed(name, kernel, own)
            body += [Assign(binding.name, Name(binding.name[1:])) for binding in passed]
            kernels.append(self.writer.kernel(kernel.name, Once(), body, origin, passed))
        if own:
            body = [Assign(binding.name[1:], Name(binding.name)) for binding in passed]
            body += unless_refractory(self.names, self._in_part(operation.part, own))
            space = self.everywhere(body)
            kernels.append(self.writer.kernel(name, space, body, origin, passed))
        for kernel in kernels:
            self.builder.kernel(kernel, operation.when, operation.order, operation.creation)

    def _in_part(
        self, part: tuple[int, int] | None, statements: Iterable[Assignment]
    ) -> list[Statement]:
        """Return statements that leave neurons outside of a part as they are."""
        if part is None:
            return self.statements(statements)
        first, after = part
        number = Binary(BinaryOperator.SUBTRACT, Name("i"), Literal(first))
        own: dict[str, Expr] = {"i": number, "N": Literal(after - first)}
        is_inside = Logical(
            LogicalOperator.AND,
            Compare(Comparison.GREATER_EQUAL, Name("i"), Literal(first)),
            Compare(Comparison.LESS, Name("i"), Literal(after)),
        )
        moved = (replace(each, value=substitute(each.value, own)) for each in statements)
        stored = self.names.scope
        return [
            Assign(each.target, Select(is_inside, each.value, Name(each.target)))
            if isinstance(each, Assign) and each.target in stored
            else each
            for each in self.statements(moved)
        ]

    def _passed(
        self, name: str, kernel: Kernel, later: Sequence[Assignment]
    ) -> tuple[Binding, ...]:
        """Return places for the locals of a kernel that later statements use."""
        types = name_types(kernel)
        read = {used for statement in later for used in free_names(assigned_value(statement))}
        passed = []
        for local in sorted(read & types.keys() - self.names.scope.keys()):
            dtype = types[local]
            array = Array(f"{name}.{local}", dtype, None, True, Role.BUILTIN)
            self.builder.array(array, np.zeros(1, dtype=dtype.numpy))
            passed.append(Binding(f"_{local}", array.name, dtype))
        return tuple(passed)

    def statements(self, statements: Iterable[Assignment]) -> list[Statement]:
        """Return the statements of a code block over stored values."""
        body: list[Statement] = []
        for statement in statements:
            body += self.writer.assign(statement.target, assigned_value(statement))
        return body


def unless_refractory(names: GroupNames, body: Iterable[Statement]) -> Iterator[Statement]:
    """Yield statements that leave flagged variables of refractory neurons as they are."""
    declarations = names.owner.equations.block.declarations
    flagged = {d.name for d in declarations if Flag.UNLESS_REFRACTORY in d.flags}
    held = flagged if names.owner.has_variable("not_refractory") else set()
    free = names.substituted(Name("not_refractory")) if held else Literal(True)
    for statement in body:
        if isinstance(statement, Assign) and statement.target in held:
            value = Select(free, statement.value, Name(statement.target))
            yield Assign(statement.target, value)
        else:
            yield statement


def within(source: StateOwner, body: list[Statement]) -> list[Statement]:
    """Return statements for the elements of a part of a group only."""
    if source.storage is source:
        return body
    inside = Logical(
        LogicalOperator.AND,
        Compare(Comparison.GREATER_EQUAL, Name("i"), Name(FIRST)),
        Compare(Comparison.LESS, Name("i"), Name(LAST)),
    )
    return [Branch(inside, tuple(body))]
