"""A group of neurons to kernels: state update, events, what events do, regular operations."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from weakref import WeakSet

import numpy as np

from eqsim.equations.check_code import assigned_value
from eqsim.equations.code import Assignment, CodeBlock
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
from eqsim.expressions.statements import Assign, Branch, Check, Draw, Emit, Statement, While
from eqsim.expressions.traverse import depends_on, free_names, substitute
from eqsim.integrators import STEP_LIMIT, UNDEFINED, integrate
from eqsim.integrators.system import ODESystem, UpdateRule
from eqsim.network.clocks import AnyClock
from eqsim.network.events import SPIKE, ConditionalEvent, EventCode
from eqsim.network.groups import StateOwner
from eqsim.network.lowering.builder import ProgramBuilder
from eqsim.network.lowering.links import follow
from eqsim.network.lowering.names import GroupNames
from eqsim.network.lowering.systems import EquationSystems
from eqsim.network.messages import LOGGER
from eqsim.network.neurongroup import NeuronGroup
from eqsim.network.problems import NOT_FINITE, TOO_MANY_STEPS, UNDEFINED_SLOPES, Problem
from eqsim.network.refractoriness import RefractoryKind
from eqsim.network.regular_operations import RegularOperation
from eqsim.network.subgroup import FIRST, LAST
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    Array,
    Binding,
    Buffer,
    Column,
    Elements,
    Events,
    IndexSpace,
    Kernel,
    Lifetime,
    Once,
    Role,
)
from eqsim.program.traverse import flatten, map_expressions, map_targets, targets
from eqsim.program.types import name_types

_told: WeakSet[StateOwner] = WeakSet()


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


def add_event_buffers(group: StateOwner, builder: ProgramBuilder) -> None:
    """Add what holds the events of one step to a program, empty until a kernel fills it."""
    extent = builder.extent(builder.label(group), group.N)
    for event in group.events:
        name = event_buffer(builder, group, event)
        builder.buffer(Buffer(name, (Column("i", DType.INT32),), Lifetime.STEP, extent))


def event_buffer(builder: ProgramBuilder, group: StateOwner, event: str) -> str:
    """Return the name of the buffer that holds an event of the current step."""
    return f"{builder.label(group)}.events.{event}"


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
        self.systems = EquationSystems(group, names)
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
            body += self._integration()
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

    def _freedom(self) -> tuple[list[Statement], Expr]:
        """Return the truth value of a neuron not being refractory, and how it is computed."""
        free = self.names.substituted(Name("not_refractory"))
        if isinstance(free, Name):
            return [], free
        return [Assign("_not_refractory", free)], Name("_not_refractory")

    def _integration(self) -> list[Statement]:
        active = self._system(frozenset())
        flagged = frozenset(
            d.name for d in self.block.declarations if Flag.UNLESS_REFRACTORY in d.flags
        )
        rule = self._integrate(active)
        rule = replace(
            rule, locals=tuple(self._named(statement, rule) for statement in rule.locals)
        )
        if self.group.refractoriness is None or not flagged:
            body = list(rule.statements)
        else:
            body = self._integration_unless_refractory(active, rule, flagged)
        return [*body, *self._finite(rule)]

    def check(self, kind: str, fine: Expr, text: str, variables: Iterable[str] = ()) -> Check:
        """Return a check of the group's elements, whose failure ends a run.

        Parameters
        ----------
        kind : str
            What kind of problem it finds: ``"not_finite"``.
        fine : Expr
            What must hold for each element, over names of the kernel.
        text, variables : str, iterable of str
            What to tell, as for :class:`Problem`.
        """
        problem = Problem(self.group, text, tuple(variables))
        return Check(fine, self.builder.problem(f"{self.label}.{kind}", problem))

    def _finite(self, rule: UpdateRule) -> Iterator[Check]:
        """Yield the check that what was integrated is finite.

        What an event's condition looks at may be infinite: the event can set it back in the same
        step. It may never be no number.
        """
        integrated = {declared.name for declared in self.integrated()}
        names = [name for name, _ in rule.values if name in integrated]
        conditions = [
            self.names.substituted(event.condition)
            for event in self.group.events.values()
            if isinstance(event, ConditionalEvent)
        ]
        watched = {name for condition in conditions for name in free_names(condition)}
        if names:
            text = NOT_FINITE.format(method=rule.integrator, advice=rule.advice)
            yield self.check("not_finite", _are_finite(names, watched), text, names)

    def _integration_unless_refractory(
        self, active: ODESystem, rule: UpdateRule, flagged: frozenset[str]
    ) -> list[Statement]:
        """Return the integration of both systems, the free one and the refractory one.

        While a neuron is refractory the flagged variables stand still, and what depends on them is
        integrated as if they were constant. Both results are computed and one is chosen, so that
        coefficients stay the same for all neurons and the loop has no branch.
        """
        freedom, free = self._freedom()
        computed = [
            *freedom,
            *_only_where(free, rule.locals),
            *(Assign(f"_new_{name}", new) for name, new in rule.values),
        ]
        dependent = _dependent(active, flagged)
        held: dict[str, Expr] = {name: Name(name) for name in dependent}
        if dependent != flagged:
            other = _renamed(self._integrate(self._system(flagged), tell=False), "_held")
            statements = (self._named(statement, other) for statement in other.locals)
            computed += _only_where(Unary(UnaryOperator.NOT, free), statements)
            for name, new in other.values:
                computed.append(Assign(f"_held_{name}", new))
                held[name] = Name(f"_held_{name}")
        chosen: list[Statement] = []
        for name, _ in rule.values:
            new = Name(f"_new_{name}")
            chosen.append(Assign(name, Select(free, new, held[name]) if name in held else new))
        return [*computed, *chosen]

    def _integrate(self, system: ODESystem, *, tell: bool = True) -> UpdateRule:
        candidates = self.group.integration.candidates
        with self.systems.refusals():
            rule = integrate(system, candidates)
        for name, value in rule.constants.items():
            self.names.add_constant(name, value)
        is_chosen = candidates is None or len(candidates) > 1
        if tell and is_chosen and self.group not in _told:
            _told.add(self.group)
            LOGGER.info("%s: integrated with %s", self.group.name, rule.reason)
        return rule

    def _named(self, statement: Statement, rule: UpdateRule) -> Statement:
        """Return a statement of a rule with the program's names for streams and problems."""
        match statement:
            case Draw():
                stream = self.builder.stream(f"{self.label}.{statement.stream}")
                return replace(statement, stream=stream)
            case Check(fine, problem):
                return self.check(problem.strip("_"), fine, _told_about(problem, rule))
            case _:
                return statement

    def _system(self, frozen: frozenset[str]) -> ODESystem:
        return self.systems.system(self.integrated(), frozen)

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


