"""``eqsim sweep model.py``: a script or an exported project over a grid of parameters."""

from __future__ import annotations

import argparse
import contextlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from eqsim.errors import ModelError, did_you_mean
from eqsim.network.recording import EndOfModel
from eqsim.network.running.network import Network
from eqsim.runtime.progress import Report
from eqsim.sweeps import sampling
from eqsim.sweeps.interface import sweep
from eqsim.sweeps.job import DURATION
from eqsim.sweeps.plotting import plot
from eqsim.targets import Cuda, Target
from eqsim.units.names import UNITS
from eqsim.units.quantity import Quantity

Execute = Callable[[Path, Any], EndOfModel | None]

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


class FirstRun:
    """Takes down the first run of a script, and what it runs."""

    def __init__(self) -> None:
        self.network: Network | None = None
        self.duration: Any = None
        self.namespace: Mapping[str, Any] = {}

    @property
    def has_begun(self) -> bool:
        """Whether there was a run."""
        return self.network is not None

    def run(
        self,
        network: Network,
        duration: Any,
        around: Mapping[str, Any],
        report: Report | None = None,
        period: float = 10.0,
    ) -> None:
        """Take a run down and end the script there."""
        del report, period  # the sweep tells how far it is
        self.network, self.duration, self.namespace = network, duration, dict(around)
        # The names of a script decide how long the objects of run() live: they are copied.
        self.network = Network(network.objects, name="swept*")
        raise EndOfModel("what follows its first run")

    def store(self, network: Network, name: str, around: Mapping[str, Any]) -> None:
        """Do nothing: each run of a sweep begins in the state before the first one."""

    def restore(self, network: Network, name: str, *, restore_random_state: bool) -> None:
        """Do nothing."""

    def write(self, owner: Any, name: str, item: Any, value: Any) -> None:
        """Never happen: the script ends with its first run."""
        raise AssertionError((owner, name, item, value))


def add_to(commands: Any, execute: Execute) -> None:
    """Add the command to the others.

    Parameters
    ----------
    commands : argparse subparsers
        The commands.
    execute : callable
        Executes a script with its runs recorded.
    """
    parser = commands.add_parser(
        "sweep",
        help="run a script's network over a grid of parameters",
        description="Execute a script up to its first run, and make that run for each point of a"
        " grid; or run the program of an exported project for each point:"
        " eqsim sweep model.py --grid tau=1:10:0.5ms --grid g=0,0.5,1nS --store out.zarr",
    )
    parser.add_argument("model", type=Path, help="the script: model.py; or an exported project")
    parser.add_argument(
        "--grid", action="append", required=True, metavar="NAME=VALUES",
        help="a parameter and its values: first:last:step with a unit, or values and commas",
    )  # fmt: skip
    parser.add_argument(
        "--record", action="append", metavar="[NAME=]WHAT",
        help="what is kept: a monitor, 'mean(cells.v)'; by default all that monitors recorded",
    )  # fmt: skip
    parser.add_argument("--repeats", type=int, default=1, help="runs of each point")
    parser.add_argument("--seed", type=int, help="the seed of the sweep")
    parser.add_argument("--batch", default="auto", help="runs that are given out at once")
    parser.add_argument("--target", help="cpp, cuda or numpy")
    parser.add_argument("--architecture", help="for which devices, with cuda: sm_90")
    parser.add_argument("--store", help="the folder of results; the same command goes on with it")
    parser.add_argument("--keep-going", action="store_true", help="go on if runs fail")
    parser.add_argument("--plot", metavar="FILE", help="draw the first of what is kept")
    parser.add_argument(
        "--executor", default="threads",
        help="threads, slurm, or the address of a scheduler of Dask (tcp://...)",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=2, help="jobs of Slurm that work at once")
    parser.add_argument(
        "--slurm-option", action="append", default=[], metavar="OPTION",
        help="an option of sbatch for each job: --slurm-option=--gres=gpu:1",
    )  # fmt: skip
    parser.set_defaults(command=lambda given: _sweep(given, execute))


def _sweep(given: argparse.Namespace, execute: Execute) -> int:
    axes = dict(map(axis_of, given.grid))
    model, options = _model_of(given, execute)
    if DURATION in axes:
        options.pop("duration", None)
    batch = int(given.batch) if str(given.batch).isdigit() else given.batch
    with _executor(given) as executor:
        found = sweep(
            model,
            sampling.grid(axes),
            record=_recorded(given.record),
            repeats=given.repeats,
            seed=given.seed,
            executor=executor,
            batch=batch,
            store=given.store,
            errors="keep" if given.keep_going else "raise",
            progress=True,
            target=target_of(given),
            **options,
        )
    sys.stdout.write(f"{found}\n")
    if given.plot:
        name = str(next(iter(found.data_vars)))
        plot(found, name).figure.savefig(given.plot)
        sys.stdout.write(f"The picture of {name!r} is {given.plot!r}\n")
    return 0


