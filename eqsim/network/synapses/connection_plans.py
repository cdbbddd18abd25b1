"""Texts that say what is connected, to a plan of how pairs are found.

Elements of one side are gone through, one after the other: those of the source, or those of the
target if the text gives sources. Each has a row of candidates, from which some may be chosen at
random; a candidate gives a partner; conditions say which pairs are taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eqsim.equations.generator import Generator, SampleCall, loop_in, parse_generator
from eqsim.errors import EquationError, EquationSyntaxError, UnknownNameError
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Compare, Comparison, Expr, Logical, Name, Unary, UnaryOperator
from eqsim.expressions.parser import parse_expression
from eqsim.network.sides import Side
from eqsim.network.synapses.connect_arguments import ConnectArguments
from eqsim.network.synapses.connect_values import Ranges, checked_probabilities
from eqsim.network.synapses.pair_expressions import (
    PairExpression,
    PairExpressions,
    Values,
    conjuncts,
)
from eqsim.network.synapses.pairs import Names
from eqsim.source import Source


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How the partners of each element are found.

    Parameters
    ----------
    outer : Side
        The side whose elements are gone through.
    ranges : Ranges or int
        The candidates of each element: ranges of numbers, or so many, counted from 0.
    probability : PairExpression, float or None
        With which each candidate is chosen, for each element or for all.
    size : PairExpression or None
        How many candidates are chosen, for each element.
    of_elements : tuple of PairExpression
        Conditions on the element.
    of_candidates : tuple of PairExpression
        Conditions on element and candidate, which must hold before the partner is looked at.
    partner : PairExpression or None
        The number of the partner; the candidate itself if not given.
    of_pairs : tuple of PairExpression
        Conditions on the pair.
    pair_probability : PairExpression or None
        The probability with which a pair is taken, if it depends on both elements.
    n : PairExpression or int
        How many synapses a pair gets.
    skip_if_invalid : bool
        Whether the user wants partners that do not exist to be left out.
    may_miss : bool
        Whether partners that do not exist are left out in any case.
    generator : Generator or None
        The generator, if there is one.
    """

    outer: Side
    ranges: Ranges | int
    probability: PairExpression | float | None = None
    size: PairExpression | None = None
    of_elements: tuple[PairExpression, ...] = ()
    of_candidates: tuple[PairExpression, ...] = ()
    partner: PairExpression | None = None
    of_pairs: tuple[PairExpression, ...] = ()
    pair_probability: PairExpression | None = None
    n: PairExpression | int = 1
    skip_if_invalid: bool = False
    may_miss: bool = False
    generator: Generator | None = None

    @property
    def has_conditions(self) -> bool:
        """Whether some of what is chosen is not taken."""
        conditions = (*self.of_elements, *self.of_candidates, *self.of_pairs)
        return bool(conditions) or self.pair_probability is not None or self.partner is not None

    @property
    def evaluates_pairs(self) -> bool:
        """Whether expressions are evaluated for what is chosen."""
        n = None if isinstance(self.n, int) else self.n
        return any((self.partner, self.of_candidates, self.of_pairs, self.pair_probability, n))


def plan_of_condition(arguments: ConnectArguments, expressions: PairExpressions) -> Plan:
    """Return the plan of all pairs for which a condition holds.

    Raises
    ------
    EquationError
        If a text is wrong.
    ModelError
        If the probability is the same for all pairs and no probability.
    """
    between, outer = expressions.between, expressions.outer
    condition = arguments.condition
    skip = bool(arguments.skip_if_invalid)
    n_partners = between.side(outer.other).N
    plan = Plan(outer, n_partners, skip_if_invalid=skip)
    if condition is not None and not isinstance(condition, str):
        plan = replace(plan, ranges=n_partners if condition else 0)
    elif condition is not None:
        plan = _with_condition(plan, arguments.source("condition", between.name), expressions)
    plan = _with_probability(plan, arguments, expressions)
    return replace(plan, n=number_of_synapses(arguments, expressions))


def _with_condition(plan: Plan, source: Source, expressions: PairExpressions) -> Plan:
    loop = loop_in(source)
    if loop is not None:
        raise EquationSyntaxError(
            "a condition has no 'for'", loop, hint="a generator is given by name: connect(j=...)"
        )
    condition = parse_expression(source, functions=None)
    expressions.checked(condition, Kind.BOOLEAN, Names.PAIR)
    parts = list(conjuncts(condition))
    for place, part in enumerate(parts):
        partner = _only_partner(part, expressions)
        if partner is not None:
            plan = replace(plan, ranges=1, partner=partner, may_miss=True)
            del parts[place]
            break
    return _with_conditions(plan, parts, expressions, None)


def _only_partner(part: Expr, expressions: PairExpressions) -> PairExpression | None:
    """Return the only partner of each outer element if a condition ``j == ...`` is to hold."""
    if not isinstance(part, Compare) or part.operator is not Comparison.EQUAL:
        return None
    for number, other in ((part.left, part.right), (part.right, part.left)):
        if number == Name(expressions.outer.other.number):
            try:
                partner = expressions.checked(other, Kind.INTEGER, expressions.own_names)
            except EquationError:
                return None
            return None if partner.is_random else partner
    return None


