"""The expressions of one call of ``connect``, evaluated for as many pairs at a time as wanted.

Random functions in them draw from streams of their own, one after the other, so that how many
pairs are evaluated at a time makes no difference to the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from eqsim.expressions.functions import FUNCTIONS, KindRule
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Call, Expr, Logical, LogicalOperator, Name
from eqsim.expressions.statements import Distribution
from eqsim.expressions.traverse import depends_on, map_children
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.sides import Side
from eqsim.network.synapses.pairs import Names, PairEvaluation
from eqsim.network.synapses.uniforms import Purpose, Uniforms
from eqsim.targets.numpy import random

Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Between:
    """The two groups that are connected, and what names in texts mean.

    Parameters
    ----------
    source, target : StateOwner
        The groups.
    name : str
        Name of the synapses, for errors.
    around : mapping of str to object
        Where constants come from.
    namespace : mapping of str to object
        Constants that go before those of ``around``.
    """

    source: StateOwner
    target: StateOwner
    name: str
    around: Mapping[str, Any] = field(repr=False)
    namespace: Mapping[str, Any] = field(repr=False, default_factory=dict)

    def side(self, side: Side) -> StateOwner:
        """Return the group on one side."""
        return side.of(self.source, self.target)

    def evaluation(self, extra: Mapping[str, Kind]) -> PairEvaluation:
        """Return what evaluates expressions that may also use the given names."""
        return PairEvaluation(
            self.source, self.target, self.around, self.name, extra, self.namespace
        )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A random number that stands for the call of a random function."""

    name: str
    distribution: Distribution
    kind: Kind
    arguments: tuple[Expr, ...]


def without_draws(expr: Expr, drawn: list[_Drawn]) -> Expr:
    """Return an expression with names in place of calls of random functions, inner ones first."""
    expr = map_children(expr, lambda child: without_draws(child, drawn))
    if not isinstance(expr, Call):
        return expr
    function = FUNCTIONS.get(expr.function)
    if function is None or function.distribution is None:
        return expr
    kind = Kind.INTEGER if function.kind is KindRule.INTEGER else Kind.FLOAT
    name = f"_drawn_{len(drawn)}"
    drawn.append(_Drawn(name, function.distribution, kind, expr.arguments))
    return Name(name, expr.span)


class PairExpressions:
    """Makes the expressions of one call of ``connect``.

    Parameters
    ----------
    between : Between
        What names mean.
    outer : Side
        The side whose elements are gone through, one after the other.
    key : int
        The key of everything random.
    """

    def __init__(self, between: Between, outer: Side, key: int) -> None:
        self.between = between
        self.outer = outer
        self.key = key
        self._made = 0

    @property
    def own_names(self) -> Names:
        """The names that belong to outer elements."""
        return self.outer.of(Names.SOURCE, Names.TARGET)

    def partner(self, expr: Expr, variable: str | None = None) -> PairExpression:
        """Return the expression of the partner of an outer element, checked.

        Its values may be whole numbers of floating point, which powers of integers are.
        """
        return self.checked(expr, Kind.INTEGER, self.own_names, variable, powers=True)

    def checked(
        self,
        expr: Expr,
        kind: Kind,
        names: Names,
        variable: str | None = None,
        *,
        powers: bool = False,
    ) -> PairExpression:
        """Return an expression, checked.

        Parameters
        ----------
        expr : Expr
            As the user wrote it.
        kind : Kind
            What it must be.
        names : Names
            Which sides it may speak of.
        variable : str, optional
            The variable of the generator, if it may use that.
        powers : bool
            Whether powers of integers count as integers.

        Raises
        ------
        EquationError
            If something is wrong with it.
        """
        number, self._made = self._made, self._made + 1
        made = PairExpression(expr, self, variable, number)
        made.evaluation.check(expr, kind=kind, names=names, powers=powers)
        return made


