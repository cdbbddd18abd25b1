"""A sweep of CUBA (4,000 neurons) over a weight: eqsim beside Brian 2's standalone run_args.

Usage: python tests/benchmarks/sweeps.py --brian PYTHON [--points 200] [--duration 0.5]

Brian 2 runs its compiled program in a pool of as many processes as there are processors, its best
way to vary a parameter. Both are measured in turns; compilation is left out and told beside.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BRIAN = """
import json, multiprocessing, sys, time
from brian2 import *
points, duration, processes, folder = json.loads(sys.argv[1])
set_device("cpp_standalone", directory=folder, build_on_run=False)
prefs.devices.cpp_standalone.openmp_threads = 0
MODEL
began = time.perf_counter()
run(duration*second)
device.build(run=False)
compiled = time.perf_counter() - began

def one(number):
    weights = np.linspace(1, 2, points)
    where = f"results_{number}"
    device.run(results_directory=where, run_args={cells.w_e: weights[number]*mV})
    return int(spikes.num_spikes)

if __name__ == "__main__":
    began = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        counts = pool.map(one, range(points), chunksize=1)
    print(json.dumps([time.perf_counter() - began, compiled, int(sum(counts))]))
"""
EQSIM = """
import json, sys, time
from eqsim import *
import numpy as np
points, duration, processes, folder = json.loads(sys.argv[1])
MODEL
net = Network(cells, excite, inhibit, spikes)
options = {"record": {"n": lambda results: results[spikes].num_spikes}, "progress": False}
began = time.perf_counter()
sweep(net, {"cells.w_e": [1]*mV}, duration=0.1*ms, **options)
compiled = time.perf_counter() - began
began = time.perf_counter()
space = {"cells.w_e": np.linspace(1, 2, points)*mV}
found = sweep(net, space, duration=duration*second, **options)
print(json.dumps([time.perf_counter() - began, compiled, int(found["n"].values.sum())]))
"""
MODEL = '''
seed(1)
cells = NeuronGroup(4000, """
dv/dt = (-49*mV - v + g_e + g_i)/(20*ms) : volt (unless refractory)
dg_e/dt = -g_e/(5*ms) : volt
dg_i/dt = -g_i/(10*ms) : volt
w_e : volt (shared, constant)
""", threshold="v > -50*mV", reset="v = -60*mV", refractory=5*ms, method="exact", name="cells")
cells.v = "-60*mV + rand()*10*mV"
cells.w_e = 1.62*mV
excite = Synapses(cells[:3200], cells, on_pre="g_e_post += w_e_post")
excite.connect(p=0.02)
inhibit = Synapses(cells[3200:], cells, on_pre="g_i_post -= 9*mV")
inhibit.connect(p=0.02)
spikes = SpikeMonitor(cells)
'''


def measured(python: str, script: str, given: list[object]) -> tuple[float, float, int]:
    """Return the seconds of a sweep, those of its compilation, and the number of all spikes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(script.replace("MODEL", MODEL), encoding="utf-8")
        command = [python, str(path), json.dumps([*given, f"{folder}/output"])]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    seconds, compiled, spikes = json.loads(done.stdout.strip().splitlines()[-1])
    return float(seconds), float(compiled), int(spikes)


def main() -> None:
    """Measure in turns and print a table."""
    parser = argparse.ArgumentParser(description="CUBA over a weight, beside Brian 2")
    parser.add_argument("--brian", required=True, help="the Python that has Brian 2")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--duration", type=float, default=0.5, help="seconds of model time")
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    from eqsim.sweeps.executors import processors

    task: list[object] = [given.points, given.duration, processors()]
    ratios = []
    for number in range(given.rounds):
        ours = measured(sys.executable, EQSIM, task)
        began = time.perf_counter()
        theirs = measured(given.brian, BRIAN, task)
        ratios.append(theirs[0] / ours[0])
        sys.stdout.write(
            f"round {number}: eqsim {ours[0]:.1f} s (compiled {ours[1]:.1f} s, {ours[2]} spikes),"
            f" Brian 2 {theirs[0]:.1f} s (compiled {theirs[1]:.1f} s, {theirs[2]} spikes),"
            f" ratio {ratios[-1]:.1f}; {time.perf_counter() - began:.0f} s in all\n"
        )
    sys.stdout.write(f"ratio: {min(ratios):.1f} to {max(ratios):.1f}\n")


if __name__ == "__main__":
    main()
