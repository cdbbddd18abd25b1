"""Pairs of places on two lattices, sorted by the distance between them.

Along each axis, pairs of coordinates fall into classes of one distance. A class of pairs of
places is a class along each axis, so there are few, and all pairs of one are at one distance:
a connector decides for whole classes, and never looks at pairs that it does not make.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.synapses.connectors import Connections, Sides, Whole
from eqsim.network.synapses.growing import MOST_SYNAPSES, too_many
from eqsim.network.synapses.random_pairs import Selection

_MOST_CLASSES = 10**8
_EQUAL = 1e-9
"""Distances are equal that differ by this part of a step of the lattice."""


class _Axis(Protocol):
    """Pairs of coordinates along one axis, in classes of one distance."""

    distances: NDArray[np.float64]
    """Of each class."""

    sizes: Whole
    """How many pairs each class has."""

    def places(self, classes: Whole, numbers: Whole) -> tuple[Whole, Whole]:
        """Return the coordinates of pairs, given by their class and their number in it."""
        ...


class _EqualAxis:
    """Two axes with the same places: class ``d`` has the pairs that are ``d`` places apart."""

    def __init__(self, n: int, *, normalize: bool, is_periodic: bool) -> None:
        self._n = n
        self._is_periodic = is_periodic
        step = 1.0 / max(n - 1, 1) if normalize else 1.0
        apart = np.arange(n // 2 + 1 if is_periodic else n)
        self.distances: NDArray[np.float64] = np.asarray(apart * step, dtype=np.float64)
        one_way = np.full(len(apart), n) if is_periodic else n - apart
        both_ways = (apart > 0) & ~(is_periodic & (2 * apart == n))
        self._one_way = one_way
        self.sizes: Whole = np.where(both_ways, 2 * one_way, one_way)

    def places(self, classes: Whole, numbers: Whole) -> tuple[Whole, Whole]:
        """Return the coordinates of pairs: first those forwards, then those backwards."""
        one_way = self._one_way[classes]
        is_back = numbers >= one_way
        near = numbers - np.where(is_back, one_way, 0)
        far = near + classes
        if self._is_periodic:
            far %= self._n
        return np.where(is_back, far, near), np.where(is_back, near, far)


class _UnequalAxis:
    """Two axes with other numbers of places: all pairs in a table, sorted by their distance."""

    def __init__(self, n_pre: int, n_post: int, *, normalize: bool) -> None:
        self._n_post = n_post
        scales = [1.0 / max(n - 1, 1) if normalize else 1.0 for n in (n_pre, n_post)]
        pre, post = np.arange(n_pre) * scales[0], np.arange(n_post) * scales[1]
        apart = np.abs(pre[:, None] - post[None, :]).ravel()
        rounded = np.rint(apart / (_EQUAL * min(scales)))
        _, first, classes = np.unique(rounded, return_index=True, return_inverse=True)
        self.distances: NDArray[np.float64] = apart[first]
        self.sizes: Whole = np.bincount(classes)
        self._begin = np.cumsum(self.sizes) - self.sizes
        self._pairs = np.argsort(classes, kind="stable")

    def places(self, classes: Whole, numbers: Whole) -> tuple[Whole, Whole]:
        """Return the coordinates of pairs, from the table."""
        pre, post = np.divmod(self._pairs[self._begin[classes] + numbers], self._n_post)
        return pre, post


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """All pairs of places, in classes of equal distance along each axis.

    Parameters
    ----------
    sides : Sides
        The shapes of the lattices, with equally many axes.
    axes : tuple
        The pairs of coordinates along each.
    apart : ndarray of float64
        The distances along the axes of each class, shape (n_classes, n_axes).
    members : ndarray of int64
        The class along each axis of each class, shape (n_classes, n_axes).
    sizes : ndarray of int64
        How many pairs each class has, shape (n_classes,).
    """

    sides: Sides
    axes: tuple[_Axis, ...]
    apart: NDArray[np.float64]
    members: Whole
    sizes: Whole

    @classmethod
    def of(
        cls,
        sides: Sides,
        of: str,
        *,
        normalize: bool,
        is_periodic: bool,
        reach: float = math.inf,
    ) -> Lattice:
        """Return the pairs that are within reach along each axis.

        Parameters
        ----------
        sides : Sides
            The shapes.
        of : str
            Name of the connector, for errors.
        normalize : bool
            Whether coordinates go from 0 to 1 along each axis, or by 1 from place to place.
        is_periodic : bool
            Whether the last place is the neighbour of the first.
        reach : float
            Pairs farther apart along an axis are left out.

        Raises
        ------
        ModelError
            If the shapes do not suit each other.
        """
        pre, post = sides.pre_shape, sides.post_shape
        if len(pre) != len(post) or (is_periodic and pre != post):
            needs = "of one shape" if is_periodic else "with equally many axes"
            raise ModelError(
                f"{of} needs two sides {needs}, not {pre} and {post}\n"
                "  give groups a shape: NeuronGroup((10, 10), ...)"
            )
        if any(n != m and n * m > _MOST_CLASSES for n, m in zip(pre, post, strict=True)):
            raise _too_many_classes(of, sides)
        axes: tuple[_Axis, ...] = tuple(
            _EqualAxis(n, normalize=normalize, is_periodic=is_periodic)
            if n == m
            else _UnequalAxis(n, m, normalize=normalize)
            for n, m in zip(pre, post, strict=True)
        )
        within = [np.flatnonzero(axis.distances <= reach) for axis in axes]
        if math.prod(map(len, within)) > _MOST_CLASSES:
            raise _too_many_classes(of, sides)
        grid = np.meshgrid(*within, indexing="ij")
        members = np.stack([classes.ravel() for classes in grid], axis=-1)
        columns = list(zip(axes, members.T, strict=True))
        apart = np.stack([axis.distances[c] for axis, c in columns], axis=-1)
        sizes = np.prod([axis.sizes[c] for axis, c in columns], axis=0)
        return cls(sides, axes, apart, members, sizes)

    def distances(self) -> NDArray[np.float64]:
        """Return the Euclidean distance of each class."""
        return np.asarray(np.sqrt((self.apart**2).sum(axis=-1)))

    def kept(self, chosen: NDArray[np.bool_]) -> Lattice:
        """Return some of the classes only."""
        apart, members, sizes = self.apart[chosen], self.members[chosen], self.sizes[chosen]
        return Lattice(self.sides, self.axes, apart, members, sizes)

    def connections(
        self,
        selection: Selection,
        parameter: NDArray[Any],
        *,
        include_self: bool,
        weights: NDArray[Any] | None = None,
    ) -> Connections:
        """Return the pairs that are chosen from the classes.

        Parameters
        ----------
        selection : Selection
            Chooses pairs of classes.
        parameter : ndarray
            What it needs for each class, shape (n_classes,).
        include_self : bool
            Whether elements may connect with themselves, or with the one at the same place.
        weights : ndarray, optional
            The weight of the pairs of each class, shape (n_classes,).
        """
        expected = float((self.sizes * parameter).sum())
        if expected > 2 * MOST_SYNAPSES:
            raise too_many(expected)
        own = None if include_self else self.sides.own()
        parts: list[tuple[Any, ...]] = []
        for classes, numbers in selection.chosen(self.sizes, parameter):
            pre, post = self._places(classes, numbers)
            part = (pre, post) if weights is None else (pre, post, weights[classes])
            if own is not None:
                others = own[pre] != post
                part = tuple(values[others] for values in part)
            parts.append(part)
        joined = [np.concatenate(values) for values in zip(*parts, strict=True)]
        if not joined:
            nothing: Whole = np.zeros(0, dtype=np.int64)
            joined = [nothing, nothing, *([] if weights is None else [weights[:0]])]
        return Connections.of_pairs(self.sides, *joined)

    def _places(self, classes: Whole, numbers: Whole) -> tuple[Whole, Whole]:
        """Return the two ends of pairs, given by their class and their number in it."""
        pre: Whole = np.zeros(len(classes), dtype=np.int64)
        post: Whole = np.zeros(len(classes), dtype=np.int64)
        strides = [
            [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
            for shape in (self.sides.pre_shape, self.sides.post_shape)
        ]
        for axis in reversed(range(len(self.axes))):
            own = self.members[classes, axis]
            numbers, number = np.divmod(numbers, self.axes[axis].sizes[own])
            first, second = self.axes[axis].places(own, number)
            pre += first * strides[0][axis]
            post += second * strides[1][axis]
        return pre, post


def _too_many_classes(of: str, sides: Sides) -> ModelError:
    return ModelError(
        f"{of} would have to tell more than {_MOST_CLASSES:.0e} distances apart between"
        f" {sides.pre_shape} and {sides.post_shape}\n  use fewer places, or less reach"
    )
