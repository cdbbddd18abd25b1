"""The same spikes on every target and for any number of threads, and how long they take.

Usage: python examples/targets.py [folder for the picture]
"""

import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import Cpp, Network, NeuronGroup, Numpy, SpikeMonitor, ms, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
TARGETS = {"numpy": Numpy(), "cpp, 1 thread": Cpp(threads=1), "cpp, 2 threads": Cpp(threads=2)}


def simulate(target):
    """Return numbers and times of spikes, and the seconds that the run took."""
    seed(11)
    neurons = NeuronGroup(
        10000,
        "dv/dt = (18*mV - v + 4*mV*sqrt(tau)*xi)/tau : volt (unless refractory)",
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=2 * ms,
        namespace={"tau": 10 * ms},
        name="leaky",
    )
    spikes = SpikeMonitor(neurons)
    network = Network(neurons, spikes)
    network.run(0 * ms, target=target)  # compiles, so that only the simulation is timed below
    start = time.perf_counter()
    network.run(100 * ms, target=target)
    return np.array(spikes.i), spikes.t / ms, time.perf_counter() - start


results = {name: simulate(target) for name, target in TARGETS.items()}
first_neurons, first_times, _ = results["numpy"]
for name, (neurons, times, seconds) in results.items():
    same = np.array_equal(neurons, first_neurons) and np.array_equal(times, first_times)
    print(f"{name}: {len(neurons)} spikes in {seconds:.2f} s, same as numpy: {same}")

figure, axes = plt.subplots(1, 2, figsize=(9, 4), width_ratios=(2, 1), layout="constrained")
markers = (("o", 9, "lightgrey"), ("x", 5, "tab:blue"), (".", 2, "black"))
for (name, (neurons, times, _)), (marker, size, color) in zip(
    results.items(), markers, strict=True
):
    shown = neurons < 20
    axes[0].plot(times[shown], neurons[shown], marker, markersize=size, color=color, label=name)
axes[0].set(xlabel="time (ms)", ylabel="neuron (first 20)", yticks=range(0, 20, 5))
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
axes[1].bar(list(results), [seconds for *_, seconds in results.values()])
axes[1].tick_params("x", rotation=20)
axes[1].set(ylabel="time for 100 ms of 10000 neurons (s)")
figure.savefig(folder / "targets.png")
