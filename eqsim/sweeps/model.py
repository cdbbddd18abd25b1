"""The model of a sweep, ready to run: networks lowered once, points as rows of their memory."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import EquationError, ModelError
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.traverse import called_functions, free_names
from eqsim.network.caller import names_of_a_run
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.groups.poissongroup import PoissonGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.objects import NetworkObject
from eqsim.network.randomness import RandomKey, mixed, seed
from eqsim.network.running.instances import Instances
from eqsim.network.running.network import Network
from eqsim.network.running.parameters import parameters_of, values_to_set
from eqsim.network.variables.variables import Variable, checked_values
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Program, Role
from eqsim.runtime.manifest import ParameterKind, StoredParameter
from eqsim.runtime.memory import Memory
from eqsim.source import Source
from eqsim.sweeps.job import (
    CONNECTIVITY_SEED,
    SEED,
    Job,
    made_by,
    unknown_parameter,
)
from eqsim.units.quantity import dimension_of, si_value

_TO_A_RUN = frozenset({SEED, CONNECTIVITY_SEED})
_RANDOM_NUMBERS = threading.RLock()


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Leave the random numbers of this process as if nothing was drawn, for one thread at once."""
    with _RANDOM_NUMBERS:
        before = {name: np.array(part) for name, part in RandomKey().snapshot().items()}
        try:
            yield
        finally:
            RandomKey().restore_snapshot(before)


@dataclass(frozen=True)
class Row:
    """A parameter that is a row of a program's memory.

    Parameters
    ----------
    name : str
        The user's name.
    array : str
        The program's array.
    values : ndarray or None
        One value per point, if they are single numbers; otherwise each is set by itself.
    own : str
        Its name among the parameters of the program.
    """

    name: str
    array: str
    values: NDArray[Any] | None
    own: str


@dataclass(frozen=True)
class Variant:
    """A network whose points differ in rows of memory only.

    Parameters
    ----------
    instances : Instances
        The lowered network.
    rows : tuple of Row
        Parameters that are set without the network.
    written : tuple of str
        Parameters that are expressions: each run's own draws are set by the network.
    names : dict of str to str
        Names that the user has for objects, and their own.
    around : mapping of str to object
        Constants of the equations, of which points may have others.
    """

    instances: Instances
    rows: tuple[Row, ...]
    written: tuple[str, ...]
    names: Mapping[str, str]
    around: Mapping[str, Any]

    def constants(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return the constants of the equations at a point."""
        return {**self.around, **{n: value for n, value in point.items() if "." not in n}}

    def memory(self, job: Job, runs: Sequence[int]) -> Memory:
        """Return memory in which each run has its parameters and its key."""
        memory = self.instances.memory([mixed(job.seed_of(run), 0) for run in runs])
        points = np.array(runs) // job.repeats
        for row in self.rows:
            target = memory.arrays[row.array].reshape(len(runs), -1)
            if row.values is not None:
                target[...] = row.values[points][:, None]
                continue
            for place, point in enumerate(points):
                value = job.space.columns[row.name][point]
                if isinstance(value, TimedArray):
                    target[place] = value.padded
                    continue
                target[place] = values_to_set(self.instances.lowered, {row.own: value})[row.array]
        if self.written:
            self._write(memory, job, runs)
        return memory

    def _write(self, memory: Memory, job: Job, runs: Sequence[int]) -> None:
        instances = self.instances
        network, arrays = instances.network, instances.lowered.memory.arrays
        with instances.lock, random_state_kept():
            for place, run in enumerate(runs):
                instances.begin()
                seed(job.seed_of(run))
                point = job.point_of(run)
                for name in self.written:
                    with names_of_a_run(self.constants(point)):
                        write(network, {}, self.names, name, point[name])
                    owner, _, variable = name.partition(".")
                    array = self._array(self.names.get(owner, owner), variable)
                    memory.arrays[array][place] = arrays[array]
                key = np.array([network.present.key.value], dtype=np.uint64).view(np.int64)
                memory.arrays["random.key"][place] = key

    def _array(self, owner: str, variable: str) -> str:
        labels = self.instances.lowered.labels.items()
        label = next(label for label, named in labels if str(getattr(named, "name", "")) == owner)
        return f"{label}.{variable}"


def write(
    network: Network, around: dict[str, Any], names: Mapping[str, str], name: str, value: Any
) -> None:
    """Set a parameter as a user would: a variable of a group, or a constant of the namespace."""
    owner, dot, variable = name.partition(".")
    if not dot:
        around[name] = value
        return
    target: Any = network[names.get(owner, owner)]
    own = getattr(target, "namespace", None)
    if isinstance(own, dict) and variable in own:
        own[variable] = value
    else:
        setattr(target, variable, value)


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
        self._over_time = {
            name
            for name, values in job.space.columns.items()
            if isinstance(values, list) and isinstance(values[0], TimedArray)
        }
        self._apart |= {name for name in self._over_time if not _are_alike(job, name)}
        self._equal = self._equal_rates()
        self.first = self.variant(0)

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
            memo: dict[int, Any] = {}
            network = copy.deepcopy(job.model, memo)
            # What belongs to the network and is called by its equations is that of the copy.
            namespace = {
                name: memo.get(id(value), value) if isinstance(value, NetworkObject) else value
                for name, value in job.namespace.items()
            }
            return network, namespace, dict(job.names)
        with random_state_kept():
            seed(int(point.get(CONNECTIVITY_SEED, job.seed)))
            network, around, names = made_by(
                job.maker, {name: point[name] for name in self._taken}
            )
        return network, {**job.namespace, **around}, {**job.names, **names}

    def _made(self, run: int) -> Variant:
        job = self.job
        network, around, names = self.network(run)
        rest = [n for n in job.space.columns if n not in self._taken | _TO_A_RUN]
        with random_state_kept():
            seed(job.seed)
            # Expressions of initial values may need constants of the point.
            for name in sorted(rest, key=lambda each: "." in each):
                with names_of_a_run(around):
                    self._try(network, around, names, name, run)
            varied = [around[name] for name in self._over_time - self._apart]
            instances = network.instances(job.duration, around, varied)
        known = {parameter.name: parameter for parameter in parameters_of(instances.lowered)}
        rows, written = [], []
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
                written.append(name)
            elif own in known:
                rows.append(self._row(name, known[own], instances))
            elif self._is_used(own, instances):
                # Its value is part of how the network is laid out: delays, refractory periods.
                self._apart |= {name}
            elif not _is_mentioned(name, network, job):
                raise unknown_parameter(name, self._known(instances, names))
        return Variant(instances, tuple(rows), tuple(written), names, around)

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
        owner, dot, _ = name.partition(".")
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


def _room(value: Any) -> int:
    return 0 if isinstance(value, str | TimedArray) else np.size(value)


_KEPT = 64
"""How many variants of a network stay in memory."""


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
