"""Measure the CUDA target on a device, in pieces that each end within eight minutes.

Usage: python tests/benchmarks/cuda.py PIECE [--architecture sm_90] [--json FILE]

Prints one table per piece: compilation, construction, time per step, rates, synaptic events per
second, memory of the arrays, and the bytes of state that a step has to move, beside the copy
bandwidth that was measured on the same device.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import network_models
import numpy as np
from measure import machine, table, tell, write

import eqsim
from eqsim.build.library import build_library
from eqsim.build.nvcc import find_nvcc
from eqsim.network.lowering.builder import Lowered
from eqsim.runtime.engine import Library
from eqsim.runtime.memory import replicate
from eqsim.targets.cuda.target import MODES, opened, render_cuda

DEADLINE = 450.0
"""Seconds after which a piece begins nothing new: the whole ends within eight minutes."""
ROUNDS = 3
BANDWIDTH = """
#include <cstdio>
__global__ void copy(const double* from, double* to, long n) {
    const long threads = (long)gridDim.x * blockDim.x, own = blockIdx.x * (long)blockDim.x;
    for (long i = own + threadIdx.x; i < n; i += threads) to[i] = from[i];
}
__global__ void nothing() {}
template <class Call> float timed(int times, Call call) {
    cudaEvent_t begin, end;
    cudaEventCreate(&begin), cudaEventCreate(&end);
    call();
    cudaEventRecord(begin);
    for (int each = 0; each < times; ++each) call();
    cudaEventRecord(end);
    cudaEventSynchronize(end);
    float milliseconds = 0;
    cudaEventElapsedTime(&milliseconds, begin, end);
    return milliseconds / times;
}
int main() {
    const long n = 1L << 27;
    double *from, *to;
    if (cudaMalloc(&from, n * 8) != cudaSuccess || cudaMalloc(&to, n * 8) != cudaSuccess) return 1;
    const float copied = timed(20, [&] { copy<<<4096, 256>>>(from, to, n); });
    const float launched = timed(2000, [&] { nothing<<<1, 32>>>(); });
    const double rate = 2.0 * n * 8 / copied / 1e6;
    std::printf("{\\"copy GB/s\\": %.1f, \\"launch us\\": %.2f}\\n", rate, launched * 1e3);
}
"""


@dataclass(frozen=True)
class Case:
    """One measurement."""

    network: str
    neurons: int
    mode: str = "auto"
    sums: str = "fixed"
    instances: int = 1
    steps: int = 2000


PIECES = {
    "small": [Case(n, 4000, mode) for n in ("cuba", "coba", "cobahh") for mode in MODES[1:]],
    "large": [
        Case(network, neurons, "graph", sums, steps=500)
        for network in ("cuba", "cobahh", "brunel")
        for neurons in (40_000, 400_000)
        for sums in ("fixed", "fast")
    ]
    + [Case("uncoupled", 1_000_000, "graph", steps=500)],
    "plastic": [
        Case(network, neurons, "graph", sums)
        for network, neurons in (("stdp", 4000), ("song_abbott", 1000))
        for sums in ("fixed", "fast")
    ],
    "sweep": [
        Case("cuba", 4000, mode, instances=b, steps=500)
        for b in (1, 16, 132, 512)
        for mode in ("graph", "persistent")
    ],
}


def bandwidth(architecture: str) -> dict[str, float]:
    """Return the copy bandwidth and the time of a launch on the first device."""
    toolchain = find_nvcc(architecture)
    assert toolchain is not None
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "copy.cu", Path(folder) / "copy"
        source.write_text(BANDWIDTH)
        command = [*toolchain.command, f"-arch={architecture}", "-O3", str(source)]
        subprocess.run([*command, "-o", str(program)], check=True)
        said = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(said)
    return found


def lowered_of(case: Case) -> tuple[Lowered, float]:
    """Return a network with a monitor of its spikes, lowered, and the seconds that it took."""
    eqsim.start_scope()
    eqsim.seed(1)
    began = time.perf_counter()
    objects = getattr(network_models, case.network)(eqsim, case.neurons)
    monitor = eqsim.SpikeMonitor(objects[0], record=False, name="spikes")
    lowered = eqsim.Network(*objects, monitor).lower({})
    return lowered, time.perf_counter() - began


def measured(case: Case, architecture: str) -> dict[str, float]:
    """Return the figures of one case: medians over rounds on warm devices."""
    lowered, constructed = lowered_of(case)
    toolchain = find_nvcc(architecture)
    assert toolchain is not None
    began = time.perf_counter()
    sources = render_cuda(lowered.program, "fast" if case.sums == "fast" else "fixed")
    library = Library(str(build_library(sources, toolchain)))
    compiled = time.perf_counter() - began
    memory = replicate(lowered.program, lowered.memory, case.instances)
    for name, clock in lowered.clocks.items():
        memory.arrays[f"{name}.dt"][...] = clock.dt_
        memory.arrays[f"{name}.end"][...] = case.steps * (ROUNDS + 1)
    simulation = opened(library, lowered.program, memory, MODES.index(case.mode))
    seconds = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        simulation.advance(case.steps)
        seconds.append(time.perf_counter() - began)
    simulation.close()
    spikes = float(np.sum(memory.arrays["spikes.counts"]))
    dt = next(iter(lowered.clocks.values())).dt_
    simulated = dt * case.steps * (ROUNDS + 1)
    synapses = sum(memory.extents[table.synapses] for table in lowered.program.tables)
    per_step = median(seconds[1:]) / case.steps
    state = sum(
        a.nbytes for n, a in memory.arrays.items() if lowered.program.array(n).per_instance
    )
    return {
        "compile s": compiled,
        "construct s": constructed,
        "us per step": per_step * 1e6,
        "spread us": (max(seconds[1:]) - min(seconds[1:])) / case.steps * 1e6,
        "rate Hz": spikes / simulated / case.neurons / case.instances,
        "events/s": spikes / (simulated / dt) / per_step * synapses / case.neurons,
        "arrays MB": sum(array.nbytes for array in memory.arrays.values()) / 1e6,
        "state GB/s": 2 * state / per_step / 1e9,
    }


def figures(cases: list[Case], architecture: str) -> Iterator[tuple[Case, dict[str, float]]]:
    """Yield what each case gave, until the deadline."""
    began = time.perf_counter()
    for case in cases:
        if time.perf_counter() - began > DEADLINE:
            tell(f"left out after {DEADLINE:g} s: {case}")
            continue
        yield case, measured(case, architecture)


def device() -> dict[str, str]:
    """Return what nvidia-smi says of the first device."""
    asked = "name,driver_version,clocks.sm,clocks.mem"
    command = ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return dict(zip(asked.split(","), (x.strip() for x in said.split(",")), strict=False))


def main() -> None:
    """Measure one piece and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("piece", choices=PIECES)
    parser.add_argument("--architecture", default="sm_90")
    parser.add_argument("--json", type=Path, help="append every figure to this file")
    given = parser.parse_args()
    missing = eqsim.Cuda(given.architecture).unavailable()
    if missing is not None:
        sys.exit(f"cannot measure: {missing}")
    about: dict[str, Any] = {**machine(), **device(), **bandwidth(given.architecture)}
    write(json.dumps(about))
    rows = []
    for case, found in figures(PIECES[given.piece], given.architecture):
        rows.append([*map(str, asdict(case).values()), *(f"{x:.4g}" for x in found.values())])
        if given.json is not None:
            with given.json.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**about, **asdict(case), **found}) + "\n")
        head = [*asdict(case), *found]
        tell(f"{case.network} {case.neurons} {case.mode}: {found['us per step']:.2f} us")
    if rows:
        write(table(head, rows))


if __name__ == "__main__":
    main()
