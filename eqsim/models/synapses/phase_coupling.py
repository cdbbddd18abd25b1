"""The coupling of phases."""

from __future__ import annotations

from eqsim.models.synapse import Keeper, SynapseModel

PhaseCoupling = SynapseModel(
    name="PhaseCoupling",
    describes="attraction of phases: K times the sine of their difference, over all sources",
    keeper=Keeper.NONE,
    open="K*sin({V}_pre - {V}_post)/N_incoming",
    weight="K",
    references=(
        "Kuramoto, Y. (1984), Chemical Oscillations, Waves, and Turbulence,"
        " doi:10.1007/978-3-642-69689-3",
    ),
)
