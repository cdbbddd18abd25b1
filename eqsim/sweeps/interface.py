"""The function that users call."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from eqsim.errors import ModelError
from eqsim.network import recording
from eqsim.network.caller import caller_names
from eqsim.network.objects import NetworkObject
from eqsim.network.preferences import choose_target
from eqsim.network.randomness import current_seed, is_seeded
from eqsim.network.running.arguments import checked_duration, checked_namespace, flatten
from eqsim.network.running.magic import collect
from eqsim.network.running.network import Network
from eqsim.sweeps.engine import checked_options, run_job
from eqsim.sweeps.job import DURATION, SEED, Job, checked_seed, checked_seeds, constants_in
from eqsim.sweeps.projects import Project
from eqsim.sweeps.recording import TAKEN, recordings_of
from eqsim.sweeps.sampling import Space, space_of
from eqsim.sweeps.store import Store
from eqsim.targets import Target
from eqsim.units.quantity import Quantity


def sweep(  # noqa: PLR0913 - each is a choice of its own, and all but two have a default
    model: Network | Callable[..., Any] | str | os.PathLike[str] | Any = None,
    space: Space | Mapping[str, Any] | list[Mapping[str, Any]] | None = None,
    *,
    duration: Quantity | None = None,
    record: Any = None,
    repeats: int = 1,
    seed: int | None = None,
    executor: Any = None,
    batch: Any = "auto",
    store: str | os.PathLike[str] | None = None,
    retries: int = 1,
    errors: str = "raise",
    progress: Any = None,
    namespace: Mapping[str, Any] | None = None,
    target: str | Target | None = None,
) -> Any:
    """Run a model at many points of a space of parameters.

    The model is compiled once. Points are simulated together, as instances of one program; each
    gives bit for bit what its own single run gives.

    Parameters
    ----------
    model : Network, function, path, list of objects, or None
        The network; or the folder of a project that :meth:`eqsim.Network.export` wrote, whose
        program is then run for each point; or a function that makes the network, and returns it,
        its objects or ``locals()``; or nothing for the objects that the caller has a name for, as
        with ``run()``. A network is left as it is: each run begins in its present state. A
        function is called with those parameters of the space that it takes: for what no network
        can change any more, such as numbers of neurons or connections.
    space : Space, mapping, or list of mapping
        The points. ``{'tau': [5, 10]*ms, 'cells.v': ...}`` is a grid, a list of dicts a list of
        points; see :mod:`eqsim.sampling` for others. A parameter is a constant of the equations,
        a variable of a group by ``'group.variable'``, a :class:`TimedArray` by its name,
        ``'seed'`` (of each run), ``'duration'``, or ``'connectivity_seed'`` (with which the
        function is called).
    duration : Quantity
        How long a run is, in seconds of model time, unless that is a parameter of the space. A
        project has it from its export, and needs none.
    record : optional
        What is kept of each run: a monitor or group, a text such as ``'mean(cells.v)'``, a
        function of the :class:`~eqsim.sweeps.recording.RunResults`, a list of these, or a dict
        with names for them. By default all that monitors recorded.
    repeats : int
        How many runs each point has, with different random numbers.
    seed : int, optional
        The seed of the sweep, from which that of each run follows; by default that in use, or that
        of the store if none was given to :func:`eqsim.seed`.
    executor : optional
        Where runs are simulated: by default on all processors of this machine; an executor of
        :mod:`concurrent.futures`, or a Client of Dask.
    batch : "auto" or int
        How many runs an executor gets at once.
    store : path, optional
        A folder for the results. Each batch is written when it is done; the same call goes on
        with a sweep that was interrupted.
    retries : int
        How often a batch is done again whose worker was lost, before it is split.
    errors : "raise" or "keep"
        What happens if a run diverges: an error that names it, or NaN in the results, with the
        reasons in ``attrs['failures']``.
    progress : bool or callable, optional
        Whether to show how far the sweep is, or a function of (done, total, failed); by default
        in terminals.
    namespace : mapping of str to object, optional
        Constants of the equations; by default the names that the caller sees.
    target : str or Target, optional
        Where to simulate: ``'cpp'``, ``'cuda'``, ``'numpy'``, or an object with options.

    Returns
    -------
    xarray.Dataset or SweepResult
        What was kept, in SI units, along axes with the names of the parameters, and ``repeat``;
        ``seed`` is what :func:`eqsim.seed` takes to repeat a run alone. Without xarray an object
        with the same names.

    Raises
    ------
    EquationError, ModelError, DimensionMismatchError
        If the model or an argument does not fit; nothing is run then.
    SweepError
        If runs failed, with their parameters; or the store is that of another sweep, in use, or
        cannot be written.

    Examples
    --------
    >>> from eqsim import Network, NeuronGroup, SpikeMonitor, ms, second, sweep
    >>> cells = NeuronGroup(1, 'dv/dt = (2 - v)/tau : 1', threshold='v > 1', reset='v = 0',
    ...                     method='exact')
    >>> spikes = SpikeMonitor(cells)
    >>> net = Network(cells, spikes)
    >>> found = sweep(net, {'tau': [5, 10, 20]*ms}, duration=0.1*second,
    ...               record={'n': lambda results: results[spikes].num_spikes})
    >>> found['n'].values
    array([28., 14.,  7.])
    """
    if space is None and isinstance(model, Space | Mapping | list):
        model, space = None, model
    found = space_of({} if space is None else space)
    _check_names(found)
    checked_seeds(found)
    if not isinstance(repeats, int) or isinstance(repeats, bool) or repeats < 1:
        raise ModelError(f"repeats is a whole number from 1 on, not {repeats!r}")
    told = sys.stderr.isatty() if progress is None else progress
    options = {"executor": executor, "batch": batch, "store": store, "retries": retries}
    chosen = checked_options({**options, "errors": errors, "progress": told})
    points = found, repeats, _seed(seed, chosen.store)
    if isinstance(model, str | os.PathLike):
        if namespace is not None:
            raise ModelError(
                "a project has its constants from its export, and takes no namespace\n"
                "  vary them in the space: {'tau': [5]*ms}"
            )
        return run_job(_job_of_project(Path(model), points, duration, record, target), chosen)
    if recording.recorder() is not None:
        raise ModelError(
            "a program of its own cannot do a sweep: leave it out of the script\n"
            "  or give the sweep the folder of the program in place of a network"
        )
    length = _duration(duration, found)
    if length is None:
        raise ModelError("a sweep of a network needs a duration\n  write: duration=100*ms")
    around = caller_names() if namespace is None else checked_namespace(namespace)
    network = _model_of(model)
    made = network if isinstance(network, Network) else None
    names = {
        name: str(value.name)
        for name, value in around.items()
        if isinstance(value, NetworkObject) and (made is None or str(value.name) in made)
    }
    job = Job(
        network,
        constants_in(around),
        *points,
        length,
        recordings_of(record, made),
        # Workers elsewhere may have the devices that this machine lacks.
        choose_target(
            target if target is not None else getattr(made, "target", None), runs_here=False
        ),
        names,
    )
    return run_job(job, chosen)


def _job_of_project(
    folder: Path,
    points: tuple[Space, int, int],
    duration: Quantity | None,
    record: Any,
    target: str | Target | None,
) -> Job:
    project = Project.at(folder)
    length = project.duration(_duration(duration, points[0]))
    kept = recordings_of(record, None)
    return Job(project, {}, *points, length, kept, project.target(target))


def _duration(given: Quantity | None, space: Space) -> Quantity | None:
    """Return how long runs are, the longest one if that is a parameter of the space."""
    if DURATION not in space.columns:
        if given is not None:
            checked_duration(given)
        return given
    if given is not None:
        raise ModelError(
            "the duration of runs is given twice: as 'duration' of the space, and by itself\n"
            "  leave out one of them"
        )
    values: Quantity = max(space.columns[DURATION], key=checked_duration)
    return values


def _check_names(space: Space) -> None:
    for name in sorted(space.columns.keys() & (set(TAKEN) - {SEED})):
        raise ModelError(
            f"{name!r} cannot be a parameter of a sweep: the result itself is labelled with it\n"
            "  give it another name in the model"
        )


def _model_of(model: Any) -> Network | Callable[..., Any]:
    if isinstance(model, Network):
        return model
    if model is None:
        objects = collect()
        if not objects:
            raise ModelError(
                "no objects to sweep over were found\n"
                "  give the sweep a Network, or a function that makes one"
            )
        return Network(objects)
    if isinstance(model, NetworkObject | list | tuple):
        return Network(list(flatten([model])))
    if callable(model):
        maker: Callable[..., Any] = model
        return maker
    raise ModelError(
        f"{model!r} is no model of a sweep\n  expected: a Network, or a function that makes one"
    )


def _seed(seed: int | None, store: Path | None) -> int:
    if seed is not None:
        return checked_seed(seed)
    if store is not None and store.exists() and not is_seeded():
        # Another process would have another seed, and could not go on with what is there.
        return int(Store(store).attributes["seed"])
    return current_seed()
