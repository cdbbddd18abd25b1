"""Networks: which objects run together, for how long, on which target."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eqsim.errors import ModelError, did_you_mean
from eqsim.network.caller import caller_names, stack_level
from eqsim.network.clocks import seconds
from eqsim.network.export import project_of
from eqsim.network.groups import StateOwner
from eqsim.network.lowering.builder import Lowered
from eqsim.network.lowering.network import lower
from eqsim.network.naming import new_name
from eqsim.network.objects import SLOTS, NetworkObject, slot_position
from eqsim.network.preferences import choose_target
from eqsim.network.randomness import RandomKey
from eqsim.program.nodes import Role
from eqsim.runtime.drive import Interruption, Take, deferred_keyboard_interrupt, drive
from eqsim.runtime.progress import Progress, make_report
from eqsim.targets import Target
from eqsim.targets.cpp.project import export_project
from eqsim.units.names import UNITS
from eqsim.units.quantity import Quantity

_SECOND = UNITS["second"].dimension
_TEN_SECONDS = Quantity(10.0, _SECOND)


class NumericalWarning(UserWarning):
    """A state variable is not finite after a run."""


class Network:
    """Objects that run together.

    Parameters
    ----------
    *objects : NetworkObject or iterable of NetworkObject
        Groups, monitors; lists and dicts of them too.
    name : str, optional
        The network's name.
    target : str or Target, optional
        Where it runs, unless a run says otherwise.

    Examples
    --------
    >>> from eqsim import Network, NeuronGroup, StateMonitor, ms
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> M = StateMonitor(G, 'x')
    >>> net = Network(G, M)
    >>> net.run(1*ms, target='numpy')
    >>> net.t, len(M)
    (1*ms, 10)
    """

    def __init__(
        self,
        *objects: NetworkObject | Iterable[Any],
        name: str = "network*",
        target: str | Target | None = None,
    ) -> None:
        self.name = new_name(name)
        self.target = target
        self._objects: list[NetworkObject] = []
        self._time = 0.0
        self._key = RandomKey()
        self._slots: tuple[str, ...] = SLOTS
        self._interruption = Interruption()
        self.add(*objects)

    @property
    def objects(self) -> tuple[NetworkObject, ...]:
        """The objects, without those that they contain."""
        return tuple(self._objects)

    @property
    def t(self) -> Quantity:
        """The time up to which the network has run."""
        return Quantity(self._time, _SECOND)

    @property
    def t_(self) -> float:
        """The time in seconds, without unit."""
        return self._time

    @property
    def schedule(self) -> tuple[str, ...]:
        """The slots of a step, in order."""
        return self._slots

    @schedule.setter
    def schedule(self, slots: Sequence[str] | None) -> None:
        chosen = SLOTS if slots is None else tuple(slots)
        if (
            isinstance(slots, str)
            or len(set(chosen)) != len(chosen)
            or not all(
                isinstance(slot, str) and slot.isidentifier() and not slot.startswith("_")
                for slot in chosen
            )
        ):
            raise ModelError(f"a schedule is a list of different slots, not {slots!r}")
        for slot in chosen:
            if slot.startswith(("before_", "after_")):
                raise ModelError(
                    f"{slot!r} cannot be a slot: before_ and after_ come with each slot"
                )
        self._slots = chosen

    def add(self, *objects: NetworkObject | Iterable[Any]) -> None:
        """Add objects; those that are in the network already are left as they are.

        Raises
        ------
        ModelError
            If something is no object of a network, or two objects have one name.
        """
        found = list(_flatten(objects))
        names = {known.name: known for known in self._objects}
        for each in found:
            if names.setdefault(each.name, each) is not each:
                raise ModelError(
                    f"two objects of the network are called {each.name!r}\n"
                    "  give one of them another name"
                )
        self._objects += [each for each in dict.fromkeys(found) if each not in self._objects]

    def remove(self, *objects: NetworkObject | Iterable[Any]) -> None:
        """Remove objects.

        Raises
        ------
        ModelError
            If one is not in the network; none is removed then.
        """
        found = list(_flatten(objects))
        for each in found:
            if each not in self._objects:
                raise ModelError(f"{each.name!r} is not in the network {self.name!r}")
        self._objects = [each for each in self._objects if each not in found]

    def __getitem__(self, name: str) -> NetworkObject:
        for each in self._all_objects():
            if each.name == name:
                return each
        hint = did_you_mean(str(name), [each.name for each in self._all_objects()])
        raise KeyError(f"{self.name!r} has no object {name!r}" + (f"; {hint}" if hint else ""))

    def __contains__(self, name: object) -> bool:
        return any(name in (each, each.name) for each in self._all_objects())

    def __iter__(self) -> Iterator[NetworkObject]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)

    def __repr__(self) -> str:
        return f"<Network {self.name!r} at t = {self.t}: {len(self)} objects>"

    def _all_objects(self) -> list[NetworkObject]:
        return [part for each in self._objects for part in (each, *each.contained_objects)]

    def stop(self) -> None:
        """Ask a run that is under way, in a report for example, to stop after some steps more."""
        self._interruption.requested = True

    def run(
        self,
        duration: Quantity,
        report: Any = None,
        report_period: Quantity = _TEN_SECONDS,
        namespace: Mapping[str, Any] | None = None,
        *,
        target: str | Target | None = None,
    ) -> None:
        """Run the network for a time.

        Parameters
        ----------
        duration : Quantity
            How long, in seconds of model time; not negative.
        report : None, str or callable
            What is told how far the run is: ``'text'``, ``'stderr'``, ``'tqdm'``, or a function of
            (elapsed, completed, start, duration).
        report_period : Quantity
            How often, in seconds of wall time.
        namespace : mapping of str to object, optional
            Constants of the equations; by default the names that the caller sees.
        target : str or Target, optional
            Where to run: ``'cpp'``, ``'numpy'``, or an object with options.

        Raises
        ------
        EquationError
            Everything that is wrong in the equations and statements.
        ModelError
            If an argument or a constant does not fit.
        TargetError, BuildError
            If the target cannot run the network.
        KeyboardInterrupt
            After Ctrl-C; what was simulated until then is kept.
        """
        length = _checked_duration(duration)
        told = make_report(report)
        period = seconds(report_period, "report_period")
        if period <= 0:
            raise ModelError(f"report_period must be positive, not {report_period!r}")
        around = caller_names() if namespace is None else _checked_namespace(namespace)
        chosen = choose_target(target if target is not None else self.target)
        self._renew_key_if_steps_changed()
        lowered = self.lower(around)
        self._set_clocks(lowered, self._time, self._time + length)
        self._interruption = Interruption()
        progress = Progress(told, period, self._time, length)
        self._execute(lowered, chosen, progress)

    def export(
        self,
        directory: str | os.PathLike[str],
        duration: Quantity,
        *,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a C++ project that runs the network without Python.

        The project has the very ``simulation.cpp`` that :meth:`run` with ``target='cpp'``
        compiles, and the state of the network as it is now; its README says how to build and run
        it. What it records is the same, bit by bit. The network stays as it is.

        Parameters
        ----------
        directory : path
            The project's folder: a new or empty one, or one with a project, which is replaced.
        duration : Quantity
            How long the program is to simulate, in seconds of model time; it takes other durations
            on its command line.
        namespace : mapping of str to object, optional
            Constants of the equations; by default the names that the caller sees.

        Raises
        ------
        EquationError
            Everything that is wrong in the equations and statements.
        ModelError
            If an argument or a constant does not fit, or the folder holds other files.
        BuildError
            If the project cannot be written.

        See Also
        --------
        eqsim.load : Load the results of the program.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from eqsim import Network, NeuronGroup, ms
        >>> net = Network(NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler'))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.export(folder, 10*ms)
        ...     sorted(path.name for path in Path(folder).glob('*.cpp'))
        ['main.cpp', 'simulation.cpp']
        """
        length = _checked_duration(duration)
        around = caller_names() if namespace is None else _checked_namespace(namespace)
        self._renew_key_if_steps_changed()
        lowered = self.lower(around)
        self._set_clocks(lowered, self._time, self._time + length)
        export_project(project_of(lowered, self._time, length), Path(directory))

    def lower(self, namespace: Mapping[str, Any]) -> Lowered:
        """Return the program of the network, with its memory, as it is now."""
        for each in self._all_objects():
            slot_position(each.when, self._slots)
        lowered = lower(self.name.stem, self._all_objects(), self._slots, namespace, self._key)
        for each in self._all_objects():
            if each.active:
                each.advise(self._time)
        return lowered

    def _renew_key_if_steps_changed(self) -> None:
        # Steps are numbered anew after a change of dt: numbers that were drawn would come again.
        if any(each.clock.is_changed for each in self._all_objects()):
            self._key.renew()
            for each in self._all_objects():
                each.follow_step_change()

    def _set_clocks(self, lowered: Lowered, start: float, end: float) -> None:
        arrays = lowered.memory.arrays
        for name, clock in lowered.clocks.items():
            arrays[f"{name}.dt"][0] = clock.dt_
            arrays[f"{name}.timestep"][0] = clock.start_at(start)
            arrays[f"{name}.end"][0] = clock.steps_to(end)
        lowered.traffic.begin(arrays)

    def _execute(self, lowered: Lowered, target: Target, progress: Progress) -> None:
        start = self._time
        arrays = lowered.memory.arrays
        ends = {name: int(arrays[f"{name}.end"][0]) for name in lowered.clocks}
        begins = {name: int(arrays[f"{name}.timestep"][0]) for name in lowered.clocks}
        steps = sum(ends.values()) - sum(begins.values())

        def completed() -> float:
            done = sum(int(arrays[f"{n}.timestep"][0]) - begins[n] for n in begins)
            return done / steps if steps else 1.0

        def followed() -> float:
            done = completed()
            self._follow_clocks(lowered, start + progress.duration, done)
            return done

        followed()
        takes: dict[str, Take] = {r: _first(sink) for r, sink in lowered.sinks.items()}
        simulation = target.open(lowered.program, lowered.memory)
        try:
            with deferred_keyboard_interrupt(self._interruption):
                drive(simulation, takes, followed, progress, self._interruption)
        finally:
            try:
                lowered.traffic.end(begins, arrays, lambda name: simulation.take(name)[0])
            finally:
                simulation.close()
                followed()
        progress.finish(completed())
        _warn_if_not_finite(lowered)
        if self._interruption.by_keyboard:
            raise KeyboardInterrupt

    def _follow_clocks(self, lowered: Lowered, end: float, completed: float) -> None:
        arrays = lowered.memory.arrays
        for name, clock in lowered.clocks.items():
            clock.timestep = int(arrays[f"{name}.timestep"][0])
        if completed >= 1.0 or not lowered.clocks:
            self._time = end
        else:
            # The next step of all that is left to do: none is left out when the run goes on.
            self._time = min(clock.t_ for clock in lowered.clocks.values())
        for each in self._all_objects():
            each.timestep = each.clock.timestep


