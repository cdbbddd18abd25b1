"""What a user gives to analyse, with ranges and values, to a system of equations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakSet

import numpy as np

from eqsim.analysis.arguments import checked_choice, checked_mapping, checked_number
from eqsim.analysis.rates import System
from eqsim.equations.check import check_block, check_expression
from eqsim.equations.declarations import Flag, VariableKind
from eqsim.equations.equations import Equations
from eqsim.equations.scope import externals
from eqsim.errors import (
    EquationError,
    ModelError,
    raise_together,
)
from eqsim.expressions.fold import fold
from eqsim.expressions.functions import FUNCTIONS, function_of
from eqsim.expressions.nodes import Call, Expr, Literal, Name
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.singularities import without_singularities
from eqsim.expressions.traverse import free_names, substitute, walk
from eqsim.network.caller import caller_names
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.groups.subgroup import Subgroup
from eqsim.network.kernels.names import GroupNames
from eqsim.network.lowering.systems import EquationSystems
from eqsim.network.messages import LOGGER
from eqsim.source import Source

Ranges = Mapping[str, Any]
"""Names with two values each: the lowest and the highest."""

Settings = Mapping[str, Any] | None
"""Names with a value each."""

_told: WeakSet[StateOwner] = WeakSet()
"""The groups whose users know what is left out."""

_told_of_models: set[str] = set()
"""The models of the library whose users know it."""

_TIMES = ("t", "dt", "t_in_timesteps")


class _Analysed(NeuronGroup):
    """A group that gives names and checks to equations which no network runs."""

    add_to_magic_network = False


class _Names(GroupNames):
    """The names of a group, some of whose subexpressions get values of their own."""

    kept: frozenset[str] = frozenset()

    def substituted_name(self, name: Name) -> Expr:
        """Return a name over stored values only."""
        if name.identifier in self.kept:
            return name
        if name.identifier == "not_refractory":
            return Literal(True)
        declared = self.owner.declaration(name.identifier)
        if declared is not None and Flag.LINKED in declared.flags:
            return name
        if declared is not None and Flag.CONSTANT_OVER_DT in declared.flags:
            assert declared.expression is not None
            return self.substituted(declared.expression)
        return super().substituted_name(name)


def system_of(
    model: Any, ranges: Ranges, swept: Ranges, parameters: Settings, fixed: Settings
) -> System:
    """Return the system of equations that is to be analysed.

    Parameters
    ----------
    model : str, Equations, NeuronGroup, Subgroup or model of the library
        The equations.
    ranges : mapping of str to pair
        The free variables, each with the lowest and highest value.
    swept : mapping of str to pair
        Parameters, or variables that count as parameters, with their ranges.
    parameters : mapping of str to number or Quantity, optional
        Values of parameters, constants and subexpressions.
    fixed : mapping of str to number, Quantity or str, optional
        Values of the variables that are not free, or expressions for them.

    Raises
    ------
    ModelError
        If a name, a value or a range does not fit.
    DimensionMismatchError
        If a value has the wrong unit.
    EquationError
        If a text is wrong, or has no place in an analysis.
    """
    return _Reading(model, ranges, swept, parameters, fixed).system()


class _Reading:
    """One reading of a model; the methods are the steps, in order."""

    def __init__(
        self, model: Any, ranges: Any, swept: Any, parameters: Settings, fixed: Settings
    ) -> None:
        self.model_name = _model_name(model)
        self.owner = _owner(model)
        self.has_values = not isinstance(self.owner, _Analysed)
        self.ranges = checked_mapping(ranges, "ranges of variables", "{'v': (-3, 3)}")
        self.swept = checked_mapping(swept, "ranges of parameters", "{'I': (0, 1)}")
        self.parameters = checked_mapping(
            {} if parameters is None else parameters, "parameters", "{'I': 0.8}"
        )
        self.fixed = checked_mapping(
            {} if fixed is None else fixed, "fixed variables", "{'w': 0.1}"
        )
        self._given_twice()
        self.dynamic = [
            d.name for d in self.owner.equations.block.of_kind(VariableKind.DIFFERENTIAL)
        ]
        given = {**{name: _first(pair) for name, pair in self.swept.items()}, **self.parameters}
        self.names = _Names(self.owner, {**caller_names(), **given})
        self.names.kept = frozenset(given)
        self.names.resolve(externals(self.owner.equations.block, ()))

    def system(self) -> System:
        """Return what was read."""
        self._check_given()
        errors: list[EquationError] = []
        check_block(self.owner.equations.block, self.names.scope, errors)
        raise_together(self.names.advised(errors))
        self._check_values()
        boxes = {name: self._range(name, pair) for name, pair in self._all_ranges().items()}
        drifts = [self._with_values(name, drift) for name, drift in self._drifts()]
        self._tell_what_is_left_out()
        box = np.array(list(boxes.values()))
        return System(
            str(self.owner.name),
            tuple(self.ranges),
            tuple(self.swept),
            tuple(drifts),
            tuple(self.names.scope[name].dimension for name in boxes),
            box[:, 0],
            box[:, 1],
        )

    def _all_ranges(self) -> dict[str, Any]:
        return {**self.ranges, **self.swept}

    def _given_twice(self) -> None:
        seen: dict[str, str] = {}
        words = {
            "a range": self.ranges, "a range as a parameter": self.swept,
            "a value in parameters": self.parameters, "a value in fixed": self.fixed,
        }  # fmt: skip
        for what, given in words.items():
            for name in given:
                if name in seen:
                    raise ModelError(f"{name!r} has both {seen[name]} and {what}\n  give one")
                seen[name] = what

    def _check_given(self) -> None:
        """Raise if a name is not what its place asks for."""
        others = [name for name in self._settable() if name not in self.dynamic]
        for name in (*self.ranges, *self.fixed):
            if name in others:
                raise ModelError(
                    f"{name!r} is a parameter of {self.owner.name!r}, not a variable\n"
                    f"  give its value with parameters={{{name!r}: ...}}"
                )
            self._check_known(name, self.dynamic, "variable")
        for name in self.parameters:
            if name in self.dynamic:
                raise ModelError(
                    f"{name!r} is a variable of {self.owner.name!r}, not a parameter\n"
                    f"  let it stand still with fixed={{{name!r}: ...}}"
                )
            self._check_known(name, others, "parameter")
        for name in self.swept:
            self._check_known(name, [*others, *self.dynamic], "parameter")
        if not self.ranges:
            raise ModelError(
                f"no variable of {self.owner.name!r} has a range\n"
                f"  its variables: {', '.join(self.dynamic) or 'none'}"
            )

    def _check_values(self) -> None:
        """Raise if a value cannot be one, whether the equations need it or not."""
        for name in self.parameters:
            self._number(name, self.parameters[name], "the parameter")
        for name, value in self.fixed.items():
            if not isinstance(value, str):
                self._number(name, value, "the fixed value of")

    def _settable(self) -> list[str]:
        declared = [d.name for d in self.owner.equations.block.declarations]
        outside = externals(self.owner.equations.block, ())
        functions = self.names.functions
        return sorted({*declared, *(name for name in outside if name not in functions)})

    def _check_known(self, name: str, known: list[str], what: str) -> None:
        checked_choice(name, known, what, str(self.owner.name))

    def _range(self, name: str, pair: Any) -> tuple[float, float]:
        example = f"{name!r}: (low, high)"
        if not isinstance(pair, tuple | list | np.ndarray) and not hasattr(pair, "dimension"):
            raise ModelError(f"the range of {name!r} is {pair!r}\n  expected {example}")
        try:
            low, high = pair
        except (TypeError, ValueError):
            raise ModelError(
                f"the range of {name!r} is {pair!r}\n  expected two values: {example}"
            ) from None
        lowest, highest = (self._number(name, value, "the range of") for value in (low, high))
        if not lowest < highest:
            problem = "is empty" if lowest == highest else "is reversed"
            raise ModelError(
                f"the range of {name!r} {problem}: it goes from {low} to {high}\n"
                f"  give the lowest value first: {example}"
            )
        return lowest, highest

    def _number(self, name: str, value: Any, what: str) -> float:
        """Return a value of a name in SI units after a look at whether it can be one."""
        return checked_number(name, value, what, self.names.scope[name].dimension)

    def _drifts(self) -> Iterable[tuple[str, Expr]]:
        """Yield the right sides of the free variables over names that need values."""
        block = self.owner.equations.block
        declared = {d.name: d for d in block.of_kind(VariableKind.DIFFERENTIAL)}
        systems = EquationSystems(self.owner, self.names)
        system = systems.system([declared[name] for name in self.ranges])
        self.noises = system.noises
        for equation in system.equations:
            yield equation.variable, equation.drift

    def _with_values(self, variable: str, drift: Expr) -> Expr:
        """Return a right side over free variables and swept parameters only."""
        expr = drift
        texts = {n: self._text(n, v) for n, v in self.fixed.items() if isinstance(v, str)}
        for _ in range(len(texts) + 1):
            expr = substitute(expr, texts)
        if set(texts) & free_names(expr):
            raise ModelError(
                "the expressions in fixed need each other: "
                + ", ".join(f"{name!r}" for name in sorted(set(texts) & free_names(expr)))
            )
        for time in sorted(free_names(expr) & set(_TIMES)):
            raise self._no_value(time)
        self._check_calls(variable, expr)
        needed = free_names(expr) - self.ranges.keys() - self.swept.keys()
        self._check_free(needed)
        values = {name: Literal(self._value(name)) for name in sorted(needed)}
        return fold(without_singularities(fold(substitute(expr, values))))

    def _text(self, name: str, text: str) -> Expr:
        expr = parse_expression(Source(text, f"fixed value of {name!r}"), functions=None)
        self.names.resolve(externals(expr, ()))
        errors: list[EquationError] = []
        check_expression(
            expr, self.names.scope, errors, dimension=self.names.scope[name].dimension
        )
        raise_together(self.names.advised(errors))
        return fold(self.names.substituted(expr))

    def _check_calls(self, variable: str, expr: Expr) -> None:
        for node in walk(expr):
            function = function_of(node) if isinstance(node, Call) else None
            if function is None or not isinstance(node, Call):
                continue
            if function.is_random:
                raise EquationError(
                    f"d{variable}/dt has random numbers, which an analysis cannot have",
                    node.span,
                    hint="give the subexpression that draws them a value in parameters",
                )
            if node.function not in FUNCTIONS:
                raise EquationError(
                    f"the function {node.function!r} has no known derivative",
                    node.span,
                    hint="write it out as an expression, or give the subexpression that calls it"
                    " a value in parameters",
                )

    def _check_free(self, needed: Iterable[str]) -> None:
        free = sorted(set(needed) & set(self.dynamic) - self.fixed.keys())
        if free:
            words = " and ".join(map(repr, free))
            values = ", ".join(f"{name!r}: ..." for name in free)
            raise ModelError(
                f"the equations of {', '.join(map(repr, self.ranges))} need {words}, which"
                f" {'has' if len(free) == 1 else 'have'} neither a range nor a fixed value\n"
                f"  fix what is slow, or what is not of interest: fixed={{{values}}}"
            )

    def _value(self, name: str) -> float:
        """Return the value of a name that does not vary, in SI units."""
        if name in self.fixed:
            return self._number(name, self.fixed[name], "the fixed value of")
        if name in self.parameters:
            return self._number(name, self.parameters[name], "the parameter")
        if name in self.names.externals:
            return float(self.names.externals[name].value)
        if name in self.owner.links or (
            name in self.owner.variables and self.owner.declaration(name) is not None
        ):
            return self._stored(name)
        if name == "N":
            return float(self.owner.stored_size)
        if name == "i" and self.owner.N == 1:
            return float(self.owner.first_stored)
        raise self._no_value(name)

    def _stored(self, name: str) -> float:
        if not self.has_values:
            raise ModelError(
                f"the parameter {name!r} has no value\n  give it with parameters={{{name!r}: ...}}"
            )
        values = np.asarray(self.owner.read(name))
        if np.ptp(values.astype(float)) != 0:
            raise ModelError(
                f"the parameter {name!r} differs between the neurons of {self.owner.name!r}\n"
                f"  give one value with parameters={{{name!r}: ...}}, or analyse one neuron:"
                " group[0:1]"
            )
        return float(values.flat[0])

    def _no_value(self, name: str) -> ModelError:
        if name in _TIMES:
            return ModelError(
                f"the equations of {self.owner.name!r} depend on the time {name!r}\n"
                "  only equations that do not change with time can be analysed; give the"
                " subexpression that contains it a value in parameters"
            )
        if name == "i":
            return ModelError(
                f"the equations of {self.owner.name!r} differ between its neurons: they use 'i'\n"
                "  analyse one neuron: group[0:1]"
            )
        return ModelError(f"{name!r} has no value\n  give it with parameters={{{name!r}: ...}}")

    def _tell_what_is_left_out(self) -> None:
        if self.owner in _told:
            return
        _told.add(self.owner)
        if self.model_name in _told_of_models:
            return
        if self.model_name is not None:
            _told_of_models.add(self.model_name)
        if self.noises:
            LOGGER.warning(
                "%s: the noise %s is left out of the analysis",
                self.owner.name,
                ", ".join(map(repr, self.noises)),
            )
        if self.owner.events:
            LOGGER.info(
                "%s: the analysis is of the dynamics between events: threshold and reset are"
                " left out",
                self.owner.name,
            )


def _owner(model: Any) -> StateOwner:
    if isinstance(model, NeuronGroup | Subgroup):
        return model
    if isinstance(model, str | Equations):
        return _Analysed(1, model, name="analysis*")
    # A model of the library makes groups; one neuron has all of its defaults.
    name = _model_name(model)
    if name is not None:
        return _owner(model(1, name=re.sub(r"\W", "_", name)))
    raise ModelError(
        f"{model!r} cannot be analysed\n"
        "  expected equations as a text or Equations, a NeuronGroup, or a model of eqsim.models"
    )


def _model_name(model: Any) -> str | None:
    """Return the name of a model of the library, None for anything else."""
    is_model = callable(model) and isinstance(getattr(model, "equations", None), Equations)
    return str(model.name) if is_model and not isinstance(model, StateOwner) else None


def _first(pair: Any) -> Any:
    try:
        return next(iter(pair))
    except (TypeError, StopIteration):
        return 0.0
