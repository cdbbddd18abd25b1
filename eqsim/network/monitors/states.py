"""Variables over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.clocks import AnyClock, choose_any_clock
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.monitors.columns import Columns
from eqsim.network.monitors.monitor import Monitor
from eqsim.network.naming import new_name
from eqsim.network.snapshots import Part, Parts
from eqsim.network.synapses.stored import StoredSynapses
from eqsim.network.variables.variables import with_unit
from eqsim.program.dtypes import DType
from eqsim.units.arguments import names, shown
from eqsim.units.dimensions import DIMENSIONLESS, SECOND
from eqsim.units.quantity import Quantity, dimension_of, si_array


class StateMonitor(Monitor):
    """Record variables of some neurons over time.

    Values are those at the beginning of a step, before it changes them.

    Parameters
    ----------
    source : NeuronGroup or Subgroup
        Whose variables.
    variables : str, sequence of str or True
        Which variables and subexpressions; True for all.
    record : bool, int or iterable of int
        Which neurons: True for all, or their numbers.
    dt, clock : Quantity, Clock or EventClock, optional
        When; by default at each step of the source.
    when, order : str, int
        Where in the step.
    name : str, optional
        The monitor's name.

    Attributes
    ----------
    t : Quantity
        Times of the recorded values, shape (n_times,), in seconds.
    record : ndarray
        Numbers of the recorded neurons, shape (n_recorded,).

    Raises
    ------
    ModelError, IndexError
        If the source has no such variable or neuron, or another argument does not fit.

    Examples
    --------
    >>> from eqsim import NeuronGroup, StateMonitor, ms, run
    >>> G = NeuronGroup(2, 'dx/dt = 1/ms : 1', method='euler')
    >>> M = StateMonitor(G, 'x', record=[1])
    >>> run(0.3*ms, target='numpy')
    >>> M.x
    array([[0. , 0.1, 0.2]])
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        source: StateOwner,
        variables: str | Sequence[str] | bool,
        record: bool | int | Iterable[int] | NDArray[Any] = True,
        *,
        dt: Quantity | None = None,
        clock: AnyClock | None = None,
        when: str = "start",
        order: int = 0,
        name: str = "statemonitor*",
    ) -> None:
        name = new_name(name)
        if not isinstance(source, StateOwner):
            raise ModelError(f"{name!r} cannot record from {source!r}\n  expected: a group")
        given = dt is not None or clock is not None
        own = choose_any_clock(dt, clock, name) if given else source.clock
        super().__init__(name, when, order, own)
        self.source = source
        self.variables = _names(source, variables)
        self.record = _indices(source, record)
        self.times = Columns(["t"], [float])
        dtypes = [self.dtype_of(variable).numpy for variable in self.variables]
        self.values = Columns(self.variables, dtypes)
        self.columns = {"times": self.times, "recorded": self.values}

    def dtype_of(self, name: str) -> DType:
        """Return the type in which a variable is recorded."""
        return self.source.dtype_of_variable(name)

    @property
    def bytes_per_step(self) -> int:
        """How much memory one row of times and values takes."""
        return self.bytes_of_times + sum(map(self.bytes_of, self.variables))

    @property
    def bytes_of_times(self) -> int:
        """How much memory one time takes."""
        return np.dtype(float).itemsize

    def bytes_of(self, name: str) -> int:
        """Return how much memory one row of values of a variable takes."""
        return len(self.record) * self.dtype_of(name).numpy.itemsize

    @property
    def t(self) -> Quantity:
        """Times of the recorded values, shape (n_times,)."""
        return Quantity(self.t_, SECOND)

    @property
    def t_(self) -> NDArray[np.float64]:
        """Times in seconds, without unit."""
        self._drop_incomplete_rows()
        return self.times.read("t")

    def recorded(self, name: str) -> NDArray[Any]:
        """Return what was recorded of a variable, without unit, shape (n_recorded, n_times).

        It can be read only: whoever wants to change it takes a copy.
        """
        self._drop_incomplete_rows()
        return self.values.read(name).reshape(len(self.times), len(self.record)).T

    def _drop_incomplete_rows(self) -> None:
        # A run that ends for lack of memory may have recorded a time, and not the values.
        if self.variables and len(self.values) != len(self.times) * len(self.record):
            complete = min(len(self.times), len(self.values) // max(1, len(self.record)))
            self.times.truncate(complete)
            self.values.truncate(complete * len(self.record))

    def append_times(self, times: Sequence[NDArray[Any]]) -> None:
        """Add the times of rows whose values come next."""
        self._drop_incomplete_rows()
        self.times.append(times)

    def __getattr__(self, name: str) -> Any:
        stem = name.removesuffix("_")
        if "values" not in self.__dict__ or (name.startswith("_") and stem not in self.variables):
            raise AttributeError(name)
        return self.recorded_at(name)

    def recorded_at(self, name: str, places: Any = None) -> Any:
        """Return what was recorded, to read only, or a copy of what was of some elements.

        Parameters
        ----------
        name : str
            A variable that is recorded, with an underscore for its values without unit.
        places : int or ndarray, optional
            Which of the recorded elements; by default all.
        """
        stem = name if name in self.variables else name.removesuffix("_")
        if stem in self.variables:
            values = self.recorded(stem)
            if places is not None:
                values = values[places].copy()
            dimension = self.source.dimension_of_variable(stem)
            return with_unit(values, dimension) if stem == name else values
        raise AttributeError(
            message(
                f"{self.name!r} does not record {name!r}",
                f"it records: {', '.join(self.variables)}",
                did_you_mean(name, self.variables),
            )
        )

    def __getitem__(self, chosen: Any) -> RecordedElements:
        numbers = np.asarray(chosen)
        places = [np.flatnonzero(self.record == number) for number in np.atleast_1d(numbers)]
        if numbers.ndim > 1 or numbers.size == 0 or any(len(place) == 0 for place in places):
            raise IndexError(
                f"{self.name!r} does not record neuron {chosen!r}\n"
                "  it records those that 'record' names"
            )
        first = np.array([int(place[0]) for place in places])
        return RecordedElements(self, first if numbers.ndim else int(first[0]))

    @property
    def record_variables(self) -> tuple[str, ...]:
        """The names of the variables that are recorded."""
        return tuple(self.variables)

    @property
    def N(self) -> int:  # noqa: N802 - the field's name for it
        """How many times were recorded."""
        return len(self)

    def _states(self) -> tuple[str, ...]:
        return ("t", *self.variables)

    def _state(self, name: str) -> Any:
        return getattr(self, name).T

    def __len__(self) -> int:
        self._drop_incomplete_rows()
        return len(self.times)

    def record_single_timestep(self) -> None:
        """Record the present values, as at the end of a run."""
        row = [np.asarray(self.source.read(v)).astype(self.dtype_of(v).numpy)
               for v in self.variables]  # fmt: skip
        self.times.append((np.array([self.source.storage.reached_time]),))
        self.values.append([np.broadcast_to(v, self.source.N)[self.record] for v in row])

    def snapshot(self) -> dict[str, Part]:
        """Return what was recorded."""
        self._drop_incomplete_rows()
        return super().snapshot()

    def check_snapshot(self, saved: Parts) -> None:
        """Refuse what is no record of these variables, or of other neurons."""
        super().check_snapshot(saved)
        rows = len(np.asarray(saved["times.t"])) * len(self.record)
        for name in self.variables:
            if len(np.asarray(saved[f"recorded.{name}"])) != rows:
                raise ModelError(
                    f"{self.name!r} is not as it was in the snapshot\n"
                    f"  it recorded {name!r} of others than {len(self.record)} neurons"
                )


class RecordedElements:
    """Part of what a :class:`StateMonitor` recorded.

    ``M[10].v`` is the trace of neuron 10, ``M[[3, 10]].v`` has one row for each of two,
    ``M[S[0, :]].w`` one for each of some synapses. They are copies: who reads may change them.
    """

    def __init__(self, monitor: StateMonitor, place: int | NDArray[np.int64]) -> None:
        self._monitor = monitor
        self._place = place

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("t", "t_"):
            return getattr(self._monitor, name)
        return self._monitor.recorded_at(name, self._place)


def _names(source: StateOwner, variables: Any) -> tuple[str, ...]:
    declared = [d.name for d in source.equations.block.declarations]
    if variables is True:
        return tuple(name for name in declared if name not in source.noisy_subexpressions)
    chosen = names(variables, "variables", "one name, a list of names, or True for all")
    if not chosen:
        raise ModelError(
            "a StateMonitor needs at least one variable to record\n"
            "  give its name, a list of names, or True for all"
        )
    for name in chosen:
        if not source.has_variable(name):
            known = sorted({*declared, *source.variables})
            raise ModelError(
                message(
                    f"{source.name!r} has no variable {name!r} to record",
                    f"its variables: {', '.join(known) or 'none'}",
                    source.where_kept(name) or did_you_mean(name, known),
                )
            )
        source.check_has_values(name)
    return tuple(dict.fromkeys(chosen))


def _indices(source: StateOwner, record: Any) -> NDArray[np.int32]:
    if isinstance(source, StoredSynapses) and record is not False:
        source.check_connected()
    if isinstance(record, np.ndarray) and record.shape == () and record.dtype.kind == "b":
        record = bool(record)
    if isinstance(record, bool | np.bool_):
        return np.arange(source.N if record else 0, dtype=np.int32)
    if (
        isinstance(record, Iterable)
        and not isinstance(record, str | bytes | Quantity)
        and (not hasattr(record, "__array__"))
    ):
        record = list(record)
    # Some synapses, chosen by S[...], are an array only when asked to be one.
    given = np.atleast_1d(si_array(record))
    if given.size == 0:
        return np.zeros(0, dtype=np.int32)
    is_plain = dimension_of(record) is DIMENSIONLESS and not np.ma.is_masked(record)
    if given.dtype.kind not in "iu" or given.ndim != 1 or not is_plain:
        raise ModelError(
            f"record must be True or numbers of neurons, not {shown(record)}\n"
            "  for example record=[0, 5]; record=True records all"
        )
    if given.min() < 0 or given.max() >= source.N:
        raise IndexError(
            f"record names neuron {given.max() if given.max() >= source.N else given.min()}, and"
            f" {source.name!r} has neurons 0 to {source.N - 1}"
        )
    return given.astype(np.int32)
