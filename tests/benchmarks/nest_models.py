"""One measurement of NEST in this process: a network made and run; figures as JSON.

Usage: python nest_models.py MODEL NEURONS SECONDS [--threads T]

Needs a Python with NEST, which this file alone imports. The networks are those of
network_models.py as far as NEST's built-in neurons allow: `cobahh` is integrated with adaptive
steps, and starts by Poisson input of 50 ms because its conductances have no initial values.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import model_options, peak_megabytes, print_figures

DELAY = 0.1
"""The shortest delay in milliseconds: NEST has none of 0."""
MEMBRANE = {
    "E_L": -49.0,
    "V_th": -50.0,
    "V_reset": -60.0,
    "tau_m": 20.0,
    "C_m": 20.0,
    "tau_syn_ex": 5.0,
    "tau_syn_in": 10.0,
    "t_ref": 5.0,
}
TRAUB_MILES = {
    "E_L": -60.0,
    "V_T": -63.0,
    "C_m": 200.0,
    "g_L": 10.0,
    "g_Na": 20000.0,
    "g_K": 6000.0,
    "E_Na": 50.0,
    "E_K": -90.0,
    "E_ex": 0.0,
    "E_in": -80.0,
    "tau_syn_ex": 5.0,
    "tau_syn_in": 10.0,
    "t_ref": 3.0,
}


def _connect(nest: Any, sources: Any, targets: Any, p: float, **synapse: Any) -> None:
    rule = {"rule": "pairwise_bernoulli", "p": p}
    nest.Connect(sources, targets, rule, {"delay": DELAY, **synapse})


def cuba(nest: Any, neurons: int, inputs: int = 80) -> Any:
    """Return integrate-and-fire neurons with currents, and connect them."""
    cells = nest.Create("iaf_psc_exp", neurons, MEMBRANE)
    cells.V_m = -60 + 10 * np.random.default_rng(1).random(neurons)
    border, p = 4 * neurons // 5, inputs / neurons
    _connect(nest, cells[:border], cells, p, weight=1.62 * 80 / inputs)
    _connect(nest, cells[border:], cells, p, weight=-9 * 80 / inputs)
    return cells


def cuba_dense(nest: Any, neurons: int) -> Any:
    """Return the same with 1000 synapses per neuron."""
    return cuba(nest, neurons, 1000)


def cobahh(nest: Any, neurons: int) -> Any:
    """Return Hodgkin-Huxley neurons with conductances, and connect them."""
    cells = nest.Create("hh_cond_exp_traub", neurons, TRAUB_MILES)
    cells.V_m = -65 + 5 * np.random.default_rng(1).standard_normal(neurons)
    for rate, weight in ((1333.0, 6.0), (300.0, -67.0)):
        kick = nest.Create("poisson_generator", params={"rate": rate, "stop": 50.0})
        nest.Connect(kick, cells, syn_spec={"weight": weight, "delay": DELAY})
    border, p = 4 * neurons // 5, 80 / neurons
    _connect(nest, cells[:border], cells, p, weight=6.0)
    _connect(nest, cells[border:], cells, p, weight=-67.0)
    return cells


def brunel(nest: Any, neurons: int) -> Any:
    """Return Brunel's network with delays of 1.5 ms."""
    membrane = {
        "C_m": 1.0,
        "tau_m": 20.0,
        "t_ref": 2.0,
        "E_L": 0.0,
        "V_reset": 0.0,
        "V_m": 0.0,
        "V_th": 20.0,
    }
    cells = nest.Create("iaf_psc_delta", neurons, membrane)
    border = 4 * neurons // 5
    _connect(nest, cells[:border], cells, 0.1, weight=0.1, delay=1.5)
    _connect(nest, cells[border:], cells, 0.1, weight=-0.5, delay=1.5)
    drive = nest.Create("poisson_generator", params={"rate": 20000.0})
    nest.Connect(drive, cells, syn_spec={"weight": 0.1, "delay": 1.5})
    return cells


def stdp(nest: Any, neurons: int) -> Any:
    """Return a network of currents in which a million excitatory synapses are plastic."""
    cells = nest.Create("iaf_psc_exp", neurons, MEMBRANE)
    cells.tau_minus = 20.0
    cells.V_m = -60 + 10 * np.random.default_rng(1).random(neurons)
    border = 4 * neurons // 5
    excitatory, inhibitory = cells[:border], cells[border:]
    rule = {"tau_plus": 20.0, "alpha": 1.05, "mu_plus": 0.0, "mu_minus": 0.0, "Wmax": 1.62}
    nest.CopyModel("stdp_synapse", "plastic", {**rule, "lambda": 0.01})
    weights = nest.random.uniform(0.0, 1.62)
    p = 1e6 / border**2
    _connect(nest, excitatory, excitatory, p, synapse_model="plastic", weight=weights)
    _connect(nest, excitatory, inhibitory, 0.01, weight=1.296)
    _connect(nest, inhibitory, cells, 0.008, weight=-9.0)
    return cells


NETWORKS: dict[str, Callable[[Any, int], Any]] = {
    "cobahh": cobahh,
    "cuba": cuba,
    "cuba_dense": cuba_dense,
    "brunel": brunel,
    "stdp": stdp,
}


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Make the network and run it."""
    nest = importlib.import_module("nest")
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.resolution = 0.1
    nest.local_num_threads = options.threads
    nest.rng_seed = 1
    start = time.perf_counter()
    cells = NETWORKS[options.model](nest, options.neurons)
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    nest.Prepare()
    made = time.perf_counter()
    nest.Run(1000 * options.seconds)
    simulated = time.perf_counter()
    nest.Cleanup()
    return {
        "make": made - start,
        "simulation": simulated - made,
        "spikes": int(recorder.n_events),
        "memory": peak_megabytes(),
    }


def main() -> None:
    """Read the command line, measure, print."""
    print_figures(measure(model_options(__doc__, NETWORKS).parse_args()))


if __name__ == "__main__":
    main()
