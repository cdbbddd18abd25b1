"""What a model of synapses is: gates, where they are kept, and what flows into the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from eqsim.models.building import build
from eqsim.models.modelled_synapses import ModelledSynapses
from eqsim.models.output import Output
from eqsim.models.plasticity import Plasticity
from eqsim.models.synapse_request import Request
from eqsim.models.values import shown
from eqsim.network.groups.state_owner import StateOwner


class Keeper(Enum):
    """With which neurons the gates of synapses are kept; the value is how a text names them.

    Synapses of a neuron whose gates all do the same need one set of gates: where the equations
    are linear, all synapses onto a neuron share the gates; where only events or the potential of
    the source matter, all synapses from a neuron do. Nothing is lost by it.
    """

    TARGET = "postsynaptic"
    SOURCE = "presynaptic"
    NONE = "no"


@dataclass(frozen=True)
class SynapseModel:
    """A model of synapses, which connects groups when it is called.

    Parameters
    ----------
    name : str
        The model's name.
    describes : str
        What is modelled, in a sentence.
    keeper : Keeper
        With which neurons the gates are kept.
    gates : str
        The equations of the gates; ``{unit}`` stands for the unit of what is open, which those of
        the target have. A potential ``V_source`` that they declare is that of the source.
    on_event : str
        What a presynaptic spike does: statements over the gates, in which ``{amount}`` stands for
        what it opens and ``{release}`` for how much of the transmitter it releases, all of it
        unless a rule of plasticity says how much; for synapses without gates, over the target.
    open : str
        What is open, of the gates and of the variables of the neurons (``{V}``).
    parameters : mapping of str to number or Quantity
        Default values of the parameters of the gates.
    initial : mapping of str to value
        Initial values of the gates.
    method : str
        The integration method of the gates.
    output : Output, optional
        How what is open acts, if nothing else is asked for; without one the model has no choice.
    weight : str
        The name of the strength that each synapse has.
    references : tuple of str
        Where the model comes from, with DOI.

    Examples
    --------
    >>> from eqsim import SpikeGeneratorGroup, models, ms, mV, nS, run
    >>> source = SpikeGeneratorGroup(1, [0], [1]*ms)
    >>> cells = models.LIF(2)
    >>> S = models.Exponential(source, cells, g_max=5*nS, output=models.COBA(0*mV), tau=5*ms)
    >>> run(1.1*ms, target="numpy")
    >>> S.g
    <exponential_gates.g: array([5., 5.])*nS>
    """

    name: str
    describes: str
    keeper: Keeper
    on_event: str = ""
    gates: str = ""
    open: str = "g"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    method: str = "exact"
    output: Output | None = None
    weight: str = "g_max"
    references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("parameters", "initial"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        object.__setattr__(self, "__doc__", str(self))

    @property
    def reference(self) -> str:
        """Where the model comes from, with DOI."""
        return "; ".join(self.references)

    @property
    def acts_on_potential(self) -> bool:
        """Whether a spike moves the potential of the target at once."""
        return "{V}" in self.on_event

    @property
    def drives_difference(self) -> bool:
        """Whether the strength is multiplied with a difference of potentials."""
        return "({V}" in self.open

    @property
    def follows_potential(self) -> bool:
        """Whether the potential of the source opens the synapses, and not its spikes."""
        return not self.on_event

    def __call__(  # noqa: PLR0913 - names that the field's users know
        self,
        source: StateOwner,
        target: StateOwner | None = None,
        connector: Any = None,
        *,
        p: float | str = 1.0,
        delay: Any = None,
        output: Output | None = None,
        plasticity: Plasticity | None = None,
        potential: str | None = None,
        into: str = "I_syn",
        name: str | None = None,
        **values: Any,
    ) -> ModelledSynapses:
        """Connect groups with synapses that follow the model.

        Parameters
        ----------
        source : NeuronGroup or other group
            Whose spikes, or potential, open the synapses.
        target : NeuronGroup or other group, optional
            Into which the current flows; by default the source.
        connector : str, connector or dict, optional
            Which pairs are connected: what :meth:`~eqsim.Synapses.connect` takes, or a dict of its
            arguments. By default all.
        p : float or str
            With which probability each of these is connected.
        delay : Quantity, array, initializer, callable or str, optional
            How long spikes take: one time for all synapses, or one for each. Synapses whose gates
            are kept with the source have gates of their own where each has a delay.
        output : Output, optional
            How what is open acts on the target; by default the model's.
        plasticity : Plasticity, optional
            What spikes do to the synapses.
        potential : str, optional
            The name of the membrane potential, by default ``'V'``, or ``'v'``.
        into : str
            The variable of the target that the current is added to.
        name : str, optional
            The name of the synapses.
        **values
            The strength ``g_max`` of the synapses, parameters of the gates, of the output and of
            the plasticity, and initial values, by name.

        Raises
        ------
        ModelError, DimensionMismatchError
            If the groups lack what the model needs, or a value does not fit.
        """
        request = Request(
            model=self,
            source=source,
            target=source if target is None else target,
            connector=connector,
            p=p,
            delay=delay,
            output=self.output if output is None else output,
            plasticity=plasticity,
            potential=potential,
            into=into,
            name=name,
            values=values,
            chosen_output=output,
        )
        return build(request)

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.describes}", f"gates kept with {self.keeper.value} neurons"]
        lines += ["", "equations", *(f"  {each.strip()}" for each in self.gates.splitlines())]
        lines += [f"on a spike: {self.on_event}"] if self.on_event else []
        lines += ["parameters", f"  {self.weight}: the strength of each synapse"]
        lines += [f"  {name} = {shown(value)}" for name, value in self.parameters.items()]
        lines += [f"reference: {each}" for each in self.references]
        return "\n".join(lines)

    def __repr__(self) -> str:
        given = ", ".join((self.weight, *self.parameters))
        return f"<SynapseModel {self.name}({given}): {self.describes}>"
