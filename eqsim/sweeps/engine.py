"""Sweeps: points to batches, batches to an executor, what they keep to labelled results."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eqsim.build.machine import memory
from eqsim.errors import ModelError
from eqsim.network.running.network import Network
from eqsim.sweeps.batches import Runner, SweepWarning
from eqsim.sweeps.dispatch import Dispatch, Options
from eqsim.sweeps.executors import Workers, workers_of
from eqsim.sweeps.job import Job
from eqsim.sweeps.layout import Layout, layout_of
from eqsim.sweeps.originals import check_functions
from eqsim.sweeps.provenance import check_the_same, provenance_of
from eqsim.sweeps.results import assembled
from eqsim.sweeps.room import check_room
from eqsim.sweeps.runners import runner_of
from eqsim.sweeps.store import Store, check_packages
from eqsim.units.arguments import path as given_path

BATCHES = 2000
"""How many batches a sweep has at most, unless it is told: each is a file for what is kept."""


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
    if options.store is not None:
        check_packages()
    workers = workers_of(options.executor, job)
    try:
        runner = runner_of(job, workers.count)
        _check_recordings(runner)
        if workers.is_here:
            runner.prepare()
        _warn_of_functions(runner)
        size = _batch_size(options.batch, job, runner, workers)
        done = _in_memory if options.store is None else _stored
        found = done(runner, workers, options, layout_of(job), size)
        _warn_of_programs(runner)
        return found
    finally:
        if workers.is_own:
            workers.executor.shutdown(wait=True, cancel_futures=True)


def _check_recordings(runner: Runner) -> None:
    job, results = runner.job, runner.expected()
    if isinstance(job.model, Network):
        check_functions(job.recordings, job.model)
    for recording in job.recordings:
        recording.check(results)


def _in_memory(
    runner: Runner, workers: Workers, options: Options, layout: Layout, size: int
) -> Any:
    check_room(runner.bytes_kept, runner.job.runs)
    batches = Dispatch(runner, workers, options, layout.boxes(size)).run()
    attributes = {**provenance_of(runner), "programs": runner.programs}
    return assembled(layout, batches, attributes)


def _stored(runner: Runner, workers: Workers, options: Options, layout: Layout, size: int) -> Any:
    path = options.store
    assert path is not None
    attributes = provenance_of(runner)
    store = Store(path)
    if not path.exists():
        store = Store.create(path, layout, layout.boxes(size), attributes)
    check_the_same(path, store.attributes, attributes)
    with store.writing() as ledger:
        Dispatch(runner, workers, options, store.boxes, ledger).run()
    return open_sweep(path)


def open_sweep(path: Any) -> Any:
    """Return the results in a store, also of a sweep that is not complete or still running.

    Parameters
    ----------
    path : path
        The store.

    Returns
    -------
    xarray.Dataset
        As :func:`sweep` returns it; ``status`` tells which runs are missing. Values are read
        when they are asked for; ``.load()`` reads all. It is what ``xarray.open_zarr`` gives.

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
    check_packages()
    import xarray

    _ = Store(given_path(path, "the store of a sweep")).attributes  # an error if there are none
    return xarray.open_zarr(str(path), chunks=None)


def _batch_size(batch: Any, job: Job, runner: Runner, workers: Workers) -> int:
    if batch == "auto":
        fair = -(-job.runs // (4 * workers.count))
        wanted = max(1, min(runner.at_once, fair), -(-job.runs // BATCHES))
        if runner.bytes_kept == 0:
            return wanted
        # A worker holds what is kept of a batch until it is done.
        return max(1, int(min(wanted, memory() / 16 / workers.count / runner.bytes_kept)))
    if isinstance(batch, bool) or not isinstance(batch, int | np.integer) or batch < 1:
        raise ModelError(f"batch is 'auto' or a whole number from 1 on, not {batch!r}")
    return int(batch)


def _warn_of_programs(runner: Runner) -> None:
    count = runner.programs
    if count > 1:
        warnings.warn(
            f"the points of the sweep are {count} programs, each compiled by itself\n"
            "  what a function takes should change numbers, sizes and connections, not equations"
            + _advice_on_delays(runner.job.space.columns),
            SweepWarning,
            stacklevel=4,
        )


def _advice_on_delays(names: Iterable[str]) -> str:
    if not any(name.rpartition(".")[2] == "delay" for name in names):
        return ""
    return (
        "\n  synapses without any delay are a program of their own: make them with a delay,"
        " delay=1*ms, then 0*ms is one like others"
    )


def _warn_of_functions(runner: Runner) -> None:
    if runner.runs_alone:
        warnings.warn(
            "the network calls Python functions while it runs: its runs are made one by one"
            "\n  without network_operation they would be simulated together",
            SweepWarning,
            stacklevel=4,
        )


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
