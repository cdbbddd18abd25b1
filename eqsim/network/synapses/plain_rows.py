"""Plans of which nothing is evaluated for what is chosen: compiled code finds their synapses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsim.expressions.nodes import Compare, Comparison, Expr, Name
from eqsim.network.synapses.connect_values import Ranges
from eqsim.network.synapses.connection_plans import Plan
from eqsim.network.synapses.random_pairs import Law, Layout
from eqsim.runtime.rules import Rule

Values = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PlainRows:
    """Rows of equal candidates, all of which exist.

    Parameters
    ----------
    length : int
        How many candidates an element has.
    limit : int
        From which element on there are none.
    start, step, slope, without_self
        Which partners they are, as in :class:`Layout`.
    """

    length: int
    limit: int
    start: int = 0
    step: int = 1
    slope: int = 0
    without_self: bool = False

    def lengths(self, outer: Values) -> Values:
        """Return how many candidates each of some elements has."""
        return np.where(outer < self.limit, self.length, 0)

    def layout(self, outer: Values, lengths: Values) -> Layout:
        """Return the layout of the rows of neighbouring elements."""
        return Layout(lengths, int(outer[0]), self.start, self.step, self.slope, self.without_self)

    def rule(self, n_elements: int, law: Law | None) -> Rule | None:
        """Return the rule by which all pairs are made, None if rows differ or samples are taken.

        Parameters
        ----------
        n_elements : int
            How many elements there are.
        law : tuple or None
            With which probability candidates are chosen.
        """
        if law is None or self.limit < n_elements:
            return None
        place = self.start, self.step, self.slope, self.without_self
        return Rule(n_elements, self.length, *place, 0, *law)


def plain_rows(plan: Plan, n_elements: int, n_partners: int) -> PlainRows | None:
    """Return the rows of a plan, None if expressions are evaluated for what is chosen.

    Parameters
    ----------
    plan : Plan
        The plan.
    n_elements, n_partners : int
        How many elements are gone through, and how many partners there are.
    """
    if n_elements == 0 or plan.pair_probability is not None or plan.n != 1:
        return None
    without_self = _leave_self_out(plan)
    if without_self is None:
        return None
    if plan.partner is not None:
        return _of_same_number(plan, n_elements, n_partners, without_self)
    if not isinstance(plan.ranges, Ranges):
        return PlainRows(plan.ranges, n_elements, without_self=without_self)
    if not all(e.is_constant for e in (plan.ranges.start, plan.ranges.stop, plan.ranges.step)):
        return None
    (start,), (step,), (length,) = (each.tolist() for each in plan.ranges.of(np.zeros(1, int)))
    last = start + step * (length - 1)
    if length and not (min(start, last) >= 0 and max(start, last) < n_partners):
        return None
    return PlainRows(length, n_elements, start, step, without_self=without_self)


def _leave_self_out(plan: Plan) -> bool | None:
    """Return whether partners of the same number are left out; None if others are, too."""
    own = plan.outer.number
    partners = [(plan.outer.other.number, plan.of_pairs)]
    if plan.generator is not None and plan.generator.variable is not None:
        partners.append((plan.generator.variable, plan.of_candidates))
    elif plan.of_candidates:
        return None
    conditions = [(each.expr, other) for other, part in partners for each in part]
    if not all(_differ(condition, own, other) for condition, other in conditions):
        return None
    return bool(conditions)


def _differ(condition: Expr, own: str, other: str) -> bool:
    """Whether a condition says that two numbers differ, and nothing else."""
    if not isinstance(condition, Compare) or condition.operator is not Comparison.NOT_EQUAL:
        return False
    sides = [condition.left, condition.right]
    return sides in ([Name(own), Name(other)], [Name(other), Name(own)])


def _of_same_number(
    plan: Plan, n_elements: int, n_partners: int, without_self: bool
) -> PlainRows | None:
    """Return the rows of a plan in which each element has the partner of the same number."""
    assert plan.partner is not None
    may_miss = plan.skip_if_invalid or plan.may_miss or n_elements <= n_partners
    is_same = plan.partner.expr == Name(plan.outer.number)
    if not is_same or without_self or plan.ranges != 1 or not may_miss:
        return None
    return PlainRows(1, n_partners, slope=1)
