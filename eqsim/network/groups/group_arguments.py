"""What groups are given: how many elements, constants, precision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsim.equations.equations import Equations
from eqsim.errors import ModelError, did_you_mean, message
from eqsim.expressions.kinds import Kind
from eqsim.network.functions.given_mapping import checked_mapping
from eqsim.network.kernels.externals import hides_behind_language
from eqsim.network.preferences import PRECISIONS, default_dtype
from eqsim.program.dtypes import DType
from eqsim.units.arguments import integral

_TYPES: Mapping[Kind, Mapping[Any, DType]] = {
    Kind.FLOAT: PRECISIONS,
    Kind.INTEGER: {np.dtype(np.int32): DType.INT32, np.dtype(np.int64): DType.INT64},
    Kind.BOOLEAN: {np.dtype(np.bool_): DType.BOOLEAN},
}


def own_namespace(given: Any, name: str) -> Mapping[str, Any]:
    """Return the constants given to a group.

    Raises
    ------
    ModelError
        If equations would mean something else by a name.
    """
    namespace = checked_mapping(given, f"the namespace of {name!r}")
    for known, value in namespace.items():
        if hides_behind_language(known, value):
            raise ModelError(
                f"{known!r} in the namespace of {name!r} is a name of the language\n"
                "  equations would use the unit, constant or function: choose another name"
            )
    return namespace


def checked_size(size: Any) -> int:
    """Return the size of a group.

    Raises
    ------
    ModelError
        If it is no whole number from 1 on.
    """
    number = integral(size)
    if number is None:
        raise ModelError(f"the number of neurons must be a whole number, not {size!r}")
    if not 1 <= number < 2**31:
        raise ModelError(f"a group has from 1 to 2**31 - 1 neurons, not {size}")
    return number


def checked_shape(size: Any) -> tuple[int, ...]:
    """Return how many neurons a group has along each axis.

    Raises
    ------
    ModelError
        If there is no axis, one is no whole number from 1 on, or there are too many in all.
    """
    if isinstance(size, np.ndarray):
        size = size.tolist()
    if isinstance(size, list):
        size = tuple(size)
    if not isinstance(size, tuple):
        return (checked_size(size),)
    if not size:
        raise ModelError("the shape of a group needs at least one axis, not ()")
    shape = tuple(map(checked_size, size))
    checked_size(math.prod(shape))
    return shape


def precisions(dtype: Any, equations: Equations) -> tuple[DType, dict[str, DType]]:
    """Return the precision of a group and the types of single variables."""
    if dtype is None:
        return default_dtype(), {}
    if not isinstance(dtype, Mapping):
        return _dtype(dtype, PRECISIONS, "a group"), {}
    known = [declared.name for declared in equations.block.declarations]
    for variable in dtype:
        if variable not in known:
            problem = f"dtype names {variable!r}, which the equations do not have"
            raise ModelError(message(problem, did_you_mean(str(variable), known)))
    kinds = {declared.name: declared.value_kind for declared in equations.block.declarations}
    return default_dtype(), {
        variable: _dtype(given, _TYPES[kinds[variable]], f"{variable!r}")
        for variable, given in dtype.items()
    }


def _dtype(given: Any, allowed: Mapping[Any, DType], of: str) -> DType:
    try:
        return allowed[np.dtype(given)]
    except (TypeError, KeyError):
        names = ", ".join(str(known) for known in allowed)
        raise ModelError(f"{given!r} cannot be the dtype of {of}\n  known: {names}") from None
