"""One measurement of Brian 2 in this process: a model made, built, run; figures as JSON.

Usage: python brian2_models.py import
       python brian2_models.py MODEL NEURONS SECONDS --mode runtime --directory CACHE
       python brian2_models.py MODEL NEURONS SECONDS --mode standalone --directory PROJECT
                                                     [--rounds R]
       python brian2_models.py MODEL NEURONS SECONDS --mode build --directory PROJECT [--threads T]
       python brian2_models.py MODEL NEURONS SECONDS --mode cuda --directory PROJECT
                                                     [--architecture sm_90] [--rounds R]
       python brian2_models.py MODEL NEURONS SECONDS --mode cuda-sources --directory PROJECT

Needs a Python with Brian 2, which this file alone imports; `cuda` and `cuda-sources`, which only
writes the sources and needs no device, also brian2cuda.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import statistics
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
    if options.mode in CUDA:
        set_cuda(brian, options)
        return
    brian.prefs.devices.cpp_standalone.openmp_threads = options.threads
    processors = len(os.sched_getaffinity(0))
    brian.prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{processors}"]
    brian.set_device(
        "cpp_standalone",
        directory=options.directory,
        build_on_run=options.mode == "standalone" and options.rounds == 0,
    )


CUDA = ("cuda", "cuda-sources")


def set_cuda(brian: Any, options: argparse.Namespace) -> None:
    """Choose brian2cuda, for a device that need not be there while sources are written."""
    importlib.import_module("brian2cuda")
    backend = brian.prefs.devices.cuda_standalone.cuda_backend
    backend.detect_gpus = False
    backend.gpu_id = 0
    backend.compute_capability = int(options.architecture.removeprefix("sm_")) / 10
    nvcc = shutil.which("nvcc")
    if nvcc is not None:
        backend.cuda_path = str(Path(nvcc).resolve().parents[1])
    brian.set_device("cuda_standalone", directory=options.directory, build_on_run=False)


def write_sources(brian: Any, directory: str) -> float:
    """Write the project of a network that was run; return the seconds that it took.

    brian2cuda asks for C++11, which the Thrust of newer toolkits refuses.
    """
    start = time.perf_counter()
    brian.device.build(run=False, compile=False, directory=directory)
    makefile = Path(directory) / "makefile"
    if "-std=c++11" in (text := makefile.read_text()):
        makefile.write_text(text.replace("-std=c++11", "-std=c++17"))
    return time.perf_counter() - start


def build_only(brian: Any, directory: str) -> dict[str, float]:
    """Write the project of a network that was run, and compile it."""
    seconds = write_sources(brian, directory)
    generated = time.perf_counter()
    processors = len(os.sched_getaffinity(0))
    log = Path(directory) / "make.log"
    with log.open("w") as file:
        done = subprocess.run(
            ["make", f"-j{processors}"], cwd=directory, stdout=file, stderr=file, check=False
        )
    if done.returncode != 0:
        raise SystemExit(f"make failed\n{log.read_text(errors='replace')[-2000:]}")
    return {"generate": seconds, "compile": time.perf_counter() - generated}


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
    if options.mode == "cuda-sources":
        return figures | {"generate": write_sources(brian, options.directory)}
    if options.mode == "build":
        return figures | build_only(brian, options.directory)
    if options.mode == "cuda" or options.rounds:
        figures |= build_only(brian, options.directory)
        figures |= run_built(brian, options)
    figures["spikes"] = int(spikes.num_spikes)
    figures["memory"] = peak_megabytes()
    if options.mode == "standalone" and not options.rounds:
        figures["simulation"] = brian.device._last_run_time
    if options.rounds:
        activity = importlib.import_module("cuda_protocol.activity")
        figures["cv"] = activity.isi_cv(spikes.i[:], spikes.t_[:])
    return figures


def run_built(brian: Any, options: argparse.Namespace) -> dict[str, float]:
    """Run a program that was built several times, and once before that does not count."""
    seconds = []
    for _ in range(max(1, options.rounds) + 1):
        start = time.perf_counter()
        brian.device.run(options.directory, with_output=False)
        whole = time.perf_counter() - start
        seconds.append(brian.device._last_run_time)
    return {
        "simulation": statistics.median(seconds[1:]),
        "simulation_low": min(seconds[1:]),
        "simulation_high": max(seconds[1:]),
        "construction": whole - seconds[-1],
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="'import', or one of this file or of network_models.py")
    parser.add_argument("neurons", type=int, nargs="?", default=1)
    parser.add_argument("seconds", type=float, nargs="?", default=1e-4)
    parser.add_argument(
        "--mode", choices=["runtime", "standalone", "build", *CUDA], default="runtime"
    )
    parser.add_argument("--directory", default="")
    parser.add_argument("--threads", type=int, default=0, help="of OpenMP; 0 builds without it")
    parser.add_argument("--architecture", default="sm_90", help="of the device, for brian2cuda")
    parser.add_argument("--rounds", type=int, default=0, help="run the built program so often")
    print_figures(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
