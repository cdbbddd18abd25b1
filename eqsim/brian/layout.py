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
from eqsim.brian.functions import timestep
from eqsim.brian.quantities import NUMPY_1
from eqsim.errors import EquationError, IntegratorError
from eqsim.network.variables.variables import VariableView
from eqsim.units import allunits, constants

_DEVICES = "all_devices device get_device reinit_and_delete reinit_devices reset_device set_device"
_GSL = "gsl_rk2 gsl_rk4 gsl_rkf45 gsl_rkck gsl_rk8pd"
_EXPLICIT = "ExplicitStateUpdater euler heun milstein rk2 rk4"
_MORPHOLOGY = "Cylinder Morphology Section Soma"
_QUANTITIES = (
    "DimensionMismatchError Quantity Unit check_units get_dimensions get_or_create_dimension"
    " get_unit have_same_dimensions in_best_unit in_unit is_dimensionless is_scalar_type"
    " register_new_unit"
)
_UNIT_SAFE = (
    "arange arccos arccosh arcsin arcsinh arctan arctanh cos cosh diagonal dot exp expm1 exprel"
    " linspace log log10 log1p ones_like ptp ravel sin sinh tan tanh trace where zeros_like"
)

MODULES = {
    "core": "",
    "core.base": "BrianObject BrianObjectException",
    "core.clocks": "Clock EventClock defaultclock",
    "core.functions": "DEFAULT_CONSTANTS DEFAULT_FUNCTIONS Function check_units declare_types"
    " implementation timestep",
    "core.magic": "MagicError MagicNetwork collect magic_network restore restore_initial_state run"
    " start_scope stop store",
    "core.namespace": "DEFAULT_CONSTANTS DEFAULT_FUNCTIONS DEFAULT_UNITS get_local_namespace",
    "core.names": "Nameable",
    "core.network": "Network profiling_summary scheduling_summary",
    "core.operations": "NetworkOperation network_operation",
    "core.preferences": "BrianPreference PreferenceError brian_prefs prefs",
    "core.spikesource": "SpikeSource",
    "core.tracking": "Trackable",
    "core.variables": "VariableView linked_var",
    "devices": _DEVICES,
    "devices.device": f"{_DEVICES} seed",
    "equations": "Equations Expression Statements",
    "equations.codestrings": "Expression Statements",
    "equations.equations": "EquationError Equations",
    "groups": "CodeRunner Group NeuronGroup Subgroup VariableOwner",
    "groups.group": "CodeRunner Group VariableOwner",
    "groups.neurongroup": "NeuronGroup",
    "groups.subgroup": "Subgroup",
    "importexport": "ImportExport",
    "importexport.importexport": "ImportExport",
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
    "spatialneuron": f"{_MORPHOLOGY} SpatialNeuron",
    "spatialneuron.morphology": _MORPHOLOGY,
    "spatialneuron.spatialneuron": "SpatialNeuron",
    "stateupdaters.GSL": _GSL,
    "stateupdaters.base": "StateUpdateMethod UnsupportedEquationsException",
    "stateupdaters.exact": "exact independent linear",
    "stateupdaters.explicit": _EXPLICIT,
    "stateupdaters.exponential_euler": "exponential_euler",
    "synapses": "Synapses",
    "synapses.synapses": "Synapses",
    "units": f"{_QUANTITIES} {_UNIT_SAFE}",
    "units.fundamentalunits": f"{_QUANTITIES} DIMENSIONLESS fail_for_dimension_mismatch",
    "units.stdunits": "mV mA uA nA pA pF uF nF nS uS mS ms us Hz kHz MHz cm cm2 cm3 mm mm2 mm3 um"
    " um2 um3 mM uM nM",
    "units.unitsafefunctions": _UNIT_SAFE,
    "utils": "BrianLogger get_logger std_silent",
    "utils.logger": "BrianLogger get_logger std_silent",
}
"""For each module of Brian names that are to be found in it."""

NOT_IN_STAR_IMPORT = {
    "EquationError": EquationError,
    "UnsupportedEquationsException": IntegratorError,
    "VariableView": VariableView,
    "timestep": timestep,
}
"""Those that ``from brian2 import *`` does not bring."""


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
    known = {**names, **NOT_IN_STAR_IMPORT}
    for path, listed in MODULES.items():
        _add(package, path, {name: known[name] for name in listed.split()})
    listed_anywhere = {name for listed in MODULES.values() for name in listed.split()}
    brians = {*own, *listed_anywhere} - NOT_IN_STAR_IMPORT.keys()
    _add(package, "only", {name: names[name] for name in brians})
    arrays = {*np.__all__, *NUMPY_1, "exprel"} & names.keys()
    _add(package, "numpy_", {name: names[name] for name in arrays})
    _add(package, "units", {name: getattr(units, name) for name in units.__all__})
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
