"""Delayed-rectifier potassium current of the squid giant axon."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

KHH = ChannelModel(
    name="KHH",
    describes="delayed-rectifier potassium current of the squid giant axon",
    equations="""
    I_K = gK*n**4*(V - EK) : amp/meter**2
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    alpha_n = 0.1*inverse_exprel(-(V + 55*mV)/(10*mV))/ms : hertz
    beta_n = 0.125*exp(-(V + 65*mV)/(80*mV))/ms : hertz
    """,
    current="I_K",
    parameters={
        "gK": 36 * mS / cm**2,
        "EK": -77 * mV,
    },
    initial={"n": "alpha_n/(alpha_n + beta_n)"},
    references=(
        "Hodgkin, A. L. & Huxley, A. F. (1952), Journal of Physiology 117, 500,"
        " doi:10.1113/jphysiol.1952.sp004764",
    ),
)
