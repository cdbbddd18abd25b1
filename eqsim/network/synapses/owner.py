"""What lies between two elements: synapses, and pairs of elements that may become synapses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.equations import Equations
from eqsim.network.clocks import Clock
from eqsim.network.groups.regular_operations import OperatedGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.synapse_names import SynapseNames
from eqsim.network.sides import Side
from eqsim.network.synapses.traces import Traces
from eqsim.program.dtypes import DType
from eqsim.runtime.rules import Rule


class SynapticOwner(OperatedGroup):
    """A group whose elements lie between an element of a source and one of a target.

    Parameters
    ----------
    source, target : StateOwner
        The groups on both sides.
    name, order, clock, equations, real
        As for every group.
    """

    _own = OperatedGroup._own | {"source", "target"}  # noqa: SLF001

    def __init__(  # noqa: PLR0913
        self,
        source: StateOwner,
        target: StateOwner,
        name: str,
        order: int,
        clock: Clock,
        equations: Equations,
        real: DType,
    ) -> None:
        super().__init__(name, order, clock, 0, equations, real)
        self.source = source
        self.target = target

    def side(self, side: Side) -> StateOwner:
        """Return the group on one side."""
        return side.of(self.source, self.target)

    def names(self, around: Mapping[str, Any]) -> SynapseNames:
        """Return what names mean where the names around the synapses are these."""
        sides = {side: self.side(side).names(around) for side in Side}
        return SynapseNames(self, around, sides)

    @property
    def traces(self) -> Traces | None:
        """The variables that are stored with the neurons, None if none is."""
        return None

    def side_type(self, side: Side) -> np.dtype[Any]:
        """Return the type of what :meth:`stored_sides` returns."""
        return self.stored_sides(side).dtype

    def rule_of(self, side: Side) -> Rule | None:
        """Return the rule by which the numbers of a side's ends were made, None if by no rule."""
        del side
        return None

    @abstractmethod
    def stored_sides(self, side: Side) -> NDArray[Any]:
        """Return for each element, as stored, its end's number among all that a side stores."""

    @abstractmethod
    def n_synapses(self, side: Side) -> NDArray[np.int32]:
        """Return how many synapses each element has that a side's group stores."""
