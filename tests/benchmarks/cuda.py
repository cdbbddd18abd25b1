"""Measure the CUDA target on a device, in pieces that each end within eight minutes.

Usage: python tests/benchmarks/cuda.py PIECE [--json FILE] [--architecture sm_90]
       python tests/benchmarks/cuda.py huge [--synapses 2.5e8 1e9 3e9]
       python tests/benchmarks/cuda.py peers [--brian PYTHON] [--brian2cuda PYTHON] [--genn PYTHON]
                                             [--spice FOLDER] [--threads T]
       python tests/benchmarks/cuda.py PIECE --emulated

Prints one table per piece, small cases first: construction, compilation, time per step with its
spread, rates and irregularity and whether they are right, synaptic events per second, memory, and
what steps and events have to move beside the copy bandwidth that was measured on the same device.
Every row is written to the file as soon as it is there; what the file has of the same version,
device and piece is not measured again, so a second call does what a first had no time for. What is
left out is said. With --emulated networks are tiny and the figures mean nothing: it shows that the
script works where there is no device.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cuda_protocol.cases import HUGE, PIECES, Case, huge, tiny
from cuda_protocol.devices import Device, Emulated, Gpu
from cuda_protocol.measuring import Bench
from cuda_protocol.peers import compare
from cuda_protocol.report import Deadline, Report
from cuda_protocol.tools import TESTS, profile, run_tests, sanitize, take_steps
from measure import HERE, machine, write

DEADLINE = 420.0
"""Seconds after which a piece begins nothing new: the whole ends within eight minutes."""

Piece = Callable[[argparse.Namespace, Device, Report, Deadline], None]


def run_parts(
    given: argparse.Namespace, device: Device, report: Report, deadline: Deadline
) -> None:
    """Measure what the parts of simulations cost on the device."""
    del given, deadline
    report.rows.clear()
    for part in device.parts():
        report.add(part)


def run_cases(
    given: argparse.Namespace, device: Device, report: Report, deadline: Deadline
) -> None:
    """Measure the networks of a piece."""
    cases: list[Case] = huge(given.synapses) if given.piece == "huge" else PIECES[given.piece]
    if given.emulated:
        cases = list(dict.fromkeys(map(tiny, cases)))
    Bench(device, report, deadline, is_try=given.emulated).run(cases)


OTHERS: dict[str, Piece] = {
    "device": run_parts,
    "huge": run_cases,
    "profile": profile,
    "sanitize": sanitize,
    "tests": run_tests,
    "peers": compare,
}
"""The pieces that are not networks of fixed sizes."""
NAMES = (*OTHERS, *PIECES)


def commit() -> str:
    """Return which version of the sources is measured; where git is missing, what a file says."""
    carried = HERE.parents[1] / "COMMIT"
    if carried.is_file():
        return carried.read_text(encoding="utf-8").strip()
    command = ["git", "-C", str(HERE), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def options() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("piece", choices=[*NAMES, "steps"], metavar="PIECE", help=", ".join(NAMES))
    parser.add_argument("--architecture", default="sm_90")
    parser.add_argument("--json", type=Path, help="append every figure to this file")
    parser.add_argument("--emulated", action="store_true", help="try the script without a device")
    parser.add_argument(
        "--synapses", type=float, nargs="+", default=HUGE, help="sizes of the piece 'huge'"
    )
    parser.add_argument("--tests", type=Path, default=TESTS, help="what the piece 'tests' runs")
    parser.add_argument("--brian", help="a Python with Brian 2, for peers")
    parser.add_argument("--brian2cuda", help="a Python with brian2cuda, for peers")
    parser.add_argument("--genn", help="a Python with GeNN (pygenn), for peers")
    parser.add_argument("--spice", type=Path, help="the folder of Spice's sources, for peers")
    parser.add_argument("--threads", type=int, default=0, help="of OpenMP, for peers; 0: all")
    parser.add_argument("--network", default="cobahh", help="of 'steps', which other pieces call")
    parser.add_argument("--neurons", type=int, default=4000, help="of 'steps'")
    parser.add_argument("--steps", type=int, default=20, help="of 'steps'")
    parser.add_argument("--mode", default="launches", help="of 'steps'")
    return parser


def main() -> None:
    """Measure one piece and print its table."""
    given = options().parse_args()
    device: Device = Emulated() if given.emulated else Gpu(given.architecture)
    if given.piece == "steps":
        take_steps(given, device)
        return
    deadline = Deadline(DEADLINE)
    about: dict[str, Any] = {"commit": commit(), **machine(), **device.facts()}
    write(json.dumps(about))
    report = Report({**about, "piece": given.piece}, given.json)
    try:
        OTHERS.get(given.piece, run_cases)(given, device, report, deadline)
    finally:
        report.show()


if __name__ == "__main__":
    main()
