"""The networks that Brian 2 and eqsim both run, and the figures by which they are compared.

The scripts beside this file begin with ``from brian2 import *``. That line is all that differs
between the two simulators: :func:`script` reads a file with the package put in its place. Needs
nothing but NumPy and the package that is asked for.
"""

from __future__ import annotations

import hashlib
import math
import tokenize
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parent
REFERENCE = FOLDER / "brian2_reference.json"
DURATIONS = {
    "brunel": (0.2, 1.0),
    "coba": (0.2, 1.0),
    "cobahh": (0.2, 1.0),
    "cuba": (0.2, 1.0),
    "song_abbott": (1.0, 30.0),
}
"""The networks, and how many seconds each is simulated: by the interpreter, by compiled code."""
SEEDS = tuple(range(1, 11))
IMPORT = "from brian2 import *\n"
FEWEST_SPIKES = 3
TOLERANCE = 3.0
"""How many standard errors of the difference two means may lie apart."""

Figures = dict[str, float]


def path_of(network: str) -> Path:
    """Return the file of a network."""
    return FOLDER / f"{network}.py"


def script(network: str, package: str) -> ModuleType:
    """Run the script of a network with the names of a package, and return it as a module.

    Its constants may be changed before ``simulate`` is called.
    """
    path = path_of(network)
    text = path.read_text(encoding="utf-8")
    if text.count(IMPORT) != 1:
        raise ValueError(f"{path.name} must hold this line once: {IMPORT!r}")
    module = ModuleType(network, f"{network} with the names of {package}")
    changed = text.replace(IMPORT, f"from {package} import *\n")
    exec(compile(changed, str(path), "exec"), module.__dict__)
    return module


def digest(network: str) -> str:
    """Return a digest of what a script says, whatever its comments and line breaks."""
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    with path_of(network).open(encoding="utf-8") as file:
        said = [
            token.string
            for token in tokenize.generate_tokens(file.readline)
            if token.type not in silent
        ]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def parameters(network: str, package: str) -> dict[str, float | str]:
    """Return the constants that a script defines: numbers in SI units, equations as texts."""
    module = script(network, package)
    there_before: dict[str, Any] = {}
    exec(f"from {package} import *", there_before)
    found: dict[str, float | str] = {}
    for name, value in vars(module).items():
        if name.startswith("_") or value is there_before.get(name) or callable(value):
            continue
        found[name] = str(value) if _is_text(value) else _in_si(value)
    return found


def _in_si(value: Any) -> float:
    """Return a number or quantity of either package as a number in SI units."""
    return float(np.asarray(value.value if hasattr(value, "dimension") else value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or type(value).__name__ == "Equations"


def coefficient_of_variation(indices: NDArray[Any], times: NDArray[Any]) -> float:
    """Return the mean over neurons of deviation over mean of their intervals between spikes.

    Neurons with fewer than three spikes do not count. The deviation is that of the sample as it
    is, without a correction for its size.
    """
    order = np.lexsort((times, indices))
    _, counts = np.unique(indices, return_counts=True)
    trains = np.split(times[order], np.cumsum(counts)[:-1])
    intervals = [np.diff(train) for train in trains if len(train) >= FEWEST_SPIKES]
    return float(np.mean([np.std(each) / np.mean(each) for each in intervals]))


def figures(spikes: Mapping[str, Any], weights: Mapping[str, Any], duration: float) -> Figures:
    """Return the figures of one run: rates in Hz, irregularity, and where weights lie.

    Parameters
    ----------
    spikes : mapping of str to SpikeMonitor
        By population.
    weights : mapping of str to array
        By synapses, relative to the largest that is possible.
    duration : float
        How long the run was, in seconds.
    """
    found: Figures = {}
    for name, monitor in spikes.items():
        indices, times = np.asarray(monitor.i), np.asarray(monitor.t_)
        found[f"rate of {name} (Hz)"] = len(times) / len(monitor.count) / duration
        found[f"CV of intervals of {name}"] = coefficient_of_variation(indices, times)
    for name, relative in weights.items():
        values = np.asarray(relative)
        found[f"mean weight of {name}"] = float(np.mean(values))
        found[f"fraction of {name} below 0.1"] = float(np.mean(values < 0.1))
        found[f"fraction of {name} above 0.9"] = float(np.mean(values > 0.9))
    return found


def collected(runs: Sequence[Figures]) -> dict[str, list[float]]:
    """Return each figure with its values of all runs."""
    return {name: [run[name] for run in runs] for name in runs[0]}


def distances(
    ours: Mapping[str, Sequence[float]], theirs: Mapping[str, Sequence[float]]
) -> dict[str, float]:
    """Return how far the means lie apart, in standard errors of their difference, by figure."""
    if set(ours) != set(theirs):
        raise ValueError(f"the figures differ: {sorted(set(ours) ^ set(theirs))}")
    return {name: _distance(ours[name], theirs[name]) for name in ours}


def _distance(ours: Sequence[float], theirs: Sequence[float]) -> float:
    apart = abs(float(np.mean(ours)) - float(np.mean(theirs)))
    # One variance for both, as the models are the same: that of three runs alone says little.
    squares = sum(float(np.var(x)) * len(x) for x in (ours, theirs))
    variance = squares / (len(ours) + len(theirs) - 2)
    error = math.sqrt(variance * (1 / len(ours) + 1 / len(theirs)))
    return apart / error if error > 0 else (0.0 if apart == 0 else math.inf)
