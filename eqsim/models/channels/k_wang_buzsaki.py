"""Delayed-rectifier potassium current of interneurons."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

KWangBuzsaki = ChannelModel(
    name="KWangBuzsaki",
    describes="delayed-rectifier potassium current of interneurons",
    equations="""
    I_K = gK*n**4*(V - EK) : amp/meter**2
    dn/dt = phi*(alpha_n*(1 - n) - beta_n*n) : 1
    alpha_n = 0.1*inverse_exprel(-(V + 34*mV)/(10*mV))/ms : hertz
    beta_n = 0.125*exp(-(V + 44*mV)/(80*mV))/ms : hertz
    """,
    current="I_K",
    parameters={
        "gK": 9 * mS / cm**2,
        "EK": -90 * mV,
        "phi": 5.0,
    },
    initial={"n": "alpha_n/(alpha_n + beta_n)"},
    references=(
        "Wang, X.-J. & Buzsaki, G. (1996), Journal of Neuroscience 16, 6402,"
        " doi:10.1523/JNEUROSCI.16-20-06402.1996",
    ),
)
