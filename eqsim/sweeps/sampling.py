"""Which points a sweep has: grids, lists, random and low-discrepancy samples, with units."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.units.dimensions import DIMENSIONLESS, base_unit_for
from eqsim.units.quantity import Quantity, dimension_of, si_value

POINT = "point"
"""The dimension of points that form no grid."""
REPEAT = "repeat"
"""The dimension of repeats."""


@dataclass(frozen=True)
class Space:
    """Points of a sweep, in order.

    Parameters
    ----------
    columns : dict of str to sequence
        For each parameter its value at each point: a Quantity or array where all are single
        numbers, otherwise a list.
    axes : dict of str to sequence
        For a grid the values along each axis, in order; the points run over the last one first.
        Empty if the points form no grid.
    """

    columns: Mapping[str, Any]
    axes: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def shape(self) -> dict[str, int]:
        """The dimensions of results, with their sizes."""
        return {name: len(values) for name, values in self.axes.items()} or {POINT: len(self)}

    def point(self, number: int) -> dict[str, Any]:
        """Return the parameters of one point."""
        found = {name: values[number] for name, values in self.columns.items()}
        return {n: v.item() if isinstance(v, np.generic) else v for n, v in found.items()}

    def where(self, condition: Callable[[Mapping[str, Any]], Any]) -> Space:
        """Return the points that fulfil a condition; they form no grid any more.

        Parameters
        ----------
        condition : callable
            From the parameters of a point to whether it is kept.

        Raises
        ------
        ModelError
            If no point is kept.

        Examples
        --------
        >>> grid(a=[1, 2, 3], b=[1, 2, 3]).where(lambda point: point["a"] < point["b"]).columns
        {'a': array([1, 1, 2]), 'b': array([2, 3, 3])}
        """
        kept = np.array([k for k in range(len(self)) if condition(self.point(k))], dtype=int)
        if len(kept) == 0:
            raise ModelError("no point of the space fulfils the condition: the space is empty")
        return Space({name: _taken(values, kept) for name, values in self.columns.items()})

    def __mul__(self, other: Space | Mapping[str, Any]) -> Space:
        """Return the grid of two spaces: each point of one with each of the other."""
        right = space_of(other)
        both = sorted(self.columns.keys() & right.columns.keys())
        if both:
            raise ModelError(f"{both[0]!r} is a parameter of both spaces")
        n, m = len(self), len(right)
        columns = {name: _taken(v, np.repeat(np.arange(n), m)) for name, v in self.columns.items()}
        columns |= {name: _taken(v, np.tile(np.arange(m), n)) for name, v in right.columns.items()}
        is_grid = self.axes and right.axes
        return Space(columns, {**self.axes, **right.axes} if is_grid else {})


def space_of(given: Any) -> Space:
    """Return what a user means by a space.

    Parameters
    ----------
    given : Space, mapping or list of mapping
        A mapping of names to values is a grid, a list of mappings a list of points.

    Raises
    ------
    ModelError
        If it is neither, or has no point.
    """
    if isinstance(given, Space):
        return given
    if isinstance(given, Mapping):
        return grid(given)
    if isinstance(given, list | tuple) and all(isinstance(point, Mapping) for point in given):
        return points(given)
    raise ModelError(
        f"a space of parameters is a dict of values, or a list of dicts, not {given!r}\n"
        "  write for example {'tau': [5, 10, 20]*ms}, or eqsim.sampling.sobol(...)"
    )


def grid(given: Mapping[str, Any] | None = None, **axes: Any) -> Space:
    """Return all combinations of values.

    Parameters
    ----------
    given : mapping of str to sequence, optional
        For each parameter its values; for names such as ``'cells.v'`` that are no identifiers.
    **axes
        The same.

    Raises
    ------
    ModelError
        If there is no parameter, or one without a value.

    Examples
    --------
    >>> from eqsim import ms
    >>> space = grid(tau=[5, 10]*ms, n=[1, 2, 3])
    >>> len(space), space.point(4)
    (6, {'tau': 10*ms, 'n': 2})
    """
    named = {name: _column(name, values) for name, values in {**(given or {}), **axes}.items()}
    _check_some(named)
    numbers = np.indices([len(v) for v in named.values()]).reshape(len(named), -1)
    columns = {n: _taken(v, at) for (n, v), at in zip(named.items(), numbers, strict=True)}
    return Space(columns, named)


def zipped(given: Mapping[str, Any] | None = None, **columns: Any) -> Space:
    """Return points whose parameters change together.

    Parameters
    ----------
    given, **columns
        For each parameter its values, as many as for the others.

    Raises
    ------
    ModelError
        If they are not as many, or none.

    Examples
    --------
    >>> from eqsim import ms
    >>> zipped(tau=[5, 10]*ms, n=[1, 2]).point(1)
    {'tau': 10*ms, 'n': 2}
    """
    named = {name: _column(name, values) for name, values in {**(given or {}), **columns}.items()}
    _check_some(named)
    sizes = {name: len(values) for name, values in named.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{size} of {name!r}" for name, size in sizes.items())
        raise ModelError(f"parameters that change together need as many values each, not {told}")
    return Space(named)


def points(given: Iterable[Mapping[str, Any]]) -> Space:
    """Return the points of a list.

    Parameters
    ----------
    given : iterable of mapping
        The parameters of each point, all with the same names.

    Raises
    ------
    ModelError
        If the names differ, or there is no point.

    Examples
    --------
    >>> points([{'n': 1}, {'n': 5}]).columns
    {'n': array([1, 5])}
    """
    rows = list(given)
    if not rows:
        raise ModelError("the space of parameters has no point\n  give it at least one")
    names = list(rows[0])
    for number, row in enumerate(rows):
        if set(row) != set(names):
            odd = sorted(set(row) ^ set(names))
            raise ModelError(
                f"point {number} has other parameters than point 0: {', '.join(map(repr, odd))}\n"
                "  each point of a list has the same ones"
            )
    return zipped({name: [row[name] for row in rows] for name in names})


def random(
    given: Mapping[str, Sequence[Any]] | None = None,
    *,
    n: int,
    seed: int = 0,
    **ranges: Sequence[Any],
) -> Space:
    """Return points that are drawn independently and uniformly.

    Parameters
    ----------
    given, **ranges : (low, high)
        For each parameter its range.
    n : int
        How many points.
    seed : int
        Seed of the draw.

    Examples
    --------
    >>> from eqsim import ms
    >>> random(tau=(5*ms, 10*ms), n=3, seed=1).shape
    {'point': 3}
    """
    ordered = _ranges(given, ranges)
    unit = np.random.default_rng(seed).random((_checked_n(n), len(ordered)))
    return _scaled(ordered, unit)


def latin_hypercube(
    given: Mapping[str, Sequence[Any]] | None = None,
    *,
    n: int,
    seed: int = 0,
    **ranges: Sequence[Any],
) -> Space:
    """Return a Latin hypercube: each of ``n`` equal parts of each range has one point [1]_.

    Parameters
    ----------
    given, ranges, n, seed
        As for :func:`random`.

    References
    ----------
    .. [1] McKay, M. D., Beckman, R. J. & Conover, W. J. (1979). A comparison of three methods for
       selecting values of input variables. Technometrics 21:239.
       doi:10.1080/00401706.1979.10489755

    Examples
    --------
    >>> space = latin_hypercube(a=(0, 4), b=(0, 1), n=4, seed=1)
    >>> sorted(int(a) for a in space.columns['a'])
    [0, 1, 2, 3]
    """
    ordered = _ranges(given, ranges)
    qmc = _quasi_monte_carlo()
    return _scaled(ordered, qmc.LatinHypercube(len(ordered), rng=seed).random(_checked_n(n)))


def sobol(
    given: Mapping[str, Sequence[Any]] | None = None,
    *,
    n: int,
    seed: int = 0,
    **ranges: Sequence[Any],
) -> Space:
    """Return the first points of a scrambled Sobol' sequence [1]_, best a power of two.

    Parameters
    ----------
    given, ranges, n, seed
        As for :func:`random`.

    References
    ----------
    .. [1] Sobol', I. M. (1967). On the distribution of points in a cube and the approximate
       evaluation of integrals. USSR Comput. Math. Math. Phys. 7:86.
       doi:10.1016/0041-5553(67)90144-9

    Examples
    --------
    >>> len(sobol(a=(0, 4), b=(0, 1), n=8, seed=1))
    8
    """
    ordered = _ranges(given, ranges)
    engine = _quasi_monte_carlo().Sobol(len(ordered), rng=seed)
    # A whole power of two is drawn, of which the first points are taken: SciPy warns otherwise.
    power = max(0, int(np.ceil(np.log2(_checked_n(n)))))
    return _scaled(ordered, engine.random_base2(power)[:n])


def _quasi_monte_carlo() -> Any:
    try:
        from scipy.stats import qmc
    except ImportError as error:
        raise ModelError(
            "Latin hypercubes and Sobol' sequences need the package scipy\n"
            "  install it with: pip install 'eqsim[sweep]'"
        ) from error
    return qmc


def _checked_n(n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ModelError(f"the number of points is a whole number from 1 on, not {n!r}")
    return int(n)


def _ranges(
    given: Mapping[str, Sequence[Any]] | None, more: Mapping[str, Sequence[Any]]
) -> dict[str, tuple[Any, Any]]:
    found = {**(given or {}), **more}
    _check_some(found)
    for name, limits in found.items():
        if not isinstance(limits, Quantity | np.ndarray | list | tuple) or len(limits) != 2:
            raise ModelError(f"the range of {name!r} is (lowest, highest), not {limits!r}")
        _column(name, list(limits))
    return {name: (limits[0], limits[1]) for name, limits in found.items()}


def _scaled(ranges: Mapping[str, tuple[Any, Any]], unit: np.ndarray[Any, Any]) -> Space:
    return Space(
        {
            name: _column(name, low + (high - low) * unit[:, place])
            for place, (name, (low, high)) in enumerate(ranges.items())
        }
    )


def _check_some(named: Mapping[str, Any]) -> None:
    if not named:
        raise ModelError("the space of parameters has no parameter\n  give it at least one")


def _column(name: str, values: Any) -> Any:
    """Return the values of one parameter: one array if all are single numbers."""
    if not isinstance(name, str):
        owner = getattr(getattr(name, "owner", None), "name", None)
        hint = f"\n  write: '{owner}.{name.name}'" if owner else ""
        raise ModelError(
            f"parameters are named by texts such as 'tau' or 'cells.v', not {name!r}{hint}"
        )
    is_array = isinstance(values, Quantity | np.ndarray) and values.ndim > 0
    if not is_array and not isinstance(values, list | tuple | range):
        raise ModelError(
            f"{name!r} needs a list of values, not {values!r}\n  for a single one: [{values!r}]"
        )
    if len(values) == 0:
        raise ModelError(f"{name!r} has no value: the space is empty\n  give it at least one")
    if is_array and values.ndim == 1:
        return values.copy()
    found = list(values)
    if not all(_is_number(each) for each in found):
        return found
    dimensions = {dimension_of(each) for each in found if si_value(each) != 0}
    if len(dimensions) > 1:
        told = ", ".join(sorted(base_unit_for(d) for d in dimensions))
        raise DimensionMismatchError(f"the values of {name!r} have different units: {told}")
    numbers = _array([si_value(each) for each in found])
    dimension = next(iter(dimensions), DIMENSIONLESS)
    return numbers if dimension is DIMENSIONLESS else Quantity(numbers, dimension)


def _array(numbers: list[Any]) -> np.ndarray[Any, Any]:
    """Return numbers as an array: whole ones are kept as such where a type has room for all."""
    if all(isinstance(each, int | np.integer) and not isinstance(each, bool) for each in numbers):
        whole = [int(each) for each in numbers]
        for kind in (np.int64, np.uint64):
            limits = np.iinfo(kind)
            if limits.min <= min(whole) and max(whole) <= limits.max:
                return np.array(whole, dtype=kind)
        return np.array(whole, dtype=np.float64)
    return np.array(numbers)


def _is_number(value: Any) -> bool:
    if isinstance(value, Quantity):
        return value.ndim == 0
    return isinstance(value, bool | int | float | np.number | np.bool_)


def _taken(values: Any, places: Any) -> Any:
    return [values[at] for at in places] if isinstance(values, list) else values[places]


def product(*spaces: Space | Mapping[str, Any]) -> Space:
    """Return the grid of several spaces: each point of one with each of the others.

    Examples
    --------
    >>> len(product(zipped(a=[1, 2], b=[3, 4]), {'c': [5, 6, 7]}))
    6
    """
    found = list(map(space_of, spaces))
    if not found:
        raise ModelError("the space of parameters has no parameter\n  give it at least one")
    return functools.reduce(lambda left, right: left * right, found)
