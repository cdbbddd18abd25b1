"""Networks: which objects run together, for how long, on which target."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from eqsim.errors import ModelError, RunError
from eqsim.network import recording
from eqsim.network.caller import caller_names, is_of_caller, names_of_a_run
from eqsim.network.clocks import seconds
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.lowering.network import Circumstances
from eqsim.network.objects import NetworkObject
from eqsim.network.preferences import choose_target
from eqsim.network.randomness import RandomKey
from eqsim.network.running.arguments import checked_duration, checked_name, checked_namespace
from eqsim.network.running.execution import Execution, Plan
from eqsim.network.running.export import write_project
from eqsim.network.running.instances import Instances
from eqsim.network.running.network_states import set_states_of_objects, states_of_objects
from eqsim.network.running.profiling import ProfilingSummary, profiling_summary_of, sorted_times
from eqsim.network.running.program_source import ProgramSource
from eqsim.network.running.schedule import SchedulingSummary, summary_of
from eqsim.network.running.stages import Stage, checked_stages
from eqsim.network.running.store import (
    Snapshot,
    put_back,
    read_snapshot,
    snapshot_named,
    take_snapshot,
    write_snapshot,
)
from eqsim.runtime.drive import Interruption
from eqsim.runtime.progress import Progress, make_report
from eqsim.targets import Target
from eqsim.targets.projects import rendering_for
from eqsim.units.arguments import flag, path
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity

_TEN_SECONDS = Quantity(10.0, SECOND)


class Network(ProgramSource):
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
        super().__init__(*objects, name=name)
        self.target = target
        self._interruption = Interruption()
        self._snapshots: dict[str, Snapshot] = {}
        self._seconds: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"<Network {self.name!r} at t = {self.t}: {len(self)} objects>"

    def stop(self) -> None:
        """Ask a run that is under way to stop.

        Asked from a network operation, it stops after the current step; from a report, within
        about a tenth of a second. The next run goes on where it stopped.
        """
        self._interruption.requested = True

    def run(
        self,
        duration: Quantity,
        report: Any = None,
        report_period: Quantity = _TEN_SECONDS,
        namespace: Mapping[str, Any] | None = None,
        profile: bool = False,
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
        profile : bool
            Whether to measure how long each part takes, for :meth:`profiling_summary`.
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
        IntegrationError
            If a value of a differential equation is not finite. What was recorded up to the step
            after which this was found is kept, and the network has that step's time: it can run
            again when the values are mended, or after :meth:`restore`.
        RunError
            If the network is running already, the simulation fails, or memory does not suffice.
        KeyboardInterrupt
            After Ctrl-C; what was simulated until then is kept.
        """
        self._refuse_while_running("it cannot run again")
        length = checked_duration(duration)
        told = make_report(report)
        period = seconds(report_period, "report_period")
        if period <= 0:
            raise ModelError(f"report_period must be positive, not {report_period!r}")
        is_profiled = profile is not None and flag(profile, "profile")
        around = caller_names() if namespace is None else checked_namespace(namespace)
        recorder = recording.recorder()
        if recorder is not None:
            recorder.run(self, duration, around, told, period)
            return
        chosen = choose_target(target if target is not None else self.target)
        with self._running():
            with names_of_a_run(around):
                self._renew_key_if_steps_changed()
            start = self.present.time
            plan = Plan(around, chosen, start, start + length, is_profiled)
            execution = self._execute(plan, lambda: Progress(told, period, start, length))
        if self._interruption.by_keyboard:
            raise KeyboardInterrupt
        execution.check_finite()

    def _execute(self, plan: Plan, begin: Callable[[], Progress]) -> Execution:
        self._interruption = Interruption()
        execution = None
        try:
            execution = Execution(self, plan)
            execution.run(begin(), self._interruption)
        except MemoryError as lack:
            raise RunError(
                f"there is not enough memory to run {self.name!r} beyond t = {self.t}\n"
                "  what was recorded before is kept; "
                + (
                    f"it lacked in a function of yours: {lack}"
                    if is_of_caller(lack)
                    else "record fewer elements, or less often, as in"
                    " StateMonitor(..., record=[0, 5], dt=1*ms), or make the groups smaller"
                )
            ) from lack
        finally:
            for part, spent in execution.seconds.items() if execution is not None else ():
                self._seconds[part] = self._seconds.get(part, 0.0) + spent
        return execution

    def export(
        self,
        directory: str | os.PathLike[str],
        duration: Quantity | None = None,
        *,
        stages: Iterable[Stage] | None = None,
        namespace: Mapping[str, Any] | None = None,
        target: str | Target = "cpp",
    ) -> None:
        """Write a C++ or CUDA project that runs the network without Python.

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
        stages : iterable of Run, Set, Store or Restore, optional
            In place of a duration: what the program is to do, one after the other. Monitors go on
            from run to run.
        namespace : mapping of str to object, optional
            Constants of the equations; by default the names that the caller sees.
        target : {'cpp', 'cuda'} or Target
            For processors, or for NVIDIA devices: ``Cuda('sm_90')``. There need be no device here.

        Raises
        ------
        EquationError
            Everything that is wrong in the equations and statements.
        TargetError
            If there are no projects for the target, or it cannot express the network.
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
        ['main.cpp', 'simulation.cpp', 'standalone.cpp']
        """
        chosen = checked_stages(duration, stages)
        folder = path(directory, "the folder of a project")
        around = caller_names() if namespace is None else checked_namespace(namespace)
        rendering = rendering_for(target)
        write_project(self.exportable(around), chosen, folder, rendering)

    def instances(
        self,
        duration: Quantity,
        namespace: Mapping[str, Any],
        varied: Iterable[TimedArray] = (),
    ) -> Instances:
        """Return the network as a program of which many instances can run at once.

        Parameters
        ----------
        duration : Quantity
            How long each runs, in seconds of model time.
        namespace : mapping of str to object
            Constants of the equations.
        varied : iterable of TimedArray
            Those of which instances may have values of their own, of the same shape.

        Raises
        ------
        EquationError, ModelError
            As for :meth:`run`.
        RunError
            If the network is running.
        """
        self._refuse_while_running("it cannot run again")
        length = checked_duration(duration)
        self._renew_key_if_steps_changed()
        return Instances(self, self.lower(namespace), length, varied)

    # ------------------------------------------------------------------ snapshots, states

    def store(self, name: str = "default", filename: str | os.PathLike[str] | None = None) -> None:
        """Keep everything that a run changes, to come back to it with :meth:`restore`.

        That is the values of variables, time and steps of clocks, what monitors recorded,
        synapses, events that are on their way, and the state of random numbers; not equations,
        constants, or what else makes the model.

        Parameters
        ----------
        name : str
            Under which name; an earlier snapshot of the name is replaced.
        filename : path, optional
            The file to write it into; by default it stays in memory.

        Raises
        ------
        RunError
            If the file cannot be written, or the network is running.

        Examples
        --------
        >>> from eqsim import Network, NeuronGroup, ms
        >>> G = NeuronGroup(1, 'dx/dt = rate : 1', method='euler')
        >>> net = Network(G)
        >>> net.store()
        >>> for factor in (1, 2):
        ...     net.restore()
        ...     net.run(1*ms, namespace={'rate': factor/ms}, target='numpy')
        ...     print(net.t, G.x[0].round(6))
        1 ms 1.0
        1 ms 2.0
        """
        self._refuse_while_running("it cannot be stored")
        name, file = checked_name(name), None if filename is None else _snapshot_file(filename)
        recorder = recording.recorder()
        if recorder is not None and (filename is None or recorder.has_begun):
            recording.refuse_file(filename)
            recorder.store(self, name, caller_names())
            return
        snapshot = take_snapshot(self.present, self.all_objects)
        if file is None:
            self._snapshots[name] = snapshot
        else:
            write_snapshot(snapshot, name, file)

    def restore(
        self,
        name: str = "default",
        filename: str | os.PathLike[str] | None = None,
        restore_random_state: bool = False,
    ) -> None:
        """Put back what :meth:`store` kept; all of it, or nothing if something does not fit.

        Parameters
        ----------
        name : str
            Name of the snapshot.
        filename : path, optional
            The file that it is in; by default it is in memory.
        restore_random_state : bool
            Whether a run that follows draws the same random numbers as one that followed the
            snapshot. Otherwise it draws new ones, which follow from the seed.

        Raises
        ------
        ModelError
            If there is no such snapshot, or objects are missing, new, or not as they were.
        RunError
            If the file is none of a snapshot or is damaged, or the network is running.
        """
        self._refuse_while_running("it cannot be restored")
        name, file = checked_name(name), None if filename is None else _snapshot_file(filename)
        is_same_random = flag(restore_random_state, "restore_random_state")
        recorder = recording.recorder()
        if recorder is not None and (filename is None or recorder.has_begun):
            recording.refuse_file(filename)
            recorder.restore(self, name, restore_random_state=is_same_random)
            return
        if file is None:
            snapshot = snapshot_named(name, self._snapshots, self.name)
        else:
            snapshot = read_snapshot(name, file)
        put_back(snapshot, self.present, self.all_objects, restore_random_state=is_same_random)

    def get_states(
        self,
        units: bool = True,
        format: str = "dict",  # noqa: A002 - the field's users know the name
        subexpressions: bool = False,
        read_only_variables: bool = True,
    ) -> dict[str, Any]:
        """Return the values of the variables of all groups: a dict by name of the group.

        Parameters
        ----------
        units, format, subexpressions, read_only_variables
            As for the groups' ``get_states``.
        """
        return states_of_objects(
            self.all_objects,
            units=units,
            format=format,
            subexpressions=subexpressions,
            read_only_variables=read_only_variables,
        )

    def set_states(
        self,
        values: Mapping[str, Any],
        units: bool = True,
        format: str = "dict",  # noqa: A002 - the field's users know the name
    ) -> None:
        """Set variables of several groups; if one value does not fit, none is changed.

        Parameters
        ----------
        values : mapping of str to mapping or DataFrame
            For groups by name their new values, as their ``set_states`` takes them.
        units, format
            As for the groups' ``set_states``.
        """
        set_states_of_objects(self.all_objects, values, units=units, format=format)

    # ------------------------------------------------------------------------- summaries

    def scheduling_summary(self, namespace: Mapping[str, Any] | None = None) -> SchedulingSummary:
        """Return what happens in a step, in its order: a table, printed as text or in a notebook.

        Parameters
        ----------
        namespace : mapping of str to object, optional
            Constants of the equations; by default the names that the caller sees.

        Examples
        --------
        >>> from eqsim import Network, NeuronGroup, ms
        >>> G = NeuronGroup(1, 'dv/dt = 1/ms : 1', threshold='v > 1', reset='v = 0',
        ...                 method='euler', name='cells')
        >>> Network(G).scheduling_summary()
        object  part          clock                  when        order  active
        ------  ------------  ---------------------  ----------  -----  ------
        cells   state update  100 us (defaultclock)  groups          0  yes
        cells   threshold     100 us (defaultclock)  thresholds      0  yes
        cells   reset         100 us (defaultclock)  resets          0  yes
        """
        around = caller_names() if namespace is None else checked_namespace(namespace)
        # To look at the schedule changes no random numbers.
        lowered = self._lower(around, RandomKey.fixed(), Circumstances())
        return summary_of(lowered, self.all_objects, self._slots)

    @property
    def profiling_info(self) -> list[tuple[str, Quantity]]:
        """The time spent in each part over all runs with ``profile=True``, the longest first."""
        return sorted_times(self._seconds)

    def profiling_summary(self, show: int | None = None) -> ProfilingSummary:
        """Return how long each part took: a table, printed as text or in a notebook.

        Times are added over all runs with ``profile=True``. Where threads share the work of a part
        its time is that of the first one.

        Parameters
        ----------
        show : int, optional
            How many parts to show, from the longest on; by default all.

        Raises
        ------
        ModelError
            If no run was profiled.
        """
        return profiling_summary_of(self._seconds, show, self.name)


def _snapshot_file(filename: Any) -> Path:
    return path(filename, "the file of a snapshot")
