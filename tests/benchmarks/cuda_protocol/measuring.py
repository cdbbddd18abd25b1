"""One case on a device: construction, compilation, steps, memory, and what the network did."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np
from cuda_protocol.activity import expected, isi_cv, wrong_rates
from cuda_protocol.cases import Case, tiny
from cuda_protocol.devices import Device
from cuda_protocol.networks import Made, Spikes, bytes_per_event, made_of, memory_of
from cuda_protocol.report import Deadline, Report
from measure import tell
from numpy.typing import NDArray

import eqsim
from eqsim.build.sources import Sources
from eqsim.network.kernels.builder import Lowered
from eqsim.runtime.engine import Library
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import Simulation
from eqsim.sweeps.executors import processors
from eqsim.targets.cuda.memory import memory_on_device
from eqsim.targets.cuda.target import MODES, opened, render_cuda

ROUNDS = 3
CHECKED = 500
"""Steps at most that the processor does too."""
SMALL = 1e8
"""Work of networks up to which all are kept that were made."""
NEARLY = {"coba": 0.3, "cobahh": 0.3}
"""By how much numbers of spikes may differ where sums have any order: these have bursts that soon
are others. Of other networks a twentieth."""
ENOUGH = 0.3
"""Seconds that are needed for a rate."""
SEEN = {"microcircuit": (0.5, 10.0), "uncoupled": (0.2, 0.5), "song_abbott": (0.5, 5.0)}
"""Seconds before activity is looked at, and for how long then; of others 0.2 and 1."""


class Bench:
    """What measures cases, one after the other; a network is made once for all of them.

    Parameters
    ----------
    device : Device
        On what.
    report : Report
        Where the rows go.
    deadline : Deadline
        When all has to be done.
    is_try : bool
        Whether networks are too small for steps to be counted in seconds. Then the interpreter
        tells which spikes are right, else the target ``cpp``.
    """

    def __init__(
        self, device: Device, report: Report, deadline: Deadline, is_try: bool = False
    ) -> None:
        self.report = report
        self._device = device
        self._deadline = deadline
        self._is_try = is_try
        self._reference = eqsim.Numpy() if is_try else eqsim.Cpp(threads=processors())
        self._made: dict[tuple[str, int], Made] = {}
        self._copy: float | None = None
        self._seconds: dict[str, float] = {}

    def run(self, cases: Sequence[Case]) -> None:
        """Measure what has room and time."""
        left = [case for case in cases if not self.report.has(**asdict(case))]
        self._compile(left)
        for case in left:
            if not self._deadline.fits(case.work):
                self.report.leave_out(case, "for lack of time")
                continue
            began = time.perf_counter()
            row = self.row(case)
            self._deadline.took(case.work, time.perf_counter() - began)
            if row is not None:
                self.report.add({**asdict(case), **row})
                tell(f"{case.network} {case.neurons} {case.mode}: {row['us per step']:.2f} us")

    def row(self, case: Case) -> dict[str, Any] | None:
        """Return the figures of one case, or say why there are none."""
        if not self._fits(case, case.least_bytes):
            return None
        made = self._network(case)
        needed = memory_on_device(made.counted.program, made.counted.memory)
        planned = needed.common + case.instances * needed.each
        if not self._fits(case, planned):
            return None
        self._device.clocks()
        seconds, counts, times = self._timed(case, made)
        clocks = self._device.clocks()
        did = self._did(case, made, median(seconds) / case.steps)
        per_step = median(seconds) / case.steps
        first = self._first(case)
        return {
            "synapses": made.synapses,
            "construction s": made.seconds,
            **times,
            "us per step": per_step * 1e6,
            "lowest": min(seconds) / case.steps * 1e6,
            "highest": max(seconds) / case.steps * 1e6,
            "us per instance": per_step / case.instances * 1e6,
            "x": 1.0 if first is None else first / per_step / 1e6,
            "us recording": did.per_step * 1e6,
            **self._activity(case, made, counts["spikes"], did),
            **self._moved(case, made, counts, per_step),
            "device MB": planned / 1e6,
            "SM MHz": clocks,
        }

    # ------------------------------------------------------------------------------------ parts

    def _fits(self, case: Case, needed: float) -> bool:
        """Whether the device has room for so many bytes; if not, that is said."""
        free = self._device.free_memory()
        if free is None or needed <= free:
            return True
        self.report.leave_out(
            case, f"as it needs {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free"
        )
        return False

    def _network(self, case: Case) -> Made:
        key = (case.network, case.neurons)
        if key not in self._made:
            if case.work > SMALL:
                self._made.clear()  # their memory goes before that of the next is taken
            self._made[key] = made_of(*key)
        return self._made[key]

    def _compile(self, cases: Sequence[Case]) -> None:
        """Compile side by side: the programs are the same for almost all sizes."""
        sources = []
        for network in dict.fromkeys(case.network for case in cases):
            made = made_of(network, tiny(Case(network, 0)).neurons)
            for sums in dict.fromkeys(case.sums for case in cases if case.network == network):
                for lowered in (made.counted, made.recorded):
                    sources.append(render_cuda(lowered.program, _sums(sums)))
        with ThreadPoolExecutor(processors()) as pool:
            list(pool.map(self._library, sources))

    def _library(self, sources: Sources) -> Library:
        """Return compiled sources, and note how long the first time took."""
        began = time.perf_counter()
        library = self._device.library(sources)
        self._seconds.setdefault(sources.text(sources.main), time.perf_counter() - began)
        return library

    def _open(self, lowered: Lowered, case: Case, memory: Memory) -> Simulation:
        library = self._library(render_cuda(lowered.program, _sums(case.sums)))
        return opened(library, lowered.program, memory, MODES.index(case.mode))

    def _timed(
        self, case: Case, made: Made
    ) -> tuple[list[float], dict[str, NDArray[np.int64]], dict[str, float]]:
        """Return seconds of rounds, numbers of spikes per instance, and what came before."""
        lowered = made.counted
        sources = render_cuda(lowered.program, _sums(case.sums))
        self._library(sources)
        memory = memory_of(lowered, case.instances, case.steps * (ROUNDS + 1))
        began = time.perf_counter()
        simulation = self._open(lowered, case, memory)
        opening = time.perf_counter() - began
        seconds = []
        for _ in range(ROUNDS + 1):  # the first warms up
            began = time.perf_counter()
            simulation.advance(case.steps)
            seconds.append(time.perf_counter() - began)
        simulation.close()
        counts = {
            name: np.array(memory.arrays[f"{name}.counts"]).reshape(case.instances, -1)
            for name in made.fans
        }
        return (
            seconds[1:],
            counts,
            {
                "compile s": self._seconds[sources.text(sources.main)],
                "opening s": opening,
            },
        )

    def _recorded(self, simulation: Simulation, made: Made, steps: int) -> Spikes:
        """Return what a simulation of the recording network does in so many steps."""
        began = time.perf_counter()
        done = 0
        while done < steps:
            done += simulation.advance(min(2000, steps - done))
            for record, sink in made.recorded.sinks.items():
                sink(simulation.take(record)[0])
        per_step = (time.perf_counter() - began) / steps
        simulation.close()
        i = np.array(made.recorder.i)
        at = np.round(np.array(made.recorder.t_) / made.dt).astype(np.int64)
        made.recorder.forget()
        return Spikes(i, at, steps, per_step)

    def _did(self, case: Case, made: Made, per_step: float) -> Spikes:
        """Return what the network does with these sums; found out once."""
        timed = case.steps * (ROUNDS + 1)
        if case.sums not in made.spikes:
            before, seen = SEEN.get(case.network, (0.2, 1.0))
            wanted = timed if self._is_try else round((before + seen) / made.dt)
            possible = int(0.5 * self._deadline.left() / max(2 * per_step, 1e-9))
            steps = max(min(wanted, possible), min(timed, CHECKED))
            memory = memory_of(made.recorded, 1, steps)
            simulation = self._open(made.recorded, case, memory)
            made.spikes[case.sums] = self._recorded(simulation, made, steps)
        if self._reference.name not in made.spikes:
            steps = min(CHECKED, made.spikes[case.sums].simulated)
            memory = memory_of(made.recorded, 1, steps)
            simulation = self._reference.open(made.recorded.program, memory)
            made.spikes[self._reference.name] = self._recorded(simulation, made, steps)
        return made.spikes[case.sums]

    def _activity(
        self, case: Case, made: Made, counts: NDArray[np.int64], did: Spikes
    ) -> dict[str, Any]:
        """Return rate, irregularity, and whether they are right."""
        before = 0 if self._is_try else round(SEEN.get(case.network, (0.2, 1.0))[0] / made.dt)
        later = did.after(min(before, did.simulated // 2))
        seconds = later.simulated * made.dt
        spikes = np.bincount(later.i, minlength=case.looked_at)
        ranges = expected(case.network, case.neurons)
        if seconds < ENOUGH and not self._is_try:
            ranges = ()
        wrong = wrong_rates(ranges, spikes, seconds)
        wrong += self._other_spikes(case, made, counts, did)
        fine = f"ok: {'rate as known, ' if ranges else ''}spikes of {self._reference.name}"
        return {
            "rate Hz": float(spikes.mean()) / seconds,
            "ISI CV": isi_cv(later.i, later.steps),
            "of s": seconds,
            "activity": "WRONG: " + "; ".join(wrong) if wrong else fine,
        }

    def _other_spikes(
        self, case: Case, made: Made, counts: NDArray[np.int64], did: Spikes
    ) -> list[str]:
        """Return how spikes differ from those of the processor, and from those recorded."""
        wrong = []
        reference = made.spikes[self._reference.name]
        first = did.until(reference.simulated)
        exact = case.sums == "fixed"
        if not (
            first.same(reference) if exact else _near(case.network, len(first.i), len(reference.i))
        ):
            wrong.append(
                f"{len(first.i)} spikes in {first.simulated} steps, on {self._reference.name} "
                f"{len(reference.i)}{' or others' if exact else ''}"
            )
        timed = case.steps * (ROUNDS + 1)
        if did.simulated < timed:
            return wrong
        recorded = np.bincount(did.until(timed).i, minlength=case.looked_at)
        other = (
            instance
            for instance, own in enumerate(counts)
            if not (
                np.array_equal(own, recorded)
                if exact
                else _near(case.network, own.sum(), recorded.sum())
            )
        )
        instance = next(other, None)
        if instance is not None:
            wrong.append(f"other spikes in instance {instance} than recorded")
        return wrong

    def _moved(
        self, case: Case, made: Made, counts: dict[str, NDArray[np.int64]], per_step: float
    ) -> dict[str, float]:
        """Return what is moved in memory, beside what a copy moves."""
        program, memory = made.counted.program, made.counted.memory
        of_synapses = {table.synapses for table in program.tables}
        state = sum(
            memory.arrays[array.name].nbytes
            for array in program.arrays
            if array.per_instance and array.extent not in of_synapses
        )
        delivered = sum(float((counts[name] * fan).sum()) for name, fan in made.fans.items())
        events = delivered / (case.steps * (ROUNDS + 1)) / per_step
        size = bytes_per_event(program, memory)
        states = 2.0 * state * case.instances / per_step
        return {
            "events per s": events,
            "bytes per event": size,
            "events GB/s": events * size / 1e9,
            "state GB/s": states / 1e9,
            "of copy": (events * size + states) / 1e9 / self.copy(),
        }

    def rate(self, case: Case, steps: int) -> float:
        """Return the rate in hertz in the first steps of the network that was measured last."""
        made = self._network(case)
        did = made.spikes[case.sums]
        first = did.until(min(steps, did.simulated))
        return len(first.i) / case.looked_at / (first.simulated * made.dt)

    def copy(self) -> float:
        """Return how many gigabytes per second a copy moves, measured once."""
        if self._copy is None:
            self._copy = float(str(self._device.parts("copy")[0]["value"]))
        return self._copy

    def _first(self, case: Case) -> float | None:
        """Return the time of the first row of the same network and size, in microseconds."""
        same = (
            row["us per step"]
            for row in self.report.rows
            if (row["network"], row["neurons"], row["instances"])
            == (case.network, case.neurons, case.instances)
        )
        found: Iterator[float] = iter(same)
        return next(found, None)


def _sums(name: str) -> Any:
    return "fast" if name == "fast" else "fixed"


def _near(network: str, a: float, b: float) -> bool:
    return abs(a - b) <= NEARLY.get(network, 0.05) * max(a, b) + 3
