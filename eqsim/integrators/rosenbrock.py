"""Linearly implicit methods for stiff systems: Rosenbrock methods as data.

A stage solves linear equations with the matrix ``1 - gamma dt J``, where ``J`` is the Jacobian of
the right sides at the start of the step, derived symbolically. There is no iteration, and where a
derivative is zero by the form of the equations nothing is computed.

References
----------
.. [1] Rosenbrock HH (1963). Some general implicit processes for the numerical solution of
   differential equations. The Computer Journal 5(4):329-330. doi:10.1093/comjnl/5.4.329
.. [2] Hairer E, Wanner G (1996). Solving ordinary differential equations II: stiff and
   differential-algebraic problems. Springer. doi:10.1007/978-3-642-05221-7
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from eqsim.errors import EquationError
from eqsim.expressions.derivative import derivative
from eqsim.expressions.fold import ONE, ZERO, add, multiply, negate, subtract
from eqsim.expressions.nodes import Expr, Literal, Name
from eqsim.expressions.statements import Assign, Statement
from eqsim.expressions.traverse import depends_on, map_children, substitute
from eqsim.integrators.attempts import Attempt, StagedMethod, Start, moving
from eqsim.integrators.elimination import Elimination
from eqsim.integrators.rosenbrock_tableau import RosenbrockTableau, Row
from eqsim.integrators.system import TIME, ODESystem

_LINEARLY_IMPLICIT_EULER = RosenbrockTableau(1.0, ((),), ((),), (1.0,))


@dataclass(frozen=True, slots=True)
class Rosenbrock(StagedMethod):
    """A linearly implicit method for stiff systems, with the Jacobian derived symbolically.

    Parameters
    ----------
    tableau : RosenbrockTableau
        The coefficients. The other parameters are those of every `Integrator`.
    """

    tableau: RosenbrockTableau = field(default=_LINEARLY_IMPLICIT_EULER, kw_only=True)

    @property
    def cost(self) -> str:
        """What one step takes."""
        return f"{self.tableau.stages} f, the Jacobian, one elimination"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noise, and functions without a known derivative."""
        for equation in system.equations:
            try:
                for name in (*system.variables, TIME.identifier):
                    _slope(system, equation.drift, name)
            except EquationError as error:
                return f"d{equation.variable}/dt has no derivative that is known: {error.problem}"
        return self.noise_refusal(system)

    def attempt(self, system: ODESystem, start: Start) -> Attempt:
        """Return the elimination, the stages, the new values, and estimates of their errors."""
        return _Linearised(system, start, self.tableau).attempt()


def _slope(system: ODESystem, expr: Expr, name: str) -> Expr:
    """Return a derivative; what is constant over pieces of time has none within them."""
    if name == TIME.identifier and name in system.constant_over_step:
        return ZERO
    if not depends_on(expr, (name,)):
        return ZERO
    pieces = {call for call, _ in system.piecewise}
    if not pieces:
        return derivative(expr, name)
    places: dict[str, Expr] = {}

    def held(part: Expr) -> Expr:
        if part in pieces:
            place = f"_piece_{len(places)}"
            places[place] = part
            return Name(place)
        return map_children(part, held)

    return substitute(derivative(held(expr), name), places)


class _Linearised:
    """One step of a system about its start."""

    def __init__(self, system: ODESystem, start: Start, tableau: RosenbrockTableau) -> None:
        self.system = system
        self.start = start
        self.tableau = tableau.transformed()
        self.gamma = Literal(tableau.gamma)
        self.equations = moving(system)
        self.origin: dict[str, Expr] = dict(start.state)
        if TIME.identifier not in system.constant_over_step:
            self.origin[TIME.identifier] = start.time
        self.by_time = [
            substitute(_slope(system, equation.drift, TIME.identifier), self.origin)
            for equation in self.equations
        ]

    def attempt(self) -> Attempt:
        elimination = Elimination(self._matrix(), len(self.equations))
        statements = list(elimination.statements)
        stages: list[list[Expr]] = []
        for stage in range(len(self.tableau.weights)):
            statements += self._state(stage, stages)
            right = [self._right(stage, position, stages) for position in self._positions]
            solved, values = elimination.solution(right, f"_u{stage + 1}_")
            statements += solved
            stages.append(values)
        return Attempt(
            tuple(statements),
            tuple(self._combined(self.tableau.weights, stages, from_start=True)),
            tuple(self._combined(self.tableau.errors, stages, from_start=False)),
        )

    @property
    def _positions(self) -> range:
        return range(len(self.equations))

    def _matrix(self) -> dict[tuple[int, int], Expr]:
        scale = multiply(self.gamma, self.start.length)
        entries: dict[tuple[int, int], Expr] = {}
        for i, equation in enumerate(self.equations):
            for j, other in enumerate(self.equations):
                slope = _slope(self.system, equation.drift, other.variable)
                part = multiply(scale, substitute(slope, self.origin))
                entries[i, j] = subtract(ONE, part) if i == j else negate(part)
        return entries

    def _state(self, stage: int, stages: Sequence[Sequence[Expr]]) -> list[Statement]:
        """Return the state at which a stage evaluates the right sides."""
        statements: list[Statement] = []
        for position, equation in enumerate(self.equations):
            row = [values[position] for values in stages]
            value = _sum(self.start.state[equation.variable], self.tableau.explicit[stage], row)
            statements.append(Assign(f"_x{stage + 1}_{equation.variable}", value))
        return statements

    def _right(self, stage: int, position: int, stages: Sequence[Sequence[Expr]]) -> Expr:
        equation, length = self.equations[position], self.start.length
        state: dict[str, Expr] = {
            other.variable: Name(f"_x{stage + 1}_{other.variable}") for other in self.equations
        }
        if TIME.identifier in self.origin:
            later = multiply(Literal(self.tableau.nodes[stage]), length)
            state[TIME.identifier] = add(self.start.time, later)
        total = multiply(length, substitute(equation.drift, state))
        earlier = [values[position] for values in stages]
        total = _sum(total, self.tableau.couplings[stage], earlier)
        scale = multiply(Literal(self.tableau.slopes[stage]), multiply(length, length))
        return multiply(self.gamma, add(total, multiply(scale, self.by_time[position])))

    def _combined(
        self, weights: Row, stages: Sequence[Sequence[Expr]], *, from_start: bool
    ) -> list[tuple[str, Expr]]:
        combined = []
        for position, equation in enumerate(self.equations):
            first = self.start.state[equation.variable] if from_start else ZERO
            row = [values[position] for values in stages]
            combined.append((equation.variable, _sum(first, weights, row)))
        return combined


