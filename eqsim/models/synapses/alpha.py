"""Synapses that open as an alpha function."""

from __future__ import annotations

from eqsim.models.output import CUBA
from eqsim.models.synapse import Keeper, SynapseModel
from eqsim.units import ms

Alpha = SynapseModel(
    name="Alpha",
    describes="each spike opens up to g_max, at the time tau after it",
    keeper=Keeper.TARGET,
    gates="""
    dg/dt = (e*opening - g)/tau : {unit}
    dopening/dt = -opening/tau : {unit}
    """,
    on_event="opening{at} += {amount}",
    parameters={"tau": 5 * ms},
    output=CUBA(),
    references=(
        "Rall, W. (1967), Journal of Neurophysiology 30, 1138, doi:10.1152/jn.1967.30.5.1138",
    ),
)
