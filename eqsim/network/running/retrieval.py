"""What a program of its own left in files, put into the objects that the program was made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eqsim.network.kernels.builder import Lowered
from eqsim.network.monitors.monitor import Monitor
from eqsim.network.objects import NetworkObject
from eqsim.network.running.network import Network
from eqsim.runtime.manifest import FILE_NAME, Manifest
from eqsim.runtime.results import Results, load
from eqsim.units.quantity import si_value


def retrieve(network: Network, lowered: Lowered, directory: Path) -> Results:
    """Give the objects of a network the results of its program, as if they had run here.

    Parameters
    ----------
    network : Network
        The network; gets the time of the program's end.
    lowered : Lowered
        What the program was made from; its arrays are those of the objects.
    directory : Path
        The folder of results.

    Returns
    -------
    Results
        The results as they are in the folder.

    Raises
    ------
    ModelError
        If the folder holds no results.
    RunError
        If they are incomplete or damaged.
    """
    results = load(directory)
    manifest = Manifest.from_json((directory / FILE_NAME).read_text(), str(directory / FILE_NAME))
    for named in lowered.labels.values():
        if isinstance(named, Monitor):
            named.forget()
    for record in manifest.records:
        sink = lowered.sinks.get(record.name)
        if sink is not None:
            columns = (np.load(directory / "records" / each.file) for each in record.columns)
            sink(tuple(column.ravel() for column in columns))
    arrays = lowered.memory.arrays
    for array in manifest.arrays:
        if array.name in arrays and array.file is not None:
            values = np.load(directory / "state" / array.file)
            arrays[array.name][...] = values.reshape(arrays[array.name].shape)
    network.present.time = si_value(results.t)
    for name, clock in lowered.clocks.items():
        clock.timestep = int(arrays[f"{name}.timestep"].item())
    for named in lowered.labels.values():
        if isinstance(named, NetworkObject):
            named.timestep = named.clock.timestep
    return results
