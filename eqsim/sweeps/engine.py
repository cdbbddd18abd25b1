"""Sweeps: points to batches, batches to an executor, what they keep to labelled results."""

from __future__ import annotations

import collections
import contextlib
import hashlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import EquationError, ModelError, SweepError, TargetError
from eqsim.network.clocks import seconds
from eqsim.network.lowering.externals import is_constant
from eqsim.network.preferences import check_available
from eqsim.program.nodes import RANDOM_KEY
from eqsim.program.printer import program_text
from eqsim.sweeps.batches import Batch, Runner, StoppedError
from eqsim.sweeps.digests import digest_of_recordings
from eqsim.sweeps.executors import Elsewhere, Here, Workers, workers_of
from eqsim.sweeps.job import Job, digest_of_space
from eqsim.sweeps.progress import reporter
from eqsim.sweeps.recording import RunResults
from eqsim.sweeps.results import Axes, assembled
from eqsim.sweeps.sampling import Space
from eqsim.sweeps.store import Header, Store, provenance
from eqsim.units.dimensions import base_unit_for
from eqsim.units.quantity import dimension_of, si_value

BATCHES = 2000
"""How many batches a sweep has at most, unless it is told: each is a folder of the store."""


class SweepWarning(UserWarning):
    """A sweep is slower than it could be."""


@dataclass(frozen=True)
class Options:
    """How a sweep is done.

    Parameters
    ----------
    executor : object
        Where batches run.
    batch : "auto" or int
        How many runs a batch has.
    store : path or None
        Where what is kept is written.
    retries : int
        How often a batch is done again that was lost.
    keeps_failures : bool
        Whether the sweep goes on if runs fail.
    progress : bool or callable
        What is told how far it is.
    """

    executor: Any
    batch: Any
    store: Path | None
    retries: int
    keeps_failures: bool
    progress: Any


def run_job(job: Job, options: Options) -> Any:
    """Do a sweep.

    Parameters
    ----------
    job : Job
        What to do.
    options : Options
        How.

    Returns
    -------
    xarray.Dataset or SweepResult
        The results.
    """
    workers = workers_of(options.executor, job)
    try:
        if workers.is_here:
            check_available(job.target)
        runner = Runner(job, workers.count)
        _check_recordings(runner)
        _warn_of_functions(runner)
        size = _batch_size(options.batch, job, runner, workers)
        done = _in_memory if options.store is None else _stored
        found = done(runner, workers, options, size)
        _warn_of_programs(runner)
        return found
    finally:
        if workers.is_own:
            workers.executor.shutdown(wait=True, cancel_futures=True)


def _check_recordings(runner: Runner) -> None:
    job, first = runner.job, runner.model.first
    results = RunResults(first.instances.network, job.point_of(0), job.seed_of(0), first.names)
    for recording in job.recordings:
        recording.check(results)


def _in_memory(runner: Runner, workers: Workers, options: Options, size: int) -> Any:
    job = runner.job
    todo = _Todo(job.runs, size, [])
    batches = _Loop(runner, workers, options, todo).run()
    return _result(job, batches, runner)


def _stored(runner: Runner, workers: Workers, options: Options, size: int) -> Any:
    job, path = runner.job, options.store
    assert path is not None
    header = _header(runner, size)
    store = _opened(path, header, job)
    with store.writing():
        todo = _Todo(job.runs, int(store.header["batch"]), store.done())
        _Loop(runner, workers, options, todo, store).run()
    return open_sweep(path)


def _opened(path: Path, header: Header, job: Job) -> Store:
    """Return the store of a sweep: a new one, or that of the same sweep."""
    if not path.exists():
        parameters = {n: _stored_values(v) for n, v in _coords(job.space).items()}
        return Store.create(path, header, parameters, _seeds(job))
    store = Store(path)
    found = store.header
    for key, what in _SAME.items():
        if found.get(key) != header[key]:
            told = f": {found.get(key)} there, {header[key]} here" if key in _TOLD else ""
            raise SweepError(
                f"the store {str(path)!r} is that of another sweep: {what} differs{told}\n"
                "  give this sweep a path of its own, or open the other with eqsim.open_sweep"
            )
    return store


_SAME = {
    "eqsim": "the version of eqsim",
    "space": "the space of parameters",
    "seed": "the seed",
    "duration": "the duration",
    "recorded": "what is recorded",
    "model": "the model",
}
_TOLD = ("eqsim", "seed", "duration")


def _header(runner: Runner, size: int) -> Header:
    job = runner.job
    return {
        **provenance(),
        "model": _digest_of_model(runner),
        "space": digest_of_space(job.space, job.repeats),
        "seed": job.seed,
        "duration": seconds(job.duration, "duration"),
        "target": job.target.name,
        "recorded": digest_of_recordings(job.recordings),
        "shape": dict(job.space.shape),
        "repeats": job.repeats,
        "batch": size,
        "units": {n: _unit(v) for n, v in _coords(job.space).items()},
        "constants": {n: repr(v) for n, v in job.namespace.items() if is_constant(v)}
        if len(job.namespace) < _MANY
        else {},
    }


