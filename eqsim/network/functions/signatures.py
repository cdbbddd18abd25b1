"""Units and types of the arguments and results of functions of the user."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsim.errors import ModelError
from eqsim.expressions.functions import Signature
from eqsim.expressions.nodes import Kind
from eqsim.units.arguments import shown
from eqsim.units.dimensions import DIMENSIONLESS, Dimension
from eqsim.units.quantity import Quantity, dimension_of, si_value

_KINDS = {"float": Kind.FLOAT, "integer": Kind.INTEGER, "boolean": Kind.BOOLEAN, "any": None}


@dataclass
class Description:
    """What is said of the arguments and the result of a Python function.

    Parameters
    ----------
    name : str
        The name of the function, for errors.
    pyfunc : callable
        The function, with what ``check_units`` and ``declare_types`` said of it.
    arg_units, return_unit, arg_types, return_type
        As for :class:`~eqsim.Function`; they go before what was said of the function.

    Raises
    ------
    ModelError
        If units are not known, or do not fit the arguments.
    """

    name: str
    pyfunc: Callable[..., Any]
    arg_units: Sequence[Any] | None
    return_unit: Any
    arg_types: Sequence[str] | None
    return_type: str | None

    def __post_init__(self) -> None:
        said = getattr(self.pyfunc, "__dict__", {})
        names = _parameter_names(self.pyfunc)
        # Decorators tell of all arguments; those that have a default keep it.
        n_given = None if names is None else len(names)
        if self.arg_units is None and "_arg_units" in said:
            self.arg_units = said["_arg_units"][:n_given]
        if self.arg_types is None and "_arg_types" in said:
            self.arg_types = said["_arg_types"][:n_given]
        if self.return_unit is None:
            self.return_unit = said.get("_return_unit")
        if self.return_type is None:
            self.return_type = said.get("_return_type")
        if self.arg_units is None and names == []:
            self.arg_units = []
        if self.arg_units is None or self.return_unit is None:
            raise ModelError(
                f"the units of the {'arguments' if self.arg_units is None else 'result'} of the"
                f" function {self.name!r} are not known\n"
                f"  write @check_units(x=volt, result=1) right above 'def {self.name}', with its"
                " arguments"
            )
        self._check_lists()
        if names is not None and len(names) != len(self.arg_units):
            raise ModelError(
                f"the function {self.name!r} has {len(names)} arguments, and units for"
                f" {len(self.arg_units)}"
            )
        self.names = names or [f"x{n}" for n in range(len(self.arg_units))]
        if self.arg_types is not None and len(self.arg_types) != len(self.names):
            raise ModelError(
                f"the function {self.name!r} has {len(self.names)} arguments, and types for"
                f" {len(self.arg_types)}"
            )

    def _check_lists(self) -> None:
        for what, given in (("arg_units", self.arg_units), ("arg_types", self.arg_types)):
            if given is not None and not isinstance(given, list | tuple):
                raise ModelError(f"{what} of {self.name!r} must be a list, not {shown(given)}")

    def signature(self) -> Signature:
        """Return the dimensions of arguments and result."""
        arguments: list[Dimension | int | None] = []
        assert self.arg_units is not None
        for position, unit in enumerate(self.arg_units):
            other = self._position(unit) if isinstance(unit, str) else None
            if other is None:
                arguments.append(_dimension(unit, self.name))
            elif other < position:
                arguments.append(other)
            else:
                arguments.append(self._later(other, position))
        return Signature(tuple(arguments), self._result_dimension())

    def _later(self, other: int, position: int) -> Dimension | None:
        """Return what an argument has that must have the unit of a later one."""
        assert self.arg_units is not None
        unit = self.arg_units[other]
        if isinstance(unit, str) or unit is None:
            raise ModelError(
                f"the argument {self.names[position]!r} of {self.name!r} is said to have the unit"
                f" of {self.names[other]!r}, which has none of its own\n"
                f"  say it the other way round: {self.names[other]}={self.names[position]!r}"
            )
        return _dimension(unit, self.name)

    def _result_dimension(self) -> Dimension | Callable[..., Dimension]:
        unit = self.return_unit
        if isinstance(unit, str):
            position = self._position(unit)
            return lambda *dimensions: dimensions[position]
        if not callable(unit) or isinstance(unit, type):
            found = _dimension(unit, self.name)
            assert found is not None
            return found
        return unit  # type: ignore[no-any-return]

    def _position(self, name: str) -> int:
        if name not in self.names:
            raise ModelError(
                f"the units of {self.name!r} name the argument {name!r}, which it does not have\n"
                f"  it has: {', '.join(self.names) or 'none'}"
            )
        return self.names.index(name)

    def takes(self) -> tuple[Kind | None, ...]:
        """Return what each argument may be."""
        assert self.arg_units is not None
        types = self.arg_types or ["any"] * len(self.names)
        return tuple(
            Kind.BOOLEAN if unit is bool else self._kind(word)
            for unit, word in zip(self.arg_units, types, strict=True)
        )

    def result_kind(self) -> Kind:
        """Return what the result is."""
        if self.return_unit is bool:
            return Kind.BOOLEAN
        if isinstance(self.return_type, str) and self.return_type == "highest":
            taken = self.takes()
            known = [kind for kind in taken if kind is not None]
            return max(known) if known and len(known) == len(taken) else Kind.FLOAT
        found = self._kind("float" if self.return_type is None else self.return_type)
        if found is None:
            raise ModelError(f"the result of {self.name!r} cannot be of the type 'any'")
        return found

    def _kind(self, word: Any) -> Kind | None:
        if not isinstance(word, str) or word not in _KINDS:
            raise ModelError(
                f"{shown(word)} is no type of an argument or result of {self.name!r}\n"
                "  known: 'float', 'integer', 'boolean'; for arguments also 'any', for results"
                " 'highest'"
            )
        return _KINDS[word]


def _dimension(unit: Any, name: str) -> Dimension | None:
    if unit is None:
        return None
    if unit is bool:
        return DIMENSIONLESS
    if isinstance(unit, Dimension):
        return unit
    is_one = isinstance(unit, Quantity | int | float) and np.ndim(si_value(unit)) == 0
    if not is_one or isinstance(unit, bool):
        raise ModelError(
            f"{shown(unit)} is no unit of an argument or result of {name!r}\n"
            "  expected: a unit such as volt, 1 for a pure number, or bool"
        )
    return dimension_of(unit)


def _parameter_names(pyfunc: Callable[..., Any]) -> list[str] | None:
    """Return the names of the arguments that must be given, None if they are not told."""
    try:
        parameters = inspect.signature(pyfunc).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return None
    return [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY and p.default is p.empty]
