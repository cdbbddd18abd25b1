"""What users give as numbers, arrays, texts and choices, checked before anything is made of it.

Each function takes what was given and what it is, in the user's words, and returns it in one form
or raises. Units are looked at by those who call: numbers are in SI units.
"""

from __future__ import annotations

import os
import re
import reprlib
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, EqsimError, ModelError, did_you_mean, message
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.quantity import dimension_of, si_value

MOST = 2**31 - 1
"""Arrays have no more values, and nothing is counted further."""

_REAL = "biuf"
"""NumPy's kinds of truth values, whole numbers and real numbers."""

LARGEST = sys.float_info.max
"""No number is further from zero."""

_PATH = re.compile(r"(?=.*\S)[^\0/\\]{0,255}(?:[/\\][^\0/\\]{0,255})*", re.DOTALL)
"""A path whose parts are no longer than file systems take."""

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60


def shown(value: Any) -> str:
    """Return what a message shows of a value, on one line.

    Examples
    --------
    >>> shown("x"), shown(list(range(100)))
    ("'x'", '[0, 1, 2, 3, 4, 5, ...]')
    """
    return " ".join(_short.repr(value).split())


def array(
    value: Any, what: str, expected: str = "numbers", *, finite: bool = False
) -> NDArray[Any]:
    """Return real numbers as an array of NumPy, in SI units.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        What it is.
    expected : str
        What it should be.
    finite : bool
        Whether infinite numbers and nan are refused too.

    Raises
    ------
    ModelError
        If it is something else.

    Examples
    --------
    >>> array([1, 2], "the weights")
    array([1, 2])
    >>> array(["a"], "the weights")
    Traceback (most recent call last):
        ...
    eqsim.errors.ModelError: the weights cannot be ['a']
      expected: numbers
    """
    numbers: NDArray[Any] = np.asarray(si_value(value))
    if numbers.dtype.kind not in _REAL or np.ma.is_masked(value):
        raise ModelError(f"{what} cannot be {shown(value)}\n  expected: {expected}")
    if finite and not np.isfinite(numbers).all():
        first = tuple(map(int, np.argwhere(~np.isfinite(numbers))[0]))
        where = f", at position {', '.join(map(str, first))}" if first else ""
        raise ModelError(f"{what} cannot have {numbers[first]}{where}\n  expected: {expected}")
    return numbers


def number(value: Any, what: str, expected: str = "a finite number") -> float:
    """Return one finite real number, in SI units; truth values are none.

    Raises
    ------
    ModelError
        If it is something else.
    """
    given = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        given = value
    elif not isinstance(value, bool | str):
        numbers = np.asarray(si_value(value))
        if numbers.shape == () and numbers.dtype.kind in "iuf" and not np.ma.is_masked(value):
            given = numbers.item()
    # A comparison: integers may be larger than all floating-point numbers.
    if given is None or not abs(given) <= LARGEST:
        raise ModelError(f"{what} is {shown(value)}\n  expected: {expected}")
    return float(given)


def positive(value: Any, what: str) -> float:
    """Return one number above 0, without unit."""
    given = number(value, what, "a number above 0")
    if dimension_of(value) is not DIMENSIONLESS:
        raise DimensionMismatchError(
            f"{what} has a unit: {shown(value)}\n  expected: a number without unit"
        )
    if given <= 0:
        raise ModelError(f"{what} is {shown(value)}\n  expected: a number above 0")
    return given


def integral(value: Any) -> int | None:
    """Return a whole number as an int, also if it is one of floating point; None for all else.

    Sizes are often products: ``0.8*N`` neurons of 4000.

    Examples
    --------
    >>> integral(0.8*4000), integral(2.5), integral(True)
    (3200, None, None)
    """
    if isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, int | np.integer):
        return int(value)
    is_whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return int(value) if is_whole else None


def whole(value: Any, what: str, least: int = 0, most: int = MOST) -> int:
    """Return a whole number from the least to the most possible, as :func:`integral` does."""
    number = integral(value)
    if number is None or number < least:
        raise ModelError(f"{what} is {shown(value)}\n  expected: a whole number, at least {least}")
    if number > most:
        raise ModelError(f"{what} is {shown(value)}\n  expected: a whole number, at most {most}")
    return number


def flag(value: Any, what: str) -> bool:
    """Return a truth value, also one that NumPy gave, or that was written as 0 or 1.

    Examples
    --------
    >>> flag(np.array(False), "record"), flag(1, "record")
    (False, True)
    """
    is_array = isinstance(value, np.ndarray) and value.shape == () and value.dtype.kind == "b"
    is_digit = isinstance(value, int | np.integer) and value in (0, 1)
    if not (is_array or is_digit or isinstance(value, bool | np.bool_)):
        raise ModelError(f"{what} is {shown(value)}\n  expected: True or False")
    return bool(value)


def text(value: Any, what: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise ModelError(f"{what} is {shown(value)}\n  expected: a text")
    return value


def choice(value: Any, what: str, known: Collection[str]) -> str:
    """Return one of several texts."""
    if not isinstance(value, str) or value not in known:
        hint = did_you_mean(value, known) if isinstance(value, str) else None
        raise ModelError(
            message(f"{what} is {shown(value)}", f"known: {', '.join(map(repr, known))}", hint)
        )
    return value


def names(
    value: Any, what: str, expected: str = "one name, or a list of names"
) -> tuple[str, ...]:
    """Return names that are given as one text or several, none for None.

    Examples
    --------
    >>> names("v", "variables"), names(["v", "w"], "variables"), names(None, "variables")
    (('v',), ('v', 'w'), ())
    """
    if value is None or isinstance(value, str):
        return () if value is None else (value,)
    try:
        several = list(value)
    except TypeError:  # Python's, for what holds nothing
        several = [None]
    if not all(isinstance(each, str) for each in several):
        raise ModelError(f"{what} cannot be {shown(value)}\n  expected: {expected}")
    return tuple(str(each) for each in several)


def path(value: Any, what: str) -> Path:
    """Return where a file or folder is.

    Examples
    --------
    >>> path(3, "the file")
    Traceback (most recent call last):
        ...
    eqsim.errors.ModelError: the file cannot be 3
      expected: a path, such as 'results/run1'
    """
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str) or not _PATH.fullmatch(text):
        raise ModelError(
            f"{what} cannot be {shown(value)}\n  expected: a path, such as 'results/run1'"
        )
    return Path(value)


@contextmanager
def passed_on(call: str, **options: Any) -> Iterator[None]:
    """Turn what Matplotlib says of options that it cannot take into an error that names them.

    Parameters
    ----------
    call : str
        What of Matplotlib takes them.
    **options : object
        The options.

    Raises
    ------
    ModelError
        Instead of any error of Matplotlib.
    """
    try:
        yield
    except EqsimError:
        raise
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as e:
        given = ", ".join(f"{name}={shown(value)}" for name, value in options.items())
        problem = " ".join(str(e).split())[:200]
        raise ModelError(
            f"Matplotlib cannot draw with {given}\n  it says: {problem}\n"
            f"  expected: what {call} takes"
        ) from e
