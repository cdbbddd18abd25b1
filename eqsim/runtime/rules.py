"""By which rule the targets of synapses were made: what a device needs to make them itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Pairs of rows and columns, each connected with one probability.

    Column ``c`` of row ``r`` is the partner ``start + step*c + slope*r``.

    Parameters
    ----------
    rows, columns : int
        How many rows there are, and columns in each.
    start, step, slope : int
        Which partners the columns are.
    without_self : bool
        Whether the partner with the number of its row is left out.
    first_target : int
        What is added to partners, to count them from the first of the whole group.
    key, stream : int
        The stream of random numbers.
    rate : float
        ``-log(1 - p)`` for the probability ``p``; 0 if all pairs are connected.
    """

    rows: int
    columns: int
    start: int
    step: int
    slope: int
    without_self: bool
    first_target: int
    key: int
    stream: int
    rate: float
