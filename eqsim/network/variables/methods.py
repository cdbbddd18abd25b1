"""The integration method of a group as its user gives it, with its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsim.equations.declarations import VariableKind
from eqsim.equations.equations import Equations
from eqsim.errors import IntegratorError, ModelError, did_you_mean, message
from eqsim.expressions.nodes import Kind
from eqsim.integrators import Integrator, configured
from eqsim.network.variables.variables import Variable
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.units.dimensions import DIMENSIONLESS, SECOND, base_unit_for
from eqsim.units.quantity import dimension_of, si_value


@dataclass(frozen=True, slots=True)
class GivenMethod:
    """What a user says about integration.

    Parameters
    ----------
    given : object
        The argument ``method``.
    candidates : tuple of Integrator or None
        The methods that may be used, in the order of preference; None if eqsim chooses.
    """

    given: Any
    candidates: tuple[Integrator, ...] | None


def given_method(method: Any, options: Any, equations: Equations, name: str) -> GivenMethod:
    """Return the integration method of a group after a look at whether there is such a one.

    Parameters
    ----------
    method : str, Integrator, callable, sequence of these, or None
        The argument ``method``.
    options : mapping of str to object, or None
        The argument ``method_options``.
    equations : Equations
        The equations of the group.
    name : str
        The name of the group, for messages.

    Raises
    ------
    IntegratorError
        If there is no such method or option, or an option does not fit.
    ModelError
        If an argument is of another kind.
    """
    if options is not None and not isinstance(options, Mapping):
        raise ModelError(
            f"the method_options of {name!r} must be a dict, not {options!r}\n"
            "  for example {'max_steps': 1000}"
        )
    if method is None:
        if options:
            raise IntegratorError(
                f"{name!r} has method_options and no method to take them\n"
                "  name one: method='rk2', method_options={'beta': 2/3}"
            )
        return GivenMethod(None, None)
    if not _is_method(method):
        raise ModelError(
            f"the method of {name!r} must be a name, a method, or several, not {method!r}\n"
            "  for example 'euler'"
        )
    plain = {key: _plain(key, value, equations) for key, value in (options or {}).items()}
    return GivenMethod(method, configured(method, plain))


def _is_method(method: Any) -> bool:
    if isinstance(method, list | tuple):
        return bool(method) and all(map(_is_method, method))
    return isinstance(method, str | Integrator) or callable(method)


def _plain(option: str, value: Any, equations: Equations) -> Any:
    """Return the value of an option without units."""
    if isinstance(value, Mapping):
        return {
            variable: _in_unit_of(variable, tolerated, equations)
            for variable, tolerated in value.items()
        }
    if dimension_of(value) is not DIMENSIONLESS:
        raise IntegratorError(
            f"the option {option!r} cannot be {value!r}: it takes no unit\n"
            "  errors of single variables have the unit of the variable:"
            " absolute_error_per_variable={'v': 1*uvolt}"
        )
    return value


def _in_unit_of(variable: Any, tolerated: Any, equations: Equations) -> Any:
    known = [d.name for d in equations.block.of_kind(VariableKind.DIFFERENTIAL)]
    if variable not in known:
        raise IntegratorError(
            message(
                f"an absolute error is given for {variable!r}, which no differential equation has",
                did_you_mean(str(variable), known),
                f"variables: {', '.join(known) or 'none'}",
            )
        )
    dimension = equations[variable].dimension
    if dimension_of(tolerated) is not dimension:
        unit = base_unit_for(dimension)
        expected = "a number without unit" if unit == "1" else f"a value in {unit}"
        raise IntegratorError(
            f"the absolute error of {variable!r} cannot be {tolerated!r}\n  expected: {expected}"
        )
    number = si_value(tolerated)
    return number.item() if isinstance(number, np.generic) else number


def memory_variables(method: GivenMethod, real: DType, size: int) -> dict[str, Variable]:
    """Return the variables that a method keeps for each element between steps, by name."""
    return {name: _variable(name, kind, real, size) for name, kind in _memory(method).items()}


def memory_names(method: GivenMethod) -> set[str]:
    """Return the names of what a method keeps for each element between steps."""
    return set(_memory(method))


def _memory(method: GivenMethod) -> dict[str, Kind]:
    return {
        name: kind
        for integrator in method.candidates or ()
        for name, kind in integrator.memory.items()
    }


def _variable(name: str, kind: Kind, real: DType, size: int) -> Variable:
    is_length = kind is Kind.FLOAT
    dtype = real if is_length else DType.INT32
    return Variable(
        name=name,
        dimension=SECOND if is_length else DIMENSIONLESS,
        dtype=dtype,
        values=np.zeros(size, dtype=dtype.numpy),
        role=Role.STATE,
        is_read_only=True,
    )
