"""Random graphs: small worlds, and networks that grow with preference."""

from __future__ import annotations

import numpy as np

from eqsim.connect.arguments import flag, probability, whole
from eqsim.errors import ModelError
from eqsim.network.synapses.connectors import Connections, Connector, Sides, Whole
from eqsim.network.synapses.growing import MOST_SYNAPSES, too_many
from eqsim.network.synapses.uniforms import Purpose, Uniforms, stream_key
from eqsim.runtime.choosing import grow


def _size_of_one_side(sides: Sides, name: str) -> int:
    if sides.n_pre != sides.n_post:
        raise ModelError(
            f"{name} connects a population with itself, but the sides have"
            f" {sides.n_pre} and {sides.n_post} elements\n"
            "  use it for Synapses from a group to itself"
        )
    return sides.n_pre


def _both_ways(sides: Sides, first: Whole, second: Whole, is_directed: bool) -> Connections:
    if is_directed:
        return Connections.of_pairs(sides, first, second)
    ends = np.concatenate([first, second]), np.concatenate([second, first])
    return Connections.of_pairs(sides, *ends)


class SmallWorld(Connector):
    """Connect a population as a small world: a ring of neighbours, some of them rewired.

    Each element connects with its nearest neighbours on a ring. Each of these edges gets another
    end, with a probability, chosen from the elements that have no edge with its beginning.

    Parameters
    ----------
    num_neighbor : int
        With how many nearest neighbours each element connects, half of them on either side: an
        even number below the size of the population.
    prob : float
        The probability that an edge is rewired.
    directed : bool
        Whether edges are rewired in each direction by themselves. Otherwise there are two
        connections for each edge, there and back.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    Notes
    -----
    All edges are rewired together, and those of which two have come to be equal once more, so
    that the time needed does not grow with the square of the neighbours. No edge ends as one of
    the ring that others left.

    References
    ----------
    .. [1] Watts, D. J. and Strogatz, S. H. (1998). Collective dynamics of 'small-world' networks.
       Nature 393:440-442. doi:10.1038/30918

    Examples
    --------
    >>> made = SmallWorld(4, 0.1, seed=1)(100)
    >>> len(made), int(made.n_outgoing.min()), int(made.n_outgoing.max())
    (400, 3, 6)
    """

    def __init__(
        self, num_neighbor: int, prob: float, directed: bool = False, *, seed: int | None = None
    ) -> None:
        super().__init__(seed=seed)
        self.num_neighbor = whole(num_neighbor, "num_neighbor", "SmallWorld", 0)
        if self.num_neighbor % 2:
            raise ModelError(
                f"num_neighbor of SmallWorld is {num_neighbor}\n"
                "  expected: an even number, half of the neighbours lie on either side"
            )
        self.prob = probability(prob, "prob", "SmallWorld")
        self.directed = flag(directed, "directed", "SmallWorld")

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the ring with its rewired edges."""
        n = _size_of_one_side(sides, "SmallWorld")
        if self.num_neighbor >= n and self.num_neighbor:
            raise ModelError(
                f"SmallWorld cannot connect each of {n} elements with {self.num_neighbor}"
                f" neighbours\n  expected: an even number below {n}"
            )
        if n * self.num_neighbor > MOST_SYNAPSES:
            raise too_many(n * self.num_neighbor)
        half = np.arange(1, self.num_neighbor // 2 + 1)
        steps = np.concatenate([half, -half]) if self.directed else half
        first = np.repeat(np.arange(n), len(steps))
        second = (first + np.tile(steps, n)) % n
        rewired = Uniforms(key, Purpose.PAIR).numbers(len(first)) < self.prob
        self._rewire(n, first, second, np.flatnonzero(rewired), Uniforms(key, Purpose.SAMPLE))
        return _both_ways(sides, first, second, self.directed)

    def _rewire(
        self, n: int, first: Whole, second: Whole, waiting: Whole, uniforms: Uniforms
    ) -> None:
        """Give edges that wait other ends, in place; those of elements with no choice stay."""
        taken = np.sort(self._numbers(n, first, second))
        while len(waiting):
            degrees = self._degrees(n, taken)
            waiting = waiting[degrees[first[waiting]] < n - 1]
            begin = first[waiting]
            end = (uniforms.numbers(len(waiting)) * n).astype(np.int64)
            drawn = self._numbers(n, begin, end)
            _, earliest = np.unique(drawn, return_index=True)
            is_new = np.zeros(len(waiting), dtype=bool)
            is_new[earliest] = True
            places = np.minimum(np.searchsorted(taken, drawn), max(len(taken) - 1, 0))
            is_new &= (taken[places] != drawn) & (begin != end)
            second[waiting[is_new]] = end[is_new]
            taken = np.sort(np.concatenate([taken, drawn[is_new]]))
            waiting = waiting[~is_new]

    def _degrees(self, n: int, taken: Whole) -> Whole:
        begin, end = np.divmod(taken, n)
        degrees = np.bincount(begin, minlength=n)
        return degrees if self.directed else degrees + np.bincount(end, minlength=n)

    def _numbers(self, n: int, first: Whole, second: Whole) -> Whole:
        """Return one number for each edge."""
        if self.directed:
            return first * n + second
        return np.minimum(first, second) * n + np.maximum(first, second)


class ScaleFree(Connector):
    """Connect a population as one that grew: new elements prefer those with many edges.

    The first ``m + 1`` elements form a star. Each further one gets edges with ``m`` different
    earlier ones, each chosen with a probability proportional to the edges that it has.

    Parameters
    ----------
    m : int
        How many edges each new element brings, below the size of the population.
    directed : bool
        Whether edges lead from new elements to older ones only. Otherwise there are two
        connections for each edge, there and back.
    seed : int, optional
        Where chance comes from; by default :func:`eqsim.seed`.

    Notes
    -----
    There are ``m*(N - m)`` edges. For many elements, the share of those with ``k`` edges is
    ``2*m*(m + 1)/(k*(k + 1)*(k + 2))``.

    References
    ----------
    .. [1] Barabasi, A.-L. and Albert, R. (1999). Emergence of scaling in random networks. Science
       286:509-512. doi:10.1126/science.286.5439.509
    .. [2] Bollobas, B., Riordan, O., Spencer, J. and Tusnady, G. (2001). The degree sequence of a
       scale-free random graph process. Random Structures and Algorithms 18:279-290.
       doi:10.1002/rsa.1009

    Examples
    --------
    >>> made = ScaleFree(2, seed=1)(100)
    >>> len(made), int(made.n_outgoing.min()), int(made.n_outgoing.max())
    (392, 2, 26)
    """

    def __init__(self, m: int, directed: bool = False, *, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.m = whole(m, "m", "ScaleFree", 1)
        self.directed = flag(directed, "directed", "ScaleFree")

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the edges of all elements."""
        n = _size_of_one_side(sides, "ScaleFree")
        if self.m >= n:
            raise ModelError(
                f"ScaleFree cannot give each new element {self.m} edges with {n} elements\n"
                f"  expected: m below {n}"
            )
        n_edges = self.m * (n - self.m)
        if 2 * n_edges > MOST_SYNAPSES:
            raise too_many(2 * n_edges)
        newer = np.concatenate(
            [np.arange(1, self.m + 1), np.repeat(np.arange(self.m + 1, n), self.m)]
        )
        sample, accept = stream_key(key, Purpose.SAMPLE), stream_key(key, Purpose.ACCEPT)
        return _both_ways(sides, newer, grow(sample, accept, n, self.m), self.directed)
