"""Calls of functions from outside the language by the interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import RunError, TargetError
from eqsim.expressions.nodes import Kind
from eqsim.program.dtypes import DType
from eqsim.program.functions import ProgramFunction
from eqsim.program.nodes import Program
from eqsim.program.types import kind_type
from eqsim.targets.numpy.evaluate import convert

Values = NDArray[Any]


def check_functions(program: Program) -> None:
    """Raise if a function of a program cannot be called here.

    Raises
    ------
    TargetError
        Naming the function.
    """
    for function in program.functions:
        if function.python is None:
            raise TargetError(
                f"target 'numpy' cannot call {function.symbol!r}\n"
                "  it has no implementation in Python"
            )


def argument(values: Values, kind: Kind | None) -> Values:
    """Return values as a function takes them: numbers with fractions in double precision."""
    if kind is not None:
        return convert(values, kind_type(kind, DType.FLOAT64))
    return values.astype(np.float64) if values.dtype.kind == "f" else values


def invoke(function: ProgramFunction, arguments: Sequence[Values], count: int) -> Values:
    """Return the results of a function.

    Parameters
    ----------
    function : ProgramFunction
        One with a Python implementation.
    arguments : sequence of ndarray
        As the function takes them, each of shape (count,).
    count : int
        How many results are needed. If there are none, the function is not called; if its calls
        depend on their order, it is called once for each.

    Returns
    -------
    ndarray
        Shape (count,), of the kind that the function has.

    Raises
    ------
    RunError
        If it returns something else than numbers, or not one for each element.
    """
    if function.is_stateless or count <= 1:
        return _called(function, arguments, count)
    single = [_called(function, [a[[k]] for a in arguments], 1) for k in range(count)]
    return np.concatenate(single)


def _called(function: ProgramFunction, arguments: Sequence[Values], count: int) -> Values:
    dtype = kind_type(function.result, DType.FLOAT64)
    if count == 0:
        return np.zeros(0, dtype=dtype.numpy)
    assert function.python is not None
    try:
        returned = function.python(*arguments)
    except NotImplementedError:
        raise TargetError(
            f"target 'numpy' cannot call {function.symbol!r}\n"
            "  its Python function raises NotImplementedError; use a target for which it has an"
            " implementation"
        ) from None
    except Exception as error:
        error.add_note(f"raised by {function.symbol!r}, which equations call")
        raise
    result = np.asarray(returned)
    if result.dtype.kind not in "biuf" or result.shape not in ((), (1,), (count,)):
        raise RunError(
            f"{function.symbol!r} returned {returned!r} for {count} elements\n"
            f"  expected one number, or an array of {count}"
        )
    return convert(np.broadcast_to(result, (count,)), dtype)
