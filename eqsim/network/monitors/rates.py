"""The rate of a population over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.clocks import seconds
from eqsim.network.events import SPIKE
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.monitors.columns import Columns
from eqsim.network.monitors.monitor import Monitor
from eqsim.network.naming import new_name
from eqsim.network.objects import SteppedObject
from eqsim.units.arguments import MOST, array
from eqsim.units.dimensions import HERTZ, SECOND
from eqsim.units.quantity import Quantity


class PopulationRateMonitor(Monitor, SteppedObject):
    """Record the rate of a population: spikes per neuron and second, step by step.

    Parameters
    ----------
    source : NeuronGroup or Subgroup
        The population.
    name : str, optional
        The monitor's name.

    Attributes
    ----------
    t, rate : Quantity
        Times and rates, shape (n_steps,), in seconds and hertz.

    Raises
    ------
    ModelError
        If the source has no threshold.

    Examples
    --------
    >>> from eqsim import NeuronGroup, PopulationRateMonitor, ms, run
    >>> G = NeuronGroup(1, 'dv/dt = 1/ms : 1', threshold='v > 1', reset='v = 0', method='euler')
    >>> M = PopulationRateMonitor(G)
    >>> run(11*ms, target='numpy')
    >>> float(M.rate_.mean().round())
    909.0
    """

    def __init__(self, source: StateOwner, name: str = "ratemonitor*") -> None:
        name = new_name(name)
        if not isinstance(source, StateOwner) or SPIKE not in source.events:
            raise ModelError(f"{name!r} needs a group with a threshold, not {source!r}")
        super().__init__(name, "end", 0, source.clock)
        self.source = source
        self.rows = Columns(["t", "rate"], [float, float])
        self.columns = {"recorded": self.rows}

    @property
    def t(self) -> Quantity:
        """Times, shape (n_steps,)."""
        return Quantity(self.t_, SECOND)

    @property
    def t_(self) -> NDArray[np.float64]:
        """Times in seconds, without unit."""
        return self.rows.read("t")

    @property
    def rate(self) -> Quantity:
        """Rates, shape (n_steps,)."""
        return Quantity(self.rate_, HERTZ)

    @property
    def rate_(self) -> NDArray[np.float64]:
        """Rates in hertz, without unit."""
        return self.rows.read("rate")

    def _states(self) -> tuple[str, ...]:
        return ("t", "rate")

    def __len__(self) -> int:
        return len(self.rows)

    def smooth_rate(
        self, window: str | NDArray[np.float64] = "gaussian", width: Quantity | None = None
    ) -> Quantity:
        """Return the rate averaged over a sliding window.

        Parameters
        ----------
        window : str or ndarray
            ``"gaussian"``, ``"flat"``, or weights with an odd number of entries.
        width : Quantity, optional
            Standard deviation of the Gaussian (cut off at twice that), or width of the flat
            window, rounded to an odd number of steps. Needed unless ``window`` is an array.

        Returns
        -------
        Quantity
            Shape (n_steps,), in hertz. Towards the ends it falls, as if there were no spikes
            outside.

        Raises
        ------
        ModelError
            If the window is unknown or its width is missing.
        """
        weights = self._weights(window, width)
        return Quantity(_same(self.rate_, weights / weights.sum()), HERTZ)

    def _weights(self, window: Any, width: Quantity | None) -> NDArray[np.float64]:
        if not isinstance(window, str):
            weights = array(window, "a window", "'gaussian', 'flat', or weights", finite=True)
            if weights.ndim != 1 or len(weights) % 2 == 0 or width is not None:
                raise ModelError("a window of weights has an odd number of them and no width")
            if weights.sum() == 0:
                raise ModelError("the weights of a window add to 0\n  the rate is divided by that")
            return weights.astype(float)
        if width is None:
            raise ModelError(f"the window {window!r} needs a width, for example width=10*ms")
        steps = seconds(width, "the width of the window") / self.clock.dt_
        if steps <= 0:
            raise ModelError(f"the width of the window must be positive, not {width!r}")
        if steps > MOST:
            raise ModelError(
                f"the window, {width!r} wide, is longer than 2**31 - 1 steps of {self.clock.dt}"
            )
        if window == "flat":
            # A width of so many steps is one up to rounding.
            return np.ones(2 * int(steps / 2 + 1e-6) + 1)
        if window == "gaussian":
            reach = round(2 * steps)
            places: NDArray[np.float64] = np.arange(-reach, reach + 1) / steps
            return np.asarray(np.exp(-0.5 * places**2))
        raise ModelError(f"there is no window {window!r}\n  known: 'gaussian', 'flat', an array")

    def binned_rate(self, bin_size: Quantity) -> tuple[Quantity, Quantity]:
        """Return centres of bins and the mean rate in each.

        Parameters
        ----------
        bin_size : Quantity
            The length of a bin, in seconds, rounded to whole steps; at least one step.

        Returns
        -------
        tuple of Quantity
            Centres of the bins that are over, in seconds, and rates, in hertz, shape (n_bins,).

        Raises
        ------
        ModelError, DimensionMismatchError
            If bins are shorter than a step, or their size is no time.
        """
        steps = steps_of_bin(bin_size, self.clock.dt_)
        bins = len(self) // steps
        rates = self.rate_[: bins * steps].reshape(bins, steps).mean(axis=1)
        starts = self.t_[: bins * steps : steps]
        return Quantity(starts + steps * self.clock.dt_ / 2, SECOND), Quantity(rates, HERTZ)


def steps_of_bin(bin_size: Quantity, dt: float) -> int:
    """Return how many steps of ``dt`` seconds a bin has.

    Raises
    ------
    DimensionMismatchError
        If its size is no time.
    ModelError
        If it is shorter than a step.
    """
    steps = round(seconds(bin_size, "the size of a bin") / dt)
    if steps < 1:
        raise ModelError(f"a bin is at least one step long, not {bin_size!r}")
    return steps


def _same(signal: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convolve to the signal's length, also where the window is longer than it."""
    if not len(signal):
        return signal
    full = np.convolve(signal, weights)
    start = (len(weights) - 1) // 2
    return full[start : start + len(signal)]
