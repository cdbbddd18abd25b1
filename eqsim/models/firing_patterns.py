"""The twenty firing patterns that the neuron of Izhikevich has, each with its stimulus.

References
----------
Izhikevich, E. M. (2004). Which model to use for cortical spiking neurons? IEEE Transactions on
Neural Networks 15, 1063-1070. doi:10.1109/TNN.2004.832719
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.integrators.user import SystemText
from eqsim.models.neuron import NeuronModel
from eqsim.models.neurons.izhikevich import Izhikevich
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.units import ms
from eqsim.units.quantity import Quantity, dimension_of

_Times = NDArray[np.float64]


@dataclass(frozen=True)
class FiringPattern:
    """One way in which a neuron answers to a stimulus.

    Parameters
    ----------
    name : str
        The pattern's name in the paper.
    values : mapping of str to number
        Parameters and initial values of the model :data:`~eqsim.models.Izhikevich`.
    stimulus : callable
        From times in ms, shape (n,), to the input current.
    duration_ms, dt_ms : float
        How long the paper shows it, and the step, in ms.
    model : NeuronModel
        The model; that of accommodation has another second equation, as in the paper.

    Examples
    --------
    >>> from eqsim import SpikeMonitor, models, run
    >>> pattern = models.FIRING_PATTERNS["phasic spiking"]
    >>> cell = pattern()
    >>> spikes = SpikeMonitor(cell)
    >>> run(pattern.duration, target="numpy")
    >>> spikes.num_spikes
    1
    """

    name: str
    values: Mapping[str, float]
    stimulus: Callable[[_Times], _Times]
    duration_ms: float
    dt_ms: float = 0.25
    model: NeuronModel = Izhikevich

    @property
    def duration(self) -> Quantity:
        """How long the paper shows the pattern."""
        return Quantity(self.duration_ms / 1000, dimension_of(ms))

    @property
    def current(self) -> TimedArray:
        """The stimulus, to be given to the model as its input ``I``."""
        times = np.arange(0, self.duration_ms, self.dt_ms)
        return TimedArray(self.stimulus(times), dt=self.dt_ms * ms)

    def __call__(self, N: int | tuple[int, ...] = 1, **changes: Any) -> NeuronGroup:  # noqa: N803
        """Return neurons that show the pattern.

        Parameters
        ----------
        N : int or tuple of int
            How many.
        **changes
            Arguments of the model that differ from the pattern's.
        """
        given = {"I": self.current, "dt": self.dt_ms * ms, "method": in_turn, **self.values}
        given |= changes
        return self.model(N, **given)


def in_turn(system: SystemText) -> str:
    """Return the step of the paper: Euler's, each variable with the new values of those before.

    Parameters
    ----------
    system : SystemText
        The equations.
    """
    return "\n".join(f"{name} = {name} + dt*({drift})" for name, drift in system.drifts.items())


def _pulses(height: float, *spans: tuple[float, float], rest: float = 0.0) -> Any:
    """Return a stimulus that has a height between times, and else another."""

    def stimulus(t: _Times) -> _Times:
        inside = np.zeros(t.shape, dtype=bool)
        for start, stop in spans:
            inside |= (t > start) & (t < stop)
        return np.where(inside, height, rest)

    return stimulus


def _step(height: float, start: float) -> Any:
    return _pulses(height, (start, np.inf))


def _ramp(slope: float, start: float, base: float = 0.0) -> Any:
    return lambda t: base + slope * np.maximum(t - start, 0)


def _two_ramps(t: _Times) -> _Times:
    """Rise slowly, which the neuron follows without a spike, then fast to half of the height."""
    fast = np.where((t >= 300) & (t < 312.5), (t - 300) / 12.5 * 4, 0.0)
    return np.where(t < 200, t / 25, fast)


def _threshold_variability(t: _Times) -> _Times:
    first = _pulses(1.0, (10, 15), (80, 85))(t)
    return np.asarray(first + _pulses(-6.0, (70, 75))(t))


def _set(a: float, b: float, c: float, d: float, **others: float) -> Mapping[str, float]:
    return MappingProxyType({"a": a, "b": b, "c": c, "d": d, **others})


_SLOPE = {"p2": 4.1, "p3": 108.0}
"""The quadratic of the patterns that the usual one does not have."""
_ACCOMMODATING = replace(
    Izhikevich,
    equations="""
    dV/dt = (p1*V**2 + p2*V + p3 - u + I + I_syn)/ms : 1
    du/dt = a*b*(V + 65)/ms : 1
    I : 1
    I_syn : 1
    """,
)
_INHIBITION = _pulses(75.0, (50, 250), rest=80.0)

FIRING_PATTERNS: Mapping[str, FiringPattern] = MappingProxyType(
    {
        pattern.name: pattern
        for pattern in (
            FiringPattern("tonic spiking", _set(0.02, 0.2, -65, 6), _step(14, 10), 100),
            FiringPattern("phasic spiking", _set(0.02, 0.25, -65, 6, V=-64), _step(0.5, 20), 200),
            FiringPattern("tonic bursting", _set(0.02, 0.2, -50, 2), _step(15, 22), 220),
            FiringPattern(
                "phasic bursting", _set(0.02, 0.25, -55, 0.05, V=-64), _step(0.6, 20), 200, 0.2
            ),
            FiringPattern("mixed mode", _set(0.02, 0.2, -55, 4), _step(10, 16), 160),
            FiringPattern(
                "spike frequency adaptation", _set(0.01, 0.2, -65, 8), _step(30, 8.5), 85
            ),
            FiringPattern(
                "class 1 excitability",
                _set(0.02, -0.1, -55, 6, V=-60, **_SLOPE),
                _ramp(0.075, 30),
                300,
            ),
            FiringPattern(
                "class 2 excitability",
                _set(0.2, 0.26, -65, 0, V=-64),
                _ramp(0.015, 30, base=-0.5),
                300,
            ),
            FiringPattern(
                "spike latency", _set(0.02, 0.2, -65, 6), _pulses(7.04, (10, 13)), 100, 0.2
            ),
            FiringPattern(
                "subthreshold oscillations",
                _set(0.05, 0.26, -60, 0, V=-62),
                _pulses(2.0, (20, 25)),
                200,
            ),
            FiringPattern(
                "resonator",
                _set(0.1, 0.26, -60, -1, V=-62),
                _pulses(0.65, (40, 44), (60, 64), (280, 284), (320, 324)),
                400,
            ),
            FiringPattern(
                "integrator",
                _set(0.02, -0.1, -55, 6, V=-60, **_SLOPE),
                _pulses(9.0, (9.1, 11.1), (14.1, 16.1), (70, 72), (80, 82)),
                100,
            ),
            FiringPattern(
                "rebound spike",
                _set(0.03, 0.25, -60, 4, V=-64),
                _pulses(-15.0, (20, 25)),
                200,
                0.2,
            ),
            FiringPattern(
                "rebound burst",
                _set(0.03, 0.25, -52, 0, V=-64),
                _pulses(-15.0, (20, 25)),
                200,
                0.2,
            ),
            FiringPattern(
                "threshold variability",
                _set(0.03, 0.25, -60, 4, V=-64),
                _threshold_variability,
                100,
            ),
            FiringPattern(
                "bistability",
                _set(0.1, 0.26, -60, 0, V=-61),
                _pulses(1.24, (37.5, 42.5), (216, 221), rest=0.24),
                300,
            ),
            FiringPattern(
                "depolarizing after-potential",
                _set(1, 0.2, -60, -21),
                _pulses(20.0, (9, 11)),
                50,
                0.1,
            ),
            FiringPattern(
                "accommodation",
                _set(0.02, 1, -55, 4, V=-65, u=-16),
                _two_ramps,
                400,
                0.5,
                _ACCOMMODATING,
            ),
            FiringPattern(
                "inhibition-induced spiking",
                _set(-0.02, -1, -60, 8, V=-63.8),
                _INHIBITION,
                350,
                0.5,
            ),
            FiringPattern(
                "inhibition-induced bursting",
                _set(-0.026, -1, -45, -2, V=-63.8),
                _INHIBITION,
                350,
                0.5,
            ),
        )
    }
)
"""The patterns by name, in the order of the paper's figure."""