class PairExpression:
    """An expression over an outer element, its partner, and the variable of a generator.

    Parameters
    ----------
    expr : Expr
        The expression, as the user wrote it.
    among : PairExpressions
        What made it.
    variable : str or None
        The variable of the generator, which is a whole number.
    number : int
        The number of the expression among all of the call.
    """

    def __init__(
        self, expr: Expr, among: PairExpressions, variable: str | None, number: int
    ) -> None:
        self.expr = expr
        self.outer = among.outer
        self.variable = variable
        self._drawn: list[_Drawn] = []
        self._bare = without_draws(expr, self._drawn)
        kinds = {drawn.name: drawn.kind for drawn in self._drawn}
        if variable is not None:
            kinds[variable] = Kind.INTEGER
        self.evaluation = among.between.evaluation(kinds)
        self._key, self._number = among.key, number
        self._streams = [
            Uniforms(among.key, Purpose.EXPRESSION, _stream(number, place))
            for place in range(len(self._drawn))
        ]
        self._evaluated = 0
        self._constant: Values | None = None

    @property
    def is_random(self) -> bool:
        """Whether each value is a new one."""
        return self.evaluation.is_random(self.expr)

    @property
    def depends_on_partner(self) -> bool:
        """Whether it differs between the partners of one element."""
        if self.outer is Side.SOURCE:
            return self.evaluation.depends_on_target(self.expr)
        return self.evaluation.depends_on_source(self.expr)

    @property
    def depends_on_variable(self) -> bool:
        """Whether it uses the variable of the generator."""
        return self.variable is not None and depends_on(self.expr, (self.variable,))

    @property
    def is_of_element(self) -> bool:
        """Whether it has one value for each outer element."""
        return not (self.is_random or self.depends_on_partner or self.depends_on_variable)

    @property
    def is_constant(self) -> bool:
        """Whether it has one value for all."""
        if self.outer is Side.SOURCE:
            differs = self.evaluation.depends_on_source(self.expr)
        else:
            differs = self.evaluation.depends_on_target(self.expr)
        return self.is_of_element and not differs

    def of_elements(self, outer: Values) -> Values:
        """Return the value for each of some outer elements."""
        if not self.is_constant:
            return self.values(outer)
        if self._constant is None:
            self._constant = self.values(np.zeros(1, dtype=np.int64))
        return np.broadcast_to(self._constant, outer.shape)

    def values(
        self, outer: Values, partner: Values | None = None, variable: Values | None = None
    ) -> Values:
        """Return the value for each pair.

        Parameters
        ----------
        outer, partner : ndarray of int64
            The pairs; without partners if it does not speak of them.
        variable : ndarray of int64, optional
            Values of the variable.
        """
        if len(outer) == 0:
            return np.zeros(0)
        i, j = self.outer.of((outer, partner), (partner, outer))
        extra: dict[str, Values] = {}
        if variable is not None and self.variable is not None:
            extra[self.variable] = variable
        for place, drawn in enumerate(self._drawn):
            means = [
                self.evaluation.values(argument, i, j, **extra) for argument in drawn.arguments
            ]
            extra[drawn.name] = self._numbers(place, drawn.distribution, len(outer), means)
        self._evaluated += len(outer)
        return self.evaluation.values(self._bare, i, j, **extra)

    def _numbers(
        self, place: int, distribution: Distribution, n: int, arguments: list[Values]
    ) -> Values:
        match distribution:
            case Distribution.UNIFORM:
                return self._streams[place].numbers(n)
            case Distribution.NORMAL:
                return self._streams[place].normals(n)
            case Distribution.POISSON | Distribution.BINOMIAL | Distribution.BERNOULLI:
                elements = np.arange(self._evaluated, self._evaluated + n)
                stream = _stream(self._number, place)
                draw = _DISCRETE[distribution]
                return draw(self._key, stream, 0, elements, *arguments)
            case _:
                assert_never(distribution)


_DISCRETE: Mapping[Distribution, Callable[..., Values]] = {
    Distribution.POISSON: random.poisson,
    Distribution.BINOMIAL: random.binomial,
    Distribution.BERNOULLI: random.bernoulli,
}


def _stream(number: int, place: int) -> int:
    return (number << 16) | place


def conjuncts(expr: Expr) -> Iterator[Expr]:
    """Yield the conditions that a condition joins with ``and``.

    Examples
    --------
    >>> from eqsim.expressions.parser import parse_expression
    >>> from eqsim.expressions.printer import to_text
    >>> from eqsim.source import Source
    >>> [to_text(part) for part in conjuncts(parse_expression(Source("0 < i < j and b")))]
    ['0 < i', 'i < j', 'b']
    """
    if isinstance(expr, Logical) and expr.operator is LogicalOperator.AND:
        yield from conjuncts(expr.left)
        yield from conjuncts(expr.right)
    else:
        yield expr
