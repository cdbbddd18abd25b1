"""What is measured on a device: networks, sizes, modes; the small first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from microcircuit import WHOLE, sizes_of

from eqsim.targets.cuda.target import MODES


@dataclass(frozen=True)
class Case:
    """One measurement.

    Parameters
    ----------
    network : str
        Of ``network_models.py``.
    neurons : int
        How many it has, inputs that spike included.
    mode, sums : str
        Options of the target.
    instances : int
        How many run at once.
    steps : int
        Of each round.
    """

    network: str
    neurons: int
    mode: str = "auto"
    sums: str = "fixed"
    instances: int = 1
    steps: int = 2000

    @property
    def work(self) -> float:
        """About how long making and running it takes, in an arbitrary unit."""
        return SYNAPSES[self.network](self.neurons) + 100 * self.neurons * self.instances

    @property
    def least_bytes(self) -> float:
        """How many bytes the targets of its synapses take, without anything else."""
        return SYNAPSES[self.network](self.neurons) * (2 if self.looked_at < 2**16 else 4)

    @property
    def looked_at(self) -> int:
        """How many neurons have spikes that are looked at."""
        return LOOKED_AT.get(self.network, int)(self.neurons)


SYNAPSES: dict[str, Callable[[float], float]] = {
    "cuba": lambda n: 80 * n,
    "coba": lambda n: 80 * n,
    "cobahh": lambda n: 80 * n,
    "uncoupled": lambda n: 0,
    "brunel": lambda n: 0.1 * n * n,
    "song_abbott": lambda n: n,
    "stdp": lambda n: 1e6 + 0.0032 * n * n,
    "microcircuit": lambda n: 3e8 * (n / WHOLE) ** 2,
    "vogels_abbott": lambda n: 0.02 * n * n,
    "brunel_poisson": lambda n: 0.05 * n * n,
}
"""About how many synapses a network has."""
LOOKED_AT: dict[str, Callable[[int], int]] = {
    "song_abbott": lambda n: 1,
    "brunel_poisson": lambda n: n // 2,
    "microcircuit": lambda n: int(sizes_of(n / WHOLE).sum()),
}
"""How many neurons have spikes that are looked at, where some are inputs or sizes are rounded."""
SMALLEST = {"stdp": 1300}
"""Neurons of networks that are only compiled, or only tried; of others 128."""
HUGE = (2.5e8, 1e9, 3e9)
"""Synapses of the largest networks."""
BOTH = ("fixed", "fast")

PIECES = {
    "small": [
        Case(network, neurons, mode)
        for neurons in (1000, 4000)
        for network in ("cuba", "coba", "cobahh")
        for mode in MODES[1:]
    ],
    "large": [
        Case(network, neurons, "graph", sums, steps=500)
        for neurons in (40_000, 400_000, 4_000_000)
        for network in ("cuba", "coba", "cobahh")
        for sums in BOTH
        if neurons < 4_000_000 or network != "cobahh"
    ]
    + [Case("uncoupled", 1_000_000, "graph", steps=500)],
    "delays": [
        Case("brunel", neurons, "graph", sums, steps=500)
        for neurons in (12_500, 100_000)
        for sums in BOTH
    ],
    "plastic": [
        Case(network, neurons, "graph", sums)
        for network, neurons in (("song_abbott", 1000), ("stdp", 10_000))
        for sums in BOTH
    ],
    "microcircuit": [
        Case("microcircuit", neurons, mode, sums, steps=1000)
        for neurons in (7_717, 38_584, WHOLE)
        for mode in ("launches", "graph")
        for sums in BOTH
        if mode == "graph" or neurons == WHOLE
    ],
    "sweep": [
        Case("cuba", neurons, mode, instances=instances, steps=500)
        for instances in (1, 4, 16, 64, 132, 512, 1024, 4096)
        for neurons in (1000, 4000)
        for mode in ("graph", "persistent")
    ],
}
"""What is measured, by the name of the piece."""


def huge(synapses: Sequence[float]) -> list[Case]:
    """Return the networks of Spice's benchmarks with about so many synapses.

    Raises
    ------
    ValueError
        If a number of synapses is not positive.
    """
    if any(not each > 0 for each in synapses):
        raise ValueError(f"numbers of synapses are positive, not {min(synapses):g}")
    sizes = {"vogels_abbott": 0.02, "brunel_poisson": 0.05}
    return [
        Case(network, round(sqrt(each / share)), "graph", sums, steps=500)
        for each in sorted(synapses)
        for network, share in sizes.items()
        for sums in BOTH
    ]


def tiny(case: Case) -> Case:
    """Return what an emulated device does in seconds."""
    return replace(
        case, neurons=SMALLEST.get(case.network, 128), instances=min(case.instances, 2), steps=4
    )
