"""Values with a normal distribution of which only a part between two limits is taken."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.initializers.base import Initializer, common_dimension, single_number, stream
from eqsim.network.synapses.uniforms import Uniforms
from eqsim.targets.numpy import mathematics


class TruncatedNormal(Initializer):
    """Values of a normal distribution, without those outside two limits.

    Parameters
    ----------
    loc : number or Quantity
        The mean before what is outside is taken away.
    scale : number or Quantity
        The standard deviation before.
    lower, upper : number or Quantity, optional
        The limits; without one there is no limit on that side.
    seed : int, optional
        Gives the same values in each call.

    Raises
    ------
    ModelError
        If the standard deviation is not positive, or there is nothing between the limits.

    References
    ----------
    Robert, C. P. (1995). Simulation of truncated normal variables. Statistics and Computing 5,
    121-125. doi:10.1007/BF00143942

    Examples
    --------
    >>> from eqsim import nS
    >>> values = TruncatedNormal(1*nS, 2*nS, lower=0*nS, seed=3)(1000)
    >>> bool(values.min() >= 0*nS)
    True
    """

    def __init__(
        self,
        loc: Any = 0.0,
        scale: Any = 1.0,
        lower: Any = None,
        upper: Any = None,
        seed: int | None = None,
    ) -> None:
        given = {"loc": loc, "scale": scale, "lower": lower, "upper": upper}
        limits = ("lower", "upper")
        known = {n: value for n, value in given.items() if value is not None or n not in limits}
        super().__init__(common_dimension("TruncatedNormal", **known), seed)
        self._given = given | {"seed": seed}
        numbers = {
            name: single_number("TruncatedNormal", name, value) for name, value in known.items()
        }
        if numbers["scale"] <= 0:
            raise ModelError(f"scale of TruncatedNormal must be positive, but is {scale}")
        self._loc, self._scale = numbers["loc"], numbers["scale"]
        self._low = (numbers.get("lower", -math.inf) - self._loc) / self._scale
        self._high = (numbers.get("upper", math.inf) - self._loc) / self._scale
        if self._low >= self._high:
            raise ModelError(
                f"there is nothing between the limits of TruncatedNormal, {lower} and {upper}"
            )

    def _numbers(self, n: int, key: int) -> NDArray[np.float64]:
        mirrored = self._high <= 0
        low, high = (-self._high, -self._low) if mirrored else (self._low, self._high)
        values = between(low, high, n, stream(key))
        kept = self._loc + self._scale * (-values if mirrored else values)
        limits = self._loc + self._scale * np.array([self._low, self._high])
        return np.clip(kept, *limits)

    def parameters(self) -> dict[str, Any]:
        """Return what it was made with."""
        return dict(self._given)


def between(low: float, high: float, n: int, numbers: Uniforms) -> NDArray[np.float64]:
    """Return values of the standard normal distribution between two limits, the upper above 0.

    Candidates are drawn from the distribution that is nearest, and kept with the probability that
    makes up for the difference: normal, uniform in narrow intervals, exponential in tails.
    """
    tail = max(low, 0.0)
    rate = (tail + math.sqrt(tail**2 + 4)) / 2
    is_narrow = high - low < (math.sqrt(2 * math.pi) if low <= 0 else 2 / rate)
    values = np.zeros(n)
    pending = np.arange(n)
    while len(pending):
        if is_narrow:
            drawn = low + (high - low) * numbers.numbers(len(pending))
            exponent = (tail**2 - drawn**2) / 2
        elif low > 0:
            drawn = low + numbers.exponentials(len(pending)) / rate
            exponent = -((drawn - rate) ** 2) / 2
        else:
            drawn = numbers.normals(len(pending))
            exponent = np.zeros(len(pending))
        accepted = numbers.numbers(len(pending)) < mathematics.exp(exponent)
        accepted &= (drawn >= low) & (drawn <= high)
        values[pending[accepted]] = drawn[accepted]
        pending = pending[~accepted]
    return values
