"""Methods written as mathematics: the text of one step to the statements for a system.

A description is a few lines about the whole system, ``dx = f(x, t) dt + g(x, t) dW``::

    x_support = x + dt*f(x, t) + g(x, t)*dW
    x_new = x + dt*f(x, t) + (g(x, t) + g(x_support, t + dt))/2*dW

``x`` stands for all variables, ``f`` for their drifts, ``g`` for the factors of their noise, and
``dW`` for the increment of the noise over the step. Each line becomes one statement for each
variable. Where an equation has several noises, a term with ``g(...)*dW`` becomes the sum over all
of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from eqsim.equations.code import Assignment, CodeBlock, parse_code
from eqsim.errors import EquationError, UnknownNameError, did_you_mean
from eqsim.expressions.fold import ZERO, add, divide, multiply, negate, power, subtract
from eqsim.expressions.functions import FUNCTIONS
from eqsim.expressions.linear import linear_coefficients
from eqsim.expressions.nodes import Binary, BinaryOperator, Call, Expr, Name, Unary
from eqsim.expressions.statements import Assign, Statement
from eqsim.expressions.traverse import children, depends_on, free_names, map_children, substitute
from eqsim.integrators.base import Integrator
from eqsim.integrators.noise import draws, increment, normal, root_of_step
from eqsim.integrators.structure import NoiseType
from eqsim.integrators.system import ODE, STEP, TIME, ODESystem, Step, changes
from eqsim.source import Source

_VARIABLES, _RESULT, _INCREMENT = "x", "x_new", "dW"
_DRIFT, _FACTOR = "f", "g"
_GIVEN = (_VARIABLES, TIME.identifier, STEP.identifier, _INCREMENT)
_SYSTEM = (_DRIFT, _FACTOR)


@dataclass(frozen=True, slots=True)
class Description:
    """The parsed text of a method.

    Parameters
    ----------
    statements : tuple of (str, Expr)
        Intermediate results, and last the new value under the name ``x_new``.
    """

    statements: tuple[tuple[str, Expr], ...]

    @classmethod
    def from_text(cls, text: str) -> Description:
        """Parse the description of a method.

        Raises
        ------
        EquationError
            If it does not follow the language, names what is not there, or does not end with
            ``x_new``.

        Examples
        --------
        >>> Description.from_text('x_new = x + dt*f(x, t)').noise
        <NoiseType.NONE: 'none'>
        """
        code = parse_code(Source(text, "the description of a method"))
        _check(code)
        return cls(tuple((statement.target, statement.value) for statement in code.statements))

    @property
    def noise(self) -> NoiseType:
        """The most general noise for which the description has a meaning."""
        values = [value for _, value in self.statements]
        if not any(map(_is_noisy, values)):
            return NoiseType.NONE
        noisy = self.noisy
        are_sums = all(_sums_over_noises(value, noisy) for value in values)
        return NoiseType.GENERAL if are_sums else NoiseType.DIAGONAL

    @property
    def noisy(self) -> frozenset[str]:
        """The intermediate results that contain noise, not only at other states."""
        found: set[str] = set()
        for name, value in self.statements:
            places: dict[str, Expr] = {}
            outside = _with_places(value, places)
            factors = {n for n, call in places.items() if _is_factor(call)}
            if depends_on(outside, {_INCREMENT, *factors, *found}):
                found.add(name)
        return frozenset(found)

    @property
    def evaluations(self) -> int:
        """How often the drift is evaluated in a step."""
        called = {node for _, value in self.statements for node in _calls(value)}
        return len({node for node in called if node.function == _DRIFT})


_EULER = Description(((_RESULT, Name(_VARIABLES)),))


@dataclass(frozen=True, slots=True)
class ExplicitMethod(Integrator):
    """An explicit method that is written as a description.

    Parameters
    ----------
    description : Description
        One step. The other parameters are those of every `Integrator`.
    """

    description: Description = field(default=_EULER, kw_only=True)

    @property
    def cost(self) -> str:
        """What one step takes."""
        times = self.description.evaluations
        return f"{times} f" if self.noise is NoiseType.NONE else f"{times} f, normal numbers"

    def refusal(self, system: ODESystem) -> str | None:
        """Refuse noise that is more general than the method's, or than the description's."""
        return self.noise_refusal(system) or self._sums_refusal(system)

    def _sums_refusal(self, system: ODESystem) -> str | None:
        """Return which equation has several noises if the description is no sum over them."""
        if self.description.noise is not NoiseType.DIAGONAL:
            return None
        for equation in system.equations:
            if len(equation.noise) > 1:
                names = ", ".join(repr(noise) for noise, _ in equation.noise)
                return f"d{equation.variable}/dt contains {len(equation.noise)} noises: {names}"
        return None

    def step(self, system: ODESystem) -> Step:
        """Return the draws, the intermediate results, and the new values."""
        expansion = _Expansion(system, self.description.noisy)
        statements: list[Statement] = list(draws(system))
        *intermediates, (_, result) = self.description.statements
        for position, (name, value) in enumerate(intermediates):
            expanded = [(eq.variable, expansion.total(value, eq)) for eq in system.equations]
            prefix = expansion.intermediates[name] = f"_{name}_{position}_"
            statements += (Assign(f"{prefix}{variable}", value) for variable, value in expanded)
        values = ((eq.variable, expansion.total(result, eq)) for eq in system.equations)
        return tuple(statements), changes(values)


class _Expansion:
    """Puts the equations of a system into the expressions of a description."""

    def __init__(self, system: ODESystem, noisy: frozenset[str]) -> None:
        self.system = system
        self.noisy = noisy
        self.equations = {equation.variable: equation for equation in system.equations}
        self.intermediates: dict[str, str] = {}

    def total(self, expr: Expr, equation: ODE) -> Expr:
        """Return an expression for one variable, with the sum over all its noises."""
        if not _sums_over_noises(expr, self.noisy):
            noise = next((name for name, _ in equation.noise), None)
            return self._expanded(expr, equation, noise)
        slope, rest = _by_increment(expr)
        value = self._expanded(rest, equation, None)
        for noise, _ in equation.noise:
            # In this order the scale of the noise is one number where the factor is a constant.
            scale = multiply(self._expanded(slope, equation, noise), root_of_step())
            value = add(value, multiply(scale, Name(normal(noise))))
        return value

    def _expanded(self, expr: Expr, equation: ODE, noise: str | None) -> Expr:
        match expr:
            case Name(identifier):
                return self._name(identifier, equation, noise)
            case Call(function, (state, time)) if function in _SYSTEM:
                return self._evaluated(self._term(function, equation, noise), state, time)
            case Unary(_, operand):
                return negate(self._expanded(operand, equation, noise))
            case Binary(operator, left, right) if operator in _ARITHMETIC:
                combine = _ARITHMETIC[operator]
                first = self._expanded(left, equation, noise)
                return combine(first, self._expanded(right, equation, noise))
            case _:
                return map_children(expr, lambda child: self._expanded(child, equation, noise))

    def _name(self, identifier: str, equation: ODE, noise: str | None) -> Expr:
        if identifier == _VARIABLES:
            return Name(equation.variable)
        if identifier == _INCREMENT:
            return ZERO if noise is None else increment(noise)
        if identifier in self.intermediates:
            return Name(f"{self.intermediates[identifier]}{equation.variable}")
        return Name(identifier)

    def _term(self, function: str, equation: ODE, noise: str | None) -> Expr:
        if function == _DRIFT:
            return equation.drift
        return dict(equation.noise).get(noise or "", ZERO)

    def _evaluated(self, term: Expr, state: Expr, time: Expr) -> Expr:
        """Return a drift or a factor at another state and time."""
        mapping: dict[str, Expr] = {}
        if TIME.identifier not in self.system.constant_over_step:
            mapping[TIME.identifier] = self._expanded(time, self.system.equations[0], None)
        for variable in sorted(free_names(term) & self.equations.keys()):
            mapping[variable] = self.total(state, self.equations[variable])
        return substitute(term, mapping)


_ARITHMETIC = {
    BinaryOperator.ADD: add,
    BinaryOperator.SUBTRACT: subtract,
    BinaryOperator.MULTIPLY: multiply,
    BinaryOperator.DIVIDE: divide,
    BinaryOperator.POWER: power,
}


def _calls(expr: Expr) -> Iterator[Call]:
    """Yield the calls of the system's functions, those in arguments of others too."""
    if isinstance(expr, Call) and expr.function in _SYSTEM:
        yield expr
    for child in children(expr):
        yield from _calls(child)


