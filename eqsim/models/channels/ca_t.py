"""Low-threshold calcium current (T-type), activated at once."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

CaT = ChannelModel(
    name="CaT",
    describes="low-threshold calcium current (T-type), activated at once",
    equations="""
    I_CaT = gCaT*s_inf**2*u*(V - ECa) : amp/meter**2
    du/dt = (u_inf - u)/tau_u : 1
    s_inf = 1/(1 + exp(-(V + V_x + 57*mV)/(6.2*mV))) : 1
    u_inf = 1/(1 + exp((V + V_x + 81*mV)/(4*mV))) : 1
    tau_u = (30.8 + (211.4 + exp((V + V_x + 113.2*mV)/(5*mV)))
             /(1 + exp((V + V_x + 84*mV)/(3.2*mV))))/3.7*ms : second
    """,
    current="I_CaT",
    parameters={
        "gCaT": 0.4 * mS / cm**2,
        "ECa": 120 * mV,
        "V_x": 2 * mV,
    },
    initial={"u": "u_inf"},
    references=(
        "Huguenard, J. R. & McCormick, D. A. (1992), Journal of Neurophysiology 68, 1373,"
        " doi:10.1152/jn.1992.68.4.1373",
        "Pospischil, M. et al. (2008), Biological Cybernetics 99, 427,"
        " doi:10.1007/s00422-008-0263-8",
    ),
)
