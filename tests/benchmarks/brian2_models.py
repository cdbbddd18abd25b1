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
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from measure import measured_import, peak_megabytes, print_figures, processor_seconds
from population_models import objects_of


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


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Import, make the model, and run it or build it."""
    brian, figures = measured_import("brian2")
    if options.model == "import":
        return figures
    set_mode(brian, options)
    start = time.perf_counter()
    brian.seed(1)
    objects = objects_of(brian, options.model, options.neurons)
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
    print_figures(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
