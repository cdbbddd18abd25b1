"""Transient sodium current of the squid giant axon."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

NaHH = ChannelModel(
    name="NaHH",
    describes="transient sodium current of the squid giant axon",
    equations="""
    I_Na = gNa*m**3*h*(V - ENa) : amp/meter**2
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    alpha_m = inverse_exprel(-(V + 40*mV)/(10*mV))/ms : hertz
    beta_m = 4*exp(-(V + 65*mV)/(18*mV))/ms : hertz
    alpha_h = 0.07*exp(-(V + 65*mV)/(20*mV))/ms : hertz
    beta_h = 1/(1 + exp(-(V + 35*mV)/(10*mV)))/ms : hertz
    """,
    current="I_Na",
    parameters={
        "gNa": 120 * mS / cm**2,
        "ENa": 50 * mV,
    },
    initial={"m": "alpha_m/(alpha_m + beta_m)", "h": "alpha_h/(alpha_h + beta_h)"},
    references=(
        "Hodgkin, A. L. & Huxley, A. F. (1952), Journal of Physiology 117, 500,"
        " doi:10.1113/jphysiol.1952.sp004764",
    ),
)
