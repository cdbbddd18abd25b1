"""The network of all objects that the caller has a name for, and ``run()`` over it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eqsim.errors import MagicError, RunError
from eqsim.network.caller import caller_names, given_names
from eqsim.network.objects import NetworkObject, next_creation
from eqsim.network.running.network import Network
from eqsim.network.running.profiling import ProfilingSummary
from eqsim.network.running.schedule import SchedulingSummary
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

    Names that a notebook gives to what its cells showed do not count. Objects inside lists and
    other containers are not found: add them to a :class:`Network`.

    Returns
    -------
    list of NetworkObject
        What :func:`run` would run.

    Examples
    --------
    >>> from eqsim import NeuronGroup, start_scope
    >>> start_scope()
    >>> G = NeuronGroup(3, 'v : volt', name='G')
    >>> collect()
    [<NeuronGroup 'G'>]
    """
    found = {
        value.creation: value
        for value in given_names().values()
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
    RunError
        If it is running.

    Examples
    --------
    >>> from eqsim import NeuronGroup, start_scope
    >>> start_scope()
    >>> G = NeuronGroup(3, 'v : volt', name='G')
    >>> [each.name for each in magic_network().objects]
    ['G']
    """
    network, objects = _magic_network()
    new = [each for each in objects if each.determines_time and each.creation not in _state.ran]
    old = [each for each in objects if each.determines_time and each.creation in _state.ran]
    if old and new:
        raise MagicError(
            f"{old[0].name!r} was part of the last run and {new[0].name!r} was not\n"
            "  it is not clear at which time the run starts: put the objects into a Network, or"
            " call start_scope() before making new ones"
        )
    network.remove(*[each for each in network.objects if each not in objects])
    network.add(objects)
    return network


def _magic_network() -> tuple[Network, list[NetworkObject]]:
    """Return the network that goes on with the caller's objects, and these, not yet in it."""
    if _state.network is not None and _state.network.is_running:
        raise RunError(
            f"{_state.network.name!r} is running\n"
            "  in the midst of a run, only a Network of its own can run, store or restore"
        )
    objects = collect()
    if not objects:
        raise MagicError(
            "no objects to run were found\n"
            "  run() takes the objects that have a name where it is called; add those in lists or"
            " other functions to a Network and call its run"
        )
    # Objects without a time of their own decide only where there are no others.
    deciding = [each for each in objects if each.determines_time] or objects
    if _state.network is None or not any(each.creation in _state.ran for each in deciding):
        _state.network = Network(name="magicnetwork*")
        _state.ran = set()
    return _state.network, objects


@contextlib.contextmanager
def _of_the_caller(network: Network) -> Iterator[Network]:
    """Have the network only for a while: the caller's names alone decide how long objects live."""
    try:
        yield network
    finally:
        network.remove(*network.objects)


def run(
    duration: Quantity,
    report: Any = None,
    report_period: Quantity | None = None,
    namespace: Mapping[str, Any] | None = None,
    profile: bool = False,
    *,
    target: str | Target | None = None,
) -> None:
    """Run all objects that the caller has a name for.

    Parameters
    ----------
    duration, report, report_period, namespace, profile, target
        As for :meth:`Network.run`.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> run(2*ms, target='numpy')
    >>> G.x[:]
    array([2.])
    """
    around = caller_names() if namespace is None else namespace
    with _of_the_caller(magic_network()) as network:
        start = network.present.time
        completed = False
        options: dict[str, Any] = {"namespace": around, "profile": profile, "target": target}
        if report_period is not None:
            options["report_period"] = report_period
        try:
            network.run(duration, report, **options)
            completed = True
        finally:
            # What did not start does not count, so that a corrected model can take its place.
            if completed or network.present.time != start:
                _note(network)


def _note(network: Network) -> None:
    """Let the network go on with these objects from now on."""
    _state.ran |= {each.creation for each in network.objects}


def stop() -> None:
    """Ask the run of :func:`run` that is under way to stop after the current steps.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms, network_operation, start_scope
    >>> start_scope()
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> @network_operation(dt=1*ms)
    ... def look():
    ...     if G.x[0] > 1.5:
    ...         stop()
    >>> run(10*ms, target='numpy')
    >>> G.t
    2.1*ms
    """
    if _state.network is not None:
        _state.network.stop()


def store(name: str = "default", filename: str | os.PathLike[str] | None = None) -> None:
    """Keep everything that a run changes of the objects that the caller has a name for.

    Parameters
    ----------
    name, filename
        As for :meth:`Network.store`.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms
    >>> G = NeuronGroup(1, 'dx/dt = 1/tau : 1', method='euler')
    >>> store()
    >>> for tau in [1, 2]*ms:
    ...     restore()
    ...     run(1*ms, target='numpy')
    ...     print(tau, G.x[0].round(6))
    1 ms 1.0
    2 ms 0.5
    """
    with _of_the_caller(magic_network()) as network:
        network.store(name, filename)
        _note(network)


def restore(
    name: str = "default",
    filename: str | os.PathLike[str] | None = None,
    restore_random_state: bool = False,
) -> None:
    """Put back what :func:`store` kept of the objects that the caller has a name for.

    Parameters
    ----------
    name, filename, restore_random_state
        As for :meth:`Network.restore`.

    Raises
    ------
    ModelError
        If nothing of this name was stored, or the objects are others; nothing is changed then.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms, start_scope
    >>> start_scope()
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> store('begin')
    >>> run(1*ms, target='numpy')
    >>> restore('begin')
    >>> G.x[0], G.t
    (np.float64(0.0), 0*second)
    """
    network, objects = _magic_network()
    network.add(objects)
    with _of_the_caller(network):
        network.restore(name, filename, restore_random_state)
        _note(network)


def scheduling_summary(namespace: Mapping[str, Any] | None = None) -> SchedulingSummary:
    r"""Return what happens in a step of the objects that the caller has a name for.

    Parameters
    ----------
    namespace
        As for :meth:`Network.scheduling_summary`.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms, start_scope
    >>> start_scope()
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler', name='G')
    >>> str(scheduling_summary()).split("\n")[2].split()[:5]
    ['G', 'state', 'update', '100', 'us']
    """
    around = caller_names() if namespace is None else namespace
    with _of_the_caller(magic_network()) as network:
        return network.scheduling_summary(around)


def profiling_summary(show: int | None = None) -> ProfilingSummary:
    """Return how long the parts took in the runs by :func:`run` with ``profile=True``.

    Parameters
    ----------
    show
        As for :meth:`Network.profiling_summary`.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms, start_scope
    >>> start_scope()
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler', name='G')
    >>> run(1*ms, profile=True, target='numpy')
    >>> 'G_state_update' in str(profiling_summary())
    True
    """
    return current_network().profiling_summary(show)


def current_network() -> Network:
    """Return the network of the last :func:`run`, one without objects if there was none."""
    return Network(name="magicnetwork") if _state.network is None else _state.network
