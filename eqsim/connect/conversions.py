"""Connectivity from one form to another: pairs, matrices, rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.units import arguments

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Compressed rows: ``rows[k]`` are the entries of row ``k``.

    Parameters
    ----------
    begin : ndarray of int64
        Row ``k`` has the entries ``begin[k]`` up to ``begin[k + 1]``, shape (n_rows + 1,).
    entries : ndarray of int64
        All entries, row by row, shape (n,).

    Examples
    --------
    >>> rows = pre2post([0, 2, 0], [1, 1, 0], num_pre=3)
    >>> rows[0], rows[1]
    (array([1, 0]), array([], dtype=int64))
    """

    begin: Whole
    entries: Whole

    def __len__(self) -> int:
        return len(self.begin) - 1

    def __getitem__(self, row: int) -> Whole:
        if not isinstance(row, int | np.integer):
            raise ModelError(
                f"the row is {arguments.shown(row)}\n"
                f"  expected: a whole number from 0 to {len(self) - 1}"
            )
        if not 0 <= row < len(self):
            raise IndexError(f"there is no row {row}: rows are numbered 0 to {len(self) - 1}")
        return self.entries[self.begin[row] : self.begin[row + 1]]

    def __iter__(self) -> Iterator[Whole]:
        return (self[row] for row in range(len(self)))

    def lists(self) -> list[list[int]]:
        """Return the rows as lists."""
        return [row.tolist() for row in self]


def ij2mat(i: Any, j: Any, num_pre: int | None = None, num_post: int | None = None) -> Whole:
    """Return the matrix that tells how many connections each pair has.

    Parameters
    ----------
    i, j : array_like of int
        Sources and targets, shape (n,).
    num_pre, num_post : int, optional
        How many elements there are; by default as many as the indices need.

    Returns
    -------
    ndarray of int64
        Shape (num_pre, num_post).

    Raises
    ------
    ModelError
        If numbers do not fit together, or the matrix would have more than 2**31 - 1 entries.

    Examples
    --------
    >>> ij2mat([0, 1], [1, 0], 2, 3)
    array([[0, 1, 0],
           [1, 0, 0]])
    """
    sources, targets = _pairs(i, j)
    n, m = _size(sources, num_pre, "num_pre"), _size(targets, num_post, "num_post")
    if n * m > arguments.MOST:
        raise ModelError(
            f"a matrix of the shape ({n}, {m}) has more than 2**31 - 1 entries\n"
            "  pre2post gives the targets of each source in rows"
        )
    return np.bincount(sources * m + targets, minlength=n * m).reshape(n, m)


def mat2ij(conn_mat: Any) -> tuple[Whole, Whole]:
    """Return the sources and targets of a matrix's entries that are not 0.

    Parameters
    ----------
    conn_mat : array_like
        Shape (num_pre, num_post).

    Returns
    -------
    i, j : ndarray of int64
        Shape (n,), row by row.

    Raises
    ------
    ModelError
        If it has not two axes.

    Examples
    --------
    >>> mat2ij([[0, 1], [1, 0]])
    (array([0, 1]), array([1, 0]))
    """
    matrix = arguments.array(conn_mat, "the connectivity matrix")
    if matrix.ndim != 2:
        raise ModelError(
            f"a connectivity matrix has two axes, not the shape {matrix.shape}\n"
            "  expected: (num_pre, num_post)"
        )
    sources, targets = np.nonzero(matrix)
    return sources, targets


def pre2post(i: Any, j: Any, num_pre: int | None = None) -> Rows:
    """Return the targets of each source, in the order of the pairs.

    Parameters
    ----------
    i, j : array_like of int
        The source and the target of each synapse, shape (n,).
    num_pre : int, optional
        How many elements there are on that side; by default up to the largest number.

    Raises
    ------
    ModelError
        If numbers are not whole, below zero, not below the number of elements, or not as many on
        both sides.

    Examples
    --------
    >>> pre2post([1, 0, 1], [0, 1, 2]).lists()
    [[1], [0, 2]]
    """
    sources, targets = _pairs(i, j)
    synapses = pre2syn(sources, num_pre)
    return Rows(synapses.begin, targets[synapses.entries])


def post2pre(i: Any, j: Any, num_post: int | None = None) -> Rows:
    """Return the sources of each target, in the order of the pairs.

    Parameters
    ----------
    i, j : array_like of int
        The source and the target of each synapse, shape (n,).
    num_post : int, optional
        How many elements there are on that side; by default up to the largest number.

    Raises
    ------
    ModelError
        If numbers are not whole, below zero, not below the number of elements, or not as many on
        both sides.

    Examples
    --------
    >>> post2pre([1, 0, 1], [0, 1, 2]).lists()
    [[1], [0], [1]]
    """
    return pre2post(j, i, num_post)


