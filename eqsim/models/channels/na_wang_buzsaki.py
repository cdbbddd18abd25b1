"""Sodium current of interneurons, activated at once."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

NaWangBuzsaki = ChannelModel(
    name="NaWangBuzsaki",
    describes="sodium current of interneurons, activated at once",
    equations="""
    I_Na = gNa*m_inf**3*h*(V - ENa) : amp/meter**2
    dh/dt = phi*(alpha_h*(1 - h) - beta_h*h) : 1
    m_inf = alpha_m/(alpha_m + beta_m) : 1
    alpha_m = inverse_exprel(-(V + 35*mV)/(10*mV))/ms : hertz
    beta_m = 4*exp(-(V + 60*mV)/(18*mV))/ms : hertz
    alpha_h = 0.07*exp(-(V + 58*mV)/(20*mV))/ms : hertz
    beta_h = 1/(1 + exp(-(V + 28*mV)/(10*mV)))/ms : hertz
    """,
    current="I_Na",
    parameters={
        "gNa": 35 * mS / cm**2,
        "ENa": 55 * mV,
        "phi": 5.0,
    },
    initial={"h": "alpha_h/(alpha_h + beta_h)"},
    references=(
        "Wang, X.-J. & Buzsaki, G. (1996), Journal of Neuroscience 16, 6402,"
        " doi:10.1523/JNEUROSCI.16-20-06402.1996",
    ),
)
