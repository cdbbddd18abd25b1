"""How long it takes to make synapses, by the way in which they are chosen.

Run ``python tests/benchmarks/connecting.py``; ``--synapses`` sets about how many are made each
time, ``--rounds`` how often. With ``--other PYTHON``, an interpreter that has another version of
eqsim, the two take turns, and ratios are printed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from eqsim import NeuronGroup, Synapses, seed, start_scope
from eqsim.connect import ScaleFree


def _square(n: int, **arguments: Any) -> Callable[[], float]:
    def make() -> float:
        start_scope()
        seed(1)
        cells = NeuronGroup(n, "v : 1", threshold="v > 1", reset="v = 0")
        synapses = Synapses(cells, cells, on_pre="v_post += 0.1")
        began = time.perf_counter()
        synapses.connect(**arguments)
        return time.perf_counter() - began

    return make


def cases(n_synapses: int) -> Mapping[str, Callable[[], float]]:
    """Return what is measured, by name: each makes about so many synapses, and tells how long."""
    sparse, all_pairs = int((n_synapses / 0.02) ** 0.5), int(n_synapses**0.5)
    sources = max(n_synapses // 1000, 1)
    return {
        "p=0.02": _square(sparse, p=0.02),
        "'i != j', p=0.02": _square(sparse, condition="i != j", p=0.02),
        "all pairs": _square(all_pairs),
        "'i != j'": _square(all_pairs, condition="i != j"),
        "samples of 1000": _square(
            sources, j=f"k for k in sample(N_post, size={min(1000, sources)})"
        ),
        "j='i'": _square(n_synapses // 2, j="i"),
        "ScaleFree(10)": _square(n_synapses // 20, condition=ScaleFree(10)),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synapses", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--other", help="an interpreter with another version of eqsim")
    parser.add_argument("--case", help="measure this once and print the seconds")
    chosen = parser.parse_args()
    made = cases(chosen.synapses)
    if chosen.case is not None:
        sys.stdout.write(json.dumps(made[chosen.case]()) + "\n")
        return
    pythons = [sys.executable, *([chosen.other] if chosen.other else [])]
    for name in made:
        seconds: dict[str, list[float]] = {python: [] for python in pythons}
        for number in range(chosen.rounds):
            for python in pythons[:: -1 if number % 2 else 1]:
                command = [python, __file__, "--case", name, "--synapses", str(chosen.synapses)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                seconds[python].append(float(done.stdout))
        shown = " ".join(f"{statistics.median(each):9.3f} s" for each in seconds.values())
        if len(pythons) > 1:
            own, other = seconds.values()
            ratios = [b / a for a, b in zip(own, other, strict=True)]
            shown += f" {statistics.median(ratios):7.1f} x"
        sys.stdout.write(f"{name:20} {shown}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
