"""One measurement of eqsim in this process: a model made, compiled, run; figures as JSON.

Usage: python eqsim_models.py import
       python eqsim_models.py MODEL NEURONS SECONDS [--threads T] [--precision P] [--compile]
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

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


def hodgkin_huxley(eqsim: Any, neurons: int, precision: str = "float64") -> Any:
    """Return Traub and Miles' neurons, driven by currents from 0 to 0.7 nA."""
    cm, mV, ufarad, siemens, msiemens = (
        getattr(eqsim, name) for name in ("cm", "mV", "ufarad", "siemens", "msiemens")
    )
    area = 20000 * eqsim.umetre**2
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
    group = eqsim.NeuronGroup(
        neurons,
        HODGKIN_HUXLEY,
        threshold="v > -40*mV",
        refractory="v > -40*mV",
        method="exponential_euler",
        namespace=constants,
        dtype=getattr(np, precision),
    )
    group.v = -65 * mV
    group.I = "0.7*nA*i/N"
    return group


def leaky(eqsim: Any, neurons: int, precision: str) -> Any:
    """Return leaky integrate-and-fire neurons with refractoriness; a third of them fires."""
    group = eqsim.NeuronGroup(
        neurons,
        LEAKY,
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=5 * eqsim.ms,
        method="exact",
        namespace={"tau": 20 * eqsim.ms},
        dtype=precision,
    )
    group.drive = "30*mV*i/N"
    return group


def noisy(eqsim: Any, neurons: int, precision: str) -> Any:
    """Return noisy leaky integrate-and-fire neurons, integrated by Euler and Maruyama."""
    ms, mV = eqsim.ms, eqsim.mV
    return eqsim.NeuronGroup(
        neurons,
        NOISY,
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=5 * ms,
        method="euler",
        namespace={"tau": 20 * ms, "sigma": 5 * mV, "drive": 15 * mV},
        dtype=precision,
    )


MODELS: dict[str, Callable[[Any, int, str], Any]] = {
    "hodgkin_huxley": hodgkin_huxley,
    "leaky": leaky,
    "noisy": noisy,
}


@dataclass
class Stopwatch:
    """Stands for a simulation and adds up the time for which it runs or hands over results."""

    simulation: Any
    seconds: float = 0.0
    first_step: float = 0.0

    def advance(self, ticks: int) -> int:
        """Advance, and note when the first call came back."""
        start = time.perf_counter()
        done: int = self.simulation.advance(ticks)
        now = time.perf_counter()
        self.seconds += now - start
        self.first_step = self.first_step or now
        return done

    def take(self, record: str) -> Any:
        """Hand over the rows of a record."""
        start = time.perf_counter()
        rows = self.simulation.take(record)
        self.seconds += time.perf_counter() - start
        return rows

    def __getattr__(self, name: str) -> Any:
        """Hand on what takes no part in the measurement, such as ``paused`` and ``close``."""
        return getattr(self.simulation, name)


def timed_target(eqsim: Any, threads: int) -> Any:
    """Return the C++ target, which also keeps its program and a stopwatch on its simulation."""

    class Timed(eqsim.Cpp):  # type: ignore[misc]
        def open(self, program: Any, memory: Any) -> Stopwatch:
            watch = Stopwatch(super().open(program, memory))
            object.__setattr__(self, "program", program)
            object.__setattr__(self, "watch", watch)
            return watch

    return Timed(threads=threads)


def compile_seconds(program: Any) -> float:
    """Compile the sources of a program once more, in a folder of their own."""
    library = importlib.import_module("eqsim.build.library")
    cpp = importlib.import_module("eqsim.targets.cpp.target")
    toolchain = importlib.import_module("eqsim.build.toolchain").find_compiler()
    with tempfile.TemporaryDirectory() as folder:
        sources = cpp.render_cpp(program)
        sources.write(Path(folder))
        start = time.perf_counter()
        library.compile_sources(sources, toolchain, Path(folder), "benchmark")
        return time.perf_counter() - start


def processor_seconds() -> float:
    """Return the processor time of this process and those that it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def peak_megabytes() -> float:
    """Return the most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def objects_of(eqsim: Any, options: argparse.Namespace) -> list[Any]:
    """Return the objects of a model, the group whose spikes are recorded first."""
    if options.model in MODELS:
        return [MODELS[options.model](eqsim, options.neurons, options.precision)]
    networks = importlib.import_module("network_models").NETWORKS
    made: list[Any] = networks[options.model](eqsim, options.neurons)
    return made


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Import, make the model, and run it."""
    start, used = time.perf_counter(), processor_seconds()
    eqsim = importlib.import_module("eqsim")
    figures = {
        "import": time.perf_counter() - start,
        "import_processor": processor_seconds() - used,
        "import_memory": peak_megabytes(),
    }
    if options.model == "import":
        return figures
    start = time.perf_counter()
    eqsim.seed(1)
    objects = objects_of(eqsim, options)
    spikes = eqsim.SpikeMonitor(objects[0])
    network = eqsim.Network(objects, spikes)
    figures["make"] = time.perf_counter() - start
    target = timed_target(eqsim, options.threads)
    start, used = time.perf_counter(), processor_seconds()
    network.run(options.seconds * eqsim.second, target=target)
    figures["total"] = time.perf_counter() - start
    figures["processor"] = processor_seconds() - used
    figures["first_step"] = target.watch.first_step - start
    figures["simulation"] = target.watch.seconds
    figures["spikes"] = spikes.num_spikes
    figures["memory"] = peak_megabytes()
    if options.compile:
        figures["compile"] = compile_seconds(target.program)
    return figures


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="'import', or one of this file or of network_models.py")
    parser.add_argument("neurons", type=int, nargs="?", default=1)
    parser.add_argument("seconds", type=float, nargs="?", default=1e-4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=["float64", "float32"], default="float64")
    parser.add_argument("--compile", action="store_true", help="also compile the sources alone")
    sys.stdout.write(json.dumps(measure(parser.parse_args())) + "\n")


if __name__ == "__main__":
    main()
