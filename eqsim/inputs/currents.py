"""Currents of given form, as arrays over time: sections, pulses, ramps, waves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.inputs.times import Steps, common_dimension
from eqsim.network.functions.timedarray import TimedArray
from eqsim.units import arguments
from eqsim.units.dimensions import HERTZ
from eqsim.units.quantity import Quantity, dimension_of, si_value


def constant_current(sections: Sequence[tuple[Any, Quantity]], dt: Any = None) -> TimedArray:
    """Return a current that is constant in sections.

    Parameters
    ----------
    sections : sequence of (value, duration)
        Values with their units, and how long each lasts. A value of shape (n,) gives an array
        with a column for each neuron: ``current(t, i)``.
    dt : Quantity, optional
        The step, of which durations are multiples; by default that of the default clock.

    Returns
    -------
    TimedArray
        The last value holds after the end too. ``current.duration`` is the sum of the durations.

    Raises
    ------
    ModelError, DimensionMismatchError
        If values or durations do not fit.

    Examples
    --------
    >>> from eqsim import ms, nA
    >>> current = constant_current([(0, 100*ms), (1*nA, 300*ms), (0, 100*ms)])
    >>> current.duration, current(250*ms)
    (500*ms, 1*nA)
    """
    steps = Steps.of(dt)
    given = list(sections) if isinstance(sections, Sequence) else []
    if not given or not all(isinstance(s, tuple | list) and len(s) == 2 for s in given):
        raise ModelError(
            "constant_current needs sections, pairs of a value and a duration\n"
            "  for example [(0, 100*ms), (1*nA, 300*ms)]"
        )
    dimension = common_dimension([value for value, _ in given], "the values of the sections")
    values = [np.asarray(si_value(value), dtype=float) for value, _ in given]
    shapes = {value.shape for value in values if value.ndim}
    if len(shapes) > 1 or any(len(shape) > 1 for shape in shapes):
        raise ModelError(
            f"the values of the sections have the shapes {', '.join(map(str, sorted(shapes)))}\n"
            "  expected: numbers, or arrays of one shape (n,)"
        )
    columns = next(iter(shapes), ())
    numbers = [
        steps.number(duration, f"the duration of section {k}") for k, (_, duration) in
        enumerate(given)
    ]  # fmt: skip
    if sum(numbers) == 0:
        raise ModelError("the sections of constant_current last no time\n  give durations above 0")
    parts = [
        np.broadcast_to(value, (n, *columns)) for value, n in zip(values, numbers, strict=True)
    ]
    return steps.array(np.concatenate(parts), dimension)


def spike_current(
    points: Any, lengths: Any, sizes: Any, duration: Quantity, dt: Any = None
) -> TimedArray:
    """Return a current of short pulses, 0 between them.

    Parameters
    ----------
    points : Quantity
        When the pulses begin, shape (n,).
    lengths : Quantity
        How long they last: one, or one for each, shape (n,).
    sizes : number or Quantity
        How large they are: one, or one for each, shape (n,). Where pulses overlap, the later
        one holds.
    duration : Quantity
        How long the current lasts.
    dt : Quantity, optional
        The step, of which all times are multiples; by default that of the default clock.

    Raises
    ------
    ModelError, DimensionMismatchError
        If there are not as many lengths or sizes as pulses, or a time is no multiple of the step.

    Examples
    --------
    >>> from eqsim import ms, nA
    >>> current = spike_current([10, 20, 30]*ms, 1*ms, 0.5*nA, duration=400*ms)
    >>> current([9.9, 10, 10.9, 11]*ms)
    array([  0., 500., 500.,   0.])*pA
    """
    steps = Steps.of(dt)
    n = steps.number(duration, "duration", 1)
    begins, times = steps.numbers(points, "points"), steps.numbers(lengths, "lengths")
    given_sizes = arguments.array(sizes, "sizes", "finite numbers or quantities", finite=True)
    values = np.atleast_1d(given_sizes).astype(float)
    for what, given in (("lengths", times), ("sizes", values)):
        if np.ndim(given) != 1 or len(given) not in (1, len(begins)):
            raise ModelError(
                f"spike_current was given {len(begins)} points and {len(given)} {what}\n"
                "  give one for all, or one for each"
            )
    current = np.zeros(n)
    lasting = np.broadcast_to(times, len(begins))
    large = np.broadcast_to(values, len(begins))
    for place in np.argsort(begins, kind="stable"):
        current[begins[place] : begins[place] + lasting[place]] = large[place]
    return steps.array(current, dimension_of(sizes))


def ramp_current(
    c_start: Any,
    c_end: Any,
    duration: Quantity,
    t_start: Any = 0,
    t_end: Any = None,
    dt: Any = None,
) -> TimedArray:
    """Return a current that changes at a constant rate, 0 before and after.

    Parameters
    ----------
    c_start, c_end : number or Quantity
        The first and the last value.
    duration : Quantity
        How long the current lasts.
    t_start, t_end : Quantity, optional
        From when to when it changes; by default from 0 to the end.
    dt : Quantity, optional
        The step, of which all times are multiples; by default that of the default clock.

    Examples
    --------
    >>> from eqsim import ms, nA
    >>> current = ramp_current(0*nA, 1*nA, 5*ms, t_start=1*ms, t_end=4*ms, dt=1*ms)
    >>> current.values
    array([0. , 0. , 0.5, 1. , 0. ])*nA
    """
    steps = Steps.of(dt)
    n, first, last = steps.part(duration, t_start, t_end)
    dimension = common_dimension([c_start, c_end], "c_start and c_end")
    current = np.zeros(n)
    ends = arguments.number(c_start, "c_start"), arguments.number(c_end, "c_end")
    current[first:last] = np.linspace(*ends, last - first)
    return steps.array(current, dimension)


def sinusoidal_input(  # noqa: PLR0913 - what its users know from elsewhere
    amplitude: Any,
    frequency: Quantity,
    duration: Quantity,
    dt: Any = None,
    t_start: Any = 0,
    t_end: Any = None,
    bias: bool = False,
) -> TimedArray:
    """Return a sinusoidal current, 0 before and after.

    Parameters
    ----------
    amplitude : number or Quantity
        The amplitude.
    frequency : Quantity
        The frequency.
    duration : Quantity
        How long the current lasts.
    dt : Quantity, optional
        The step, of which all times are multiples; by default that of the default clock.
    t_start, t_end : Quantity, optional
        From when to when there is a wave, which begins with phase 0.
    bias : bool
        Whether the amplitude is added, so that it is never negative.

    Examples
    --------
    >>> from eqsim import Hz, ms, nA
    >>> (sinusoidal_input(2*nA, 250*Hz, 4*ms, dt=1*ms).values/nA).round(9)
    array([ 0.,  2.,  0., -2.])
    """
    return _wave(np.sin, amplitude, frequency, (duration, t_start, t_end), (dt, bias))


def square_input(  # noqa: PLR0913 - what its users know from elsewhere
    amplitude: Any,
    frequency: Quantity,
    duration: Quantity,
    dt: Any = None,
    t_start: Any = 0,
    t_end: Any = None,
    bias: bool = False,
) -> TimedArray:
    """Return a square wave: half of each period up, half of it down, 0 before and after.

    Parameters
    ----------
    amplitude, frequency, duration, dt, t_start, t_end, bias
        As for :func:`sinusoidal_input`.

    Examples
    --------
    >>> from eqsim import Hz, ms, nA
    >>> square_input(2*nA, 250*Hz, 4*ms, dt=1*ms).values
    array([ 2.,  2., -2., -2.])*nA
    """

    def square(phase: NDArray[np.float64]) -> NDArray[np.float64]:
        # Of half a period that rounding put just below its end, the second half has begun.
        return np.where((phase / np.pi + 1e-9) % 2.0 < 1.0, 1.0, -1.0)

    return _wave(square, amplitude, frequency, (duration, t_start, t_end), (dt, bias))


def _wave(
    form: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    amplitude: Any,
    frequency: Any,
    times: tuple[Any, Any, Any],
    options: tuple[Any, bool],
) -> TimedArray:
    dt, bias = options
    steps = Steps.of(dt)
    n, first, last = steps.part(*times)
    hertz = arguments.number(frequency, "the frequency", "one, such as 10*Hz")
    if dimension_of(frequency) is not HERTZ:
        raise ModelError(f"the frequency is {frequency!r}\n  expected: one, such as 10*Hz")
    arguments.flag(bias, "bias")
    phase = 2.0 * np.pi * hertz * steps.times(last - first)
    size = arguments.number(amplitude, "the amplitude", "one finite number or quantity")
    current = np.zeros(n)
    current[first:last] = size * form(phase) + (size if bias else 0.0)
    return steps.array(current, dimension_of(amplitude))
