"""Spikes and signals to Neo, so that Elephant and other tools work on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsim.errors import ModelError
from eqsim.measure.signals import signal_of
from eqsim.measure.trains import SpikeTrains
from eqsim.network.monitors.events import EventMonitor
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.units.dimensions import Dimension
from eqsim.units.names import UNITS

_BASE = ("m", "kg", "s", "A", "K", "mol", "cd")
_NAMED = {
    "volt": "V", "amp": "A", "siemens": "S", "ohm": "ohm", "farad": "F", "hertz": "Hz",
    "coulomb": "C",
}  # fmt: skip


def to_neo(*recorded: Any, name: str | None = None) -> Any:
    """Return what was recorded as a block of Neo.

    Parameters
    ----------
    *recorded : SpikeMonitor, StateMonitor, PopulationRateMonitor or SpikeTrains
        What was recorded.
    name : str, optional
        The block's name.

    Returns
    -------
    neo.Block
        With one segment: a spike train for each neuron, and a signal for each variable, with a
        channel for each recorded neuron. They are annotated with the monitor's name, spike trains
        also with the number of the neuron.

    Raises
    ------
    ModelError
        If something has no counterpart in Neo, or Neo is not installed.

    References
    ----------
    .. [1] Garcia, S. et al. (2014). Neo: an object model for handling electrophysiology data in
       multiple formats. Frontiers in Neuroinformatics 8:10. doi:10.3389/fninf.2014.00010

    Examples
    --------
    >>> from eqsim import ms
    >>> block = to_neo(SpikeTrains.of([[1, 3]*ms, [2]*ms], duration=10*ms))
    >>> [len(train) for train in block.segments[0].spiketrains]
    [2, 1]
    """
    neo = _neo()
    block = neo.Block(name=name)
    segment = neo.Segment(name=name)
    block.segments.append(segment)
    for each in recorded:
        if isinstance(each, EventMonitor | SpikeTrains):
            segment.spiketrains.extend(_spike_trains(neo, each))
        elif isinstance(each, StateMonitor):
            segment.analogsignals.extend([_signal(neo, each, v) for v in each.variables])
        elif isinstance(each, PopulationRateMonitor):
            segment.analogsignals.append(_signal(neo, each, None))
        else:
            raise ModelError(
                f"{type(each).__name__} cannot be exported to Neo\n"
                "  expected: a SpikeMonitor, StateMonitor, PopulationRateMonitor or SpikeTrains"
            )
    return block


def _neo() -> Any:
    try:
        import neo
    except ImportError:
        raise ModelError(
            "Neo is not installed, which to_neo needs\n  install it: pip install 'eqsim[neo]'"
        ) from None
    return neo


def _spike_trains(neo: Any, recorded: Any) -> list[Any]:
    trains = SpikeTrains.of(recorded)
    source = {} if isinstance(recorded, SpikeTrains) else {"monitor": str(recorded.name)}
    end = max(trains.duration_, float(trains.times.max(initial=0.0)))
    return [
        neo.SpikeTrain(times, units="s", t_start=0.0, t_stop=end, neuron=k, **source)
        for k, times in enumerate(trains.by_neuron())
    ]


def _signal(neo: Any, monitor: Any, variable: str | None) -> Any:
    signal = signal_of(monitor, variable)
    unit = _unit(signal.dimension)
    values = np.atleast_2d(signal.values).T
    times = signal.times
    assert times is not None
    about = {"name": signal.name, "monitor": str(monitor.name)}
    if variable is not None:
        about["neurons"] = monitor.record.tolist()
    steps = np.diff(times)
    if len(steps) and np.ptp(steps) > 1e-6 * steps.mean():
        return neo.IrregularlySampledSignal(times, values, units=unit, time_units="s", **about)
    period = float(steps.mean()) if len(steps) else monitor.clock.dt_
    start = float(times[0]) if len(times) else 0.0
    import quantities

    sampling = {"sampling_period": period * quantities.s, "t_start": start * quantities.s}
    return neo.AnalogSignal(values, units=unit, **sampling, **about)


def _unit(dimension: Dimension) -> Any:
    """Return the unit of Neo's quantities with the scale 1 of a dimension."""
    import quantities

    for name, symbol in _NAMED.items():
        if UNITS[name].dimension is dimension:
            return getattr(quantities, symbol)
    unit = quantities.dimensionless
    for symbol, exponent in zip(_BASE, dimension.exponents, strict=True):
        if exponent:
            unit = unit * getattr(quantities, symbol) ** float(exponent)
    return unit
