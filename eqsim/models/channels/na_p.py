"""Persistent sodium current of bursting cells, activated at once."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

NaP = ChannelModel(
    name="NaP",
    describes="persistent sodium current of bursting cells, activated at once",
    equations="""
    I_NaP = gNaP*mp_inf*hp*(V - ENa) : amp/meter**2
    dhp/dt = (hp_inf - hp)/tau_hp : 1
    mp_inf = 1/(1 + exp(-(V + 40*mV)/(6*mV))) : 1
    hp_inf = 1/(1 + exp((V + 48*mV)/(6*mV))) : 1
    tau_hp = 10*second/cosh((V + 48*mV)/(12*mV)) : second
    """,
    current="I_NaP",
    parameters={
        "gNaP": 0.1 * mS / cm**2,
        "ENa": 50 * mV,
    },
    initial={"hp": "hp_inf"},
    references=(
        "Butera, R. J., Rinzel, J. & Smith, J. C. (1999), Journal of Neurophysiology 82, 382,"
        " doi:10.1152/jn.1999.82.1.382",
    ),
)
