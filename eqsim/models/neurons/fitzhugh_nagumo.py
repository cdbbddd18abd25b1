"""The FitzHugh-Nagumo neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import ms

FitzHughNagumo = NeuronModel(
    name="FitzHughNagumo",
    describes="two variables that keep how a spike arises and recovers, without units",
    equations="""
    dv/dt = (v - v**3/3 - w + I + I_syn)/ms : 1
    dw/dt = (v + a - b*w)/tau : 1
    I : 1
    I_syn : 1
    """,
    parameters={"a": 0.7, "b": 0.8, "tau": 12.5 * ms, "v_th": 1.8},
    threshold="v > v_th",
    refractory="v > v_th",
    initial={"w": 1.0},
    method="rk4",
    potential="v",
    references=(
        "FitzHugh, R. (1961), Biophysical Journal 1, 445, doi:10.1016/S0006-3495(61)86902-6",
    ),
)
