"""Measure the CUDA target on a device, in pieces that each end within eight minutes.

Usage: python tests/benchmarks/cuda.py PIECE [--architecture sm_90] [--json FILE]
       python tests/benchmarks/cuda.py peers [--brian PYTHON] [--brian2cuda PYTHON] [--threads T]
       python tests/benchmarks/cuda.py PIECE --emulated

Prints one table per piece, small cases first: compilation, construction, time per step, rates,
synaptic events per second, the memory that is planned, and what steps and events have to move,
beside the copy bandwidth that was measured on the same device. Every figure is written to the file
as soon as it is there. With --emulated networks are tiny and the figures mean nothing: it shows
that the script works where there is no device.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import network_models
import numpy as np
from cuda_devices import HERE, Device, Emulated
from measure import MeasurementError, figures_of, machine, table, tell, write
from microcircuit import microcircuit

import eqsim
from eqsim.network.kernels.builder import Lowered
from eqsim.program.nodes import Arrivals, Program
from eqsim.program.traverse import used, written
from eqsim.runtime.memory import Memory, replicate
from eqsim.targets.cuda.memory import memory_on_device
from eqsim.targets.cuda.target import MODES, opened, render_cuda

DEADLINE = 420.0
"""Seconds after which a piece begins nothing new: the whole ends within eight minutes."""
ROUNDS = 3
SMALLEST = {"stdp": 1300}
"""Neurons of networks that are only compiled, or only tried; of others 128."""


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
        for sums in ("fixed", "fast")
        if neurons < 4_000_000 or network != "cobahh"
    ]
    + [Case("uncoupled", 1_000_000, "graph", steps=500)],
    "delays": [
        Case("brunel", neurons, "graph", sums, steps=500)
        for neurons in (12_500, 100_000, 400_000)
        for sums in ("fixed", "fast")
    ],
    "plastic": [
        Case(network, neurons, "graph", sums)
        for network, neurons in (("song_abbott", 1000), ("stdp", 4000), ("stdp", 10_000))
        for sums in ("fixed", "fast")
    ],
    "microcircuit": [
        Case("microcircuit", neurons, "graph", sums, steps=1000)
        for neurons in (7_717, 38_584, 77_169)
        for sums in ("fixed", "fast")
    ],
    "sweep": [
        Case("cuba", neurons, mode, instances=instances, steps=500)
        for neurons in (1000, 4000)
        for instances in (1, 16, 132, 512, 4096)
        for mode in ("graph", "persistent")
    ],
}
"""What is measured, the small first."""
COMPARED = [
    Case("cuba", 4000),
    Case("cobahh", 4000),
    Case("cuba", 40_000),
    Case("cobahh", 40_000),
    Case("stdp", 4000),
    Case("brunel", 12_500),
]
"""What other simulators run too."""
SECONDS = 1.0
"""Of model time, in which other simulators are measured."""


def tiny(case: Case) -> Case:
    """Return what an emulated device does in seconds."""
    return replace(
        case, neurons=SMALLEST.get(case.network, 128), instances=min(case.instances, 2), steps=4
    )


def lowered_of(case: Case) -> tuple[Lowered, float]:
    """Return a network with a monitor of its spikes, lowered, and the seconds that it took."""
    eqsim.start_scope()
    eqsim.seed(1)
    began = time.perf_counter()
    made = (
        microcircuit if case.network == "microcircuit" else getattr(network_models, case.network)
    )
    objects = made(eqsim, case.neurons)
    monitor = eqsim.SpikeMonitor(objects[0], record=False, name="spikes")
    lowered = eqsim.Network(*objects, monitor).lower({})
    return lowered, time.perf_counter() - began


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


def measured(case: Case, device: Device | Emulated, copy: float) -> dict[str, float]:
    """Return the figures of one case: medians over rounds on warm devices."""
    lowered, constructed = lowered_of(case)
    program = lowered.program
    began = time.perf_counter()
    library = device.library(render_cuda(program, "fast" if case.sums == "fast" else "fixed"))
    compiled = time.perf_counter() - began
    memory = replicate(program, lowered.memory, case.instances)
    for name, clock in lowered.clocks.items():
        memory.arrays[f"{name}.dt"][...] = clock.dt_
        memory.arrays[f"{name}.end"][...] = case.steps * (ROUNDS + 1)
    simulation = opened(library, program, memory, MODES.index(case.mode))
    seconds = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        simulation.advance(case.steps)
        seconds.append(time.perf_counter() - began)
    simulation.close()
    spikes = float(np.sum(memory.arrays["spikes.counts"]))
    dt = next(iter(lowered.clocks.values())).dt_
    simulated = dt * case.steps * (ROUNDS + 1)
    synapses = sum(memory.extents[table.synapses] for table in program.tables)
    per_step = median(seconds[1:]) / case.steps
    state = sum(a.nbytes for n, a in memory.arrays.items() if program.array(n).per_instance)
    events = spikes / (simulated / dt) / per_step * synapses / case.neurons
    size = bytes_per_event(program, memory)
    needed = memory_on_device(program, memory)
    return {
        "compile s": compiled,
        "construct s": constructed,
        "first s": seconds[0],
        "us per step": per_step * 1e6,
        "spread us": (max(seconds[1:]) - min(seconds[1:])) / case.steps * 1e6,
        "real time factor": per_step / dt,
        "rate Hz": spikes / simulated / case.neurons / case.instances,
        "synapses": float(synapses),
        "events/s": events,
        "bytes per event": size,
        "events GB/s": events * size / 1e9,
        "state GB/s": 2 * state / per_step / 1e9,
        "of copy": (events * size + 2 * state / per_step) / 1e9 / copy,
        "device MB": (needed.common + case.instances * needed.each) / 1e6,
    }


def compile_before(cases: list[Case], device: Device | Emulated) -> None:
    """Compile the programs of networks side by side: they are the same for almost all sizes."""
    sums = dict.fromkeys((case.network, case.sums) for case in cases)
    smallest = [tiny(Case(network, 0, sums=s)) for network, s in sums]
    sources = [
        render_cuda(lowered_of(case)[0].program, "fast" if case.sums == "fast" else "fixed")
        for case in smallest
    ]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(device.library, sources))


def figures(
    cases: list[Case], device: Device | Emulated, copy: float
) -> Iterator[tuple[Case, dict[str, float]]]:
    """Yield what each case gave, until the deadline: a case takes no less than those before it."""
    began = time.perf_counter()
    compile_before(cases, device)
    longest = 0.0
    for case in cases:
        now = time.perf_counter()
        if now - began + longest > DEADLINE:
            tell(f"left out for lack of time: {case}")
            continue
        yield case, measured(case, device, copy)
        longest = max(longest, time.perf_counter() - now)


def commit() -> str:
    """Return which version of the sources is measured."""
    command = ["git", "-C", str(HERE), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


class Report:
    """The rows of a table, each also written to a file as soon as it is there."""

    def __init__(self, about: dict[str, Any], path: Path | None) -> None:
        self._about = about
        self._path = path
        self._rows: list[list[str]] = []
        self._head: list[str] = []

    def add(self, row: dict[str, Any]) -> None:
        """Add a row."""
        self._head = list(row)
        self._rows.append([f"{x:.4g}" if isinstance(x, float) else str(x) for x in row.values()])
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**self._about, **row}) + "\n")

    def show(self) -> None:
        """Print the table."""
        if self._rows:
            write(table(self._head, self._rows))


def compare(given: argparse.Namespace, device: Device | Emulated, report: Report) -> None:
    """Measure networks on the device and with the simulators whose Python is given."""
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    began = time.perf_counter()
    for case in COMPARED[:2] if given.emulated else COMPARED:
        if time.perf_counter() - began > DEADLINE:
            tell(f"left out for lack of time: {case}")
            continue
        seconds = 0.001 if given.emulated else SECONDS
        wanted = replace(tiny(case) if given.emulated else case, steps=max(4, int(seconds * 1e4)))
        found = measured(replace(wanted, steps=max(1, wanted.steps // (ROUNDS + 1))), device, 1.0)
        row = {"network": case.network, "neurons": wanted.neurons}
        ours = {"us per step": found["us per step"], "rate Hz": found["rate Hz"]}
        report.add({**row, "program": "eqsim, CUDA", **ours, "build s": found["compile s"]})
        for name, python, mode in (
            ("Brian 2, C++", given.brian, "standalone"),
            ("brian2cuda", given.brian2cuda, "cuda"),
        ):
            if python is not None:
                report.add(
                    {
                        **row,
                        "program": name,
                        **_peer(python, mode, wanted, seconds, given, environment),
                    }
                )


def _peer(
    python: str, mode: str, case: Case, seconds: float, given: argparse.Namespace,
    environment: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    """Return the figures of another simulator; what fails is told and left empty."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, HERE / "brian2_models.py", case.network, case.neurons, seconds]
        command += ["--mode", mode, "--directory", folder, "--threads", given.threads]
        try:
            found = figures_of(command, environment)
        except (MeasurementError, subprocess.TimeoutExpired) as error:
            tell(str(error))
            return {"us per step": "failed", "rate Hz": "", "build s": ""}
    steps = seconds / 1e-4
    return {
        "us per step": found["simulation"] / steps * 1e6,
        "rate Hz": found["spikes"] / seconds / case.neurons,
        "build s": found["total"] - found["simulation"],
    }


