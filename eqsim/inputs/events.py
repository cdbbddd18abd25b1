"""Groups that spike: at given times, and at fixed frequencies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.clocks import refuse_time
from eqsim.network.groups.group_arguments import checked_shape
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.spikegenerator import SpikeGeneratorGroup
from eqsim.units import arguments
from eqsim.units.dimensions import HERTZ, SECOND
from eqsim.units.quantity import Quantity, dimension_of


class SpikeTimeGroup(SpikeGeneratorGroup):
    """Neurons that spike at times, with the neurons of each time.

    Parameters
    ----------
    size : int or tuple of int
        How many neurons, or how many along each axis.
    times : Quantity
        When neurons spike, shape (n,).
    indices : int or sequence of int or of sequences of int, optional
        Which neurons spike at each time: one or several for each, or one for all times; by
        default all neurons.
    **options
        Further arguments of :class:`~eqsim.SpikeGeneratorGroup`.

    Examples
    --------
    >>> from eqsim import SpikeMonitor, ms, run
    >>> G = SpikeTimeGroup(2, times=[1, 2, 3]*ms, indices=[0, [0, 1], 1])
    >>> M = SpikeMonitor(G)
    >>> run(4*ms, target='numpy')
    >>> M.t, M.i
    (array([1., 2., 2., 3.])*ms, array([0, 0, 1, 1], dtype=int32))
    """

    def __init__(self, size: Any, times: Quantity, indices: Any = None, **options: Any) -> None:
        shape = checked_shape(size)
        if dimension_of(times) is not SECOND:
            refuse_time(times, "the times of spikes", "[10, 20]*ms")
        moments = np.atleast_1d(arguments.array(times, "the times of spikes")).astype(float)
        if moments.ndim != 1:
            raise ModelError(f"the times of spikes have the shape {moments.shape}, not (n,)")
        neurons = _neurons(indices, len(moments), math.prod(shape))
        lengths = [len(each) for each in neurons]
        flat = np.concatenate([*neurons, np.zeros(0, dtype=np.int64)])
        repeated = Quantity(np.repeat(moments, lengths), SECOND)
        super().__init__(math.prod(shape), flat, repeated, **options)
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        """How many neurons there are along each axis."""
        return self._shape


def _neurons(indices: Any, n_times: int, n: int) -> list[NDArray[np.int64]]:
    if indices is None:
        return [np.arange(n)] * n_times
    if isinstance(indices, int | np.integer) and not isinstance(indices, bool):
        return [np.array([indices])] * n_times
    is_list = isinstance(indices, Sequence) or (isinstance(indices, np.ndarray) and indices.ndim)
    if not is_list or isinstance(indices, str | bytes):
        raise ModelError(
            f"indices of SpikeTimeGroup are {arguments.shown(indices)}\n"
            "  expected: one neuron for all times, or one or several for each: [0, [0, 1], 1]"
        )
    what = "one of the indices of SpikeTimeGroup"
    given = [np.atleast_1d(arguments.array(each, what, "whole numbers")) for each in indices]
    if len(given) != n_times:
        raise ModelError(
            f"SpikeTimeGroup was given {n_times} times and neurons for {len(given)}\n"
            "  give one neuron for all times, or one or several for each: indices=[0, [0, 1], 1]"
        )
    return given


class FrequencyGroup(NeuronGroup):
    """Neurons that spike regularly, each with its own frequency.

    Parameters
    ----------
    size : int or tuple of int
        How many neurons, or how many along each axis.
    frequencies : Quantity
        One for all, or one for each neuron; 0 Hz for those that never spike.
    start_time : Quantity, optional
        When the first spikes happen: one time for all, or one for each neuron.
    **options
        Further arguments of :class:`~eqsim.NeuronGroup`, such as ``dt`` and ``name``.

    Attributes
    ----------
    next_spike : VariableView
        When each neuron spikes next, in seconds; infinite if never.

    Raises
    ------
    ModelError, DimensionMismatchError
        If a frequency is negative, or higher than one spike in each step.

    Notes
    -----
    A spike happens in the step that contains its time. Periods need not be multiples of steps:
    times are added up, not steps.

    Examples
    --------
    >>> from eqsim import Hz, SpikeMonitor, ms, run
    >>> G = FrequencyGroup(2, [100, 300]*Hz, start_time=5*ms)
    >>> M = SpikeMonitor(G)
    >>> run(12*ms, target='numpy')
    >>> M.t, M.i
    (array([ 5. ,  5. ,  8.3, 11.6])*ms, array([0, 1, 1, 1], dtype=int32))
    """

    def __init__(
        self, size: Any, frequencies: Quantity, start_time: Any = None, **options: Any
    ) -> None:
        shape = checked_shape(size)
        n = math.prod(shape)
        rates = _for_each(frequencies, n, HERTZ, "frequencies", "10*Hz")
        start = Quantity(0.0, SECOND) if start_time is None else start_time
        starts = _for_each(start, n, SECOND, "start_time", "10*ms")
        if not (np.isfinite(rates).all() and rates.min() >= 0):
            raise ModelError("a frequency is negative or infinite\n  expected: at least 0*Hz")
        if not (np.isfinite(starts).all() and starts.min() >= 0):
            raise ModelError("a start_time is negative or infinite\n  expected: at least 0*ms")
        model = "period : second (constant)\nnext_spike : second"
        super().__init__(
            shape,
            model,
            threshold="t + 0.9999*dt > next_spike",
            reset="next_spike += period",
            **options,
        )
        fastest = float(rates.max()) * self.clock.dt_
        if fastest > 1.0 + 1e-9:
            raise ModelError(
                f"a frequency of {Quantity(float(rates.max()), HERTZ)} is more than one spike in"
                f" each step of {Quantity(self.clock.dt_, SECOND)}\n"
                "  give the group a shorter dt"
            )
        with np.errstate(divide="ignore"):
            periods = 1.0 / rates
        self.variables["period"].values[:] = np.where(rates > 0, periods, 0.0)
        self.variables["next_spike"].values[:] = np.where(rates > 0, starts, np.inf)


def _for_each(given: Any, n: int, dimension: Any, what: str, example: str) -> NDArray[Any]:
    if dimension_of(given) is not dimension:
        raise ModelError(f"{what} is {given!r}\n  expected: one, or one for each: {example}")
    values = arguments.array(given, what).astype(float).reshape(-1)
    if len(values) not in (1, n):
        raise ModelError(f"{what} has {len(values)} values for {n} neurons\n  give one, or {n}")
    return np.broadcast_to(values, n)
