"""The adaptive quadratic integrate-and-fire neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import Mohm, ms, mV, nS, pA

AdQuaIF = NeuronModel(
    name="AdQuaIF",
    describes="quadratic integrate-and-fire neuron with adaptation",
    equations="""
    dV/dt = (c*(V - V_rest)*(V - V_c) - R*w + R*(I + I_syn))/tau : volt
    dw/dt = (a*(V - V_rest) - w)/tau_w : amp
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
        "a": 10 * nS,
        "b": 10 * pA,
        "tau_w": 10 * ms,
    },
    threshold="V > V_th",
    reset="V = V_reset; w += b",
    initial={"V": "V_rest"},
    method="rk4",
    references=(
        "Touboul, J. (2008), SIAM Journal on Applied Mathematics 68, 1045, doi:10.1137/070687268",
    ),
)
