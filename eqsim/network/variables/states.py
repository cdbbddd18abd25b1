"""The values of a group's variables as a dictionary or a table, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsim.equations.declarations import VariableKind
from eqsim.errors import ModelError
from eqsim.network import recording
from eqsim.network.variables.methods import memory_names
from eqsim.network.variables.variables import with_unit

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner

_FORMATS = ("dict", "pandas")


def states_of(
    owner: StateOwner,
    chosen: Iterable[str],
    *,
    units: bool,
    format: str,  # noqa: A002 - the field's users know the name
) -> Any:
    """Return copies of the values of variables.

    Parameters
    ----------
    owner : StateOwner
        The group.
    chosen : iterable of str
        Names of variables, each of which the group has.
    units : bool
        Whether with units, which tables do not have.
    format : str
        ``'dict'``, or ``'pandas'`` for a DataFrame with a column per variable and a row per
        element, in which a shared variable has the same value in all rows.

    Raises
    ------
    ModelError
        If the format is unknown, or units do not go with it.
    """
    table = _checked(format, units=units)
    recording.ask_for(f"the states of {owner.name!r}")
    values = {name: np.copy(owner.read(name)) for name in chosen}
    if table is not None:
        return table({name: np.broadcast_to(each, owner.N) for name, each in values.items()})
    if not units:
        return values
    return {
        name: with_unit(each, owner.dimension_of_variable(name)) for name, each in values.items()
    }


def default_names(
    owner: StateOwner, *, subexpressions: bool, read_only_variables: bool
) -> Iterator[str]:
    """Yield the variables that are meant where none is named: those that are stored.

    Parameters
    ----------
    owner : StateOwner
        The group.
    subexpressions : bool
        Whether with those that are computed where they are used.
    read_only_variables : bool
        Whether with those that only the simulation sets.
    """
    kept_by_method = memory_names(owner.integration)
    for name, variable in owner.variables.items():
        if name not in kept_by_method and (read_only_variables or not variable.is_read_only):
            yield name
    if subexpressions:
        declared = owner.equations.block.of_kind(VariableKind.SUBEXPRESSION)
        left_out = {*owner.variables, *owner.noisy_subexpressions}
        yield from (each.name for each in declared if each.name not in left_out)


def named_values(
    owner: StateOwner,
    values: Any,
    *,
    units: bool,
    format: str,  # noqa: A002 - the field's users know the name
) -> Mapping[str, Any]:
    """Return what a user gives for several variables as a mapping of name to value.

    Raises
    ------
    ModelError
        If it has another form than it should, or a column for a shared variable has several
        values.
    """
    if _checked(format, units=units) is None:
        if not isinstance(values, Mapping):
            raise ModelError(f"states of {owner.name!r} must be a dict, not {values!r}")
        return values
    if type(values).__name__ != "DataFrame":
        raise ModelError(f"states of {owner.name!r} must be a DataFrame, not {values!r}")
    return {str(name): _column(owner, str(name), values[name].to_numpy()) for name in values}


def _column(owner: StateOwner, name: str, values: Any) -> Any:
    variable = owner.variables.get(name)
    if variable is None or not variable.is_shared:
        return values
    if len(values) == 0 or (values != values[0]).any():
        raise ModelError(
            f"{name!r} is shared by {owner.name!r}: its column must have one value in all rows"
        )
    return values[0]


def _checked(format: str, *, units: bool) -> Callable[[Any], Any] | None:  # noqa: A002
    """Return what makes a table, None if a dictionary is asked for."""
    if format not in _FORMATS:
        raise ModelError(
            f"there is no format {format!r} of states\n  known: {', '.join(map(repr, _FORMATS))}"
        )
    if format == "dict":
        return None
    if units:
        raise ModelError(
            "a DataFrame has no units\n  pass units=False: values are in SI units then"
        )
    return _data_frame()


def _data_frame() -> Callable[[Any], Any]:
    try:
        from pandas import DataFrame
    except ImportError as error:
        raise ModelError(
            "format='pandas' needs the package pandas\n"
            "  install it with: pip install 'eqsim[pandas]'; or use format='dict'"
        ) from error
    made: Callable[[Any], Any] = DataFrame
    return made
