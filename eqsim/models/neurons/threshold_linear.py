"""The threshold-linear rate."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import hertz, ms

ThresholdLinear = NeuronModel(
    name="ThresholdLinear",
    describes="rate that follows the part of its input above a threshold",
    equations="""
    dr/dt = (-r + gain*maximum(I + I_syn - theta, 0))/tau : hertz
    I : 1
    I_syn : 1
    """,
    parameters={"gain": 10 * hertz, "theta": 0.0, "tau": 20 * ms},
    method="exact",
    potential="r",
    references=(
        "Hartline, H. K. & Ratliff, F. (1957), Journal of General Physiology 40, 357,"
        " doi:10.1085/jgp.40.3.357",
    ),
)
