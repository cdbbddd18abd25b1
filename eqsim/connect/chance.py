"""All pairs, and pairs chosen at random with one probability or in fixed numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eqsim.connect.arguments import flag, probability, whole
from eqsim.errors import ModelError
from eqsim.network.synapses.collecting import SMALLEST_PORTION
from eqsim.network.synapses.connectors import Connections, Connector, Sides
from eqsim.runtime.rules import Law, Own, Rule


def portion() -> int:
    """Return how many pairs are looked at at a time."""
    return SMALLEST_PORTION


def _rule(sides: Sides, law: Law, include_self: bool, key: int, *, by_target: bool = False) -> Rule:
    """Return the rule of rows of all partners, or of all but the element itself.

    Parameters
    ----------
    sides : Sides
        The elements of rows, and their partners.
    law : Law
        What is chosen of each row.
    include_self : bool
        Whether the element itself is a partner.
    key : int
        The key of everything random.
    by_target : bool
        Whether rows are targets.
    """
    rule = Rule(law, sides.n_pre, sides.n_post, sides.n_post, by_target=by_target, key=key)
    if include_self:
        return rule
    lengths = sides.n_post - (sides.own() >= 0).astype(np.int64)
    assert sides.shift is not None
    rule = replace(rule, own=Own.SKIPPED, shift=sides.shift)
    if (lengths == sides.n_post - 1).all():
        return replace(rule, columns=sides.n_post - 1)
    return replace(rule, lengths=lengths)


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
        rule = Rule(Law.ALL, sides.n_pre, sides.n_post, columns=1, slope=1)
        return Connections.following(sides, rule)


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
        return Connections.following(sides, _rule(sides, Law.ALL, self.include_self, 0))


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
        rule = _rule(sides, Law.CHANCE, self.include_self, key)
        return Connections.following(sides, replace(rule, parameter=self.prob))


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

    def _rule(self, sides: Sides, key: int, *, by_target: bool) -> Rule:
        """Return the rule by which so many partners of each element of the first side are chosen."""
        rule = _rule(sides, Law.SAMPLE, self.include_self, key, by_target=by_target)
        if isinstance(self.num, float):
            if rule.lengths is None:
                return replace(rule, parameter=float(np.rint(self.num * rule.columns)))
            return replace(rule, parameters=np.rint(self.num * rule.lengths))
        least = rule.columns if rule.lengths is None else int(rule.lengths.min())
        if self.num > least:
            others = "" if self.include_self else " other than itself"
            raise ModelError(
                f"{type(self).__name__} cannot choose {self.num}"
                f" {'sources' if by_target else 'targets'} of {least}{others}\n"
                "  expected: a whole number up to that, or a fraction such as 0.1"
            )
        return replace(rule, parameter=float(self.num))


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
        return Connections.following(sides, self._rule(sides, key, by_target=False))


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
        return Connections.following(sides, self._rule(sides.reversed(), key, by_target=True))
