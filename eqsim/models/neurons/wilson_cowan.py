"""The rates of Wilson and Cowan."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import ms

WilsonCowan = NeuronModel(
    name="WilsonCowan",
    describes="activity of an excitatory (E) and an inhibitory (J) population",
    equations="""
    dE/dt = (-E + (1 - r*E)*S_e)/tau_e : 1
    dJ/dt = (-J + (1 - r*J)*S_i)/tau_i : 1
    S_e = 1/(1 + exp(-a_e*(c1*E - c2*J + I + I_syn - theta_e))) - 1/(1 + exp(a_e*theta_e)) : 1
    S_i = 1/(1 + exp(-a_i*(c3*E - c4*J + I_i - theta_i))) - 1/(1 + exp(a_i*theta_i)) : 1
    I : 1
    I_i : 1
    I_syn : 1
    """,
    parameters={
        "c1": 16.0,
        "c2": 12.0,
        "c3": 15.0,
        "c4": 3.0,
        "a_e": 1.3,
        "theta_e": 4.0,
        "a_i": 2.0,
        "theta_i": 3.7,
        "r": 1.0,
        "tau_e": 8 * ms,
        "tau_i": 8 * ms,
    },
    initial={"E": 0.1, "J": 0.05},
    method="rk4",
    potential="E",
    references=(
        "Wilson, H. R. & Cowan, J. D. (1972), Biophysical Journal 12, 1,"
        " doi:10.1016/S0006-3495(72)86068-5",
    ),
)
