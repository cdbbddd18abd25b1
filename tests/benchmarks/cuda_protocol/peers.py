"""Other simulators on the same networks: guests, each where its own environment is given."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

from cuda_protocol.cases import BOTH, Case, tiny
from cuda_protocol.devices import FOLDER, Device
from cuda_protocol.measuring import ROUNDS, Bench
from cuda_protocol.report import Deadline, Report
from measure import HERE, Figures, MeasurementError, figures_of, parsed, tell

from eqsim.build.nvcc import find_nvcc
from eqsim.sweeps.executors import processors

SECONDS = 1.0
"""Of model time, in which networks are measured and looked at."""
NEAR = {"coba": 0.4, "cobahh": 0.3}
"""By how much rates may differ from eqsim's, as connections are drawn anew; of others a tenth."""
SETTINGS = {
    "Brian 2, C++": "double, OpenMP, -O3 -ffast-math (its default)",
    "brian2cuda": "double, its defaults (-use_fast_math, one block per processor)",
    "GeNN": "SPARSE, its defaults; spikes recorded as bits",
    "Spice": "float, --use_fast_math as in its own build",
}
"""What the table says of each program."""

GENN = ("genn float", "genn double")
VOGELS, BRUNEL = "vogels_abbott", "brunel_poisson"


@dataclass(frozen=True)
class Guest:
    """A program that measures a network.

    Parameters
    ----------
    name : str
        What the table calls it.
    measure : callable
        Returns the figures of a case within so many seconds.
    settings : str
        What else decides how long it takes.
    """

    name: str
    measure: Callable[[Case, float], Figures]
    settings: str


COMPARED: list[tuple[Case, tuple[str, ...]]] = [
    *(
        (Case(network, neurons), ("cpu", "brian", "brian2cuda", *also))
        for network, neurons, also in (
            ("cuba", 4000, GENN),
            ("coba", 4000, GENN),
            ("cobahh", 4000, ()),
            ("brunel", 12_500, ()),
            ("stdp", 10_000, ()),
            ("cuba", 40_000, GENN),
            ("cobahh", 40_000, ()),
        )
    ),
    *((Case("cuba", 4000, instances=number), GENN[:1]) for number in (8, 32, 128, 512)),
    *((Case("microcircuit", neurons), GENN) for neurons in (7_717, 77_169)),
    *((Case(VOGELS, neurons), ("spice",)) for neurons in (111_803, 223_607)),
    *((Case(BRUNEL, neurons), ("spice",)) for neurons in (70_711, 141_421)),
]
"""Networks, and who takes part; the small first."""


def compare(given: argparse.Namespace, device: Device, report: Report, deadline: Deadline) -> None:
    """Measure networks on the device and by the guests that are there."""
    bench = Bench(device, report, deadline, is_try=given.emulated)
    with tempfile.TemporaryDirectory() as folder:
        guests = dict(_guests(given, Path(folder)))
        for case, names in COMPARED:
            present = [guests[name] for name in names if name in guests]
            if present:
                _compared(tiny(case) if given.emulated else case, present, bench, deadline)


def _compared(case: Case, guests: Sequence[Guest], bench: Bench, deadline: Deadline) -> None:
    """Add the rows of a network: eqsim's, and those of the guests."""
    report = bench.report
    key = {"network": case.network, "neurons": case.neurons, "instances": case.instances}
    ours = [replace(case, sums=sums) for sums in BOTH]
    for own in ours:
        name = f"eqsim, CUDA, {own.sums}"
        if report.has(**key, program=name):
            continue
        if not deadline.fits(own.work):
            report.leave_out(f"{name}: {own}", "for lack of time")
            continue
        began = time.perf_counter()
        row = bench.row(own)
        deadline.took(own.work, time.perf_counter() - began)
        if row is not None:
            row = {name: row[name] for name in _OURS} | {"rate Hz": bench.rate(own, steps_of(own))}
            settings = f"double, mode {own.mode}, sums {own.sums}"
            report.add({**key, "program": name, **row, "settings": settings})
    rate = _rate_of_ours(report, key)
    for guest in guests:
        if report.has(**key, program=guest.name):
            continue
        if not deadline.fits(case.work, guest.name):
            report.leave_out(f"{guest.name}: {case}", "for lack of time")
            continue
        began = time.perf_counter()
        try:
            row = _row_of(case, guest.measure(case, deadline.left() + 30), rate)
        except (MeasurementError, subprocess.SubprocessError, OSError) as error:
            tell(str(error))
            report.leave_out(f"{guest.name}: {case}", "as it failed")
            continue
        deadline.took(case.work, time.perf_counter() - began, guest.name)
        report.add({**key, "program": guest.name, **row, "settings": guest.settings})


