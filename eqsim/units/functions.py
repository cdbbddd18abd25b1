"""Functions of NumPy that need a version of their own for quantities.

NumPy asks its arguments how to treat them only where they are arrays: a list of quantities, the
fill value of ``full`` and the limits of ``arange`` escape it. All other functions (``linspace``,
``concatenate``, ``mean``, ``exp``, ...) are NumPy's own and know quantities.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.quantity import dimension_of, si_value, with_dimension
from eqsim.units.ufuncs import common_dimension, plain_only


def array(obj: Any, *args: Any, **kwargs: Any) -> Any:
    """Return an array from numbers, quantities, or (nested) lists of either.

    Parameters
    ----------
    obj : array-like or quantity
        All quantities of one dimension.
    *args, **kwargs
        Those of :func:`numpy.array`.

    Raises
    ------
    DimensionMismatchError
        If the quantities have different dimensions.

    Examples
    --------
    >>> from eqsim.units import mV
    >>> array([10 * mV, 20 * mV])
    array([10., 20.])*mV
    """
    dimension = dimension_of(obj)
    if dimension is DIMENSIONLESS:
        return np.array(obj, *args, **kwargs)
    return with_dimension(np.array(si_value(obj), *args, **kwargs), dimension)


def arange(*limits: Any, step: Any = None, dtype: Any = None) -> Any:
    """Return evenly spaced numbers or quantities in a half-open interval.

    Parameters
    ----------
    *limits : number or quantity
        ``stop``, or ``start, stop``, or ``start, stop, step``; all of one dimension.
    step : number or quantity, optional
        Needed for quantities.
    dtype : dtype, optional
        Type of the numbers, as for :func:`numpy.arange`.

    Raises
    ------
    DimensionMismatchError
        If the limits have different dimensions, or the step has none.

    Examples
    --------
    >>> from eqsim.units import ms
    >>> arange(0 * ms, 3 * ms, 1 * ms)
    array([0., 1., 2.])*ms
    """
    given = limits if step is None else (*(limits if len(limits) > 1 else (0, *limits)), step)
    values = [si_value(item) for item in given]
    dims = [dimension_of(item) for item in given]
    if any(d is not DIMENSIONLESS for d in dims) and len(given) < 3:
        # A step of one would be one second, one volt, ...
        values, dims = [*values, 1], [*dims, DIMENSIONLESS]
    dimension = common_dimension("arange", values, dims)
    return with_dimension(np.arange(*values, dtype=dtype), dimension)


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C") -> Any:
    """Return an array that holds one number or quantity everywhere.

    Parameters
    ----------
    shape : int or tuple of int
        The array's shape.
    fill_value : number or Quantity
        What it holds.
    dtype, order
        As for :func:`numpy.full`.

    Examples
    --------
    >>> from eqsim.units import mV
    >>> full(2, -70 * mV)
    array([-70., -70.])*mV
    """
    filled = np.full(shape, si_value(fill_value), dtype, order)
    return with_dimension(filled, dimension_of(fill_value))


def exprel(x: Any) -> Any:
    """Return ``(exp(x) - 1)/x``, and 1 at 0, without loss of digits near 0.

    Parameters
    ----------
    x : number or array-like
        Without unit.

    Raises
    ------
    DimensionMismatchError
        If ``x`` has a unit.

    Examples
    --------
    >>> float(exprel(0.0)), float(exprel(1e-12))
    (1.0, 1.0000000000005)
    """
    value = si_value(x)
    plain_only("exprel", (value,), (dimension_of(x),))
    numbers = np.asarray(value, dtype=np.float64)
    zero = numbers == 0.0
    safe = np.where(zero, 1.0, numbers)
    with np.errstate(over="ignore"):
        return with_dimension(np.where(zero, 1.0, np.expm1(safe) / safe), DIMENSIONLESS)
