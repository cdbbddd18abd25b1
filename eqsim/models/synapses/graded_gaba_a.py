"""Inhibition that follows the potential of the source."""

from __future__ import annotations

from eqsim.models.output import COBA
from eqsim.models.synapse import Keeper, SynapseModel
from eqsim.units import ms, mV

GradedGABAa = SynapseModel(
    name="GradedGABAa",
    describes="GABA-A receptors that the potential of the source opens, as in gamma oscillations",
    keeper=Keeper.SOURCE,
    gates="""
    dg/dt = alpha*(1 - g)/(1 + exp(-(V_source - V_half)/V_slope)) - beta*g : 1
    V_source : volt (linked)
    """,
    parameters={
        "alpha": 12 / ms,
        "beta": 0.1 / ms,
        "V_half": 0 * mV,
        "V_slope": 2 * mV,
    },
    method="exponential_euler",
    output=COBA(-75 * mV),
    references=(
        "Wang, X.-J. & Buzsaki, G. (1996), Journal of Neuroscience 16, 6402,"
        " doi:10.1523/JNEUROSCI.16-20-06402.1996",
    ),
)