def main() -> None:
    """Measure one piece and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("piece", choices=["device", *PIECES, "peers"])
    parser.add_argument("--architecture", default="sm_90")
    parser.add_argument("--json", type=Path, help="append every figure to this file")
    parser.add_argument("--emulated", action="store_true", help="try the script without a device")
    parser.add_argument("--brian", help="a Python with Brian 2, for peers")
    parser.add_argument("--brian2cuda", help="a Python with brian2cuda, for peers")
    parser.add_argument("--threads", type=int, default=0, help="of OpenMP, for Brian 2")
    given = parser.parse_args()
    device = Emulated() if given.emulated else Device(given.architecture)
    about: dict[str, Any] = {"commit": commit(), **machine(), **device.facts()}
    write(json.dumps(about))
    parts = device.parts()
    report = Report({**about, "piece": given.piece}, given.json)
    copy = next(float(str(part["value"])) for part in parts if part["part"] == "copy")
    if given.piece == "device":
        for part in parts:
            report.add(part)
    elif given.piece == "peers":
        compare(given, device, report)
    else:
        cases = PIECES[given.piece]
        tried = list(dict.fromkeys(map(tiny, cases))) if given.emulated else cases
        for case, found in figures(tried, device, copy):
            report.add({**asdict(case), **found})
            tell(f"{case.network} {case.neurons} {case.mode}: {found['us per step']:.2f} us")
    report.show()


if __name__ == "__main__":
    main()
