"""What a user asks a model of synapses for, and whether the groups have what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsim.equations.declarations import VariableKind
from eqsim.errors import ModelError, did_you_mean, message
from eqsim.models.output import Output
from eqsim.models.plasticity import Plasticity
from eqsim.network.groups.state_owner import StateOwner
from eqsim.units.dimensions import Dimension
from eqsim.units.quantity import si_value

if TYPE_CHECKING:
    from eqsim.models.synapse import SynapseModel

_POTENTIALS = ("V", "v", "theta")


@dataclass(frozen=True)
class Request:
    """What a user asked a model of synapses for; the fields are the arguments of its call.

    Parameters
    ----------
    model : SynapseModel
        The model.
    output, chosen_output : Output or None
        The output in use, and that which was asked for.
    source, target, connector, p, delay, plasticity, potential, into, name, values
        As given.
    """

    model: SynapseModel
    source: StateOwner
    target: StateOwner
    connector: Any
    p: float | str
    delay: Any
    output: Output | None
    plasticity: Plasticity | None
    potential: str | None
    into: str
    name: str | None
    values: Mapping[str, Any]
    chosen_output: Output | None

    @property
    def label(self) -> str:
        """How messages call the synapses."""
        return self.model.name

    @property
    def has_delays(self) -> bool:
        """Whether each synapse has a delay of its own."""
        delay = self.delay
        return isinstance(delay, str) or callable(delay) or np.ndim(si_value(delay)) > 0

    @property
    def one_delay(self) -> Any:
        """The delay of all synapses, if they have one."""
        return None if self.has_delays else self.delay

    def potential_of(self, group: StateOwner) -> str:
        """Return the name of a group's potential.

        Raises
        ------
        ModelError
            If it has none.
        """
        names = _POTENTIALS if self.potential is None else (self.potential,)
        for name in names:
            if group.has_variable(name):
                return name
        raise ModelError(
            f"{self.label}: {group.name!r} has no variable {names[0]!r}, the membrane potential\n"
            "  name it with potential='...'"
        )

    def checked_into(self) -> Dimension:
        """Return the dimension of what the current is added to.

        Raises
        ------
        ModelError
            If the target has nothing of the name, or nothing can be summed into it.
        """
        declared = self.target.declaration(self.into)
        if declared is None:
            known = [d.name for d in self.target.equations.block.of_kind(VariableKind.PARAMETER)]
            raise ModelError(
                message(
                    f"{self.label}: {self.target.name!r} has no variable {self.into!r} that the"
                    " current could be added to",
                    f"declare it there, such as '{self.into} : amp', or name another one with"
                    " into='...'",
                    did_you_mean(self.into, known),
                )
            )
        return declared.dimension
