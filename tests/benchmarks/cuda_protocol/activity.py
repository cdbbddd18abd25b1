"""What a network did, as numbers that a table can hold, and whether that was right.

A time tells nothing about a network that did something else. NumPy is all that this module needs:
scripts for other simulators use it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from microcircuit import RATES, SIZES
from numpy.typing import NDArray


def isi_cv(i: NDArray[Any], t: NDArray[Any]) -> float:
    """Return the mean coefficient of variation of the intervals between spikes.

    Parameters
    ----------
    i : ndarray of int
        Which neuron spiked, shape (spikes,).
    t : ndarray of float
        When, in any unit, shape (spikes,).

    Returns
    -------
    float
        Over neurons with three spikes or more; nan if there are none.
    """
    order = np.lexsort((t, i))
    i, t = np.asarray(i, dtype=np.int64)[order], np.asarray(t, dtype=float)[order]
    within = i[1:] == i[:-1]
    of, intervals = i[1:][within], np.diff(t)[within]
    counts = np.bincount(of)
    means = np.bincount(of, intervals) / np.maximum(counts, 1)
    squares = np.bincount(of, (intervals - means[of]) ** 2) / np.maximum(counts, 1)
    enough = (counts >= 2) & (means > 0)
    return float(np.mean(np.sqrt(squares[enough]) / means[enough])) if enough.any() else np.nan


@dataclass(frozen=True)
class Expected:
    """In which range the mean rate of some neurons has to be.

    Parameters
    ----------
    name : str
        Who they are.
    begin, end : float
        Which part of the neurons, from 0 to 1.
    low, high : float
        In hertz.
    """

    name: str
    begin: float
    end: float
    low: float
    high: float

    def wrong(self, counts: NDArray[np.integer], seconds: float) -> str | None:
        """Return what is wrong with numbers of spikes, None if nothing is."""
        n = len(counts)
        own = counts[round(self.begin * n) : round(self.end * n)]
        rate = float(own.mean()) / seconds
        if self.low <= rate <= self.high:
            return None
        return f"{self.name} {rate:.2f} Hz, expected {self.low:.2f} to {self.high:.2f}"


def _all(low: float, high: float) -> tuple[Expected, ...]:
    return (Expected("rate", 0.0, 1.0, low, high),)


def _populations() -> tuple[Expected, ...]:
    names = ["L2/3E", "L2/3I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
    borders = np.concatenate([[0], np.cumsum(SIZES)]) / SIZES.sum()
    ranges = [(0.75 * rate - 0.2, 1.25 * rate + 0.2) for rate in RATES]
    return tuple(
        Expected(name, begin, end, max(low, 0.0), high)
        for name, begin, end, (low, high) in zip(
            names, borders[:-1], borders[1:], ranges, strict=True
        )
    )


_KNOWN: dict[str, tuple[int, int | None, tuple[Expected, ...]]] = {
    "cuba": (1000, None, _all(4.7, 6.1)),
    "coba": (1000, None, _all(15.0, 45.0)),
    "cobahh": (1000, None, _all(27.0, 48.0)),
    "uncoupled": (1000, None, _all(51.5, 53.8)),
    "brunel": (12_500, 12_500, _all(30.6, 32.6)),
    "stdp": (10_000, 10_000, _all(4.9, 6.1)),
    "brunel_poisson": (4000, None, _all(29.0, 44.0)),
    "microcircuit": (7000, None, _populations()),
}
"""From how many neurons on, and up to how many, a network has the rates that are known."""


def expected(network: str, neurons: int) -> tuple[Expected, ...]:
    """Return what is known of the rates of a network of this size, nothing if that is nothing.

    Of the microcircuit the published rates of its populations, within a quarter; of others what
    several simulators agree on (``docs/performance.md``), with room for other random numbers.
    """
    smallest, largest, ranges = _KNOWN.get(network, (0, -1, ()))
    fits = neurons >= smallest and (largest is None or neurons <= largest)
    return ranges if fits else ()


def wrong_rates(
    ranges: Sequence[Expected], counts: NDArray[np.integer], seconds: float
) -> list[str]:
    """Return what is wrong with the numbers of spikes that neurons had in so many seconds."""
    return [text for each in ranges if (text := each.wrong(counts, seconds)) is not None]
