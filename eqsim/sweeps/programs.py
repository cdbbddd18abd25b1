"""Batches of runs of an exported project: each is a process of its program."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from eqsim.build.project import executable_of
from eqsim.errors import BuildError, ModelError, SweepError, did_you_mean, message
from eqsim.runtime.drive import Interruption
from eqsim.runtime.programs import (
    ENDS_WITH_INPUT,
    command_of,
    failed,
    input_of_this_process,
)
from eqsim.runtime.results import RecordedObject, StoredValues, load
from eqsim.sweeps.batches import Batch, StoppedError, told
from eqsim.sweeps.devices import Devices
from eqsim.sweeps.folders import folder_of_a_run, remove_abandoned_folders
from eqsim.sweeps.job import (
    CONNECTIVITY_SEED,
    DURATION,
    SEED,
    Job,
    ambiguous_duration,
    unknown_parameter,
)
from eqsim.sweeps.projects import Project
from eqsim.sweeps.recording import kept
from eqsim.targets import Cpp, Cuda
from eqsim.units.quantity import Quantity, si_value

_PATIENCE = 0.1
"""Seconds between two looks whether the sweep was stopped."""
_SAID = 4000
"""How many of the last characters that a program wrote are told."""


class ProgramResults:
    """The results of one run of a program, as functions of ``record`` see them.

    Parameters
    ----------
    objects : mapping of str to RecordedObject
        What :func:`eqsim.load` gives, by name.
    t : Quantity
        The time at the end of the run.
    parameters : mapping of str to object
        The parameters of the point.
    seed : int
        The seed of the run.

    Notes
    -----
    ``results["spikes"].t`` is what ``load(...)["spikes"].t`` is. It is good within the function
    only: what is kept must be returned as numbers.
    """

    def __init__(
        self,
        objects: Mapping[str, RecordedObject],
        t: Quantity,
        parameters: Mapping[str, Any],
        seed: int,
    ) -> None:
        self._objects = objects
        self.t = t
        self.parameters = parameters
        self.seed = seed

    def monitors(self) -> list[str]:
        """Return the names of the monitors."""
        return [name for name, each in self._objects.items() if each.kind.endswith("Monitor")]

    def __getitem__(self, wanted: Any) -> RecordedObject:
        name = str(getattr(wanted, "name", wanted))
        if name in self._objects:
            return self._objects[name]
        raise ModelError(
            message(
                f"the project has no results of {name!r}",
                f"it has those of: {', '.join(self._objects)}",
                did_you_mean(name, self._objects),
            )
        )


class ProjectRunner:
    """Runs batches of an exported project in this process: its program once for each run.

    Parameters
    ----------
    job : Job
        The sweep.

    Raises
    ------
    ModelError, DimensionMismatchError
        If the program has no such parameter, or does not take such values.
    """

    at_once = 1
    runs_alone = False
    bytes_kept = 0
    programs = 1

    def __init__(self, job: Job) -> None:
        assert isinstance(job.model, Project)
        self.job = job
        self.interruption = Interruption()
        self._project = job.model
        self._devices = Devices(job.target)
        if DURATION in job.space.columns and DURATION in self._project.known:
            raise ambiguous_duration()
        self._varied = [name for name in job.space.columns if name not in (SEED, DURATION)]
        for name in self._varied:
            if name == CONNECTIVITY_SEED:
                raise ModelError(
                    "the network of a project is connected already: 'connectivity_seed' cannot"
                    " vary it\n  give the sweep a function that makes and returns the network"
                )
            if name not in self._project.known:
                raise unknown_parameter(name, [*self._project.known, SEED])
            self._project.check(name, job.space.columns[name])
        remove_abandoned_folders()

    def prepare(self) -> None:
        """Build the program, if it is not there or older than its sources."""
        executable_of(self._project.folder)

    def expected(self) -> ProgramResults:
        """Return what the results of the first run will have, before there is any."""
        coming = cast("StoredValues", _Coming())
        objects = {
            each.name: RecordedObject(
                each.name, each.kind, MappingProxyType(dict.fromkeys(each.fields, coming))
            )
            for each in self._project.manifest.objects
        }
        job = self.job
        return ProgramResults(objects, job.duration_of(0), job.point_of(0), job.seed_of(0))

    def identity(self) -> dict[str, str]:
        """Return a digest of the project, and its constants that are the same for all points."""
        return {
            "model": self._project.digest(self._varied),
            "constants": ", ".join(self._project.constants(self._varied)),
        }

    def run(self, first: int, last: int) -> Batch:
        """Run a batch.

        Parameters
        ----------
        first, last : int
            The first run, and the one after the last.

        Raises
        ------
        StoppedError
            If the user stopped the sweep.
        SweepError
            If there is no program to run where the batch is.
        """
        began = time.perf_counter()
        batch = Batch(first, last)
        try:
            executable = executable_of(self._project.folder)
        except (BuildError, ModelError) as error:
            raise SweepError(
                f"a worker on {batch.host!r} cannot run the project\n"
                f"  {error}\n  the folder must be one that all workers see"
            ) from error
        for run in range(first, last):
            with folder_of_a_run() as folder:
                self._run(batch, run, executable, folder)
                batch.check_room()
        batch.seconds = time.perf_counter() - began
        return batch

    def _run(self, batch: Batch, run: int, executable: Path, folder: Path) -> None:
        job, point, seed = self.job, self.job.point_of(run), self.job.seed_of(run)
        target = self._devices.target()
        threads = (target.threads or 1) if isinstance(target, Cpp) else None
        device = target.device if isinstance(target, Cuda) else None
        results = folder / "results"
        command = command_of(
            executable,
            self._project.folder,
            results,
            {name: point[name] for name in self._varied},
            folder / "parameters.json",
            seed=seed,
            threads=threads,
            duration=self._duration(run),
        )
        status, said = self._executed(command, folder / "said.txt", device)
        if status != 0:
            why = failed("the program", status, said)
            batch.failures[run] = f"RunError: {why}"
            return
        try:
            loaded = load(results)
            found = ProgramResults(loaded.objects, loaded.t, point, seed)
            batch.keep(run, kept(job.recordings, found))
        except Exception as error:  # whatever a function of the user raises
            batch.failures[run] = told(error)

    def _duration(self, run: int) -> str | None:
        """Return how long a run is for the command line, None if that is as the export says."""
        own = si_value(self._project.duration(None))
        given = si_value(self.job.duration_of(run))
        return None if given == own else f"{float(given)!r}s"

    def _executed(self, command: list[str], path: Path, device: int | None) -> tuple[int, str]:
        """Return the exit status of a program, and the end of what it wrote."""
        with (
            path.open("wb") as output,
            input_of_this_process() as given,
            # A Ctrl-C is for the sweep, which stops its programs.
            subprocess.Popen(
                [*command, ENDS_WITH_INPUT],
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(device),
                process_group=0,
            ) as process,
        ):
            try:
                while not _has_ended(process):
                    if self.interruption.pending:
                        raise StoppedError
            finally:
                process.kill()
        return process.returncode, path.read_text("utf-8", "replace")[-_SAID:]


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return True


def _environment(device: int | None) -> dict[str, str]:
    """Return the environment of a program that sees one device only, if that was chosen."""
    if device is None:
        return dict(os.environ)
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    own = str(device) if seen is None else seen.split(",")[device]
    return {**os.environ, "CUDA_VISIBLE_DEVICES": own}


@dataclass(frozen=True)
class _Coming:
    """Values that a run will leave."""

    plain: Any = None
    with_unit: Any = None
