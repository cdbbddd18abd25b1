"""Runs the networks in Brian 2 and writes their figures to ``brian2_reference.json``.

Usage: python tests/agreement/reference.py --python PATH

where PATH is a Python that has Brian 2 2.9.0 (by default the one that runs this). Each network is
run in a process of its own, in Brian 2's compiled runtime mode. All takes about five minutes.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from comparison import (
    DURATIONS,
    REFERENCE,
    SEEDS,
    Figures,
    collected,
    digest,
    figures,
    parameters,
    script,
)


def runs_of(network: str) -> dict[str, Any]:
    """Run a network in Brian 2, in this process, with all seeds and for all durations."""
    brian = importlib.import_module("brian2")
    brian.prefs.codegen.target = "cython"
    return {
        "versions": {
            "brian2": brian.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "script": digest(network),
        "parameters": parameters(network, "brian2"),
        "runs": [
            {
                "duration": duration,
                "seeds": list(SEEDS),
                "figures": collected([run(brian, network, seed, duration) for seed in SEEDS]),
            }
            for duration in DURATIONS[network]
        ],
    }


def run(brian: Any, network: str, seed: int, duration: float) -> Figures:
    """Run a network once and return its figures, rounded to seven digits."""
    brian.start_scope()
    brian.seed(seed)
    found = figures(*script(network, "brian2").simulate(duration), duration)
    return {name: float(f"{value:.7g}") for name, value in found.items()}


def runs_elsewhere(network: str, python: str) -> dict[str, Any]:
    """Run a network in a process of another Python."""
    command = [python, str(Path(__file__).resolve()), "--network", network]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def write(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Run one network and print what it gave, or all and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="a Python that has Brian 2")
    parser.add_argument("--network", choices=DURATIONS, help="run this one here, write no file")
    options = parser.parse_args()
    if options.network is not None:
        write(json.dumps(runs_of(options.network)))
        return
    found = {}
    for network in DURATIONS:
        write(f"{network} ...")
        found[network] = runs_elsewhere(network, options.python)
    REFERENCE.write_text(as_text(found) + "\n", encoding="utf-8")


def as_text(content: dict[str, Any]) -> str:
    """Return JSON with each list of numbers on a line of its own."""
    return re.sub(
        r"\[[-+.,\s\de]+\]",
        lambda numbers: numbers[0].replace("\n", "").replace(" ", "").replace(",", ", "),
        json.dumps(content, indent=1),
    )


if __name__ == "__main__":
    main()
