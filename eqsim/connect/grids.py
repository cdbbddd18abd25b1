"""Neighbours on grids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsim.connect.arguments import flag, whole
from eqsim.connect.chance import portion
from eqsim.connect.lattices import Lattice
from eqsim.errors import ModelError
from eqsim.network.synapses.connectors import Connections, Connector, Sides
from eqsim.network.synapses.random_pairs import All


class _Grid(Connector):
    """Neighbours at most so many places away along each axis."""

    _n = 1

    def __init__(self, include_self: bool = False, periodic_boundary: bool = False) -> None:
        super().__init__()
        name = type(self).__name__
        self.include_self = flag(include_self, "include_self", name)
        self.periodic_boundary = flag(periodic_boundary, "periodic_boundary", name)

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections of neighbours, in each direction."""
        del key
        name = type(self).__name__
        if sides.pre_shape != sides.post_shape:
            raise ModelError(
                f"{name} needs two sides of one shape, not {sides.pre_shape} and"
                f" {sides.post_shape}\n  give both groups the shape of the grid:"
                " NeuronGroup((10, 10), ...)"
            )
        lattice = Lattice.of(
            sides, name, normalize=False, is_periodic=self.periodic_boundary, reach=self._n
        )
        lattice = lattice.kept(self._are_neighbours(lattice.apart))
        every = np.ones(len(lattice.sizes))
        return lattice.connections(All(portion), every, include_self=self.include_self)

    def _are_neighbours(self, apart: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return whether places so far apart along the axes are neighbours."""
        return np.ones(len(apart), dtype=bool)


class GridFour(_Grid):
    """Connect each place of a grid with its four nearest neighbours.

    On a grid of other than two axes: with both neighbours along each axis.

    Parameters
    ----------
    include_self : bool
        Whether each place connects with itself too.
    periodic_boundary : bool
        Whether places at an edge are neighbours of those at the opposite edge.

    Examples
    --------
    >>> made = GridFour()((3, 3))
    >>> made.post[made.pre == 4]
    array([1, 3, 5, 7], dtype=int32)
    """

    def _are_neighbours(self, apart: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(apart.sum(axis=1) <= 1)


class GridEight(_Grid):
    """Connect each place of a grid with its eight nearest neighbours.

    On a grid of other than two axes: with all places that differ by at most one along each axis.

    Parameters
    ----------
    include_self : bool
        Whether each place connects with itself too.
    periodic_boundary : bool
        Whether places at an edge are neighbours of those at the opposite edge.

    Examples
    --------
    >>> made = GridEight()((3, 3))
    >>> made.post[made.pre == 4]
    array([0, 1, 2, 3, 5, 6, 7, 8], dtype=int32)
    """


class GridN(_Grid):
    """Connect each place of a grid with those at most ``n`` places away along each axis.

    Parameters
    ----------
    n : int
        How far neighbours are: on a grid of two axes there are ``(2n + 1)**2``, itself counted.
    include_self : bool
        Whether each place connects with itself too.
    periodic_boundary : bool
        Whether places at an edge are neighbours of those at the opposite edge.

    Examples
    --------
    >>> GridN(2, include_self=True)((9, 9)).n_outgoing.max()
    np.int64(25)
    """

    def __init__(
        self, n: int = 1, include_self: bool = False, periodic_boundary: bool = False
    ) -> None:
        super().__init__(include_self, periodic_boundary)
        self._n = whole(n, "n", "GridN", 0)

    @property
    def n(self) -> int:
        """How far neighbours are."""
        return self._n
