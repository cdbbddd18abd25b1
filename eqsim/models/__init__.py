"""Models from the literature: each is its equations, its parameters and its paper.

A model of neurons makes a group when it is called, ``models.HH((10, 10), gNa=...)``; a model of
synapses connects groups, ``models.AMPA(source, target, p=0.1, g_max=...)``. ``print(models.HH)``
shows one. :data:`NEURONS`, :data:`CHANNELS` and :data:`SYNAPSES` list them.
"""

from __future__ import annotations

from typing import NoReturn

from eqsim.errors import did_you_mean, message
from eqsim.models.channel import ChannelModel, conductance_neuron
from eqsim.models.channels import *  # noqa: F403
from eqsim.models.channels import ALL as CHANNELS
from eqsim.models.firing_patterns import FIRING_PATTERNS, FiringPattern
from eqsim.models.modelled_synapses import ModelledSynapses
from eqsim.models.neuron import NeuronModel
from eqsim.models.neurons import *  # noqa: F403
from eqsim.models.neurons import ALL as NEURONS
from eqsim.models.output import COBA, CUBA, OUTPUTS, MgBlock, Output
from eqsim.models.plasticity import (
    RULES,
    STD,
    STP,
    PairSTDP,
    Plasticity,
    TripletSTDP,
)
from eqsim.models.synapse import Keeper, SynapseModel
from eqsim.models.synapses import *  # noqa: F403
from eqsim.models.synapses import ALL as SYNAPSES

__all__ = [
    "CHANNELS",
    "COBA",
    "CUBA",
    "FIRING_PATTERNS",
    "NEURONS",
    "OUTPUTS",
    "RULES",
    "STD",
    "STP",
    "SYNAPSES",
    "ChannelModel",
    "FiringPattern",
    "Keeper",
    "MgBlock",
    "ModelledSynapses",
    "NeuronModel",
    "Output",
    "PairSTDP",
    "Plasticity",
    "SynapseModel",
    "TripletSTDP",
    "conductance_neuron",
]
__all__ += [model.name for model in NEURONS]
__all__ += [model.name for model in CHANNELS]
__all__ += [model.name for model in SYNAPSES]


def __getattr__(name: str) -> NoReturn:
    """Say which model may be meant: other simulators write some names otherwise."""
    hint = None if name.startswith("_") else did_you_mean(name, __all__)
    raise AttributeError(message(f"module {__name__!r} has no attribute {name!r}", hint))
