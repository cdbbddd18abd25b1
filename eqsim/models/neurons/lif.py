"""The leaky integrate-and-fire neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import Mohm, ms, mV

LIF = NeuronModel(
    name="LIF",
    describes="leaky integrate-and-fire neuron with a refractory period",
    equations="""
    dV/dt = (V_rest - V + R*(I + I_syn))/tau : volt (unless refractory)
    I : amp
    I_syn : amp
    """,
    parameters={
        "V_rest": -65 * mV,
        "V_reset": -65 * mV,
        "V_th": -50 * mV,
        "R": 100 * Mohm,
        "tau": 20 * ms,
        "tau_ref": 2 * ms,
    },
    threshold="V > V_th",
    reset="V = V_reset",
    refractory="tau_ref",
    initial={"V": "V_rest"},
    method="exact",
    references=(
        "Lapicque, L. (1907), translated in Biological Cybernetics 97, 341,"
        " doi:10.1007/s00422-007-0189-6",
    ),
)
