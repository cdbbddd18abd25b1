"""What NumPy functions do to units: one entry for each function that knows quantities.

Importing this module fills the table that :class:`Quantity` consults. A function that is not here
raises for quantities. Functions that only call others which are here need no entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eqsim.errors import DimensionMismatchError
from eqsim.units.dimensions import DIMENSIONLESS, Dimension
from eqsim.units.display import mismatch, needs_number
from eqsim.units.quantity import ARRAY_FUNCTIONS, Quantity, dimension_of, si_value, with_dimension
from eqsim.units.ufuncs import common_dimension

Function = Callable[..., Any]


def _register(*functions: Function) -> Callable[[Function], Function]:
    def decorate(implementation: Function) -> Function:
        for function in functions:
            ARRAY_FUNCTIONS[function] = implementation
        return implementation

    return decorate


def _numpy(*names: str) -> list[Function]:
    """Return the functions of these names that the installed NumPy has."""
    found = (getattr(np, name, None) for name in " ".join(names).split())
    return [function for function in found if function is not None]


def _plain_rest(function: Function, *arguments: Any) -> None:
    for argument in arguments:
        if dimension_of(argument) is not DIMENSIONLESS:
            raise needs_number(
                f"an argument of {function.__name__}", si_value(argument), dimension_of(argument)
            )


def _common(function: Function, *items: Any) -> tuple[list[Any], Dimension]:
    """Return SI values of items with one dimension, and the dimension."""
    values = [si_value(item) for item in items]
    return values, common_dimension(function.__name__, values, [dimension_of(i) for i in items])


def _wrapped(result: Any, dimension: Dimension) -> Any:
    """Give the dimension to a result, or to each of several."""
    if isinstance(result, tuple | list):
        return type(result)(with_dimension(item, dimension) for item in result)
    return with_dimension(result, dimension)


def _call_on_first(
    function: Function, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Any, Dimension]:
    """Call with the SI value of the first argument; the others must be plain.

    ``initial`` and ``constant_values`` may have the unit of the first argument.
    """
    if kwargs.pop("out", None) is not None:
        raise DimensionMismatchError(
            f"{function.__name__} with out= does not know quantities\n  assign the result instead"
        )
    kwargs = dict(kwargs)
    first = args[0] if args else kwargs.pop(next(iter(kwargs)))
    dimension = dimension_of(first)
    for name in ("initial", "constant_values", "end_values"):
        if name in kwargs and kwargs[name] is not None:
            (_, kwargs[name]), _ = _common(function, first, kwargs[name])
    _plain_rest(function, *args[1:], *kwargs.values())
    return function(si_value(first), *args[1:], **kwargs), dimension


@_register(
    *_numpy(
        "sum mean median max amax min amin ptp nansum nanmean nanmedian nanmax nanmin std nanstd",
        "cumsum nancumsum cumulative_sum percentile quantile nanpercentile nanquantile",
        "ravel reshape transpose permute_dims matrix_transpose squeeze expand_dims swapaxes",
        "moveaxis rollaxis flip fliplr flipud roll rot90 repeat tile take",
        "take_along_axis resize delete broadcast_to copy real imag real_if_close sort",
        "partition trim_zeros pad",
        "diagonal diag diagflat tril triu trace zeros_like empty_like unique_values",
        "split array_split hsplit vsplit dsplit unstack atleast_1d atleast_2d atleast_3d",
    ),
    np.fft.fft,
    np.fft.ifft,
    np.fft.rfft,
    np.fft.irfft,
    np.fft.fftshift,
    np.fft.ifftshift,
)
def _keep(function: Function, *args: Any, **kwargs: Any) -> Any:
    return _wrapped(*_call_on_first(function, args, kwargs))


@_register(
    *_numpy(
        "argmax argmin argsort argpartition nanargmax nanargmin shape ndim size count_nonzero",
        "nonzero argwhere flatnonzero any all iscomplexobj isrealobj isreal iscomplex isneginf",
        "isposinf ones_like tril_indices_from triu_indices_from diag_indices_from",
    )
)
def _to_plain(function: Function, *args: Any, **kwargs: Any) -> Any:
    return _call_on_first(function, args, kwargs)[0]


@_register(np.var, np.nanvar)
def _square(function: Function, *args: Any, **kwargs: Any) -> Any:
    result, dimension = _call_on_first(function, args, kwargs)
    return _wrapped(result, dimension**2)


@_register(np.cov)
def _covariance(function: Function, m: Any, y: Any = None, **kwargs: Any) -> Any:
    _plain_rest(function, *kwargs.values())
    if y is None:
        return with_dimension(function(si_value(m), **kwargs), dimension_of(m) ** 2)
    (m_si, y_si), dimension = _common(function, m, y)
    return with_dimension(function(m_si, y_si, **kwargs), dimension**2)


@_register(np.corrcoef)
def _correlation(function: Function, x: Any, y: Any = None, **kwargs: Any) -> Any:
    return function(si_value(x), None if y is None else si_value(y), **kwargs)


@_register(np.prod)
def _product_of_all(function: Function, a: Any, axis: Any = None, **kwargs: Any) -> Any:
    _plain_rest(function, *kwargs.values())
    numbers = np.asarray(si_value(a))
    axes = range(numbers.ndim) if axis is None else np.atleast_1d(axis)
    count = int(np.prod([numbers.shape[i] for i in axes], dtype=np.int64))
    return with_dimension(function(numbers, axis=axis, **kwargs), dimension_of(a) ** count)


@_register(*_numpy("concatenate concat stack hstack vstack dstack column_stack block"))
def _join(function: Function, arrays: Any, *args: Any, **kwargs: Any) -> Any:
    items = list(arrays)
    if function is np.block:
        return with_dimension(function(_nested_si(items)), dimension_of(items))
    _plain_rest(function, *args, *kwargs.values())
    values, dimension = _common(function, *items)
    return with_dimension(function(values, *args, **kwargs), dimension)


def _nested_si(item: Any) -> Any:
    return [_nested_si(part) for part in item] if isinstance(item, list) else si_value(item)


@_register(np.append)
def _append(function: Function, arr: Any, values: Any, axis: Any = None) -> Any:
    (first, second), dimension = _common(function, arr, values)
    return with_dimension(function(first, second, axis), dimension)


@_register(np.insert)
def _insert(function: Function, arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    _plain_rest(function, obj)
    (first, second), dimension = _common(function, arr, values)
    return with_dimension(function(first, obj, second, axis), dimension)


@_register(np.where)
def _where(function: Function, condition: Any, *choices: Any) -> Any:
    if not choices:
        return function(si_value(condition))
    values, dimension = _common(function, *choices)
    return with_dimension(function(si_value(condition), *values), dimension)


@_register(np.select)
def _select(function: Function, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    values, dimension = _common(function, *choicelist, default)
    return with_dimension(function(condlist, values[:-1], values[-1]), dimension)


@_register(np.compress, np.extract)
def _selected(function: Function, condition: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
    _plain_rest(function, condition, *args, *kwargs.values())
    return with_dimension(function(condition, si_value(a), *args, **kwargs), dimension_of(a))


@_register(np.clip)
def _clip(function: Function, a: Any, a_min: Any = None, a_max: Any = None, **kwargs: Any) -> Any:
    low, high = kwargs.pop("min", a_min), kwargs.pop("max", a_max)
    _plain_rest(function, *kwargs.values())
    given = [item for item in (low, high) if item is not None]
    values, dimension = _common(function, a, *given)
    limits = iter(values[1:])
    low = None if low is None else next(limits)
    high = None if high is None else next(limits)
    return with_dimension(function(values[0], low, high, **kwargs), dimension)


@_register(*_numpy("searchsorted digitize array_equal array_equiv isin"))
def _compare(function: Function, first: Any, second: Any, *args: Any, **kwargs: Any) -> Any:
    _plain_rest(function, *args, *kwargs.values())
    values, _ = _common(function, first, second)
    return function(*values, *args, **kwargs)


@_register(np.allclose, np.isclose)
def _close(
    function: Function, a: Any, b: Any, rtol: Any = 1e-5, atol: Any = None, **kwargs: Any
) -> Any:
    _plain_rest(function, rtol, *kwargs.values())
    # The default of NumPy, 1e-8, would be 1e-8 in SI units: 10 nA against 1 nA would be close.
    (first, second, tolerance), _ = _common(function, a, b, 0.0 if atol is None else atol)
    return function(first, second, rtol=rtol, atol=tolerance, **kwargs)


@_register(*_numpy("intersect1d union1d setdiff1d setxor1d"))
def _sets(function: Function, first: Any, second: Any, **kwargs: Any) -> Any:
    _plain_rest(function, *kwargs.values())
    values, dimension = _common(function, first, second)
    if kwargs.get("return_indices"):
        found, *indices = function(*values, **kwargs)
        return (with_dimension(found, dimension), *indices)
    return with_dimension(function(*values, **kwargs), dimension)


@_register(np.unique)
def _unique(function: Function, ar: Any, *args: Any, **kwargs: Any) -> Any:
    result = function(si_value(ar), *args, **kwargs)
    if isinstance(result, tuple):
        return (with_dimension(result[0], dimension_of(ar)), *result[1:])
    return with_dimension(result, dimension_of(ar))


@_register(np.diff, np.ediff1d)
def _differences(function: Function, a: Any, *args: Any, **kwargs: Any) -> Any:
    _plain_rest(function, *args)
    for name, item in kwargs.items():
        kwargs[name] = item if name in ("n", "axis") else _common(function, a, item)[0][1]
    return with_dimension(function(si_value(a), *args, **kwargs), dimension_of(a))


@_register(np.average)
def _average(
    function: Function, a: Any, axis: Any = None, weights: Any = None, **kwargs: Any
) -> Any:
    weights_si = None if weights is None else si_value(weights)
    result = function(si_value(a), axis, weights_si, **kwargs)
    if not kwargs.get("returned"):
        return with_dimension(result, dimension_of(a))
    of_weights = DIMENSIONLESS if weights is None else dimension_of(weights)
    return with_dimension(result[0], dimension_of(a)), with_dimension(result[1], of_weights)


@_register(np.interp)
def _interpolate(  # noqa: PLR0913 - the signature of NumPy
    function: Function,
    x: Any,
    xp: Any,
    fp: Any,
    left: Any = None,
    right: Any = None,
    period: Any = None,
) -> Any:
    (x_si, xp_si, period_si), _ = _common(function, x, xp, 0 if period is None else period)
    (fp_si, left_si, right_si), dimension = _common(
        function, fp, 0 if left is None else left, 0 if right is None else right
    )
    result = function(
        x_si,
        xp_si,
        fp_si,
        left=None if left is None else left_si,
        right=None if right is None else right_si,
        period=None if period is None else period_si,
    )
    return with_dimension(result, dimension)


def _bin_arguments(
    function: Function, sample: Any, bins: Any, limits: Any
) -> tuple[Any, Any, Any, Dimension]:
    items = [sample]
    if not isinstance(bins, int | str | np.integer):
        items.append(bins)
    else:
        items.append(0)
    items.append(0 if limits is None else limits)
    (sample_si, bins_si, limits_si), dimension = _common(function, *items)
    return (
        sample_si,
        bins if isinstance(bins, int | str | np.integer) else bins_si,
        None if limits is None else limits_si,
        dimension,
    )


@_register(np.histogram)
def _histogram(
    function: Function,
    a: Any,
    bins: Any = 10,
    range: Any = None,  # noqa: A002
    density: Any = None,
    weights: Any = None,
) -> Any:
    a_si, bins_si, limits, dimension = _bin_arguments(function, a, bins, range)
    weights_si = None if weights is None else si_value(weights)
    heights, edges = function(a_si, bins_si, limits, density=density, weights=weights_si)
    of_weights = DIMENSIONLESS if weights is None else dimension_of(weights)
    of_heights = DIMENSIONLESS / dimension if density else of_weights
    return with_dimension(heights, of_heights), with_dimension(edges, dimension)


@_register(np.histogram_bin_edges)
def _bin_edges(
    function: Function,
    a: Any,
    bins: Any = 10,
    range: Any = None,  # noqa: A002
    weights: Any = None,
) -> Any:
    a_si, bins_si, limits, dimension = _bin_arguments(function, a, bins, range)
    weights_si = None if weights is None else si_value(weights)
    return with_dimension(function(a_si, bins_si, limits, weights_si), dimension)


@_register(np.bincount)
def _bincount(function: Function, x: Any, weights: Any = None, minlength: int = 0) -> Any:
    _plain_rest(function, x, minlength)
    return with_dimension(function(x, si_value(weights), minlength), dimension_of(weights))


@_register(np.linspace, np.geomspace)
def _spaced(function: Function, start: Any, stop: Any, *args: Any, **kwargs: Any) -> Any:
    _plain_rest(function, *args, *kwargs.values())
    values, dimension = _common(function, start, stop)
    result = function(*values, *args, **kwargs)
    if isinstance(result, tuple):
        return tuple(with_dimension(item, dimension) for item in result)
    return with_dimension(result, dimension)


@_register(np.full_like)
def _full_like(
    function: Function, a: Any, fill_value: Any, dtype: Any = None, **kwargs: Any
) -> Any:
    numbers = np.asarray(si_value(a))
    of_fill = dimension_of(fill_value)
    # A whole-number array must not round a fill value with a unit.
    kind = np.float64 if dtype is None and of_fill is not DIMENSIONLESS else dtype
    return with_dimension(function(numbers, si_value(fill_value), kind, **kwargs), of_fill)


@_register(np.meshgrid, np.broadcast_arrays)
def _each(function: Function, *arrays: Any, **kwargs: Any) -> Any:
    results = function(*(si_value(item) for item in arrays), **kwargs)
    dims = [dimension_of(item) for item in arrays]
    return type(results)(with_dimension(r, d) for r, d in zip(results, dims, strict=True))


@_register(*_numpy("dot vdot inner outer tensordot kron cross convolve correlate"))
def _product(function: Function, a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    if kwargs.get("out") is not None:
        raise DimensionMismatchError(f"{function.__name__} with out= does not know quantities")
    _plain_rest(function, *args, *kwargs.values())
    result = function(si_value(a), si_value(b), *args, **kwargs)
    return with_dimension(result, dimension_of(a) * dimension_of(b))


@_register(np.einsum)
def _einsum(function: Function, subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    dimension = DIMENSIONLESS
    for operand in operands:
        dimension = dimension * dimension_of(operand)
    result = function(subscripts, *(si_value(item) for item in operands), **kwargs)
    return with_dimension(result, dimension)


@_register(*_numpy("trapezoid"))
def _integral(function: Function, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    spacing = dx if x is None else x
    x_si = None if x is None else si_value(x)
    result = function(si_value(y), x_si, si_value(dx), axis)
    return with_dimension(result, dimension_of(y) * dimension_of(spacing))


@_register(np.gradient)
def _gradient(function: Function, f: Any, *spacings: Any, **kwargs: Any) -> Any:
    result = function(si_value(f), *(si_value(item) for item in spacings), **kwargs)
    of_f = dimension_of(f)
    if not isinstance(result, tuple | list):
        return with_dimension(result, of_f / dimension_of(spacings[0]) if spacings else of_f)
    each = spacings if len(spacings) == len(result) else tuple(spacings or (1.0,)) * len(result)
    dims = [of_f / dimension_of(item) for item in each]
    return type(result)(with_dimension(r, d) for r, d in zip(result, dims, strict=True))


@_register(np.linalg.norm)
def _norm(function: Function, x: Any, ord: Any = None, *args: Any, **kwargs: Any) -> Any:  # noqa: A002
    if ord == 0:
        return function(si_value(x), ord, *args, **kwargs)
    return with_dimension(function(si_value(x), ord, *args, **kwargs), dimension_of(x))


@_register(np.linalg.inv, np.linalg.pinv)
def _inverse(function: Function, a: Any) -> Any:
    return with_dimension(function(si_value(a)), dimension_of(a) ** -1)


@_register(np.linalg.solve)
def _solve(function: Function, a: Any, b: Any) -> Any:
    result = function(si_value(a), si_value(b))
    return with_dimension(result, dimension_of(b) / dimension_of(a))


@_register(np.linalg.det)
def _determinant(function: Function, a: Any) -> Any:
    return with_dimension(function(si_value(a)), dimension_of(a) ** np.shape(si_value(a))[-1])


def _checked_target(function: Function, target: Any, source: Any) -> tuple[Any, Any]:
    if isinstance(target, Quantity):
        return target.value, target.fitting(function.__name__, source)
    if dimension_of(source) is not DIMENSIONLESS:
        raise mismatch(
            function.__name__, (target, si_value(source)), (DIMENSIONLESS, dimension_of(source))
        )
    return target, si_value(source)


@_register(np.copyto)
def _copyto(function: Function, dst: Any, src: Any, **kwargs: Any) -> None:
    function(*_checked_target(function, dst, src), **kwargs)


@_register(np.put, np.place, np.putmask)
def _put(function: Function, a: Any, selected: Any, values: Any, **kwargs: Any) -> None:
    target, source = _checked_target(function, a, values)
    function(target, si_value(selected), source, **kwargs)


@_register(np.fill_diagonal)
def _fill_diagonal(function: Function, a: Any, val: Any, wrap: bool = False) -> None:
    target, source = _checked_target(function, a, val)
    function(target, source, wrap)


@_register(np.may_share_memory, np.shares_memory)
def _memory(function: Function, a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    return function(si_value(a), si_value(b), *args, **kwargs)


@_register(np.round, np.around, np.fix)
def _round(function: Function, a: Any, *_: Any, **__: Any) -> Any:
    raise needs_number(function.__name__, si_value(a), dimension_of(a))
