"""The generalised integrate-and-fire neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import Mohm, hertz, ms, mV, pA

GIF = NeuronModel(
    name="GIF",
    describes="integrate-and-fire neuron with a moving threshold and two currents after spikes",
    equations="""
    dV/dt = (V_rest - V + R*(I + I_syn + I_1 + I_2))/tau : volt
    dV_th/dt = a*(V - V_rest) - b*(V_th - V_th_inf) : volt
    dI_1/dt = -k_1*I_1 : amp
    dI_2/dt = -k_2*I_2 : amp
    I : amp
    I_syn : amp
    """,
    parameters={
        "V_rest": -70 * mV,
        "V_reset": -70 * mV,
        "V_th_inf": -50 * mV,
        "V_th_reset": -60 * mV,
        "R": 100 * Mohm,
        "tau": 20 * ms,
        "a": 0 * hertz,
        "b": 10 * hertz,
        "k_1": 200 * hertz,
        "k_2": 20 * hertz,
        "R_1": 0.0,
        "R_2": 1.0,
        "A_1": 0 * pA,
        "A_2": 0 * pA,
    },
    threshold="V > V_th",
    reset="I_1 = R_1*I_1 + A_1; I_2 = R_2*I_2 + A_2; V = V_reset;"
    " V_th = maximum(V_th, V_th_reset)",
    initial={"V": "V_rest", "V_th": "V_th_inf"},
    method="rk4",
    references=(
        "Mihalas, S. & Niebur, E. (2009), Neural Computation 21, 704,"
        " doi:10.1162/neco.2008.12-07-680",
    ),
)
