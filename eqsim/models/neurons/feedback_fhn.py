"""The FitzHugh-Nagumo neuron with delayed feedback."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import ms

FeedbackFHN = NeuronModel(
    name="FeedbackFHN",
    describes="FitzHugh-Nagumo neuron with feedback through a loop whose delay is spread: ten "
    "stages in a row, of the mean delay tau_delay; with the default mu one spike holds it "
    "depolarised, with mu below zero it fires on",
    equations="""
    dv/dt = (v - v**3/3 - w + mu*(v_10 - v_0) + I + I_syn)/ms : 1
    dw/dt = (v + a - b*w)/tau : 1
    dv_1/dt = 10*(v - v_1)/tau_delay : 1
    dv_2/dt = 10*(v_1 - v_2)/tau_delay : 1
    dv_3/dt = 10*(v_2 - v_3)/tau_delay : 1
    dv_4/dt = 10*(v_3 - v_4)/tau_delay : 1
    dv_5/dt = 10*(v_4 - v_5)/tau_delay : 1
    dv_6/dt = 10*(v_5 - v_6)/tau_delay : 1
    dv_7/dt = 10*(v_6 - v_7)/tau_delay : 1
    dv_8/dt = 10*(v_7 - v_8)/tau_delay : 1
    dv_9/dt = 10*(v_8 - v_9)/tau_delay : 1
    dv_10/dt = 10*(v_9 - v_10)/tau_delay : 1
    I : 1
    I_syn : 1
    """,
    parameters={
        "a": 0.7,
        "b": 0.8,
        "tau": 12.5 * ms,
        "tau_delay": 10 * ms,
        "mu": 1.6886,
        "v_0": -1.1994,
        "v_th": 1.8,
    },
    threshold="v > v_th",
    refractory="v > v_th",
    initial={"v": 0.0, "w": 1.0},
    method="rk4",
    potential="v",
    references=(
        "Plant, R. E. (1981), SIAM Journal on Applied Mathematics 40, 150, doi:10.1137/0140012",
    ),
)
