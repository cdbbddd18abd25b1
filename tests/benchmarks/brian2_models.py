"""One measurement of Brian 2 in this process: a model made, built, run; figures as JSON.

Usage: python brian2_models.py import
       python brian2_models.py MODEL NEURONS SECONDS --mode runtime --directory CACHE
       python brian2_models.py MODEL NEURONS SECONDS --mode standalone --directory PROJECT
       python brian2_models.py MODEL NEURONS SECONDS --mode build --directory PROJECT [--threads T]
       python brian2_models.py MODEL NEURONS SECONDS --mode cuda --directory PROJECT

Needs a Python with Brian 2, which this file alone imports.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HODGKIN_HUXLEY = """
dv/dt = (gl*(El - v) - g_na*(m*m*m)*h*(v - ENa) - g_kd*(n*n*n*n)*(v - EK) + I)/Cm : volt
dm/dt = 0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms*(1 - m)
        - 0.28*(mV**-1)*5*mV/exprel((v - VT - 40*mV)/(5*mV))/ms*m : 1
dn/dt = 0.032*(mV**-1)*5*mV/exprel((15*mV - v + VT)/(5*mV))/ms*(1 - n)
        - 0.5*exp((10*mV - v + VT)/(40*mV))/ms*n : 1
dh/dt = 0.128*exp((17*mV - v + VT)/(18*mV))/ms*(1 - h)
        - 4/(1 + exp((40*mV - v + VT)/(5*mV)))/ms*h : 1
I : amp (constant)
"""
LEAKY = """
dv/dt = (drive - v)/tau : volt (unless refractory)
drive : volt (constant)
"""
NOISY = "dv/dt = (drive - v)/tau + sigma*sqrt(2/tau)*xi : volt (unless refractory)"


def hodgkin_huxley(brian: Any, neurons: int) -> Any:
    """Return Traub and Miles' neurons, driven by currents from 0 to 0.7 nA."""
    cm, mV, ufarad, siemens, msiemens = (
        getattr(brian, name) for name in ("cm", "mV", "ufarad", "siemens", "msiemens")
    )
    area = 20000 * brian.umetre**2
    constants = {
        "Cm": 1 * ufarad * cm**-2 * area,
        "gl": 5e-5 * siemens * cm**-2 * area,
        "g_na": 100 * msiemens * cm**-2 * area,
        "g_kd": 30 * msiemens * cm**-2 * area,
        "El": -65 * mV,
        "EK": -90 * mV,
        "ENa": 50 * mV,
        "VT": -63 * mV,
    }
    group = brian.NeuronGroup(
        neurons,
        HODGKIN_HUXLEY,
        threshold="v > -40*mV",
        refractory="v > -40*mV",
        method="exponential_euler",
        namespace=constants,
    )
    group.v = -65 * mV
    group.I = "0.7*nA*i/N"
    return group


def leaky(brian: Any, neurons: int) -> Any:
    """Return leaky integrate-and-fire neurons with refractoriness; a third of them fires."""
    group = brian.NeuronGroup(
        neurons,
        LEAKY,
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=5 * brian.ms,
        method="exact",
        namespace={"tau": 20 * brian.ms},
    )
    group.drive = "30*mV*i/N"
    return group


def noisy(brian: Any, neurons: int) -> Any:
    """Return noisy leaky integrate-and-fire neurons, integrated by Euler and Maruyama."""
    ms, mV = brian.ms, brian.mV
    return brian.NeuronGroup(
        neurons,
        NOISY,
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=5 * ms,
        method="euler",
        namespace={"tau": 20 * ms, "sigma": 5 * mV, "drive": 15 * mV},
    )


MODELS: dict[str, Callable[[Any, int], Any]] = {
    "hodgkin_huxley": hodgkin_huxley,
    "leaky": leaky,
    "noisy": noisy,
}


def processor_seconds() -> float:
    """Return the processor time of this process and those that it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def peak_megabytes() -> float:
    """Return the most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def set_mode(brian: Any, options: argparse.Namespace) -> None:
    """Choose how Brian 2 runs, before any of its objects are made."""
    if options.mode == "runtime":
        brian.prefs.codegen.target = "cython"
        brian.prefs.codegen.runtime.cython.cache_dir = options.directory
        return
    if options.mode == "cuda":
        importlib.import_module("brian2cuda")
        brian.set_device("cuda_standalone", directory=options.directory)
        return
    brian.prefs.devices.cpp_standalone.openmp_threads = options.threads
    processors = len(os.sched_getaffinity(0))
    brian.prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{processors}"]
    brian.set_device(
        "cpp_standalone", directory=options.directory, build_on_run=options.mode == "standalone"
    )


def build_only(brian: Any, directory: str) -> dict[str, float]:
    """Write the project of a network that was run, and compile it."""
    start = time.perf_counter()
    brian.device.build(run=False, compile=False, directory=directory)
    generated = time.perf_counter()
    processors = len(os.sched_getaffinity(0))
    with (Path(directory) / "make.log").open("w") as log:
        subprocess.run(
            ["make", f"-j{processors}"], cwd=directory, stdout=log, stderr=log, check=True
        )
    return {"generate": generated - start, "compile": time.perf_counter() - generated}


def objects_of(brian: Any, options: argparse.Namespace) -> list[Any]:
    """Return the objects of a model, the group whose spikes are recorded first."""
    if options.model in MODELS:
        return [MODELS[options.model](brian, options.neurons)]
    networks = importlib.import_module("network_models").NETWORKS
    made: list[Any] = networks[options.model](brian, options.neurons)
    return made


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Import, make the model, and run it or build it."""
    start, used = time.perf_counter(), processor_seconds()
    brian = importlib.import_module("brian2")
    figures = {
        "import": time.perf_counter() - start,
        "import_processor": processor_seconds() - used,
        "import_memory": peak_megabytes(),
    }
    if options.model == "import":
        return figures
    set_mode(brian, options)
    start = time.perf_counter()
    brian.seed(1)
    objects = objects_of(brian, options)
    spikes = brian.SpikeMonitor(objects[0], name="spikes")
    network = brian.Network(*objects, spikes)
    figures["make"] = time.perf_counter() - start
    start, used = time.perf_counter(), processor_seconds()
    network.run(options.seconds * brian.second)
    figures["total"] = time.perf_counter() - start
    figures["processor"] = processor_seconds() - used
    if options.mode == "build":
        figures.update(build_only(brian, options.directory))
    else:
        figures["spikes"] = int(spikes.num_spikes)
        figures["memory"] = peak_megabytes()
    if options.mode in ("standalone", "cuda"):
        figures["simulation"] = brian.device._last_run_time
    return figures


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="'import', or one of this file or of network_models.py")
    parser.add_argument("neurons", type=int, nargs="?", default=1)
    parser.add_argument("seconds", type=float, nargs="?", default=1e-4)
    parser.add_argument(
        "--mode", choices=["runtime", "standalone", "build", "cuda"], default="runtime"
    )
    parser.add_argument("--directory", default="")
    parser.add_argument("--threads", type=int, default=0, help="of OpenMP; 0 builds without it")
    sys.stdout.write(json.dumps(measure(parser.parse_args())) + "\n")


if __name__ == "__main__":
    main()