def _first(sink: Any) -> Take:
    def take(rows: list[tuple[Any, ...]]) -> None:
        sink(rows[0])

    return take


def _checked_duration(duration: Quantity) -> float:
    length = seconds(duration, "the duration of a run")
    if length < 0:
        raise ModelError(f"the duration of a run must not be negative, not {duration!r}")
    return length


def _checked_namespace(namespace: Any) -> Mapping[str, Any]:
    if not isinstance(namespace, Mapping):
        raise ModelError(f"the namespace of a run must be a dict, not {namespace!r}")
    return namespace


def _flatten(objects: Iterable[Any]) -> Iterator[NetworkObject]:
    for each in objects:
        if isinstance(each, StateOwner) and each.storage is not each:
            whole = each.storage.name
            raise ModelError(
                f"a part of {whole!r} cannot be in a network by itself\n  add {whole!r}"
            )
        if isinstance(each, NetworkObject):
            yield each
        elif isinstance(each, Mapping):
            yield from _flatten(each.values())
        elif isinstance(each, Iterable) and not isinstance(each, str | np.ndarray):
            yield from _flatten(each)
        else:
            raise ModelError(f"{each!r} is no object that a network can run")


def _warn_if_not_finite(lowered: Lowered) -> None:
    for array in lowered.program.arrays:
        values = lowered.memory.arrays[array.name]
        if array.role is Role.STATE and array.dtype.is_float and not np.isfinite(values).all():
            first = int(np.flatnonzero(~np.isfinite(values))[0])
            where = "" if array.extent is None else f" of neuron {first}"
            warnings.warn(
                f"{array.name}{where} is {values[first]} after the run: the integration diverged;"
                " use a smaller dt, or another method",
                NumericalWarning,
                stacklevel=stack_level(),
            )
            return
