"""How long the parts of a simulation take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eqsim.errors import ModelError
from eqsim.network.summaries import html_table, text_table
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity

_HEADS = ("part", "seconds", "percent")


@dataclass(frozen=True)
class ProfilingSummary:
    """The time spent in each part of a network, the longest first; printed as a table.

    Parameters
    ----------
    entries : tuple of tuple of (str, float)
        Name and seconds of the parts that are shown.
    total : float
        Seconds of all parts, shown or not.
    """

    entries: tuple[tuple[str, float], ...]
    total: float

    def _rows(self) -> list[list[str]]:
        whole = self.total or 1.0
        return [
            [name, f"{seconds:.6f}", f"{100 * seconds / whole:.1f}"]
            for name, seconds in self.entries
        ]

    def __repr__(self) -> str:
        return text_table(_HEADS, self._rows())

    def _repr_html_(self) -> str:
        return html_table(_HEADS, self._rows())


def sorted_times(seconds: Mapping[str, float]) -> list[tuple[str, Quantity]]:
    """Return names and times, the longest first."""
    ordered = sorted(seconds.items(), key=lambda item: (-item[1], item[0]))
    return [(name, Quantity(spent, SECOND)) for name, spent in ordered]


def profiling_summary_of(
    seconds: Mapping[str, float], show: int | None, network: str
) -> ProfilingSummary:
    """Return the summary of the times of a network's parts.

    Parameters
    ----------
    seconds : mapping of str to float
        Time of each part over all profiled runs.
    show : int or None
        How many parts to show, None for all.
    network : str
        The network's name, for errors.

    Raises
    ------
    ModelError
        If nothing was measured, or ``show`` is no number of parts.
    """
    if not seconds:
        raise ModelError(f"no run of {network!r} was profiled\n  run it with profile=True before")
    if show is not None and (isinstance(show, bool) or not isinstance(show, int) or show < 1):
        raise ModelError(f"show must be a number of parts from 1 on, not {show!r}")
    entries = [(name, float(spent.value)) for name, spent in sorted_times(seconds)]
    return ProfilingSummary(tuple(entries[:show]), sum(seconds.values()))
