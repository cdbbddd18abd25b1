"""Questions about dimensions, and the decorator that checks those of a function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from eqsim.errors import DimensionMismatchError
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for, dimension_name
from eqsim.units.display import mismatch, shown
from eqsim.units.quantity import dimension_of, si_value
from eqsim.units.ufuncs import fits_any

_Function = TypeVar("_Function", bound=Callable[..., Any])


def get_dimensions(x: Any) -> Dimension:
    """Return the dimension of a number, an array, a quantity, or a list of these.

    Parameters
    ----------
    x : number, Quantity, array or sequence
        What is asked about.

    Examples
    --------
    >>> from eqsim.units import mV, volt
    >>> get_dimensions(3 * mV) is volt.dimension
    True
    >>> print(get_dimensions(3), get_dimensions([1 * mV, 2 * volt]))
    1 V
    """
    return dimension_of(x)


def is_dimensionless(x: Any) -> bool:
    """Return whether something is a plain number or array.

    Parameters
    ----------
    x : number, Quantity or array
        What is asked about.

    Examples
    --------
    >>> from eqsim.units import mV, volt
    >>> is_dimensionless(3), is_dimensionless(mV), is_dimensionless(mV / volt)
    (True, False, True)
    """
    return dimension_of(x) is DIMENSIONLESS


def have_same_dimensions(first: Any, second: Any) -> bool:
    """Return whether two things measure the same.

    Parameters
    ----------
    first, second : number, Quantity or array
        What is compared.

    Examples
    --------
    >>> from eqsim.units import ms, mV, volt
    >>> have_same_dimensions(mV, volt), have_same_dimensions(mV, ms)
    (True, False)
    """
    return dimension_of(first) is dimension_of(second)


def fail_for_dimension_mismatch(
    first: Any, second: Any = 1, error_message: str | None = None
) -> tuple[Dimension, Dimension]:
    """Raise if two things do not measure the same; plain 0, inf and nan suit everything.

    Parameters
    ----------
    first : number, array or quantity
    second : number, array or quantity, default: 1
        The default stands for "no unit".
    error_message : str, optional
        Instead of the first line of the error.

    Returns
    -------
    tuple of Dimension
        Those of both.

    Raises
    ------
    DimensionMismatchError
        Naming both units.

    Examples
    --------
    >>> from eqsim.units import mV, volt
    >>> fail_for_dimension_mismatch(10 * mV, volt)[0] is volt.dimension
    True
    """
    dims = dimension_of(first), dimension_of(second)
    if dims[0] is dims[1]:
        return dims
    values = si_value(first), si_value(second)
    if any(d is DIMENSIONLESS and fits_any(v) for v, d in zip(values, dims, strict=True)):
        return dims
    error = mismatch("this calculation", values, dims)
    if error_message is None:
        raise error
    details = str(error).split("\n", 1)[1]
    raise DimensionMismatchError(f"{error_message}\n{details}")


def check_units(**expected: Any) -> Callable[[_Function], _Function]:
    """Return a decorator that checks the units of arguments and result of a function.

    Parameters
    ----------
    **expected
        By the name of the argument, and ``result`` for the result: a unit or quantity; 1 for
        numbers without unit; ``bool``; the name of another argument, whose unit it must share;
        None for anything. For the result also a function of the dimensions of all arguments, in
        the order of the signature, that returns a dimension.

    Raises
    ------
    TypeError
        If an expected name is not that of an argument.

    Examples
    --------
    >>> from eqsim.units import amp, mV, ohm, volt
    >>> @check_units(I=amp, R=ohm, result=volt)
    ... def drop(I, R):
    ...     return R * I
    >>> drop(2 * amp, 3 * ohm)
    6*volt
    >>> drop(2 * mV, 3 * ohm)
    Traceback (most recent call last):
    ...
    eqsim.errors.DimensionMismatchError: argument 'I' of drop() needs the unit A, but got V
      got 2 mV
      give it in amp
    """

    def decorate(function: _Function) -> _Function:
        signature = inspect.signature(function)
        name = getattr(function, "__name__", "function")
        unknown = [arg for arg in expected if arg != "result" and arg not in signature.parameters]
        if unknown:
            known = ", ".join(signature.parameters)
            raise TypeError(
                f"check_units: {name}() has no argument {unknown[0]!r}\n  it has: {known}"
            )

        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            arguments = signature.bind(*args, **kwargs).arguments
            for argument, value in arguments.items():
                _check(
                    f"argument {argument!r} of {name}()",
                    value,
                    expected.get(argument),
                    arguments,
                )
            result = function(*args, **kwargs)
            wanted = expected.get("result")
            if callable(wanted) and wanted is not bool:
                wanted = wanted(*map(dimension_of, arguments.values()))
            _check(f"the result of {name}()", result, wanted, arguments)
            return result

        checked.__dict__["_arg_units"] = [expected.get(p) for p in signature.parameters]
        checked.__dict__["_return_unit"] = expected.get("result")
        return cast("_Function", checked)

    return decorate


_TYPES = ("boolean", "integer", "float")


def declare_types(**types: str) -> Callable[[_Function], _Function]:
    """Return a decorator that says what kinds of numbers a function takes and returns.

    It changes nothing in Python; equations that call the function are checked with it.

    Parameters
    ----------
    **types
        By the name of the argument ``'float'``, ``'integer'``, ``'boolean'`` or ``'any'``, which
        is the default; and for ``result`` one of the first three, of which ``'float'`` is the
        default, or ``'highest'`` for the highest of the arguments' types.

    Raises
    ------
    TypeError
        If a name is not that of an argument, or a type does not exist.

    Examples
    --------
    >>> from eqsim.units import check_units
    >>> @declare_types(k="integer", result="integer")
    ... @check_units(k=1, result=1)
    ... def next_one(k):
    ...     return k + 1
    >>> next_one(3)
    4
    """

    def decorate(function: _Function) -> _Function:
        parameters = inspect.signature(function).parameters
        name = getattr(function, "__name__", "function")
        for argument, word in types.items():
            if argument != "result" and argument not in parameters:
                raise TypeError(
                    f"declare_types: {name}() has no argument {argument!r}\n"
                    f"  it has: {', '.join(parameters)}"
                )
            known = (*_TYPES, "highest" if argument == "result" else "any")
            if word not in known:
                raise TypeError(
                    f"declare_types: {word!r} is no type for {argument!r} of {name}()\n"
                    f"  known: {', '.join(map(repr, known))}"
                )
        function.__dict__["_arg_types"] = [types.get(p, "any") for p in parameters]
        function.__dict__["_return_type"] = types.get("result", "float")
        return function

    return decorate


def _check(subject: str, value: Any, expected: Any, arguments: dict[str, Any]) -> None:
    if expected is None or value is None or isinstance(value, str):
        return
    if expected is bool:
        if not isinstance(value, bool):
            raise TypeError(f"{subject} needs True or False, but got {value!r}")
        return
    dimension = _expected_dimension(expected, arguments)
    own, si = dimension_of(value), si_value(value)
    if own is dimension or (own is DIMENSIONLESS and fits_any(si)):
        return
    if dimension is DIMENSIONLESS:
        wanted, hint = "a number without unit", f"divide it by {base_unit_for(own)}"
    else:
        wanted = f"the unit {dimension_name(dimension)}"
        hint = f"give it in {base_unit_for(dimension)}"
    raise DimensionMismatchError(
        f"{subject} needs {wanted}, but got {dimension_name(own)}\n"
        f"  got {shown(si, own)}\n"
        f"  {hint}"
    )


def _expected_dimension(expected: Any, arguments: dict[str, Any]) -> Dimension:
    if isinstance(expected, Dimension):
        return expected
    if isinstance(expected, str):
        return dimension_of(arguments.get(expected, 1))
    return dimension_of(expected)
