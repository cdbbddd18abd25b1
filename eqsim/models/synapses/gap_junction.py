"""Electrical synapses."""

from __future__ import annotations

from eqsim.models.synapse import Keeper, SynapseModel

GapJunction = SynapseModel(
    name="GapJunction",
    describes="electrical synapse: a current of g_max times the difference of potentials; connect "
    "both directions",
    keeper=Keeper.NONE,
    open="g_max*({V}_pre - {V}_post)",
    references=(
        "Kopell, N. & Ermentrout, B. (2004), PNAS 101, 15482, doi:10.1073/pnas.0406343101",
    ),
)
