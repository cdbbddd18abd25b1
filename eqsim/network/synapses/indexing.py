"""Which synapses an index chooses: ``S.w[3]``, ``S.w[i, j]``, ``S.w[i, :, k]``, a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.sides import Side
from eqsim.network.variables.variables import VariableView
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.quantity import dimension_of

if TYPE_CHECKING:
    from eqsim.network.synapses.connected import ConnectedSynapses

_ALL = slice(None)


class SynapticSelection:
    """Some synapses, chosen by ``S[...]``: to record from, or as an index.

    Examples
    --------
    >>> from eqsim import NeuronGroup, Synapses
    >>> G = NeuronGroup(3, 'v : 1')
    >>> S = Synapses(G, G, 'w : 1')
    >>> S.connect(i=[0, 0, 1], j=[1, 2, 2])
    >>> S[0, :].indices
    array([0, 1])
    """

    def __init__(self, synapses: ConnectedSynapses, indices: NDArray[np.int64]) -> None:
        self.synapses = synapses
        self.indices = indices

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.indices, dtype=dtype) if copy else np.asarray(self.indices, dtype)

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Any:
        return iter(self.indices)

    def __repr__(self) -> str:
        return f"<{len(self)} of the synapses of {self.synapses.name!r}>"


def chosen_by_pairs(synapses: ConnectedSynapses, item: tuple[Any, ...]) -> NDArray[np.int64]:
    """Return the numbers, in the order of creation, of synapses between chosen elements.

    Parameters
    ----------
    synapses : ConnectedSynapses
        The synapses.
    item : tuple
        Which sources, which targets, and which synapses of a pair.

    Raises
    ------
    IndexError
        If there are more or fewer parts, or an element does not exist.
    """
    if len(item) not in (2, 3):
        raise IndexError(
            f"{len(item)} indices choose no synapses of {synapses.name!r}\n"
            "  write S.w[synapse], S.w[source, target], or S.w[source, target, number in the pair]"
        )
    connectivity = synapses.connectivity
    if len(item) == 3 and synapses.multisynaptic_index is None:
        raise IndexError(
            f"{synapses.name!r} does not number the synapses of a pair\n"
            "  give it a name for the number: Synapses(..., multisynaptic_index='k')"
        )
    wanted = np.ones(len(connectivity), dtype=bool)
    for part, side in zip(item, Side, strict=False):
        if not (isinstance(part, slice) and part == _ALL):
            wanted &= _elements(part, synapses.side(side))[synapses.user_sides(side)]
    if len(item) == 3:
        within = connectivity.in_order(connectivity.number_in_pair())
        wanted &= _mask(item[2], int(within.max(initial=0)) + 1, "the synapses of a pair")[within]
    return np.flatnonzero(wanted)


def _elements(part: Any, side: StateOwner) -> NDArray[np.bool_]:
    """Return for each element of a side whether a part of an index chooses it."""
    if isinstance(part, str):
        return side.evaluate_condition(part)
    if isinstance(part, StateOwner):
        return _of_group(part, side)
    if isinstance(part, VariableView):
        part = part.get()
    return _mask(part, side.N, f"the elements of {side.name!r}")


def _of_group(part: StateOwner, side: StateOwner) -> NDArray[np.bool_]:
    if part.storage is not side.storage:
        raise IndexError(f"{part.name!r} is no part of {side.name!r}")
    chosen = np.zeros(side.stored_size, dtype=bool)
    chosen[part.stored_numbers(np.arange(part.N))] = True
    return side.chosen(chosen)


def _mask(part: Any, size: int, what: str) -> NDArray[np.bool_]:
    refusal = IndexError(f"{part!r} is no index for {what}, 0 to {size - 1}")
    chosen = np.zeros(size, dtype=bool)
    if part is None or isinstance(part, bool | np.bool_):
        raise refusal
    if not isinstance(part, slice) and dimension_of(part) is not DIMENSIONLESS:
        raise refusal
    try:
        chosen[part] = True
    except (IndexError, OverflowError, TypeError, ValueError):
        raise refusal from None
    return chosen
