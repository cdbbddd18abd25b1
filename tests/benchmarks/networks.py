"""How fast eqsim, Brian 2's standalone mode and others advance networks.

Usage: python networks.py [--brian PYTHON] [--nest PYTHON] [--brainpy PYTHON] [--models NAME ...]
                          [--threads T ...] [--seconds S] [--rounds R] [--json FILE]

Each measurement is a process of its own; the programs take turns. What is measured is told by
README.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from measure import (
    HERE,
    Figures,
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
HEAD = ("network", "program", "simulation", "spikes", "ratio")
BEFORE = ("network", "program", "objects", "code generation", "compiler", "peak memory")


@dataclass(frozen=True, slots=True)
class Peer:
    """Another simulator, measured by a script of its own in an environment of its own."""

    name: str
    script: str
    models: frozenset[str]


PEERS = (
    Peer("NEST", "nest_models.py", frozenset({"cobahh", "cuba", "cuba_dense", "brunel", "stdp"})),
    Peer("BrainPy", "brainpy_models.py", frozenset({"cobahh", "cuba"})),
)


def measure_peer(
    script: str, python: str, network: Population, threads: int, environment: Mapping[str, str]
) -> Figures:
    """Measure another simulator once."""
    command = [python, HERE / script, *network.arguments, "--threads", str(threads)]
    return figures_of(command, environment)


def peers(
    network: Population, options: argparse.Namespace, environment: Mapping[str, str]
) -> dict[str, Callable[[], Figures]]:
    """Return what is measured of other simulators for a network, by name."""
    return {
        f"{peer.name}, {threads} thread{'s'[: threads - 1]}": partial(
            measure_peer, peer.script, python, network, threads, environment
        )
        for peer in PEERS
        if (python := getattr(options, peer.name.lower())) and network.model in peer.models
        for threads in options.threads
    }


def compiled(network: Population, environment: Mapping[str, str]) -> Figures:
    """Return what eqsim's compiler takes alone, with the cache that was filled before."""
    command = [sys.executable, HERE / "eqsim_models.py", *network.arguments[:2], "1e-4"]
    return figures_of([*command, "--compile"], environment)


def report(network: Population, found: Mapping[str, Sequence[Figures]]) -> list[list[str]]:
    """Return the rows of a network; ratios are those to Brian 2 without OpenMP."""
    rows = []
    for name, figures in found.items():
        simulation = column(figures, "simulation")
        against = "-"
        if REFERENCE in found and name != REFERENCE:
            against = ratio(simulation, column(found[REFERENCE], "simulation")).text("x")
        spikes = f"{summary(column(figures, 'spikes')).median:.0f}"
        rows.append([network.model, name, summary(simulation).text("s"), spikes, against])
    return rows


def report_before(
    network: Population, found: Mapping[str, Sequence[Figures]], compiler: float
) -> list[list[str]]:
    """Return the rows of a network about what comes before its first step, and memory.

    Of eqsim, code generation is all from ``run()`` to the first step where the program was
    compiled before. The objects of Brian 2 are made by its program, which also writes results.
    """
    rows = []
    for name, figures in found.items():
        ours = "first_step" in figures[0]
        generation = column(figures, "first_step") if ours else _known(figures, "generate")
        taken = [compiler] if ours else _known(figures, "compile")
        texts = [summary(each).text("s") if each else "-" for each in (generation, taken)]
        made = summary(column(figures, "make")).text("s")
        memory = summary(column(figures, "memory")).text("MB")
        rows.append([network.model, name, made, *texts, memory])
    return rows


def _known(figures: Sequence[Figures], name: str) -> list[float]:
    """Return one figure of all rounds, or none where a program has no such step."""
    return column(figures, name) if name in figures[0] else []


def arguments() -> argparse.Namespace:
    """Read the command line."""
    names = [network.model for network in NETWORKS]
    parser = options_of(__doc__)
    parser.add_argument("--brian", help="a Python with Brian 2")
    for peer in PEERS:
        parser.add_argument(f"--{peer.name.lower()}", help=f"a Python with {peer.name}")
    parser.add_argument("--models", nargs="+", choices=names, default=names)
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--seconds", type=float, help="of model time, instead of each model's own")
    return parser.parse_args()


def main() -> None:
    """Read the command line, measure, print."""
    options = arguments()
    brian = brian_python(options.brian)
    ours = tuple(("float64", threads) for threads in options.threads)
    theirs = tuple(0 if threads == 1 else threads for threads in options.threads)
    rows: list[list[str]] = []
    before: list[list[str]] = []
    found: dict[str, object] = {}
    with clean_environment() as (folder, environment):
        environment["EQSIM_CACHE_DIR"] = str(folder / "eqsim")
        for known in NETWORKS:
            if known.model not in options.models:
                continue
            network = replace(known, seconds=options.seconds or known.seconds)
            measured = cases(network, folder, environment, brian, ours=ours, theirs=theirs)
            measured |= peers(network, options, environment)
            for warm_up in measured.values():
                warm_up()
            results = alternate(measured, options.rounds, partial(_tell_of, network))
            rows += report(network, results)
            compiler = compiled(network, environment)["compile"]
            before += report_before(network, results, compiler)
            found[network.name] = results
            save(options.json, {"networks": found})
    tables = [table(HEAD, rows), table(BEFORE, before)]
    print_report(f"{rounds_of(options.rounds)}; ratios per round", tables)


def _tell_of(network: Population, text: str) -> None:
    tell(f"{network.name}, {text}")


if __name__ == "__main__":
    main()
