"""How the time of a simulation grows with neurons, synapses, steps and threads.

Usage: python scaling.py [--series NAME ...] [--rounds R] [--json FILE]

Each series varies one number; printed are the times and the exponent of the power law that fits
them, which is 1 where the cost is linear. What is measured is told by README.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from measure import (
    Figures,
    alternate,
    clean_environment,
    column,
    options_of,
    print_report,
    rounds_of,
    save,
    summary,
    table,
    tell,
)
from population import Population, measure_eqsim


@dataclass(frozen=True, slots=True)
class Series:
    """One number that grows from point to point, and what is simulated at each.

    Parameters
    ----------
    name : str
        What is varied.
    populations : tuple of Population
        One per point.
    sizes : tuple of float
        How much work each point is, in units of the first column.
    unit : str
        What the sizes count.
    is_from_first : bool
        Whether the exponent is that of what is added to the first point: where a cost that is the
        same at all points, such as that of the neurons, is not what is asked about.
    """

    name: str
    populations: tuple[Population, ...]
    sizes: tuple[float, ...]
    unit: str
    is_from_first: bool = False


def _neurons(model: str, counts: Sequence[int], seconds: float) -> Series:
    return Series(
        f"neurons, {model}",
        tuple(Population(model, count, seconds) for count in counts),
        tuple(map(float, counts)),
        "neurons",
    )


def _steps(model: str, neurons: int, seconds: Sequence[float]) -> Series:
    return Series(
        f"steps, {model}",
        tuple(Population(model, neurons, each) for each in seconds),
        tuple(each * 1e4 for each in seconds),
        "steps",
    )


SPIKES = (100, 200, 400, 1000)
SERIES = {
    series.name.replace(", ", "-"): series
    for series in (
        _neurons("hodgkin_huxley", (50_000, 100_000, 200_000, 400_000), 0.05),
        _neurons("leaky", (250_000, 500_000, 1_000_000, 2_000_000), 0.1),
        Series(
            "deliveries, relay",
            tuple(Population("relay", count, 0.1) for count in SPIKES),
            tuple(count * 2000.0 * 1000 for count in SPIKES),
            "deliveries",
            is_from_first=True,
        ),
        _steps("cuba", 4000, (1.0, 2.0, 4.0, 8.0)),
        _steps("cobahh", 4000, (0.25, 0.5, 1.0, 2.0)),
    )
}
HEAD = ("series", "size", "simulation", "per unit of size")
THREADED = (Population("hodgkin_huxley", 100_000, 0.1), Population("cuba_dense", 20_000, 1.0))


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the slope of the logarithm of times over that of sizes, by least squares."""
    slope, _ = np.polyfit(np.log(sizes), np.log(seconds), 1)
    return float(slope)


def measure_series(
    series: Series, rounds: int, environment: Mapping[str, str]
) -> dict[str, list[Figures]]:
    """Measure all points of a series in turn."""
    measured = {
        each.name + f" {each.seconds}": partial(measure_eqsim, each, "float64", 1, environment)
        for each in series.populations
    }
    next(iter(measured.values()))()
    return alternate(measured, rounds, partial(_tell_of, series.name))


def report(series: Series, found: Mapping[str, Sequence[Figures]]) -> list[list[str]]:
    """Return the rows of a series, and one with its exponent."""
    times = [column(figures, "simulation") for figures in found.values()]
    rows = [
        [
            series.name,
            f"{size:.3g} {series.unit}",
            summary(seconds).text("s"),
            f"{summary([each / size * 1e9 for each in seconds]).median:.3g} ns",
        ]
        for size, seconds in zip(series.sizes, times, strict=True)
    ]
    medians = [summary(each).median for each in times]
    sizes: Sequence[float] = series.sizes
    if series.is_from_first:
        sizes, medians = ([each - of[0] for each in of[1:]] for of in (sizes, medians))
    fitted = exponent(sizes, medians)
    told = "exponent of what is added" if series.is_from_first else "exponent"
    return [*rows, [series.name, told, f"**{fitted:.3f}**", ""]]


def report_threads(rounds: int, environment: Mapping[str, str]) -> list[list[str]]:
    """Measure two models with one thread, two, ... and return the rows."""
    processors = len(os.sched_getaffinity(0))
    counts = [1 << power for power in range(processors.bit_length()) if 1 << power <= processors]
    rows = []
    for population in THREADED:
        measured = {
            str(threads): partial(measure_eqsim, population, "float64", threads, environment)
            for threads in counts
        }
        found = alternate(measured, rounds, partial(_tell_of, "threads"))
        alone = summary(column(found["1"], "simulation")).median
        for threads in counts:
            seconds = summary(column(found[str(threads)], "simulation"))
            gain = f"{alone / seconds.median:.2f} x"
            rows.append([f"threads, {population.name}", str(threads), seconds.text("s"), gain])
    return rows


def main() -> None:
    """Read the command line, measure, print."""
    parser = options_of(__doc__, rounds=3)
    names = [*SERIES, "threads"]
    parser.add_argument("--series", nargs="+", choices=names, default=names)
    options = parser.parse_args()
    rows: list[list[str]] = []
    found: dict[str, object] = {}
    with clean_environment() as (folder, environment):
        environment["EQSIM_CACHE_DIR"] = str(folder / "eqsim")
        for name, series in SERIES.items():
            if name in options.series:
                results = measure_series(series, options.rounds, environment)
                rows += report(series, results)
                found[name] = results
                save(options.json, {"scaling": found})
        if "threads" in options.series:
            rows += report_threads(options.rounds, environment)
    print_report(rounds_of(options.rounds), [table(HEAD, rows)])


def _tell_of(name: str, text: str) -> None:
    tell(f"{name}, {text}")


if __name__ == "__main__":
    main()
