"""Events: who had one, when, and with what values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network import recording
from eqsim.network.events import SPIKE
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.monitors.columns import Columns
from eqsim.network.monitors.monitor import Monitor
from eqsim.network.monitors.rates import steps_of_bin
from eqsim.network.naming import new_name
from eqsim.network.objects import SteppedObject
from eqsim.network.snapshots import Part, Parts
from eqsim.network.variables.variables import with_unit
from eqsim.program.dtypes import DType
from eqsim.units.arguments import names, shown
from eqsim.units.dimensions import DIMENSIONLESS, HERTZ, SECOND
from eqsim.units.quantity import Quantity


class EventMonitor(Monitor, SteppedObject):
    """Record events of a group, and variables of the neurons that have them.

    Parameters
    ----------
    source : NeuronGroup or Subgroup
        Whose events.
    event : str
        Name of the event.
    variables : str or sequence of str, optional
        What to record of each neuron that has the event.
    record : bool
        Whether to keep the single events, or only to count them.
    when, order : str, int, optional
        Where in the step; by default right after the event, before a reset.
    name : str, optional
        The monitor's name.

    Attributes
    ----------
    i : ndarray
        Numbers of the neurons, shape (num_events,).
    t : Quantity
        Times of the events, shape (num_events,), in seconds.
    count : ndarray
        How many events each neuron had, shape (N,).

    Raises
    ------
    ModelError
        If the group has no such event or variable, or another argument does not fit.

    Examples
    --------
    >>> from eqsim import EventMonitor, NeuronGroup, ms, run
    >>> G = NeuronGroup(2, 'dx/dt = (1 + i)/ms : 1', events={'far': 'x > 2.45'}, method='euler')
    >>> M = EventMonitor(G, 'far', variables='x')
    >>> run(1.4*ms, target='numpy')
    >>> M.i, M.x
    (array([1, 1], dtype=int32), array([2.6, 2.8]))
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        source: StateOwner,
        event: str,
        variables: str | Sequence[str] | None = None,
        record: bool = True,
        *,
        when: str | None = None,
        order: int | None = None,
        name: str = "eventmonitor*",
    ) -> None:
        name = new_name(name)
        if not isinstance(source, StateOwner):
            raise ModelError(f"{name!r} cannot record events of {source!r}\n  expected: a group")
        if not isinstance(event, str) or event not in source.events:
            known = ", ".join(map(repr, source.events)) or "none"
            is_spike = isinstance(event, str) and event == SPIKE
            lacks = "no threshold" if is_spike else f"no event {shown(event)}"
            raise ModelError(f"{source.name!r} has {lacks}\n  its events: {known}")
        if order is not None and when is None:
            raise ModelError(f"{name!r} was given an order without a slot\n  give 'when' too")
        tested = source.events[event]
        super().__init__(
            name,
            tested.when if when is None else when,
            tested.order + 1 if order is None else order,
            source.clock,
        )
        self.source = source
        self.event = event
        self.variables = _checked(source, variables)
        self.record = _is_recorded(record, name)
        self.counts = np.zeros(source.stored_size, dtype=np.int32)
        dtypes = (np.int32, float, *(self.dtype_of(v).numpy for v in self.variables))
        self.rows = Columns(("i", "t", *self.variables), dtypes)
        self.columns = {"recorded": self.rows}

    def dtype_of(self, name: str) -> DType:
        """Return the type in which a variable is recorded."""
        return self.source.dtype_of_variable(name)

    @property
    def i(self) -> NDArray[np.int32]:
        """Numbers of the neurons, in the order of the events."""
        return self._recorded("i")

    @property
    def t(self) -> Quantity:
        """Times of the events."""
        return Quantity(self.t_, SECOND)

    @property
    def t_(self) -> NDArray[np.float64]:
        """Times of the events in seconds, without unit."""
        return self._recorded("t")

    @property
    def it(self) -> tuple[NDArray[np.int32], Quantity]:
        """Numbers and times."""
        return self.i, self.t

    @property
    def it_(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Numbers, and times without unit."""
        return self.i, self.t_

    @property
    def count(self) -> NDArray[np.int64]:
        """How many events each neuron had, shape (N,)."""
        recording.ask_for(f"the counts of {self.name!r}")
        return self.source.chosen(self.counts).astype(np.int64)

    @property
    def num_events(self) -> int:
        """How many events there were."""
        return int(self.count.sum())

    @property
    def N(self) -> int:  # noqa: N802 - the field's name for it
        """How many events there were."""
        return self.num_events

    def __len__(self) -> int:
        return self.num_events

    def event_trains(self) -> dict[int, Quantity]:
        """Return for each neuron, by number, the times of its events, in seconds."""
        return self._by_neuron("t")

    def values(self, variable: str) -> dict[int, Any]:
        """Return for each neuron, by number, the values of a variable at its events.

        Parameters
        ----------
        variable : str
            One of those that are recorded, or ``'t'``.

        Raises
        ------
        ModelError
            If it is not recorded.
        """
        if variable not in ("t", *self.variables):
            raise ModelError(self._not_recorded(variable, ("t", *self.variables)))
        return self._by_neuron(variable)

    def all_values(self) -> dict[str, dict[int, Any]]:
        """Return :meth:`values` for everything recorded."""
        return {name: self._by_neuron(name) for name in ("t", *self.variables)}

    def binned_rate(self, bin_size: Quantity) -> tuple[Quantity, Quantity]:
        """Return centres of bins and the mean rate of each neuron in each.

        Parameters
        ----------
        bin_size : Quantity
            The length of a bin, in seconds; at least one step.

        Returns
        -------
        tuple of Quantity
            Centres of the bins, from the time 0 on, that are over, shape (n_bins,), and rates,
            shape (N, n_bins), in hertz.

        Raises
        ------
        ModelError
            If events are counted only, or bins are shorter than a step.
        """
        neurons, times = self._recorded("i"), self._recorded("t")
        dt = self.clock.dt_
        steps = steps_of_bin(bin_size, dt)
        bins = self.timestep // steps
        # Counted in steps: times that are multiples of dt up to rounding fall into the right bin.
        numbers = np.rint(times / dt).astype(np.int64) // steps
        inside = numbers < bins
        counts = np.zeros((self.source.N, bins))
        np.add.at(counts, (neurons[inside], numbers[inside]), 1)
        centres = (np.arange(bins) + 0.5) * steps * dt
        return Quantity(centres, SECOND), Quantity(counts / (steps * dt), HERTZ)

    def _states(self) -> tuple[str, ...]:
        return ("count", "N", *(("i", "t", *self.variables) if self.record else ()))

    def _by_neuron(self, name: str) -> dict[int, Any]:
        neurons = self._recorded("i")
        order = np.argsort(neurons, kind="stable")
        values = self._recorded(name)[order]
        ends = np.cumsum(np.bincount(neurons, minlength=self.source.N))
        dimension = self._dimension(name)
        parts = np.split(values, ends[:-1])
        return {neuron: with_unit(part, dimension) for neuron, part in enumerate(parts)}

    def _dimension(self, name: str) -> Any:
        if name == "t":
            return SECOND
        return DIMENSIONLESS if name == "i" else self.source.dimension_of_variable(name)

    def _recorded(self, name: str) -> NDArray[Any]:
        if not self.record:
            raise ModelError(
                f"{self.name!r} only counts, it does not record {name!r}\n"
                "  make it with record=True"
            )
        return self.rows.read(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or "rows" not in self.__dict__:
            raise AttributeError(name)
        stem = name.removesuffix("_")
        if stem not in self.variables:
            raise AttributeError(self._not_recorded(name, ("i", "t", *self.variables)))
        values = self._recorded(stem)
        return values if stem != name else with_unit(values, self._dimension(stem))

    def _not_recorded(self, name: object, known: Sequence[str]) -> str:
        return message(
            f"{self.name!r} does not record {name!r}",
            f"it records: {', '.join(known)}",
            did_you_mean(str(name), known),
        )

    def snapshot(self) -> dict[str, Part]:
        """Return what was recorded and counted."""
        return {**super().snapshot(), "counts": self.counts}

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back what was recorded and counted."""
        super().restore_snapshot(saved)
        self.counts[:] = saved["counts"]

    def forget(self) -> None:
        """Drop everything recorded and counted."""
        super().forget()
        self.counts[:] = 0


class SpikeMonitor(EventMonitor):
    """Record spikes of a group.

    Parameters
    ----------
    source : NeuronGroup or Subgroup
        Whose spikes.
    variables : str or sequence of str, optional
        What to record of each neuron that spikes, before its reset.
    record : bool
        Whether to keep the single spikes, or only to count them.
    when, order : str, int, optional
        Where in the step.
    name : str, optional
        The monitor's name.

    Examples
    --------
    >>> from eqsim import NeuronGroup, SpikeMonitor, ms, run
    >>> G = NeuronGroup(1, 'dv/dt = 1/ms : 1', threshold='v > 1', reset='v = 0', method='euler')
    >>> M = SpikeMonitor(G, variables='v')
    >>> run(3*ms, target='numpy')
    >>> M.num_spikes, M.i
    (2, array([0, 0], dtype=int32))
    """

    def __init__(
        self,
        source: StateOwner,
        variables: str | Sequence[str] | None = None,
        record: bool = True,
        *,
        when: str | None = None,
        order: int | None = None,
        name: str = "spikemonitor*",
    ) -> None:
        super().__init__(source, SPIKE, variables, record, when=when, order=order, name=name)

    @property
    def num_spikes(self) -> int:
        """How many spikes there were."""
        return self.num_events

    def spike_trains(self) -> dict[int, Quantity]:
        """Return for each neuron, by number, the times of its spikes, in seconds."""
        return self.event_trains()


def _is_recorded(record: Any, name: str) -> bool:
    if not isinstance(record, bool | np.bool_):
        raise ModelError(
            f"record of {name!r} is {shown(record)}\n"
            "  expected: True or False, to record single events or to count them only\n"
            "  events of some neurons are those of a part of the group: SpikeMonitor(G[:10])"
        )
    return bool(record)


def _checked(source: StateOwner, variables: Any) -> tuple[str, ...]:
    chosen = names(variables, "variables", "the name of one, or a list of names")
    for name in chosen:
        if name in ("i", "t"):
            continue
        if not source.has_variable(name):
            known = sorted({*source.variables, *source.equations})
            raise ModelError(
                message(
                    f"{source.name!r} has no variable {name!r} to record",
                    f"its variables: {', '.join(known) or 'none'}",
                    did_you_mean(name, known),
                )
            )
        source.check_has_values(name)
    return tuple(name for name in dict.fromkeys(chosen) if name not in ("i", "t"))
