"""From a model of synapses and two groups to synapses, with the groups that keep their gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsim.equations.declarations import VariableKind
from eqsim.equations.equations import Equations
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.models.modelled_synapses import GATE, ModelledSynapses
from eqsim.models.output import Output
from eqsim.models.plasticity import Plasticity
from eqsim.models.synapse_plan import SynapsePlan
from eqsim.models.synapse_request import Request
from eqsim.models.values import declarations, refuse_unknown
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.synapses.synapses import Synapses
from eqsim.units import ms
from eqsim.units.quantity import dimension_of

if TYPE_CHECKING:
    from eqsim.models.synapse import SynapseModel


def build(request: Request) -> ModelledSynapses:
    """Return the synapses that a request asks for.

    Raises
    ------
    ModelError, DimensionMismatchError
        If the request does not fit the model, or the groups.
    """
    _check(request)
    rule, keeper = request.plasticity, request.model.keeper.name
    if keeper == "NONE":
        return _without_gates(request)
    if rule is not None and (rule.on_post is not None or keeper == "SOURCE"):
        return _kept_by_synapses(request)
    if keeper == "SOURCE" and request.has_delays:
        return _kept_by_synapses(request)
    return _kept_by_target(request) if keeper == "TARGET" else _kept_by_source(request)


def _keeps_amounts(model: SynapseModel) -> bool:
    return "{amount}" in model.on_event


def _is_variable(rule: Plasticity) -> bool:
    """Return whether what effects are multiplied with is there between spikes too."""
    return rule.factor in rule.initial


def _check(request: Request) -> None:
    model = request.model
    for group in (request.source, request.target):
        if not isinstance(group, StateOwner):
            raise ModelError(f"{model.name} connects groups, not {group!r}")
    if request.chosen_output is not None and model.output is None:
        raise ModelError(f"{model.name} has no choice of output: leave out output=...")
    if request.output is not None and not isinstance(request.output, Output):
        raise ModelError(
            f"{model.name}: the output must be one, such as models.COBA(0*mV), not"
            f" {request.output!r}"
        )
    if request.plasticity is not None and not isinstance(request.plasticity, Plasticity):
        raise ModelError(
            f"{model.name}: the plasticity must be a rule, such as models.STP, not"
            f" {request.plasticity!r}"
        )
    rule = request.plasticity
    if rule is not None and model.follows_potential:
        raise ModelError(f"{model.name} has no plasticity: no spikes open its synapses")
    releases = _keeps_amounts(model) or "{release}" in model.on_event
    if rule is not None and not releases and not _is_variable(rule):
        raise ModelError(
            f"{model.name} cannot have the plasticity {rule.name}: how far its gates open does not"
            " depend on how much is released\n"
            "  use Exponential, DualExponential or Alpha with the same times"
        )
    _check_delay(request)
    known = {
        "strength": (model.weight,),
        "parameters": (*model.parameters, *_parameters(request.output), *_rule(request)),
        "gates": tuple(model.initial) + _states(model.gates),
    }
    refuse_unknown(model.name, request.values, known, ("connector", "p", "delay"))


def _check_delay(request: Request) -> None:
    model, delay = request.model, request.delay
    if delay is None:
        return
    if model.follows_potential:
        raise ModelError(
            f"{model.name} has no delay: it follows potentials, and only spikes are kept on their"
            " way, a potential would have to be kept for each step\n"
            "  leave out delay=..., or use a model that spikes open, such as"
            " GABAa(..., delay=...)"
        )
    is_given = not isinstance(delay, str) and not callable(delay)
    if is_given and dimension_of(delay) is not dimension_of(ms):
        raise DimensionMismatchError(
            f"{model.name}: the delay must be a time, not {delay!r}\n  write for example 10*ms"
        )


def _parameters(output: Output | None) -> tuple[str, ...]:
    return () if output is None else tuple(output.parameters)


def _rule(request: Request) -> tuple[str, ...]:
    rule = request.plasticity
    return () if rule is None else (*rule.parameters, *rule.initial)


def _states(gates: str) -> tuple[str, ...]:
    equations = Equations(gates.format(unit="1", V="V")) if gates else Equations()
    return tuple(d.name for d in equations.block.of_kind(VariableKind.DIFFERENTIAL))


def _kept_by_target(request: Request) -> ModelledSynapses:
    plan = SynapsePlan(request)
    target = request.target
    gates = plan.gates_group(target, plan.unit)
    synapses = ModelledSynapses(
        request.source,
        gates,
        plan.declared(),
        on_pre=plan.on_pre("_post"),
        delay=request.one_delay,
        name=plan.name,
        clock=target.clock,
    )
    plan.connect(synapses)
    output = plan.of_output()
    current = Synapses(
        gates,
        target,
        plan.summed(plan.flowing(f"{request.model.open}_pre"))
        + "\n"
        + declarations(output, output),
        name=f"{plan.name}_current",
        clock=target.clock,
    )
    current.connect(j="i")
    for name, value in output.items():
        setattr(current, name, value)
    synapses.add_parts(gates, current)
    return synapses


def _kept_by_source(request: Request) -> ModelledSynapses:
    plan = SynapsePlan(request)
    source, model = request.source, request.model
    gates = plan.gates_group(source, "1")
    output = plan.of_output()
    synapses = ModelledSynapses(
        gates,
        request.target,
        "\n".join(
            [
                plan.summed(plan.flowing(f"{model.weight}*{model.open}_pre")),
                plan.declared(),
                declarations(output, output),
            ]
        ),
        name=plan.name,
        clock=request.target.clock,
    )
    plan.connect(synapses)
    synapses.add_parts(gates)
    if not model.follows_potential:
        arriving = Synapses(
            source,
            gates,
            on_pre=plan.on_pre("_post"),
            delay=0 * ms if request.delay is None else request.delay,
            name=f"{plan.name}_arriving",
            clock=source.clock,
        )
        arriving.connect(j="i")
        synapses.add_parts(arriving)
        synapses.delayed_in(arriving)
    return synapses


def _kept_by_synapses(request: Request) -> ModelledSynapses:
    """Return synapses each of which has gates of its own: no two of them need to do the same."""
    plan = SynapsePlan(request)
    model, rule = request.model, request.plasticity
    keeps_amounts = _keeps_amounts(model)
    equations = Equations(model.gates.format(unit=plan.unit if keeps_amounts else "1"))
    own = {name: f"{name}{GATE}" for name in (*equations, *model.parameters)}
    parameters = {own[name]: value for name, value in plan.single_gate_values().items()}
    opened = own[model.open]
    if not keeps_amounts:
        factors = [model.weight, *([rule.factor] if rule and _is_variable(rule) else [])]
        opened = "*".join([*factors, opened])
    output = plan.of_output()
    synapses = ModelledSynapses(
        request.source,
        request.target,
        "\n".join(
            [
                plan.summed(plan.flowing(opened)),
                plan.declared(),
                declarations(output, output),
                declarations(parameters, parameters),
                _clock_driven(Equations(equations.block, **own)),
            ]
        ),
        on_pre=plan.on_pre(GATE),
        on_post=None if rule is None else rule.on_post,
        delay=request.one_delay,
        method=model.method,
        name=plan.name,
        clock=request.target.clock,
    )
    plan.connect(synapses)
    for name, value in parameters.items():
        setattr(synapses, name, value)
    for name in equations:
        value = request.values.get(name, model.initial.get(name))
        if value is not None:
            setattr(synapses, own[name], value)
    return synapses


def _clock_driven(equations: Equations) -> str:
    return "\n".join(
        f"{each} (clock-driven)" if each.kind is VariableKind.DIFFERENTIAL else str(each)
        for each in equations.block.declarations
    )


def _without_gates(request: Request) -> ModelledSynapses:
    """Return synapses that act at once: by a spike, or by what the two neurons are now."""
    plan = SynapsePlan(request)
    rule, model = request.plasticity, request.model
    summed = [plan.summed(model.open.format(V=plan.potential))] if model.follows_potential else []
    synapses = ModelledSynapses(
        request.source,
        request.target,
        "\n".join([*summed, plan.declared()]),
        on_pre=None if model.follows_potential else plan.on_pre("_post"),
        on_post=None if rule is None else rule.on_post,
        delay=request.one_delay,
        name=plan.name,
        clock=request.target.clock,
    )
    plan.connect(synapses)
    return synapses
