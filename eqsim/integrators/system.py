"""What integrators work on and what they make: an ODE system to an update rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from eqsim.expressions.fold import is_zero
from eqsim.expressions.functions import CONSTANTS, function_of
from eqsim.expressions.linear import linear_coefficients
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import Assign, Statement
from eqsim.expressions.traverse import children, depends_on, walk

STEP = Name("dt")
"""The length of a step."""

TIME = Name("t")
"""The time at the start of a step."""


@dataclass(frozen=True, slots=True)
class ODE:
    """One equation ``dx/dt = drift + sum(factor * noise)``.

    Parameters
    ----------
    variable : str
        The name of ``x``.
    drift : Expr
        The right-hand side without noise.
    noise : tuple of (str, Expr), optional
        Names of the white noises that drive it, each with its factor. Two equations that name one
        noise get the same random numbers.
    """

    variable: str
    drift: Expr
    noise: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class ODESystem:
    """Equations that are integrated together, over one step from ``t`` to ``t + dt``.

    Parameters
    ----------
    equations : tuple of ODE
        One for each variable.
    constant_over_step : frozenset of str
        Names that keep their value during a step. ``dt`` and the constants of the language always
        do. Every other name that occurs and is no variable of the system may change.
    piecewise : tuple of (Call, str or None), optional
        Calls in the equations of functions of time that are constant over pieces of it. With each
        comes the reason why it may change within a step, None if it keeps its value.
    """

    equations: tuple[ODE, ...]
    constant_over_step: frozenset[str] = frozenset()
    piecewise: tuple[tuple[Call, str | None], ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables in the order of the equations."""
        return tuple(equation.variable for equation in self.equations)

    @property
    def noises(self) -> tuple[str, ...]:
        """The names of all noises in the order in which they occur."""
        return tuple(dict.fromkeys(name for eq in self.equations for name, _ in eq.noise))

    @property
    def is_stochastic(self) -> bool:
        """Whether there is noise."""
        return bool(self.noises)

    def driven_by(self, factor: Expr) -> tuple[str, ...]:
        """Return the variables and the time on which a factor of noise depends, sorted."""
        moving = {*self.variables, TIME.identifier} - self.constant_over_step
        found = {n.identifier for n in self._unsteady(factor) if isinstance(n, Name)}
        return tuple(sorted(found & moving))

    def varying(self, expr: Expr) -> tuple[str, ...]:
        """Return what in ``expr`` may change within a step, sorted.

        Names and random functions, and instead of what is in it the call of a function that jumps.
        """
        constant = (self.constant_over_step | CONSTANTS.keys() | {STEP.identifier}).difference(
            self.variables
        )
        jumping = {call for call, reason in self.piecewise if reason is not None}
        found: set[str] = set()
        for node in self._unsteady(expr, stop=jumping):
            if node in jumping:
                found.add(to_text(node))
            elif isinstance(node, Name) and node.identifier not in constant:
                found.add(node.identifier)
            elif isinstance(node, Call):
                function = function_of(node)
                found |= {f"{node.function}()"} if function and function.is_random else set()
        return tuple(sorted(found))

    def jumps(self, expr: Expr) -> str:
        """Return why calls in ``expr`` may jump within a step, to follow what is said of them."""
        inside = set(walk(expr))
        reasons = dict.fromkeys(why for call, why in self.piecewise if why and call in inside)
        return "".join(f"\n  {reason}" for reason in reasons)

    def _unsteady(self, expr: Expr, stop: Collection[Expr] = ()) -> Iterator[Expr]:
        """Yield what is in an expression, but not what is in calls that keep their value."""
        steady = {call for call, reason in self.piecewise if reason is None}
        waiting = [expr]
        while waiting:
            node = waiting.pop()
            if node not in steady:
                yield node
                waiting.extend(() if node in stop else children(node))

    def linear_row(self, equation: ODE) -> tuple[tuple[Expr, ...], Expr] | None:
        """Return the coefficients of all variables in a drift, and the rest of it.

        None if the drift is not linear in the variables together.
        """
        rest = equation.drift
        row = []
        for variable in self.variables:
            coefficients = linear_coefficients(rest, variable)
            if coefficients is None or depends_on(coefficients[0], self.variables):
                return None
            row.append(coefficients[0])
            rest = coefficients[1]
        return tuple(row), rest

    def linear_form(self) -> tuple[tuple[tuple[Expr, ...], ...], tuple[Expr, ...]] | None:
        """Return the matrix ``M`` and the vector ``b`` with ``drift = M x + b``.

        Their entries are free of the variables, and may depend on anything else.

        Returns
        -------
        (matrix, vector) or None
            Shapes (n, n), row by row, and (n,) for n variables. Entries that are zero by the form
            of the equations are the literal ``0.0``. None if an equation is not linear.
        """
        rows = [self.linear_row(equation) for equation in self.equations]
        found = [row for row in rows if row is not None]
        if len(found) < len(rows):
            return None
        return tuple(row for row, _ in found), tuple(rest for _, rest in found)


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """Statements that take the variables of a system from ``t`` to ``t + dt``.

    Parameters
    ----------
    integrator : str
        The name of the method.
    locals : tuple of Statement
        Definitions of locals, in order: random numbers, stages, propagators. Whoever uses the
        rule may rename them. The stream of a ``Draw`` is the name of the noise.
    values : tuple of (str, Expr)
        The new value of each variable that changes, over the locals and the old values.
    reason : str
        One sentence: which method, and why.
    constants : mapping of str to number
        Values of further names that the statements read.
    advice : str
        What to do where values are no longer finite.
    """

    integrator: str
    locals: tuple[Statement, ...]
    values: tuple[tuple[str, Expr], ...]
    reason: str
    constants: Mapping[str, float | int] = field(default_factory=dict)
    advice: str = ""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The whole step: locals, then all new values, then one assignment to each variable."""
        computed = (Assign(f"_new_{name}", value) for name, value in self.values)
        stored = (Assign(name, Name(f"_new_{name}")) for name, _ in self.values)
        return (*self.locals, *computed, *stored)


Step = tuple[tuple[Statement, ...], tuple[tuple[str, Expr], ...]]
"""The locals and the values of an update rule."""


def changes(values: Iterable[tuple[str, Expr]]) -> tuple[tuple[str, Expr], ...]:
    """Return variables with their new values, without those that keep their value."""
    return tuple((name, value) for name, value in values if value != Name(name))


def is_at_rest(equation: ODE) -> bool:
    """Whether the equation says that its variable does not change."""
    return is_zero(equation.drift) and not equation.noise
