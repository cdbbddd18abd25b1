"""The differential equations of a group as systems for integration."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from eqsim.equations.declarations import Declaration
from eqsim.errors import IntegratorError
from eqsim.expressions.dimensions import is_noise
from eqsim.expressions.fold import fold
from eqsim.expressions.kinds import Kind
from eqsim.expressions.linear import split_noise
from eqsim.expressions.nodes import Binary, BinaryOperator, Call, Expr, Literal, Name
from eqsim.expressions.singularities import without_singularities
from eqsim.expressions.traverse import free_names, map_children, walk
from eqsim.integrators.system import ODE, ODESystem
from eqsim.network.functions.calls import ExternalFunction
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.names import GroupNames


class EquationSystems:
    """Makes systems of the equations of one group.

    Parameters
    ----------
    owner : StateOwner
        The group.
    names : GroupNames
        Its names, resolved and checked.
    """

    def __init__(self, owner: StateOwner, names: GroupNames) -> None:
        self.owner = owner
        self.names = names

    def system(
        self,
        declarations: Iterable[Declaration],
        frozen: frozenset[str] = frozenset(),
        read: Callable[[Expr], Expr] | None = None,
    ) -> ODESystem:
        """Return the system of declared equations.

        Parameters
        ----------
        declarations : iterable of Declaration
            The equations.
        frozen : frozenset of str
            Variables that stand still.
        read : callable, optional
            What makes of a right side an expression of the system: by default one over stored
            values, without units.
        """
        equations = []
        kinds = self.names.kinds
        read = self.names.substituted if read is None else read
        for declared in declarations:
            assert declared.expression is not None
            # Right-hand sides are fractions: products that integration makes anew must not wrap.
            expr = _in_fractions(read(declared.expression), kinds)
            expr = fold(without_singularities(expr), kinds)
            if declared.name in frozen:
                equations.append(ODE(declared.name, Literal(0.0)))
                continue
            noise = [name for name in sorted(free_names(expr)) if is_noise(name)]
            with self.refusals():
                drift, factors = split_noise(expr, noise)
            equations.append(ODE(declared.name, drift, factors))
        moving = {equation.variable for equation in equations} | {"t"}
        terms = [e for ode in equations for e in (ode.drift, *(g for _, g in ode.noise))]
        constant = set(self.names.scope).union(*map(free_names, terms)) - moving
        piecewise = tuple(self._piecewise(terms, moving))
        return ODESystem(tuple(equations), frozenset(constant), piecewise)

    def _piecewise(
        self, terms: Iterable[Expr], moving: Collection[str]
    ) -> Iterator[tuple[Call, str | None]]:
        """Yield the calls of what is constant over pieces of time, and why they may jump."""
        called = dict.fromkeys(node for term in terms for node in walk(term))
        for call in called:
            function = call.definition if isinstance(call, Call) else None
            if isinstance(function, ExternalFunction) and function.is_piecewise:
                assert isinstance(call, Call)
                dt = self.owner.clock.dt_
                yield call, function.change_within_step(call, dt, moving)

    @contextlib.contextmanager
    def refusals(self) -> Iterator[None]:
        """Add to errors about integration which group they are about."""
        try:
            yield
        except IntegratorError as error:
            problem, *rest = str(error).split("\n")
            where = f"  equations of {self.owner.name!r}"
            raise IntegratorError("\n".join((problem, where, *rest))) from None


def _in_fractions(expr: Expr, kinds: Mapping[str, Kind]) -> Expr:
    """Return an expression with its integers as fractions, but for what functions are given."""
    if isinstance(expr, Name) and kinds.get(expr.identifier) is Kind.INTEGER:
        return Binary(BinaryOperator.MULTIPLY, Literal(1.0), Name(expr.identifier))
    if isinstance(expr, Call) and isinstance(expr.definition, ExternalFunction):
        return expr
    return map_children(expr, lambda child: _in_fractions(child, kinds))
