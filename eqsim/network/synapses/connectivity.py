"""Who is connected to whom: rows of targets, one row for each source.

Synapses are stored source by source and, within a source, by their targets; those of one pair in
the order of their creation. So a spike finds its synapses side by side, a thread finds its own
targets in a row by bisection, and the sources need no memory. Users see synapses in the order in
which they made them; where that is another one, a permutation leads from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.synapses.growing import MOST_SYNAPSES, too_many
from eqsim.network.synapses.random_pairs import threads_for
from eqsim.runtime.choosing import rows_ascend
from eqsim.runtime.rules import Rule

LARGEST_SMALL_TARGET = np.iinfo(np.uint16).max
AT_ONCE = 2**26
"""Targets of at most so many bytes are made when they are counted, which takes no longer."""


def target_type(n_targets: int) -> np.dtype[Any]:
    """Return the smallest type that holds the numbers of so many targets."""
    return np.dtype(np.uint16 if n_targets <= LARGEST_SMALL_TARGET + 1 else np.int32)


@dataclass(frozen=True, slots=True)
class NewSynapses:
    """Synapses in the order of their creation.

    Parameters
    ----------
    made : ndarray of uint16 or int32, or None
        Number of the target of each, shape (n,); two bytes where they suffice. None if they
        follow from the rule and were not made yet.
    sources : ndarray of int32 or None
        Number of the source of each, shape (n,); None if ``counts`` tells.
    counts : ndarray of int64 or None
        How many synapses each source has, if they were made source by source, or by a rule.
    rule : Rule or None
        The rule by which they are made, if there is one.
    is_by_source : bool
        Whether they count as made source by source where the rule goes target by target.
    """

    made: NDArray[Any] | None
    sources: NDArray[np.int32] | None
    counts: NDArray[np.int64] | None
    rule: Rule | None = None
    is_by_source: bool = False

    @classmethod
    def following(cls, rule: Rule, *, is_by_source: bool = False) -> NewSynapses:
        """Return the synapses of a rule.

        Targets that are soon made, and need not be counted before, are made at once.

        Parameters
        ----------
        rule : Rule
            The rule.
        is_by_source : bool
            Whether they count as made source by source in any case.

        Raises
        ------
        ModelError
            If there are too many.
        """
        if rule.expected > 2 * MOST_SYNAPSES:
            raise too_many(rule.expected)
        made = rule.made_and_counted(_type_of_targets(rule), AT_ONCE)
        targets, counts = (None, rule.counts()) if made is None else made
        if counts.sum() > MOST_SYNAPSES:
            raise too_many(float(counts.sum()))
        return cls(targets, None, counts, rule.with_counts(counts), is_by_source)

    @property
    def targets(self) -> NDArray[Any]:
        """The number of the target of each, shape (n,)."""
        if self.made is not None:
            return self.made
        assert self.rule is not None
        return self.ordered(self.rule.targets(_type_of_targets(self.rule)))

    def ordered(self, by_source: NDArray[Any]) -> NDArray[Any]:
        """Return values of the rule's synapses, source by source, in the order of creation."""
        assert self.rule is not None
        in_place = self.is_by_source or not self.rule.by_target
        return by_source if in_place else by_source[self.rule.order()]

    def __len__(self) -> int:
        if self.counts is not None:
            return int(self.counts.sum())
        return len(self.targets)


