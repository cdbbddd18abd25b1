"""Random numbers for synapses and initial values: the same on every machine.

NumPy promises that the words of its counter-based generator stay as they are [1]_, but not that
its distributions do: so words are all that is used of it, and numbers are made from them here.

References
----------
.. [1] Salmon, J. K. et al. (2011). Parallel random numbers: as easy as 1, 2, 3. Proceedings of
   SC11. doi:10.1145/2063384.2063405
"""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.random import Philox
from numpy.typing import NDArray

from eqsim.network.randomness import mixed
from eqsim.targets.numpy import mathematics

_UNIT = 2.0**-53


class Purpose(Enum):
    """What the numbers of a stream are for; streams of different purposes are independent."""

    SKIP = 1
    ACCEPT = 2
    PAIR = 3
    SAMPLE = 4
    SPLIT = 5
    EXPRESSION = 6
    INITIALIZER = 7


class Uniforms:
    """One stream of numbers that are uniform in [0, 1), multiples of 2^-53.

    Parameters
    ----------
    key : int
        The key of everything random in one call, 64 bits.
    purpose : Purpose
        What the numbers are for.
    number : int
        Which of several streams for one purpose, from 0.

    Examples
    --------
    >>> whole, parts = (Uniforms(7, Purpose.PAIR) for _ in range(2))
    >>> whole.numbers(5).tolist() == [*parts.numbers(2), *parts.numbers(3)]
    True
    """

    def __init__(self, key: int, purpose: Purpose, number: int = 0) -> None:
        self.keys = stream_key(key, purpose), number
        """The two words that tell this stream from others."""
        self._words = Philox(key=np.array(self.keys, dtype=np.uint64))

    def numbers(self, n: int) -> NDArray[np.float64]:
        """Return the next ``n`` numbers."""
        words = self._words.random_raw(n)
        words >>= np.uint64(11)
        numbers = words.astype(np.float64)
        numbers *= _UNIT
        return numbers

    def exponentials(self, n: int) -> NDArray[np.float64]:
        """Return the next ``n`` numbers that have an exponential distribution of mean 1."""
        numbers = self.numbers(n)
        np.subtract(1.0, numbers, out=numbers)
        return np.asarray(np.negative(mathematics.log(numbers)))

    def normals(self, n: int) -> NDArray[np.float64]:
        """Return the next ``n`` numbers that have a normal distribution of mean 0, variance 1.

        References
        ----------
        Box, G. E. P. and Muller, M. E. (1958). A note on the generation of random normal
        deviates. Annals of Mathematical Statistics 29, 610-611. doi:10.1214/aoms/1177706645
        """
        pairs = self.numbers(2 * n).reshape(n, 2)
        radius = np.sqrt(-2.0 * mathematics.log(1.0 - pairs[:, 0]))
        return np.asarray(radius * mathematics.cosine_of_turns(pairs[:, 1]))


def stream_key(key: int, purpose: Purpose) -> int:
    """Return the key of the streams for a purpose, of which the other word is their number."""
    return mixed(key, purpose.value)
