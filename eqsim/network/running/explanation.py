"""What eqsim makes of the equations of a group: their structure, the method, and its step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eqsim.equations.declarations import Declaration, Flag, VariableKind
from eqsim.errors import ModelError
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.statements import Assign, Check, Draw, Statement, While
from eqsim.expressions.symbolic import latex
from eqsim.expressions.traverse import map_children
from eqsim.integrators import Integrator, Interpretation, NoiseType, UpdateRule, selected
from eqsim.integrators.structure import EquationStructure, structure
from eqsim.network.caller import caller_names
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.names import GroupNames
from eqsim.network.lowering.origins import line_of
from eqsim.network.lowering.presence import checked_names
from eqsim.network.lowering.systems import EquationSystems
from eqsim.network.objects import NetworkObject
from eqsim.network.running.arguments import checked_namespace
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.printer import statement_lines
from eqsim.program.traverse import flatten, targets
from eqsim.units.names import UNITS


@dataclass(frozen=True, slots=True)
class EquationExplanation:
    """One equation with what was found about it.

    Parameters
    ----------
    declared : Declaration
        The equation.
    structure : EquationStructure
        How its variables and its noise enter.
    """

    declared: Declaration
    structure: EquationStructure

    @property
    def text(self) -> str:
        """The equation as the user wrote it, on one line."""
        return line_of(self.declared)

    @property
    def latex(self) -> str:
        """The equation as LaTeX."""
        expression = self.declared.expression
        assert expression is not None, "it is a differential equation"
        left = rf"\frac{{\mathrm{{d}} {_variable(self.declared.name)}}}{{\mathrm{{d}} t}}"
        return rf"{left} &= {latex(expression, _names_of_units())}"


@dataclass(frozen=True, slots=True)
class SystemExplanation:
    """Equations that are integrated together, the method, and the statements of one step.

    Parameters
    ----------
    title : str
        Which equations, and when they are integrated.
    equations : tuple of EquationExplanation
        The equations.
    integrator : Integrator
        The method.
    rule : UpdateRule
        One step, in the names and units of the user.
    held : tuple of str
        The variables that stand still while a neuron is refractory.
    """

    title: str
    equations: tuple[EquationExplanation, ...]
    integrator: Integrator
    rule: UpdateRule
    held: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Which method, and why, as one sentence."""
        return self.rule.reason

    def lines(self) -> Iterator[str]:
        """Yield the lines of the explanation as text."""
        yield f"{self.title}: {self.reason}"
        yield f"  {', '.join(_accuracy(self.integrator, self.noise))}"
        for equation in self.equations:
            yield f"  {equation.text}"
            yield f"    {', '.join(_words(equation.structure))}"
        yield "  a step from t to t + dt:"
        for line in statement_lines(_shown(self.rule.locals)):
            yield f"    {line}"
        for line in statement_lines(Assign(f"{n}_new", value) for n, value in self.rule.values):
            yield f"    {line}"
        if self.held:
            names = ", ".join(map(repr, self.held))
            yield f"  while a neuron is refractory the same is done with {names} standing still"

    @property
    def noise(self) -> NoiseType:
        """How noise enters the equations."""
        kinds = (equation.structure.noise for equation in self.equations)
        return max(kinds, key=lambda kind: kind.rank, default=NoiseType.NONE)

    def latex_lines(self) -> Iterator[str]:
        """Yield the rows of an ``align*`` environment."""
        yield from (equation.latex for equation in self.equations)
        names = _names_of_locals(self.rule)
        yield rf"&\text{{{self.integrator.name.replace('_', ' ')}:}}"
        yield from _latex_statements(_shown(self.rule.locals), names)
        for variable, value in self.rule.values:
            shown = names.get(variable) or _variable(variable)
            yield rf"{shown}(t + \mathit{{dt}}) &= {latex(value, names)}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What eqsim makes of the equations of a group.

    Parameters
    ----------
    name : str
        The name of the group.
    systems : tuple of SystemExplanation
        What is integrated together.
    """

    name: str
    systems: tuple[SystemExplanation, ...]

    def __str__(self) -> str:
        if not self.systems:
            return f"{self.name!r} has no differential equations"
        return "\n".join(line for system in self.systems for line in system.lines())

    __repr__ = __str__

    @property
    def latex(self) -> str:
        """The equations and their step as LaTeX."""
        rows = [row for system in self.systems for row in system.latex_lines()]
        return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"

    def _repr_latex_(self) -> str:
        return self.latex


def explain(group: StateOwner, namespace: Mapping[str, Any] | None = None) -> Explanation:
    """Return what eqsim makes of the equations of a group.

    Parameters
    ----------
    group : NeuronGroup or Synapses
        The group.
    namespace : mapping of str to object, optional
        Constants of the equations; by default the names where this is called.

    Returns
    -------
    Explanation
        For each equation its structure; the method and why it was chosen; and the statements of
        one step. Printing shows it as text, a notebook as mathematics; ``latex`` is the source.

    Raises
    ------
    EquationError
        If the equations are wrong.
    IntegratorError
        If the method cannot treat them.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms
    >>> tau = 10*ms
    >>> print(explain(NeuronGroup(1, 'dx/dt = -x/tau : 1', method='rk2', name='decay')))
    'decay': 'rk2' because it was asked for
      order 2
      dx/dt = -x/tau : 1
        linear, constant coefficients, autonomous
      a step from t to t + dt:
        _k1_x = -x / tau
        _x2_x = x + dt / 2.0 * _k1_x
        _k2_x = -_x2_x / tau
        x_new = x + dt * _k2_x
    """
    if not isinstance(group, StateOwner):
        raise ModelError(
            f"explain() takes a group of neurons or synapses, not {group!r}\n"
            "  for example: explain(G)"
        )
    around = caller_names() if namespace is None else checked_namespace(namespace)
    owner = group.storage
    names = checked_names(_needed(owner), around)[owner]
    systems_of = EquationSystems(owner, names)
    systems = tuple(
        _explained(systems_of, title, declarations, candidates)
        for title, declarations, candidates in _systems(owner)
        if declarations
    )
    return Explanation(str(owner.name), systems)


_AT_EVENTS = ("exact",)


def _systems(
    owner: StateOwner,
) -> Iterator[tuple[str, list[Declaration], tuple[Any, ...] | None]]:
    """Yield what is integrated together: a title, the equations, and the methods for them."""
    declared = owner.equations.block.of_kind(VariableKind.DIFFERENTIAL)
    in_steps = [d for d in declared if Flag.EVENT_DRIVEN not in d.flags]
    yield repr(str(owner.name)), in_steps, owner.integration.candidates
    at_events = [d for d in declared if Flag.EVENT_DRIVEN in d.flags]
    yield f"{str(owner.name)!r}, from event to event (dt)", at_events, _AT_EVENTS


def _needed(owner: StateOwner) -> list[NetworkObject]:
    """Return a group with all others that its equations may name."""
    found: dict[StateOwner, None] = {}
    waiting = [owner]
    while waiting:
        each = waiting.pop()
        if each in found:
            continue
        found[each] = None
        waiting += [link.source.storage for link in each.links.values()]
        if isinstance(each, Synapses):
            waiting += [each.source.storage, each.target.storage]
    return [each for each in found if isinstance(each, NetworkObject)]


def _explained(
    systems: EquationSystems,
    title: str,
    declarations: list[Declaration],
    candidates: tuple[Any, ...] | None,
) -> SystemExplanation:
    system = systems.system(declarations)
    with systems.refusals():
        integrator, reason = selected(system, candidates)
    if candidates == _AT_EVENTS:
        reason = f"{integrator.name!r} because nothing else leads from one event to the next"
    shown = systems.system(declarations, read=lambda expr: _as_written(expr, systems.names))
    # What only numbers show, such as terms that cancel, is shown in numbers.
    is_treated = integrator.refusal(shown) is None
    rule = integrator.rule(shown if is_treated else system, reason)
    found = structure(system)
    equations = tuple(
        EquationExplanation(declared, each)
        for declared, each in zip(declarations, found, strict=True)
    )
    is_refractory = systems.owner.refractoriness is not None
    held = [d.name for d in declarations if Flag.UNLESS_REFRACTORY in d.flags and is_refractory]
    return SystemExplanation(title, equations, integrator, rule, tuple(held))


def _as_written(expr: Expr, names: GroupNames) -> Expr:
    """Return a right side with subexpressions put in, and units and constants as they are."""
    if isinstance(expr, Name):
        subexpression = names.owner.substitutable(expr.identifier)
        return expr if subexpression is None else _as_written(subexpression, names)
    changed = map_children(expr, lambda child: _as_written(child, names))
    if isinstance(changed, Call) and changed.function in names.functions:
        definition = names.functions[changed.function]
        return Call(changed.function, changed.arguments, changed.span, definition)
    return changed


def _shown(statements: Iterable[Statement]) -> list[Statement]:
    return [statement for statement in statements if not isinstance(statement, Check)]


def _accuracy(integrator: Integrator, noise: NoiseType) -> Iterator[str]:
    order = integrator.order
    if math.isinf(order):
        yield "no error of method"
    elif math.isnan(order):
        yield "order not stated"
    else:
        yield f"order {order:g}"
    if noise is NoiseType.NONE:
        return
    is_additive = noise is NoiseType.ADDITIVE and integrator.additive_order is not None
    strong = integrator.additive_order if is_additive else integrator.strong_order
    if strong is not None:
        yield f"strong order {strong:g}"
    if integrator.weak_order is not None:
        yield f"weak order {integrator.weak_order:g}"
    meaning = integrator.interpretation
    if noise is NoiseType.ADDITIVE:
        meaning = Interpretation.BOTH
    if meaning is not None:
        yield f"noise in the sense of {meaning.value}"


def _words(found: EquationStructure) -> Iterator[str]:
    if found.is_linear:
        yield "linear"
    elif found.is_linear_in_itself:
        yield f"conditionally linear (in {found.variable!r} alone)"
    else:
        yield "nonlinear"
    if found.is_linear or found.is_linear_in_itself:
        yield f"{'constant' if found.has_constant_coefficients else 'varying'} coefficients"
    yield "autonomous" if found.is_autonomous else "not autonomous"
    if found.noise is not NoiseType.NONE:
        yield f"{found.noise.value} noise"


def _variable(name: str) -> str:
    return latex(Name(name))


def _names_of_locals(rule: UpdateRule) -> dict[str, str]:
    """Return how names are shown: locals without the underscore at their begin, units upright."""
    kept = (name for name, _ in rule.values if name.startswith("_"))
    defined = (name for statement in flatten(rule.locals) for name in targets(statement))
    ours = (*defined, *rule.constants, *kept)
    locals_ = {name: latex(Name(name.strip("_"))) for name in ours}
    return {**_names_of_units(), **locals_, "dt": r"\mathit{dt}"}


def _names_of_units() -> dict[str, str]:
    return {name: rf"\mathrm{{{name}}}" for name in UNITS}


def _latex_statements(
    statements: Iterable[Statement], names: Mapping[str, str], indent: str = ""
) -> Iterator[str]:
    for statement in statements:
        match statement:
            case Assign(target, value):
                yield rf"{indent}{names[target]} &= {latex(value, names)}"
            case Draw(target, _, _, _):
                yield rf"{indent}{names[target]} &\sim \mathcal{{N}}(0, 1)"
            case While(condition, body):
                yield rf"{indent}\text{{while }} & {latex(condition, names)}\text{{:}}"
                yield from _latex_statements(body, names, rf"{indent}\quad ")
            case _:
                for line in statement_lines([statement]):
                    shown = line.replace("_", r"\_").replace("^", r"\^{}")
                    yield rf"{indent}&\text{{{shown}}}"
