"""The quadratic integrate-and-fire neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import Mohm, ms, mV

QuaIF = NeuronModel(
    name="QuaIF",
    describes="integrate-and-fire neuron near a saddle-node bifurcation",
    equations="""
    dV/dt = (c*(V - V_rest)*(V - V_c) + R*(I + I_syn))/tau : volt (unless refractory)
    I : amp
    I_syn : amp
    """,
    parameters={
        "V_rest": -65 * mV,
        "V_reset": -68 * mV,
        "V_th": -30 * mV,
        "V_c": -50 * mV,
        "c": 0.07 / mV,
        "R": 100 * Mohm,
        "tau": 10 * ms,
        "tau_ref": 0 * ms,
    },
    threshold="V > V_th",
    reset="V = V_reset",
    refractory="tau_ref",
    initial={"V": "V_rest"},
    method="independent",
    references=(
        "Latham, P. E. et al. (2000), Journal of Neurophysiology 83, 808,"
        " doi:10.1152/jn.2000.83.2.808",
    ),
)
