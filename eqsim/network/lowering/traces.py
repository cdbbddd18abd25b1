"""Which variables of synapses are the same for all synapses of a neuron: found in their texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from eqsim.equations.check_code import assigned_value
from eqsim.equations.code import Assignment
from eqsim.equations.declarations import Flag, VariableKind
from eqsim.errors import IntegratorError
from eqsim.expressions.functions import is_random
from eqsim.expressions.nodes import Call, Expr, Literal, Name
from eqsim.expressions.statements import Assign
from eqsim.expressions.traverse import free_names, substitute, walk
from eqsim.integrators.system import UpdateRule
from eqsim.network.kernels.synapse_names import SynapseNames
from eqsim.network.sides import Side
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.stored import LASTUPDATE
from eqsim.network.synapses.synapses import Synapses
from eqsim.network.synapses.traces import ELAPSED

_TIMES = frozenset({"t", "t_in_timesteps", "dt"})


@dataclass(frozen=True)
class TracePlan:
    """How the traces of synapses are computed.

    Parameters
    ----------
    sides : mapping of str to Side
        Of which side's neurons each is a variable.
    statements : mapping of str to tuple of Assignment
        For each pathway the statements that change traces.
    changed_first : mapping of str to bool
        For each pathway whether they run before the synapses are visited.
    """

    sides: Mapping[str, Side]
    statements: Mapping[str, tuple[Assignment, ...]]
    changed_first: Mapping[str, bool]

    def of(self, side: Side) -> list[str]:
        """Return the traces of a side."""
        return [name for name, other in self.sides.items() if other is side]


def plan_traces(
    synapses: Synapses, names: SynapseNames, watched: Collection[str]
) -> TracePlan | None:
    """Return how the event-driven variables of synapses can be stored with the neurons.

    Parameters
    ----------
    synapses : Synapses
        The synapses.
    names : SynapseNames
        Their names.
    watched : collection of str
        Variables that something else in the network looks at in the midst of a run.

    Returns
    -------
    TracePlan or None
        None if one of them differs between the synapses of a neuron.
    """
    return _Search(synapses, names, watched).plan()


class _Search:
    """The search for traces of one Synapses object."""

    def __init__(self, synapses: Synapses, names: SynapseNames, watched: Collection[str]) -> None:
        self.synapses = synapses
        self.names = names
        self.event_driven = {d.name for d in synapses.event_driven}
        self.pathways = list(synapses.pathways.values())
        self.written = {
            names.stored_name(statement.target)
            for pathway in self.pathways
            for statement in pathway.code.statements
        }
        self.excluded = {*watched, *self._used_elsewhere()}

    def _used_elsewhere(self) -> Iterator[str]:
        """Yield what is used where no event is: each step, and by regular operations."""
        for declared in self.synapses.equations.block.declarations:
            each_step = declared.flags & {Flag.SUMMED, Flag.CONSTANT_OVER_DT} or (
                declared.kind is VariableKind.DIFFERENTIAL
                and Flag.EVENT_DRIVEN not in declared.flags
            )
            if each_step and declared.expression is not None:
                yield from free_names(self.names.substituted(declared.expression))
        for code in self.synapses.regular_codes:
            for statement in code.statements:
                yield statement.target
                yield from free_names(self.names.substituted(statement.value))

    def plan(self) -> TracePlan | None:
        if not self.event_driven or not self._is_possible():
            return None
        sides = self._candidates()
        while True:
            kept = {name: side for name, side in sides.items() if self._belongs(name, side, sides)}
            if kept == sides:
                break
            sides = kept
        if not self.event_driven <= sides.keys():
            return None
        orders = {}
        for pathway in self.pathways:
            first = self._changed_first(pathway, sides)
            if first is None:
                return None
            orders[pathway.pathway] = first
        statements = {
            p.pathway: tuple(s for s in p.code.statements if s.target in sides)
            for p in self.pathways
        }
        return TracePlan(sides, statements, orders)

    def _is_possible(self) -> bool:
        variables = self.synapses.variables
        # Single deliveries are to synapses: each has its own history then.
        one_delay = all(
            len(variables[p.delay_name].values) == 1 and not len(p.deliveries)
            for p in self.pathways
        )
        names = {
            name
            for pathway in self.pathways
            for statement in pathway.code.statements
            for name in (statement.target, *free_names(self.names.substituted(statement.value)))
        }
        return one_delay and self._is_uniform() and LASTUPDATE not in names

    def _is_uniform(self) -> bool:
        """Whether the past of all synapses of a neuron follows from what is stored once."""
        traces = self.synapses.traces
        if traces is None:
            return len(self.synapses.variables[LASTUPDATE].values) == 1
        # A neuron's trace that was left alone for long would follow another constant all along.
        return traces.constants == trace_constants(self.synapses, self.names)

    def _candidates(self) -> dict[str, Side]:
        """Return the variables that only events of one side change."""
        changed: dict[str, set[Side]] = {}
        for pathway in self.pathways:
            for statement in pathway.code.statements:
                changed.setdefault(statement.target, set()).add(pathway.side)
        variables = self.synapses.variables
        return {
            name: next(iter(sides))
            for name, sides in changed.items()
            if len(sides) == 1
            and name not in self.excluded
            and self.synapses.declaration(name) is not None
            and name in variables
            and not variables[name].is_shared
            and self.synapses.is_stored_by(name, next(iter(sides)))
        }

    def _belongs(self, name: str, side: Side, sides: Mapping[str, Side]) -> bool:
        """Whether all that a variable follows is the same for all synapses of a neuron."""
        expressions = [
            assigned_value(statement)
            for pathway in self.pathways
            for statement in pathway.code.statements
            if statement.target == name
        ]
        declared = self.synapses.declaration(name)
        equation = declared.expression if declared is not None else None
        if name in self.event_driven and equation is not None:
            expressions.append(equation)
            # What a trace was at the last event of a synapse must follow from numbers alone.
            used = free_names(self.names.substituted(equation))
            if any(self.names.side_variable(n) is not None for n in used):
                return False
        return all(self._is_of_side(expression, side, sides) for expression in expressions)

    def _is_of_side(self, expression: Expr, side: Side, sides: Mapping[str, Side]) -> bool:
        stored = self.names.substituted(expression)
        calls = [node for node in walk(stored) if isinstance(node, Call)]
        # Functions from outside the language are called in kernels only.
        if any(is_random(call.function) or call.definition is not None for call in calls):
            return False
        return all(self._is_one(name, side, sides) for name in free_names(stored))

    def _is_one(self, name: str, side: Side, sides: Mapping[str, Side]) -> bool:
        """Whether a name has one value for all synapses of a neuron when its event arrives."""
        if name in _TIMES or name in self.names.externals or name == side.element:
            return True
        if name in sides:
            return sides[name] is side
        variables = self.synapses.variables
        if name in variables:
            uniform = len(variables[name].values) == 1 != self.synapses.N
            uniform = uniform and name not in self.written
            return variables[name].is_shared or (uniform and name not in self.excluded)
        found = self.names.side_variable(name)
        if found is None:
            return name in ("N", "N_pre", "N_post")
        stems = {self.names.side_variable(w) for w in self.written}
        written = {stem for other in stems if other is not None for stem in other[1:]}
        return found[0] is side and found[1] not in written

    def _changed_first(self, pathway: Pathway, sides: Mapping[str, Side]) -> bool | None:
        """Whether traces change before the synapses are visited; None if both are needed."""
        before = after = False
        changed: set[str] = set()
        later = [s.target for s in pathway.code.statements if s.target in sides]
        for statement in pathway.code.statements:
            if statement.target in sides:
                changed.add(statement.target)
                later.remove(statement.target)
                continue
            read = free_names(self.names.substituted(assigned_value(statement)))
            after = after or bool(read & changed)
            before = before or bool(read & set(later))
        return None if before and after else not before


def trace_rule(
    rule: UpdateRule, sides: Mapping[str, Side], step: Iterable[str]
) -> dict[str, Expr]:
    """Return how traces change between events, each as one expression.

    Parameters
    ----------
    rule : UpdateRule
        The update rule of the event-driven equations.
    sides : mapping of str to Side
        The traces.
    step : iterable of str
        The names of the step in the rule.

    Raises
    ------
    IntegratorError
        If the rule has no such form.
    """
    known: dict[str, Expr] = {name: Name(ELAPSED) for name in step}
    for statement in rule.locals:
        if not isinstance(statement, Assign):
            raise IntegratorError("the equations of traces must be integrated by expressions")
        known[statement.target] = substitute(statement.value, known)
    return {name: substitute(value, known) for name, value in rule.values if name in sides}


def trace_constants(synapses: Synapses, names: SynapseNames) -> dict[str, float]:
    """Return the constants of event-driven equations, those that all synapses have in common."""
    equations = [d.expression for d in synapses.event_driven if d.expression is not None]
    changing = {d.name for d in synapses.event_driven}
    constants = {}
    for name in sorted(set().union(*(free_names(names.substituted(e)) for e in equations))):
        variable = synapses.variables.get(name)
        if name in names.externals:
            constants[name] = float(names.externals[name].value)
        elif variable is not None and len(variable.values) == 1 and name not in changing:
            constants[name] = float(variable.values[0])
    return constants


def in_numbers(
    rule: Expr, traces: Collection[str], synapses: Synapses, names: SynapseNames
) -> Expr:
    """Return a rule with numbers in place of constants and of what all synapses have in common."""
    mapping: dict[str, Expr] = {
        name: Literal(external.value) for name, external in names.externals.items()
    }
    for name in free_names(rule).difference(traces):
        variable = synapses.variables.get(name)
        if variable is not None and len(variable.values) == 1:
            mapping.setdefault(name, Literal(variable.values[0].item()))
    return substitute(rule, mapping)
