"""The Stuart-Landau oscillator."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import hertz

StuartLandau = NeuronModel(
    name="StuartLandau",
    describes="any oscillator near a Hopf bifurcation: growth a, angular frequency omega",
    equations="""
    dx/dt = rate*((a - x**2 - y**2)*x + I + I_syn) - omega*y : 1
    dy/dt = rate*((a - x**2 - y**2)*y + I_y) + omega*x : 1
    I : 1
    I_y : 1
    I_syn : 1
    """,
    parameters={"a": 0.25, "omega": 200 * hertz, "rate": 1000 * hertz},
    initial={"x": 0.1, "y": 0.0},
    method="rk4",
    potential="x",
    references=("Stuart, J. T. (1960), J. Fluid Mech. 9, 353, doi:10.1017/S002211206000116X",),
)
