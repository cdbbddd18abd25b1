"""Brian's modules, from which some scripts import: where their names are here.

``from brian2.core.network import Network`` becomes the same from ``eqsim.brian.core.network``.
The modules hold nothing but names; they are made when :mod:`eqsim.brian` is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from eqsim import units
from eqsim.units import allunits, constants

MODULES = {
    "core": "",
    "core.base": "BrianObject BrianObjectException",
    "core.clocks": "Clock EventClock defaultclock",
    "core.functions": "DEFAULT_CONSTANTS DEFAULT_FUNCTIONS Function implementation declare_types"
    " check_units",
    "core.magic": "MagicError MagicNetwork collect magic_network run start_scope stop store"
    " restore",
    "core.namespace": "DEFAULT_UNITS get_local_namespace",
    "core.names": "Nameable",
    "core.network": "Network profiling_summary scheduling_summary",
    "core.operations": "NetworkOperation network_operation",
    "core.preferences": "PreferenceError prefs brian_prefs",
    "core.variables": "linked_var",
    "devices": "all_devices device get_device set_device reset_device",
    "devices.device": "all_devices device get_device set_device reset_device",
    "equations": "Equations",
    "equations.equations": "Equations",
    "groups": "Group NeuronGroup Subgroup VariableOwner",
    "groups.group": "Group VariableOwner",
    "groups.neurongroup": "NeuronGroup",
    "groups.subgroup": "Subgroup",
    "input": "BinomialFunction PoissonGroup PoissonInput SpikeGeneratorGroup TimedArray",
    "input.binomial": "BinomialFunction",
    "input.poissongroup": "PoissonGroup",
    "input.poissoninput": "PoissonInput",
    "input.spikegeneratorgroup": "SpikeGeneratorGroup",
    "input.timedarray": "TimedArray",
    "monitors": "EventMonitor PopulationRateMonitor SpikeMonitor StateMonitor",
    "monitors.ratemonitor": "PopulationRateMonitor",
    "monitors.spikemonitor": "EventMonitor SpikeMonitor",
    "monitors.statemonitor": "StateMonitor",
    "stateupdaters.explicit": "ExplicitStateUpdater rk2 rk4 euler milstein heun",
    "synapses": "Synapses",
    "synapses.synapses": "Synapses",
    "units": "",
    "units.fundamentalunits": "DimensionMismatchError Quantity Unit check_units get_dimensions"
    " get_unit have_same_dimensions in_best_unit in_unit is_dimensionless is_scalar_type"
    " fail_for_dimension_mismatch get_or_create_dimension register_new_unit DIMENSIONLESS",
    "units.stdunits": "mV mA uA nA pA pF uF nF nS uS mS ms us Hz kHz MHz cm cm2 cm3 mm mm2 mm3 um"
    " um2 um3 mM uM nM",
    "units.unitsafe": "arange linspace exp log sin cos tan arcsin arccos arctan sinh cosh tanh"
    " log10 log1p expm1 exprel ptp",
    "utils": "",
    "utils.logger": "BrianLogger get_logger std_silent",
}
"""For each module of Brian the names of ``from brian2 import *`` that are to be found in it."""


def make_modules(package: str, names: Mapping[str, Any], own: Iterable[str]) -> None:
    """Make the modules of :data:`MODULES`, so that they can be imported.

    Parameters
    ----------
    package : str
        The name of the package that they are modules of.
    names : mapping of str to object
        Where their names are found.
    own : iterable of str
        Those that are not NumPy's or Matplotlib's: the names of ``only``.
    """
    for path, listed in MODULES.items():
        _add(package, path, {name: names[name] for name in listed.split()})
    listed_anywhere = {name for listed in MODULES.values() for name in listed.split()}
    _add(package, "only", {name: names[name] for name in {*own, *listed_anywhere}})
    arrays = {name: names[name] for name in np.__all__ if name in names}
    _add(package, "numpy_", arrays)
    public = {name: getattr(units, name) for name in units.__all__}
    _add(package, "units", {**public, **vars_of(sys.modules[f"{package}.units.fundamentalunits"])})
    for path, module in (("units.allunits", allunits), ("units.constants", constants)):
        _add(package, path, vars_of(module))


def vars_of(module: ModuleType) -> dict[str, Any]:
    """Return the public names of a module."""
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def _add(package: str, path: str, names: Mapping[str, Any]) -> None:
    """Put names into a module below a package, made if it is not there."""
    full = f"{package}.{path}"
    module = sys.modules.setdefault(full, ModuleType(full, f"Names of Brian's module {path!r}."))
    module.__dict__.update(names)
    module.__dict__.setdefault("__path__", [])
    parent, _, own = full.rpartition(".")
    # An object of the name goes first, as ``device`` in ``devices``.
    if parent in sys.modules and not hasattr(sys.modules[parent], own):
        setattr(sys.modules[parent], own, module)
