"""The numbers of a group's elements as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner


class ElementIndices:
    """The numbers of a group's elements, chosen by index or condition.

    Examples
    --------
    >>> from eqsim import NeuronGroup
    >>> G = NeuronGroup(4, 'x : 1')
    >>> G.x = [3, 1, 4, 1]
    >>> G.indices['x > 2']
    array([0, 2])
    """

    def __init__(self, owner: StateOwner) -> None:
        self._owner = owner

    def __getitem__(self, item: Any) -> NDArray[np.int64]:
        numbers: NDArray[np.int64] = np.arange(self._owner.N)
        return np.asarray(numbers[self._owner.resolve_index(item, "i")])
