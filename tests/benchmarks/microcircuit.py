"""The cortical microcircuit of Potjans and Diesmann (2014), of any size, with one pathway.

Source: Potjans, T. C. and Diesmann, M. (2014). The cell-type specific cortical microcircuit.
Cereb. Cortex 24:785, doi:10.1093/cercor/bhs358. In smaller ones neurons have as many synapses as
their share, which are stronger by the root of it, so that the input varies as much; what is
missing of its mean comes as a constant current: van Albada, S. J. et al. (2015). Scalability of
asynchronous networks is limited by one-to-one mapping between effective connectivity and
correlations. PLoS Comput. Biol. 11:e1004490, doi:10.1371/journal.pcbi.1004490.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WHOLE = 77_169
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
"""Layers 2/3, 4, 5 and 6, of each the excitatory neurons first."""
PROBABILITIES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
"""From the population of the column to that of the row."""
INPUTS = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
RATES = np.array([0.86, 2.8, 4.45, 5.93, 7.59, 8.63, 1.09, 7.88])
"""Hertz, of the whole circuit: what is missing in smaller ones had them."""
WEIGHT, INHIBITION, BACKGROUND = 87.8e-12, -4.0, 8.0
TAU = 0.5e-3
EQUATIONS = """
dv/dt = (E - v)/(10*ms) + (synaptic + missing)/(250*pF) : volt (unless refractory)
dsynaptic/dt = -synaptic/(0.5*ms) : amp
missing : amp (constant)
inputs : 1 (constant)
"""

Numbers = NDArray[np.int64]


def in_degrees() -> NDArray[np.float64]:
    """Return how many synapses a neuron of each population has from each other one."""
    pairs = SIZES[:, None] * SIZES[None, :]
    return np.log1p(-PROBABILITIES) / np.log1p(-1.0 / pairs) / SIZES[:, None]


def sizes_of(share: float) -> Numbers:
    """Return how many neurons the populations of a part of the circuit have."""
    return np.maximum(np.round(SIZES * share), 1).astype(np.int64)


def mean_weights() -> NDArray[np.float64]:
    """Return the mean weights in amperes, from the population of the column to that of the row."""
    weights = WEIGHT * np.where(np.arange(8) % 2 == 0, 1.0, INHIBITION)[None, :] * np.ones((8, 1))
    weights[0, 2] *= 2
    return weights


def missing_currents(share: float) -> NDArray[np.float64]:
    """Return what a part of the circuit lacks of the mean input of the whole, in amperes."""
    inputs = in_degrees() * mean_weights() * RATES[None, :]
    missing: NDArray[np.float64] = inputs.sum(axis=1) * TAU * (1 - np.sqrt(share))
    return missing


def microcircuit(simulator: Any, neurons: int) -> list[Any]:
    """Return a microcircuit of about so many neurons: the group, its synapses, its input."""
    share = neurons / WHOLE
    sizes = sizes_of(share)
    borders = np.concatenate([[0], np.cumsum(sizes)])
    generator = np.random.default_rng(1)
    group = _group(simulator, sizes, share)
    source, target, column = _pairs(sizes, borders, share, generator)
    synapses = simulator.Synapses(group, group, "w : amp", on_pre="synaptic += w")
    synapses.connect(i=source, j=target)
    is_excitatory = column % 2 == 0
    weights = WEIGHT / np.sqrt(share) * generator.normal(1.0, 0.1, len(source))
    doubled = (column == 2) & (target < borders[1])
    weights = np.where(is_excitatory, np.maximum(weights, 0), INHIBITION * np.maximum(weights, 0))
    synapses.w = np.where(doubled, 2 * weights, weights) * simulator.amp
    mean = np.where(is_excitatory, 1.5e-3, 0.75e-3)
    delays = np.maximum(generator.normal(mean, mean / 2), 1e-4)
    synapses.delay = np.round(delays / 1e-4) * 1e-4 * simulator.second
    group.run_regularly("synaptic += 87.8*pA*poisson(inputs*8*Hz*dt)", when="synapses")
    return [group, synapses]


def _group(simulator: Any, sizes: Numbers, share: float) -> Any:
    group = simulator.NeuronGroup(
        int(sizes.sum()),
        EQUATIONS,
        threshold="v > -50*mV",
        reset="v = E",
        refractory=2 * simulator.ms,
        method="exact",
        namespace={"E": -65 * simulator.mV},
    )
    of = np.repeat(np.arange(8), sizes)
    group.missing = missing_currents(share)[of] * simulator.amp
    group.inputs = INPUTS[of].astype(float)
    group.v = "-58*mV + 5*mV*randn()"
    return group


def _pairs(
    sizes: Numbers, borders: Numbers, share: float, generator: np.random.Generator
) -> tuple[Numbers, Numbers, Numbers]:
    """Return sources and targets of synapses, and the populations from which they come."""
    degrees = in_degrees() * share
    parts = []
    for row, column in np.argwhere(degrees > 0):
        count = round(degrees[row, column] * sizes[row])
        source = generator.integers(borders[column], borders[column + 1], count)
        target = generator.integers(borders[row], borders[row + 1], count)
        parts.append((source, target, np.full(count, column)))
    source, target, column = (np.concatenate(part) for part in zip(*parts, strict=True))
    return source, target, column
