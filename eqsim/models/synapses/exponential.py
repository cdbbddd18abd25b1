"""Synapses that open at once and close exponentially."""

from __future__ import annotations

from eqsim.models.output import CUBA
from eqsim.models.synapse import Keeper, SynapseModel
from eqsim.units import ms

Exponential = SynapseModel(
    name="Exponential",
    describes="each spike opens g_max, which closes exponentially",
    keeper=Keeper.TARGET,
    gates="dg/dt = -g/tau : {unit}",
    on_event="g{at} += {amount}",
    parameters={"tau": 5 * ms},
    output=CUBA(),
    references=(
        "Brette, R. et al. (2007), Journal of Computational Neuroscience 23, 349,"
        " doi:10.1007/s10827-007-0038-6",
    ),
)
