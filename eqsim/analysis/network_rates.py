"""A network of rates as the function that gives the rate of change of any state."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.declarations import VariableKind
from eqsim.errors import ModelError
from eqsim.network.clocks import Clock
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.monitors.events import EventMonitor
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.objects import NetworkObject
from eqsim.network.preferences import choose_target
from eqsim.network.running.network import Network
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.dtypes import DType
from eqsim.runtime.drive import Interruption
from eqsim.targets.base import Target
from eqsim.units.dimensions import SECOND, Dimension
from eqsim.units.quantity import Quantity, with_dimension

Floats = NDArray[np.float64]

_PART_OF_STEP = 1e-3
"""Rates are taken over so small a part of the step that the method counts little."""
_BYTES_AT_ONCE = 2**27
"""How much memory the states of instances take that are evaluated together."""
_WATCHING = (StateMonitor, EventMonitor, PopulationRateMonitor)


@dataclass(frozen=True)
class Moving:
    """A variable with a differential equation.

    Parameters
    ----------
    array : str
        The program's array that holds it.
    size : int
        How many neurons have it.
    dimension : Dimension
        Its dimension.
    """

    array: str
    size: int
    dimension: Dimension


class NetworkRates:
    """The rates of change of a network's variables, as a function of its state.

    Parameters
    ----------
    network : Network
        Groups without thresholds, and synapses that sum; it stays as it is.
    around : mapping of str to object
        Constants of the equations.
    target : str or Target, optional
        Where it is evaluated.

    Raises
    ------
    ModelError
        If something else than equations changes variables, or they are of type float32.
    """

    def __init__(
        self, network: Network, around: Mapping[str, Any], target: str | Target | None
    ) -> None:
        memo: dict[int, Any] = {}
        own = copy.deepcopy(network, memo)
        names = {
            name: memo.get(id(value), value) if isinstance(value, NetworkObject) else value
            for name, value in around.items()
        }
        own.remove(*(each for each in own.objects if isinstance(each, _WATCHING)))
        for each in own.all_objects:
            _check_object(each)
        self._target = choose_target(target if target is not None else network.target)
        self._step = _one_step(own)
        self._instances = own.instances(Quantity(self._step, SECOND), names)
        lowered = self._instances.lowered
        if lowered.program.streams:
            raise ModelError(
                f"the equations of {network.name!r} draw random numbers\n"
                "  slow points are those of networks without noise: leave it out"
            )
        labels = {id(named): label for label, named in lowered.labels.items()}
        self.variables = {
            f"{group.name}.{declared.name}": Moving(
                f"{labels[id(group)]}.{declared.name}", group.N, declared.dimension
            )
            for group in own.objects
            if isinstance(group, NeuronGroup)
            for declared in group.equations.block.of_kind(VariableKind.DIFFERENTIAL)
        }

    def __call__(self, states: Floats) -> Floats:
        """Return the rates of change of states, in SI units.

        Parameters
        ----------
        states : ndarray
            Shape (m, n): for each the values of all variables, one after the other.
        """
        at_once = max(1, _BYTES_AT_ONCE // max(1, self._instances.bytes_of_state))
        parts = [
            self._evaluated(states[first : first + at_once])
            for first in range(0, len(states), at_once)
        ]
        return np.concatenate(parts)

    def _evaluated(self, states: Floats) -> Floats:
        memory = self._instances.memory([0] * len(states))
        place = 0
        for variable in self.variables.values():
            part = states[:, place : place + variable.size]
            memory.arrays[variable.array].reshape(len(states), -1)[...] = part
            place += variable.size
        self._instances.run(memory, self._target, Interruption())
        after = [
            memory.arrays[variable.array].reshape(len(states), -1)
            for variable in self.variables.values()
        ]
        return (np.concatenate(after, axis=1) - states) / self._step

    def by_variable(self, state: Floats) -> dict[str, Any]:
        """Return the values of each variable of a state, with units."""
        found, place = {}, 0
        for name, variable in self.variables.items():
            part = state[place : place + variable.size]
            found[name] = with_dimension(part.copy(), variable.dimension)
            place += variable.size
        return found


def _check_object(each: NetworkObject) -> None:
    """Refuse what changes variables otherwise than by equations, or too coarsely."""
    if isinstance(each, NeuronGroup | Synapses):
        coarse = [name for name, own in each.variables.items() if own.dtype is DType.FLOAT32]
        if coarse:
            raise ModelError(
                f"{each.name!r} has variables of type float32, {', '.join(map(repr, coarse))}:"
                " their rates of change are not exact enough to find where they are zero\n"
                "  make the network with dtype=float64"
            )
    if isinstance(each, NeuronGroup):
        if each.events:
            raise ModelError(
                f"{each.name!r} has events, {', '.join(map(repr, each.events))}, between which"
                " variables move and at which they jump\n"
                "  slow points are those of networks of rates: leave out the threshold"
            )
        return
    if isinstance(each, Synapses):
        moving = each.equations.block.of_kind(VariableKind.DIFFERENTIAL)
        if moving or each.pathways:
            what = "equations of their own" if moving else "code for events"
            raise ModelError(
                f"{each.name!r} have {what}\n"
                "  slow points are those of networks whose synapses only sum"
            )
        return
    raise ModelError(
        f"{each!r} changes variables otherwise than by their equations\n"
        "  slow points are those of groups of neurons, and of synapses that sum"
    )


def _one_step(network: Network) -> float:
    """Give all clocks of a network one small step; return it, in seconds."""
    clocks = {each.clock for each in network.all_objects if isinstance(each.clock, Clock)}
    step = _PART_OF_STEP * min(clock.dt_ for clock in clocks)
    for clock in clocks:
        clock.dt = Quantity(step, SECOND)
    return step