def line_of(declared: Declaration) -> str:
    """Return a declaration as the user wrote it, on one line and without comments."""
    return " ".join(re.sub(r"#[^\n]*", "", declared.span.text).split())


def origin_of(code: CodeBlock) -> list[str]:
    """Return the statements of a code block as the user wrote them, without comments."""
    lines = (line.split("#")[0].strip() for line in code.source.text.split("\n"))
    return [line for line in lines if line]


def _told_about(problem: str, rule: UpdateRule) -> str:
    """Return the text about a problem that a method finds."""
    if problem == UNDEFINED:
        return UNDEFINED_SLOPES.format(method=rule.integrator)
    stiff = "rodas4_adaptive"
    other = f"a method for stiff equations such as {stiff!r}, " * (rule.integrator != stiff)
    limit = rule.constants[STEP_LIMIT]
    return TOO_MANY_STEPS.format(method=rule.integrator, limit=limit, other=other)


def _are_finite(names: Iterable[str], watched: Collection[str]) -> Expr:
    """Return whether values are finite, those that are watched whether they are numbers."""
    left: Expr | None = None
    parts: list[Expr] = []
    for name in map(Name, names):
        if name.identifier in watched:
            parts.append(Compare(Comparison.EQUAL, name, name))
        else:
            # No number but what is finite leaves nothing when it is taken from itself.
            nothing = Binary(BinaryOperator.SUBTRACT, name, name)
            left = nothing if left is None else Binary(BinaryOperator.ADD, left, nothing)
    if left is not None:
        parts.append(Compare(Comparison.EQUAL, left, Literal(0.0)))
    return functools.reduce(lambda a, b: Logical(LogicalOperator.AND, a, b), parts)


def _only_where(condition: Expr, statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield the statements of a rule whose result counts where a condition holds, and only there.

    Elsewhere loops do not run, and checks find nothing.
    """
    for statement in statements:
        match statement:
            case While(goes_on, body):
                yield While(Logical(LogicalOperator.AND, condition, goes_on), body)
            case Check(fine, problem):
                is_unused = Unary(UnaryOperator.NOT, condition)
                yield Check(Logical(LogicalOperator.OR, is_unused, fine), problem)
            case _:
                yield statement


def _dependent(system: ODESystem, on: frozenset[str]) -> frozenset[str]:
    """Return the variables whose course depends on others, directly or through further ones."""
    found = set(on)
    while True:
        new = {
            ode.variable
            for ode in system.equations
            if ode.variable not in found
            and any(depends_on(e, found) for e in (ode.drift, *(g for _, g in ode.noise)))
        }
        if not new:
            return frozenset(found)
        found |= new


def _renamed(rule: UpdateRule, suffix: str) -> UpdateRule:
    """Return an update rule whose locals have other names; its random numbers are not drawn anew.

    The random numbers are those of the rule with the old names, which is computed too.
    """
    kept = [statement for statement in rule.locals if not isinstance(statement, Draw)]
    names: dict[str, Expr] = {
        target: Name(f"{target}{suffix}") for s in flatten(kept) for target in targets(s)
    }
    read = (map_expressions(statement, lambda expr: substitute(expr, names)) for statement in kept)
    renamed = tuple(
        map_targets(statement, lambda target: f"{target}{suffix}") for statement in read
    )
    values = tuple((name, substitute(value, names)) for name, value in rule.values)
    return replace(rule, locals=renamed, values=values)
