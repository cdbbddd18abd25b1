"""Measurements: commands run in alternation, their medians and ranges, tables of them.

Two programs that take turns meet the same load, so the ratio of each pair means something even
where the times themselves do not.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

Figures = dict[str, float]
"""What one measurement found: names, and values in seconds, megabytes or counts."""

HERE = Path(__file__).resolve().parent
"""Where the scripts lie."""
BRIAN_VARIABLE = "EQSIM_BENCHMARK_BRIAN"
_TIME_LIMIT = 1800.0
_SCALES = {"s": ((1.0, "s"), (1e3, "ms"), (1e6, "us")), "MB": ((1.0, "MB"),), "ns": ((1.0, "ns"),)}


class MeasurementError(Exception):
    """A command that was to be measured failed or printed no figures."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Median and range of repeated measurements.

    Parameters
    ----------
    median, low, high : float
        In the unit of the values.
    count : int
        How many values there were.
    """

    median: float
    low: float
    high: float
    count: int

    def text(self, unit: str) -> str:
        """Return ``median unit (low-high)``, scaled so that the median reads well."""
        scales = _SCALES.get(unit, ((1.0, unit),))
        scale, name = next((each for each in scales if self.median * each[0] >= 1), scales[-1])
        low, median, high = (_digits(x * scale) for x in (self.low, self.median, self.high))
        return f"{median} {name} ({low}-{high})"


def _digits(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def summary(values: Sequence[float]) -> Summary:
    """Return median and range.

    Raises
    ------
    MeasurementError
        If there are no values.
    """
    if not values:
        raise MeasurementError("there is nothing to summarise")
    return Summary(statistics.median(values), min(values), max(values), len(values))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Summary:
    """Return how many times longer theirs took than ours, pair by pair."""
    return summary([b / a for a, b in zip(ours, theirs, strict=True)])


def alternate(
    cases: Mapping[str, Callable[[], Figures]],
    rounds: int,
    tell: Callable[[str], None],
) -> dict[str, list[Figures]]:
    """Measure all cases in turn, each round in the opposite order of the one before.

    Parameters
    ----------
    cases : mapping of str to callable
        What measures, by name.
    rounds : int
        How often each is measured.
    tell : callable
        Is told what is measured now.

    Returns
    -------
    dict of str to list
        The figures of each case, one entry per round.
    """
    found: dict[str, list[Figures]] = {name: [] for name in cases}
    for number in range(rounds):
        names = list(cases)
        if number % 2 == 1:
            names.reverse()
        for name in names:
            tell(f"round {number + 1} of {rounds}: {name}")
            found[name].append(cases[name]())
    return found


def column(figures: Sequence[Figures], name: str) -> list[float]:
    """Return one figure of all rounds."""
    return [each[name] for each in figures]


def figures_of(
    command: Sequence[object], environment: Mapping[str, str], seconds: float = _TIME_LIMIT
) -> Figures:
    """Run a command in a process of its own and return the figures of its last line, as JSON.

    Raises
    ------
    MeasurementError
        If it fails or its last line is no JSON object.
    """
    arguments = list(map(str, command))
    done = subprocess.run(
        arguments,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise MeasurementError(
            f"exit status {done.returncode}: {' '.join(arguments)}\n{done.stderr[-2000:]}"
        )
    return parsed(done.stdout)


def parsed(output: str) -> Figures:
    """Return the figures of the last line of an output.

    Raises
    ------
    MeasurementError
        If it is no JSON object.
    """
    last = (output.strip().splitlines() or [""])[-1]
    try:
        found = json.loads(last)
    except ValueError as error:
        raise MeasurementError(f"the last line holds no figures: {last!r}") from error
    if not isinstance(found, dict):
        raise MeasurementError(f"the last line holds no figures: {last!r}")
    return {str(name): float(value) for name, value in found.items()}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, its columns aligned."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    texts = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


@contextmanager
def clean_environment() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield a folder that lasts as long as the measurements, and an environment that uses it.

    Byte code is kept, in that folder, so that imports compile nothing after their first time.
    """
    with TemporaryDirectory(prefix="eqsim-benchmark-") as name:
        folder = Path(name)
        environment = {
            key: value
            for key, value in os.environ.items()
            if key not in ("PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS")
        }
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        environment["MPLBACKEND"] = "Agg"
        yield folder, environment


