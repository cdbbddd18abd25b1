"""Values drawn from distributions that have a formula for each value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.initializers.base import Initializer, common_dimension, single_number, stream
from eqsim.targets.numpy import mathematics


class Uniform(Initializer):
    """Values uniform between two limits.

    Parameters
    ----------
    min_val, max_val : number or Quantity
        The limits; the upper one is not reached.
    seed : int, optional
        Gives the same values in each call.

    Raises
    ------
    ModelError
        If the lower limit is above the upper one.

    Examples
    --------
    >>> from eqsim import mV, seed
    >>> seed(1)
    >>> Uniform(-70*mV, -50*mV)(3)
    array([-67.49207155, -63.69270328, -62.34552224])*mV
    """

    def __init__(self, min_val: Any = 0.0, max_val: Any = 1.0, seed: int | None = None) -> None:
        super().__init__(common_dimension("Uniform", min_val=min_val, max_val=max_val), seed)
        self.min_val, self.max_val = min_val, max_val
        self._low, self._high = (
            single_number("Uniform", name, value)
            for name, value in (("min_val", min_val), ("max_val", max_val))
        )
        if self._low > self._high:
            raise ModelError(f"min_val of Uniform is {min_val}, above max_val, which is {max_val}")

    def _numbers(self, n: int, key: int) -> NDArray[np.float64]:
        return self._low + (self._high - self._low) * stream(key).numbers(n)

    def parameters(self) -> dict[str, Any]:
        """Return the limits and the seed."""
        return {"min_val": self.min_val, "max_val": self.max_val, "seed": self.seed}


class Normal(Initializer):
    """Values with a normal distribution.

    Parameters
    ----------
    mean : number or Quantity
        The mean.
    scale : number or Quantity
        The standard deviation.
    seed : int, optional
        Gives the same values in each call.

    Raises
    ------
    ModelError
        If the standard deviation is negative.

    Examples
    --------
    >>> from eqsim import mV
    >>> values = Normal(-55*mV, 2*mV, seed=3)(10000)
    >>> round(values.mean()/mV), round(values.std()/mV, 1)
    (-55, 2.0)
    """

    def __init__(self, mean: Any = 0.0, scale: Any = 1.0, seed: int | None = None) -> None:
        super().__init__(common_dimension("Normal", mean=mean, scale=scale), seed)
        self.mean, self.scale = mean, scale
        self._mean = single_number("Normal", "mean", mean)
        self._scale = single_number("Normal", "scale", scale)
        if self._scale < 0:
            raise ModelError(f"scale of Normal must not be negative, but is {scale}")

    def _numbers(self, n: int, key: int) -> NDArray[np.float64]:
        return self._mean + self._scale * stream(key).normals(n)

    def parameters(self) -> dict[str, Any]:
        """Return mean, standard deviation and seed."""
        return {"mean": self.mean, "scale": self.scale, "seed": self.seed}


class LogNormal(Initializer):
    """Values whose logarithm has a normal distribution, such as weights of cortical synapses.

    Parameters
    ----------
    mean : number or Quantity
        The mean of the values, not of their logarithm.
    scale : number or Quantity
        The standard deviation of the values.
    seed : int, optional
        Gives the same values in each call.

    Raises
    ------
    ModelError
        If the mean is not positive, or the standard deviation negative.

    References
    ----------
    Song, S. et al. (2005). Highly nonrandom features of synaptic connectivity in local cortical
    circuits. PLoS Biology 3, e68. doi:10.1371/journal.pbio.0030068

    Examples
    --------
    >>> from eqsim import mV
    >>> values = LogNormal(1*mV, 0.5*mV, seed=3)(100000)
    >>> round(values.mean()/mV, 2), round(values.std()/mV, 2), bool(values.min() > 0)
    (1.0, 0.5, True)
    """

    def __init__(self, mean: Any = 1.0, scale: Any = 1.0, seed: int | None = None) -> None:
        super().__init__(common_dimension("LogNormal", mean=mean, scale=scale), seed)
        self.mean, self.scale = mean, scale
        average = single_number("LogNormal", "mean", mean)
        deviation = single_number("LogNormal", "scale", scale)
        if average <= 0:
            raise ModelError(f"mean of LogNormal must be positive, but is {mean}")
        if deviation < 0:
            raise ModelError(f"scale of LogNormal must not be negative, but is {scale}")
        ratio = deviation / average
        variance = math.log1p(ratio * ratio)
        if not math.isfinite(variance):
            raise ModelError(
                f"scale of LogNormal is {scale}, and its mean {mean}\n"
                "  expected: a scale of at most 1e154 times the mean"
            )
        self._log_mean, self._log_scale = math.log(average) - variance / 2, math.sqrt(variance)

    def _numbers(self, n: int, key: int) -> NDArray[np.float64]:
        numbers = self._log_mean + self._log_scale * stream(key).normals(n)
        return np.asarray(mathematics.exp(numbers))

    def parameters(self) -> dict[str, Any]:
        """Return mean, standard deviation and seed."""
        return {"mean": self.mean, "scale": self.scale, "seed": self.seed}