_OURS = (
    "us per step", "lowest", "highest", "rate Hz", "ISI CV", "activity", "compile s",
    "construction s",
)  # fmt: skip


def _rate_of_ours(report: Report, key: dict[str, Any]) -> float | None:
    """Return the rate that eqsim found for a network."""
    found = (
        row["rate Hz"]
        for row in report.rows
        if key.items() <= row.items() and str(row["program"]).startswith("eqsim, CUDA")
    )
    return next(found, None)


def _row_of(case: Case, found: Figures, ours: float | None) -> dict[str, Any]:
    """Return what a table says of the figures of a guest."""
    steps = steps_of(case)
    rate = found["spikes"] / case.looked_at / (steps * 1e-4)
    return {
        "us per step": found["simulation"] / steps * 1e6,
        "lowest": found.get("simulation_low", found["simulation"]) / steps * 1e6,
        "highest": found.get("simulation_high", found["simulation"]) / steps * 1e6,
        "rate Hz": rate,
        "ISI CV": found.get("cv"),
        "activity": _as_ours(case, rate, ours),
        "compile s": found.get("compile"),
        "construction s": found.get("construction", found.get("make")),
    }


def _as_ours(case: Case, rate: float, ours: float | None) -> str:
    """Say whether a rate is that of eqsim, as far as so many spikes tell."""
    if ours is None:
        return "not compared"
    neurons_seconds = case.looked_at * steps_of(case) * 1e-4
    by_chance = 3 * sqrt(ours * neurons_seconds + 1) / neurons_seconds
    if abs(rate - ours) <= NEAR.get(case.network, 0.1) * ours + by_chance:
        return "ok: rate as eqsim"
    return f"WRONG: {rate:.2f} Hz, eqsim {ours:.2f}"


def steps_of(case: Case) -> int:
    """Return how many steps guests do at once; few in a try."""
    return case.steps if case.steps < 100 else round(SECONDS * 1e4)


# ---------------------------------------------------------------------------------------- guests


def _guests(given: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Guest]]:
    """Yield those whose environment is given, by the name of its option."""
    threads = given.threads or processors()
    script = HERE / "eqsim_models.py"
    yield (
        "cpu",
        Guest(
            f"eqsim, C++, {threads} threads",
            _by([sys.executable, script], ["--threads", threads, "--activity"]),
            "double",
        ),
    )
    if given.brian:
        options = ["--mode", "standalone", "--threads", threads, "--rounds", ROUNDS]
        yield "brian", _brian("Brian 2, C++", given.brian, options, folder / "brian")
    if given.brian2cuda:
        options = ["--mode", "cuda", "--architecture", given.architecture, "--rounds", ROUNDS]
        yield "brian2cuda", _brian("brian2cuda", given.brian2cuda, options, folder / "cuda")
    for precision in ("float", "double") if given.genn else ():
        settings = f"{precision}, {SETTINGS['GeNN']}"
        yield f"genn {precision}", Guest(f"GeNN, {precision}", _genn(given, precision), settings)
    if given.spice:
        yield "spice", Guest("Spice", Spice(given.spice, folder, given), SETTINGS["Spice"])


