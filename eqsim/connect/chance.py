"""All pairs, and pairs chosen at random with one probability or in fixed numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.connect.arguments import flag, probability, whole
from eqsim.errors import ModelError
from eqsim.network.synapses.collecting import SMALLEST_PORTION
from eqsim.network.synapses.connectors import Connections, Connector, Sides, Whole
from eqsim.network.synapses.growing import MOST_SYNAPSES, Growing, too_many
from eqsim.network.synapses.random_pairs import All, ByChance, Selection
from eqsim.network.synapses.samples import BySize

_BLOCK = 1 << 13


def portion() -> int:
    """Return how many pairs are looked at at a time."""
    return SMALLEST_PORTION


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """The partners that each element may have: all of the other side, or all but itself."""

    lengths: Whole
    own: Whole | None

    @classmethod
    def of(cls, sides: Sides, include_self: bool) -> _Candidates:
        lengths = np.full(sides.n_pre, sides.n_post, dtype=np.int64)
        if include_self:
            return cls(lengths, None)
        own = sides.own()
        return cls(lengths - (own >= 0), own)

    def chosen(
        self, selection: Selection, parameter: NDArray[Any], expected: float
    ) -> tuple[Whole, Any]:
        """Return how many partners each element has, and their numbers, element by element.

        Parameters
        ----------
        selection : Selection
            Chooses the partners.
        parameter : ndarray
            What it needs for each element, shape (n_pre,).
        expected : float
            About how many there will be in all.
        """
        if expected > 2 * MOST_SYNAPSES:
            raise too_many(expected)
        partners = Growing(np.dtype(np.int32), int(min(1.01 * expected + 64, MOST_SYNAPSES)))
        counts = np.zeros(len(self.lengths), dtype=np.int64)
        for first in range(0, len(self.lengths), _BLOCK):
            block = slice(first, first + _BLOCK)
            for rows, columns in selection.chosen(self.lengths[block], parameter[block]):
                if not len(rows):
                    continue
                rows += first
                if self.own is not None:
                    own = self.own[rows]
                    columns = columns + ((columns >= own) & (own >= 0))
                partners.append(columns, len(columns))
                added = np.bincount(rows - rows[0])
                counts[rows[0] : rows[0] + len(added)] += added
        return counts, partners.finished()


class One2One(Connector):
    """Connect each element with the one of the same number.

    Examples
    --------
    >>> pre, post = One2One()(3)
    >>> pre, post
    (array([0, 1, 2], dtype=int32), array([0, 1, 2], dtype=int32))
    """

    def __init__(self) -> None:
        super().__init__()

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return one connection of each element."""
        del key
        if sides.n_pre != sides.n_post:
            raise ModelError(
                f"One2One needs two sides of one size, not {sides.n_pre} and {sides.n_post}\n"
                "  connect a part of the larger one: G[:n]"
            )
        numbers = np.arange(sides.n_pre)
        return Connections.in_rows(sides, np.ones_like(numbers), numbers)


class All2All(Connector):
    """Connect each element with all of the other side.

    Parameters
    ----------
    include_self : bool
        Whether elements connect with themselves, or with the one at the same place.

    Examples
    --------
    >>> All2All(include_self=False)(3).post
    array([1, 2, 0, 2, 0, 1], dtype=int32)
    """

    def __init__(self, include_self: bool = True) -> None:
        super().__init__()
        self.include_self = flag(include_self, "include_self", "All2All")

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return all connections."""
        del key
        candidates = _Candidates.of(sides, self.include_self)
        expected = float(candidates.lengths.sum())
        chosen = candidates.chosen(All(portion), np.ones(sides.n_pre), expected)
        return Connections.in_rows(sides, *chosen)


class FixedProb(Connector):
    """Connect each pair with one probability, independently of the others.

    Parameters
    ----------
    prob : float
        The probability, from 0 to 1.
    include_self : bool
        Whether elements may connect with themselves, or with the one at the same place.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    Notes
    -----
    The same synapses as those of ``S.connect(p=prob)``. The time needed is proportional to the
    connections made: gaps between them are drawn, which have a geometric distribution.

    Examples
    --------
    >>> made = FixedProb(0.1, seed=1)(200, 1000)
    >>> len(made)
    20036
    """

    def __init__(self, prob: float, include_self: bool = True, *, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.prob = probability(prob, "prob", "FixedProb")
        self.include_self = flag(include_self, "include_self", "FixedProb")

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return connections chosen at random."""
        candidates = _Candidates.of(sides, self.include_self)
        selection = ByChance(key, self.prob, portion)
        expected = self.prob * float(candidates.lengths.sum())
        chosen = candidates.chosen(selection, np.full(sides.n_pre, self.prob), expected)
        return Connections.in_rows(sides, *chosen)


class _FixedNumber(Connector):
    """So many partners of each element, or a fraction of all."""

    def __init__(
        self, num: int | float, include_self: bool = True, *, seed: int | None = None
    ) -> None:
        super().__init__(seed=seed)
        name = type(self).__name__
        is_fraction = isinstance(num, float | np.floating)
        checked = probability(num, "num", name) if is_fraction else whole(num, "num", name, 0)
        self.num: int | float = checked
        self.include_self = flag(include_self, "include_self", name)

    def _chosen(self, sides: Sides, key: int, partners: str) -> tuple[Whole, Any]:
        """Return how many partners each element of the first side has, and which."""
        candidates = _Candidates.of(sides, self.include_self)
        lengths = candidates.lengths
        if isinstance(self.num, float):
            sizes = np.rint(self.num * lengths).astype(np.int64)
        else:
            sizes = np.full(len(lengths), self.num)
            if self.num > lengths.min():
                others = "" if self.include_self else " other than itself"
                raise ModelError(
                    f"{type(self).__name__} cannot choose {self.num} {partners} of"
                    f" {lengths.min()}{others}\n"
                    "  expected: a whole number up to that, or a fraction such as 0.1"
                )
        return candidates.chosen(BySize(key, portion), sizes, float(sizes.sum()))


class FixedPostNum(_FixedNumber):
    """Connect each source with a fixed number of different targets, chosen at random.

    Parameters
    ----------
    num : int or float
        How many targets: a count (``int``), or a fraction from 0 to 1 of all (``float``).
    include_self : bool
        Whether elements may connect with themselves, or with the one at the same place.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    Examples
    --------
    >>> FixedPostNum(2, seed=3)(4).n_outgoing
    array([2, 2, 2, 2])
    """

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return so many connections of each source."""
        return Connections.in_rows(sides, *self._chosen(sides, key, "targets"))


class FixedPreNum(_FixedNumber):
    """Connect each target with a fixed number of different sources, chosen at random.

    Parameters
    ----------
    num : int or float
        How many sources: a count (``int``), or a fraction from 0 to 1 of all (``float``).
    include_self : bool
        Whether elements may connect with themselves, or with the one at the same place.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    Examples
    --------
    >>> FixedPreNum(0.5, seed=3)(4).n_incoming
    array([2, 2, 2, 2])
    """

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return so many connections of each target."""
        counts, sources = self._chosen(sides.reversed(), key, "sources")
        return Connections.of_pairs(sides, sources, np.repeat(np.arange(sides.n_post), counts))
