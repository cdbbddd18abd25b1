"""Slow potassium current that adapts the rate (M-current)."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, ms, mV

KM = ChannelModel(
    name="KM",
    describes="slow potassium current that adapts the rate (M-current)",
    equations="""
    I_M = gM*p*(V - EK) : amp/meter**2
    dp/dt = (p_inf - p)/tau_p : 1
    p_inf = 1/(1 + exp(-(V + 35*mV)/(10*mV))) : 1
    tau_p = tau_max/(3.3*exp((V + 35*mV)/(20*mV)) + exp(-(V + 35*mV)/(20*mV))) : second
    """,
    current="I_M",
    parameters={
        "gM": 0.07 * mS / cm**2,
        "EK": -90 * mV,
        "tau_max": 608 * ms,
    },
    initial={"p": "p_inf"},
    references=(
        "Pospischil, M. et al. (2008), Biological Cybernetics 99, 427,"
        " doi:10.1007/s00422-008-0263-8",
    ),
)
