"""Brian's standalone devices: runs are recorded, and a program of its own does them.

``build`` writes the project, compiles it and runs it, and gives the results to the script's
objects.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from eqsim.brian.preferences import prefs
from eqsim.brian.process import Device, check_options
from eqsim.build.project import executable_of
from eqsim.errors import ModelError, RunError, did_you_mean, message
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.recording import recorded_by
from eqsim.network.running.network import Network
from eqsim.network.running.parameters import parameters_of
from eqsim.network.running.recorder import ScriptRecorder
from eqsim.network.running.retrieval import retrieve
from eqsim.network.running.stages import Run
from eqsim.network.variables.variables import VariableView
from eqsim.runtime.programs import command_of, failed
from eqsim.runtime.progress import Progress, Report
from eqsim.runtime.results import Results
from eqsim.targets.base import Target
from eqsim.targets.cpp.target import Cpp
from eqsim.units.dimensions import DIMENSIONLESS, base_unit_for
from eqsim.units.quantity import Quantity, dimension_of, si_value, with_dimension

_BEFORE = ("before_start", "after_start", "main", "before_network_run")
_AFTER = ("after_network_run", "before_end", "after_end")
"""Where code can be inserted into the main program, around the simulation."""
_CALL = "standalone::main_of(model, argc, argv);"
_INCLUDED = "".join(f"#include <{each}>\n" for each in ("chrono", "cmath", "iostream"))


class StandaloneDevice(Device):
    """A program of its own: runs are recorded, built by CMake, and run outside of Python.

    Parameters
    ----------
    name : str
        What ``set_device`` calls it.
    program : Target
        What the program is made for.
    """

    def __init__(self, name: str, program: Target) -> None:
        super().__init__(name)
        self.program = program
        self._stack = ExitStack()
        self._options: dict[str, Any] = {}
        self._begin()

    def _begin(self) -> None:
        self.recorder = _DeviceRecorder(self)
        self.project_dir: str | None = None
        self.results_dir: str | None = None
        self.has_been_run = False
        self.results: Results | None = None
        self.report: Report | None = None
        self.report_period = 10.0
        self._inserted: dict[str, list[str]] = {slot: [] for slot in (*_BEFORE, *_AFTER)}

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Record runs from now on.

        Parameters
        ----------
        build_on_run : bool
            Whether the first run is built and run at once; otherwise ``build`` does it.
        **options
            What ``build`` is given: ``directory``, ``with_output`` and others.
        """
        check_options(self.name, options)
        super().activate(build_on_run)
        self._options = options
        self.resume()

    def resume(self) -> None:
        """Be where runs happen, with what was recorded before."""
        self.deactivate()
        self._stack.enter_context(recorded_by(self.recorder))

    def __getstate__(self) -> dict[str, Any]:
        # Another process, to which the device travels, makes it active where it needs it.
        return {name: value for name, value in self.__dict__.items() if name != "_stack"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _stack=ExitStack())

    def deactivate(self) -> None:
        """Let runs happen again."""
        self._stack.close()

    def reinit(self) -> None:
        """Forget what was recorded; ``activate`` begins anew."""
        self.deactivate()
        self._begin()

    def build(
        self,
        directory: str | None = "output",
        results_directory: str = "results",
        compile: bool = True,  # noqa: A002 - Brian's name
        run: bool = True,
        run_args: Mapping[Any, Any] | Iterable[str] | None = None,
        with_output: bool = True,
        **options: Any,
    ) -> None:
        """Write the project of what was recorded, compile it and run it.

        Parameters
        ----------
        directory : str or None
            The project's folder; None for a new one among the temporary files.
        results_directory : str
            Where in the project its results go.
        compile, run : bool
            Whether to compile and to run it.
        run_args
            As for :meth:`run`.
        with_output : bool
            Whether what the program prints is shown.
        **options
            ``clean``, ``debug`` and others of Brian's, which eqsim does not need.
        """
        check_options(self.name, options)
        folder = tempfile.mkdtemp() if directory is None else directory
        self.recorder.export(Path(folder), target=self.program)
        self._insert_into(Path(folder) / "main.cpp")
        self.project_dir = str(folder)
        if compile:
            executable_of(Path(folder))
        if compile and run:
            self.run(None, results_directory, with_output, run_args)

    def insert_code(self, slot: str, code: str) -> None:
        """Insert C++ code into the function ``main`` of the program.

        Parameters
        ----------
        slot : str
            Where: ``'before_start'``, ``'after_start'``, ``'main'``, ``'before_network_run'`` run
            in this order before the simulation, ``'after_network_run'``, ``'before_end'``,
            ``'after_end'`` after it.
        code : str
            Statements. The arrays of the simulation have no names there.

        Raises
        ------
        ModelError
            If there is no such slot.
        """
        if slot not in self._inserted:
            raise ModelError(
                message(
                    f"the main program has no slot {slot!r}",
                    f"known: {', '.join(map(repr, self._inserted))}",
                    did_you_mean(str(slot), self._inserted),
                )
            )
        self._inserted[slot].append(code)

    def _insert_into(self, main: Path) -> None:
        if not any(self._inserted.values()):
            return
        before, after = (
            "".join(
                f"    // {slot}\n    {code}\n" for slot in slots for code in self._inserted[slot]
            )
            for slots in (_BEFORE, _AFTER)
        )
        begun, call, end = main.read_text(encoding="utf-8").partition(f"    return {_CALL}\n")
        assert call, "the main program does not end as it should"
        begun = begun.replace("#include", f"{_INCLUDED}\n#include", 1)
        begun += f"    using namespace std;\n{before}    const int status = {_CALL}\n"
        main.write_text(f"{begun}{after}    return status;\n{end}", encoding="utf-8")

    def run(
        self,
        directory: str | None = None,
        results_directory: str | None = None,
        with_output: bool = True,
        run_args: Mapping[Any, Any] | Iterable[str] | None = None,
    ) -> None:
        """Run the program that was built, with other values if these are given.

        Parameters
        ----------
        directory : str, optional
            The project's folder; by default the one that was built.
        results_directory : str, optional
            Where in the project the results go.
        with_output : bool
            Whether what the program prints is shown.
        run_args : mapping, optional
            Values instead of those that the script set: by ``group.variable``, by name
            (``"group.variable"``, or a constant of the equations, ``"tau"``), or by a TimedArray;
            one value or an array with one for each element. A list of texts ``"name=number"`` has
            numbers in SI base units.
        """
        folder = directory or self.project_dir
        if folder is None:
            raise ModelError("there is no program to run yet\n  call device.build() first")
        place = Path(results_directory or "results")
        if place.is_absolute():
            raise ModelError(
                f"results_directory is a folder within the project, not {str(place)!r}\n"
                "  give a relative path: results_directory='first'"
            )
        results = Path(folder) / place
        with ExitStack() as stack:
            command = self._command(Path(folder), results, self._named(run_args), stack)
            done = self._executed(command)
        if with_output:
            sys.stdout.write(done.stdout)
        if done.returncode != 0:
            why = failed(
                f"the program in {str(folder)!r}", done.returncode, done.stderr or done.stdout
            )
            raise RunError(message(why, self.program.unavailable()))
        self.has_been_run = True
        self.project_dir, self.results_dir = str(folder), str(results)
        self.results = retrieve(*self.recorder.recorded, results)

    def _executed(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a program; tell how far it is if the script asked for that."""
        if self.report is None:
            return subprocess.run(command, capture_output=True, text=True, check=False)
        runs = [stage for stage in self.recorder.stages if isinstance(stage, Run)]
        seconds = sum(float(si_value(stage.duration)) for stage in runs)
        progress = Progress(self.report, self.report_period, self.recorder.start, seconds)
        part, others = 0.0, []
        with subprocess.Popen(
            [*command, "--progress"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            for line in process.stderr:
                told = re.match(r" *(\d+)% of ", line)
                if told is None:
                    others.append(line)
                    continue
                part = int(told.group(1)) / 100
                progress.at(part)
        progress.finish(part)
        return subprocess.CompletedProcess(command, process.returncode, "", "".join(others))

    def _named(self, run_args: Mapping[Any, Any] | Iterable[str] | None) -> dict[Any, Any]:
        """Return values by name or TimedArray."""
        if run_args is None:
            return {}
        if isinstance(run_args, Mapping):
            return {
                f"{key.owner.name}.{key.name}" if isinstance(key, VariableView) else key: value
                for key, value in run_args.items()
            }
        dimensions = {
            each.name: each.dimension for each in parameters_of(self.recorder.recorded[1])
        }
        pairs = [text.partition("=") for text in run_args]
        return {
            name: with_dimension(float(value), dimensions.get(name, DIMENSIONLESS))
            for name, _, value in pairs
        }

    def _command(
        self, folder: Path, results: Path, given: Mapping[Any, Any], stack: ExitStack
    ) -> list[str]:
        """Return the command that runs a project, and write what it reads."""
        executable = executable_of(folder)
        tables = {key: value for key, value in given.items() if isinstance(key, TimedArray)}
        values = {str(key): value for key, value in given.items() if key not in tables}
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if tables:
            # Other processes may run the project at the same time with other values.
            project = temporary / "project"
            shutil.copytree(folder, project, ignore=shutil.ignore_patterns("build", "results*"))
            self._write_tables(project, tables)
            folder = project
        threads = prefs["devices.cpp_standalone.openmp_threads"]
        is_told = threads and isinstance(self.program, Cpp)
        return command_of(
            executable,
            folder,
            results,
            {n: v.get() if isinstance(v, VariableView) else v for n, v in values.items()},
            temporary / "parameters.json",
            threads=threads if is_told else None,
        )

    def _write_tables(self, project: Path, tables: Mapping[TimedArray, Any]) -> None:
        _, lowered = self.recorder.recorded
        files = {
            array["name"]: array["file"]
            for array in json.loads((project / "model.json").read_text())["arrays"]
        }
        for table, value in tables.items():
            label = next((name for name, each in lowered.labels.items() if each is table), None)
            if label is None:
                raise ModelError(f"the model does not use {table!r}")
            new, before = (
                np.asarray(si_value(value), dtype=float),
                np.asarray(si_value(table.values)),
            )
            if new.shape != before.shape or dimension_of(value) is not dimension_of(table.values):
                raise ModelError(
                    f"other values of {label!r} are of shape {before.shape} and its unit, not of"
                    f" shape {new.shape}"
                )
            path = project / "state" / files[f"{label}.values"]
            # After the values comes what the array is outside of its places.
            stored = np.load(path)
            stored[: new.size] = new.ravel()
            np.save(path, stored)

    def delete(
        self,
        code: bool = True,
        data: bool = True,
        run_args: bool = True,
        directory: bool = True,
        force: bool = False,
    ) -> None:
        """Delete the project, or only its results.

        Parameters
        ----------
        code, directory : bool
            Whether to delete the project; one with False keeps it.
        data : bool
            Whether to delete the results.
        run_args, force : bool
            Brian's; files of arguments are deleted after each run, and a folder that is no
            project is never deleted.
        """
        if self.project_dir is None:
            raise ModelError("there is no project to delete\n  call device.build() first")
        project = Path(self.project_dir)
        if data and self.results_dir is not None:
            shutil.rmtree(self.results_dir, ignore_errors=True)
        if code and directory and data and (project / "model.json").is_file():
            shutil.rmtree(project)


class _DeviceRecorder(ScriptRecorder):
    """Records the runs of a script that goes on after its program has run."""

    def __init__(self, device: StandaloneDevice) -> None:
        super().__init__()
        self._device = device
        self.start = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether values are not known: something was recorded, and the program has not run."""
        return super().has_begun and not self._device.has_been_run

    def run(
        self,
        network: Network,
        duration: Quantity,
        around: Mapping[str, Any],
        report: Report | None = None,
        period: float = 10.0,
    ) -> None:
        """Record a run; build and run it if the device does so."""
        if self._device.has_been_run:
            raise RunError(
                "the program has been built and run already, and cannot run on\n"
                "  for several calls of run(), write set_device('cpp_standalone',"
                " build_on_run=False) and device.build() after the last;\n"
                "  to begin anew: device.reinit() and device.activate()"
            )
        if not self.stages:
            self.start = network.present.time
        if report is not None:
            self._device.report, self._device.report_period = report, period
        super().run(network, duration, around)
        if self._device.build_on_run:
            self._device.build(**self._device._options)  # noqa: SLF001 - parts of one thing

    def unknown(self, what: str) -> NoReturn:
        """Refuse to tell what the program has not computed yet.

        Raises
        ------
        RunError
            Always.
        """
        raise RunError(
            f"{what}: not known before the program has run\n"
            "  call device.build() first, or set_device('runtime')"
        )