def pre2syn(i: Any, num_pre: int | None = None) -> Rows:
    """Return the numbers of the synapses of each source, ascending.

    Parameters
    ----------
    i : array_like of int
        The source of each synapse, shape (n,).
    num_pre : int, optional
        How many elements there are on that side; by default up to the largest number.

    Raises
    ------
    ModelError
        If numbers are not whole, below zero, not below the number of elements.

    Examples
    --------
    >>> pre2syn([1, 0, 1]).lists()
    [[1], [0, 2]]
    """
    sources, _ = _pairs(i, i)
    n = _size(sources, num_pre, "num_pre")
    begin = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(sources, minlength=n), out=begin[1:])
    return Rows(begin, np.argsort(sources, kind="stable"))


def post2syn(j: Any, num_post: int | None = None) -> Rows:
    """Return the numbers of the synapses of each target, ascending.

    Parameters
    ----------
    j : array_like of int
        The target of each synapse, shape (n,).
    num_post : int, optional
        How many elements there are on that side; by default up to the largest number.

    Raises
    ------
    ModelError
        If numbers are not whole, below zero, not below the number of elements.

    Examples
    --------
    >>> post2syn([0, 1, 0]).lists()
    [[0, 2], [1]]
    """
    return pre2syn(j, num_post)


def pre_slice_syn(i: Any, j: Any, num_pre: int | None = None) -> tuple[Whole, Whole, Whole]:
    """Return pairs sorted by source, and where those of each source are.

    Parameters
    ----------
    i, j : array_like of int
        The source and the target of each synapse, shape (n,).
    num_pre : int, optional
        How many elements there are on that side; by default up to the largest number.

    Returns
    -------
    pre, post : ndarray of int64
        Shape (n,).
    slices : ndarray of int64
        Begin and end of each source's pairs, shape (num_pre, 2).

    Examples
    --------
    >>> pre, post, slices = pre_slice_syn([1, 0, 1], [0, 1, 2])
    >>> pre, post, slices.tolist()
    (array([0, 1, 1]), array([1, 0, 2]), [[0, 1], [1, 3]])
    """
    sources, targets = _pairs(i, j)
    synapses = pre2syn(sources, num_pre)
    slices = np.stack([synapses.begin[:-1], synapses.begin[1:]], axis=-1)
    return sources[synapses.entries], targets[synapses.entries], slices


def post_slice_syn(i: Any, j: Any, num_post: int | None = None) -> tuple[Whole, Whole, Whole]:
    """Return pairs sorted by target, and where those of each target are.

    Parameters
    ----------
    i, j : array_like of int
        The source and the target of each synapse, shape (n,).
    num_post : int, optional
        How many elements there are on that side; by default up to the largest number.

    Returns
    -------
    pre, post : ndarray of int64
        Shape (n,).
    slices : ndarray of int64
        Begin and end of each target's pairs, shape (num_post, 2).

    Examples
    --------
    >>> pre, post, slices = post_slice_syn([1, 0, 1], [1, 0, 1])
    >>> pre, post, slices.tolist()
    (array([0, 1, 1]), array([0, 1, 1]), [[0, 1], [1, 3]])
    """
    post, pre, slices = pre_slice_syn(j, i, num_post)
    return pre, post, slices


def _pairs(i: Any, j: Any) -> tuple[Whole, Whole]:
    sources, targets = (arguments.array(given, "indices", "whole numbers") for given in (i, j))
    for numbers in (sources, targets):
        if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
            raise ModelError(
                "indices are whole numbers in a list\n"
                f"  these have the shape {numbers.shape} and the type {numbers.dtype}"
            )
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < arguments.MOST:
            wrong = numbers.min() if numbers.min() < 0 else numbers.max()
            raise ModelError(f"{wrong} is no index\n  indices count from 0, up to 2**31 - 2")
    if len(sources) != len(targets):
        raise ModelError(
            f"there are {len(sources)} sources and {len(targets)} targets\n"
            "  each pair has one of both"
        )
    return sources.astype(np.int64), targets.astype(np.int64)


def _size(numbers: Whole, given: int | None, name: str) -> int:
    needed = int(numbers.max()) + 1 if len(numbers) else 0
    if given is None:
        return needed
    arguments.whole(given, name)
    if given < needed:
        raise ModelError(
            f"{name} = {given} is too small: there is an index {needed - 1}\n"
            f"  expected: at least {needed}"
        )
    return int(given)
