"""Connections that are given: as indices, as a matrix, as a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.connect.arguments import unit as checked_unit
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.synapses.connectors import Connections, Connector, Sides
from eqsim.units import arguments
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.quantity import dimension_of, si_value, with_dimension

Numbers = NDArray[np.int64]


class FromIndices(Connector):
    """Connect pairs given one by one.

    Parameters
    ----------
    i, j : array_like of int
        Numbers of sources and targets, shape (n,); a pair may come several times.
    weights : array_like or Quantity, optional
        One for each pair, shape (n,).

    Examples
    --------
    >>> pre, post, weights = FromIndices([1, 0], [2, 1], weights=[0.5, 3.0])(3)
    >>> pre, post, weights
    (array([0, 1], dtype=int32), array([1, 2], dtype=int32), array([3. , 0.5]))
    """

    def __init__(self, i: Any, j: Any, weights: Any = None) -> None:
        super().__init__()
        self.i, self.j = (_indices(given, name) for given, name in ((i, "i"), (j, "j")))
        if len(self.i) != len(self.j):
            raise ModelError(
                f"FromIndices was given {len(self.i)} sources and {len(self.j)} targets\n"
                "  each pair has one of both"
            )
        self.weights = None if weights is None else _numbers(weights, "the weights")
        if weights is not None and np.shape(si_value(self.weights)) != self.i.shape:
            raise ModelError(
                f"FromIndices was given {len(self.i)} pairs and weights of the shape"
                f" {np.shape(si_value(self.weights))}\n  each pair has one"
            )

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections, sorted."""
        del key
        for name, numbers, size in (("i", self.i, sides.n_pre), ("j", self.j, sides.n_post)):
            if len(numbers) and (numbers.min() < 0 or numbers.max() >= size):
                place = int(np.flatnonzero((numbers < 0) | (numbers >= size))[0])
                raise ModelError(
                    f"{name} = {numbers[place]} at position {place} does not exist\n"
                    f"  that side has {size} elements, numbers 0 to {size - 1}"
                )
        return Connections.of_pairs(sides, self.i, self.j, self.weights)


class FromMatrix(Connector):
    """Connect the pairs whose entry in a matrix is not 0.

    Parameters
    ----------
    matrix : array_like or Quantity
        Shape (n_pre, n_post). Numbers are the weights; truth values say who is connected only.

    Examples
    --------
    >>> from eqsim import nS
    >>> pre, post, weights = FromMatrix([[0, 2], [3, 0]]*nS)(2)
    >>> post, weights
    (array([1, 0], dtype=int32), array([2., 3.])*nS)
    """

    def __init__(self, matrix: Any) -> None:
        super().__init__()
        numbers = np.array(si_value(_numbers(matrix, "the matrix")))
        if numbers.ndim != 2:
            raise ModelError(
                f"FromMatrix was given an array of the shape {numbers.shape}\n"
                "  expected: (n_pre, n_post)"
            )
        self.matrix = with_dimension(numbers, dimension_of(matrix))

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections of all entries that are not 0."""
        del key
        matrix = si_value(self.matrix)
        _check_shape(matrix.shape, sides, "FromMatrix", "a matrix")
        pre, post = np.nonzero(matrix)
        made = Connections.in_rows(sides, np.bincount(pre, minlength=sides.n_pre), post)
        if matrix.dtype == bool:
            return made
        weights = with_dimension(matrix[pre, post], dimension_of(self.matrix))
        return Connections(sides, made.post, made.begin, weights)


class FromSparse(Connector):
    """Connect the pairs that a sparse matrix or array of SciPy stores.

    Parameters
    ----------
    matrix : scipy.sparse matrix or array
        Shape (n_pre, n_post), in any format. Stored numbers are the weights, a stored 0 too;
        truth values say who is connected only.
    unit : Quantity, optional
        The unit of the weights, as SciPy's matrices have none.

    Examples
    --------
    >>> from scipy.sparse import coo_array
    >>> stored = coo_array(([2.0, 3.0], ([0, 1], [1, 0])), shape=(2, 2))
    >>> FromSparse(stored)(2).weights
    array([2., 3.])
    """

    def __init__(self, matrix: Any, unit: Any = 1.0) -> None:
        super().__init__()
        if not callable(getattr(matrix, "tocoo", None)):
            raise ModelError(
                f"FromSparse was given {type(matrix).__name__}\n"
                "  expected: a matrix of scipy.sparse; FromMatrix takes an array of NumPy"
            )
        # A copy: summing duplicates changes it in place.
        coordinates = matrix.tocoo(copy=True)
        coordinates.sum_duplicates()
        self.shape: tuple[int, ...] = tuple(map(int, coordinates.shape))
        weights = None
        if coordinates.data.dtype != bool:
            weights = coordinates.data * checked_unit(unit, "FromSparse")
        self._pairs = FromIndices(coordinates.row, coordinates.col, weights)

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections of all stored entries."""
        _check_shape(self.shape, sides, "FromSparse", "a matrix")
        return self._pairs.connections(sides, key)


