"""The networks that are measured, lowered, with what counts and records their spikes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import network_models
import numpy as np
from numpy.typing import NDArray

import eqsim
from eqsim.network.kernels.builder import Lowered
from eqsim.program.nodes import Arrivals, Program
from eqsim.program.traverse import used, written
from eqsim.runtime.memory import Memory

LARGE = 2**20
"""Values from which on an array of all instances is not copied: it holds synapses."""


@dataclass(frozen=True)
class Spikes:
    """What a network did: who spiked, when, and how long a step took that records it.

    Parameters
    ----------
    i : ndarray of int
        Who, shape (spikes,).
    steps : ndarray of int
        In which step, shape (spikes,).
    simulated : int
        How many steps there were.
    per_step : float
        Seconds.
    """

    i: NDArray[np.int32]
    steps: NDArray[np.int64]
    simulated: int
    per_step: float

    def until(self, step: int) -> Spikes:
        """Return what was there before a step."""
        before = self.steps < step
        return Spikes(self.i[before], self.steps[before], step, self.per_step)

    def after(self, step: int) -> Spikes:
        """Return what was there from a step on."""
        later = self.steps >= step
        return Spikes(self.i[later], self.steps[later], self.simulated - step, self.per_step)

    def same(self, other: Spikes) -> bool:
        """Whether they are the very same."""
        return np.array_equal(self.i, other.i) and np.array_equal(self.steps, other.steps)


@dataclass
class Made:
    """A network, lowered with a counter of its spikes and with a recorder of them.

    Parameters
    ----------
    counted, recorded : Lowered
        The two.
    recorder : SpikeMonitor
        What the rows of ``recorded`` go to.
    fans : dict of str to ndarray
        How many synapses each neuron has to others, by the name of its counter.
    synapses : int
        How many there are.
    seconds : float
        How long making it took.
    """

    counted: Lowered
    recorded: Lowered
    recorder: Any
    fans: dict[str, NDArray[np.int64]]
    synapses: int
    seconds: float
    spikes: dict[str, Spikes] = field(default_factory=dict)
    """What it did, by the order of sums; and by the name of the target that is the reference."""

    @property
    def dt(self) -> float:
        """The step in seconds."""
        return float(next(iter(self.counted.clocks.values())).dt_)


def made_of(network: str, neurons: int) -> Made:
    """Make a network, with the seed 1."""
    eqsim.start_scope()
    eqsim.seed(1)
    began = time.perf_counter()
    objects = network_models.NETWORKS[network](eqsim, neurons)
    spiking = [objects[0], *(each for each in objects if isinstance(each, eqsim.PoissonGroup))]
    counters = {
        name: eqsim.SpikeMonitor(group, record=False, name=name)
        for name, group in zip(("spikes", "inputs"), spiking, strict=False)
    }
    counted = eqsim.Network(*objects, *counters.values()).lower({})
    seconds = time.perf_counter() - began
    recorder = eqsim.SpikeMonitor(objects[0], name="spikes")
    recorded = eqsim.Network(*objects, recorder).lower({})
    fans = {name: _fan(counter.source, objects) for name, counter in counters.items()}
    synapses = sum(len(each) for each in objects if isinstance(each, eqsim.Synapses))
    return Made(counted, recorded, recorder, fans, synapses, seconds)


def _fan(group: Any, objects: Sequence[Any]) -> NDArray[np.int64]:
    """Return how many synapses each neuron of a group has to others."""
    fan = np.zeros(len(group), dtype=np.int64)
    for synapses in objects:
        if isinstance(synapses, eqsim.Synapses):
            source = synapses.source
            owner, start = getattr(source, "source", source), getattr(source, "start", 0)
            if owner is group:
                fan[start : start + len(source)] += np.diff(synapses.connectivity.begin)
    return fan


def memory_of(lowered: Lowered, instances: int, steps: int) -> Memory:
    """Return memory for several instances and so many steps; synapses of all are shared."""
    arrays = {}
    for array in lowered.program.arrays:
        values = np.ravel(lowered.memory.arrays[array.name])
        if array.per_instance:
            arrays[array.name] = np.tile(values, (instances, 1))
        else:
            arrays[array.name] = values if values.size >= LARGE else values.copy()
    for name, clock in lowered.clocks.items():
        arrays[f"{name}.dt"][...] = clock.dt_
        arrays[f"{name}.end"][...] = steps
    return Memory(instances, lowered.memory.extents, arrays, lowered.memory.rules)


def bytes_per_event(program: Program, memory: Memory) -> float:
    """Return what a synaptic event has to move between a device and its memory.

    Of each synapse that a spike reaches: its number where that is listed, its target, its own
    values as they are read and written. What is written at targets stays close to the processors.
    The mean over pathways by their numbers of synapses.
    """
    moved, synapses = 0.0, 0
    for kernel in program.kernels:
        if not isinstance(kernel.space, Arrivals):
            continue
        names, changed = used(kernel), written(kernel)
        found = program.table(kernel.space.table)
        size = 0 if found.entries is None else 4
        for binding in kernel.bindings:
            if binding.index is None and binding.name in names:
                array = program.array(binding.array)
                width = 0 if array.extent is None else array.dtype.numpy.itemsize
                size += width * (2 if binding.name in changed else 1)
        moved += size * memory.extents[found.synapses]
        synapses += memory.extents[found.synapses]
    return moved / max(1, synapses)
