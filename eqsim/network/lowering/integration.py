"""The equations of a group to the statements that integrate them over one step."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from weakref import WeakSet

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
from eqsim.expressions.statements import Assign, Check, Draw, Statement, While
from eqsim.expressions.traverse import depends_on, free_names, substitute
from eqsim.integrators import STEP_LIMIT, UNDEFINED, integrate
from eqsim.integrators.system import ODESystem, UpdateRule
from eqsim.network.events import ConditionalEvent
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.names import GroupNames
from eqsim.network.kernels.problems import NOT_FINITE, TOO_MANY_STEPS, UNDEFINED_SLOPES, Problem
from eqsim.network.lowering.systems import EquationSystems
from eqsim.network.messages import LOGGER
from eqsim.program.traverse import flatten, map_expressions, map_targets, targets

_told: WeakSet[StateOwner] = WeakSet()


class Integration:
    """The integration of one group's equations over one step.

    Parameters
    ----------
    group : StateOwner
        The group.
    names : GroupNames
        Its names, resolved and checked.
    builder : ProgramBuilder
        Takes streams, and the problems that are checked for.
    integrated : tuple of Declaration
        The declarations that are integrated in each step.
    """

    def __init__(
        self,
        group: StateOwner,
        names: GroupNames,
        builder: ProgramBuilder,
        integrated: tuple[Declaration, ...],
    ) -> None:
        self.group = group
        self.names = names
        self.builder = builder
        self.integrated = integrated
        self.systems = EquationSystems(group, names)
        self.label = builder.label(group)

    def _freedom(self) -> tuple[list[Statement], Expr]:
        """Return the truth value of a neuron not being refractory, and how it is computed."""
        free = self.names.substituted(Name("not_refractory"))
        if isinstance(free, Name):
            return [], free
        return [Assign("_not_refractory", free)], Name("_not_refractory")

    def statements(self) -> list[Statement]:
        """Return the statements of one step, and the checks of what it gives."""
        active = self._system(frozenset())
        flagged = frozenset(
            d.name
            for d in self.group.equations.block.declarations
            if Flag.UNLESS_REFRACTORY in d.flags
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

    def _check(self, kind: str, fine: Expr, text: str, variables: Iterable[str] = ()) -> Check:
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
        integrated = {declared.name for declared in self.integrated}
        names = [name for name, _ in rule.values if name in integrated]
        conditions = [
            self.names.substituted(event.condition)
            for event in self.group.events.values()
            if isinstance(event, ConditionalEvent)
        ]
        watched = {name for condition in conditions for name in free_names(condition)}
        if names:
            text = NOT_FINITE.format(method=rule.integrator, advice=rule.advice)
            yield self._check("not_finite", _are_finite(names, watched), text, names)

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
                return self._check(problem.strip("_"), fine, _told_about(problem, rule))
            case _:
                return statement

    def _system(self, frozen: frozenset[str]) -> ODESystem:
        return self.systems.system(self.integrated, frozen)


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
