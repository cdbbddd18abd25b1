"""The network of all objects that the caller has a name for, and ``run()`` over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eqsim.errors import MagicError
from eqsim.network.caller import caller_names
from eqsim.network.network import Network
from eqsim.network.objects import NetworkObject, next_creation
from eqsim.targets import Target
from eqsim.units.quantity import Quantity


@dataclass
class _MagicState:
    """The network that ``run()`` continues, and since when objects count."""

    network: Network | None = None
    ran: set[int] = field(default_factory=set)
    scope_start: int = 0


_state = _MagicState()


def collect() -> list[NetworkObject]:
    """Return the objects that the caller has a name for, oldest first.

    Objects inside lists and other containers are not found: add them to a :class:`Network`.
    """
    found = {
        value.creation: value
        for value in caller_names().values()
        if isinstance(value, NetworkObject)
        and value.add_to_magic_network
        and value.creation >= _state.scope_start
    }
    return [found[age] for age in sorted(found)]


def start_scope() -> None:
    """Leave all objects made so far out of later calls of :func:`run`.

    Examples
    --------
    >>> start_scope()
    >>> collect()
    []
    """
    _state.scope_start = next_creation()
    _state.network = None
    _state.ran = set()


def magic_network() -> Network:
    """Return the network over the objects that the caller has a name for.

    Raises
    ------
    MagicError
        If there is none, or some were part of an earlier run and others were not.
    """
    objects = collect()
    if not objects:
        raise MagicError(
            "no objects to run were found\n"
            "  run() takes the objects that have a name where it is called; add those in lists or"
            " other functions to a Network and call its run"
        )
    simulated = [each for each in objects if not _is_monitor(each)]
    old = [each for each in simulated if each.creation in _state.ran]
    new = [each for each in simulated if each.creation not in _state.ran]
    if old and new:
        raise MagicError(
            f"{old[0].name!r} was part of the last run and {new[0].name!r} was not\n"
            "  it is not clear at which time the run starts: put the objects into a Network, or"
            " call start_scope() before making new ones"
        )
    if _state.network is None or not old:
        _state.network = Network(name="magicnetwork*")
        _state.ran = set()
    network = _state.network
    network.remove(*[each for each in network.objects if each not in objects])
    network.add(objects)
    return network


def _is_monitor(each: NetworkObject) -> bool:
    return not each.determines_time


def run(
    duration: Quantity,
    report: Any = None,
    report_period: Quantity | None = None,
    namespace: Mapping[str, Any] | None = None,
    *,
    target: str | Target | None = None,
) -> None:
    """Run all objects that the caller has a name for.

    Parameters
    ----------
    duration, report, report_period, namespace, target
        As for :meth:`Network.run`.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> run(2*ms, target='numpy')
    >>> G.x[:]
    array([2.])
    """
    network = magic_network()
    options = {} if report_period is None else {"report_period": report_period}
    around = caller_names() if namespace is None else namespace
    start = network.t_
    completed = False
    try:
        network.run(duration, report, namespace=around, target=target, **options)
        completed = True
    finally:
        # What did not start does not count, so that a corrected model can take its place.
        if completed or network.t_ != start:
            _state.ran |= {each.creation for each in network.objects if not _is_monitor(each)}
        # The caller's names alone decide how long objects live.
        network.remove(*network.objects)


def stop() -> None:
    """Ask the run of :func:`run` that is under way to stop after the current steps."""
    if _state.network is not None:
        _state.network.stop()
