"""Receptors for slow excitation that magnesium blocks."""

from __future__ import annotations

from eqsim.models.output import MgBlock
from eqsim.models.synapse import Keeper, SynapseModel
from eqsim.units import ms

NMDA = SynapseModel(
    name="NMDA",
    describes="NMDA receptors: they open slowly, stay open for long, and magnesium blocks them at "
    "rest",
    keeper=Keeper.SOURCE,
    gates="""
    dg/dt = alpha*transmitter*(1 - g) - g/tau_decay : 1
    dtransmitter/dt = -transmitter/tau_rise : 1
    """,
    on_event="transmitter{at} += {release}",
    parameters={"alpha": 0.5 / ms, "tau_rise": 2 * ms, "tau_decay": 100 * ms},
    method="exponential_euler",
    output=MgBlock(),
    references=(
        "Wang, X.-J. (1999), Journal of Neuroscience 19, 9587,"
        " doi:10.1523/JNEUROSCI.19-21-09587.1999",
    ),
)
