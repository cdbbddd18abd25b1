"""Synapses that open and close exponentially."""

from __future__ import annotations

from eqsim.models.output import CUBA
from eqsim.models.synapse import Keeper, SynapseModel
from eqsim.units import ms

DualExponential = SynapseModel(
    name="DualExponential",
    describes="each spike opens up to g_max, with a time to rise and a longer one to decay",
    keeper=Keeper.TARGET,
    gates="""
    dg/dt = peak*opening/tau_rise - g/tau_decay : {unit}
    dopening/dt = -opening/tau_rise : {unit}
    peak = (tau_decay/tau_rise)**(tau_rise/(tau_decay - tau_rise)) : 1
    """,
    on_event="opening{at} += {amount}",
    parameters={"tau_rise": 1 * ms, "tau_decay": 10 * ms},
    output=CUBA(),
    references=(
        "Roth, A. & van Rossum, M. C. W. (2009), in Computational Modeling Methods for"
        " Neuroscientists, 139, doi:10.7551/mitpress/9780262013277.003.0007",
    ),
)
