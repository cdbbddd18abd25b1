"""Transient sodium current of pyramidal cells."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

NaTraubMiles = ChannelModel(
    name="NaTraubMiles",
    describes="transient sodium current of pyramidal cells",
    equations="""
    I_Na = gNa*m**3*h*(V - ENa) : amp/meter**2
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    alpha_m = 1.28*inverse_exprel((13*mV - V + V_T)/(4*mV))/ms : hertz
    beta_m = 1.4*inverse_exprel((V - V_T - 40*mV)/(5*mV))/ms : hertz
    alpha_h = 0.128*exp((17*mV - V + V_T)/(18*mV))/ms : hertz
    beta_h = 4/(1 + exp((40*mV - V + V_T)/(5*mV)))/ms : hertz
    """,
    current="I_Na",
    parameters={
        "gNa": 100 * mS / cm**2,
        "ENa": 50 * mV,
        "V_T": -63 * mV,
    },
    initial={"m": "alpha_m/(alpha_m + beta_m)", "h": "alpha_h/(alpha_h + beta_h)"},
    references=(
        "Traub, R. D. & Miles, R. (1991), Neuronal Networks of the Hippocampus,"
        " doi:10.1017/CBO9780511895401",
    ),
)
