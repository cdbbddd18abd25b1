"""Plans of which nothing is evaluated for what is chosen: compiled code finds their synapses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsim.expressions.nodes import Compare, Comparison, Expr, Name
from eqsim.network.synapses.connect_values import Ranges
from eqsim.network.synapses.connection_plans import Plan
from eqsim.runtime.rules import Law, Own, Rule

Values = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PlainRows:
    """Rows of equal candidates, all of which exist, in ascending order.

    Parameters
    ----------
    length : int
        How many candidates an element has.
    limit : int
        From which element on there are none.
    start, step, slope
        Which partners they are, as in :class:`~eqsim.runtime.rules.Rule`.
    own : Own
        What becomes of the partner with the number of the element.
    """

    length: int
    limit: int
    start: int = 0
    step: int = 1
    slope: int = 0
    own: Own = Own.KEPT

    def lengths(self, outer: Values) -> Values:
        """Return how many candidates each of some elements has."""
        return np.where(outer < self.limit, self.length, 0)

    def rule(self, law: Law, n_elements: int, n_partners: int, key: int) -> Rule:
        """Return the rule by which partners are chosen, without its parameters.

        Parameters
        ----------
        law : Law
            What is chosen of the candidates.
        n_elements, n_partners : int
            How many elements are gone through, and how many partners there are.
        key : int
            The key of everything random.
        """
        return Rule(
            law,
            n_elements,
            n_partners,
            self.length,
            self.start,
            self.step,
            self.slope,
            self.own,
            key=key,
        )


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
    own = _own_partners(plan)
    if own is None:
        return None
    if plan.partner is not None:
        return _of_same_number(plan, n_elements, n_partners, own)
    if not isinstance(plan.ranges, Ranges):
        return PlainRows(plan.ranges, n_elements, own=own)
    if not all(e.is_constant for e in (plan.ranges.start, plan.ranges.stop, plan.ranges.step)):
        return None
    (start,), (step,), (length,) = (each.tolist() for each in plan.ranges.of(np.zeros(1, int)))
    if step < 1 or (length and not (start >= 0 and start + step * (length - 1) < n_partners)):
        return None
    return PlainRows(length, n_elements, start, step, own=own)


def _own_partners(plan: Plan) -> Own | None:
    """Return what becomes of partners of the same number; None if others are left out, too."""
    own = plan.outer.number
    partners = [(plan.outer.other.number, plan.of_pairs)]
    if plan.generator is not None and plan.generator.variable is not None:
        partners.append((plan.generator.variable, plan.of_candidates))
    elif plan.of_candidates:
        return None
    conditions = [(each.expr, other) for other, part in partners for each in part]
    if not all(_differ(condition, own, other) for condition, other in conditions):
        return None
    return Own.DROPPED if conditions else Own.KEPT


def _differ(condition: Expr, own: str, other: str) -> bool:
    """Whether a condition says that two numbers differ, and nothing else."""
    if not isinstance(condition, Compare) or condition.operator is not Comparison.NOT_EQUAL:
        return False
    sides = [condition.left, condition.right]
    return sides in ([Name(own), Name(other)], [Name(other), Name(own)])


def _of_same_number(
    plan: Plan, n_elements: int, n_partners: int, own: Own
) -> PlainRows | None:
    """Return the rows of a plan in which each element has the partner of the same number."""
    assert plan.partner is not None
    may_miss = plan.skip_if_invalid or plan.may_miss or n_elements <= n_partners
    is_same = plan.partner.expr == Name(plan.outer.number)
    if not is_same or own is not Own.KEPT or plan.ranges != 1 or not may_miss:
        return None
    return PlainRows(1, n_partners, slope=1)
