"""One measurement of eqsim in this process: a model made, compiled, run; figures as JSON.

Usage: python eqsim_models.py import
       python eqsim_models.py MODEL NEURONS SECONDS [--threads T] [--precision P] [--compile]
                              [--activity]
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import measured_import, peak_megabytes, print_figures, processor_seconds
from population_models import objects_of


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


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Import, make the model, and run it."""
    eqsim, figures = measured_import("eqsim")
    if options.model == "import":
        return figures
    start = time.perf_counter()
    eqsim.seed(1)
    objects = objects_of(eqsim, options.model, options.neurons, options.precision)
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
    if options.activity:
        figures["cv"] = importlib.import_module("cuda_protocol.activity").isi_cv(
            spikes.i, spikes.t_
        )
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
    parser.add_argument("--activity", action="store_true", help="also tell the ISI CV")
    print_figures(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
