"""One measurement of GeNN in this process: a network made, built, run; figures as JSON.

Usage: python genn_models.py MODEL NEURONS SECONDS [--backend cuda] [--precision float]
                             [--instances B] [--rounds R] [--directory FOLDER]

Needs a Python with GeNN 5 (pygenn), which this file alone imports. The networks are those of
network_models.py, with the same equations and integration. Spikes are recorded as GeNN does, one
bit for each neuron and step; the first run of the model time is looked at, and those after it are
measured.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import tempfile
import time
from collections.abc import Callable
from math import exp
from typing import Any

import numpy as np
from cuda_protocol.activity import isi_cv
from measure import Figures, model_options, peak_megabytes, print_figures
from microcircuit import (
    BACKGROUND,
    INPUTS,
    WEIGHT,
    WHOLE,
    in_degrees,
    mean_weights,
    missing_currents,
    sizes_of,
)

STEP = 0.1
"""In milliseconds."""
DELAY_SLOTS = 64
"""Steps that a delay of the microcircuit may have: five standard deviations."""
Populations = list[Any]


def _neurons(
    pygenn: Any, name: str, parameters: dict[str, float], code: str, *, inputs: tuple[str, ...],
    variables: tuple[str, ...], threshold: str, reset: str,
) -> Any:  # fmt: skip
    """Return a neuron model of integrate-and-fire neurons with a refractory period."""
    return pygenn.create_neuron_model(
        name,
        params=list(parameters),
        vars=[(each, "scalar") for each in ("V", *variables, "waits")],
        additional_input_vars=[(each, "scalar", 0.0) for each in inputs],
        sim_code=code,
        threshold_condition_code=f"waits <= 0.5 && V > {threshold}",
        reset_code=f"V = {reset}; waits = refractory;",
    )


def _connect(
    pygenn: Any, model: Any, pair: tuple[Any, Any], weight: float, p: float, into: str
) -> None:
    """Connect pairs of neurons with one probability, weight and variable."""
    source, target = pair
    synapses = model.add_synapse_population(
        f"{source.name}_{target.name}",
        "SPARSE",
        source,
        target,
        pygenn.init_weight_update("StaticPulseConstantWeight", {"g": weight}),
        pygenn.init_postsynaptic("DeltaCurr"),
        pygenn.init_sparse_connectivity("FixedProbability", {"prob": p}),
    )
    synapses.post_target_var = into


def _balanced(
    pygenn: Any, model: Any, neurons: int, parts: tuple[Any, dict[str, float], dict[str, Any]],
    weights: tuple[float, float],
) -> Populations:  # fmt: skip
    """Return four fifths of the neurons and the others, all connected to all with 80 inputs."""
    border = 4 * neurons // 5
    kind, parameters, initial = parts
    made = [
        model.add_neuron_population(name, size, kind, parameters, initial)
        for name, size in (("E", border), ("I", neurons - border))
    ]
    for source, weight, into in zip(made, weights, ("inE", "inI"), strict=True):
        for target in made:
            _connect(pygenn, model, (source, target), weight, 80 / neurons, into)
    return made


def cuba(pygenn: Any, model: Any, neurons: int) -> Populations:
    """Make benchmark 2 of Brette et al.: currents, by exact integration."""
    taum, taue, taui = 20.0, 5.0, 10.0
    am, ae, ai = (exp(-STEP / tau) for tau in (taum, taue, taui))
    parameters = {
        "am": am,
        "ae": ae,
        "ai": ai,
        "ce": taue / (taue - taum) * (ae - am),
        "ci": taui / (taui - taum) * (ai - am),
        "refractory": 50.0,
    }
    kind = _neurons(
        pygenn,
        "cuba",
        parameters,
        """
        ge += inE;
        gi += inI;
        if (waits <= 0.5) { V = -49.0 + (V + 49.0) * am + ce * ge + ci * gi; }
        else { waits -= 1.0; }
        ge *= ae;
        gi *= ai;
        """,
        inputs=("inE", "inI"),
        variables=("ge", "gi"),
        threshold="-50.0",
        reset="-60.0",
    )
    start = pygenn.init_var("Uniform", {"min": -60.0, "max": -50.0})
    initial = {"V": start, "ge": 0.0, "gi": 0.0, "waits": 0.0}
    return _balanced(pygenn, model, neurons, (kind, parameters, initial), (1.62, -9.0))


def coba(pygenn: Any, model: Any, neurons: int) -> Populations:
    """Make benchmark 1 of Brette et al.: conductances, by Euler."""
    parameters = {"refractory": 50.0, "step": STEP}
    kind = _neurons(
        pygenn,
        "coba",
        parameters,
        """
        ge += inE;
        gi += inI;
        if (waits <= 0.5) { V += step / 20.0 * (-60.0 - V + 12.0 - ge * V + gi * (-80.0 - V)); }
        else { waits -= 1.0; }
        ge -= step / 5.0 * ge;
        gi -= step / 10.0 * gi;
        """,
        inputs=("inE", "inI"),
        variables=("ge", "gi"),
        threshold="-50.0",
        reset="-60.0",
    )
    initial = {
        "V": pygenn.init_var("Uniform", {"min": -60.0, "max": -50.0}),
        "ge": pygenn.init_var("Uniform", {"min": 0.0, "max": 4.0}),
        "gi": pygenn.init_var("Uniform", {"min": 0.0, "max": 20.0}),
        "waits": 0.0,
    }
    return _balanced(pygenn, model, neurons, (kind, parameters, initial), (0.6, 6.7))


def microcircuit(pygenn: Any, model: Any, neurons: int) -> Populations:
    """Make the microcircuit of Potjans and Diesmann; currents in picoamperes."""
    share = neurons / WHOLE
    made = _layers(pygenn, model, share)
    sizes, degrees = sizes_of(share), in_degrees() * share
    weights = mean_weights() * 1e12 / np.sqrt(share)
    model.fuse_postsynaptic_models = True
    model.default_narrow_sparse_ind_enabled = True
    # What only the device needs.
    model.default_var_location = pygenn.VarLocation.DEVICE
    model.default_sparse_connectivity_location = pygenn.VarLocation.DEVICE
    largest = 1e6
    for row, column in np.argwhere(degrees > 0):
        mean, weight = (1.5, 0.75)[column % 2], float(weights[row, column])
        low, high = (0.0, largest) if weight > 0 else (-largest, 0.0)
        spread = {"mean": weight, "sd": 0.1 * abs(weight), "min": low, "max": high}
        delays = {"mean": mean, "sd": mean / 2, "min": STEP, "max": (DELAY_SLOTS - 1) * STEP}
        values = {
            "g": pygenn.init_var("NormalClipped", spread),
            "d": pygenn.init_var("NormalClippedDelay", delays),
        }
        total = {"num": round(degrees[row, column] * sizes[row])}
        synapses = model.add_synapse_population(
            f"from{column}_to{row}",
            "SPARSE",
            made[column],
            made[row],
            pygenn.init_weight_update("StaticPulseDendriticDelay", {}, values),
            pygenn.init_postsynaptic("DeltaCurr"),
            pygenn.init_sparse_connectivity("FixedNumberTotalWithReplacement", total),
        )
        synapses.post_target_var = "arrived"
        synapses.max_dendritic_delay_timesteps = DELAY_SLOTS
    return made


def _layers(pygenn: Any, model: Any, share: float) -> Populations:
    """Return the eight populations, with their Poisson input."""
    taum, taus, capacity = 10.0, 0.5, 250.0
    am, decay = exp(-STEP / taum), exp(-STEP / taus)
    common = {
        "am": am,
        "decay": decay,
        "cs": taum * taus / (taum - taus) / capacity * (am - decay),
        "cm": taum / capacity * (1 - am),
        "refractory": 20.0,
        "weight": WEIGHT * 1e12,
    }
    own = ("missing", "none")
    kind = _neurons(
        pygenn,
        "layer",
        dict.fromkeys([*common, *own], 0.0),
        """
        scalar product = gennrand_uniform();
        unsigned int count = 0;
        while (product > none) {
            count++;
            product *= gennrand_uniform();
        }
        current += arrived + weight * count;
        if (waits <= 0.5) { V = -65.0 + (V + 65.0) * am + cs * current + cm * missing; }
        else { waits -= 1.0; }
        current *= decay;
        """,
        inputs=("arrived",),
        variables=("current",),
        threshold="-50.0",
        reset="-65.0",
    )
    start = pygenn.init_var("Normal", {"mean": -58.0, "sd": 5.0})
    return [
        model.add_neuron_population(
            f"layer{number}",
            int(size),
            kind,
            {**common, "missing": float(missing * 1e12), "none": exp(-BACKGROUND * inputs * 1e-4)},
            {"V": start, "current": 0.0, "waits": 0.0},
        )
        for number, (size, inputs, missing) in enumerate(
            zip(sizes_of(share), INPUTS, missing_currents(share), strict=True)
        )
    ]


NETWORKS: dict[str, Callable[[Any, Any, int], Populations]] = {
    "cuba": cuba,
    "coba": coba,
    "microcircuit": microcircuit,
}


def measure(options: argparse.Namespace) -> Figures:
    """Make the network, build it, look at what it does, and measure it."""
    pygenn = importlib.import_module("pygenn")
    steps = max(1, round(1000 * options.seconds / STEP))
    more = {"optimize_code": True} if options.backend == "single_threaded_cpu" else {}
    model = pygenn.GeNNModel(options.precision, "benchmark", backend=options.backend, **more)
    model.dt, model.seed, model.batch_size = STEP, 1, options.instances
    began = time.perf_counter()
    populations = NETWORKS[options.model](pygenn, model, options.neurons)
    for population in populations:
        population.spike_recording_enabled = True
    made = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        model.build(options.directory or temporary)
        built = time.perf_counter()
        model.load(num_recording_timesteps=steps)
        loaded = time.perf_counter()
        _advance(model, populations, steps)
        found = _activity(model, populations)
        rounds = [_advance(model, populations, steps) for _ in range(options.rounds)]
        model.unload()
    return {
        "make": made - began,
        "compile": built - made,
        "construction": loaded - built,
        "simulation": statistics.median(rounds),
        "simulation_low": min(rounds),
        "simulation_high": max(rounds),
        "memory": peak_megabytes(),
        **found,
    }


def _advance(model: Any, populations: Populations, steps: int) -> float:
    """Return how many seconds steps take, until the device has done them."""
    began = time.perf_counter()
    for _ in range(steps):
        model.step_time()
    populations[0].vars["V"].pull_from_device()
    return time.perf_counter() - began


def _activity(model: Any, populations: Populations) -> Figures:
    """Return how many spikes instances had on average, and how irregular the first was."""
    model.pull_recording_buffers_from_device()
    spikes = [
        sum(len(times) for times, _ in population.spike_recording_data)
        / len(population.spike_recording_data)
        for population in populations
    ]
    firsts = [population.spike_recording_data[0] for population in populations]
    offsets = np.cumsum([0, *(population.num_neurons for population in populations)])
    numbers = [np.asarray(i) + offset for (_, i), offset in zip(firsts, offsets, strict=False)]
    times = np.concatenate([np.asarray(t, dtype=float) for t, _ in firsts])
    return {"spikes": sum(spikes), "cv": isi_cv(np.concatenate(numbers).astype(int), times)}


def main() -> None:
    """Read the command line, measure, print."""
    parser = model_options(__doc__, NETWORKS)
    parser.add_argument("--backend", default="cuda", help="or single_threaded_cpu")
    parser.add_argument("--precision", choices=["float", "double"], default="float")
    parser.add_argument("--instances", type=int, default=1, help="how many run at once")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--directory", help="where GeNN writes its sources")
    print_figures(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
