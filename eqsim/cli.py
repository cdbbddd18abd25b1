"""The command ``eqsim``: models to programs, programs run, what the machine has."""

from __future__ import annotations

import argparse
import os
import re
import runpy
import signal
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from eqsim.build.machine import facts, problems, usable_processors
from eqsim.build.project import executable_of
from eqsim.errors import EqsimError, ModelError, did_you_mean, message
from eqsim.network.recording import EndOfModel, Recorder, recorded_by
from eqsim.network.running.recorder import ScriptRecorder
from eqsim.network.running.stages import Run
from eqsim.sweeps import command as sweep_command
from eqsim.targets.projects import PROJECTS
from eqsim.units.dimensions import SECOND
from eqsim.units.names import UNITS
from eqsim.units.quantity import Quantity
from eqsim.version import __version__

_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the name of the command; by default that of the process.
    """
    given = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.command
    try:
        return command(given)
    except EqsimError as error:
        sys.stderr.write(f"eqsim: {error}\n")
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eqsim", description="Simulate spiking networks: scripts to programs of their own."
    )
    parser.add_argument("--version", action="version", version=f"eqsim {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    build = commands.add_parser(
        "build",
        help="write the C++ project of a script",
        description="Execute a script with its runs recorded, and write the C++ or CUDA project"
        " that does them.",
    )
    build.add_argument("model", type=Path, help="the script: model.py")
    build.add_argument("--out", type=Path, help="the project's folder; by default named 'model'")
    build.add_argument("--duration", help="simulate this long, 2s or 20*ms, and not as it says")
    build.add_argument(
        "--target", choices=PROJECTS, default="cpp", help="for processors, or for NVIDIA devices"
    )
    build.add_argument("--architecture", help="for which devices, with cuda: sm_90")
    build.add_argument("--compile", action="store_true", help="compile the project too")
    build.set_defaults(command=_build)

    run = commands.add_parser(
        "run",
        help="run a project, built if need be",
        description="Build a project if need be, and run it. Everything after the folder goes to"
        " the program: 'eqsim run model --help' lists its options and parameters.",
    )
    run.add_argument("project", type=Path, help="the project's folder")
    run.add_argument("options", nargs=argparse.REMAINDER, help="options of the program")
    run.set_defaults(command=_run)

    sweep_command.add_to(commands, _executed)

    doctor = commands.add_parser(
        "doctor",
        help="tell what the machine has, and what a run would use",
        description="Tell what the machine has for simulations, and what a run would use.",
    )
    doctor.set_defaults(command=_doctor)
    return parser


# ------------------------------------------------------------------------------------- build


def _build(given: argparse.Namespace) -> int:
    script: Path = given.model
    if not script.is_file():
        raise ModelError(
            f"there is no script {str(script)!r}\n  write: eqsim build model.py --out folder"
        )
    duration = None if given.duration is None else duration_of(given.duration)
    recorder = ScriptRecorder()
    end = _executed(script, recorder)
    if end is not None:
        sys.stdout.write(
            f"{end.file}, line {end.line}: the script asks for {end.what}, which is known when the"
            " program has run; nothing from there on is part of it\n"
        )
    folder = given.out or Path(script.stem)
    recorder.export(folder, duration, sweep_command.target_of(given) or "cpp")
    runs = sum(isinstance(stage, Run) for stage in recorder.stages)
    what = "one run" if runs == 1 else f"{runs} runs"
    sys.stdout.write(f"The project of {what} is in {str(folder)!r}\n")
    if given.compile:
        sys.stdout.write(f"The program is {str(executable_of(folder))!r}\n")
    else:
        sys.stdout.write(f"To build and run it: eqsim run {folder}\n")
    return 0


def duration_of(text: str) -> Quantity:
    """Return the time that a text means: ``"2s"``, ``"20 ms"``, ``"20*ms"``, ``"0.5"`` (seconds).

    Raises
    ------
    ModelError
        If it means none.

    Examples
    --------
    >>> duration_of("20ms"), duration_of("0.5")
    (20*ms, 500*ms)
    """
    found = re.fullmatch(r"\s*(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)\s*\*?\s*([A-Za-z]*)\s*", text)
    unit = UNITS.get({"": "second", "s": "second"}.get(found[2], found[2])) if found else None
    if found is None or unit is None or unit.dimension is not SECOND:
        hint = did_you_mean(found[2], [n for n in UNITS if UNITS[n].dimension is SECOND]) if (
            found is not None and unit is None
        ) else None  # fmt: skip
        raise ModelError(
            message(f"--duration takes a time such as 2s or 20ms, not {text!r}", hint)
        )
    return Quantity(float(found[1]) * float(unit.value), SECOND)


def _executed(script: Path, recorder: Recorder) -> EndOfModel | None:
    """Execute a script with its runs recorded; return where it ended before its last line."""
    with _as_main_script(script), recorded_by(recorder):
        try:
            runpy.run_path(str(script), run_name="__main__")
        except EndOfModel as end:
            return end
        except SystemExit:
            return None
        except EqsimError as error:
            raise ModelError(f"{_place(script, error)}: {error}") from error
        except Exception as error:
            shown = "".join(traceback.format_exception(error.with_traceback(_own(script, error))))
            raise ModelError(f"the script {str(script)!r} failed\n{shown}") from error
    return None


@contextmanager
def _as_main_script(script: Path) -> Iterator[None]:
    """Let arguments and paths be those that Python gives a script; draw no windows."""
    arguments, paths = sys.argv, list(sys.path)
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.resolve().parent))
    os.environ.setdefault("MPLBACKEND", "Agg")
    try:
        yield
    finally:
        sys.argv, sys.path[:] = arguments, paths


def _own(script: Path, error: BaseException) -> TracebackType | None:
    """Return the part of a traceback that begins in a script."""
    step = error.__traceback__
    while step is not None and step.tb_frame.f_code.co_filename != str(script):
        step = step.tb_next
    return step


def _place(script: Path, error: BaseException) -> str:
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(script)
    ]
    return f"{script}, line {lines[-1]}" if lines else str(script)


# --------------------------------------------------------------------------------------- run


def _run(given: argparse.Namespace) -> int:
    folder: Path = given.project
    executable = executable_of(folder)
    command = [str(executable.resolve()), "--project", str(folder), *given.options]
    # Ctrl-C is for the program, which writes what it has; this waits for it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = subprocess.run(command, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status


# ------------------------------------------------------------------------------------ doctor


def _doctor(given: argparse.Namespace) -> int:
    del given
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        told = [("eqsim", __version__), ("Python", sys.version.split()[0]), *facts()]
        wrong = list(problems())
    used = "'numpy'" if wrong else f"'cpp', up to {usable_processors()} threads"
    told.append(("a run uses", f"target {used}"))
    wrong += [str(warning.message) for warning in warned]
    width = max(len(name) for name, _ in told)
    for name, text in told:
        sys.stdout.write(f"{name:<{width}}  {text}\n")
    for problem in wrong:
        sys.stdout.write(f"problem: {problem}\n")
    return _FAILED if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
