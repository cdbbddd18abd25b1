"""Current that hyperpolarisation opens (h-current) in relay neurons."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

Ih = ChannelModel(
    name="Ih",
    describes="current that hyperpolarisation opens (h-current) in relay neurons",
    equations="""
    I_h = gh*k*(V - Eh) : amp/meter**2
    dk/dt = (k_inf - k)/tau_k : 1
    k_inf = 1/(1 + exp((V + 75*mV)/(5.5*mV))) : 1
    tau_k = 1/(exp(-14.59 - 0.086*V/mV) + exp(-1.87 + 0.0701*V/mV))*ms : second
    """,
    current="I_h",
    parameters={
        "gh": 0.02 * mS / cm**2,
        "Eh": -43 * mV,
    },
    initial={"k": "k_inf"},
    references=(
        "Huguenard, J. R. & McCormick, D. A. (1992), Journal of Neurophysiology 68, 1373,"
        " doi:10.1152/jn.1992.68.4.1373",
    ),
)
