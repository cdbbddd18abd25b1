"""How fast eqsim and Brian 2's standalone mode advance networks.

Usage: python networks.py [--brian PYTHON] [--models NAME ...] [--threads T ...] [--seconds S]
                          [--rounds R] [--json FILE]

Each measurement is a process of its own; the programs take turns. What is measured is told by
README.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from measure import (
    Figures,
    alternate,
    brian_python,
    clean_environment,
    column,
    machine,
    ratio,
    save,
    summary,
    table,
    tell,
    write,
)
from population import REFERENCE, Population, cases

NETWORKS = (
    Population("cobahh", 4000, 1.0),
    Population("cuba", 4000, 1.0),
    Population("cuba_dense", 20_000, 1.0),
    Population("coba", 4000, 1.0),
    Population("brunel", 12_500, 1.0),
    Population("stdp", 10_000, 1.0),
    Population("song_abbott", 1000, 100.0),
    Population("uncoupled", 100_000, 0.1),
)
HEAD = (
    "network and neurons",
    "program",
    "simulation",
    "per second of model time",
    "spikes",
    "ratio",
)


def report(network: Population, found: Mapping[str, Sequence[Figures]]) -> list[list[str]]:
    """Return the rows of a network; ratios are those to Brian 2 without OpenMP."""
    rows = []
    for name, figures in found.items():
        simulation = column(figures, "simulation")
        against = "-"
        if REFERENCE in found and name != REFERENCE:
            against = ratio(simulation, column(found[REFERENCE], "simulation")).text("x")
        rows.append(
            [
                network.name,
                name,
                summary(simulation).text("s"),
                summary([seconds / network.seconds for seconds in simulation]).text("s"),
                f"{summary(column(figures, 'spikes')).median:.0f}",
                against,
            ]
        )
    return rows


def arguments() -> argparse.Namespace:
    """Read the command line."""
    names = [network.model for network in NETWORKS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brian", help="a Python with Brian 2")
    parser.add_argument("--models", nargs="+", choices=names, default=names)
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--seconds", type=float, help="of model time, instead of each model's own")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="file for all figures")
    return parser.parse_args()


def main() -> None:
    """Read the command line, measure, print."""
    options = arguments()
    brian = brian_python(options.brian)
    ours = tuple(("float64", threads) for threads in options.threads)
    theirs = tuple(0 if threads == 1 else threads for threads in options.threads)
    rows: list[list[str]] = []
    found: dict[str, object] = {}
    with clean_environment() as (folder, environment):
        environment["EQSIM_CACHE_DIR"] = str(folder / "eqsim")
        for known in NETWORKS:
            if known.model not in options.models:
                continue
            network = replace(known, seconds=options.seconds or known.seconds)
            measured = cases(network, folder, environment, brian, ours=ours, theirs=theirs)
            for warm_up in measured.values():
                warm_up()
            results = alternate(measured, options.rounds, partial(_tell_of, network))
            rows += report(network, results)
            found[network.name] = results
            save(options.json, {"networks": found})
    write("\n".join(f"{name}: {value}" for name, value in machine().items()))
    write(f"median (lowest-highest) of {options.rounds} rounds; ratios per round\n")
    write(table(HEAD, rows))


def _tell_of(network: Population, text: str) -> None:
    tell(f"{network.name}, {text}")


if __name__ == "__main__":
    main()
