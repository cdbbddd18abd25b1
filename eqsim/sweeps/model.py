"""The model of a sweep, ready to run: networks lowered once, points as rows of their memory."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from eqsim.equations.identifiers import NEURON_RESERVED
from eqsim.errors import EquationError, ModelError
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.traverse import called_functions, free_names
from eqsim.network.caller import names_of_a_run
from eqsim.network.clocks import defaultclock
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.groups.poissongroup import PoissonGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.objects import NetworkObject
from eqsim.network.randomness import seed
from eqsim.network.running.instances import Instances
from eqsim.network.running.network import Network
from eqsim.network.running.parameters import parameters_of
from eqsim.network.synapses.synapses import Synapses
from eqsim.network.variables.variables import Variable, VariableView, checked_values
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Program, Role
from eqsim.runtime.manifest import ParameterKind, StoredParameter
from eqsim.source import Source
from eqsim.sweeps.job import (
    CONNECTIVITY_SEED,
    DURATION,
    OF_RUNS,
    SEED,
    Job,
    ambiguous_duration,
    constants_in,
    made_by,
    unknown_parameter,
)
from eqsim.sweeps.variants import Row, Variant, random_state_kept, write
from eqsim.units.quantity import dimension_of, si_value


class Model:
    """All networks of a sweep.

    Parameters
    ----------
    job : Job
        The sweep.

    Notes
    -----
    Points that differ in more than numbers of a program's memory, as connectivity, delays or
    :class:`TimedArray` do, belong to different variants. The variants of a sweep are normally one
    program, compiled once.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.lock = threading.RLock()
        self._variants: dict[Hashable, Variant] = {}
        self.programs: set[Program] = set()
        self._taken = job.taken()
        self._apart: frozenset[str] = self._taken & job.space.columns.keys()
        if CONNECTIVITY_SEED in job.space.columns:
            if isinstance(job.model, Network):
                raise ModelError(
                    "the network is connected already: 'connectivity_seed' cannot vary it\n"
                    "  give the sweep a function that makes and returns the network"
                )
            self._apart |= {CONNECTIVITY_SEED}
        self._apart |= {DURATION} & job.space.columns.keys()
        self._over_time = {
            name
            for name, values in job.space.columns.items()
            if isinstance(values, list) and isinstance(values[0], TimedArray)
        }
        self._apart |= {name for name in self._over_time if not _are_alike(job, name)}
        self._equal = self._equal_rates()
        self.first = self.variant(0)
        self._check_duration()

    def _check_duration(self) -> None:
        """Refuse to vary how long runs are if equations use a constant of the same name."""
        if DURATION not in self.job.space.columns:
            return
        instances = self.first.instances
        constants = {parameter.name for parameter in parameters_of(instances.lowered)}
        if DURATION in constants or self._is_used(DURATION, instances):
            raise ambiguous_duration()

    @property
    def runs_python(self) -> bool:
        """Whether the network calls Python functions while it runs: its runs are made alone."""
        return bool(self.first.instances.program.pauses)

    @property
    def is_one(self) -> bool:
        """Whether all points belong to one variant of the network."""
        return not self._apart and all(len(set(equal)) == 1 for equal in self._equal.values())

    def key(self, run: int) -> Hashable:
        """Return what the runs of one variant have in common."""
        point = run // self.job.repeats
        columns = self.job.space.columns
        apart = tuple(_identity(columns[name][point]) for name in sorted(self._apart))
        return apart, tuple(equal[point] for equal in self._equal.values())

    def _equal_rates(self) -> dict[str, list[bool]]:
        """Return at which points the rates of Poisson groups are one for all neurons.

        Programs may rely on that, so these points are variants of their own.
        """
        found = {
            name: values
            for name, values in self.job.space.columns.items()
            if name.endswith(".rates") and name not in self._apart and isinstance(values, list)
        }
        if not found:
            return {}
        network, _, names = self.network(0)
        own = {name: name.partition(".")[0] for name in found}
        own = {name: names.get(owner, owner) for name, owner in own.items()}
        return {
            name: [_is_one_for_all(each) for each in values]
            for name, values in found.items()
            if own[name] in network and isinstance(network[own[name]], PoissonGroup)
        }

    def variant(self, run: int) -> Variant:
        """Return the variant of a run, lowered if that is new."""
        with self.lock:
            key = self.key(run)
            if key not in self._variants:
                made = self._made(run)
                key = self.key(run)
                while len(self._variants) >= _KEPT:
                    del self._variants[next(iter(self._variants))]
                self._variants[key] = made
                self.programs.add(made.instances.program)
            return self._variants[key]

    def network(self, run: int) -> tuple[Network, dict[str, Any], dict[str, str]]:
        """Return a network of its own for a run, with constants and names."""
        job, point = self.job, self.job.point_of(run)
        if isinstance(job.model, Network):
            network, namespace = _copied(job.model, job.namespace)
            return network, namespace, dict(job.names)
        given = {name: point[name] for name in self._taken}
        with random_state_kept(), _step_kept() as has_changed:
            seed(int(point.get(CONNECTIVITY_SEED, job.seed)))
            network, around, names = made_by(job.maker, given)
            if has_changed():
                network, around = _copied(network, around)  # with a clock of its own
        around = {**job.namespace, **constants_in(given), **around}
        return network, around, {**job.names, **names}

    def _made(self, run: int) -> Variant:
        job = self.job
        network, around, names = self.network(run)
        rest = [n for n in job.space.columns if n not in self._taken | OF_RUNS]
        with random_state_kept():
            seed(job.seed)
            # Expressions of initial values may need constants of the point.
            for name in sorted(rest, key=lambda each: "." in each):
                with names_of_a_run(around):
                    self._try(network, around, names, name, run)
            varied = [around[name] for name in self._over_time - self._apart]
            instances = network.instances(job.duration_of(run), around, varied)
        rows, written = self._split(rest, instances, around, names)
        return Variant(instances, rows, written, names, around)

    def _split(
        self,
        rest: Sequence[str],
        instances: Instances,
        around: Mapping[str, Any],
        names: Mapping[str, str],
    ) -> tuple[tuple[Row, ...], tuple[str, ...]]:
        """Return which parameters are rows of a program's memory, and which are expressions."""
        job = self.job
        known = {parameter.name: parameter for parameter in parameters_of(instances.lowered)}
        rows, written = list[Row](), list[str]()
        for name in rest:
            if name in self._apart:
                continue
            if name in self._over_time:
                held = instances.arrays_over_time.get(id(around[name]))
                if held is None:
                    raise unknown_parameter(name, self._known(instances, names))
                rows.append(Row(name, held, None, ""))
                continue
            own = _own_name(name, names)
            values = job.space.columns[name]
            if isinstance(values, list) and any(isinstance(each, str) for each in values):
                if "." not in name:
                    raise self._no_expressions(name, own in known, instances, names)
                written.append(name)
            elif own in known:
                rows.append(self._row(name, known[own], instances))
            elif self._is_used(own, instances):
                # Its value is part of how the network is laid out: delays, refractory periods.
                self._apart |= {name}
            elif name in NEURON_RESERVED or not _is_mentioned(name, instances.network, job):
                raise unknown_parameter(name, self._known(instances, names))
        return tuple(rows), tuple(written)

    def _try(
        self,
        network: Network,
        around: dict[str, Any],
        names: Mapping[str, str],
        name: str,
        run: int,
    ) -> None:
        """Set a parameter of a new network, so that it has room for what is to come."""
        values = self.job.space.columns[name]
        value = self.job.point_of(run)[name]
        if isinstance(values, list) and name not in self._apart | self._equal.keys():
            # Where one value is stored for all, arrays need the room of one for each.
            value = max(values, key=_room)
        owner, dot, variable = name.partition(".")
        if dot and names.get(owner, owner) not in network:
            known = [str(each.name) for each in network.all_objects]
            raise unknown_parameter(name, [*known, *names])
        if name in self._equal and not self._equal[name][run // self.job.repeats]:
            group = network[names.get(owner, owner)]
            assert isinstance(group, PoissonGroup)
            group.give_each()
        try:
            write(network, around, names, name, value)
        except AttributeError as error:
            raise ModelError(f"{name!r} cannot be varied: {error}") from None
        if dot and variable == "delay":
            _expect_delays(getattr(network[names.get(owner, owner)], variable))

    def _row(self, name: str, parameter: StoredParameter, instances: Instances) -> Row:
        values = self.job.space.columns[name]
        if isinstance(values, list):
            return Row(name, parameter.array, None, parameter.name)
        before = instances.lowered.memory.arrays[parameter.array]
        dtype = DType(str(before.dtype))
        variable = Variable(
            name,
            parameter.dimension,
            DType.BOOLEAN if parameter.kind is ParameterKind.TRUTH else dtype,
            before,
            Role.PARAMETER,
            is_nonnegative=parameter.is_nonnegative,
        )
        checked = checked_values(variable, values, len(values))
        column = np.broadcast_to(checked, (len(values),)).astype(before.dtype)
        return Row(name, parameter.array, column, parameter.name)

    def _no_expressions(
        self, name: str, is_constant: bool, instances: Instances, names: Mapping[str, str]
    ) -> ModelError:
        if not is_constant:
            return unknown_parameter(name, self._known(instances, names))
        return ModelError(
            f"the constant {name!r} takes numbers, not texts\n"
            "  expressions are values of the variables of groups: {'cells.v': ['rand()']}"
        )

    def _is_used(self, own: str, instances: Instances) -> bool:
        owner, dot, _ = own.partition(".")
        if not dot:
            return f"namespace.{own}" in instances.template.arrays
        return owner in instances.network

    def _known(self, instances: Instances, names: Mapping[str, str]) -> list[str]:
        found = [parameter.name for parameter in parameters_of(instances.lowered)]
        aliases = {own: alias for alias, own in names.items()}
        found = [
            f"{aliases.get(owner, owner)}.{variable}" if dot else owner
            for owner, dot, variable in (name.partition(".") for name in found)
        ]
        return [*found, *sorted(self._taken), SEED]


def _is_one_for_all(rates: Any) -> bool:
    """Return whether rates are the same for all neurons, as far as is known before a run."""
    if not isinstance(rates, str):
        return len(np.unique(np.asarray(si_value(rates)))) <= 1
    try:
        expression = parse_expression(Source(rates))
    except EquationError:
        return False
    return not called_functions(expression) and not free_names(expression) & {"i", "rates"}


def _expect_delays(delays: Any) -> None:
    """Let points without any delay have the program of those with delays."""
    if isinstance(delays, VariableView) and isinstance(delays.owner, Synapses):
        for pathway in delays.owner.pathways.values():
            if pathway.delay_name == delays.name:
                pathway.expect_delays()


def _room(value: Any) -> int:
    return 0 if isinstance(value, str | TimedArray) else np.size(value)


_KEPT = 64
"""How many variants of a network stay in memory."""


@contextmanager
def _step_kept() -> Iterator[Callable[[], bool]]:
    """Put back the step of the default clock; yield what tells whether it was changed."""
    before = defaultclock.dt
    try:
        yield lambda: bool(defaultclock.dt_ != float(si_value(before)))
    finally:
        if defaultclock.dt_ != float(si_value(before)):
            defaultclock.dt = before


def _copied(network: Network, namespace: Mapping[str, Any]) -> tuple[Network, dict[str, Any]]:
    """Return a copy of a network, and the namespace with what belongs to the copy."""
    memo: dict[int, Any] = {}
    copied = copy.deepcopy(network, memo)
    return copied, {
        name: memo.get(id(value), value) if isinstance(value, NetworkObject) else value
        for name, value in namespace.items()
    }


def _own_name(name: str, names: Mapping[str, str]) -> str:
    owner, dot, variable = name.partition(".")
    return f"{names.get(owner, owner)}.{variable}" if dot else name


def _is_mentioned(name: str, network: Network, job: Job) -> bool:
    """Return whether a constant is in texts only that are evaluated before and after runs."""
    texts = [
        source.text
        for each in network.all_objects
        if isinstance(each, StateOwner) and not each.has_variable(name)
        for source in each.equations.block.sources
    ]
    columns = (values for values in job.space.columns.values() if isinstance(values, list))
    texts += [value for values in columns for value in values if isinstance(value, str)]
    return any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts)


def _are_alike(job: Job, name: str) -> bool:
    """Return whether arrays over time differ in their values only: they are rows then."""
    forms = {
        (
            each.padded.shape,
            each.stored.shape,
            each.padded.dtype,
            each.dt_,
            dimension_of(each.values),
        )
        if isinstance(each, TimedArray)
        else None
        for each in job.space.columns[name]
    }
    return len(forms) == 1


def _identity(value: Any) -> Hashable:
    """Return what is the same for equal values of a parameter."""
    if hasattr(value, "stored"):
        return id(value)
    return repr(value) if np.ndim(value) == 0 else np.asarray(value).tobytes()
