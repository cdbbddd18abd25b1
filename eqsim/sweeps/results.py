"""What a sweep gives: values with named axes, as an xarray Dataset where xarray is there."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, did_you_mean
from eqsim.sweeps.batches import Batch
from eqsim.sweeps.columns import Form, padded
from eqsim.sweeps.job import SEED
from eqsim.sweeps.layout import Layout
from eqsim.sweeps.sampling import POINT

STATUS, FAILURE = "status", "failure"
MISSING, DONE, FAILED = "missing", "done", "failed"
ABOUT = {
    SEED: {"long_name": "what seed() takes to repeat a run"},
    STATUS: {"long_name": "whether a run is missing, done or failed"},
    FAILURE: {"long_name": "why a run failed"},
}
"""Attributes of the coordinates that are no parameters."""


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


def assembled(layout: Layout, batches: Iterable[Batch], attrs: Mapping[str, Any]) -> Any:
    """Return the results of a sweep, as a store gives them too.

    Parameters
    ----------
    layout : Layout
        How the runs lie.
    batches : iterable of Batch
        What is kept of them.
    attrs : dict
        Where the results come from.

    Returns
    -------
    xarray.Dataset or SweepResult
        Values in SI units with the attribute ``units``, nan where there are none.
    """
    columns: dict[str, list[NDArray[Any] | None]] = {}
    forms: dict[str, Form] = {}
    status = np.full(layout.runs, MISSING, dtype="<U7")
    failures: dict[int, str] = {}
    for batch in batches:
        failures |= batch.failures
        status[batch.first : batch.last] = DONE
        for name, form in batch.forms.items():
            forms[name] = forms[name].joined(name, form) if name in forms else form
            column = columns.setdefault(name, [None] * layout.runs)
            column[batch.first : batch.last] = batch.values[name]
    status[list(failures)] = FAILED
    dims = layout.dims
    along = tuple(dims)
    data = {}
    for name, form in forms.items():
        origin = (0,) * len(form.extent)
        values = padded(columns[name], origin, form.extent, form.dtype)
        if values is None:
            values = np.full((layout.runs, *form.extent), np.nan, form.dtype)
        shaped = values.reshape(*dims.values(), *form.extent)
        data[name] = Labelled((*along, *own_axes(name, form)), shaped, units_of(form.unit))
    coords = coordinates(layout)
    size = tuple(dims.values())
    coords[STATUS] = Labelled(along, status.reshape(size), ABOUT[STATUS])
    if failures:
        reasons = [failures.get(run, "") for run in range(layout.runs)]
        coords[FAILURE] = Labelled(along, np.array(reasons).reshape(size), ABOUT[FAILURE])
    return _as_dataset(SweepResult(data, coords, dict(attrs)))


def own_axes(name: str, form: Form) -> tuple[str, ...]:
    """Return the names of the axes that a run's own values have."""
    return tuple(f"{name}_{axis}" for axis in range(len(form.extent)))


def units_of(unit: str) -> dict[str, str]:
    """Return what tells the unit of values."""
    return {} if unit == "1" else {"units": unit}


def coordinates(layout: Layout) -> dict[str, Labelled]:
    """Return the parameters and seeds of the runs."""
    found = {}
    for name, values in layout.coords.items():
        axis = name if name in layout.shape else POINT
        found[name] = Labelled((axis,), values, units_of(layout.units[name]))
    dims = tuple(layout.dims)
    seeds = layout.seeds.reshape(tuple(layout.dims.values()))
    found.setdefault(SEED, Labelled(dims, seeds, ABOUT[SEED]))
    return found


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
