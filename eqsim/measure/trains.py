"""Spikes in every form that measures take, as one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.clocks import checked_step, defaultclock, refuse_time, seconds
from eqsim.network.monitors.events import EventMonitor
from eqsim.units import arguments
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity, dimension_of

_STEP = 1e-6
"""A bin may differ by this part of a step from whole steps."""


@dataclass(frozen=True, eq=False)
class SpikeTrains:
    """Who spiked when, from time 0 on.

    Every measure takes a SpikeMonitor or EventMonitor; a dictionary or list of the times of each
    neuron; an array of zeros and ones, shape (n_neurons, n_times), of steps of the default clock;
    or an object of this class, which tells more.

    Parameters
    ----------
    neurons : ndarray of int
        Numbers of the neurons, shape (n_spikes,).
    times : ndarray of float64
        Times in seconds, shape (n_spikes,), ascending for each neuron.
    n : int
        How many neurons there are.
    duration_ : float
        How long spikes were looked for, in seconds.
    dt_ : float
        The step, in seconds.

    Examples
    --------
    >>> from eqsim import ms
    >>> trains = SpikeTrains.of([[1, 3]*ms, [2]*ms], duration=10*ms)
    >>> trains.neurons, trains.t, trains.duration
    (array([0, 0, 1]), array([1., 3., 2.])*ms, 10*ms)
    """

    neurons: NDArray[np.int64]
    times: NDArray[np.float64]
    n: int
    duration_: float
    dt_: float

    def __post_init__(self) -> None:
        numbers = arguments.array(self.neurons, "the neurons that spiked", "whole numbers")
        times = arguments.array(self.times, "the times of spikes", "finite times", finite=True)
        n = arguments.whole(self.n, "the number of neurons n")
        if arguments.number(self.duration_, "the duration of spikes") < 0:
            raise ModelError(f"the duration of spikes is negative: {self.duration}")
        step = arguments.positive(self.dt_, "the step dt of spikes")
        if not self.duration_ <= 2**53 * step:
            raise ModelError(
                f"the duration {self.duration} has more than 2**53 steps of"
                f" {Quantity(step, SECOND)}\n  give a longer dt, or a shorter duration"
            )
        if numbers.ndim != 1 or times.shape != numbers.shape:
            raise ModelError(
                f"spikes have neurons of the shape {numbers.shape} and times of the shape"
                f" {times.shape}\n  expected: one of each for each spike, shape (n_spikes,)"
            )
        if times.size and times.min() < 0:
            raise ModelError(
                f"a spike has the time {Quantity(float(times.min()), SECOND)}\n"
                "  expected: times from 0 on"
            )
        if numbers.size and (numbers.dtype.kind not in "iu" or not _are_below(n, numbers)):
            raise ModelError(
                f"spikes have the neurons {arguments.shown(numbers)}\n"
                f"  expected: whole numbers from 0 to {n - 1}"
            )

    @classmethod
    def of(
        cls, spikes: Any, *, dt: Quantity | None = None, duration: Quantity | None = None
    ) -> SpikeTrains:
        """Return spikes in this form.

        Parameters
        ----------
        spikes : SpikeMonitor, SpikeTrains, mapping or sequence of Quantity, or array
            The spikes. A mapping gives the times of neurons by their numbers.
        dt : Quantity, optional
            The step; by default that of the monitor, or of the default clock.
        duration : Quantity, optional
            How long spikes were looked for; by default until the monitor's present time, the
            end of an array, or the end of the step of the last spike.

        Raises
        ------
        ModelError, DimensionMismatchError
            If they have another form.
        """
        step = defaultclock.dt_ if dt is None else checked_step(dt)
        end = None if duration is None else seconds(duration, "duration")
        if isinstance(spikes, SpikeTrains):
            own = spikes.dt_ if dt is None else step
            return replace(spikes, dt_=own, duration_=spikes.duration_ if end is None else end)
        if isinstance(spikes, EventMonitor):
            own = spikes.clock.dt_ if dt is None else step
            last = spikes.timestep * spikes.clock.dt_ if end is None else end
            return cls(spikes.i.astype(np.int64), spikes.t_, spikes.source.N, last, own)
        if isinstance(spikes, np.ndarray) and spikes.ndim == 2:
            return cls._of_matrix(spikes, step, end)
        if isinstance(spikes, Mapping):
            numbers = [arguments.whole(number, "the number of a neuron") for number in spikes]
            trains = [_times(times) for times in spikes.values()]
        elif isinstance(spikes, Sequence) and not isinstance(spikes, str | bytes):
            numbers, trains = list(range(len(spikes))), [_times(times) for times in spikes]
        else:
            raise ModelError(
                f"{type(spikes).__name__} is no form of spikes\n"
                "  expected: a SpikeMonitor, the times of each neuron in a dictionary or list, or"
                " an array of the shape (n_neurons, n_times)"
            )
        neurons = np.repeat(np.asarray(numbers, dtype=np.int64), list(map(len, trains)))
        times = np.concatenate([*trains, np.zeros(0)])
        if end is None:
            end = (np.floor(times.max(initial=0.0) / step + _STEP) + 1.0) * step
        return cls(neurons, times, max(numbers, default=-1) + 1, end, step)

    @classmethod
    def _of_matrix(cls, matrix: NDArray[Any], dt: float, end: float | None) -> SpikeTrains:
        if not np.isin(arguments.array(matrix, "an array of spikes"), (0, 1)).all():
            raise ModelError(
                "an array of spikes has other numbers than 0 and 1\n"
                "  times are given as a list with the times of each neuron"
            )
        neurons, steps = np.nonzero(matrix)
        times = np.asarray(steps * dt, dtype=np.float64)
        duration = matrix.shape[1] * dt if end is None else end
        return cls(neurons, times, matrix.shape[0], duration, dt)

    @property
    def t(self) -> Quantity:
        """The times, shape (n_spikes,)."""
        return Quantity(self.times, SECOND)

    @property
    def duration(self) -> Quantity:
        """How long spikes were looked for."""
        return Quantity(self.duration_, SECOND)

    def by_neuron(self) -> list[NDArray[np.float64]]:
        """Return the times of each neuron, ascending, in seconds."""
        order = np.lexsort((self.times, self.neurons))
        ends = np.cumsum(np.bincount(self.neurons, minlength=self.n))
        return np.split(self.times[order], ends[:-1]) if self.n else []

    def bins(self, width: Any, what: str = "bin_size") -> tuple[NDArray[np.int64], int, float]:
        """Return in which bin each spike is, how many bins are over, and how long they are.

        Parameters
        ----------
        width : Quantity
            The length of a bin.
        what : str
            What it is, for errors.

        Raises
        ------
        ModelError, DimensionMismatchError
            If it is no time, or no bin is over.
        """
        length = seconds(width, what)
        if length <= 0:
            raise ModelError(f"{what} must be positive, not {width!r}")
        n = _whole_bins(self.duration_ / length + _STEP, what, width)
        if n < 1:
            raise ModelError(
                f"{what} is {width!r}, longer than the {self.duration} that there are spikes of"
            )
        steps = length / self.dt_
        if abs(steps - round(steps)) < _STEP and round(steps):
            # Counted in steps: times that are multiples of dt up to rounding fall into theirs.
            numbers = np.floor(self.times / self.dt_ + _STEP).astype(np.int64) // round(steps)
        else:
            numbers = np.floor(self.times / length).astype(np.int64)
        return numbers, n, length

    def counts(self, width: Any, what: str = "bin_size") -> NDArray[np.int64]:
        """Return how many spikes each neuron has in each bin, shape (n, n_bins)."""
        numbers, n_bins, _ = self.bins(width, what)
        arguments.whole(self.n * n_bins, f"the number of counts, neurons times {what}s,")
        inside = numbers < n_bins
        places = self.neurons[inside] * n_bins + numbers[inside]
        return np.bincount(places, minlength=self.n * n_bins).reshape(self.n, n_bins)


def _are_below(n: int, numbers: NDArray[Any]) -> bool:
    return bool(numbers.min() >= 0 and numbers.max() < n)


def _whole_bins(bins: float, what: str, width: Any) -> int:
    if bins > arguments.MOST:
        raise ModelError(
            f"{what} is {width!r}, of which there would be more than 2**31 - 1\n"
            "  give a longer one"
        )
    return int(bins)


def _times(given: Any) -> NDArray[np.float64]:
    numbers = np.atleast_1d(arguments.array(given, "the times of a neuron", "[10, 20]*ms"))
    if dimension_of(given) is not SECOND and len(numbers):
        refuse_time(given, "the times of a neuron", "[10, 20]*ms")
    if numbers.ndim != 1:
        raise ModelError(f"the times of a neuron have the shape {numbers.shape}, not (n,)")
    return np.sort(numbers.astype(float))
