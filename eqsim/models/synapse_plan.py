"""What all ways of making synapses need: units, checked values, texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsim.equations.equations import Equations
from eqsim.errors import ModelError
from eqsim.models.output import Output, potential_parameters
from eqsim.models.synapse_request import Request
from eqsim.models.values import declarations, resolved
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.naming import new_name
from eqsim.network.synapses.connectors import Connections, Connector, Sides
from eqsim.network.synapses.synapses import Synapses
from eqsim.network.variables.linked import linked_var
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for
from eqsim.units.quantity import dimension_of, si_value

SOURCE_POTENTIAL = "V_source"
"""What gates that follow the potential of the source call it."""


class SynapsePlan:
    """What all ways of making synapses need: units, checked values, names.

    Parameters
    ----------
    request : Request
        What is asked for.
    """

    def __init__(self, request: Request) -> None:
        self.request, self.model = request, request.model
        self.output = request.output
        uses_potential = self.output is not None and "{V}" in self.output.expression
        needs = uses_potential or "{V}" in self.model.open or self.model.acts_on_potential
        self.potential = request.potential_of(request.target) if needs else ""
        self.current = self._current()
        self.opened = self._opened()
        self.unit = base_unit_for(self.opened)
        self.name = new_name(
            f"{self.model.name.lower()}*" if request.name is None else request.name
        )
        self.weight = self._strength()
        self.shared = self._shared()

    def _current(self) -> Dimension:
        """Return the dimension of what spikes or currents are added to."""
        if self.model.acts_on_potential:
            return self.request.target.dimension_of_variable(self.potential)
        return self.request.checked_into()

    def _opened(self) -> Dimension:
        if self.model.drives_difference:
            volt = self.request.target.dimension_of_variable(self.potential)
            return self.current / volt
        if self.output is None or self.output.is_current:
            return self.current
        volt = self.request.target.dimension_of_variable(self.potential)
        return self.output.dimension_of_open(self.current, volt)

    def _shared(self) -> dict[str, Any]:
        """Return the parameters of output and plasticity, one value each, checked."""
        own: dict[str, Any] = {}
        if self.output is not None:
            own |= self.output.parameters
            own |= self._potentials(self.output)
        if self.request.plasticity is not None:
            own |= self.request.plasticity.parameters
        return {
            name: self._single(name, value, dimension_of(value)) for name, value in own.items()
        }

    def _potentials(self, output: Output) -> dict[str, Any]:
        """Return parameters that are potentials, without unit where those of the target have none.

        A default in volts stands for its number of millivolts there.
        """
        volt = (
            self.request.target.dimension_of_variable(self.potential) if self.potential else None
        )
        if volt is not DIMENSIONLESS:
            return {}
        known = {
            name: float(si_value(output.parameters[name])) * 1000
            for name in potential_parameters(output)
        }
        if "steepness" in output.parameters:
            known["steepness"] = float(si_value(output.parameters["steepness"])) / 1000
        return known

    def _single(self, name: str, default: Any, dimension: Dimension) -> Any:
        given = resolved(
            self.model.name, name, self.request.values.get(name, default), dimension, (1,)
        )
        return given.value

    def _strength(self) -> Any:
        """Return the strength of the synapses; one for all is checked before there are any."""
        value = self.request.values.get(self.model.weight)
        if value is None:
            if isinstance(self.request.connector, Connector):
                return None  # its weights, if it gives any
            raise self.no_strength()
        if callable(value) or isinstance(value, str) or np.ndim(si_value(value)) > 0:
            return value
        return resolved(self.model.name, self.model.weight, value, self.opened, (1,)).value

    def no_strength(self) -> ModelError:
        """Return the error that the strength is missing."""
        expected = "" if self.unit == "1" else f", in {self.unit}"
        return ModelError(
            f"{self.model.name} needs the strength of its synapses: {self.model.weight}=..."
            + expected
        )

    def declared(self) -> str:
        """Return the lines of the synapses' own variables: strength, plasticity."""
        rule = self.request.plasticity
        own = {} if rule is None else {n: self.shared[n] for n in rule.parameters}
        lines = [f"{self.model.weight} : {self.unit}", declarations(own, own)]
        return "\n".join([*lines, *([] if rule is None else [rule.equations])])

    def of_output(self) -> dict[str, Any]:
        """Return the output's parameters."""
        names = () if self.output is None else tuple(self.output.parameters)
        return {name: self.shared[name] for name in names}

    def on_pre(self, place: str) -> str:
        """Return the statements of a presynaptic spike; ``place`` follows the names of gates."""
        rule = self.request.plasticity
        amount, release = self.model.weight, "1"
        if rule is not None:
            amount += f"*{rule.factor}"
            release = "1" if rule.factor in rule.initial else rule.factor
        effect = self.model.on_event.format(
            amount=amount,
            release=release,
            at=place,
            V=f"{self.potential}_post",
            into=f"{self.request.into}_post",
        )
        parts = [effect] if rule is None else [rule.before, effect, rule.after]
        return "; ".join(part for part in parts if part)

    def flowing(self, opened: str) -> str:
        """Return the current, of what is open."""
        assert self.output is not None
        return self.output.flowing(opened, f"{self.potential}_post")

    def summed(self, flowing: str) -> str:
        """Return the line that adds the current to the target."""
        return f"{self.request.into}_post = {flowing} : {base_unit_for(self.current)} (summed)"

    def single_gate_values(self) -> dict[str, Any]:
        """Return the parameters of gates where all synapses have the same."""
        return {
            name: self._single(name, value, dimension_of(value))
            for name, value in self.model.parameters.items()
        }

    def gates_group(self, beside: StateOwner, unit: str) -> NeuronGroup:
        """Return the group that keeps the gates, with its parameters and initial values set."""
        model, values = self.model, self.request.values
        given = {
            name: resolved(
                model.name, name, values.get(name, default), dimension_of(default), beside.shape
            )
            for name, default in model.parameters.items()
        }
        single = [name for name, each in given.items() if each.is_single]
        equations = Equations(model.gates.format(unit=unit))
        follows = SOURCE_POTENTIAL in equations
        gates = NeuronGroup(
            beside.shape,
            equations + declarations({n: model.parameters[n] for n in given}, single),
            model.method,
            name=f"{self.name}_gates",
            clock=beside.clock,
            dtype=beside.real.numpy,
        )
        for name, each in given.items():
            setattr(gates, name, each.value)
        if follows:
            potential = self.request.potential_of(beside)
            setattr(gates, SOURCE_POTENTIAL, linked_var(beside, potential))
        for name, value in {**model.initial, **values}.items():
            if name in equations:
                setattr(gates, name, value)
        return gates

    def connect(self, synapses: Synapses) -> None:
        """Connect synapses as asked for, and set their own values."""
        request = self.request
        connector, p = request.connector, request.p
        if isinstance(connector, Connector) and p == 1:
            connector = _BetweenGroups(self, connector)
        if isinstance(connector, Mapping):
            arguments: dict[str, Any] = {"p": p, **connector}
        elif connector is None or isinstance(connector, str | bool):
            arguments = {"condition": connector, "p": p}
        else:
            arguments = {"condition": connector} if p == 1 else {"condition": connector, "p": p}
        if any(isinstance(each, str) for each in arguments.values()):
            # Texts see the variables of the groups that the user connects, and not of the gates.
            pairs = Synapses(request.source, request.target, name=f"{self.name}_pairs")
            pairs.connect(**arguments)
            arguments = {"i": pairs.i[:], "j": pairs.j[:]}
        if self.weight is None:
            synapses.connect(**arguments, weight=self.model.weight)
        else:
            synapses.connect(**arguments)
            setattr(synapses, self.model.weight, self.weight)
        self._set_own_values(synapses)
        if request.has_delays:
            synapses.delay = request.delay

    def _set_own_values(self, synapses: Synapses) -> None:
        request, rule = self.request, self.request.plasticity
        if rule is not None:
            for name, value in rule.initial.items():
                setattr(synapses, name, request.values.get(name, value))
        for name, value in self.shared.items():
            if synapses.declaration(name) is not None:
                setattr(synapses, name, value)


class _BetweenGroups(Connector):
    """A connector between the groups that a user connects, for synapses with groups of gates."""

    def __init__(self, plan: SynapsePlan, connector: Connector) -> None:
        super().__init__()
        self._plan, self._connector = plan, connector

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections; gates are numbered as the group that they belong to."""
        del sides
        request = self._plan.request
        between = Sides.of_groups(request.source, request.target)
        made = self._connector.made(between, key)
        if self._plan.weight is None and made.weights is None:
            raise self._plan.no_strength()
        return made
