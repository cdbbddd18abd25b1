"""Simulate neuron models that are written as equation strings with units."""

from __future__ import annotations

from eqsim import libraries as _libraries
from eqsim import units
from eqsim.equations.equations import Equations
from eqsim.errors import IntegrationError
from eqsim.integrators import explicit_method, register_method
from eqsim.network.clocks import Clock, defaultclock
from eqsim.network.event_clocks import EventClock
from eqsim.network.functions.binomial import BinomialFunction
from eqsim.network.functions.functions import Function, implementation
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.poissongroup import PoissonGroup
from eqsim.network.groups.poissoninput import PoissonInput
from eqsim.network.groups.spikegenerator import SpikeGeneratorGroup
from eqsim.network.messages import show_messages as _show_messages
from eqsim.network.monitors.events import EventMonitor, SpikeMonitor
from eqsim.network.monitors.history import History
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.operations import NetworkOperation, network_operation
from eqsim.network.preferences import set_target
from eqsim.network.randomness import current_seed, seed
from eqsim.network.running.explanation import explain
from eqsim.network.running.magic import (
    collect,
    magic_network,
    profiling_summary,
    restore,
    run,
    scheduling_summary,
    start_scope,
    stop,
    store,
)
from eqsim.network.running.network import Network
from eqsim.network.running.stages import Restore, Run, Set, Store
from eqsim.network.synapses.synapses import Synapses
from eqsim.network.variables.linked import linked_var
from eqsim.runtime.results import load
from eqsim.sweeps import open_sweep, sampling, sweep
from eqsim.targets import Cpp, Cuda, Numpy
from eqsim.units import *  # noqa: F403
from eqsim.units.allunits import *  # noqa: F403 - once more, where type checkers see the names
from eqsim.version import __version__ as __version__

__all__ = [
    "BinomialFunction",
    "Clock",
    "Cpp",
    "Cuda",
    "Equations",
    "EventClock",
    "EventMonitor",
    "Function",
    "History",
    "IntegrationError",
    "Network",
    "NetworkOperation",
    "NeuronGroup",
    "Numpy",
    "PoissonGroup",
    "PoissonInput",
    "PopulationRateMonitor",
    "Restore",
    "Run",
    "Set",
    "SpikeGeneratorGroup",
    "SpikeMonitor",
    "StateMonitor",
    "Store",
    "Synapses",
    "TimedArray",
    "collect",
    "current_seed",
    "defaultclock",
    "explain",
    "explicit_method",
    "implementation",
    "linked_var",
    "load",
    "magic_network",
    "network_operation",
    "open_sweep",
    "profiling_summary",
    "register_method",
    "restore",
    "run",
    "sampling",
    "scheduling_summary",
    "seed",
    "set_target",
    "start_scope",
    "stop",
    "store",
    "sweep",
]
__all__ += _libraries.NAMES
__all__ += units.__all__

for _name in _libraries.NAMES:
    globals()[_name] = _libraries.deferred(_name)

_show_messages()