def _sum(first: Expr, weights: Sequence[float], values: Sequence[Expr]) -> Expr:
    total = first
    for weight, value in zip(weights, values, strict=True):
        if abs(weight) > 1e-15:
            term = multiply(Literal(abs(weight)), value)
            total = subtract(total, term) if weight < 0 else add(total, term)
    return total


_ACCEPTS = "any equations with known derivatives"
_ADVICE = (
    "the integration diverged: use a smaller dt, or a method that chooses its steps such as"
    " 'rodas4_adaptive'; look for derivatives that are not finite"
)

_HAIRER_WANNER = (
    "Hairer E, Wanner G (1996). Solving ordinary differential equations II: stiff and "
    "differential-algebraic problems. Springer. doi:10.1007/978-3-642-05221-7"
)

BACKWARD_EULER = Rosenbrock(
    name="backward_euler",
    order=1.0,
    aliases=("implicit_euler", "linearly_implicit_euler"),
    references=(_HAIRER_WANNER,),
    accepts=_ACCEPTS,
    advice=_ADVICE,
    tableau=_LINEARLY_IMPLICIT_EULER,
)

_ROS2_GAMMA = 1 - 0.5**0.5

ROSENBROCK = Rosenbrock(
    name="rosenbrock",
    order=2.0,
    aliases=("ros2",),
    references=(
        "Verwer JG, Spee EJ, Blom JG, Hundsdorfer W (1999). A second-order Rosenbrock method "
        "applied to photochemical dispersion problems. SIAM Journal on Scientific Computing "
        "20(4):1456-1480. doi:10.1137/S1064827597326651",
    ),
    accepts=_ACCEPTS,
    advice=_ADVICE,
    tableau=RosenbrockTableau(
        gamma=_ROS2_GAMMA,
        explicit=((), (1.0,)),
        implicit=((), (-2 * _ROS2_GAMMA,)),
        weights=(1 / 2, 1 / 2),
    ),
)

RODAS3 = Rosenbrock(
    name="rodas3",
    order=3.0,
    aliases=("rosenbrock3",),
    references=(
        "Sandu A, Verwer JG, Blom JG, Spee EJ, Carmichael GR, Potra FA (1997). Benchmarking stiff "
        "ODE solvers for atmospheric chemistry problems II: Rosenbrock solvers. Atmospheric "
        "Environment 31(20):3459-3472. doi:10.1016/S1352-2310(97)83212-8",
    ),
    accepts=_ACCEPTS,
    advice=_ADVICE,
    tableau=RosenbrockTableau(
        gamma=1 / 2,
        explicit=((), (0.0,), (1.0, 0.0), (3 / 4, -1 / 4, 1 / 2)),
        implicit=((), (1.0,), (-1 / 4, -1 / 4), (1 / 12, 1 / 12, -2 / 3)),
        weights=(5 / 6, -1 / 6, -1 / 6, 1 / 2),
        embedded=(3 / 4, -1 / 4, 1 / 2, 0.0),
    ),
)

_RODAS4_STATE = (
    1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950,
)  # fmt: skip

RODAS4 = Rosenbrock(
    name="rodas4",
    order=4.0,
    aliases=("rodas", "rosenbrock4"),
    references=(_HAIRER_WANNER,),
    accepts=_ACCEPTS,
    advice=_ADVICE,
    tableau=RosenbrockTableau.from_transformed(
        gamma=0.25,
        explicit=(
            (),
            (1.544,),
            (0.9466785280815826, 0.2557011698983284),
            (3.314825187068521, 2.896124015972201, 0.9986419139977817),
            _RODAS4_STATE,
            (*_RODAS4_STATE, 1.0),
        ),
        couplings=(
            (),
            (-5.6688,),
            (-2.430093356833875, -0.2063599157091915),
            (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
            (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160),
            (
                8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136,
                -6.058818238834054,
            ),
        ),
        weights=(*_RODAS4_STATE, 1.0, 1.0),
        errors=(0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    ),
)  # fmt: skip