def _model_of(given: argparse.Namespace, execute: Execute) -> tuple[Any, dict[str, Any]]:
    """Return what is swept over, with the duration and constants of a script's first run."""
    path: Path = given.model
    if path.is_dir():
        return path, {}
    if not path.is_file():
        raise ModelError(f"there is no script {str(path)!r}, and no folder of a project")
    first = FirstRun()
    execute(path, first)
    if first.network is None:
        raise ModelError("the script has no run\n  add one: run(100*ms), or network.run(100*ms)")
    return first.network, {"duration": first.duration, "namespace": first.namespace}


def target_of(given: argparse.Namespace) -> str | Target | None:
    """Return the target that the options ``--target`` and ``--architecture`` mean.

    Raises
    ------
    ModelError
        If there is an architecture for something else than devices.
    """
    name: str | None = given.target
    if given.architecture is None:
        return name
    if name != Cuda.name:
        raise ModelError(
            "--architecture is for devices\n  write: --target cuda --architecture sm_90"
        )
    return Cuda(given.architecture)


def _recorded(given: list[str] | None) -> Any:
    if given is None:
        return None
    named = {}
    for text in given:
        name, equals, what = text.partition("=")
        named[name if equals else text] = what if equals else text
    return named


def axis_of(text: str) -> tuple[str, Any]:
    """Return the name and values of an axis: ``tau=1:10:0.5ms``, ``g=0,0.5,1nS``, ``n=3``.

    Raises
    ------
    ModelError
        If the text means none.

    Examples
    --------
    >>> axis_of("tau=1:2:0.5ms")
    ('tau', array([1. , 1.5, 2. ])*ms)
    >>> axis_of("cells.n=1,4")
    ('cells.n', array([1, 4]))
    """
    name, equals, values = text.partition("=")
    found = re.fullmatch(rf"\s*({_NUMBER}(?:[:,]{_NUMBER})*)\s*\*?\s*([A-Za-z]\w*)?\s*", values)
    if not equals or not name.strip() or found is None:
        raise ModelError(
            f"--grid takes a name and values, not {text!r}\n"
            "  write: --grid tau=1:10:0.5ms, or --grid g=0,0.5,1nS"
        )
    numbers = _numbers(found[1], text)
    if found[2] is None:
        return name.strip(), numbers
    if found[2] not in UNITS:
        hint = did_you_mean(found[2], UNITS)
        raise ModelError(
            f"--grid {text!r} has the unknown unit {found[2]!r}" + (f"\n  {hint}" if hint else "")
        )
    unit = UNITS[found[2]]
    return name.strip(), Quantity(numbers * float(unit.value), unit.dimension)


def _numbers(text: str, whole: str) -> Any:
    if ":" not in text:
        parts = text.split(",")
        kind = int if all(re.fullmatch(r"[+-]?\d+", part) for part in parts) else float
        return np.array([kind(part) for part in parts])
    parts = text.split(":")
    if len(parts) != 3 or "," in text:
        raise ModelError(
            f"--grid {whole!r} is no range\n  write first:last:step, as in tau=1:10:0.5ms"
        )
    first, last, step = map(float, parts)
    if step == 0 or (last - first) / step < 0:
        raise ModelError(f"--grid {whole!r} has no value: its step leads away from its last one")
    count = int((last - first) / step + 1e-9) + 1
    return first + step * np.arange(count)


@contextmanager
def _executor(given: argparse.Namespace) -> Iterator[Any]:
    if given.executor == "threads":
        yield None
        return
    if given.executor != "slurm" and "://" not in given.executor:
        hint = did_you_mean(given.executor, ["threads", "slurm"])
        raise ModelError(
            f"there is no executor {given.executor!r}\n"
            "  known: threads, slurm, or the address of a scheduler of Dask such as tcp://host:8786"
            + (f"\n  {hint}" if hint else "")
        )
    try:
        from dask.distributed import Client
        from dask_jobqueue.slurm import SLURMCluster
    except ImportError as error:
        raise ModelError(
            f"--executor {given.executor} needs the packages dask and dask-jobqueue\n"
            "  install them with: pip install 'eqsim[dask]'"
        ) from error
    connect: Any = Client
    with contextlib.ExitStack() as stack:
        if given.executor == "slurm":
            options: dict[str, Any] = {"cores": 1, "processes": 1, "memory": "2GB"}
            if given.slurm_option:
                options["job_extra_directives"] = given.slurm_option
            cluster = stack.enter_context(SLURMCluster(**options))
            _check_jobs(cluster.job_script())
            # Unlike scale(), this replaces jobs that are lost.
            cluster.adapt(minimum=given.jobs, maximum=given.jobs)
            yield stack.enter_context(connect(cluster))
        else:
            yield stack.enter_context(connect(given.executor))


def _check_jobs(script: str) -> None:
    """Refuse jobs that Slurm does not take: Dask would try them again for ever."""
    try:
        done = subprocess.run(
            ["sbatch", "--test-only"], input=script, check=False, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise ModelError(
            "--executor slurm needs a machine from which jobs are submitted: there is no 'sbatch'"
            "\n  log in to the login node of the cluster"
        ) from None
    if done.returncode != 0:
        raise ModelError(
            f"Slurm does not take the jobs of --executor slurm\n  {done.stderr.strip()}\n"
            "  tell it what it needs: --slurm-option=--partition=NAME"
        )