def machine() -> dict[str, str]:
    """Return what the figures depend on: processor, load, system, compiler, Python."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(errors="replace") if cpuinfo.is_file() else ""
    models = [x.partition(":")[2].strip() for x in text.splitlines() if x.startswith("model name")]
    compiler = subprocess.run(["g++", "--version"], capture_output=True, text=True, check=False)
    return {
        "processor": models[0] if models else platform.processor(),
        "processors": str(len(os.sched_getaffinity(0))),
        "load": " ".join(f"{x:.1f}" for x in os.getloadavg()),
        "system": platform.platform(),
        "compiler": (compiler.stdout.splitlines() or ["none"])[0],
        "python": platform.python_version(),
    }


def processor_seconds() -> float:
    """Return the processor time of this process and those that it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def peak_megabytes() -> float:
    """Return the most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured_import(name: str) -> tuple[ModuleType, Figures]:
    """Import a simulator, and return it with what that took."""
    start, used = time.perf_counter(), processor_seconds()
    module = importlib.import_module(name)
    return module, {
        "import": time.perf_counter() - start,
        "import_processor": processor_seconds() - used,
        "import_memory": peak_megabytes(),
    }


def options_of(described: str | None, rounds: int = 5) -> argparse.ArgumentParser:
    """Return what reads the options that all scripts have."""
    parser = argparse.ArgumentParser(description=described)
    parser.add_argument("--rounds", type=int, default=rounds, help="how often all is measured")
    parser.add_argument("--json", help="file for all figures")
    return parser


def rounds_of(rounds: int) -> str:
    """Say what the values of a table are."""
    return f"median (lowest-highest) of {rounds} rounds"


def model_options(described: str | None, models: Collection[str]) -> argparse.ArgumentParser:
    """Return what reads the options of a script that measures one network of a simulator."""
    parser = argparse.ArgumentParser(description=described)
    parser.add_argument("model", choices=sorted(models))
    parser.add_argument("neurons", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--threads", type=int, default=1)
    return parser


def print_figures(figures: Figures) -> None:
    """Print what :func:`figures_of` reads: a line of its own, after whatever came before."""
    write("\n" + json.dumps(figures))


def print_report(of: str, tables: Sequence[str]) -> None:
    """Print the machine, what the values are, and tables."""
    write("\n".join(f"{name}: {value}" for name, value in machine().items()))
    write(f"{of}\n")
    write("\n\n".join(tables))


def brian_python(given: str | None) -> Path | None:
    """Return the Python that has Brian 2, as named by an option or the environment, or None.

    Raises
    ------
    MeasurementError
        If something is named that cannot import it.
    """
    named = given or os.environ.get(BRIAN_VARIABLE)
    if not named:
        write(f"Brian 2 is left out: name a Python that has it with --brian or {BRIAN_VARIABLE}")
        return None
    done = subprocess.run([named, "-c", "import brian2"], capture_output=True, check=False)
    if done.returncode != 0:
        raise MeasurementError(f"{named!r} cannot import brian2\n{done.stderr.decode()[-500:]}")
    return Path(named)


def write(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """Say what is going on, where it does not mix with the table."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def save(path: str | None, results: Mapping[str, object]) -> None:
    """Write all figures of all rounds as JSON, with the machine, if a path is given."""
    if path is not None:
        content = {"machine": machine(), **results}
        Path(path).write_text(json.dumps(content, indent=1), encoding="utf-8")
