"""The names that a script written for Brian 2 expects: ``from eqsim.brian import *``.

Beside eqsim's own names these are the names of Matplotlib's ``pylab``, which include those of
NumPy; where both have a name, eqsim's goes first. The functions that draw take quantities, and
lists of them, as Brian's do: what they draw are numbers in SI base units.

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

from matplotlib import pyplot as _pyplot
from matplotlib.pylab import *  # noqa: F403

from eqsim import *  # type: ignore[assignment]  # noqa: F403 - these go first
from eqsim.units import Quantity as _Quantity
from eqsim.units import si_value as _si_value


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