class Connectivity:
    """Synapses between ``n_sources`` and ``n_targets`` elements.

    Parameters
    ----------
    n_sources, n_targets : int
        How many elements there are on each side; numbers count from 0 on both.
    begin : ndarray of int32
        The synapses of source ``i`` are ``begin[i]`` up to but not including ``begin[i + 1]``.
    targets : ndarray of uint16 or int32, or None
        Number of the target of each synapse, shape (n,), as they are stored; None to make them
        by the rule when they are first asked for.
    order : ndarray of int32 or None
        Where the synapse that was made as number ``k`` is stored; None if in place ``k``.
    rule : Rule or None
        The rule by which ``targets`` are made, if there is one.
    is_by_source : bool
        Whether synapses count as made source by source where the rule goes target by target.

    Examples
    --------
    >>> none = Connectivity.empty(2, 3)
    >>> made = none.extended(NewSynapses(np.array([2, 0, 1]), np.array([0, 1, 0]), None))
    >>> made.targets, made.begin, made.order
    (array([1, 2, 0], dtype=uint16), array([0, 2, 3], dtype=int32), array([1, 2, 0], dtype=int32))
    """

    def __init__(  # noqa: PLR0913
        self,
        n_sources: int,
        n_targets: int,
        begin: NDArray[np.int32],
        targets: NDArray[Any] | None,
        order: NDArray[np.int32] | None = None,
        rule: Rule | None = None,
        *,
        is_by_source: bool = True,
    ) -> None:
        self.n_sources = n_sources
        self.n_targets = n_targets
        self.begin = begin
        self.rule = rule
        self._made = targets
        self._order = order
        self._order_follows = rule is not None and rule.by_target and not is_by_source

    @classmethod
    def empty(cls, n_sources: int, n_targets: int) -> Connectivity:
        """Return no synapses between so many elements."""
        targets = np.zeros(0, dtype=target_type(n_targets))
        return cls(n_sources, n_targets, np.zeros(n_sources + 1, dtype=np.int32), targets)

    @property
    def target_type(self) -> np.dtype[Any]:
        """The type of the numbers of targets."""
        return target_type(self.n_targets)

    @property
    def targets(self) -> NDArray[Any]:
        """The number of the target of each synapse, shape (n,), as they are stored."""
        if self._made is None:
            assert self.rule is not None
            self._made = self.rule.targets(self.target_type)
        return self._made

    @property
    def order(self) -> NDArray[np.int32] | None:
        """Where the synapse that was made as number ``k`` is stored; None if in place ``k``."""
        if self._order_follows:
            assert self.rule is not None
            order = self.rule.order()
            self._order = None if _counts_on(order) else order
            self._order_follows = False
        return self._order

    def __len__(self) -> int:
        return int(self.begin[-1])

    def extended(self, new: NewSynapses) -> Connectivity:
        """Return these synapses and further ones, which were made after them.

        Raises
        ------
        ModelError
            If there are too many.
        """
        if len(self) + len(new) > MOST_SYNAPSES:
            raise ModelError(
                f"one Synapses object has at most 2**31 - 1 synapses, not {len(self) + len(new)}\n"
                "  make several, for parts of the groups"
            )
        if len(new) == 0 and len(self) > 0:
            return self
        if len(self) == 0 and new.counts is not None:
            stored = self._made_in_rows(new, new.counts)
            if stored is not None:
                return stored
        return self._sorted(new)

    def _made_in_rows(self, new: NewSynapses, counts: NDArray[np.int64]) -> Connectivity | None:
        """Return synapses made source by source, None if a row's targets are not in order."""
        begin = np.zeros(self.n_sources + 1, dtype=np.int32)
        np.cumsum(counts, out=begin[1:])
        targets = new.made
        if targets is not None:
            if new.rule is None and not _rows_ascend(targets, begin):
                return None
            targets = targets.astype(self.target_type, copy=False)
        return Connectivity(
            self.n_sources,
            self.n_targets,
            begin,
            targets,
            rule=new.rule,
            is_by_source=new.is_by_source,
        )

    def _sorted(self, new: NewSynapses) -> Connectivity:
        sources = np.concatenate([self.in_order(self.sources()), sources_of(new)])
        targets = np.concatenate([self.in_order(self.targets), new.targets])
        targets = targets.astype(self.target_type, copy=False)
        permutation = np.lexsort((targets, sources))
        begin = np.zeros(self.n_sources + 1, dtype=np.int32)
        np.cumsum(np.bincount(sources, minlength=self.n_sources), out=begin[1:])
        order = np.empty(len(permutation), dtype=np.int32)
        order[permutation] = np.arange(len(permutation), dtype=np.int32)
        return Connectivity(
            self.n_sources,
            self.n_targets,
            begin,
            targets[permutation],
            None if _counts_on(order) else order,
        )

    def is_valid(self) -> bool:
        """Return whether these are synapses that could have been made."""
        n = len(self)
        order = np.arange(n) if self.order is None else np.sort(self.order)
        return bool(
            self.begin.shape == (self.n_sources + 1,)
            and self.begin[0] == 0
            and self.begin[-1] == n
            and (np.diff(self.begin) >= 0).all()
            and (n == 0 or (self.targets.min() >= 0 and self.targets.max() < self.n_targets))
            and np.array_equal(order, np.arange(n))
            and _rows_ascend(self.targets, self.begin)
        )

    def in_order(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return values of the stored synapses in the order of creation."""
        return stored if self.order is None else stored[self.order]

    def stored(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return where synapses, numbered by their creation, are stored."""
        return numbers if self.order is None else self.order[numbers]

    def created(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return as which synapse each of the stored ones was made."""
        if self.order is None:
            return stored
        numbers = np.empty(len(self), dtype=np.int32)
        numbers[self.order] = np.arange(len(self), dtype=np.int32)
        created: NDArray[np.int32] = numbers[stored]
        return created

    def sources(self) -> NDArray[np.int32]:
        """Return the number of the source of each stored synapse, shape (n,)."""
        return np.repeat(np.arange(self.n_sources, dtype=np.int32), np.diff(self.begin))

    @cached_property
    def incoming(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The synapses of each target: where its part begins, and the stored numbers in parts.

        Shapes (n_targets + 1,) and (n,); within a part the numbers ascend.
        """
        begin = np.zeros(self.n_targets + 1, dtype=np.int32)
        np.cumsum(self.n_incoming(), out=begin[1:])
        return begin, np.argsort(self.targets, kind="stable").astype(np.int32)

    def n_incoming(self) -> NDArray[np.int32]:
        """Return how many synapses each target has, shape (n_targets,)."""
        return np.bincount(self.targets, minlength=self.n_targets).astype(np.int32)

    def n_outgoing(self) -> NDArray[np.int32]:
        """Return how many synapses each source has, shape (n_sources,)."""
        return np.diff(self.begin)

    def number_in_pair(self) -> NDArray[np.int32]:
        """Return for each stored synapse how many of its pair were made before it, shape (n,)."""
        if len(self) == 0:
            return np.zeros(0, dtype=np.int32)
        starts = np.ones(len(self), dtype=bool)
        starts[1:] = np.diff(self.targets.astype(np.int64)) != 0
        starts[self.begin[:-1][np.diff(self.begin) > 0]] = True
        first = np.maximum.accumulate(np.where(starts, np.arange(len(self)), 0))
        return (np.arange(len(self)) - first).astype(np.int32)


def sources_of(new: NewSynapses) -> NDArray[np.int32]:
    """Return the number of the source of each new synapse."""
    if new.sources is not None:
        return new.sources
    assert new.counts is not None
    sources = np.repeat(np.arange(len(new.counts), dtype=np.int32), new.counts)
    return sources if new.rule is None else new.ordered(sources)


def _type_of_targets(rule: Rule) -> np.dtype[Any]:
    return target_type(rule.rows if rule.by_target else rule.partners)


def _counts_on(order: NDArray[np.int32]) -> bool:
    """Whether numbers ascend by one."""
    return bool((np.diff(order) == 1).all())


def _rows_ascend(targets: NDArray[Any], begin: NDArray[np.int32]) -> bool:
    """Whether the targets of each row are in ascending order."""
    return rows_ascend(targets, begin, threads_for(len(targets)))