_MANY = 500


def _digest_of_model(runner: Runner) -> str:
    """Return a digest of the first network of a sweep: its program, sizes and values."""
    instances = runner.model.first.instances
    found = hashlib.sha256(program_text(instances.program).encode())
    left_out = {row.array for row in runner.model.first.rows} | {RANDOM_KEY}
    left_out |= {clock.end for clock in instances.program.clocks}
    for name, values in instances.template.arrays.items():
        if name not in left_out:
            found.update(name.encode() + np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def _coords(space: Space) -> dict[str, Any]:
    return {name: space.axes.get(name, values) for name, values in space.columns.items()}


def _stored_values(values: Any) -> NDArray[Any]:
    """Return parameters as plain arrays: numbers, else texts."""
    if not isinstance(values, list):
        return np.asarray(si_value(values))
    if all(isinstance(each, str) for each in values):
        return np.array(values)
    return np.arange(len(values))


def _axes(job: Job) -> Axes:
    coords = _coords(job.space)
    return Axes(
        job.space.shape,
        job.repeats,
        {name: _stored_values(values) for name, values in coords.items()},
        {name: _unit(values) for name, values in coords.items()},
    )


def _unit(values: Any) -> str:
    """Return the unit of a parameter; what is no single number is told by its place."""
    return "1" if isinstance(values, list) else base_unit_for(dimension_of(values))


def _seeds(job: Job) -> NDArray[np.uint64]:
    return np.array([job.seed_of(run) for run in range(job.runs)], dtype=np.uint64)


def _result(job: Job, batches: list[Batch], runner: Runner) -> Any:
    attrs = {
        **provenance(),
        "model": _digest_of_model(runner),
        "seed": str(job.seed),
        "duration": str(job.duration),
        "target": job.target.name,
        "programs": len(runner.model.programs),
    }
    return assembled(_axes(job), batches, _seeds(job), attrs)


def open_sweep(path: Any) -> Any:
    """Return the results in a store, also of a sweep that is not complete or still running.

    Parameters
    ----------
    path : path
        The store.

    Returns
    -------
    xarray.Dataset or SweepResult
        As :func:`sweep` returns it; ``status`` tells which runs are missing.

    Raises
    ------
    SweepError
        If there is no store.

    Examples
    --------
    >>> import eqsim
    >>> eqsim.open_sweep("nowhere.zarr")
    Traceback (most recent call last):
        ...
    eqsim.errors.SweepError: 'nowhere.zarr' is no store of a sweep
    """
    store = Store(Path(path))
    header = store.header
    axes = Axes(header["shape"], int(header["repeats"]), store.parameters, header["units"])
    kept = ("eqsim", "numpy", "python", "host", "machine", "started", "model", "target")
    attrs = {name: header[name] for name in kept}
    attrs |= {
        "seed": str(header["seed"]),
        "duration": f"{header['duration']} s",
        "store": str(path),
    }
    return assembled(axes, store.read(), store.seeds, attrs)


def _batch_size(batch: Any, job: Job, runner: Runner, workers: Workers) -> int:
    if batch == "auto":
        fair = -(-job.runs // (4 * workers.count))
        return max(1, min(runner.at_once, fair), -(-job.runs // BATCHES))
    if isinstance(batch, bool) or not isinstance(batch, int | np.integer) or batch < 1:
        raise ModelError(f"batch is 'auto' or a whole number from 1 on, not {batch!r}")
    return int(batch)


def _warn_of_programs(runner: Runner) -> None:
    count = len(runner.model.programs)
    if count > 1:
        warnings.warn(
            f"the points of the sweep are {count} programs, each compiled by itself\n"
            "  what a function takes should change numbers, sizes and connections, not equations",
            SweepWarning,
            stacklevel=4,
        )


def _warn_of_functions(runner: Runner) -> None:
    if runner.runs_alone:
        warnings.warn(
            "the network calls Python functions while it runs: its runs are made one by one"
            "\n  without network_operation they would be simulated together",
            SweepWarning,
            stacklevel=4,
        )


@dataclass
class _Todo:
    """Runs that are not done, in batches.

    Parameters
    ----------
    runs : int
        How many runs there are.
    size : int
        How many a batch has.
    done : list of tuple of int
        What is done.
    """

    runs: int
    size: int
    done: list[tuple[int, int]]
    batches: collections.deque[tuple[int, int, int]] = field(default_factory=collections.deque)
    kept: int = 0

    def __post_init__(self) -> None:
        is_done = np.zeros(self.runs, dtype=bool)
        for first, last in self.done:
            is_done[first:last] = True
        self.kept = int(is_done.sum())
        for start in range(0, self.runs, self.size):
            missing = np.flatnonzero(~is_done[start : start + self.size]) + start
            for part in np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1):
                if len(part):
                    self.batches.append((int(part[0]), int(part[-1]) + 1, 0))


class _Loop:
    """Gives batches to an executor, and takes care of what is lost.

    Parameters
    ----------
    runner : Runner
        The model, for what runs here and for what is told.
    workers : Workers
        The executor.
    options : Options
        How the sweep is done.
    todo : _Todo
        What is to do.
    store : Store, optional
        Where what is kept is written.
    """

    def __init__(
        self,
        runner: Runner,
        workers: Workers,
        options: Options,
        todo: _Todo,
        store: Store | None = None,
    ) -> None:
        self.job = runner.job
        self.options = options
        self.todo = todo
        self.store = store
        self.finished: list[Batch] = []
        self.failures: dict[int, str] = {}
        self.n_done = todo.kept
        self.window = workers.window
        path = None if store is None else store.path.absolute()
        self.place: Here | Elsewhere = (
            Here(workers, runner, path) if workers.is_here else Elsewhere(workers, self.job, path)
        )
        self.tell: Callable[[int, int], None] = reporter(
            options.progress, self.job.runs, todo.kept
        )
        self.running: dict[Future[Batch], tuple[int, int, int]] = {}

    def run(self) -> list[Batch]:
        """Do what is to do; return what is kept, unless it is in the store.

        Raises
        ------
        SweepError
            If runs failed and failures are not kept, or the executor is broken.
        """
        try:
            while self.todo.batches or self.running:
                if self.failures and not self.options.keeps_failures:
                    self.todo.batches.clear()
                    if not self.running:
                        break
                self._submit()
                done, _ = wait(self.running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._take(future, *self.running.pop(future))
                self.tell(self.n_done, len(self.failures))
        except BaseException:
            self._stop()
            raise
        if self.failures and not self.options.keeps_failures:
            raise self._failed()
        return self.finished

    def _submit(self) -> None:
        while self.todo.batches and len(self.running) < self.window:
            first, last, tried = self.todo.batches.popleft()
            with self._broken():
                future = self.place.submit(
                    first, last, stores_failures=self.options.keeps_failures
                )
            self.running[future] = (first, last, tried)

    def _take(self, future: Future[Batch], first: int, last: int, tried: int) -> None:
        with self._broken():
            try:
                batch = future.result()
            except (BrokenExecutor, StoppedError, SweepError, EquationError, KeyboardInterrupt):
                raise
            except Exception as error:  # whatever an executor makes of a loss
                self._again(first, last, tried, error)
                return
        self._keep(batch)

    def _keep(self, batch: Batch) -> None:
        self.failures |= batch.failures
        self.n_done += batch.last - batch.first
        if self.store is None:
            self.finished.append(batch)

    def _again(self, first: int, last: int, tried: int, error: Exception) -> None:
        """Do a batch again that was lost; then its halves, so that one run is found guilty."""
        if tried < self.options.retries:
            self.todo.batches.append((first, last, tried + 1))
        elif isinstance(error, TargetError):
            raise error  # no run is to blame
        elif last - first > 1:
            middle = (first + last) // 2
            self.todo.batches.append((first, middle, tried))
            self.todo.batches.append((middle, last, tried))
        else:
            batch = Batch(first, last, failures={first: f"{type(error).__name__}: {error}"})
            if self.store is not None and self.options.keeps_failures:
                self.store.write(batch)
            self._keep(batch)

    @contextlib.contextmanager
    def _broken(self) -> Iterator[None]:
        try:
            yield
        except BrokenExecutor as error:
            kept = "" if self.store is None else f"; {self.n_done} runs are in the store"
            raise SweepError(
                f"a process of the executor ended abruptly, so that it takes no more{kept}\n"
                "  call again with a new executor: with a store, the sweep goes on"
            ) from error

    def _stop(self) -> None:
        self.place.interruption.requested = True
        for future in self.running:
            future.cancel()

    def _failed(self) -> SweepError:
        shown = [
            f"  {self.job.described(run)}\n    " + text.replace("\n", "\n    ")
            for run, text in sorted(self.failures.items())[:_SHOWN]
        ]
        more = len(self.failures) - _SHOWN
        if more > 0:
            shown.append(f"  and {more} more")
        runs = "a run" if len(self.failures) == 1 else f"{len(self.failures)} runs"
        advice = "  errors='keep' goes on without them"
        return SweepError(
            "\n".join([f"{runs} of the sweep failed", *shown, advice]), self.failures
        )


_SHOWN = 3


def checked_options(options: Mapping[str, Any]) -> Options:
    """Return options that fit.

    Raises
    ------
    ModelError
        If one does not.
    """
    retries, errors = options["retries"], options["errors"]
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise ModelError(f"retries is a whole number from 0 on, not {retries!r}")
    if errors not in ("raise", "keep"):
        raise ModelError(f"errors is 'raise' or 'keep', not {errors!r}")
    store = options["store"]
    if store is not None and not isinstance(store, str | os.PathLike):
        raise ModelError(f"store is the path of a folder for the results, not {store!r}")
    return Options(
        options["executor"],
        options["batch"],
        None if store is None else Path(store),
        retries,
        errors == "keep",
        options["progress"],
    )
