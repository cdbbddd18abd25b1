"""Names that equations use and the model does not define: constants of the user's namespace."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from eqsim.equations.scope import Symbol, external_constant
from eqsim.errors import ModelError
from eqsim.expressions.functions import CONSTANTS, FUNCTIONS, Function
from eqsim.expressions.kinds import kind_of_value
from eqsim.expressions.nodes import Expr
from eqsim.expressions.traverse import called_functions
from eqsim.network.functions.calls import Callee, ExternalFunction
from eqsim.network.functions.functions import has_units, python_function
from eqsim.units.arguments import LARGEST, shown
from eqsim.units.dimensions import Dimension
from eqsim.units.names import UNITS
from eqsim.units.quantity import Quantity, dimension_of, si_value


def function_outside(
    name: str, own: Mapping[str, Any], around: Mapping[str, Any]
) -> ExternalFunction | None:
    """Return the function that a name stands for, None if it stands for something else.

    Parameters
    ----------
    name : str
        The name.
    own : mapping
        The group's own namespace, which goes first.
    around : mapping
        The namespace of the run.
    """
    return _external(own[name] if name in own else around.get(name))


def _external(value: Any) -> ExternalFunction | None:
    if isinstance(value, Callee):
        return value.external
    return None if not has_units(value) else python_function(value).external


def functions_in(expr: Expr, *namespaces: Mapping[str, Any]) -> dict[str, Function]:
    """Return what is known of the functions that a text calls before it is checked.

    Parameters
    ----------
    expr : Expr
        The text.
    *namespaces : mapping
        Where functions are searched that the language does not have, in this order.

    Returns
    -------
    dict of str to Function
        The functions that are called, without those that are nowhere to be found.
    """
    found: dict[str, Function] = {}
    for name in called_functions(expr):
        value = next((names[name] for names in namespaces if name in names), None)
        known = FUNCTIONS.get(name) or _external(value)
        if known is not None:
            found[name] = known
    return found


@dataclass(frozen=True, slots=True)
class External:
    """A constant of the namespace.

    Parameters
    ----------
    name : str
        The user's name for it.
    value : float, int or bool
        In SI units.
    dimension : Dimension
        Its dimension.
    is_own : bool
        Whether it belongs to the group, and not to the namespace of the run.
    """

    name: str
    value: float | int | bool
    dimension: Dimension
    is_own: bool

    @property
    def symbol(self) -> Symbol:
        """What the checks see of it."""
        return external_constant(self.name, kind_of_value(self.value), self.dimension)


def resolve_external(
    name: str, own: Mapping[str, Any], around: Mapping[str, Any], owner: str
) -> External | None:
    """Return the constant that a name stands for, None if nothing of that name is there.

    Parameters
    ----------
    name : str
        The name.
    own : mapping
        The group's own namespace, which goes first.
    around : mapping
        The namespace of the run: the caller's names, unless given.
    owner : str
        Name of the group.

    Raises
    ------
    ModelError
        If the value is no single finite number.
    """
    if name in own:
        value = own[name]
    elif name in around:
        value = around[name]
    else:
        return None
    number = _single_number(name, value, owner)
    return External(name, number, dimension_of(value), name in own)


def usable_names(*namespaces: Mapping[str, Any]) -> list[str]:
    """Return the names of namespaces that could stand in an equation and mean nothing else."""
    return sorted(
        name
        for namespace in namespaces
        for name, value in namespace.items()
        if is_usable(value) and not name.startswith("_") and name not in (*UNITS, *CONSTANTS)
    )


def usable_functions(*namespaces: Mapping[str, Any]) -> list[str]:
    """Return the names of namespaces that equations could call."""
    return sorted(
        name
        for namespace in namespaces
        for name, value in namespace.items()
        if (isinstance(value, Callee) or has_units(value)) and not name.startswith("_")
    )


def is_usable(value: Any) -> bool:
    """Return whether a value of the namespace could stand in an equation as a number."""
    # To ask a module would load it, where it is loaded when it is used first.
    return isinstance(value, numbers.Real | np.bool_) or (
        not isinstance(value, ModuleType) and hasattr(value, "dimension")
    )


def is_constant(value: Any) -> bool:
    """Return whether a value could be a constant of equations: one number, with or without unit.

    Examples
    --------
    >>> is_constant(3), is_constant([1, 2]), is_constant(None)
    (True, False, False)
    """
    if isinstance(value, numbers.Real | np.bool_):
        return True
    return isinstance(value, Quantity) and value.ndim == 0


def _single_number(name: str, value: Any, owner: str) -> float | int | bool:
    number = si_value(value) if is_usable(value) else value
    if isinstance(number, np.ndarray) and number.ndim == 0:
        number = number.item()
    if isinstance(number, np.ndarray):
        raise ModelError(
            f"{name!r}, used by {owner!r}, is an array of shape {number.shape}\n"
            "  expected: a single number or quantity\n"
            f"  for a value per neuron write the parameter '{name} : unit' in the equations and"
            f" set {owner}.{name}"
        )
    if isinstance(number, np.generic):
        number = number.item()
    if not isinstance(number, bool | int | float):
        raise ModelError(
            f"{name!r}, used by {owner!r}, is a {type(value).__name__}\n"
            "  expected: a number or a quantity such as 10*ms"
            + ("\n  for a function write its units above it: @check_units" * callable(value))
        )
    if not abs(number) <= LARGEST:
        raise ModelError(
            f"{name!r}, used by {owner!r}, is {shown(number)}\n"
            "  expected: a finite number; use a large finite number in place of inf"
        )
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        return float(number)
    return number


def hides_behind_language(name: str, value: Any) -> bool:
    """Return whether equations mean something else by a name than this value of the user.

    Examples
    --------
    >>> hides_behind_language("e", 5), hides_behind_language("pi", np.pi)
    (True, False)
    """
    if isinstance(value, Callee):
        return name in FUNCTIONS
    if not is_usable(value):
        return False
    meant = UNITS.get(name, CONSTANTS.get(name))
    if meant is None:
        return name in FUNCTIONS
    return bool(
        dimension_of(value) is not dimension_of(meant) or si_value(value) != si_value(meant)
    )
