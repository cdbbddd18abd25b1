"""Bytes per synapse while a network runs, and what making synapses takes.

Run ``python tests/benchmarks/synapse_memory.py``; ``--synapses`` sets how many are made.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eqsim import Network, NeuronGroup, Synapses, ms, seed, start_scope

PAIR_RULE = """w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(20*ms) : 1 (event-driven)"""


@dataclass(frozen=True)
class Case:
    """A kind of synapse.

    Parameters
    ----------
    name : str
        What it is.
    limit : float
        Bytes per synapse that it may need.
    make : callable
        Makes the synapses between two groups.
    n_targets : int
        How many neurons the target has.
    """

    name: str
    limit: float
    make: Callable[[NeuronGroup, NeuronGroup], Synapses]
    n_targets: int = 10_000


def _static(model: str = "", **values: str) -> Callable[[NeuronGroup, NeuronGroup], Synapses]:
    def make(source: NeuronGroup, target: NeuronGroup) -> Synapses:
        code = "v_post += w" if model else "v_post += 0.1"
        return _connected(Synapses(source, target, model, on_pre=code), target, values)

    return make


def _plastic(source: NeuronGroup, target: NeuronGroup) -> Synapses:
    synapses = Synapses(
        source,
        target,
        PAIR_RULE,
        on_pre="v_post += w; apre += 0.01; w = clip(w + apost, 0, 1)",
        on_post="apost -= 0.01; w = clip(w + apre, 0, 1)",
    )
    return _connected(synapses, target, {"w": "rand()"})


def _connected(synapses: Synapses, target: NeuronGroup, values: dict[str, str]) -> Synapses:
    synapses.connect(p=min(1.0, 1000 / target.N))
    for name, value in values.items():
        setattr(synapses, name, value)
    return synapses


CASES = (
    Case("static, one weight for all", 2.1, _static()),
    Case("static, one weight for all, 100,000 targets", 4.1, _static(), 100_000),
    Case("static, weight as a parameter with one value", 2.1, _static("w : 1", w="0.1 + 0*i")),
    Case("static, float64 weights", 10.1, _static("w : 1", w="rand()")),
    Case(
        "static, float64 weights, a delay each",
        24.1,
        _static("w : 1", w="rand()", delay="rand()*5*ms"),
    ),
    Case("plastic pair rule", 24.1, _plastic),
)


def bytes_per_synapse(case: Case, n_synapses: int) -> float:
    """Return how many bytes a synapse needs while a network with it runs.

    Everything counts that a run works on or that is kept for the user between runs.
    """
    start_scope()
    source = NeuronGroup(max(1, n_synapses // 1000), "v : 1", threshold="v > 1", reset="v = 0")
    target = NeuronGroup(case.n_targets, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = case.make(source, target)
    network = Network(source, target, synapses)
    lowered = network.lower({"ms": ms})
    groups = {id(v.values) for g in (source, target) for v in g.variables.values()}
    held = [a for a in lowered.memory.arrays.values() if id(a) not in groups]
    held += [v.values for v in synapses.variables.values()]
    held += [synapses.connectivity.targets, synapses.connectivity.begin]
    if synapses.connectivity.order is not None:
        held.append(synapses.connectivity.order)
    if "incoming" in synapses.connectivity.__dict__:
        held += synapses.connectivity.incoming
    distinct = {array.__array_interface__["data"][0]: array.nbytes for array in held}
    return sum(distinct.values()) / len(synapses)


def creation(n_synapses: int) -> tuple[int, float, float]:
    """Return how many synapses were made at probability 0.1, in how many seconds, and how the
    largest memory while they were made compares with what they occupy afterwards."""
    start_scope()
    seed(1)
    n = int((n_synapses / 0.1) ** 0.5)
    group = NeuronGroup(n, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = Synapses(group, group, on_pre="v_post += 0.1")
    began = time.perf_counter()
    synapses.connect(p=0.1)
    seconds = time.perf_counter() - began
    again = Synapses(group, group, on_pre="v_post += 0.1")
    tracemalloc.start()
    again.connect(p=0.1)
    occupied, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return len(synapses), seconds, peak / occupied


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synapses", type=int, default=1_000_000)
    chosen = parser.parse_args()
    lines = [f"{'synapses':52} {'bytes each':>10} {'limit':>6}"]
    for case in CASES:
        needed = bytes_per_synapse(case, chosen.synapses)
        lines.append(f"{case.name:52} {needed:10.2f} {case.limit:6.1f}")
    made, seconds, ratio = creation(10 * chosen.synapses)
    lines.append(
        f"{made:,} synapses at p = 0.1 in {seconds:.2f} s;"
        f" largest memory {ratio:.2f} times what they occupy"
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
