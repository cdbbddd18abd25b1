"""What other programs say of the kernels: NVIDIA's profiler and checker, and the tests."""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from cuda_protocol.devices import Device
from cuda_protocol.networks import made_of, memory_of
from cuda_protocol.report import Deadline, Report
from measure import HERE, tell

from eqsim.sweeps.executors import processors
from eqsim.targets.cuda.target import MODES, opened, render_cuda

SCRIPT = HERE / "cuda.py"
TESTS = HERE.parent
LAUNCHES, SKIPPED = 30, 60
"""Of a network, which are profiled: after the first steps, and those that make synapses."""
PROFILED = (("cuba", 400_000), ("cobahh", 400_000), ("stdp", 10_000))
CHECKED = (("cuba", 200), ("song_abbott", 200), ("brunel", 200))
TOOLS = ("memcheck", "racecheck", "synccheck", "initcheck")
LATE = -1000
"""Stands for the exit status of what was ended for lack of time."""
BATCH = 150
"""Tests that pytest is started with at once."""

_TIME, _DRAM = "gpu__time_duration.sum", "dram__bytes.sum"
_L2 = "lts__t_sector_hit_rate.pct"
_SUMMARY = re.compile(r"(?:ERROR|RACECHECK) SUMMARY: (\d+) (?:errors?|hazards?)")
_OUTCOME = re.compile(r"(\d+) (passed|failed|skipped|error)")


def take_steps(given: argparse.Namespace, device: Device) -> None:
    """Run a few steps of a network: what a profiler or a checker looks at."""
    made = made_of(given.network, given.neurons).counted
    memory = memory_of(made, 1, given.steps)
    library = device.library(render_cuda(made.program))
    simulation = opened(library, made.program, memory, MODES.index(given.mode))
    simulation.advance(given.steps)
    simulation.close()


def _steps(given: argparse.Namespace, network: str, neurons: int, *more: object) -> list[str]:
    """Return the command that runs a few steps."""
    command = [sys.executable, SCRIPT, "steps", "--network", network, "--neurons", neurons, *more]
    command += ["--architecture", given.architecture]
    return list(map(str, [*command, *(["--emulated"] if given.emulated else [])]))


