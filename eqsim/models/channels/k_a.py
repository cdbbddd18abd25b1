"""Transient potassium current that delays spikes (A-current)."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

KA = ChannelModel(
    name="KA",
    describes="transient potassium current that delays spikes (A-current)",
    equations="""
    I_A = gA*a**3*b*(V - EA) : amp/meter**2
    da/dt = (a_inf - a)/tau_a : 1
    db/dt = (b_inf - b)/tau_b : 1
    a_inf = (0.0761*exp(0.0314*(V + 94.22*mV)/mV)/(1 + exp(0.0346*(V + 1.17*mV)/mV)))**(1/3) : 1
    tau_a = (0.3632 + 1.158/(1 + exp(0.0497*(V + 55.96*mV)/mV)))*ms : second
    b_inf = (1/(1 + exp(0.0688*(V + 53.3*mV)/mV)))**4 : 1
    tau_b = (1.24 + 2.678/(1 + exp(0.0624*(V + 50*mV)/mV)))*ms : second
    """,
    current="I_A",
    parameters={
        "gA": 47.7 * mS / cm**2,
        "EA": -75 * mV,
    },
    initial={"a": "a_inf", "b": "b_inf"},
    references=(
        "Connor, J. A., Walter, D. & McKown, R. (1977), Biophysical Journal 18, 81,"
        " doi:10.1016/S0006-3495(77)85598-7",
    ),
)
