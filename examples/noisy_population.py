"""Leaky neurons with noise: spikes, the population's rate, and the distribution of the potential.

The noise ``xi`` makes the equation stochastic; Euler's method then is that of Euler and Maruyama.

Usage: python examples/noisy_population.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import Hz, NeuronGroup, PopulationRateMonitor, SpikeMonitor, ms, mV, run, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(7)
tau, sigma = 20 * ms, 5 * mV
drive = 12 * mV
neurons = NeuronGroup(
    2000,
    "dv/dt = (drive*(1 + sin(2*pi*10*Hz*t)) - v)/tau + sigma*sqrt(2/tau)*xi : volt",
    method="euler",
    threshold="v > 20*mV",
    reset="v = 0*mV",
)
neurons.v = "rand()*15*mV"
spikes = SpikeMonitor(neurons)
rate = PopulationRateMonitor(neurons)
run(500 * ms)

figure, axes = plt.subplots(2, 2, figsize=(9, 5), width_ratios=(3, 1), layout="constrained")
shown = spikes.i < 200
axes[0, 0].plot(spikes.t[shown] / ms, spikes.i[shown], ".", markersize=1.5)
axes[0, 0].set(ylabel="neuron (first 200)", xlim=(0, 500))
axes[1, 0].plot(rate.t / ms, rate.rate / Hz, color="lightgrey", label="each step")
axes[1, 0].plot(rate.t / ms, rate.smooth_rate(width=3 * ms) / Hz, label="smoothed, 3 ms")
axes[1, 0].set(xlabel="time (ms)", ylabel="rate (spikes/s)", xlim=(0, 500))
axes[1, 0].legend(fontsize="small", loc="upper right")
axes[0, 1].hist(neurons.v / mV, bins=40, orientation="horizontal")
axes[0, 1].set(xlabel="neurons", ylabel="potential at the end (mV)")
intervals = np.concatenate([np.diff(train / ms) for train in spikes.spike_trains().values()])
axes[1, 1].hist(intervals, bins=40)
axes[1, 1].set(xlabel="interval (ms)", ylabel="intervals")
figure.savefig(folder / "noisy_population.png")
