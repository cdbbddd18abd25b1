"""Synapses that act at once."""

from __future__ import annotations

from eqsim.models.synapse import Keeper, SynapseModel

Delta = SynapseModel(
    name="Delta",
    describes="each spike moves the membrane potential by g_max at once",
    keeper=Keeper.NONE,
    on_event="{V} += {amount}",
    open="",
    references=(
        "Brunel, N. (2000), Journal of Computational Neuroscience 8, 183,"
        " doi:10.1023/A:1008925309027",
    ),
)
