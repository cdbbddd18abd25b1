"""Currents and events that drive models, as arrays with units over time."""

from __future__ import annotations

from eqsim.inputs.currents import (
    constant_current,
    ramp_current,
    sinusoidal_input,
    spike_current,
    square_input,
)
from eqsim.inputs.events import FrequencyGroup, SpikeTimeGroup
from eqsim.inputs.noise import ou_process, wiener_process
from eqsim.network.groups.poissongroup import PoissonGroup
from eqsim.network.groups.poissoninput import PoissonInput

__all__ = [
    "FrequencyGroup",
    "PoissonGroup",
    "PoissonInput",
    "SpikeTimeGroup",
    "constant_current",
    "ou_process",
    "ramp_current",
    "sinusoidal_input",
    "spike_current",
    "square_input",
    "wiener_process",
]
