"""The Morris-Lecar neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import cm, hertz, mS, mV, uF

MorrisLecar = NeuronModel(
    name="MorrisLecar",
    describes="barnacle muscle fibre with two persistent currents",
    equations="""
    dV/dt = (I + I_syn - gL*(V - EL) - gCa*m_inf*(V - ECa) - gK*w*(V - EK))/C : volt
    dw/dt = phi*cosh((V - V3)/(2*V4))*(w_inf - w) : 1
    m_inf = (1 + tanh((V - V1)/V2))/2 : 1
    w_inf = (1 + tanh((V - V3)/V4))/2 : 1
    I : amp/meter**2
    I_syn : amp/meter**2
    """,
    parameters={
        "C": 20 * uF / cm**2,
        "gCa": 4.4 * mS / cm**2,
        "ECa": 120 * mV,
        "gK": 8 * mS / cm**2,
        "EK": -84 * mV,
        "gL": 2 * mS / cm**2,
        "EL": -60 * mV,
        "V1": -1.2 * mV,
        "V2": 18 * mV,
        "V3": 2 * mV,
        "V4": 30 * mV,
        "phi": 40 * hertz,
        "V_th": 10 * mV,
    },
    threshold="V > V_th",
    refractory="V > V_th",
    initial={"V": -60 * mV, "w": "w_inf"},
    method="rk4",
    references=(
        "Morris, C. & Lecar, H. (1981), Biophysical Journal 35, 193,"
        " doi:10.1016/S0006-3495(81)84782-0",
    ),
)
