"""Python functions that run in the midst of a simulation."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, overload

from eqsim.errors import ModelError
from eqsim.network.clocks import AnyClock, choose_any_clock
from eqsim.network.naming import new_name
from eqsim.network.objects import NetworkObject
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity, dimension_of

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class NetworkOperation(NetworkObject):
    """A Python function that is called at a place of the step.

    While it runs, groups have the values of this place of the step, and what it sets is what the
    simulation goes on with; monitors hold all that they recorded so far.

    Parameters
    ----------
    function : callable
        Takes no argument, or one: the time as a quantity. What it returns is ignored.
    dt, clock : Quantity, Clock or EventClock, optional
        When it is called; by default at each step of the default clock.
    when, order : str, int
        Where in the step.
    name : str, optional
        The operation's name.

    Raises
    ------
    ModelError
        If the function takes other arguments, or an argument does not fit.

    Notes
    -----
    The simulation gives control to Python and takes it back at each call, which takes some tens of
    microseconds; where code in the language of the equations does the same
    (``group.run_regularly``), it is faster.

    Examples
    --------
    >>> from eqsim import Network, NeuronGroup, ms
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> def double(t):
    ...     print(t, G.x[0].round(6))
    ...     G.x *= 2
    >>> net = Network(G, NetworkOperation(double, dt=1*ms))
    >>> net.run(3*ms, target='numpy')
    0 s 0.0
    1 ms 1.0
    2 ms 3.0
    """

    determines_time = False

    def __init__(
        self,
        function: Callable[..., object],
        dt: Quantity | None = None,
        clock: AnyClock | None = None,
        when: str = "start",
        order: int = 0,
        *,
        name: str = "networkoperation*",
    ) -> None:
        name = new_name(name)
        self._takes_time = _takes_time(function, name)
        super().__init__(name, when, order, choose_any_clock(dt, clock, name))
        self.function = function

    def call(self) -> None:
        """Call the function, unless the operation was deactivated."""
        if not self.active:
            return
        if self._takes_time:
            self.function(Quantity(self.reached_time, SECOND))
        else:
            self.function()


def _takes_time(function: Any, name: str) -> bool:
    """Return whether a function takes one argument, and not none.

    Raises
    ------
    ModelError
        If it is no function, or takes others.
    """
    if not callable(function):
        raise ModelError(f"{name!r} needs a function, not {function!r}{_meant_for_dt(function)}")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise ModelError(f"{_shown(function)} would not run when it is called, but later")
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise ModelError(
            f"it is not known which arguments {_shown(function)} takes\n"
            "  wrap it: lambda: ..., or lambda t: ..."
        ) from None
    if len(parameters) > 1 or any(each.kind not in _POSITIONAL for each in parameters):
        given = ", ".join(map(str, parameters))
        raise ModelError(
            f"{_shown(function)} takes ({given})\n"
            "  expected: no argument, or one, the time\n"
            "  what else it needs it may take from around it"
        )
    if parameters and parameters[0].name in ("self", "cls") and inspect.isfunction(function):
        raise ModelError(
            f"{_shown(function)} is a method without its object\n"
            f"  make the operation of the object's: NetworkOperation(self.{function.__name__})"
        )
    return bool(parameters)


def _meant_for_dt(given: Any) -> str:
    return "\n  write dt=..." if dimension_of(given) is SECOND else ""


def _shown(function: Any) -> str:
    return repr(getattr(function, "__name__", type(function).__name__))


@overload
def network_operation(function: Callable[..., object], /) -> NetworkOperation: ...


@overload
def network_operation(
    *,
    dt: Quantity | None = None,
    clock: AnyClock | None = None,
    when: str = "start",
    order: int = 0,
    name: str = "networkoperation*",
) -> Callable[[Callable[..., object]], NetworkOperation]: ...


def network_operation(
    function: Callable[..., object] | None = None, /, **options: Any
) -> NetworkOperation | Callable[[Callable[..., object]], NetworkOperation]:
    """Make a function a network operation: a decorator, with or without arguments.

    Parameters
    ----------
    function : callable
        The function that follows the decorator.
    **options
        ``dt``, ``clock``, ``when``, ``order``, ``name``: as for :class:`NetworkOperation`.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms, run
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> @network_operation(dt=1*ms, when='end')
    ... def tell(t):
    ...     print(t, G.x[0].round(6))
    >>> run(2*ms, target='numpy')
    0 s 0.1
    1 ms 1.1
    """
    known = ("dt", "clock", "when", "order", "name")
    for option in options:
        if option not in known:
            raise ModelError(
                f"a network operation has no option {option!r}\n  known: {', '.join(known)}"
            )
    if function is not None:
        return NetworkOperation(function, **options)

    def decorator(decorated: Callable[..., object]) -> NetworkOperation:
        return NetworkOperation(decorated, **options)

    return decorator
