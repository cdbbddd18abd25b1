"""Models from the literature: each is its equations, its parameters and its paper."""

from __future__ import annotations

from eqsim.models.firing_patterns import FIRING_PATTERNS, FiringPattern
from eqsim.models.neuron import NeuronModel
from eqsim.models.neurons import *  # noqa: F403
