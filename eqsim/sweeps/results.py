"""What a sweep gives: values with named axes, as an xarray Dataset where xarray is there."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, did_you_mean
from eqsim.sweeps.batches import Batch, stacked
from eqsim.sweeps.sampling import POINT

REPEAT = "repeat"
"""The dimension of repeats."""


@dataclass(frozen=True)
class Labelled:
    """An array with named axes.

    Parameters
    ----------
    dims : tuple of str
        Names of the axes.
    values : ndarray
        In SI units.
    attrs : dict
        ``units`` and more.
    """

    dims: tuple[str, ...]
    values: NDArray[Any]
    attrs: Mapping[str, Any]


@dataclass(frozen=True)
class SweepResult:
    """Labelled results, for machines without xarray: the same names as in its Dataset.

    Parameters
    ----------
    data_vars : dict of str to Labelled
        What was kept.
    coords : dict of str to Labelled
        Values along the axes.
    attrs : dict
        Where it comes from.

    Examples
    --------
    >>> rate = Labelled(("tau",), np.array([3.0, 5.0]), {"units": "Hz"})
    >>> tau = Labelled(("tau",), np.array([0.01, 0.02]), {"units": "s"})
    >>> result = SweepResult({"rate": rate}, {"tau": tau}, {})
    >>> result["rate"].values, result.sizes
    (array([3., 5.]), {'tau': 2})
    """

    data_vars: Mapping[str, Labelled]
    coords: Mapping[str, Labelled]
    attrs: Mapping[str, Any]

    @property
    def sizes(self) -> dict[str, int]:
        """The length of each axis."""
        each = [*self.data_vars.values(), *self.coords.values()]
        return {
            dim: size for one in each for dim, size in zip(one.dims, one.values.shape, strict=True)
        }

    def __getitem__(self, name: str) -> Labelled:
        found = {**self.coords, **self.data_vars}
        if name not in found:
            hint = did_you_mean(str(name), found)
            raise KeyError(f"the result has no {name!r}" + (f"; {hint}" if hint else ""))
        return found[name]

    def __getattr__(self, name: str) -> Labelled:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(str(error.args[0])) from None

    def plot(self, name: str, **options: Any) -> Any:
        """Draw one of the values: see :func:`eqsim.sweeps.plot`."""
        from eqsim.sweeps.plotting import plot

        return plot(self, name, **options)


@dataclass(frozen=True)
class Axes:
    """How the runs of a sweep lie along axes.

    Parameters
    ----------
    shape : dict of str to int
        The axes of the points, with their sizes.
    repeats : int
        How many runs each point has.
    coords : dict of str to ndarray
        Parameters: along their own axis in a grid, along the points otherwise.
    units : dict of str to str
        Their units.
    """

    shape: Mapping[str, int]
    repeats: int
    coords: Mapping[str, NDArray[Any]]
    units: Mapping[str, str]

    @property
    def dims(self) -> dict[str, int]:
        """All axes of the runs, with their sizes."""
        return dict(self.shape) | ({REPEAT: self.repeats} if self.repeats > 1 else {})

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return int(np.prod(list(self.dims.values()), dtype=np.int64))


def assembled(
    axes: Axes, batches: Iterable[Batch], seeds: NDArray[np.uint64], attrs: Mapping[str, Any]
) -> Any:
    """Return the results of a sweep, of those runs that are done.

    Parameters
    ----------
    axes : Axes
        How the runs lie.
    batches : iterable of Batch
        What is kept of them.
    seeds : ndarray of uint64
        The seed of each run.
    attrs : dict
        Where the results come from.

    Returns
    -------
    xarray.Dataset or SweepResult
        Values in SI units with the attribute ``units``. Where points failed or are not done yet,
        ``status`` says so.
    """
    columns: dict[str, list[NDArray[Any] | None]] = {}
    units: dict[str, str] = {}
    status = np.array(["missing"] * axes.runs, dtype="<U7")
    failures: dict[int, str] = {}
    for batch in batches:
        failures |= batch.failures
        units |= batch.units
        status[batch.first : batch.last] = "done"
        for name, values in batch.values.items():
            column = columns.setdefault(name, [None] * axes.runs)
            column[batch.first : batch.last] = values
    status[list(failures)] = "failed"
    dims = axes.dims
    data = {}
    for name in sorted(columns, key=list(units).index):
        # A value of the end may have the name of a parameter, which is that of the beginning.
        told = f"{name}_end" if name in axes.coords else name
        data[told] = _labelled(told, stacked(columns[name]), dims, units[name])
    if (status != "done").any():
        data["status"] = Labelled(tuple(dims), status.reshape(list(dims.values())), {})
    coords = _coordinates(axes)
    if "seed" not in coords:
        told_seed = {"long_name": "what seed() takes to repeat a run"}
        coords["seed"] = Labelled(tuple(dims), seeds.reshape(list(dims.values())), told_seed)
    told_attrs = dict(attrs)
    if failures:
        told_attrs["failures"] = [f"run {run}: {text}" for run, text in sorted(failures.items())]
    return _as_dataset(SweepResult(data, coords, told_attrs))


def _coordinates(axes: Axes) -> dict[str, Labelled]:
    found = {}
    for name, values in axes.coords.items():
        dims = (name,) if name in axes.shape else (POINT,)
        unit = axes.units.get(name, "1")
        found[name] = Labelled(dims, values, {} if unit == "1" else {"units": unit})
    return found


def _labelled(name: str, column: NDArray[Any], dims: Mapping[str, int], unit: str) -> Labelled:
    own = tuple(f"{name}_{axis}" for axis in range(column.ndim - 1))
    shape = (*dims.values(), *column.shape[1:])
    attrs = {} if unit == "1" else {"units": unit}
    return Labelled((*dims, *own), column.reshape(shape), attrs)


def _as_dataset(result: SweepResult) -> Any:
    if importlib.util.find_spec("xarray") is None:
        return result
    import xarray

    def variables(labelled: Mapping[str, Labelled]) -> dict[str, Any]:
        return {n: (each.dims, each.values, dict(each.attrs)) for n, each in labelled.items()}

    return xarray.Dataset(
        variables(result.data_vars), variables(result.coords), dict(result.attrs)
    )


def checked_variable(result: Any, name: str) -> Any:
    """Return one of the values of a result.

    Raises
    ------
    ModelError
        If there is none of that name.
    """
    known = [str(each) for each in result.data_vars]
    if name not in known:
        hint = did_you_mean(str(name), known)
        raise ModelError(
            f"the result has no values {name!r}\n  it has: {', '.join(known)}"
            + (f"\n  {hint}" if hint else "")
        )
    return result[name]