def _by(command: Sequence[object], options: Sequence[object]) -> Callable[[Case, float], Figures]:
    """Return what runs a script that takes a network, neurons, and seconds of model time."""

    def measure(case: Case, seconds: float) -> Figures:
        arguments = [case.network, case.neurons, steps_of(case) * 1e-4]
        environment = {**os.environ, "MPLBACKEND": "Agg"}
        return figures_of([*command, *arguments, *options], environment, seconds)

    return measure


def _brian(name: str, python: str, options: list[object], folder: Path) -> Guest:
    def measure(case: Case, seconds: float) -> Figures:
        project = folder / f"{case.network}-{case.neurons}"
        command = [python, HERE / "brian2_models.py"]
        return _by(command, [*options, "--directory", project])(case, seconds)

    return Guest(name, measure, SETTINGS[name])


def _genn(given: argparse.Namespace, precision: str) -> Callable[[Case, float], Figures]:
    backend = "single_threaded_cpu" if given.emulated else "cuda"
    common = ["--backend", backend, "--precision", precision, "--rounds", ROUNDS]

    def measure(case: Case, seconds: float) -> Figures:
        options = [*common, "--instances", case.instances]
        return _by([given.genn, HERE / "genn_models.py"], options)(case, seconds)

    return measure


class Spice:
    """Spice, compiled from its sources with a program of our own.

    Parameters
    ----------
    sources : Path
        The folder of its checkout.
    folder : Path
        Where it is compiled, the first time that it is measured.
    given : Namespace
        With the architecture.
    """

    def __init__(self, sources: Path, folder: Path, given: argparse.Namespace) -> None:
        self._sources = sources
        self._program = folder / "spice_networks"
        self._command = compiler(given)

    def __call__(self, case: Case, seconds: float) -> Figures:
        """Measure a network."""
        began = time.perf_counter()
        if not self._program.exists():
            self._build()
        built = time.perf_counter() - began
        command = [str(self._program), case.network, str(case.neurons), str(steps_of(case))]
        done = subprocess.run(
            [*command, str(ROUNDS)], capture_output=True, text=True, timeout=seconds, check=False
        )
        if done.returncode != 0:
            raise MeasurementError(f"Spice failed: {done.stderr[-2000:]}")
        return {"compile": built, **parsed(done.stdout)}

    def _build(self) -> None:
        """Compile all sources side by side, for the given architecture, and link them.

        Its own CMakeLists.txt names architectures that today's nvcc does not know any more.

        Raises
        ------
        MeasurementError
            If there are none, or the compiler refuses one.
        """
        found = sorted(
            path for kind in ("*.cpp", "*.cu") for path in (self._sources / "spice").rglob(kind)
        )
        if not found:
            raise MeasurementError(f"no sources of Spice in {str(self._sources / 'spice')!r}")
        objects = self._program.parent / "spice-objects"
        objects.mkdir(exist_ok=True)

        def compiled(numbered: tuple[int, Path]) -> Path:
            number, path = numbered
            made = objects / f"{number}.o"
            self._run(["-c", str(path), "-o", str(made)])
            return made

        with ThreadPoolExecutor(processors()) as pool:
            parts = list(pool.map(compiled, enumerate([FOLDER / "spice_networks.cpp", *found])))
        self._run([*map(str, parts), "-o", str(self._program)])

    def _run(self, arguments: list[str]) -> None:
        command = [*self._command, f"-I{self._sources}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise MeasurementError(f"{' '.join(command)}\n{done.stderr[-2000:]}")


def compiler(given: argparse.Namespace) -> list[str]:
    """Return the command that compiles for a device, or for the processor in a try."""
    if given.emulated:
        return ["g++", "-std=c++17", "-O1"]
    toolchain = find_nvcc(given.architecture)
    assert toolchain is not None
    flags = ["-std=c++17", "-O3", "-DNDEBUG", "--use_fast_math", "--expt-extended-lambda", "-w"]
    return [*toolchain.command, f"-arch={given.architecture}", *flags]
