"""Batches of runs of a network, each run's results kept by itself."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

from eqsim.network.caller import names_of_a_run
from eqsim.network.preferences import check_available
from eqsim.network.randomness import seed
from eqsim.network.running.instances import Finished, InstanceFailedError
from eqsim.network.running.network import Network
from eqsim.network.running.store import put_back, take_snapshot
from eqsim.program.nodes import RANDOM_KEY
from eqsim.program.printer import program_text
from eqsim.runtime.drive import Interruption
from eqsim.sweeps.batches import Batch, StoppedError, told
from eqsim.sweeps.devices import Devices
from eqsim.sweeps.job import OF_RUNS, Job
from eqsim.sweeps.memory import instances_at_once
from eqsim.sweeps.model import Model
from eqsim.sweeps.recording import RunResults, Values, kept
from eqsim.sweeps.room import bytes_kept
from eqsim.sweeps.variants import Variant, random_state_kept, write
from eqsim.targets import Cpp, Target
from eqsim.units.quantity import si_value

RESTARTS = 3
"""How often a simulation begins anew without a run that failed, before all runs are made alone."""


class NetworkRunner:
    """Runs batches of a network in this process: simulated together where possible.

    Parameters
    ----------
    job : Job
        The sweep.
    workers : int
        How many batches run in this process at once.
    """

    def __init__(self, job: Job, workers: int = 1) -> None:
        self.job = job
        self.model = Model(job)
        self.interruption = Interruption()
        self.runs_alone = self.model.runs_python
        first, seconds = self.model.first.instances.network, float(si_value(job.duration))
        self.bytes_kept = bytes_kept(job.recordings, first, seconds)
        self.at_once = 1 if self.runs_alone else self._at_once(workers)
        self._target = _target_of_a_batch(job.target)
        self._target.check(self.model.first.instances.program)
        self._devices = Devices(self._target)

    def _at_once(self, workers: int) -> int:
        return instances_at_once(self.model.first.instances, workers, self.job.target)

    @property
    def programs(self) -> int:
        """How many programs there are so far: each is compiled by itself."""
        return len(self.model.programs)

    def prepare(self) -> None:
        """Refuse a target that is not there; the first batch compiles."""
        check_available(self.job.target)

    def expected(self) -> RunResults:
        """Return what the results of the first run will have, before there is any."""
        job, first = self.job, self.model.first
        return RunResults(first.instances.network, job.point_of(0), job.seed_of(0), first.names)

    def identity(self) -> dict[str, str]:
        """Return a digest of the model, and its constants that are the same for all points."""
        return {"model": self._digest(), "constants": ", ".join(self._constants())}

    def _digest(self) -> str:
        """Return a digest of the first network of a sweep: its program, sizes and values."""
        instances = self.model.first.instances
        found = hashlib.sha256(program_text(instances.program).encode())
        left_out = {row.array for row in self.model.first.rows} | {RANDOM_KEY}
        left_out |= {clock.end for clock in instances.program.clocks}
        for name in sorted(instances.template.arrays):
            if name not in left_out:
                found.update(name.encode() + instances.template.content(name))
        return found.hexdigest()

    def _constants(self) -> list[str]:
        first = self.model.first
        names = (name.partition("namespace.")[2] for name in first.instances.template.arrays)
        varied = self.job.space.columns
        known = sorted(name for name in names if name in first.around and name not in varied)
        return [f"{name} = {first.around[name]}" for name in known]

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
        """
        began = time.perf_counter()
        batch = Batch(first, last)
        for variant, runs in self._alike(range(first, last)):
            if variant is None:
                self._alone(batch, runs[0])
                continue
            for start in range(0, len(runs), self.at_once):
                self._together(batch, variant, runs[start : start + self.at_once])
        batch.seconds = time.perf_counter() - began
        return batch

    def _alike(self, runs: range) -> Iterator[tuple[Variant | None, list[int]]]:
        """Yield runs with the variant to which they belong, None for those that run alone."""
        if self.runs_alone:
            yield from ((None, [run]) for run in runs)
            return
        if self.model.is_one:
            yield self.model.first, list(runs)
            return
        found: dict[Any, list[int]] = {}
        for run in runs:
            found.setdefault(self.model.key(run), []).append(run)
        for alike in found.values():
            yield self.model.variant(alike[0]), alike

    def _together(self, batch: Batch, variant: Variant, runs: Sequence[int]) -> None:
        """Simulate runs in one simulation; those that fail are left out, and it begins anew."""
        left, failed = list(runs), 0
        while left:
            at_once = left if failed < RESTARTS else left[:1]
            finished = self._simulated(batch, variant, at_once)
            if finished is None:
                left = [run for run in left if run not in batch.failures]
                failed += 1
                continue
            for place, run in enumerate(at_once):
                self._keep(batch, variant, finished, place, run)
                batch.check_room()
            left = left[len(at_once) :]

    def _simulated(self, batch: Batch, variant: Variant, runs: Sequence[int]) -> Finished | None:
        """Return what a simulation of runs left, None if one of them failed."""
        memory = variant.memory(self.job, runs)
        try:
            finished = variant.instances.run(memory, self._devices.target(), self.interruption)
        except InstanceFailedError as failed:
            batch.failures[runs[failed.instance]] = told(failed.error)
            return None
        if self.interruption.pending:
            raise StoppedError
        return finished

    def _keep(
        self, batch: Batch, variant: Variant, finished: Finished, place: int, run: int
    ) -> None:
        try:
            constants = variant.constants(self.job.point_of(run))
            with (
                variant.instances.shown(finished, place) as network,
                names_of_a_run(constants),
            ):
                batch.keep(run, self._kept(network, run, variant.names))
        except InstanceFailedError as failed:
            batch.failures[run] = told(failed.error)
        except Exception as error:  # whatever a function of the user raises
            batch.failures[run] = told(error)

    def _kept(self, network: Network, run: int, names: Any) -> Values:
        job = self.job
        results = RunResults(network, job.point_of(run), job.seed_of(run), names)
        return kept(job.recordings, results)

    def _alone(self, batch: Batch, run: int) -> None:
        """Run the network itself, with the Python functions that it calls."""
        job = self.job
        if self.interruption.pending:
            raise StoppedError
        with self.model.lock, random_state_kept():
            if isinstance(job.model, Network):
                network, around, names = job.model, dict(job.namespace), dict(job.names)
            else:
                network, around, names = self.model.network(run)
            before = take_snapshot(network.present, network.all_objects)
            try:
                seed(job.seed_of(run))
                for name, value in sorted(job.point_of(run).items(), key=lambda e: "." in e[0]):
                    if name not in job.taken() | OF_RUNS:
                        with names_of_a_run(around):
                            write(network, around, names, name, value)
                network.run(job.duration_of(run), namespace=around, target=self._devices.target())
                with names_of_a_run(around):
                    batch.keep(run, self._kept(network, run, names))
            except Exception as error:
                batch.failures[run] = told(error)
            finally:
                put_back(before, network.present, network.all_objects, restore_random_state=False)


def _target_of_a_batch(target: Target) -> Target:
    """Return the target of one batch: threads have a batch each, and not a share of each step."""
    return Cpp(threads=1) if isinstance(target, Cpp) and target.threads is None else target
