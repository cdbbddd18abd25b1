"""What a lowered network's arrays and records are to its user, for projects that run elsewhere."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.builder import Lowered
from eqsim.network.monitors.events import EventMonitor
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.objects import NetworkObject
from eqsim.network.running.delay_layouts import delay_layouts
from eqsim.network.running.execution import set_clocks
from eqsim.network.running.parameters import parameters_of, step_limits
from eqsim.network.running.stages import Exportable, Stage, planned
from eqsim.network.sides import Side
from eqsim.network.synapses.stored import LASTUPDATE
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.dtypes import DType
from eqsim.runtime.manifest import Field, StoredObject
from eqsim.targets.c_rules import rules_to_follow
from eqsim.targets.cpp.project import PlannedStage, Project, Rendering, ToldProblem
from eqsim.targets.cpp.writing import export_project
from eqsim.units.dimensions import DIMENSIONLESS, HERTZ, SECOND


def project_of(
    lowered: Lowered, start: float, stages: tuple[PlannedStage, ...], rendering: Rendering
) -> Project:
    """Return the project of a lowered network whose clocks are set.

    Parameters
    ----------
    lowered : Lowered
        The network.
    start : float
        When it begins, in seconds.
    stages : tuple of PlannedStage
        What it is to do.
    rendering : Rendering
        For which target.
    """
    described = _Description(lowered)
    objects = tuple(described.objects())
    return Project(
        program=lowered.program,
        memory=lowered.memory,
        start=start,
        stages=stages,
        objects=objects,
        parameters=parameters_of(lowered),
        steps=step_limits(lowered, start),
        delays=tuple(delay_layouts(lowered)),
        equations=_equations(lowered),
        problems=described.problems(),
        carried=described.carried,
        rendering=rendering,
    )


def write_project(
    exportable: Exportable,
    stages: Sequence[Stage],
    directory: Path,
    rendering: Rendering,
) -> None:
    """Write a project of a program that was made for it.

    Parameters
    ----------
    exportable : Exportable
        The program.
    stages : sequence of Stage
        What it is to do.
    directory : Path
        The project's folder.
    rendering : Rendering
        For which target.
    """
    plan = planned(stages, exportable)
    lowered, start = exportable.lowered, exportable.start
    set_clocks(lowered, start, start + sum(stage.seconds or 0.0 for stage in plan))
    export_project(project_of(lowered, start, plan, rendering), directory)
    for clock in lowered.clocks.values():
        # A run that follows has the steps of the program, and the key that was taken for them.
        if clock.is_changed:
            clock.begin_run()


def _equations(lowered: Lowered) -> dict[str, str]:
    """Return the equations of each group as its user wrote them."""
    texts = {}
    for named in lowered.labels.values():
        if isinstance(named, StateOwner) and named.storage is named:
            lines = "\n".join(source.text for source in named.equations.block.sources)
            text = inspect.cleandoc(lines)
            if text:
                texts[str(named.name)] = text
    return texts


class _Description:
    """The user's view of a program, under construction."""

    def __init__(self, lowered: Lowered) -> None:
        self.lowered = lowered
        self.arrays = {array.name for array in lowered.program.arrays}
        self.rules = rules_to_follow(lowered.program, lowered.memory)
        self.carried: dict[str, NDArray[Any]] = {}

    def objects(self) -> Iterator[StoredObject]:
        """Yield what each object that has results consists of."""
        for label, named in self.lowered.labels.items():
            if not isinstance(named, NetworkObject):
                continue
            fields = dict(self._fields(label, named))
            if fields:
                yield StoredObject(str(named.name), type(named).__name__, fields)

    def problems(self) -> tuple[ToldProblem, ...]:
        """Return what the program is to say when a check fails, in the order of the program."""
        return tuple(map(self._problem, self.lowered.program.problems))

    def _problem(self, key: str) -> ToldProblem:
        problem = self.lowered.problems[key]
        owner = problem.owner
        labels = {id(named): label for label, named in self.lowered.labels.items()}
        label = labels[id(owner)]
        targets = f"{label}.targets"
        follows = (
            isinstance(owner, Synapses)
            and targets in self.rules
            and owner.connectivity.order is None
        )
        return ToldProblem(
            text=problem.text,
            # As in all that is generated, what the process made before is no part of a name.
            element=owner.element_phrase(label),
            extent=label,
            clock=labels[id(owner.clock)],
            variables={name: f"{label}.{name}" for name in problem.variables},
            numbers=self._numbers(label, owner)
            if isinstance(owner, Synapses) and not follows
            else {},
            ends=targets if follows else None,
        )

    def _numbers(self, label: str, synapses: Synapses) -> dict[str, str]:
        """Return the arrays with what messages say of each synapse, as it is stored."""
        stored = np.arange(len(synapses.connectivity))
        told = {"number": synapses.user_numbers(stored).astype(np.int32)}
        for placeholder, side in (("source", Side.SOURCE), ("target", Side.TARGET)):
            ends = synapses.stored_sides(side)
            told[placeholder] = synapses.side(side).user_numbers(ends).astype(np.int32)
        return {
            placeholder: self._array(f"{label}.told.{placeholder}", values)
            for placeholder, values in told.items()
        }

    def _fields(self, label: str, named: NetworkObject) -> Iterable[tuple[str, Field]]:
        match named:
            case StateMonitor():
                return self._state_monitor(label, named)
            case EventMonitor():
                return self._event_monitor(label, named)
            case PopulationRateMonitor():
                return self._rate_monitor(label)
            case Synapses():
                return self._synapses(label, named)
            case StateOwner() if named.storage is named:
                return self._group(label, named)
            case _:
                return ()

    def _group(self, label: str, group: StateOwner) -> Iterator[tuple[str, Field]]:
        for name, variable in group.variables.items():
            values = variable.values.reshape(()) if variable.is_shared else variable.values
            array = self._array(f"{label}.{name}", values)
            is_boolean = variable.dtype is DType.BOOLEAN
            yield name, Field(variable.dimension, array=array, is_boolean=is_boolean)

    def _synapses(self, label: str, synapses: Synapses) -> Iterator[tuple[str, Field]]:
        """Yield the fields of synapses, in the order in which they were made.

        Of traces that are stored with the neurons it is the value as of the neuron's last event.
        """
        order = synapses.connectivity.order
        for side in Side:
            yield side.number, self._end(label, synapses, side, order)
        traces = synapses.traces
        for name, variable in synapses.variables.items():
            if traces is not None and name in (LASTUPDATE, *traces.sides):
                continue
            one = len(variable.values) == 1
            stored = variable.values.reshape(()) if one else variable.values
            array = self._array(f"{label}.{name}", stored)
            positions = None
            if order is not None and not one:
                positions = self._array(f"{label}.order", order)
            yield (
                name,
                Field(
                    variable.dimension,
                    array=array,
                    size=synapses.N if one and not variable.is_shared else None,
                    positions=positions,
                    is_boolean=variable.dtype is DType.BOOLEAN,
                ),
            )
        if traces is not None:
            for name, side in traces.sides.items():
                neurons = synapses.chosen(synapses.stored_sides(side)).astype(np.int32)
                yield (
                    name,
                    Field(
                        synapses.variables[name].dimension,
                        array=self._array(f"{label}.{name}", traces.values[name]),
                        positions=self._array(f"{label}.neurons.{side.value}", neurons),
                    ),
                )

    def _end(
        self, label: str, synapses: Synapses, side: Side, order: NDArray[np.int32] | None
    ) -> Field:
        """Return the numbers of an end of synapses, in the order in which they were made."""
        targets = f"{label}.targets"
        if targets not in self.rules:
            numbers = self._array(f"{label}.{side.number}", synapses.user_sides(side))
            return Field(DIMENSIONLESS, array=numbers)
        positions = None if order is None else self._array(f"{label}.order", order)
        end = side.of("source", "target")
        return Field(DIMENSIONLESS, array=targets, positions=positions, end=end)

    def _state_monitor(self, label: str, monitor: StateMonitor) -> Iterator[tuple[str, Field]]:
        record = np.asarray(monitor.record, dtype=np.int32)
        yield "record", Field(DIMENSIONLESS, array=self._array(f"{label}.record", record))
        yield "t", Field(SECOND, record=f"{label}.t", column="t")
        for name in monitor.variables:
            dimension = monitor.source.dimension_of_variable(name)
            yield name, Field(dimension, record=f"{label}.values", column=name)

    def _event_monitor(self, label: str, monitor: EventMonitor) -> Iterator[tuple[str, Field]]:
        first = monitor.source.chosen(np.arange(monitor.source.stored_size))[0]
        part = (int(first), int(first) + len(monitor.source))
        counts = self._array(f"{label}.counts", monitor.counts)
        yield "count", Field(DIMENSIONLESS, array=counts, part=part)
        if not monitor.record:
            return
        yield "i", Field(DIMENSIONLESS, record=label, column="i")
        yield "t", Field(SECOND, record=label, column="t")
        for name in monitor.variables:
            dimension = monitor.source.dimension_of_variable(name)
            yield name, Field(dimension, record=label, column=name)

    def _rate_monitor(self, label: str) -> Iterator[tuple[str, Field]]:
        yield "t", Field(SECOND, record=label, column="t")
        yield "rate", Field(HERTZ, record=label, column="rate")

    def _array(self, name: str, values: NDArray[Any]) -> str:
        """Return the name of an array; what no kernel uses is carried along."""
        if name not in self.arrays:
            self.carried[name] = values
        return name
