"""A call of ``connect`` to new synapses.

Memory is needed for the result and for one portion of candidates; how large a portion is makes no
difference to the result.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import assert_never

import numpy as np

from eqsim.errors import ModelError
from eqsim.network.sides import Side
from eqsim.network.synapses.collecting import SMALLEST_PORTION, Collection, Portion
from eqsim.network.synapses.connect_arguments import (
    ConnectArguments,
    Form,
    checked_indices,
    elements_of,
)
from eqsim.network.synapses.connect_values import (
    Ranges,
    checked_partners,
    checked_probabilities,
    checked_sizes,
    place_of,
)
from eqsim.network.synapses.connection_plans import (
    Plan,
    number_of_synapses,
    pair_probability,
    plan_of_condition,
    plan_of_generator,
)
from eqsim.network.synapses.connectivity import NewSynapses, sources_of
from eqsim.network.synapses.growing import MOST_SYNAPSES, too_many
from eqsim.network.synapses.pair_expressions import (
    Between,
    PairExpression,
    PairExpressions,
    Values,
)
from eqsim.network.synapses.plain_rows import PlainRows, plain_rows
from eqsim.network.synapses.random_pairs import All, ByChance, Selection
from eqsim.network.synapses.samples import BySize
from eqsim.runtime.rules import Law, Own, Rule

_MOST_CANDIDATES = 10**12


def new_synapses(arguments: ConnectArguments, between: Between, key: int) -> NewSynapses:
    """Return the synapses that a call of ``connect`` makes.

    Parameters
    ----------
    arguments : ConnectArguments
        What the user gave.
    between : Between
        The groups that are connected, and what names in texts mean.
    key : int
        The key of everything random, 64 bits.

    Returns
    -------
    NewSynapses
        In the order of their creation. Numbers count from 0 in both groups.

    Raises
    ------
    EquationError
        If a text is wrong; with its place.
    ModelError
        If arguments do not fit together, or a value is not possible.
    IndexError
        If an element does not exist.

    Examples
    --------
    >>> from eqsim import NeuronGroup
    >>> cells = NeuronGroup(4, 'x : 1')
    >>> neighbours = ConnectArguments(j='k for k in range(i - 1, i + 2) if k != i',
    ...                               skip_if_invalid=True)
    >>> made = new_synapses(neighbours, Between(cells, cells, 'synapses', {}), 1)
    >>> made.targets, made.counts
    (array([1, 0, 2, 1, 3, 2], dtype=uint16), array([1, 2, 2, 1]))
    """
    form = arguments.form()
    outer = Side.TARGET if form is Form.SOURCES else Side.SOURCE
    expressions = PairExpressions(between, outer, key)
    match form:
        case Form.CONDITION:
            plan = plan_of_condition(arguments, expressions)
            if plan.partner is None and isinstance(arguments.condition, str):
                # The condition i == ... says which source each target has.
                mirrored = plan_of_condition(arguments, PairExpressions(between, outer.other, key))
                if mirrored.partner is not None:
                    return _by_source(_Search(mirrored, between, key).run(), between.source.N)
        case Form.TARGETS:
            plan = plan_of_generator(arguments, "j", expressions)
        case Form.SOURCES:
            plan = plan_of_generator(arguments, "i", expressions)
        case Form.INDICES:
            return _from_indices(arguments, expressions)
        case _:
            assert_never(form)
    return _Search(plan, between, key).run()


def _by_source(new: NewSynapses, n_sources: int) -> NewSynapses:
    """Return synapses in the order in which a search source by source would make them."""
    if new.rule is not None:
        return replace(new, is_by_source=True)
    sources = sources_of(new)
    order = np.lexsort((new.targets, sources))
    counts = np.bincount(sources, minlength=n_sources).astype(np.int64)
    return NewSynapses(new.targets[order], None, counts)


class _Search:
    """Goes through the elements of one side and finds their partners.

    Parameters
    ----------
    plan : Plan
        How.
    between : Between
        The groups that are connected.
    key : int
        The key of everything random.
    """

    def __init__(self, plan: Plan, between: Between, key: int) -> None:
        self._plan = plan
        self._between, self._key = between, key
        self._elements = plan.outer.of(between.source, between.target)
        self._partners = plan.outer.of(between.target, between.source)
        self._portion = Portion(evaluates=plan.evaluates_pairs)
        self._candidates = 0.0
        self._plain = plain_rows(plan, self._elements.N, self._partners.N)
        self._to_expect = self._expected()

    @property
    def _law(self) -> Law:
        if self._plan.size is not None:
            return Law.SAMPLE
        return Law.ALL if self._plan.probability is None else Law.CHANCE

    def _selection(self) -> Selection:
        probability = self._plan.probability
        match self._law:
            case Law.SAMPLE:
                return BySize(self._key, self._portion)
            case Law.ALL:
                return All(self._portion)
            case Law.CHANCE:
                common = None if isinstance(probability, PairExpression) else probability
                return ByChance(self._key, common, self._portion)

    def _expected(self) -> int:
        """Return about how many synapses there will be, 0 if that is not known yet.

        Raises
        ------
        ModelError
            If there are certainly too many, or too many candidates.
        """
        plan, n = self._plan, self._elements.N
        if isinstance(plan.probability, PairExpression):
            return 0
        share = 1.0 if plan.probability is None else plan.probability
        if self._plain is not None:
            mean = self._each * min(n, self._plain.limit)
        elif not isinstance(plan.ranges, Ranges):
            mean = n * plan.ranges * share
        else:
            return 0
        self._count_candidates(mean)
        self._candidates = 0.0
        is_known = not plan.has_conditions if self._plain is None else not plan.of_elements
        if not is_known or isinstance(plan.n, PairExpression):
            return 0
        deviation = 6.0 * math.sqrt(mean * (1.0 - share))
        left_out = n * share if self._plain is not None and self._plain.own is Own.DROPPED else 0.0
        if (mean - deviation - left_out) * plan.n > MOST_SYNAPSES:
            raise too_many(mean * plan.n)
        return min(math.ceil((mean + deviation) * plan.n), MOST_SYNAPSES)

    @property
    def _each(self) -> float:
        """About how many synapses an element gets of which nothing is evaluated."""
        plan, plain = self._plan, self._plain
        assert plain is not None
        if plan.size is not None:
            is_known = plan.size.is_constant
            if not is_known:
                return plain.length
            # Whether a sample can have that size is told where it is drawn, with its text.
            return max(float(plan.size.of_elements(np.zeros(1, int))[0]), 0.0)
        return plain.length * (plan.probability if isinstance(plan.probability, float) else 1.0)

    def _count_candidates(self, n: float) -> None:
        self._candidates += n
        if self._candidates > _MOST_CANDIDATES:
            raise ModelError(
                f"more than {_MOST_CANDIDATES:.0e} pairs would have to be looked at\n"
                "  choose them: j='k for k in sample(N_post, p=...)', or a range around each"
                " element"
            )

    def run(self) -> NewSynapses:
        """Return what is found."""
        if self._plain is not None:
            return NewSynapses.following(self._rule(self._plain))
        selection = self._selection()
        made = Collection(
            self._between,
            self._plan,
            self._key,
            in_rows=self._plan.outer is Side.SOURCE,
            expected=self._to_expect,
        )
        for first in range(0, self._elements.N, SMALLEST_PORTION):
            outer = np.arange(first, min(first + SMALLEST_PORTION, self._elements.N))
            self._go_through(outer, selection, made)
        return made.finished()

    def _rule(self, plain: PlainRows) -> Rule:
        """Return the rule by which all is chosen, as nothing is evaluated for what is."""
        outer = np.arange(self._elements.N)
        lengths = plain.lengths(outer)
        parameter = self._parameter(outer, lengths)
        lengths, parameter = self._counted(outer, lengths, parameter)
        rule = plain.rule(self._law, self._elements.N, self._partners.N, self._key)
        if (lengths != plain.length).any():
            rule = replace(rule, lengths=lengths)
        if (parameter == parameter[0]).all():
            rule = replace(rule, parameter=float(parameter[0]))
        else:
            rule = replace(rule, parameters=parameter.astype(np.float64))
        return replace(rule, by_target=self._plan.outer is Side.TARGET)

    def _go_through(self, outer: Values, selection: Selection, made: Collection) -> None:
        """Find the partners of some elements."""
        start = step = None
        if isinstance(self._plan.ranges, Ranges):
            start, step, lengths = self._plan.ranges.of(outer)
        else:
            lengths = np.full(len(outer), self._plan.ranges)
        parameter = self._parameter(outer, lengths)
        lengths, parameter = self._counted(outer, lengths, parameter)
        for rows, columns in selection.chosen(lengths, parameter):
            if start is not None and step is not None:
                columns = start[rows] + step[rows] * columns
            made.add(*self._taken(outer[rows], columns))
            self._portion.made = len(made)

    def _counted(self, outer: Values, lengths: Values, parameter: Values) -> tuple[Values, Values]:
        """Return lengths and parameters for elements whose conditions hold; count candidates."""
        for condition in self._plan.of_elements:
            lengths = np.where(condition.of_elements(outer), lengths, 0)
        if self._plan.size is not None:
            parameter = np.minimum(parameter, lengths)
            self._count_candidates(float(parameter.sum()))
        else:
            self._count_candidates(float((lengths * parameter).sum()))
        return lengths, parameter

    def _parameter(self, outer: Values, lengths: Values) -> Values:
        """Return for each element its probability, or the size of its sample."""
        plan = self._plan
        if plan.size is not None:
            sizes = plan.size.of_elements(outer)
            return checked_sizes(plan.size, sizes, lengths, outer, plan.skip_if_invalid)
        if isinstance(plan.probability, PairExpression):
            values = plan.probability.of_elements(outer)
            pair = (outer, None)
            return checked_probabilities(plan.probability, values, pair, plan.skip_if_invalid)
        return np.full(len(outer), 1.0 if plan.probability is None else plan.probability)

    def _taken(self, outer: Values, candidate: Values) -> tuple[Values, Values]:
        """Return elements and partners of those candidates whose conditions hold."""
        plan = self._plan
        self._portion.looked_at += len(outer)
        for condition in plan.of_candidates:
            holds = condition.values(outer, None, candidate).astype(bool)
            outer, candidate = outer[holds], candidate[holds]
        partner = candidate
        if plan.partner is not None:
            values = plan.partner.values(outer, None, candidate)
            partner = checked_partners(plan.partner, values, outer)
        exists = (partner >= 0) & (partner < self._partners.N)
        if not exists.all():
            if not (plan.skip_if_invalid or plan.may_miss):
                raise self._missing(outer, partner, candidate, int(np.flatnonzero(~exists)[0]))
            outer, partner, candidate = outer[exists], partner[exists], candidate[exists]
        for condition in plan.of_pairs:
            holds = condition.values(outer, partner, candidate).astype(bool)
            outer, partner, candidate = outer[holds], partner[holds], candidate[holds]
        return outer, partner

    def _missing(
        self, outer: Values, partner: Values, candidate: Values, place: int
    ) -> IndexError:
        plan = self._plan
        assert plan.generator is not None
        where = place_of(plan.outer, (outer, None), place)
        if plan.generator.variable is not None:
            where += f" and {plan.generator.variable} = {candidate[place]}"
        kind = plan.outer.of("target", "source")
        assert plan.generator.element.span is not None
        return IndexError(
            f"the {kind} {partner[place]} for {where} does not exist\n"
            f"{plan.generator.element.span.pointed()}\n"
            f"  {elements_of(self._partners)}\n"
            "  leave such pairs out with 'if ...', or pass skip_if_invalid=True"
        )


def _from_indices(arguments: ConnectArguments, expressions: PairExpressions) -> NewSynapses:
    """Return the synapses of pairs that are given one by one."""
    between = expressions.between
    skip = bool(arguments.skip_if_invalid)
    sources, targets = checked_indices(
        arguments.i, arguments.j, between.source, between.target, skip_if_invalid=skip
    )
    probability = pair_probability(arguments, expressions)
    plan = Plan(
        Side.SOURCE,
        1,
        pair_probability=probability if isinstance(probability, PairExpression) else None,
        n=number_of_synapses(arguments, expressions),
        skip_if_invalid=skip,
    )
    portion = Portion(evaluates=plan.evaluates_pairs)
    selection: Selection = All(portion)
    share = 1.0
    if isinstance(probability, float):
        selection, share = ByChance(expressions.key, probability, portion), probability
    n = plan.n if isinstance(plan.n, int) else 1
    mean = sources.size * share * n
    if mean > 2 * MOST_SYNAPSES:
        raise too_many(mean)
    made = Collection(between, plan, expressions.key, in_rows=False, expected=math.ceil(mean))
    for _, places in selection.chosen(np.array([sources.size]), np.array([share])):
        i, j = sources.flat[places], targets.flat[places]
        if skip:
            exist = (i >= 0) & (i < between.source.N) & (j >= 0) & (j < between.target.N)
            i, j = i[exist], j[exist]
        made.add(i.astype(np.int64), j.astype(np.int64))
        portion.looked_at += len(places)
        portion.made = len(made)
    return made.finished()
