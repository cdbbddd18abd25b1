"""Functions of the user with the arguments that Brian gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from eqsim.brian.preferences import FOR_FUNCTIONS, prefs
from eqsim.network.clocks import DEFAULT_STEP, defaultclock
from eqsim.network.functions import functions as _functions
from eqsim.network.running import magic as _magic
from eqsim.network.running.network import Network
from eqsim.network.running.profiling import ProfilingSummary
from eqsim.network.running.schedule import SchedulingSummary
from eqsim.targets.numpy import mathematics
from eqsim.units.checks import fail_for_dimension_mismatch
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity, si_value


class Function(_functions.Function):
    """A function of the user, with Brian's order of arguments.

    Parameters
    ----------
    pyfunc : callable
        The function in Python.
    sympy_func, auto_vectorise
        Brian's; eqsim needs neither.
    arg_units, return_unit, arg_types, return_type, stateless
        As for :class:`eqsim.Function`.
    arg_names : sequence of str, optional
        Names of the arguments; by default those that the Python function has.

    Examples
    --------
    >>> from eqsim import mV
    >>> half = Function(lambda x: x/2, arg_units=[mV], return_unit=mV)
    >>> print(half(4*mV))
    2 mV
    """

    def __init__(  # noqa: PLR0913 - Brian's arguments
        self,
        pyfunc: Callable[..., Any],
        sympy_func: Any = None,
        arg_units: Sequence[Any] | None = None,
        arg_names: Sequence[str] | None = None,
        return_unit: Any = None,
        arg_types: Sequence[str] | None = None,
        return_type: str | None = None,
        stateless: bool = True,
        auto_vectorise: bool = False,
    ) -> None:
        name = getattr(pyfunc, "__name__", "function")
        super().__init__(
            pyfunc,
            arg_units,
            return_unit,
            arg_types,
            return_type,
            stateless=stateless,
            name=name if name.isidentifier() else "function",
        )


def implementation(
    target: str,
    code: Any = None,
    namespace: Mapping[str, Any] | None = None,
    dependencies: Mapping[str, Any] | None = None,
    discard_units: bool | None = None,
    name: str | None = None,
    **compiler_options: Any,
) -> Callable[[Any], _functions.Function]:
    """Return a decorator that gives a function an implementation, as :func:`eqsim.implementation`.

    Parameters
    ----------
    target, code, namespace, dependencies, name, **compiler_options
        As there; an empty namespace and no dependencies by default. Headers, macros, libraries and
        folders that ``prefs.codegen.cpp`` has go before those of C++ code.
    discard_units : bool, optional
        Whether the Python function is given plain numbers in SI units; for target ``'numpy'``.
    """
    options = dict(compiler_options)
    for option, given in (("namespace", namespace), ("dependencies", dependencies)):
        if given is not None:
            options[option] = given
    if target == "numpy" and discard_units is not None:
        options["discard_units"] = discard_units
    if target == "cpp":
        for option in FOR_FUNCTIONS:
            of_all = prefs[f"codegen.cpp.{option}"]
            if of_all:
                options[option] = [*of_all, *(options.get(option) or ())]
    return _functions.implementation(target, code, name=name, **options)


def timestep(t: Any, dt: Any) -> Any:
    """Return the step in which a time lies, as the function of this name in equations.

    Parameters
    ----------
    t : Quantity or array of seconds
        The time.
    dt : Quantity
        The length of a step.

    Returns
    -------
    int or ndarray of int64
        The step, from 0; a time rounded to just below it still counts.

    Raises
    ------
    DimensionMismatchError
        If the two have different dimensions.

    Examples
    --------
    >>> from eqsim import ms
    >>> timestep([0.1, 0.3, 0.35]*ms, 0.1*ms), timestep(7*ms, 1*ms)
    (array([1, 3, 3]), 7)
    """
    fail_for_dimension_mismatch(t, dt, "a time and a step have different units")
    steps = mathematics.timestep(*map(np.asarray, (si_value(t), si_value(dt))))
    return steps if np.ndim(steps) else int(steps)


def run(
    duration: Quantity,
    report: Any = None,
    report_period: Quantity | None = None,
    namespace: Mapping[str, Any] | None = None,
    profile: bool | None = None,
    level: int = 0,
) -> None:
    """Run all objects that the caller has a name for.

    Parameters
    ----------
    duration, report, report_period, namespace, profile
        As for :func:`eqsim.run`.
    level : int
        Brian's; the caller is always the nearest one outside of eqsim.
    """
    _magic.run(duration, report, report_period, namespace, bool(profile))


def scheduling_summary(
    net: Network | None = None, namespace: Mapping[str, Any] | None = None
) -> SchedulingSummary:
    """Return what happens in a step of a network, or of all that the caller has a name for.

    Parameters
    ----------
    net : Network, optional
        The network.
    namespace
        As for :func:`eqsim.scheduling_summary`.
    """
    if isinstance(net, Network):
        return net.scheduling_summary(namespace)
    return _magic.scheduling_summary(namespace)


def profiling_summary(net: Network | None = None, show: int | None = None) -> ProfilingSummary:
    """Return how long the parts took in profiled runs of a network, or of :func:`run`.

    Parameters
    ----------
    net : Network, optional
        The network.
    show
        As for :func:`eqsim.profiling_summary`.
    """
    if isinstance(net, Network):
        return net.profiling_summary(show)
    return _magic.profiling_summary(show)


def restore_initial_state() -> None:
    """Let a script begin anew: ``run()`` finds no earlier objects, preferences are the default.

    The default clock has steps of 0.1 ms again.
    """
    _magic.start_scope()
    prefs.reset_to_defaults()
    defaultclock.dt = Quantity(DEFAULT_STEP, SECOND)


class MagicNetwork:
    """The network of the last ``run()``: time, state, summaries."""

    @property
    def _network(self) -> Network:
        return _magic.current_network()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._network, name)

    def run(self, *arguments: Any, **options: Any) -> None:
        """Run all objects that the caller has a name for."""
        run(*arguments, **options)

    def scheduling_summary(self) -> SchedulingSummary:
        """Return what happens in a step."""
        return _magic.scheduling_summary()

    def profiling_summary(self, show: int | None = None) -> ProfilingSummary:
        """Return how long the parts took in runs with ``profile=True``."""
        return _magic.profiling_summary(show)

    def __repr__(self) -> str:
        return "<MagicNetwork>"


magic_network = MagicNetwork()
