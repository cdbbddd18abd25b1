"""Part 3 of the course: runs with changes between them, an input from data, a sweep.

Usage: python examples/tutorial_simulation.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    ms,
    mV,
    pA,
    second,
    seed,
    sweep,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
tau, E, sigma = 20 * ms, -65 * mV, 3 * mV


def noisy(size):
    """Return noisy neurons at rest, with a constant ``drive``."""
    cells = NeuronGroup(
        size,
        "dv/dt = (E - v + drive)/tau + sigma*xi/tau**0.5 : volt",
        threshold="v > -50*mV",
        reset="v = E",
        method="euler",
        name="cells",
    )
    cells.v = E
    return cells


seed(2)
cells = noisy(2000)
rate = PopulationRateMonitor(cells)
network = Network(cells, rate)
for drive in [10, 16, 13] * mV:
    axes[0].axvline(network.t / ms, color="grey", linestyle=":")
    axes[0].text(network.t / ms + 8, 50, f"{drive}", fontsize="small")
    network.run(200 * ms)
axes[0].plot(rate.t / ms, rate.smooth_rate(width=3 * ms))
axes[0].set(xlabel="time (ms)", ylabel="rate (spikes/s)", ylim=(0, 55))
axes[0].set_title("three runs, the drive changed between them", fontsize="medium")

times = np.arange(0, 300, 1)
measured = 120 * np.exp(-(((times % 150 - 60) / 25) ** 2)) + np.random.default_rng(1).normal(
    0, 25, times.size
)
current = TimedArray(measured * pA, dt=1 * ms)
cell = NeuronGroup(1, "dv/dt = (E - v + 100*Mohm*current(t))/tau : volt", method="exact")
cell.v = E
trace = StateMonitor(cell, "v", record=True)
Network(cell, trace).run(300 * ms)
axes[1].plot(times, measured, color="tab:orange")
axes[1].set(xlabel="time (ms)", ylim=(-250, 200))
axes[1].set_ylabel("current (pA)", color="tab:orange")
potential = axes[1].twinx()
potential.plot(trace.t / ms, trace.v[0] / mV)
potential.set(ylim=(-68, -50))
potential.set_ylabel("potential (mV)", color="tab:blue")
axes[1].set_title("a current from data", fontsize="medium")

cells = noisy(50)
spikes = SpikeMonitor(cells, record=False, name="spikes")
result = sweep(
    Network(cells, spikes),
    {"drive": np.linspace(8, 20, 13) * mV, "sigma": [1, 3, 5] * mV},
    duration=0.5 * second,
    record={"rate": lambda results: results["spikes"].num_spikes / 50 / results.t},
    repeats=4,
    seed=6,
)
rates = result["rate"].values
for place, level in enumerate([1, 3, 5]):
    axes[2].errorbar(
        np.linspace(8, 20, 13),
        rates[:, place].mean(axis=-1),
        rates[:, place].std(axis=-1),
        marker=".",
        label=f"sigma = {level} mV",
    )
axes[2].set(xlabel="drive (mV)", ylabel="rate (spikes/s)")
axes[2].set_title("a sweep, four repeats", fontsize="medium")
axes[2].legend(fontsize="small")
figure.savefig(folder / "tutorial_simulation.png")
