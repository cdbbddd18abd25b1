"""How the runs of a sweep lie along axes, and which of them are a batch."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.sweeps.job import Job
from eqsim.sweeps.sampling import REPEAT
from eqsim.units.dimensions import base_unit_for
from eqsim.units.quantity import Quantity, dimension_of, si_value


@dataclass(frozen=True)
class Boxes:
    """Runs along axes, cut into boxes: a batch each, and a chunk of each array of a store.

    Parameters
    ----------
    shape : tuple of int
        The lengths of the axes; the runs go over the last one first.
    chunk : tuple of int
        The lengths of a box; those at the end of an axis may be shorter.

    Notes
    -----
    The runs of a box follow each other: it is one long along the first axes, as long as the axis
    along the last ones.

    Examples
    --------
    >>> boxes = Boxes.of_size((4, 3, 2), 5)
    >>> boxes.chunk, [boxes.runs(index) for index in boxes.indices()][:3]
    ((1, 2, 2), [(0, 4), (4, 6), (6, 10)])
    """

    shape: tuple[int, ...]
    chunk: tuple[int, ...]

    @classmethod
    def of_size(cls, shape: tuple[int, ...], size: int) -> Boxes:
        """Return boxes of at most so many runs, as even as the axes allow."""
        chunk = [1] * len(shape)
        inner = 1
        for axis in reversed(range(len(shape))):
            parts = -(-shape[axis] // max(1, size // inner))
            chunk[axis] = -(-shape[axis] // parts)
            if parts > 1:
                break
            inner *= shape[axis]
        return cls(shape, tuple(chunk))

    def indices(self) -> list[tuple[int, ...]]:
        """Return the numbers of each box along the axes, in the order of the runs."""
        counts = (-(-n // m) for n, m in zip(self.shape, self.chunk, strict=True))
        return list(itertools.product(*map(range, counts)))

    def extent(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """Return the lengths of a box, which is shorter at the end of an axis."""
        parts = zip(self.shape, self.chunk, index, strict=True)
        return tuple(min(m, n - k * m) for n, m, k in parts)

    def runs(self, index: tuple[int, ...]) -> tuple[int, int]:
        """Return the first run of a box, and the one after its last."""
        begin = [k * m for k, m in zip(index, self.chunk, strict=True)]
        first = int(np.ravel_multi_index(begin, self.shape))
        return first, first + int(np.prod(self.extent(index)))

    def index(self, first: int) -> tuple[int, ...]:
        """Return the numbers of the box in which a run is."""
        place = np.unravel_index(first, self.shape)
        return tuple(int(k) // m for k, m in zip(place, self.chunk, strict=True))


@dataclass(frozen=True)
class Layout:
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
    seeds : ndarray of uint64
        The seed of each run.
    """

    shape: Mapping[str, int]
    repeats: int
    coords: Mapping[str, NDArray[Any]]
    units: Mapping[str, str]
    seeds: NDArray[np.uint64]

    @property
    def dims(self) -> dict[str, int]:
        """All axes of the runs, with their sizes."""
        return dict(self.shape) | ({REPEAT: self.repeats} if self.repeats > 1 else {})

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.seeds)

    def boxes(self, size: int) -> Boxes:
        """Return batches of at most so many runs."""
        return Boxes.of_size(tuple(self.dims.values()), size)


def layout_of(job: Job) -> Layout:
    """Return how the runs of a job lie."""
    space = job.space
    coords = {name: space.axes.get(name, values) for name, values in space.columns.items()}
    return Layout(
        space.shape,
        job.repeats,
        {name: _labels(values) for name, values in coords.items()},
        {name: _unit(values) for name, values in coords.items()},
        np.array([job.seed_of(run) for run in range(job.runs)], dtype=np.uint64),
    )


def _labels(values: Any) -> NDArray[Any]:
    """Return what stands along an axis: numbers, texts, else places."""
    if not isinstance(values, list):
        return np.asarray(si_value(values))
    if all(isinstance(each, str) or _is_single(each) for each in values):
        return np.array([str(each) for each in values])
    return np.arange(len(values))


def _is_single(value: Any) -> bool:
    is_number = isinstance(value, Quantity | bool | int | float | np.number | np.bool_)
    return is_number and np.ndim(value) == 0


def _unit(values: Any) -> str:
    """Return the unit of a parameter; what is no single number has none."""
    return "1" if isinstance(values, list) else base_unit_for(dimension_of(values))
