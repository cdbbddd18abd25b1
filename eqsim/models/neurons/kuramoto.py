"""The Kuramoto oscillator."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import hertz

Kuramoto = NeuronModel(
    name="Kuramoto",
    describes="phase of an oscillator; synapses of the model PhaseCoupling couple it",
    equations="""
    dtheta/dt = omega + I + I_syn : 1
    I : hertz
    I_syn : hertz
    """,
    parameters={"omega": 50 * hertz},
    method="rk4",
    potential="theta",
    references=(
        "Kuramoto, Y. (1984), Chemical Oscillations, Waves, and Turbulence,"
        " doi:10.1007/978-3-642-69689-3",
    ),
)
