"""The Hindmarsh-Rose neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel

HindmarshRose = NeuronModel(
    name="HindmarshRose",
    describes="bursts from a slow variable under a fast spiking pair, without units",
    equations="""
    dV/dt = (y - a*V**3 + b*V**2 - z + I + I_syn)/ms : 1
    dy/dt = (c - d*V**2 - y)/ms : 1
    dz/dt = r*(s*(V - V_rest) - z)/ms : 1
    I : 1
    I_syn : 1
    """,
    parameters={
        "a": 1.0,
        "b": 3.0,
        "c": 1.0,
        "d": 5.0,
        "r": 0.001,
        "s": 4.0,
        "V_rest": -1.6,
        "V_th": 1.0,
    },
    threshold="V > V_th",
    refractory="V > V_th",
    initial={"V": "V_rest", "y": -10.0},
    method="rk4",
    references=(
        "Hindmarsh, J. L. & Rose, R. M. (1984), Proceedings of the Royal Society B 221, 87,"
        " doi:10.1098/rspb.1984.0024",
    ),
)