def _is_noisy(expr: Expr) -> bool:
    is_factor = any(call.function == _FACTOR for call in _calls(expr))
    return is_factor or depends_on(expr, (_INCREMENT,))


def _by_increment(expr: Expr) -> tuple[Expr, Expr]:
    """Return ``B`` and ``A`` of ``A + B*dW``; calls of the system's functions count as names."""
    places: dict[str, Expr] = {}
    found = linear_coefficients(_with_places(expr, places), _INCREMENT)
    assert found is not None, "asked for before"
    return substitute(found[0], places), substitute(found[1], places)


def _with_places(expr: Expr, places: dict[str, Expr]) -> Expr:
    if isinstance(expr, Call) and expr.function in _SYSTEM:
        name = f"{expr.function}()[{len(places)}]"  # no name that a description can have
        places[name] = expr
        return Name(name)
    return map_children(expr, lambda child: _with_places(child, places))


def _is_factor(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.function == _FACTOR


def _sums_over_noises(expr: Expr, noisy: frozenset[str]) -> bool:
    """Return whether an expression is ``A + B*dW``, with the factors of noise in ``B`` only.

    What contains noise already enters ``A`` linearly, and not ``B``.
    """
    places: dict[str, Expr] = {}
    outside = _with_places(expr, places)
    found = linear_coefficients(outside, _INCREMENT)
    factors = {name for name, call in places.items() if _is_factor(call)}
    if found is None or depends_on(found[1], factors) or depends_on(found[0], noisy):
        return False
    for name in noisy:
        slopes = linear_coefficients(found[1], name)
        if slopes is None or depends_on(slopes[0], noisy):
            return False
    arguments = (call.arguments[0] for call in places.values() if isinstance(call, Call))
    return all(_sums_over_noises(argument, noisy) for argument in arguments)


def _check(code: CodeBlock) -> None:
    known: dict[str, Assignment] = {}
    if not code.statements:
        raise EquationError("the description is empty", hint="write: x_new = x + dt*f(x, t)")
    for statement in code.statements:
        _check_target(statement, known)
        _check_expression(statement.value, known)
        known[statement.target] = statement
    last = code.statements[-1]
    if last.target != _RESULT:
        raise EquationError(
            f"the description must end with {_RESULT!r}, not with {last.target!r}",
            last.target_span,
            hint=f"write: {_RESULT} = ...",
        )


def _check_target(statement: Assignment, known: Mapping[str, Assignment]) -> None:
    target = statement.target
    if statement.operator is not None:
        raise EquationError(
            "a description gives each name one value",
            statement.span,
            hint=f"write: {target} = ...",
        )
    if target in known or target in (*_GIVEN, *_SYSTEM):
        what = "has a value already" if target in known else "has a meaning in descriptions"
        raise EquationError(
            f"{target!r} {what}", statement.target_span, hint="choose another name"
        )


def _check_expression(expr: Expr, known: Mapping[str, Assignment]) -> None:
    match expr:
        case Name(identifier, span):
            if identifier == _RESULT or identifier not in (*known, *_GIVEN):
                names = [*_GIVEN, *(name for name in known if name != _RESULT)]
                raise UnknownNameError(
                    f"{identifier!r} is unknown here",
                    span,
                    details=(f"known: {', '.join(names)}",),
                    hint=did_you_mean(identifier, names),
                )
        case Call():
            _check_call(expr)
        case _:
            pass
    for child in children(expr):
        _check_expression(child, known)


_DEEPEST = 3
"""How often the state of one evaluation may contain another: each writes all equations anew."""


def _depth(call: Call) -> int:
    inner = _calls(call.arguments[0]) if call.arguments else iter(())
    return 1 + max(map(_depth, inner), default=0)


def _check_call(call: Call) -> None:
    if call.function in _SYSTEM:
        if _depth(call) > _DEEPEST:
            raise EquationError(
                f"{call.function!r} contains others more than {_DEEPEST} deep",
                call.span,
                hint="give the inner states names in lines of their own",
            )
        if len(call.arguments) != 2:
            raise EquationError(
                f"{call.function!r} takes a state and a time",
                call.span,
                hint=f"write: {call.function}(x, t)",
            )
        if free_names(call.arguments[1]) - {TIME.identifier, STEP.identifier}:
            raise EquationError(
                f"the time given to {call.function!r} may only consist of 't', 'dt' and numbers",
                call.arguments[1].span,
                hint=f"write for example: {call.function}(x, t + dt/2)",
            )
        return
    function = FUNCTIONS.get(call.function)
    if function is None or function.is_random:
        usable = [*_SYSTEM, *(name for name, each in FUNCTIONS.items() if not each.is_random)]
        raise UnknownNameError(
            f"{call.function!r} is no function that descriptions can call",
            call.span,
            details=("f is the drift, g the factor of the noise, dW its increment",),
            hint=did_you_mean(call.function, usable),
        )
    if len(call.arguments) != function.n_arguments:
        raise EquationError(
            f"{call.function!r} takes {function.n_arguments} arguments, not {len(call.arguments)}",
            call.span,
        )
