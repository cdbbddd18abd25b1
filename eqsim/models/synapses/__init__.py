"""Models of synapses, one to a file."""

from __future__ import annotations

from eqsim.models.synapse import SynapseModel
from eqsim.models.synapses.alpha import Alpha
from eqsim.models.synapses.ampa import AMPA
from eqsim.models.synapses.delta import Delta
from eqsim.models.synapses.dual_exponential import DualExponential
from eqsim.models.synapses.exponential import Exponential
from eqsim.models.synapses.gaba_a import GABAa
from eqsim.models.synapses.gap_junction import GapJunction
from eqsim.models.synapses.graded_gaba_a import GradedGABAa
from eqsim.models.synapses.nmda import NMDA
from eqsim.models.synapses.phase_coupling import PhaseCoupling

ALL: tuple[SynapseModel, ...] = (
    Delta,
    Exponential,
    DualExponential,
    Alpha,
    AMPA,
    GABAa,
    NMDA,
    GradedGABAa,
    GapJunction,
    PhaseCoupling,
)
"""All models of synapses, in the order of their table."""

__all__ = [
    "AMPA",
    "NMDA",
    "Alpha",
    "Delta",
    "DualExponential",
    "Exponential",
    "GABAa",
    "GapJunction",
    "GradedGABAa",
    "PhaseCoupling",
]
