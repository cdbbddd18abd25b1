"""A connector between parts of two grids."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.synapses.connectors import Connections, Connector, Sides

Numbers = NDArray[np.int64]


class BetweenParts(Connector):
    """Connect parts of grids, such as one corner with another, by another connector.

    Parameters
    ----------
    connector : Connector
        Says who is connected within the parts, which have places and shapes of their own.
    pre, post : index, optional
        Which places of the grid each part has, as NumPy takes it: ``np.s_[:5, :5]``; by default
        all. Parts of grids are grids where slices choose them.

    Raises
    ------
    ModelError
        If the first argument is no connector.

    Examples
    --------
    >>> from eqsim.connect import GridFour
    >>> corner = BetweenParts(GridFour(), pre=np.s_[:2, :2], post=np.s_[:2, :2])
    >>> made = corner((10, 10))
    >>> list(zip(made.pre.tolist(), made.post.tolist()))[:4]
    [(0, 1), (0, 10), (1, 0), (1, 11)]
    """

    def __init__(self, connector: Connector, pre: Any = ..., post: Any = ...) -> None:
        super().__init__()
        if not isinstance(connector, Connector):
            raise ModelError(
                f"BetweenParts needs a connector, not {connector!r}\n"
                "  for example BetweenParts(All2All(), pre=np.s_[:5, :5])"
            )
        self.connector, self.pre, self.post = connector, pre, post

    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections, numbered as in the whole grids."""
        pre = _chosen(self.pre, sides.pre_shape, "pre")
        post = _chosen(self.post, sides.post_shape, "post")
        is_one_part = sides.shift == 0 and np.array_equal(pre, post)
        between = Sides(pre.shape, post.shape, 0 if is_one_part else None)
        made = self.connector.made(between, key)
        sources, targets = pre.ravel()[made.pre], post.ravel()[made.post]
        return Connections.of_pairs(sides, sources, targets, made.weights)


def _chosen(index: Any, shape: tuple[int, ...], what: str) -> Numbers:
    """Return the numbers of the places that an index chooses, in the shape of the part."""
    numbers = np.arange(math.prod(shape)).reshape(shape)
    try:
        chosen = np.atleast_1d(numbers[index])
    except (IndexError, OverflowError, TypeError, ValueError):  # what NumPy says of an index
        chosen = numbers[:0]
    if chosen.size == 0:
        raise ModelError(
            f"{what} = {index!r} chooses no places of a grid of the shape {shape}\n"
            "  expected: slices or numbers, such as np.s_[:5, :5]"
        )
    return chosen