class FromGraph(Connector):
    """Connect elements along the edges of a graph of NetworkX.

    Element number ``k`` is the graph's node number ``k`` in its own order. Edges without
    direction give two connections, there and back; a loop gives one.

    Parameters
    ----------
    graph : networkx.Graph
        With or without direction, with or without parallel edges.
    weight : str, optional
        The attribute of edges that gives their weights.
    unit : Quantity, optional
        The unit of the weights.

    Examples
    --------
    >>> import networkx
    >>> pre, post = FromGraph(networkx.path_graph(3))(3)
    >>> pre, post
    (array([0, 1, 1, 2], dtype=int32), array([1, 0, 2, 1], dtype=int32))
    """

    def __init__(self, graph: Any, weight: str | None = None, unit: Any = 1.0) -> None:
        super().__init__()
        if not callable(getattr(graph, "is_directed", None)):
            raise ModelError(
                f"FromGraph was given {type(graph).__name__}\n  expected: a graph of NetworkX"
            )
        if weight is not None:
            arguments.text(weight, "weight of FromGraph")
        number = {node: k for k, node in enumerate(graph.nodes)}
        self.n = len(number)
        edges = list(graph.edges(data=True))
        ends = np.array([(number[a], number[b]) for a, b, _ in edges], dtype=np.int64)
        i, j = ends.reshape(-1, 2).T
        weights = None if weight is None else self._weights(edges, weight)
        if not graph.is_directed():
            back = i != j
            i, j = np.concatenate([i, j[back]]), np.concatenate([j, i[back]])
            weights = None if weights is None else np.concatenate([weights, weights[back]])
        if weights is not None:
            weights = weights * checked_unit(unit, "FromGraph")
        self._pairs = FromIndices(i, j, weights)

    @staticmethod
    def _weights(edges: list[tuple[Any, Any, dict[Any, Any]]], weight: str) -> NDArray[Any]:
        without = next(((a, b) for a, b, data in edges if weight not in data), None)
        if without is not None:
            raise ModelError(
                f"the edge from {without[0]!r} to {without[1]!r} has no attribute {weight!r}\n"
                "  give every edge one, or leave out 'weight'"
            )
        given = [data[weight] for _, _, data in edges]
        return arguments.array(given, f"the attributes {weight!r} of edges").astype(np.float64)

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections of all edges."""
        _check_shape((self.n, self.n), sides, "FromGraph", "a graph")
        return self._pairs.connections(sides, key)


def _indices(given: Any, name: str) -> Numbers:
    if dimension_of(given) is not DIMENSIONLESS:
        raise DimensionMismatchError(
            f"{name} of FromIndices has a unit\n  indices are whole numbers"
        )
    numbers = arguments.array(given, f"{name} of FromIndices", "a list of whole numbers")
    if numbers.ndim != 1 or (numbers.dtype.kind not in "iu" and numbers.size):
        raise ModelError(
            f"{name} of FromIndices is no list of whole numbers\n"
            f"  it has the shape {numbers.shape} and the type {numbers.dtype}"
        )
    return numbers.astype(np.int64)


def _numbers(given: Any, what: str) -> Any:
    numbers = arguments.array(given, what, "finite numbers", finite=True)
    return with_dimension(numbers, dimension_of(given))


def _check_shape(shape: tuple[int, ...], sides: Sides, name: str, what: str) -> None:
    if shape != (sides.n_pre, sides.n_post):
        raise ModelError(
            f"{name} has {what} of the shape {shape}, but connects {sides.n_pre} elements with"
            f" {sides.n_post}\n  expected: the shape ({sides.n_pre}, {sides.n_post})"
        )
