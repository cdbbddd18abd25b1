"""A network as a C++ program of its own: written, built, run without Python, loaded again.

Usage: python examples/standalone.py [folder for the picture]
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import eqsim
from eqsim import Hz, Network, NeuronGroup, PopulationRateMonitor, SpikeMonitor, ms, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
if shutil.which("cmake") is None:
    sys.exit("this example needs CMake")

seed(3)
tau = 20 * ms
neurons = NeuronGroup(
    400,
    """
    dv/dt = (mu - v)/tau + 4*mV*xi/sqrt(tau) : volt (unless refractory)
    mu : volt
    """,
    threshold="v > 15*mV",
    reset="v = 0*mV",
    refractory=3 * ms,
    method="euler",
    name="neurons",
)
neurons.mu = "(5 + 15*i/N)*mV"
spikes = SpikeMonitor(neurons, name="spikes")
rate = PopulationRateMonitor(neurons, name="rate")
network = Network(neurons, spikes, rate)

with tempfile.TemporaryDirectory() as directory:
    project = Path(directory) / "project"
    network.export(project, duration=500 * ms)
    for command in ("cmake -S . -B build", "cmake --build build", "./build/simulate --threads 2"):
        done = subprocess.run(command.split(), cwd=project, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{command}\n{done.stdout}{done.stderr}")
    print(done.stdout, end="")

    results = eqsim.load(project / "results")
    print(results)
    outside_spikes, outside_rate = results["spikes"], results["rate"]
    outside = (outside_spikes.t, outside_spikes.i, outside_rate.rate)

    # The same run in this process records the same bits.
    network.run(500 * ms, target="cpp")
    print("same spikes:", bool((outside[0] == spikes.t).all() and (outside[1] == spikes.i).all()))
    print("same rate:", bool((outside[2] == rate.rate).all()))

figure, axes = plt.subplots(2, 1, figsize=(8, 5), sharex=True, layout="constrained")
axes[0].plot(outside[0] / ms, outside[1], "k.", markersize=2)
axes[0].set(ylabel="neuron", title="recorded by the program")
axes[1].plot(rate.t / ms, rate.smooth_rate(width=5 * ms) / Hz)
axes[1].set(xlabel="time (ms)", ylabel="rate (spikes/s)", ylim=(0, None))
figure.savefig(folder / "standalone.png")
