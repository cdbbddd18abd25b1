"""Pairs that were found, collected to synapses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsim.network.synapses.connect_values import checked_numbers, checked_probabilities
from eqsim.network.synapses.connection_plans import Plan
from eqsim.network.synapses.connectivity import NewSynapses, target_type
from eqsim.network.synapses.growing import Growing
from eqsim.network.synapses.pair_expressions import Between, PairExpression, Values
from eqsim.network.synapses.random_pairs import groups
from eqsim.network.synapses.uniforms import Purpose, Uniforms

SMALLEST_PORTION = 1 << 13
"""So many candidates are looked at at a time if nothing is evaluated: they stay in fast memory."""

_SMALLEST_EVALUATED, _LARGEST_EVALUATED = 1 << 14, 1 << 16


class Portion:
    """How many candidates are looked at at a time.

    More for many synapses, so that evaluating expressions costs little, and not so many that
    their memory counts beside that of the synapses.
    """

    def __init__(self, *, evaluates: bool) -> None:
        self._evaluates = evaluates
        self.looked_at = 0
        self.made = 0

    def __call__(self) -> int:
        """Return how many candidates to look at next."""
        if not self._evaluates:
            return SMALLEST_PORTION
        wanted = max(self.made // 512, self.looked_at // 1024)
        return min(max(wanted, _SMALLEST_EVALUATED), _LARGEST_EVALUATED)


class Collection:
    """What was made so far; takes pairs and decides how many synapses they get.

    Parameters
    ----------
    between : Between
        The groups that are connected.
    plan : Plan
        The probability of pairs, and how many synapses they get.
    key : int
        The key of everything random.
    in_rows : bool
        Whether pairs come source by source.
    expected : int
        About how many synapses there will be.
    """

    def __init__(
        self, between: Between, plan: Plan, key: int, *, in_rows: bool, expected: int
    ) -> None:
        self._plan = plan
        self._uniforms = Uniforms(key, Purpose.PAIR)
        self._targets = Growing(target_type(between.target.N), expected)
        self._counts: NDArray[np.int64] | None = None
        self._sources: Growing | None = None
        if in_rows:
            self._counts = np.zeros(between.source.N, dtype=np.int64)
        else:
            self._sources = Growing(np.dtype(np.int32), expected)

    def __len__(self) -> int:
        return len(self._targets)

    def add(self, outer: Values, partner: Values) -> None:
        """Add pairs."""
        plan = self._plan
        if plan.pair_probability is not None:
            expression = plan.pair_probability
            values = expression.values(outer, partner)
            values = checked_probabilities(
                expression, values, (outer, partner), plan.skip_if_invalid
            )
            taken = self._uniforms.numbers(len(outer)) < values
            outer, partner = outer[taken], partner[taken]
        i, j = plan.outer.of((outer, partner), (partner, outer))
        if isinstance(plan.n, PairExpression):
            numbers = plan.n.values(outer, partner)
            self._add_several(i, j, checked_numbers(plan.n, numbers, (outer, partner)))
        elif plan.n == 1:
            self._add(i, j, None)
        else:
            self._add_several(i, j, np.full(len(i), plan.n))

    def _add_several(self, i: Values, j: Values, numbers: NDArray[np.int64]) -> None:
        for first, stop in groups(numbers, lambda: SMALLEST_PORTION):
            part = slice(first, stop)
            self._add(i[part], j[part], numbers[part])

    def _add(self, i: Values, j: Values, numbers: NDArray[np.int64] | None) -> None:
        total = len(i) if numbers is None else int(numbers.sum())
        self._targets.append(_repeated(j, numbers), total)
        if self._sources is not None:
            self._sources.append(_repeated(i, numbers), total)
        elif self._counts is not None and len(i):
            first = int(i[0])
            counted = np.bincount(i - first, numbers).astype(np.int64)
            self._counts[first : first + len(counted)] += counted

    def finished(self) -> NewSynapses:
        """Return all synapses."""
        sources = None if self._sources is None else self._sources.finished()
        return NewSynapses(self._targets.finished(), sources, self._counts)


def _repeated(values: Values, numbers: NDArray[np.int64] | None) -> Values:
    # One pair alone may get very many synapses: it is repeated where they are stored.
    if numbers is None or len(values) == 1:
        return values
    return np.repeat(values, numbers)