def _said(command: Sequence[str], seconds: float) -> tuple[int, str]:
    """Return exit status and output of a command; ``LATE`` if it did not end in time."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=max(seconds, 1.0),
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        text = late.stdout or b""
        return LATE, text.decode(errors="replace") if isinstance(text, bytes) else text
    return done.returncode, done.stdout


# ------------------------------------------------------------------------------------- profiling


@dataclass(frozen=True)
class Profile:
    """What a kernel's launches were on average.

    Parameters
    ----------
    kernel : str
        Its name.
    launches : int
        How many there were.
    seconds, dram, l2 : float
        Of each: time, bytes of the device's memory, percentage of hits in the second cache.
    """

    kernel: str
    launches: int
    seconds: float
    dram: float
    l2: float


def profiles(text: str) -> list[Profile]:
    """Return what ncu says in comma-separated values, the kernel that takes most time first.

    Parameters
    ----------
    text : str
        Its output in base units, with whatever it and the program say before.

    Raises
    ------
    ValueError
        If there is no table in it.
    """
    lines = text.splitlines()
    head = next((n for n, line in enumerate(lines) if line.startswith('"ID",')), None)
    if head is None:
        raise ValueError("no table of ncu's")
    found: dict[str, dict[str, list[float]]] = {}
    for row in csv.DictReader(line for line in lines[head:] if line.startswith('"')):
        values = found.setdefault(row["Kernel Name"], {})
        value = float(row["Metric Value"].replace(",", ""))
        values.setdefault(row["Metric Name"], []).append(value)
    made = [
        Profile(
            name.partition("(")[0],
            len(values[_TIME]),
            sum(values[_TIME]) / len(values[_TIME]) * 1e-9,
            sum(values[_DRAM]) / len(values[_DRAM]),
            sum(values[_L2]) / len(values[_L2]),
        )
        for name, values in found.items()
    ]
    return sorted(made, key=lambda each: -each.seconds * each.launches)


def profile(given: argparse.Namespace, device: Device, report: Report, deadline: Deadline) -> None:
    """Measure the two longest kernels of some networks with ncu."""
    ncu = shutil.which("ncu")
    if ncu is None:
        report.leave_out("profiles of kernels", "as there is no ncu on the path")
        return
    copy = float(str(device.parts("copy")[0]["value"]))
    for network, neurons in PROFILED:
        size = min(neurons, 1300) if given.emulated else neurons
        if report.has(network=network, neurons=size):
            continue
        if not deadline.fits(neurons):
            report.leave_out(f"ncu on {network} {size}", "for lack of time")
            continue
        began = time.perf_counter()
        command = [ncu, "--csv", "--print-units", "base", "--target-processes", "all"]
        command += ["--metrics", f"{_TIME},{_DRAM},{_L2}"]
        command += ["--launch-skip", str(SKIPPED), "--launch-count", str(LAUNCHES)]
        status, text = _said(
            [*command, *_steps(given, network, size, "--steps", 100)], deadline.left()
        )
        deadline.took(neurons, time.perf_counter() - began)
        try:
            found = profiles(text)[:2]
        except ValueError:
            tell(text[-2000:])
            report.leave_out(f"ncu on {network} {size}", f"as it failed with status {status}")
            continue
        for each in found:
            report.add(
                {
                    "network": network,
                    "neurons": size,
                    "kernel": each.kernel,
                    "launches": each.launches,
                    "us": each.seconds * 1e6,
                    "DRAM MB": each.dram / 1e6,
                    "DRAM GB/s": each.dram / each.seconds / 1e9,
                    "of copy": each.dram / each.seconds / 1e9 / copy,
                    "L2 hits %": each.l2,
                }
            )


# -------------------------------------------------------------------------------------- checking


def sanitize(
    given: argparse.Namespace, device: Device, report: Report, deadline: Deadline
) -> None:
    """Let compute-sanitizer look at tiny networks."""
    del device
    checker = shutil.which("compute-sanitizer")
    if checker is None:
        report.leave_out("checks", "as there is no compute-sanitizer on the path")
        return
    for network, neurons in CHECKED:
        for mode in ("launches", "persistent"):
            for tool in TOOLS:
                case = {"tool": tool, "network": network, "neurons": neurons, "mode": mode}
                if report.has(**case):
                    continue
                if not deadline.fits(1.0):
                    report.leave_out(f"{tool} of {network}, {mode}", "for lack of time")
                    continue
                began = time.perf_counter()
                command = [checker, "--tool", tool, "--print-limit", "20"]
                command += _steps(given, network, neurons, "--mode", mode, "--steps", 10)
                status, text = _said(command, deadline.left() + 30)
                seconds = time.perf_counter() - began
                deadline.took(1.0, seconds)
                if status == LATE:
                    report.leave_out(f"{tool} of {network}, {mode}", "as it did not end in time")
                    continue
                report.add({**case, "found": _verdict(status, text), "seconds": seconds})


def _verdict(status: int, text: str) -> str:
    """Return what the checker found, and tell what it said if that is not nothing."""
    found = _SUMMARY.findall(text)
    if found and not any(map(int, found)) and status == 0:
        return "nothing"
    tell(text[-4000:])
    if not found:
        return f"WRONG: no summary, exit status {status}"
    return f"WRONG: {sum(map(int, found))} errors, exit status {status}"


# ----------------------------------------------------------------------------------------- tests


def run_tests(
    given: argparse.Namespace, device: Device, report: Report, deadline: Deadline
) -> None:
    """Run the tests that devices run, in batches; a second call does those that are left."""
    del device
    pytest = [sys.executable, "-m", "pytest", "-m", "cuda", "-q"]
    _, text = _said([*pytest, "--collect-only", str(given.tests)], deadline.left())
    batches = list(_batches(line for line in text.splitlines() if "::" in line))
    if not batches:
        tell(text[-2000:])
        report.leave_out(f"tests in {given.tests}", "as pytest found none")
    parallel = ["-n", str(processors())] if find_spec("xdist") else []
    for names, count in batches:
        files = [str(_found(name, given.tests)) for name in names]
        case = {"first file": names[0], "files": len(files), "tests": count}
        if report.has(**case):
            continue
        if not deadline.fits(count):
            report.leave_out(f"{count} tests of {names[0]} and on", "for lack of time")
            continue
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            command = [*pytest, *parallel, "-p", "no:cacheprovider", f"--basetemp={folder}/tests"]
            status, text = _said([*command, *files], deadline.left() + 30)
        seconds = time.perf_counter() - began
        deadline.took(count, seconds)
        if status == LATE:
            report.leave_out(f"{count} tests of {names[0]} and on", "as they did not end in time")
            continue
        report.add({**case, **_outcome(status, text), "seconds": seconds})


def _batches(lines: Iterator[str]) -> Iterator[tuple[list[str], int]]:
    """Yield files with about as many tests as fit together, and how many those are."""
    files: list[str] = []
    count = 0
    for file, tests in groupby(lines, key=lambda line: line.partition("::")[0]):
        files.append(file)
        count += sum(1 for _ in tests)
        if count >= BATCH:
            yield files, count
            files, count = [], 0
    if files:
        yield files, count


def _found(file: str, tests: Path) -> Path:
    """Return where a file of tests is, which pytest names from some folder above the tests."""
    folders = (tests, *tests.resolve().parents)
    return next(folder / file for folder in folders if (folder / file).exists())


def _outcome(status: int, text: str) -> dict[str, Any]:
    """Return how many tests did what; what failed is told."""
    lines = text.strip().splitlines() or [""]
    found = {name: int(count) for count, name in _OUTCOME.findall(lines[-1])}
    counts = {name: found.get(name, 0) for name in ("passed", "failed", "skipped")}
    counts["failed"] += found.get("error", 0)
    if status == 0:
        return {**counts, "verdict": "ok"}
    tell("\n".join(line for line in lines if line.startswith(("FAILED", "ERROR"))))
    return {**counts, "verdict": f"WRONG: exit status {status}"}
