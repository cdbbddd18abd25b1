"""What spikes do to a synapse: short-term depression and facilitation, and lasting changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eqsim.errors import DimensionMismatchError
from eqsim.models.values import refuse_unknown
from eqsim.units import ms
from eqsim.units.dimensions import base_unit_for
from eqsim.units.quantity import dimension_of


@dataclass(frozen=True)
class Plasticity:
    """A rule of plasticity, for synapses that a model makes.

    Parameters
    ----------
    name : str
        The rule's name.
    describes : str
        What is modelled.
    equations : str
        The variables of each synapse.
    parameters : mapping of str to number or Quantity
        Default values.
    factor : str
        What the effect of a spike is multiplied with.
    before, after : str
        Statements of a presynaptic spike, before its effect and after it.
    on_post : str, optional
        Statements of a postsynaptic spike.
    initial : mapping of str to number
        Initial values.
    references : tuple of str
        Where the rule comes from, with DOI.

    Examples
    --------
    >>> from eqsim import models
    >>> models.STP(U=0.5).parameters["U"]
    0.5
    """

    name: str
    describes: str
    equations: str
    parameters: Mapping[str, Any]
    factor: str
    before: str = ""
    after: str = ""
    on_post: str | None = None
    initial: Mapping[str, float] = field(default_factory=dict)
    references: tuple[str, ...] = ()

    def __call__(self, **parameters: Any) -> Plasticity:
        """Return the rule with other values of parameters.

        Raises
        ------
        ModelError, DimensionMismatchError
            If it has no such parameter, or a value has another unit.
        """
        refuse_unknown(self.name, parameters, {"parameters": tuple(self.parameters)})
        for name, value in parameters.items():
            wanted = dimension_of(self.parameters[name])
            if dimension_of(value) is not wanted:
                raise DimensionMismatchError(
                    f"{self.name}: {name!r} is in {base_unit_for(wanted)}, but {value!r} is in"
                    f" {base_unit_for(dimension_of(value))}"
                )
        changed = {**self.parameters, **parameters}
        return Plasticity(**{**vars(self), "parameters": changed})

    @property
    def reference(self) -> str:
        """Where the rule comes from, with DOI."""
        return "; ".join(self.references)


STD = Plasticity(
    name="STD",
    describes="short-term depression: each spike releases a part U of the resources",
    equations="dresources/dt = (1 - resources)/tau_d : 1 (event-driven)",
    parameters={"U": 0.5, "tau_d": 800 * ms},
    before="released = U*resources; resources -= released",
    factor="released",
    initial={"resources": 1.0},
    references=(
        "Tsodyks, M. V. & Markram, H. (1997), Proceedings of the National Academy of Sciences 94,"
        " 719, doi:10.1073/pnas.94.2.719",
    ),
)

STP = Plasticity(
    name="STP",
    describes="short-term depression and facilitation: spikes raise the utilisation too",
    equations="""
    dutilisation/dt = -utilisation/tau_f : 1 (event-driven)
    dresources/dt = (1 - resources)/tau_d : 1 (event-driven)
    """,
    parameters={"U": 0.15, "tau_f": 1500 * ms, "tau_d": 200 * ms},
    before="utilisation += U*(1 - utilisation); released = utilisation*resources;"
    " resources -= released",
    factor="released",
    initial={"resources": 1.0},
    references=(
        "Tsodyks, M., Pawelzik, K. & Markram, H. (1998), Neural Computation 10, 821,"
        " doi:10.1162/089976698300017502",
    ),
)

PairSTDP = Plasticity(
    name="PairSTDP",
    describes="spike-timing-dependent plasticity of all pairs of spikes, weights within limits",
    equations="""
    weight : 1
    dx_trace/dt = -x_trace/tau_plus : 1 (event-driven)
    dy_trace/dt = -y_trace/tau_minus : 1 (event-driven)
    """,
    parameters={
        "A_plus": 0.01,
        "A_minus": 0.0105,
        "tau_plus": 20 * ms,
        "tau_minus": 20 * ms,
        "weight_max": 1.0,
    },
    factor="weight",
    after="x_trace += 1; weight = clip(weight - A_minus*y_trace, 0, weight_max)",
    on_post="y_trace += 1; weight = clip(weight + A_plus*x_trace, 0, weight_max)",
    initial={"weight": 0.5},
    references=(
        "Song, S., Miller, K. D. & Abbott, L. F. (2000), Nature Neuroscience 3, 919,"
        " doi:10.1038/78829",
    ),
)

TripletSTDP = Plasticity(
    name="TripletSTDP",
    describes="spike-timing-dependent plasticity of pairs and triplets, fitted to visual cortex",
    equations="""
    weight : 1
    dr_1/dt = -r_1/tau_plus : 1 (event-driven)
    dr_2/dt = -r_2/tau_x : 1 (event-driven)
    do_1/dt = -o_1/tau_minus : 1 (event-driven)
    do_2/dt = -o_2/tau_y : 1 (event-driven)
    """,
    parameters={
        "A2_plus": 0.0,
        "A2_minus": 7.1e-3,
        "A3_plus": 6.5e-3,
        "A3_minus": 0.0,
        "tau_plus": 16.8 * ms,
        "tau_minus": 33.7 * ms,
        "tau_x": 101 * ms,
        "tau_y": 114 * ms,
        "weight_max": 1.0,
    },
    factor="weight",
    after="weight = clip(weight - o_1*(A2_minus + A3_minus*r_2), 0, weight_max);"
    " r_1 += 1; r_2 += 1",
    on_post="weight = clip(weight + r_1*(A2_plus + A3_plus*o_2), 0, weight_max);"
    " o_1 += 1; o_2 += 1",
    initial={"weight": 0.5},
    references=(
        "Pfister, J.-P. & Gerstner, W. (2006), Journal of Neuroscience 26, 9673,"
        " doi:10.1523/JNEUROSCI.1425-06.2006",
    ),
)

RULES: tuple[Plasticity, ...] = (STD, STP, PairSTDP, TripletSTDP)
"""All rules, in the order of their table."""
