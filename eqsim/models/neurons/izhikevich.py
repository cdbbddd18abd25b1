"""The neuron of Izhikevich."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel

Izhikevich = NeuronModel(
    name="Izhikevich",
    describes="two variables that fire in twenty ways; potential in mV, without unit",
    equations="""
    dV/dt = (p1*V**2 + p2*V + p3 - u + I + I_syn)/ms : 1
    du/dt = a*(b*V - u)/ms : 1
    I : 1
    I_syn : 1
    """,
    parameters={
        "a": 0.02,
        "b": 0.2,
        "c": -65.0,
        "d": 8.0,
        "p1": 0.04,
        "p2": 5.0,
        "p3": 140.0,
        "V_th": 30.0,
    },
    threshold="V >= V_th",
    reset="V = c; u += d",
    initial={"V": -70.0, "u": "b*V"},
    method="euler",
    references=(
        "Izhikevich, E. M. (2003), IEEE Transactions on Neural Networks 14, 1569,"
        " doi:10.1109/TNN.2003.820440",
        "Izhikevich, E. M. (2004), IEEE Transactions on Neural Networks 15, 1063,"
        " doi:10.1109/TNN.2004.832719",
    ),
)
