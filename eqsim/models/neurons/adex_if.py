"""The adaptive exponential integrate-and-fire neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import ms, mV, nS, pA, pF

AdExIF = NeuronModel(
    name="AdExIF",
    describes="exponential integrate-and-fire neuron with adaptation; a spike rises no faster "
    "than at V_th",
    equations="""
    dV/dt = (gL*(EL - V) + gL*Delta_T*exp((minimum(V, V_th) - V_T)/Delta_T)
             - w + I + I_syn)/C : volt
    dw/dt = (a*(V - EL) - w)/tau_w : amp
    I : amp
    I_syn : amp
    """,
    parameters={
        "C": 281 * pF,
        "gL": 30 * nS,
        "EL": -70.6 * mV,
        "V_T": -50.4 * mV,
        "Delta_T": 2 * mV,
        "tau_w": 144 * ms,
        "a": 4 * nS,
        "b": 80.5 * pA,
        "V_reset": -70.6 * mV,
        "V_th": -30 * mV,
    },
    threshold="V > V_th",
    reset="V = V_reset; w += b",
    initial={"V": "EL"},
    method="rk4",
    references=(
        "Brette, R. & Gerstner, W. (2005), Journal of Neurophysiology 94, 3637,"
        " doi:10.1152/jn.00686.2005",
    ),
)
