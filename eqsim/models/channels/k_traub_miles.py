"""Delayed-rectifier potassium current of pyramidal cells."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

KTraubMiles = ChannelModel(
    name="KTraubMiles",
    describes="delayed-rectifier potassium current of pyramidal cells",
    equations="""
    I_K = gK*n**4*(V - EK) : amp/meter**2
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    alpha_n = 0.16*inverse_exprel((15*mV - V + V_T)/(5*mV))/ms : hertz
    beta_n = 0.5*exp((10*mV - V + V_T)/(40*mV))/ms : hertz
    """,
    current="I_K",
    parameters={
        "gK": 30 * mS / cm**2,
        "EK": -90 * mV,
        "V_T": -63 * mV,
    },
    initial={"n": "alpha_n/(alpha_n + beta_n)"},
    references=(
        "Traub, R. D. & Miles, R. (1991), Neuronal Networks of the Hippocampus,"
        " doi:10.1017/CBO9780511895401",
    ),
)
