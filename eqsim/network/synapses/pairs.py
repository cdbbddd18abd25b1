"""Expressions over pairs of elements that are not connected yet."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.check import (
    check_condition,
    check_expression,
    kind_error,
    random_functions,
)
from eqsim.equations.equations import Equations
from eqsim.equations.scope import Origin, Symbol, functions_of, kinds_of
from eqsim.errors import EquationError, raise_together
from eqsim.expressions.kinds import Kind, kind_of
from eqsim.expressions.nodes import Binary, BinaryOperator, Expr, Name
from eqsim.expressions.printer import short_text
from eqsim.expressions.traverse import free_names, map_children, walk
from eqsim.network.groups.evaluation import values_of
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.sides import Side
from eqsim.network.synapses.owner import SynapticOwner
from eqsim.network.variables.variables import Variable
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.units.dimensions import DIMENSIONLESS

_ARRAYS = {Kind.BOOLEAN: DType.FLOAT64, Kind.INTEGER: DType.INT64, Kind.FLOAT: DType.FLOAT64}
_COUNTS = ("N", "N_incoming", "N_outgoing")


class Names(Enum):
    """Which names an expression may use beside constants."""

    PAIR = "both sides"
    SOURCE = "the source"
    TARGET = "the target"


class _Pairs(SynapticOwner):
    """Pairs as a group: its elements are the pairs for which something is evaluated now."""

    add_to_magic_network = False
    _own = SynapticOwner._own  # noqa: SLF001

    def __init__(
        self,
        source: StateOwner,
        target: StateOwner,
        namespace: Mapping[str, Any],
        kinds: Mapping[str, Kind],
    ) -> None:
        super().__init__(source, target, "pairs*", 0, target.clock, Equations(""), DType.FLOAT64)
        self.namespace.update(namespace)
        self._kinds = dict(kinds)
        self._numbers: dict[Side, NDArray[Any]] = {}
        self._size = 0
        self.choose(None, None, {name: np.zeros(0) for name in kinds})

    @property
    def N(self) -> int:  # noqa: N802
        """How many pairs there are now."""
        return self._size

    @property
    def extra_symbols(self) -> Mapping[str, Symbol]:
        """The names over which generators run."""
        return {
            name: Symbol(name, kind, DIMENSIONLESS, Origin.LOCAL)
            for name, kind in self._kinds.items()
        }

    def choose(
        self, i: NDArray[Any] | None, j: NDArray[Any] | None, extra: Mapping[str, NDArray[Any]]
    ) -> None:
        """Take these pairs for the elements of the group."""
        given = {Side.SOURCE: i, Side.TARGET: j}
        self._size = max((len(a) for a in (i, j, *extra.values()) if a is not None), default=0)
        self._numbers = {side: n for side, n in given.items() if n is not None}
        for name, values in extra.items():
            dtype = _ARRAYS[self._kinds[name]]
            stored = np.ascontiguousarray(values, dtype=dtype.numpy)
            self.variables[name] = Variable(name, DIMENSIONLESS, dtype, stored, Role.STATE)

    def stored_sides(self, side: Side) -> NDArray[Any]:
        """Return the number of each pair's element among all that the side's group stores."""
        return self.side(side).stored_numbers(self._numbers[side])

    def n_synapses(self, side: Side) -> NDArray[np.int32]:
        """Return nothing: pairs are looked at before synapses are counted."""
        raise NotImplementedError(side)


class PairEvaluation:
    """Evaluates expressions over pairs of a source's and a target's elements.

    Parameters
    ----------
    source, target : StateOwner
        The groups on both sides.
    around : mapping of str to object
        Where constants come from.
    owner : str
        Name of the synapses, for errors.
    extra : mapping of str to Kind, optional
        Further names, such as that over which a generator runs.
    namespace : mapping of str to object, optional
        Constants that go before those of ``around``.
    """

    def __init__(
        self,
        source: StateOwner,
        target: StateOwner,
        around: Mapping[str, Any],
        owner: str,
        extra: Mapping[str, Kind] | None = None,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        self.owner = owner
        self._pairs = _Pairs(source, target, namespace or {}, extra or {})
        self._names = self._pairs.names(around)

    def check(self, expr: Expr, *, kind: Kind, names: Names, powers: bool = False) -> None:
        """Raise everything that is wrong with an expression.

        Parameters
        ----------
        expr : Expr
            The expression.
        kind : Kind
            What it must be; a whole number is a number too.
        names : Names
            Which sides it may speak of.
        powers : bool
            Whether powers of integers count as such, which they are but for negative exponents.

        Raises
        ------
        EquationError
            If a name is unknown or may not be used, or the unit or kind does not fit.
        """
        errors: list[EquationError] = []
        for subexpression in self._names.resolve_in(expr).values():
            check_expression(subexpression, self._names.scope, errors)
        errors += self._unusable(expr, names)
        if not errors:
            self._check_kind(expr, kind, errors, powers)
        raise_together(self._names.advised(errors))

    def _check_kind(
        self, expr: Expr, kind: Kind, errors: list[EquationError], powers: bool
    ) -> None:
        if kind is Kind.BOOLEAN:
            check_condition(expr, self._names.scope, errors)
            return
        found = check_expression(expr, self._names.scope, errors, dimension=DIMENSIONLESS)
        if found is None or (powers and self._kind_of(self._without_powers(expr)) is kind):
            return
        wrong = kind_error("", kind, expr, found[0])
        if wrong is not None:
            needed = "an integer" if kind is Kind.INTEGER else "a number"
            problem = f"{short_text(expr)} must be {needed}"
            errors.append(EquationError(problem, expr.span, hint=wrong.hint))

    def _without_powers(self, expr: Expr) -> Expr:
        """Return an expression with the bases of powers of integers in their place."""
        expr = map_children(expr, self._without_powers)
        if isinstance(expr, Binary) and expr.operator is BinaryOperator.POWER:
            kinds = {self._kind_of(expr.left), self._kind_of(expr.right)}
            return expr.left if kinds == {Kind.INTEGER} else expr
        return expr

    def _kind_of(self, expr: Expr) -> Kind:
        scope = self._names.scope
        return kind_of(expr, kinds_of(scope), functions_of(scope))

    def _unusable(self, expr: Expr, names: Names) -> list[EquationError]:
        errors: list[EquationError] = []
        for node in walk(expr):
            if not isinstance(node, Name):
                continue
            if node.identifier in _COUNTS:
                errors.append(
                    EquationError(
                        f"{node.identifier!r} is not known while synapses are made",
                        node.span,
                        hint="use the sizes of the groups, N_pre and N_post",
                    )
                )
            side = self._side(node.identifier)
            wrong = {Names.SOURCE: Side.TARGET, Names.TARGET: Side.SOURCE}.get(names)
            if side is not None and side is wrong:
                errors.append(
                    EquationError(
                        f"{node.identifier!r} cannot be used here: it differs between the"
                        f" {wrong.of('sources', 'targets')}",
                        node.span,
                        details=(f"only names of {names.value} are known at this place",),
                    )
                )
        return errors

    def _side(self, name: str) -> Side | None:
        for side in Side:
            if name == side.number:
                return side
        found = self._names.side_variable(name)
        if found is None or self._names.scope[name].shared:
            return None
        return found[0]

    def depends_on_target(self, expr: Expr) -> bool:
        """Return whether an expression differs between targets."""
        return Side.TARGET in map(self._side, free_names(expr))

    def depends_on_source(self, expr: Expr) -> bool:
        """Return whether an expression differs between sources."""
        return Side.SOURCE in map(self._side, free_names(expr))

    def is_random(self, expr: Expr) -> bool:
        """Return whether each use of a checked expression may give a new value."""
        return bool(random_functions(expr, self._names.scope))

    def values(
        self,
        expr: Expr,
        i: NDArray[Any] | None,
        j: NDArray[Any] | None,
        **extra: NDArray[Any],
    ) -> NDArray[Any]:
        """Return the value of a checked expression for each pair, shape (n,).

        Parameters
        ----------
        expr : Expr
            The expression.
        i, j : ndarray of int or None
            The pairs; None for a side that the expression does not speak of.
        **extra : ndarray
            Values of the further names.
        """
        self._pairs.choose(i, j, extra)
        return values_of(self._names, expr)
