"""Methods that choose their step: as many steps of any length within ``dt`` as accuracy asks for.

Each element has its own steps. The step that follows from an error is that of Hairer, Noersett and
Wanner [1]_: after a step of length ``h`` whose error is ``e`` times the tolerated one the next is
``0.9 h e**(-1/p)`` long, with the order ``p`` of the estimate, and from 0.2 to 5 times the last.

References
----------
.. [1] Hairer E, Noersett SP, Wanner G (1993). Solving ordinary differential equations I: nonstiff
   problems. Springer. doi:10.1007/978-3-540-78862-1
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eqsim.errors import IntegratorError
from eqsim.expressions.fold import ONE, ZERO, add, divide, multiply, power, subtract
from eqsim.expressions.nodes import (
    Call,
    Compare,
    Comparison,
    Expr,
    Kind,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
)
from eqsim.expressions.statements import Assign, Check, Statement, While
from eqsim.integrators.attempts import StagedMethod, Start, moving
from eqsim.integrators.base import Integrator
from eqsim.integrators.options import Option, count, switch, tolerance, tolerances
from eqsim.integrators.rosenbrock import RODAS3
from eqsim.integrators.system import STEP, TIME, ODESystem, Step, UpdateRule, changes

STEP_LIMIT = "_max_steps"
"""The name of how many steps are allowed, and of the problem of an element that needs more."""

UNDEFINED = "undefined"
"""The problem of an element whose right sides, or their derivatives, are no numbers."""

_RELATIVE, _ABSOLUTE = "_relative_error", "_absolute_error"
_LAST, _COUNT, _FAILED = "_last_timestep", "_step_count", "_failed_steps"
_DONE, _LENGTH, _TRIED, _STEPS, _REFUSED = "_done", "_length", "_tried", "_steps", "_refused"
_ERROR, _ACCEPTED, _IS_LAST, _NEXT = "_error", "_accepted", "_is_last", "_next"

_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Adaptive(Integrator):
    """Steps within ``dt`` that keep the error of each element below a tolerance.

    Parameters
    ----------
    method : StagedMethod
        A method with embedded weights, by which errors are estimated.
    absolute_error, relative_error : float
        A step is accepted if the root mean square of its errors, each divided by ``absolute_error
        + relative_error*abs(x)``, is at most one.
    absolute_error_per_variable : mapping of str to float
        Absolute errors of single variables, in SI units.
    max_steps : int
        How many steps an element may try within ``dt``.
    adaptable_timestep : bool
        Whether steps are chosen at all; if not, one step of the method has the length ``dt``.
    use_last_timestep : bool
        Whether an element begins with the length at which it arrived in the ``dt`` before.
    save_step_count, save_failed_steps : bool
        Whether it is kept how many steps an element tried, and how many of them failed.
    """

    method: StagedMethod = field(default=RODAS3, kw_only=True)
    absolute_error: float = field(default=1e-12, kw_only=True)
    relative_error: float = field(default=1e-6, kw_only=True)
    absolute_error_per_variable: Mapping[str, float] = field(
        default_factory=dict, kw_only=True, hash=False
    )
    max_steps: int = field(default=1000, kw_only=True)
    adaptable_timestep: bool = field(default=True, kw_only=True)
    use_last_timestep: bool = field(default=True, kw_only=True)
    save_step_count: bool = field(default=False, kw_only=True)
    save_failed_steps: bool = field(default=False, kw_only=True)

    @property
    def cost(self) -> str:
        """What one step takes."""
        return f"{self.method.cost}, for each step within dt"

    @property
    def options(self) -> Mapping[str, Option]:
        """Tolerances, the limit of steps, and what is kept."""
        return _OPTIONS

    def _with_options(self, values: Mapping[str, Any]) -> Adaptive:
        changed = replace(self, **values)
        if not changed.adaptable_timestep:
            useless = [name for name in values if name != "adaptable_timestep"]
            if useless:
                raise IntegratorError(
                    f"the option {useless[0]!r} of {self.name!r} contradicts"
                    " adaptable_timestep=False\n"
                    f"  steps that are all as long as dt make no use of {useless[0]!r}: leave one"
                    " of the two out"
                )
        tolerated = (changed.absolute_error, *changed.absolute_error_per_variable.values())
        if changed.relative_error == 0 and min(tolerated) == 0:
            raise IntegratorError(
                f"{self.name!r} has neither an absolute nor a relative error above 0\n"
                "  no step could be accurate enough: give one of them"
            )
        return changed

    @property
    def memory(self) -> Mapping[str, Kind]:
        """The last length and the numbers of steps, as far as they are kept."""
        if not self.adaptable_timestep:
            return {}
        kept = {
            _LAST: (self.use_last_timestep, Kind.FLOAT),
            _COUNT: (self.save_step_count, Kind.INTEGER),
            _FAILED: (self.save_failed_steps, Kind.INTEGER),
        }
        return {name: kind for name, (is_kept, kind) in kept.items() if is_kept}

    @property
    def constants(self) -> Mapping[str, float | int]:
        """The tolerances and the limit."""
        if not self.adaptable_timestep:
            return {}
        single = self.absolute_error_per_variable.items()
        return {
            _RELATIVE: self.relative_error,
            _ABSOLUTE: self.absolute_error,
            STEP_LIMIT: self.max_steps,
            **{f"{_ABSOLUTE}_{variable}": value for variable, value in single},
        }

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse what the method refuses."""
        return self.method.refusal(system)

    def rule(self, system: ODESystem, reason: str) -> UpdateRule:
        """Return the update rule, with advice for steps that are chosen."""
        advised = replace(self, advice=_ADVICE) if self.adaptable_timestep else self
        return Integrator.rule(advised, system, reason)

    def step(self, system: ODESystem) -> Step:
        """Return the loop over the steps of an element, and what it arrives at."""
        if not self.adaptable_timestep:
            return self.method.step(system)
        variables = [equation.variable for equation in moving(system)]
        if not variables:
            return (), ()
        is_unfinished = Compare(Comparison.LESS, Name(_DONE), STEP)
        is_finished = Compare(Comparison.GREATER_EQUAL, Name(_DONE), STEP)
        is_number = Compare(Comparison.GREATER_EQUAL, Name(_ERROR), ZERO)
        is_allowed = Compare(Comparison.LESS, Name(_STEPS), Name(STEP_LIMIT))
        statements = (
            *self._begin(variables),
            While(Logical(LogicalOperator.AND, is_unfinished, is_allowed), self._body(system)),
            Check(Logical(LogicalOperator.OR, is_finished, is_number), UNDEFINED),
            Check(is_finished, STEP_LIMIT),
        )
        kept = ((_LAST, Name(_LENGTH)), (_COUNT, Name(_STEPS)), (_FAILED, Name(_REFUSED)))
        return statements, changes(
            (
                *((variable, Name(_reached(variable))) for variable in variables),
                *((name, value) for name, value in kept if name in self.memory),
            )
        )

    def _begin(self, variables: list[str]) -> list[Statement]:
        first: Expr = STEP
        if self.use_last_timestep:
            is_known = Compare(Comparison.GREATER, Name(_LAST), ZERO)
            first = Select(is_known, Name(_LAST), STEP)
        return [
            Assign(_DONE, ZERO),
            Assign(_LENGTH, first),
            Assign(_STEPS, Literal(0)),
            Assign(_REFUSED, Literal(0)),
            Assign(_ERROR, ZERO),
            *(Assign(_reached(variable), Name(variable)) for variable in variables),
        ]

    def _body(self, system: ODESystem) -> tuple[Statement, ...]:
        variables = [equation.variable for equation in moving(system)]
        start = Start(
            state={
                **{name: Name(name) for name in system.variables},
                **{name: Name(_reached(name)) for name in variables},
            },
            time=add(TIME, Name(_DONE)),
            length=Name(_TRIED),
        )
        attempt = self.method.attempt(system, start)
        tried = [Assign(f"_tried_{name}", value) for name, value in attempt.values]
        return (
            *self._length(),
            *attempt.statements,
            *tried,
            *self._ratios(attempt.errors),
            Assign(_ERROR, _mean_square(attempt.errors)),
            *self._outcome(),
            *(
                Assign(
                    _reached(name),
                    Select(Name(_ACCEPTED), Name(f"_tried_{name}"), Name(_reached(name))),
                )
                for name in variables
            ),
        )

    def _length(self) -> list[Statement]:
        """Return how far the next step goes: no further than to the end of ``dt``."""
        left = subtract(STEP, Name(_DONE))
        reaches = Compare(Comparison.GREATER_EQUAL, Name(_LENGTH), left)
        return [
            Assign(_IS_LAST, reaches),
            Assign(_TRIED, Select(Name(_IS_LAST), left, Name(_LENGTH))),
        ]

    def _ratios(self, errors: tuple[tuple[str, Expr], ...]) -> Iterator[Statement]:
        """Yield the errors, each relative to what is tolerated."""
        for name, error in errors:
            sizes = (Call("abs", (Name(each),)) for each in (_reached(name), f"_tried_{name}"))
            relative = multiply(Name(_RELATIVE), Call("maximum", tuple(sizes)))
            single = f"{_ABSOLUTE}_{name}"
            absolute = Name(single if single in self.constants else _ABSOLUTE)
            ratio = divide(Name(f"_error_{name}"), add(absolute, relative))
            # A variable at zero that stays there tolerates no error, and has none.
            is_none = Compare(Comparison.EQUAL, Name(f"_error_{name}"), ZERO)
            yield Assign(f"_error_{name}", error)
            yield Assign(f"_ratio_{name}", Select(is_none, ZERO, ratio))

    def _outcome(self) -> list[Statement]:
        error, accepted, tried = Name(_ERROR), Name(_ACCEPTED), Name(_TRIED)
        exponent = Literal(-1 / (2 * self.order))
        wanted = multiply(Literal(_SAFETY), power(error, exponent))
        factor = Call("clip", (wanted, Literal(_SHRINK), Literal(_GROW)))
        # An error that is no number compares with nothing.
        is_number = Compare(Comparison.GREATER_EQUAL, error, ZERO)
        following = multiply(tried, Select(is_number, factor, Literal(_SHRINK)))
        was_cut = Logical(LogicalOperator.AND, accepted, Name(_IS_LAST))
        longer = Call("maximum", (Name(_LENGTH), Name(_NEXT)))
        reached = Select(Name(_IS_LAST), STEP, add(Name(_DONE), tried))
        return [
            Assign(_ACCEPTED, Compare(Comparison.LESS_EQUAL, error, ONE)),
            Assign(_NEXT, following),
            Assign(_LENGTH, Select(was_cut, longer, Name(_NEXT))),
            Assign(_DONE, Select(accepted, reached, Name(_DONE))),
            Assign(_STEPS, add(Name(_STEPS), Literal(1))),
            Assign(_REFUSED, add(Name(_REFUSED), Select(accepted, Literal(0), Literal(1)))),
        ]


_ADVICE = (
    "an accepted step led there: look for what the equations make infinite, or use smaller errors"
)


def _mean_square(errors: tuple[tuple[str, Expr], ...]) -> Expr:
    total: Expr = ZERO
    for name, _ in errors:
        total = add(total, multiply(Name(f"_ratio_{name}"), Name(f"_ratio_{name}")))
    return divide(total, Literal(float(len(errors))))


def _reached(variable: str) -> str:
    return f"_reached_{variable}"


_OPTIONS: Mapping[str, Option] = {
    "absolute_error": tolerance("error that is tolerated in each variable, in SI units"),
    "absolute_error_per_variable": tolerances("errors that are tolerated in single variables"),
    "relative_error": tolerance("error that is tolerated relative to the size of a variable"),
    "max_steps": count("how many steps a neuron may try within dt"),
    "adaptable_timestep": switch("whether steps within dt are chosen by their errors"),
    "use_last_timestep": switch("whether a neuron begins with its last step of the dt before"),
    "save_step_count": switch("whether the number of steps is kept, as '_step_count'"),
    "save_failed_steps": switch("whether the number of failed steps is kept, as '_failed_steps'"),
}
