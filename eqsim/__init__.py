"""Simulate neuron models that are written as equation strings with units."""

from __future__ import annotations

from eqsim.equations.equations import Equations as Equations
from eqsim.network.clocks import Clock as Clock
from eqsim.network.clocks import defaultclock as defaultclock
from eqsim.network.magic import collect as collect
from eqsim.network.magic import magic_network as magic_network
from eqsim.network.magic import run as run
from eqsim.network.magic import start_scope as start_scope
from eqsim.network.magic import stop as stop
from eqsim.network.monitors.events import EventMonitor as EventMonitor
from eqsim.network.monitors.events import SpikeMonitor as SpikeMonitor
from eqsim.network.monitors.rates import PopulationRateMonitor as PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor as StateMonitor
from eqsim.network.network import Network as Network
from eqsim.network.neurongroup import NeuronGroup as NeuronGroup
from eqsim.network.preferences import set_target as set_target
from eqsim.network.randomness import current_seed as current_seed
from eqsim.network.randomness import seed as seed
from eqsim.targets import Cpp as Cpp
from eqsim.targets import Cuda as Cuda
from eqsim.targets import Numpy as Numpy
from eqsim.units import *  # noqa: F403 - units are names of the language
from eqsim.version import __version__ as __version__
