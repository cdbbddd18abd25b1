"""The names that a script written for Brian 2 expects: ``from eqsim.brian import *``.

These are eqsim's own names, those of Brian that are called or used in another way, those of
Matplotlib's ``pylab``, and with them those of NumPy. The functions that draw take quantities, and
lists of them, as Brian's do: what they draw are numbers in SI base units. So are single
quantities that ``float`` or NumPy's ``asarray`` make numbers of, in the whole process.

Examples
--------
>>> from eqsim.brian import *
>>> G = NeuronGroup(3, 'v : volt')
>>> G.v = linspace(0, 2, 3)*mV
>>> print(mean(G.v))
1 mV
"""

import functools as _functools
import inspect as _inspect
from collections.abc import Callable as _Callable
from typing import Any as _Any

import numpy
from matplotlib import pyplot as _pyplot
from matplotlib.pylab import *  # noqa: F403

import eqsim as _eqsim
from eqsim import *  # type: ignore[assignment]  # noqa: F403 - these go first
from eqsim.brian import layout as _layout
from eqsim.brian import stateupdaters
from eqsim.brian import status as _status
from eqsim.brian.devices import (
    all_devices,
    device,
    get_device,
    reinit_and_delete,
    reinit_devices,
    reset_device,
    set_device,
)
from eqsim.brian.functions import (  # type: ignore[assignment]
    Function,
    MagicNetwork,
    implementation,
    magic_network,
    profiling_summary,
    restore_initial_state,
    run,
    scheduling_summary,
)
from eqsim.brian.logs import BrianLogger, get_logger, logger
from eqsim.brian.preferences import PreferenceError, prefs
from eqsim.brian.quantities import (
    NUMPY_1,
    get_or_create_dimension,
    get_unit,
    in_best_unit,
    in_unit,
    is_scalar_type,
    register_new_unit,
)
from eqsim.brian.stateupdaters import (
    ExplicitStateUpdater,
    StateUpdateMethod,
    euler,
    exact,
    exponential_euler,
    gsl_rk2,
    gsl_rk4,
    gsl_rk8pd,
    gsl_rkck,
    gsl_rkf45,
    heun,
    independent,
    linear,
    milstein,
    rk2,
    rk4,
)
from eqsim.errors import DimensionMismatchError, MagicError
from eqsim.errors import EqsimError as BrianObjectException
from eqsim.network.groups.state_owner import StateOwner as Group
from eqsim.network.groups.subgroup import Subgroup
from eqsim.network.objects import NetworkObject as BrianObject
from eqsim.units.conversions import let_conversions_lose_units as _let_conversions_lose_units
from eqsim.units.quantity import Quantity as _Quantity
from eqsim.units.quantity import si_value as _si_value

__version__ = _eqsim.__version__
VariableOwner = SpikeSource = Group
brian_prefs = prefs


def clear_cache(target: str) -> None:
    """Do nothing: compiled programs are found by their content."""


def check_cache(target: str) -> None:
    """Do nothing: compiled programs are found by their content."""


def _plain(argument: _Any) -> _Any:
    """Return a quantity, or a list of some, as numbers; anything else as it is."""
    several = argument if isinstance(argument, list | tuple) else (argument,)
    return _si_value(argument) if _Quantity in map(type, several) else argument


def _drawing_quantities(function: _Callable[..., _Any]) -> _Callable[..., _Any]:
    @_functools.wraps(function)
    def draw(*arguments: _Any, **options: _Any) -> _Any:
        plain = {name: _plain(option) for name, option in options.items()}
        return function(*map(_plain, arguments), **plain)

    return draw


# NumPy refuses to make an array of a list of quantities, and Matplotlib begins with that.
globals().update(
    {
        name: _drawing_quantities(function)
        for name, function in vars(_pyplot).items()
        if _inspect.isfunction(function) and function.__module__ == _pyplot.__name__
        if not name.startswith("_")
    }
)
# What is eqsim's alone and would hide a name of NumPy that scripts use.
load, connect = numpy.load, _pyplot.connect
# In pylab names of numpy.linalg hide those of NumPy, which know quantities.
globals().update({n: getattr(numpy, n) for n in numpy.linalg.__all__ if n in numpy.__all__})
globals().update(NUMPY_1)
globals().update({n: _status.Unsupported(n, use) for n, use in _status.UNSUPPORTED.items()})
_layout.make_modules(__name__, globals(), _eqsim.__all__)
_let_conversions_lose_units(True)
