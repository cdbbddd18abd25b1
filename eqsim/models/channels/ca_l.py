"""High-threshold calcium current (L-type)."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

CaL = ChannelModel(
    name="CaL",
    describes="high-threshold calcium current (L-type)",
    equations="""
    I_CaL = gCaL*q**2*r*(V - ECa) : amp/meter**2
    dq/dt = alpha_q*(1 - q) - beta_q*q : 1
    dr/dt = alpha_r*(1 - r) - beta_r*r : 1
    alpha_q = 0.209*inverse_exprel((-27*mV - V)/(3.8*mV))/ms : hertz
    beta_q = 0.94*exp((-75*mV - V)/(17*mV))/ms : hertz
    alpha_r = 0.000457*exp((-13*mV - V)/(50*mV))/ms : hertz
    beta_r = 0.0065/(exp((-15*mV - V)/(28*mV)) + 1)/ms : hertz
    """,
    current="I_CaL",
    parameters={
        "gCaL": 0.1 * mS / cm**2,
        "ECa": 120 * mV,
    },
    initial={"q": "alpha_q/(alpha_q + beta_q)", "r": "alpha_r/(alpha_r + beta_r)"},
    references=(
        "Pospischil, M. et al. (2008), Biological Cybernetics 99, 427,"
        " doi:10.1007/s00422-008-0263-8",
    ),
)
