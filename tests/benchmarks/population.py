"""How fast eqsim and Brian 2's standalone mode advance unconnected neurons.

Usage: python population.py [--brian PYTHON] [--rounds R] [--json FILE] [--only TEXT]

Each measurement is a process of its own; the programs take turns. What is measured is told by
README.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from measure import (
    HERE,
    Figures,
    MeasurementError,
    alternate,
    brian_python,
    clean_environment,
    column,
    figures_of,
    options_of,
    print_report,
    ratio,
    rounds_of,
    save,
    summary,
    table,
    tell,
)

STEP = 1e-4
"""The step of all models in seconds, the default of both simulators."""


@dataclass(frozen=True, slots=True)
class Population:
    """A model, how many neurons of it, and for how many seconds it runs."""

    model: str
    neurons: int
    seconds: float

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.model} {self.neurons}"

    @property
    def updates(self) -> float:
        """How many times a neuron is advanced."""
        return self.neurons * round(self.seconds / STEP)

    @property
    def arguments(self) -> tuple[str, str, str]:
        """What the models' scripts take."""
        return self.model, str(self.neurons), str(self.seconds)


POPULATIONS = (
    Population("hodgkin_huxley", 100, 0.1),
    Population("hodgkin_huxley", 10_000, 0.1),
    Population("hodgkin_huxley", 100_000, 0.1),
    Population("leaky", 4000, 1.0),
    Population("leaky", 40_000, 1.0),
    Population("noisy", 4000, 1.0),
    Population("noisy", 40_000, 1.0),
)
OURS = (("float64", 1), ("float64", 2), ("float32", 1), ("float32", 2))
THEIRS = (0, 2)
REFERENCE = "Brian 2, no OpenMP"
HEAD = (
    "model and neurons",
    "program",
    "simulation",
    "per update",
    "total",
    "processor",
    "spikes",
    "ratio",
)


def measure_eqsim(
    population: Population, precision: str, threads: int, environment: Mapping[str, str]
) -> Figures:
    """Measure eqsim once."""
    options = ["--precision", precision, "--threads", str(threads)]
    command = [sys.executable, HERE / "eqsim_models.py", *population.arguments, *options]
    return figures_of(command, environment)


def measure_brian(project: Path, environment: Mapping[str, str]) -> Figures:
    """Run a built project of Brian 2's once.

    Raises
    ------
    MeasurementError
        If it fails or leaves no results.
    """
    start = time.perf_counter()
    with (project / "messages.log").open("w") as log:
        process = subprocess.Popen(
            ["./main"], cwd=project, env=dict(environment), stdout=log, stderr=log
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    total = time.perf_counter() - start
    if process.returncode != 0:
        messages = (project / "messages.log").read_text(errors="replace")
        raise MeasurementError(f"{project / 'main'} failed\n{messages[-500:]}")
    found = brian_results(project / "results")
    return {
        "total": total,
        "processor": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
        "make": total - found["simulation"],
        **found,
    }


def brian_results(folder: Path) -> Figures:
    """Return the time of the loop over steps and the number of spikes.

    Raises
    ------
    MeasurementError
        If the files are not there.
    """
    information = folder / "last_run_info.txt"
    recorded = list(folder.glob("_dynamic_array_spikes_i_*"))
    if not information.is_file() or len(recorded) != 1:
        raise MeasurementError(f"no results in {str(folder)!r}")
    bytes_per_spike = 4
    return {
        "simulation": float(information.read_text().split()[0]),
        "spikes": recorded[0].stat().st_size // bytes_per_spike,
    }


def brian_name(threads: int) -> str:
    """Return what the table calls a project of Brian 2's."""
    return f"Brian 2, {threads} threads" if threads else REFERENCE


def cases(
    population: Population,
    folder: Path,
    environment: Mapping[str, str],
    brian: Path | None,
    *,
    ours: Sequence[tuple[str, int]] = OURS,
    theirs: Sequence[int] = THEIRS,
) -> dict[str, Callable[[], Figures]]:
    """Return what is measured for a population, by name; builds Brian 2's projects."""
    found: dict[str, Callable[[], Figures]] = {
        f"eqsim, {precision}, {threads} thread{'s'[: threads - 1]}": partial(
            measure_eqsim, population, precision, threads, environment
        )
        for precision, threads in ours
    }
    for threads in theirs if brian is not None else ():
        project = folder / f"{population.model}-{population.neurons}-{threads}"
        options = ["--mode", "build", "--directory", project, "--threads", str(threads)]
        tell(f"building {project.name} of Brian 2")
        built = figures_of(
            [str(brian), HERE / "brian2_models.py", *population.arguments, *options], environment
        )
        found[brian_name(threads)] = partial(_measure_built, built, project, environment)
    return found


def _measure_built(built: Figures, project: Path, environment: Mapping[str, str]) -> Figures:
    """Return what a run takes, beside what making its program took."""
    return {
        "generate": built["generate"],
        "compile": built["compile"],
        **measure_brian(project, environment),
    }


def report(population: Population, found: Mapping[str, Sequence[Figures]]) -> list[list[str]]:
    """Return the rows of a population; ratios are those to Brian 2 without OpenMP."""
    rows = []
    for name, figures in found.items():
        simulation = column(figures, "simulation")
        nanoseconds = [seconds / population.updates * 1e9 for seconds in simulation]
        against = "-"
        if REFERENCE in found and name != REFERENCE:
            theirs = column(found[REFERENCE], "simulation")
            against = ratio(simulation, theirs).text("x")
        rows.append(
            [
                population.name,
                name,
                summary(simulation).text("s"),
                summary(nanoseconds).text("ns"),
                summary(column(figures, "total")).text("s"),
                summary(column(figures, "processor")).text("s"),
                f"{summary(column(figures, 'spikes')).median:.0f}",
                against,
            ]
        )
    return rows


def main() -> None:
    """Read the command line, measure, print."""
    parser = options_of(__doc__)
    parser.add_argument("--brian", help="a Python with Brian 2")
    parser.add_argument("--only", default="", help="populations whose name holds this text")
    options = parser.parse_args()
    brian = brian_python(options.brian)
    rows: list[list[str]] = []
    found: dict[str, object] = {}
    with clean_environment() as (folder, environment):
        environment["EQSIM_CACHE_DIR"] = str(folder / "eqsim")
        for population in POPULATIONS:
            if options.only not in population.name:
                continue
            measured = cases(population, folder, environment, brian)
            for warm_up in measured.values():
                warm_up()
            results = alternate(measured, options.rounds, partial(_tell_of, population))
            rows += report(population, results)
            found[population.name] = results
            save(options.json, {"population": found})
    print_report(f"{rounds_of(options.rounds)}; ratios per round", [table(HEAD, rows)])


def _tell_of(population: Population, text: str) -> None:
    tell(f"{population.name}, {text}")


if __name__ == "__main__":
    main()