def _with_conditions(
    plan: Plan, parts: list[Expr], expressions: PairExpressions, variable: str | None
) -> Plan:
    """Return a plan with conditions, each looked at as early as can be."""
    checked = [expressions.checked(part, Kind.BOOLEAN, Names.PAIR, variable) for part in parts]
    of_elements = tuple(part for part in checked if part.is_of_element)
    others = [part for part in checked if not part.is_of_element]
    return replace(
        plan,
        of_elements=of_elements,
        of_candidates=tuple(part for part in others if not part.depends_on_partner),
        of_pairs=tuple(part for part in others if part.depends_on_partner),
    )


def pair_probability(
    arguments: ConnectArguments, expressions: PairExpressions
) -> PairExpression | float | None:
    """Return the probability that a user gave, None if all pairs are taken."""
    if isinstance(arguments.p, str):
        source = arguments.source("p", expressions.between.name)
        expr = parse_expression(source, functions=None)
        found = expressions.checked(expr, Kind.FLOAT, Names.PAIR)
        return _if_constant(found, skip_if_invalid=bool(arguments.skip_if_invalid))
    return None if float(arguments.p) == 1.0 else float(arguments.p)


def _if_constant(probability: PairExpression, *, skip_if_invalid: bool) -> PairExpression | float:
    """Return a probability as a number if it is one."""
    if not probability.is_constant:
        return probability
    element = np.zeros(1, dtype=np.int64)
    values: Values = probability.of_elements(element)
    return float(checked_probabilities(probability, values, (element, None), skip_if_invalid)[0])


def _with_probability(
    plan: Plan, arguments: ConnectArguments, expressions: PairExpressions
) -> Plan:
    probability = pair_probability(arguments, expressions)
    if isinstance(probability, PairExpression) and not probability.is_of_element:
        return replace(plan, pair_probability=probability)
    return replace(plan, probability=probability)


def number_of_synapses(
    arguments: ConnectArguments, expressions: PairExpressions
) -> PairExpression | int:
    """Return how many synapses each pair gets."""
    if not isinstance(arguments.n, str):
        return int(arguments.n)
    expr = parse_expression(arguments.source("n", expressions.between.name), functions=None)
    return expressions.checked(expr, Kind.INTEGER, Names.PAIR)


def plan_of_generator(
    arguments: ConnectArguments, argument: str, expressions: PairExpressions
) -> Plan:
    """Return the plan of the pairs that a generator gives.

    Parameters
    ----------
    arguments : ConnectArguments
        What the user gave.
    argument : str
        ``'j'`` if the generator gives targets, ``'i'`` if sources.
    expressions : PairExpressions
        Makes the expressions.

    Raises
    ------
    EquationError
        If a text is wrong.
    ModelError
        If a probability is the same for all and no probability.
    """
    source = arguments.source(argument, expressions.between.name)
    generator = parse_generator(source, functions=None)
    _refuse_condition(generator, argument)
    skip = bool(arguments.skip_if_invalid)
    plan = Plan(expressions.outer, 1, skip_if_invalid=skip, generator=generator)
    plan = _with_candidates(plan, generator, expressions)
    variable = generator.variable
    partner = expressions.partner(generator.element, variable)
    if variable is None or generator.element != Name(variable):
        plan = replace(plan, partner=partner)
    if generator.condition is not None:
        expressions.checked(generator.condition, Kind.BOOLEAN, Names.PAIR, variable)
        plan = _with_conditions(plan, list(conjuncts(generator.condition)), expressions, variable)
    return replace(plan, n=number_of_synapses(arguments, expressions))


def _refuse_condition(generator: Generator, argument: str) -> None:
    element: Any = generator.element
    is_negation = isinstance(element, Unary) and element.operator is UnaryOperator.NOT
    if isinstance(element, Compare | Logical) or is_negation:
        raise EquationError(
            "this is a condition and no number of a partner",
            element.span,
            hint=f"give it as connect(condition=...), or as {argument}='k for k in range(...) if"
            " ...'",
        )


def _with_candidates(plan: Plan, generator: Generator, expressions: PairExpressions) -> Plan:
    iterable = generator.iterable
    if iterable is None:
        return plan

    def of_element(expr: Expr, kind: Kind) -> PairExpression:
        try:
            return expressions.checked(expr, kind, expressions.own_names)
        except UnknownNameError as error:
            if error.span is None or error.span.text != generator.variable:
                raise
            raise UnknownNameError(
                error.problem, error.span, hint="a range cannot depend on its own variable"
            ) from None

    start, stop, step = (
        of_element(bound, Kind.INTEGER) for bound in (iterable.start, iterable.stop, iterable.step)
    )
    plan = replace(plan, ranges=Ranges(start, stop, step, iterable.span))
    if not isinstance(iterable, SampleCall):
        return plan
    if iterable.probability is not None:
        probability = of_element(iterable.probability, Kind.FLOAT)
        return replace(
            plan, probability=_if_constant(probability, skip_if_invalid=plan.skip_if_invalid)
        )
    assert iterable.size is not None
    return replace(plan, size=of_element(iterable.size, Kind.INTEGER))
